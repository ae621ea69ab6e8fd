"""Deals and expense applications: what is particular to them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op, Refused, Reply, Window
from choai.connectors.freee import api
from choai.connectors.freee.slips import signed
from choai.connectors.freee.unsure import UNSURE
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Ref, Row, Value
from choai.sandbox import freee

from .conftest import Link

COMPANY = freee.ENTERPRISE
DAY = date(2026, 4, 30)
ACCOUNT, TAX = Ref(f"{COMPANY}020"), Ref("129")
FROM_INVOICE, BY_HAND = "50000301", "50000101"  # income deals of the seed


async def written(session: Any, object: str, values: dict[str, Value], id: str | None = None) -> Record:
    op = Op.UPDATE if id else Op.CREATE
    (result,) = await api.write(session, object, op, [Item("a", values, id=id)])
    assert isinstance(result, Done), result
    return result.record


async def refusal(session: Any, object: str, values: dict[str, Value], id: str | None = None) -> str:
    op = Op.UPDATE if id else Op.CREATE
    (result,) = await api.write(session, object, op, [Item("a", values, id=id)])
    assert isinstance(result, Refused), result
    return result.error.code


def row(amount: int, **more: Value) -> Row:
    return Row(None, {"account_item_id": ACCOUNT, "tax_code": TAX, "amount": Decimal(amount), **more})


def deals(world: Any) -> dict[str, Any]:
    return {str(deal["id"]): deal for deal in world.state["tables"][f"{COMPANY}/deals"]}


async def test_income_and_expense_are_two_objects(freee_sandbox: Any, link: Link) -> None:
    held = deals(freee_sandbox.world)
    async with link() as session:
        for object, type in (("deal_income", "income"), ("deal_expense", "expense")):
            page = await api.read(session, object, Window(), None)
            assert {r.id for r in page.records} == {id for id, deal in held.items() if deal["type"] == type}
        other = next(id for id, deal in held.items() if deal["type"] == "expense")
        assert await api.find(session, "deal_income", "id", [other]) == []
        assert await refusal(session, "deal_income", {"ref_number": "x"}, other) == "record_not_found"


async def test_names_are_told_and_each_list_is_read_once(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        first = (await api.read(session, "deal_income", Window(), None)).records[0]
        partner = first.values["partner"]
        assert isinstance(partner, Ref)
        rows = freee_sandbox.world.state["tables"][f"{COMPANY}/partners"]
        assert partner.label == next(p["name"] for p in rows if str(p["id"]) == partner.id)
        details = first.values["details"]
        assert isinstance(details, list)
        assert isinstance(details[0], Row)
        assert details[0].values["account_item_id"].label == "売上高"  # type: ignore[union-attr]  # a Ref
        assert details[0].values["tax_code"].label == "課税売上10%"  # type: ignore[union-attr]  # a Ref
        calls = session.calls
        await api.read(session, "deal_income", Window(), None)
        assert session.calls == calls + 1


async def test_names_cost_nothing_where_they_are_not_asked_for(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        calls = session.calls
        await api.read(session, "deal_income", Window(fields=["ref_number", "amount"]), None)
        assert session.calls == calls + 1


async def test_names_of_partners_that_no_list_shows(freee_sandbox: Any, link: Link) -> None:
    rows = freee_sandbox.world.state["tables"][f"{COMPANY}/partners"]
    deals(freee_sandbox.world)[BY_HAND]["partner_id"] = next(p["id"] for p in rows if p.get("_archived"))
    async with link() as session:
        (record,) = await api.find(session, "deal_income", "id", [BY_HAND])
        assert record.values["partner"].label.endswith("（旧）")  # type: ignore[union-attr]  # a Ref


async def test_a_write_is_done_even_if_no_name_can_be_looked_up(freee_sandbox: Any, link: Link) -> None:
    """It happened: were it taken for undone, it would be sent again."""
    async with link() as session:
        freee_sandbox.world.switch("maintenance", match="^GET /api/1/(account_items|partners)", times=None)
        values: dict[str, Value] = {"issue_date": DAY, "partner": Ref("61000001"), "details": [row(1100)]}
        made = await written(session, "deal_income", values)
        assert made.values["partner"] == Ref("61000001")
        assert made.values["partner"].label is None  # type: ignore[union-attr]  # a Ref


async def test_names_that_may_not_be_seen_are_left_out(freee_sandbox: Any, link: Link) -> None:
    freee_sandbox.world.state["settings"]["app_permissions"] = {"items": "none", "partners": "none", "users": "none"}
    async with link() as session:
        assert (await api.read(session, "deal_income", Window(), None)).records
        (first, *_) = (await api.read(session, "expense_application", Window(), None)).records
        assert first.values["applicant_id"]
        assert first.values["applicant_email"] is None


async def test_only_what_is_dated_from_the_day_in_the_settings(freee_sandbox: Any, link: Link) -> None:
    held = sorted(deal["issue_date"] for deal in deals(freee_sandbox.world).values() if deal["type"] == "income")
    async with link(documents_from=held[5]) as session:
        assert len((await api.read(session, "deal_income", Window(), None)).records) == sum(d >= held[5] for d in held)


async def test_a_stamp_is_found_before_the_day_in_the_settings(freee_sandbox: Any, link: Link) -> None:
    """A lost reply of a deal that is dated earlier must not lead to a second one."""
    async with link(documents_from="2100-01-01") as session:
        values: dict[str, Value] = {"issue_date": DAY, "details": [row(1100)]}
        (made,) = await api.write(session, "deal_income", Op.CREATE, [Item("a", values, stamp="choai:1/2")])
        assert isinstance(made, Done)
        assert [r.id for r in await api.find(session, "deal_income", "ref_number", ["choai:1/2"])] == [made.record.id]


async def test_rows_keep_their_ids_and_what_was_not_changed(freee_sandbox: Any, link: Link) -> None:
    """An update sends all rows: one is changed, one is new, one is gone; the tax is counted anew where it must be."""
    async with link() as session:
        lines = [row(1100, vat=Decimal(90)), row(2200), row(3300)]
        made = await written(session, "deal_income", {"issue_date": DAY, "details": lines})
        rows: Any = made.values["details"]
        assert [r.values["vat"] for r in rows] == [90, 200, 300]
        rows[1].values["amount"] = Decimal(4400)
        after = await written(session, "deal_income", {"details": [rows[0], rows[1], row(550)]}, made.id)
        now: Any = after.values["details"]
        assert [r.id for r in now[:2]] == [rows[0].id, rows[1].id]
        assert [r.values["vat"] for r in now] == [90, 400, 50]
        assert after.values["amount"] == 1100 + 4400 + 550


async def test_a_total_without_rows_needs_an_account_in_the_settings(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        schema = await api.describe(session, "deal_income")
        assert schema.get("details").required  # type: ignore[union-attr]  # it is there
        assert not schema.get("amount").writable  # type: ignore[union-attr]  # it is there
    async with link(income_account="売上高") as session:
        made = await written(session, "deal_income", {"issue_date": DAY, "amount": Decimal(11000)})
        (line,) = made.values["details"]  # type: ignore[misc]  # rows
        assert (line.values["account_item_id"].label, line.values["tax_code"].id) == ("売上高", "129")
        assert line.values["vat"] == 1000
        after = await written(session, "deal_income", {"amount": Decimal(22000)}, made.id)
        assert after.values["amount"] == 22000
        (same,) = after.values["details"]  # type: ignore[misc]  # rows
        assert (same.id, same.values["vat"]) == (line.id, 2000)


async def test_a_total_of_several_rows_is_not_changed(freee_sandbox: Any, link: Link) -> None:
    async with link(income_account="売上高") as session:
        made = await written(session, "deal_income", {"issue_date": DAY, "details": [row(1100), row(2200)]})
        await written(session, "deal_income", {"amount": Decimal(3300), "ref_number": "x"}, made.id)
        assert await refusal(session, "deal_income", {"amount": Decimal(1)}, made.id) == "not_writable"


async def test_an_account_that_is_not_there(freee_sandbox: Any, link: Link) -> None:
    async with link(income_account="無い科目") as session:
        values: dict[str, Value] = {"issue_date": DAY, "amount": Decimal(11000)}
        assert await refusal(session, "deal_income", values) == "required_missing"


def test_deductions_are_negative_whichever_way_freee_tells_them() -> None:
    assert signed("income", {"amount": 100, "entry_side": "debit"}) == -100
    assert signed("income", {"amount": -100, "entry_side": "debit"}) == -100
    assert signed("income", {"amount": -100, "entry_side": "credit"}) == -100
    assert signed("expense", {"amount": 100, "entry_side": "debit"}) == 100


@pytest.mark.parametrize(
    ("row", "way"),
    [
        ({"amount": 100, "entry_side": "debit"}, "positive"),
        ({"amount": -100, "entry_side": "debit"}, "negative"),
        ({"amount": 100, "entry_side": "credit"}, None),
    ],
)
def test_a_closer_look_settles_how_deductions_are_told(row: dict[str, Any], way: str | None) -> None:
    fact = next(fact for fact in UNSURE if fact.code == "deduction")
    assert fact.judge is not None
    assert fact.judge([Reply(200, {}, {"deals": [{"details": [row]}]}, "", "GET", "/api/1/deals")]) == way
    assert fact.judge([Reply(200, {}, {"deals": []}, "", "GET", "/api/1/deals")]) is None


async def test_a_deal_of_freee_invoices_is_only_labelled(freee_sandbox: Any, link: Link) -> None:
    """Sections and tags of its rows may change; anything else freee refuses, and nothing is written."""
    async with link() as session:
        (record,) = await api.find(session, "deal_income", "id", [FROM_INVOICE])
        assert record.values["deal_origin_name"] == "freee請求書"
        rows: Any = record.values["details"]
        rows[0].values["section_id"] = Ref(f"{COMPANY}402")
        after = await written(session, "deal_income", {"details": rows}, record.id)
        assert after.values["details"][0].values["section_id"].id == f"{COMPANY}402"  # type: ignore[index,union-attr]  # a Ref
        assert await refusal(session, "deal_income", {"ref_number": "x"}, record.id) == "validation_rejected"


async def test_an_overpayment_is_refused(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        made = await written(session, "deal_income", {"issue_date": DAY, "details": [row(1100)]})
        args = {
            "date": DAY,
            "amount": Decimal(1101),
            "from_walletable_type": "bank_account",
            "from_walletable_id": f"{COMPANY}200",
        }
        with pytest.raises(ChoaiError, match="validation_rejected"):
            await api.act(session, "deal_income", made.id, "pay", args)
        with pytest.raises(ChoaiError, match="not_found"):
            await api.act(session, "deal_income", made.id, "approve", {})


# ---------------------------------------------------------------- expense applications


def expense(amount: int, text: str) -> Row:
    return Row(None, {"transaction_date": DAY, "description": text, "amount": Decimal(amount)})


async def test_lines_of_one_purchase_stay_together(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        made = await written(session, "expense_application", {"title": "出張", "lines": [expense(100, "a")]})
        stored = freee_sandbox.world.state["tables"][f"{COMPANY}/expense_applications"][-1]
        purchase = stored["purchase_lines"][0]
        purchase["expense_application_lines"].append({"id": 777, "description": "b", "amount": 50})
        purchase["sub_receipt_ids"] = [9]
        (record,) = await api.find(session, "expense_application", "id", [made.id])
        rows: Any = record.values["lines"]
        assert [r.id for r in rows] == [rows[0].id, f"{purchase['id']}:777"]
        rows[1].values["amount"] = Decimal(60)
        after = await written(session, "expense_application", {"lines": [*rows, expense(5, "c")]}, made.id)
        assert after.values["total_amount"] == 165
        kept, new = stored["purchase_lines"]
        assert (kept["id"], kept["sub_receipt_ids"]) == (purchase["id"], [9])
        assert [line["id"] for line in kept["expense_application_lines"]][1] == 777
        assert len(new["expense_application_lines"]) == 1
        await written(session, "expense_application", {"title": "出張2"}, made.id)
        assert [p["id"] for p in stored["purchase_lines"]] == [kept["id"], new["id"]]


async def test_what_is_submitted_cannot_be_changed(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        made = await written(session, "expense_application", {"title": "出張", "lines": [expense(100, "a")]})
        assert made.values["status"] == "draft"
        acted = await api.act(session, "expense_application", made.id, "submit", {})
        assert acted.record is not None
        assert (acted.record.values["status"], acted.record.values["total_amount"]) == ("in_progress", 100)
        assert await refusal(session, "expense_application", {"title": "x"}, made.id) == "validation_rejected"


async def test_an_approval_makes_a_deal(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        made = await written(session, "expense_application", {"title": "出張", "lines": [expense(100, "a")]})
        await api.act(session, "expense_application", made.id, "submit", {})
        acted = await api.act(session, "expense_application", made.id, "approve", {})
        assert acted.record is not None
        assert acted.record.values["deal_status"] == "unsettled"
        (deal,) = await api.find(session, "deal_expense", "id", [acted.record.values["deal_id"]])
        assert (deal.values["amount"], deal.values["deal_origin_name"]) == (100, "経費精算")


async def test_an_application_without_lines_cannot_be_submitted(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        made = await written(session, "expense_application", {"title": "出張"})
        with pytest.raises(ChoaiError, match="validation_rejected"):
            await api.act(session, "expense_application", made.id, "submit", {})


async def test_numbers_are_found_through_freees_filter(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        calls = session.calls
        found = await api.find(session, "expense_application", "application_number", ["3"])
        assert [r.values["application_number"] for r in found] == ["3"]
        assert session.calls <= calls + 1 + 4  # and the names
