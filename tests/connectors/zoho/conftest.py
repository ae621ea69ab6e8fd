from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from choai.connectors.http import ServiceSession
from choai.sandbox import zoho_books
from contract.zoho import entrance
from servers import Sandbox, sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(zoho_books) as running:
        yield running


@pytest.fixture
async def session(box: Sandbox) -> AsyncIterator[ServiceSession]:
    async with entrance("zoho_books", "")(box) as entered:
        yield entered
