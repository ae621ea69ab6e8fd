from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from choai.connectors.http import ServiceSession
from choai.sandbox import zoho_crm
from contract.test_zoho_crm import enters
from servers import Sandbox, sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(zoho_crm) as running:
        yield running


@pytest.fixture
async def session(box: Sandbox) -> AsyncIterator[ServiceSession]:
    async with enters(box) as entered:
        yield entered
