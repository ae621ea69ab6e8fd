from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from choai.connectors.http import ServiceSession
from choai.sandbox import xero
from connectors.session import opened
from servers import Sandbox, sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Xero on loopback with its own fresh state; nobody is slowed down."""
    with sandbox(xero) as running:
        running.world.state["settings"]["limit_minute"] = 100_000
        yield running


@pytest.fixture
async def session(box: Sandbox) -> AsyncIterator[ServiceSession]:
    tokens = [xero.sign_in(box.world)["access_token"]]
    async with opened("xero", {"base_url": box.base_url}, tokens=tokens) as entered:
        yield entered


@pytest.fixture
def tables(box: Sandbox) -> dict[str, dict[str, Any]]:
    """What the Japanese organisation really holds."""
    held: dict[str, dict[str, Any]] = box.world.state["organisations"][xero.GLOBAL]["tables"]
    return held
