"""A linked freee company."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from choai.connectors.http import ServiceSession
from choai.sandbox import freee
from choai.sandbox.freee import oauth
from connectors.session import opened

Link = Callable[..., AbstractAsyncContextManager[ServiceSession]]


@pytest.fixture
def link(freee_sandbox: Any) -> Link:
    """``async with link(user=…, company=…, **settings) as session``: authorised and identified."""

    @asynccontextmanager
    async def linked(
        user: int = freee.USER_ADMIN,
        company: int = freee.ENTERPRISE,
        *,
        identified: bool = True,
        **settings: Any,
    ) -> AsyncIterator[ServiceSession]:
        grant = oauth.new_grant(freee_sandbox.world, freee.DEMO_CLIENT_ID, user, company)
        token = oauth.issue(freee_sandbox.world, grant)["access_token"]
        known = {
            "base_url": freee_sandbox.base_url,
            "accounts_url": freee_sandbox.base_url,
            "web_url": freee_sandbox.base_url,
            "client_id": freee.DEMO_CLIENT_ID,
            "company_id": str(company),
            **settings,
        }
        async with opened("freee", known, tokens=[token], identified=identified) as session:
            freee_sandbox.world.calls.clear()
            yield session

    return linked
