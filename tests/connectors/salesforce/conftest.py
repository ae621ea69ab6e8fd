from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from choai.connectors.http import ServiceSession
from choai.sandbox import salesforce
from connectors.session import opened
from servers import Sandbox, sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Salesforce on loopback with its own fresh org."""
    with sandbox(salesforce) as running:
        yield running


@pytest.fixture
async def session(box: Sandbox) -> AsyncIterator[ServiceSession]:
    settings = {"base_url": box.base_url, "user_id": salesforce.USER}
    async with opened("salesforce", settings, renew=lambda: salesforce.sign_in(box.world)["access_token"]) as entered:
        yield entered


@pytest.fixture
def records(box: Sandbox) -> dict[str, dict[str, Any]]:
    """What the org really holds."""
    held: dict[str, dict[str, Any]] = box.world.state["records"]
    return held
