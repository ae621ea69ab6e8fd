from __future__ import annotations

from collections.abc import Iterator

import pytest

from choai.sandbox import freee_invoice
from servers import Sandbox, sandbox


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(freee_invoice) as running:
        yield running
