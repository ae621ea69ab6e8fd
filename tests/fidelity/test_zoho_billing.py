"""Zoho Billing's imitation and connector against Zoho's OpenAPI files."""

from __future__ import annotations

from contract.test_zoho_billing import CASE
from fidelity.zoho import exercised, needed


async def test_what_is_sent_and_answered() -> None:
    needed("billing")
    watch = await exercised("billing", CASE)
    assert sorted(set(watch.wrong)) == []
    assert watch.missing == {"GET payments"}  # the file has no list of payments
    assert {method for method, _ in watch.seen} == {"GET", "POST", "PUT"}
