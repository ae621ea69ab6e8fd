"""Zoho Invoice's imitation and connector against the OpenAPI files of Zoho Books, of which it is the sales half: Zoho publishes
none of its own."""

from __future__ import annotations

from contract.test_zoho_invoice import CASE
from fidelity.zoho import exercised, needed


async def test_what_is_sent_and_answered() -> None:
    needed("books")
    watch = await exercised("books", CASE)
    # an expense has a category here and an account there
    assert {line.rpartition(" ")[2] for line in watch.wrong} == {"category_name"}
    assert watch.missing == set()
    assert {method for method, _ in watch.seen} == {"GET", "POST", "PUT"}
