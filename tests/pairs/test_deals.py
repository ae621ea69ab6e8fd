"""Invoices of a CRM become deals of freee会計: with lines, and as a total; a second run writes nothing, a changed line flows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from choai.sandbox import freee
from choai.sandbox.kintone import catalog, edit
from choai.sandbox.kintone.data import put
from choai.store.models import Connection
from choai.store.models import Item as RunItem
from pairs.cell import Cell, stage
from pairs.entries import INVOICES
from passwords import quick_passwords

DEALS = f"{freee.ENTERPRISE}/deals"


@pytest.fixture(autouse=True)
def quick() -> Iterator[None]:
    with quick_passwords():
        yield


def cell_with_invoices(cell: Cell, count: int) -> dict[str, Any]:
    """Numbered invoices with two lines each in kintone, and an account item for freee's rows."""
    app = cell.boxes["kintone"].world.state["apps"][INVOICES]
    code, props, *_ = catalog.table(
        "明細", "Lines", catalog.text("摘要", "Description"), catalog.number("金額", "Amount")
    )
    app["fields"][code] = props
    for n in range(count):
        lines = [{"摘要": f"保守{n}", "金額": "11000"}, {"摘要": "値引き", "金額": "-1000"}]
        values = {
            "請求書番号": f"INV-{n}",
            "請求日": "2026-04-30",
            "支払期限": "2026-05-31",
            "合計": "10000",
            code: lines,
        }
        put(app, values, datetime.now(UTC))
    row = Connection.objects.get(id=cell.connections["right"])
    row.settings = {**row.settings, "income_account": "売上高"}
    row.save()
    cell.boxes["freee"].world.state["tables"][DEALS].clear()
    return dict(app)


def sync(cell: Cell, more: list[dict[str, Any]]) -> int:
    """To freee, as the wizard proposes it, and with these rows in addition."""
    ends = {
        "left_connection": cell.connections["left"],
        "left_object": f"app:{INVOICES}",
        "right_connection": cell.connections["right"],
        "right_object": "deal_income",
        "topic": "invoice",
    }
    made = cell.api("POST", "/pair-setup/propose", ends)
    assert "to_right" in made["offered"]
    taken = {row.get("right") for row in more}
    rows = [row for row in made["mapping"]["rows"] if row.get("right") not in taken]
    wish = {
        **ends,
        "name": made["name"],
        "directions": ["to_right"],
        "rows": [*rows, *more],
        "match_keys": [{"left": "請求書番号", "right": "ref_number", "normalise": "exact"}],
    }
    return int(cell.api("POST", "/pair-setup", wish)["sync_id"])


def result(run: Any) -> tuple[str, dict[str, int]]:
    codes = list(RunItem.objects.filter(run=run).exclude(code="").values_list("code", "facts"))
    assert not codes, str(codes)
    return run.state, {k: v for k, v in run.counts.items() if v and k in ("created", "updated")}


def test_invoices_with_lines_become_deals(sqlite_database: str) -> None:
    inner = [
        {"left": "摘要", "right": "description", "direction": "to_right"},
        {"left": "金額", "right": "amount", "direction": "to_right"},
    ]
    with stage("kintone", "freee") as cell:
        app = cell_with_invoices(cell, 3)
        sync_id = sync(cell, [{"left": "明細", "right": "details", "direction": "to_right", "rows": inner}])
        assert result(cell.run(sync_id)) == ("succeeded", {"created": 3})
        held = cell.boxes["freee"].world.state["tables"][DEALS]
        assert len(held) == 3
        deal = next(deal for deal in held if deal["ref_number"] == "INV-0")
        lines = deal["details"]
        assert [(line["description"], line["amount"], line["entry_side"]) for line in lines] == [
            ("保守0", 11000, "credit"),
            ("値引き", 1000, "debit"),
        ]
        assert {line["account_item_id"] for line in lines} == {freee.ENTERPRISE * 1000 + 20}
        assert result(cell.run(sync_id)) == ("succeeded", {})
        lines[0]["section_id"] = freee.ENTERPRISE * 1000 + 401  # an accountant files the row
        number = next(iter(app["records"]))
        rows = app["records"][number]["values"]["明細"]
        rows[0]["value"]["金額"] = "22000"
        edit(cell.boxes["kintone"].world, INVOICES, number, {"明細": rows})
        before = lines[0]["id"]
        assert result(cell.run(sync_id)) == ("succeeded", {"updated": 1})
        changed = deal["details"]
        assert (changed[0]["id"], changed[0]["amount"], changed[0]["vat"]) == (before, 22000, 2000)
        assert changed[0]["section_id"] == freee.ENTERPRISE * 1000 + 401
        assert result(cell.run(sync_id)) == ("succeeded", {})


def test_invoices_with_a_total_become_deals_of_one_row(sqlite_database: str) -> None:
    with stage("kintone", "freee") as cell:
        cell_with_invoices(cell, 2)
        sync_id = sync(cell, [{"left": "合計", "right": "amount", "direction": "to_right"}])
        assert result(cell.run(sync_id)) == ("succeeded", {"created": 2})
        held = cell.boxes["freee"].world.state["tables"][DEALS]
        assert [[line["amount"] for line in deal["details"]] for deal in held] == [[10000], [10000]]
        assert result(cell.run(sync_id)) == ("succeeded", {})
