from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from choai.connectors.http import ServiceSession
from choai.sandbox import vtiger
from connectors.session import opened
from servers import Sandbox, sandbox


def enter(box: Sandbox, **more: Any) -> AbstractAsyncContextManager[ServiceSession]:
    """By the door of the open-source product; ``settings`` over the usual ones."""
    settings = {"site": box.base_url, "username": vtiger.USER, **more.pop("settings", {})}
    return opened("vtiger", settings, secrets={"access_key": vtiger.ACCESS_KEY}, auth="session", **more)


def enter_cloud(box: Sandbox, key: str = vtiger.ACCESS_KEY, **more: Any) -> AbstractAsyncContextManager[ServiceSession]:
    settings = {"site": box.base_url, "cloud_user": vtiger.USER}
    return opened("vtiger", settings, secrets={"access_key": key}, auth="basic", **more)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Vtiger on loopback with its own fresh installation."""
    with sandbox(vtiger) as running:
        yield running


@pytest.fixture
async def session(box: Sandbox) -> AsyncIterator[ServiceSession]:
    async with enter(box, settings={"line_item": vtiger.line_item(box.world)}) as entered:
        yield entered


@pytest.fixture
def records(box: Sandbox) -> dict[str, dict[str, Any]]:
    """What the installation really holds, by module and number."""
    held: dict[str, dict[str, Any]] = box.world.state["records"]
    return held
