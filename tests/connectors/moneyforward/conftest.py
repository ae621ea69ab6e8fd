from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from choai.connectors.http import ServiceSession
from choai.sandbox import moneyforward
from connectors.session import opened
from servers import Sandbox, sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Money Forward on loopback with its own fresh state; nobody is slowed down."""
    with sandbox(moneyforward) as running:
        running.world.state["settings"]["limit_second"] = 100_000
        yield running


@pytest.fixture
def office() -> str:
    return moneyforward.COMPANY


@pytest.fixture
async def session(box: Sandbox, office: str) -> AsyncIterator[ServiceSession]:
    tokens = [moneyforward.sign_in(box.world, office)["access_token"]]
    async with opened("moneyforward", {"base_url": box.base_url}, tokens=tokens) as entered:
        yield entered


@pytest.fixture
def tables(box: Sandbox, office: str) -> dict[str, dict[str, Any]]:
    """What the office really holds."""
    held: dict[str, dict[str, Any]] = box.world.state["offices"][office]["tables"]
    return held
