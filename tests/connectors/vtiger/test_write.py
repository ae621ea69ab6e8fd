"""Writes: nothing that was not meant may change."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op, Refused
from choai.connectors.http import ServiceSession
from choai.connectors.vtiger import api
from choai.errors import ChoaiError
from choai.model.values import Ref, Row, Value
from choai.sandbox import vtiger
from connectors.vtiger.conftest import enter
from servers import Sandbox

Values = dict[str, Value]


def ids(box: Sandbox, module: str, prefix: str) -> list[str]:
    return [f"{prefix}x{n}" for n in box.world.state["records"][module]]


def line(item: str | None, quantity: int = 1, price: int = 100, **rates: int) -> Row:
    own = {"productid": Ref(item)} if item else {}
    told = {"quantity": Decimal(quantity), "listprice": Decimal(price), **{k: Decimal(v) for k, v in rates.items()}}
    return Row(None, {**own, **told})


async def write(session: ServiceSession, object: str, values: Values, id: str | None = None) -> Any:
    op = Op.CREATE if id is None else Op.UPDATE
    (result,) = await api.write(session, object, op, [Item("a", values, id=id)])
    return result


async def document(session: ServiceSession, box: Sandbox, lines: list[Row], **more: Value) -> Any:
    head: Values = {"subject": "T-1", "account_id": Ref(ids(box, "Accounts", "11")[0]), "LineItems": lines}
    return await write(session, "Invoice", {**head, **more})


def held(box: Sandbox, id: str) -> dict[str, Any]:
    module = {"7": "Invoice", "14": "Products", "11": "Accounts"}[id.partition("x")[0]]
    row: dict[str, Any] = box.world.state["records"][module][id.partition("x")[2]]
    return row


# ---------------------------------------------------------------- records


async def test_a_new_record_belongs_to_the_user_who_acts_or_whom_the_settings_name(
    session: ServiceSession, box: Sandbox
) -> None:
    done = await write(session, "Vendors", {"vendorname": "一"})
    assert done.record.values["assigned_user_id"] == Ref("19x1")
    async with enter(box, settings={"owner": "20x2"}) as other:
        done = await write(other, "Vendors", {"vendorname": "二"})
    assert done.record.values["assigned_user_id"] == Ref("20x2")


async def test_a_description_stays_as_it_is(session: ServiceSession, box: Sandbox) -> None:
    done = await write(session, "Accounts", {"accountname": "説明", "description": 'it\'s "quoted" & more'})
    for n in range(3):
        await write(session, "Accounts", {"phone": str(n)}, done.record.id)
    assert held(box, done.record.id)["description"] == 'it\'s "quoted" & more'


@pytest.mark.parametrize("text", ["祝🎉", "𠮷野家", "<b>太字</b>", "AT&amp;T", "&#169; 2026"])
async def test_what_would_not_come_back_is_not_sent(session: ServiceSession, box: Sandbox, text: str) -> None:
    before = len(box.world.state["records"]["Vendors"])
    result = await write(session, "Vendors", {"vendorname": text})
    assert isinstance(result, Refused)
    assert result.error.code == "value_not_convertible"
    assert len(box.world.state["records"]["Vendors"]) == before


async def test_a_database_in_utf8mb4_keeps_rare_characters(box: Sandbox) -> None:
    box.world.state["settings"]["utf8mb4"] = True
    async with enter(box, settings={"four_byte": "send"}) as session:
        done = await write(session, "Vendors", {"vendorname": "𠮷野家🎉"})
    assert done.record.values["vendorname"] == "𠮷野家🎉"


async def test_a_name_that_is_there_already(session: ServiceSession, box: Sandbox) -> None:
    name = next(iter(box.world.state["records"]["Accounts"].values()))["accountname"]
    result = await write(session, "Accounts", {"accountname": name})
    assert isinstance(result, Refused)
    assert (result.error.code, result.error.facts["name"]) == ("duplicate_name", name)


async def test_a_create_that_php_ends_may_have_happened(session: ServiceSession, box: Sandbox) -> None:
    await api.describe(session, "Vendors")
    box.world.switch("status", match="POST", status=500, body=None)
    with pytest.raises(ChoaiError) as caught:
        await write(session, "Vendors", {"vendorname": "途中"})
    assert caught.value.code == "unknown_result"


async def test_a_list_that_must_be_chosen_from_is_filled_as_the_pages_do(session: ServiceSession, box: Sandbox) -> None:
    values: Values = {"potentialname": "既定", "closingdate": None}
    result = await write(session, "Potentials", values)
    assert isinstance(result, Refused)
    assert result.error.code == "required_missing"
    done = await write(session, "Potentials", {"potentialname": "既定", "closingdate": date(2026, 4, 1)})
    assert done.record.values["sales_stage"] == "Prospecting"


# ---------------------------------------------------------------- prices


@pytest.mark.parametrize("version", ["7.4.0", "8.2.0", "8.3.0"])
async def test_prices_and_taxes_survive_a_change(box: Sandbox, version: str) -> None:
    box.world.state["settings"]["version"] = version
    async with enter(box) as session:
        values: Values = {"productname": "P", "unit_price": Decimal(1000), "tax1": Decimal(10), "tax2": Decimal(8)}
        made = await write(session, "Products", values)
        assert made.record.values["discontinued"] is True
        id = made.record.id
        held(box, id)["_prices"]["2"] = 6.7
        done = await write(session, "Products", {"productcode": "P-1"}, id)
        assert isinstance(done, Done)
        kept = {k: done.record.values[k] for k in ("unit_price", "tax1", "tax2", "currency_id")}
        assert kept == {"unit_price": 1000, "tax1": 10, "tax2": 8, "currency_id": "JPY"}
        assert held(box, id)["_prices"] == {"1": 1000.0, "2": 6.7}
        done = await write(session, "Products", {"currency_id": "USD"}, id)
        assert (done.record.values["unit_price"], done.record.values["currency_id"]) == (1000, "USD")


async def test_a_currency_that_is_not_active(session: ServiceSession, box: Sandbox) -> None:
    box.world.state["currencies"]["3"]["currency_status"] = "Inactive"
    for code in ("EUR", "GBP"):
        result = await write(session, "Products", {"productname": "P", "currency_id": code})
        assert isinstance(result, Refused)
        assert result.error.code == "value_not_convertible"


# ---------------------------------------------------------------- documents


async def test_a_document_has_what_vtiger_does_not_fill_in(session: ServiceSession, box: Sandbox) -> None:
    (item, *_) = ids(box, "Products", "14")
    done = await document(session, box, [line(item, 3, 1000, tax1=10)], currency_id="USD")
    row = held(box, done.record.id)
    account = held(box, row["account_id"])
    assert (row["hdnTaxType"], row["currency_id"], row["conversion_rate"]) == ("group", "21x2", "0.007")
    assert (row["bill_street"], row["ship_street"]) == (account["bill_street"], account["bill_street"])
    assert (done.record.values["hdnGrandTotal"], done.record.values["hdnSubTotal"]) == (3300, 3000)


async def test_lines_with_different_rates(session: ServiceSession, box: Sandbox) -> None:
    """In group mode the first line would decide for all."""
    items = ids(box, "Products", "14")
    lines = [line(items[0], tax1=10), line(items[2], tax2=8)]
    done = await document(session, box, lines)
    assert held(box, done.record.id)["hdnTaxType"] == "individual"
    assert done.record.values["hdnGrandTotal"] == 218
    result = await document(session, box, lines, hdnTaxType="group")
    assert isinstance(result, Refused)
    assert result.error.code == "validation_rejected"


async def test_lines_without_item(session: ServiceSession, box: Sandbox) -> None:
    own = Row(None, {"amount": Decimal(5000), "comment": "作業一式"})
    done = await document(session, box, [own])
    (kept,) = done.record.values["LineItems"]
    assert kept.values["productid"] == Ref(vtiger.line_item(box.world))
    assert (kept.values["quantity"], kept.values["listprice"], kept.values["amount"]) == (1, 5000, 5000)
    unpriced = await document(session, box, [Row(None, {"comment": "価格なし"})])
    assert isinstance(unpriced, Refused)  # the price of the standing item is not meant
    async with enter(box) as other:
        result = await document(other, box, [own])
    assert isinstance(result, Refused)
    assert result.error.code == "required_missing"


async def test_a_header_is_changed_without_touching_the_lines(session: ServiceSession, box: Sandbox) -> None:
    (item, *_) = ids(box, "Products", "14")
    made = await document(session, box, [line(item, 2, 100, tax1=10)], txtAdjustment=Decimal(-2))
    calls = session.calls
    done = await write(session, "Invoice", {"subject": "T-2"}, made.record.id)
    assert session.calls - calls == 2  # the change and the reading back
    assert done.record.values["hdnGrandTotal"] == 218


async def test_new_lines_keep_the_sums_of_the_head(session: ServiceSession, box: Sandbox) -> None:
    (item, *_) = ids(box, "Products", "14")
    more: Values = {"hdnDiscountPercent": Decimal(10), "txtAdjustment": Decimal(-2), "hdnS_H_Amount": Decimal(5)}
    made = await document(session, box, [line(item, 2, 100, tax1=10)], **more)
    assert made.record.values["hdnGrandTotal"] == 180 + 5 + 18 - 2
    done = await write(session, "Invoice", {"LineItems": [line(item, 4, 100, tax1=10)]}, made.record.id)
    values = done.record.values
    assert (values["hdnTaxType"], values["hdnDiscountPercent"], values["txtAdjustment"]) == ("group", 10, -2)
    assert values["hdnGrandTotal"] == 360 + 5 + 36 - 2


async def test_a_discount_counts_though_no_line_changed(session: ServiceSession, box: Sandbox) -> None:
    (item, *_) = ids(box, "Products", "14")
    made = await document(session, box, [line(item, 2, 100, tax1=10)], hdnDiscountPercent=Decimal(10))
    done = await write(session, "Invoice", {"hdnDiscountAmount": Decimal(50)}, made.record.id)
    assert done.record.values["hdnGrandTotal"] == 165
    assert len(done.record.values["LineItems"]) == 1
    done = await write(session, "Invoice", {"txtAdjustment": Decimal(5)}, made.record.id)
    assert done.record.values["hdnGrandTotal"] == 170


async def test_8_3_0_is_not_sent_what_it_would_destroy(box: Sandbox) -> None:
    box.world.state["settings"]["version"] = "8.3.0"
    (id, *_) = ids(box, "Invoice", "7")
    before = dict(held(box, id))
    async with enter(box) as session:
        (item, *_) = ids(box, "Products", "14")
        for result in (
            await document(session, box, [line(item)]),
            await write(session, "Invoice", {"LineItems": [line(item)]}, id),
            await write(session, "Invoice", {"hdnDiscountAmount": Decimal(1)}, id),
        ):
            assert isinstance(result, Refused)
            assert (result.error.code, result.error.facts["version"]) == ("version_cannot_write", "8.3.0")
        assert held(box, id) == before
        done = await write(session, "Invoice", {"subject": "改題"}, id)
        assert isinstance(done, Done)
        assert done.record.values["hdnGrandTotal"] == Decimal(before["hdnGrandTotal"])


async def test_a_document_that_cannot_be_read_back_is_written_all_the_same(
    session: ServiceSession, box: Sandbox
) -> None:
    (item, *_) = ids(box, "Products", "14")
    await api.describe(session, "Invoice")
    lines: Values = {"bill_street": "a", "ship_street": "b"}
    box.world.switch("status", match="GET", status=403, body=None)
    done = await document(session, box, [line(item)], **lines)
    assert isinstance(done, Done)
    assert not done.complete
