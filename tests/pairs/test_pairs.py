"""Any CRM with any accounting service: partners both ways where both allow it, invoices from accounting, and a second run that
writes nothing. Generated from the registry; ``python3 dev.py pairs`` prints the table."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from choai.connectors.contract import Role
from pairs.cell import stage
from pairs.entries import services
from passwords import quick_passwords

CRMS, BOOKS = services(Role.CRM), services(Role.ACCOUNTING)
EVERY = [(crm, accounting) for crm in CRMS for accounting in BOOKS]
# every service once at least; all of them by CHOAI_FULL=1 or dev.py pairs
SOME = [(CRMS[n % len(CRMS)], BOOKS[n % len(BOOKS)]) for n in range(max(len(CRMS), len(BOOKS)))]
CELLS = EVERY if os.environ.get("CHOAI_FULL") else SOME


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with quick_passwords():
        yield


@pytest.mark.parametrize(("crm", "accounting"), CELLS, ids=[f"{a}-{b}" for a, b in CELLS])
def test_a_pair_is_set_up_runs_and_has_nothing_left_to_write(sqlite_database: str, crm: str, accounting: str) -> None:
    with stage(crm, accounting) as cell:
        partners = cell.sync("partner")
        invoices = cell.sync("invoice")
    assert not partners.why
    assert partners.first["created"], partners
    for result in (partners, invoices):
        assert not result.wrong, result
