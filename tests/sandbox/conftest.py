from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from sandbox.freee_client import Client


@pytest.fixture
async def freee_box(freee_sandbox: Any) -> AsyncIterator[Client]:
    """A client without a token."""
    async with aiohttp.ClientSession() as http:
        yield Client(http, freee_sandbox.base_url, freee_sandbox.world)


@pytest.fixture
async def freee_admin(freee_box: Client) -> Client:
    return freee_box.sign_in()
