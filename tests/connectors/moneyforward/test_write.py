"""Partners with their first department, documents addressed to departments, and lines that can only be added and taken away."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op, Refused
from choai.connectors.http import ServiceSession
from choai.connectors.moneyforward import api
from choai.model.record import Record
from choai.model.values import Ref, Row, Value
from choai.sandbox import moneyforward
from servers import Sandbox

Tables = dict[str, dict[str, Any]]


async def done(session: ServiceSession, object: str, op: Op, values: dict[str, Value], **more: Any) -> Record:
    (result,) = await api.write(session, object, op, [Item("1", values, **more)])
    assert isinstance(result, Done), result
    return result.record


async def refused(session: ServiceSession, object: str, op: Op, values: dict[str, Value], **more: Any) -> str:
    (result,) = await api.write(session, object, op, [Item("1", values, **more)])
    assert isinstance(result, Refused), result
    return result.error.code


def lines_of(record: Record) -> list[Row]:
    held = record.values["items"]
    return [one for one in held if isinstance(one, Row)] if isinstance(held, list) else []


def two_departments(tables: Tables) -> dict[str, Any]:
    found: dict[str, Any] = next(row for row in tables["partners"].values() if len(row["departments"]) == 2)
    return found


# ---------------------------------------------------------------- partners


async def test_a_new_partner_has_one_department(session: ServiceSession, tables: Tables) -> None:
    made = await done(session, "partner", Op.CREATE, {"name": "新商事", "tel": "03-0000-0000", "email": "a@example.jp"})
    (department,) = tables["partners"][made.id]["departments"]
    assert (department["tel"], department["email"]) == ("03-0000-0000", "a@example.jp")
    assert made.values["email"] == "a@example.jp"
    bare = await done(session, "partner", Op.CREATE, {"name": "住所なし商事"})
    assert tables["partners"][bare.id]["departments"] == []
    assert bare.values["zip"] is None
    changed = await done(session, "partner", Op.UPDATE, {"zip": "100-0001"}, id=bare.id)
    assert changed.values["zip"] == "100-0001"
    assert len(tables["partners"][bare.id]["departments"]) == 1


async def test_only_what_belongs_to_it_is_sent_to_a_resource(
    session: ServiceSession, box: Sandbox, tables: Tables
) -> None:
    row = two_departments(tables)
    box.world.calls.clear()
    await done(session, "partner", Op.UPDATE, {"name_kana": "カナ"}, id=row["id"])
    assert list(box.world.calls) == [f"PUT /api/v3/partners/{row['id']}"]
    second = copy.deepcopy(row["departments"][1])
    await done(session, "partner", Op.UPDATE, {"address2": None, "memo": "メモ"}, id=row["id"])
    assert row["departments"][0]["address2"] == ""
    assert row["departments"][1] == second
    assert row["memo"] == "メモ"


@pytest.mark.parametrize("known", [True, False])
async def test_a_refused_partner_is_as_it_was(session: ServiceSession, tables: Tables, known: bool) -> None:
    if known:
        row = two_departments(tables)
    else:
        bare = await done(session, "partner", Op.CREATE, {"name": "住所なし商事"})
        row = tables["partners"][bare.id]
    before = [{k: v for k, v in one.items() if k != "updated_at"} for one in row["departments"]]
    code = await refused(session, "partner", Op.UPDATE, {"tel": "03-9999-9999", "name": "長" * 101}, id=row["id"])
    assert code == "validation_rejected"
    assert [{k: v for k, v in one.items() if k != "updated_at"} for one in row["departments"]] == before


async def test_payment_terms_are_sent_whole(session: ServiceSession, tables: Tables) -> None:
    row = next(r for r in tables["partners"].values() if r["payment_deadline_setting"])
    term = "payment_deadline_setting"
    changed = await done(session, "partner", Op.UPDATE, {f"{term}.due_date": 20}, id=row["id"])
    assert row[term] == {"due_month": "next_month", "due_date": 20, "contingency_day": "move_to_earlier_day"}
    assert changed.values[f"{term}.due_month"] == "next_month"
    without = next(r for r in tables["partners"].values() if not r[term])
    assert (
        await refused(session, "partner", Op.UPDATE, {f"{term}.due_date": 20}, id=without["id"])
        == "validation_rejected"
    )


@pytest.mark.parametrize("object", ["partner", "quote", "billing"])
async def test_a_stamp_never_replaces_a_memo(session: ServiceSession, tables: Tables, object: str) -> None:
    partner = Ref(two_departments(tables)["id"])
    values: dict[str, dict[str, Value]] = {
        "partner": {"name": "新商事"},
        "quote": {"partner": partner, "quote_date": date(2026, 4, 1), "expired_date": date(2026, 4, 2)},
        "billing": {"partner": partner, "billing_date": date(2026, 4, 1), "due_date": date(2026, 4, 2)},
    }
    made = await done(session, object, Op.CREATE, {**values[object], "memo": "人のメモ"}, stamp="choai:1/2")
    assert made.values["memo"] == "人のメモ"
    made = await done(session, object, Op.CREATE, values[object], stamp="choai:1/2")
    assert made.values["memo"] == "choai:1/2"


# ---------------------------------------------------------------- documents


def billing(partner: str, **more: Value) -> dict[str, Value]:
    rows: Value = [Row(None, {"name": "開発", "price": Decimal(10), "quantity": Decimal(3), "excise": "ten_percent"})]
    return {
        "partner": Ref(partner),
        "billing_date": date(2026, 4, 1),
        "due_date": date(2026, 4, 30),
        "items": rows,
        **more,
    }


async def test_a_document_goes_to_the_first_department_of_its_partner(session: ServiceSession, tables: Tables) -> None:
    row = two_departments(tables)
    first, second = (f"{row['id']}.{one['id']}" for one in row["departments"])
    made = await done(session, "billing", Op.CREATE, billing(row["id"]))
    assert made.values["department"] == Ref(first)
    moved = await done(session, "billing", Op.UPDATE, {"department": Ref(second)}, id=made.id)
    assert moved.values["department"] == Ref(second)
    # the partner itself does not change: the document stays with the department that somebody chose
    stays = await done(session, "billing", Op.UPDATE, {"partner": Ref(row["id"]), "title": "件名"}, id=made.id)
    assert (stays.values["department"], stays.values["title"]) == (Ref(second), "件名")
    other = next(r for r in tables["partners"].values() if r["id"] != row["id"])
    away = await done(session, "billing", Op.UPDATE, {"partner": Ref(other["id"])}, id=made.id)
    assert away.values["partner"] == Ref(other["id"])


async def test_a_partner_without_a_department_cannot_be_billed(session: ServiceSession) -> None:
    bare = await done(session, "partner", Op.CREATE, {"name": "住所なし商事"})
    assert await refused(session, "billing", Op.CREATE, billing(bare.id)) == "department_missing"
    assert await refused(session, "billing", Op.CREATE, billing("nobody-nobody")) == "record_not_found"


async def test_the_due_date_may_follow_from_the_terms(session: ServiceSession, tables: Tables) -> None:
    row = next(r for r in tables["partners"].values() if r["payment_deadline_setting"])
    values = billing(row["id"])
    del values["due_date"]
    made = await done(session, "billing", Op.CREATE, values)
    assert made.values["due_date"] == date(2026, 5, 29), "the last day of May 2026 is a Sunday"
    without = next(r for r in tables["partners"].values() if not r["payment_deadline_setting"])
    assert (
        await refused(session, "billing", Op.CREATE, {**values, "partner": Ref(without["id"])}) == "validation_rejected"
    )


async def test_lines_are_added_and_taken_away(session: ServiceSession, box: Sandbox, tables: Tables) -> None:
    row = next(iter(tables["billings"].values()))
    (held,) = await api.find(session, "billing", "id", [row["id"]])
    first, second, third = lines_of(held)
    changed: Value = [
        Row(first.id, {"quantity": Decimal(99)}),
        third,
        Row(None, {"name": "値引き", "price": Decimal(-100), "quantity": Decimal(1), "excise": "ten_percent"}),
    ]
    made = await done(session, "billing", Op.UPDATE, {"items": changed, "title": "訂正"}, id=row["id"])
    after = {one["id"]: one for one in row["items"]}
    assert row["title"] == "訂正"
    assert next(iter(after)) == third.id, "a line that is not touched keeps its identity"
    assert {first.id, second.id} & set(after) == set()
    assert max(one["quantity"] for one in row["items"]) == "99"
    again = next(one for one in row["items"] if one["quantity"] == "99")
    assert again["code"] == first.values["code"], "a line of the item master stays one"
    assert len(row["items"]) == 3
    box.world.calls.clear()
    repeated = await done(session, "billing", Op.UPDATE, {"items": made.values["items"]}, id=row["id"])
    assert [line for line in box.world.calls if not line.startswith("GET")] == []
    assert repeated.values["items"] == made.values["items"]


async def test_a_lost_change_of_lines_can_be_repeated(session: ServiceSession, box: Sandbox, tables: Tables) -> None:
    row = next(iter(tables["billings"].values()))
    new: Value = [Row(None, {"name": "一式", "price": Decimal(1), "quantity": Decimal(1), "excise": "ten_percent"})]
    box.world.switch("lost_reply", match="^DELETE")
    with pytest.raises(Exception, match="unknown_result"):
        await api.write(session, "billing", Op.UPDATE, [Item("1", {"items": new}, id=row["id"])])
    await done(session, "billing", Op.UPDATE, {"items": new}, id=row["id"])
    assert [one["name"] for one in row["items"]] == ["一式"]


async def test_refused_lines_leave_a_document_as_it_was(session: ServiceSession, tables: Tables) -> None:
    row = next(iter(tables["billings"].values()))
    before = copy.deepcopy(row["items"])
    good = Row(None, {"name": "一式", "price": Decimal(1), "quantity": Decimal(1), "excise": "ten_percent"})
    bad = Row(None, {"item": Ref("gone"), "price": Decimal(1)})
    code = await refused(session, "billing", Op.UPDATE, {"items": [good, bad], "title": "題"}, id=row["id"])
    assert code == "validation_rejected"
    assert row["items"] == before
    assert row["title"] != "題"
    code = await refused(session, "billing", Op.UPDATE, {"items": [good], "title": "題" * 201}, id=row["id"])
    assert (code, row["items"]) == ("validation_rejected", before)


async def test_a_locked_document_is_refused(session: ServiceSession, box: Sandbox, tables: Tables) -> None:
    number = next(iter(tables["billings"]))
    moneyforward.edit(box.world, "billings", number, is_locked=True)
    assert await refused(session, "billing", Op.UPDATE, {"title": "題"}, id=number) == "validation_rejected"


async def test_converting_makes_a_billing_of_the_quote(session: ServiceSession, tables: Tables) -> None:
    quote = next(iter(tables["quotes"].values()))
    acted = await api.act(session, "quote", quote["id"], "convert", {})
    assert acted.made is not None
    object, number = acted.made
    (made,) = await api.find(session, object, "id", [number])
    assert len(lines_of(made)) == len(quote["items"])
    assert made.values["partner"] == Ref(quote["partner_id"])


# ---------------------------------------------------------------- sole traders


@pytest.mark.parametrize("office", [moneyforward.SOLE], ids=["sole"])
async def test_a_sole_trader_withholds_income_tax(session: ServiceSession, tables: Tables) -> None:
    schema = await api.describe(session, "item")
    assert schema.get("is_deduct_withholding_tax") is not None
    line = {"name": "デザイン", "price": Decimal(100_000), "quantity": Decimal(1), "excise": "ten_percent"}
    rows: Value = [Row(None, {**line, "is_deduct_withholding_tax": True})]
    made = await done(session, "billing", Op.CREATE, billing(next(iter(tables["partners"])), items=rows))
    assert made.values["deduct_price"] == Decimal(10_210)
    assert made.values["total_price"] == Decimal(99_790)


async def test_a_company_knows_no_withholding(session: ServiceSession) -> None:
    schema = await api.describe(session, "billing")
    assert schema.get("deduct_price") is None
    lines = schema.get("items")
    assert lines is not None
    assert "is_deduct_withholding_tax" not in {one.name for one in lines.fields}
