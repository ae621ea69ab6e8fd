from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest

from choai.connectors.http import ServiceSession
from choai.sandbox import senses
from connectors.session import opened
from servers import Sandbox, sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Mazrica Sales on loopback with its own fresh state; nobody is slowed down."""
    with sandbox(senses) as running:
        running.world.state["settings"]["limit_burst"] = 100_000
        yield running


@pytest.fixture
def enter(box: Sandbox) -> Callable[..., AbstractAsyncContextManager[ServiceSession]]:
    """Opens a session with other settings."""

    @asynccontextmanager
    async def entered(**settings: Any) -> AsyncIterator[ServiceSession]:
        known = {"base_url": f"{box.base_url}/v1", **settings}
        async with opened("senses", known, secrets={"api_key": senses.DEMO_KEY}) as session:
            yield session

    return entered


@pytest.fixture
async def session(enter: Callable[..., AbstractAsyncContextManager[ServiceSession]]) -> AsyncIterator[ServiceSession]:
    async with enter() as entered:
        yield entered


@pytest.fixture
def tables(box: Sandbox) -> dict[str, dict[str, Any]]:
    """What the account really holds."""
    held: dict[str, dict[str, Any]] = box.world.state["tables"]
    return held
