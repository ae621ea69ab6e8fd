"""Documents whose lines name items, between two real services: once the items are synced the wizard proposes the column, and the
lines arrive with the items of the other side."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, cast

import pytest

from choai.connectors.contract import Done, Item, Op
from choai.engine.codec import unpack
from choai.model.values import Ref, Row
from choai.runtime import link
from choai.store.models import Binding, Sync
from pairs.cell import Cell, run_async, stage
from passwords import quick_passwords

LINES, ITEM = ("LineItems", "LineItems"), ("productid", "Item")


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with quick_passwords():
        yield


def columns(sync: Sync) -> list[tuple[str, str]]:
    (row,) = (r for r in sync.mapping if (r["left"], r["right"]) == LINES)
    return [(inner["left"], inner["right"]) for inner in row["rows"]]


async def write(cell: Cell, partner: str, items: list[str]) -> None:
    """A document in the accounts, with a line for each item."""
    opened = await link.open_link(cell.workspace_id, cell.connections["right"], cell.user_id, purpose="person")
    lines = [
        Row(None, {"Item": Ref(id), "Description": f"明細{n}", "Quantity": Decimal(n), "UnitAmount": Decimal(1000)})
        for n, id in enumerate(items, 1)
    ]
    values: dict[str, Any] = {
        "Contact": Ref(partner), "InvoiceNumber": "CT-LINES", "Date": date(2026, 3, 31), "DueDate": date(2026, 4, 30),
        "LineItems": lines,
    }  # fmt: skip
    (made,) = await opened.connector.write(opened.session, "invoice", Op.CREATE, [Item("1", values, stamp="ct-lines")])
    assert isinstance(made, Done), made


def test_lines_of_invoices_name_the_items_of_the_other_side(sqlite_database: str) -> None:
    with stage("vtiger", "xero") as cell:
        assert not cell.sync("partner").why
        ends = {"left_connection": cell.connections["left"], "right_connection": cell.connections["right"]}
        ends |= {"left_object": "Invoice", "right_object": "invoice", "topic": "invoice"}  # type: ignore[dict-item]  # texts
        before = cell.api("POST", "/pair-setup/propose", ends)["mapping"]["rows"]
        assert ITEM[0] not in {i["left"] for row in before for i in row["rows"]}, (
            "nobody knows the partner of an item yet"
        )
        items = cell.sync("item")
        assert items.first["created"], items
        known = dict(Binding.objects.filter(pairing__kind="item").values_list("right_id", "left_id"))
        partner = Binding.objects.filter(pairing__kind="partner", state="ok").values_list("right_id", flat=True)[0]
        mine = list(known)[:3]
        run_async(write(cell, partner, mine))
        invoices = cell.sync("invoice")
    assert not invoices.wrong, invoices
    assert invoices.first["created"] > 10, invoices
    sync = Sync.objects.get(pairing__kind="invoice")
    assert ITEM in columns(sync)
    (binding,) = Binding.objects.filter(pairing=sync.pairing, name="CT-LINES")
    for base, column in ((binding.left_base, ITEM[0]), (binding.right_base, ITEM[1])):
        lines = cast("list[Row]", unpack(bytes(base))["LineItems"])
        pointed = [cast("Ref", line.values[column]).id for line in lines]
        assert pointed == [known[id] for id in mine], "the CRM's own answer names its own products, in their order"
