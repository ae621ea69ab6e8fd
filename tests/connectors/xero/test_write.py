"""Writing to Xero, where it is special: lines, groups, keys, batches."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op, Refused, Window
from choai.connectors.http import ServiceSession
from choai.connectors.xero import api
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Ref, Row, Value
from choai.sandbox import xero
from servers import Sandbox

Tables = dict[str, dict[str, Any]]


async def put(session: ServiceSession, object: str, op: Op, *items: Item) -> Record:
    (result,) = await api.write(session, object, op, items)
    assert isinstance(result, Done), result
    return result.record


def key(tables: Tables, table: str, **wanted: Any) -> str:
    return str(next(id for id, row in tables[table].items() if all(row.get(k) == v for k, v in wanted.items())))


def paper(tables: Tables, **more: Value) -> dict[str, Value]:
    account = Ref(key(tables, "Accounts", Code="200"))
    section, region = (key(tables, "TrackingCategories", Name=name) for name in ("部門", "Region"))
    lines: Value = [
        Row(None, {"Item": Ref(key(tables, "Items", Code="DEV-D")), "Quantity": Decimal(2), "TaxAmount": Decimal(15999),
                   f"tracking:{section}": "営業部", f"tracking:{region}": "Osaka"}),
        Row(None, {"Description": "送料", "Quantity": Decimal(1), "UnitAmount": Decimal(800), "Account": account,
                   "TaxType": Ref("TAX001")}),
    ]  # fmt: skip
    contact = Ref(key(tables, "Contacts", Name="Bluebird Software GmbH"))
    return {"Contact": contact, "Date": date(2026, 4, 1), "DueDate": date(2026, 4, 30), "LineItems": lines, **more}


def rows(record: Record) -> list[Row]:
    found = record.values["LineItems"]
    assert isinstance(found, list)
    return found  # type: ignore[return-value]  # rows


# ---------------------------------------------------------------- lines


async def test_an_item_fills_its_line_and_is_a_reference(session: ServiceSession, tables: Tables) -> None:
    made = await put(session, "invoice", Op.CREATE, Item("1", paper(tables)))
    first, second = rows(made)
    assert first.values["Item"] == Ref(key(tables, "Items", Code="DEV-D"))
    assert first.values["Account"] == second.values["Account"] == Ref(key(tables, "Accounts", Code="200"))
    assert (first.values["UnitAmount"], first.values["LineAmount"]) == (80000, 160000)
    assert second.values["Item"] is None
    assert made.values["Total"] == Decimal(160000) + 15999 + 880


async def test_a_changed_line_leaves_the_rest_as_it_was(session: ServiceSession, tables: Tables) -> None:
    """Xero replaces lines as they are sent: what the mapping does not know must not be lost."""
    made = await put(session, "invoice", Op.CREATE, Item("1", paper(tables)))
    first, second = rows(made)
    change: Value = [Row(first.id, {"Description": "開発（変更）"}), Row(second.id, {"Quantity": Decimal(3)})]
    after = await put(session, "invoice", Op.UPDATE, Item("1", {"LineItems": change}, id=made.id))
    one, two = rows(after)
    assert (one.id, two.id) == (first.id, second.id)
    assert one.values == {**first.values, "Description": "開発（変更）"}
    assert two.values == {
        **second.values, "Quantity": 3, "LineAmount": Decimal(2400), "TaxAmount": Decimal(240)
    }, "a new price has a new tax"  # fmt: skip


async def test_a_mapped_tracking_category_leaves_the_other_alone(session: ServiceSession, tables: Tables) -> None:
    made = await put(session, "invoice", Op.CREATE, Item("1", paper(tables)))
    section, region = (f"tracking:{key(tables, 'TrackingCategories', Name=name)}" for name in ("部門", "Region"))
    first, second = rows(made)
    for wished in ("管理部", None):
        change: Value = [Row(first.id, {section: wished}), Row(second.id, {})]
        after = await put(session, "invoice", Op.UPDATE, Item("1", {"LineItems": change}, id=made.id))
        assert (rows(after)[0].values[section], rows(after)[0].values[region]) == (wished, "Osaka")


async def test_a_line_that_is_left_out_is_gone(session: ServiceSession, tables: Tables) -> None:
    made = await put(session, "invoice", Op.CREATE, Item("1", paper(tables)))
    new: Value = [Row(rows(made)[1].id, {}), Row(None, {"Description": "追加", "Quantity": Decimal(1)})]
    after = await put(session, "invoice", Op.UPDATE, Item("1", {"LineItems": new}, id=made.id))
    assert [row.values["Description"] for row in rows(after)] == ["送料", "追加"]


async def test_a_quote_is_sent_whole(session: ServiceSession, tables: Tables) -> None:
    values = paper(tables, LineAmountTypes="Inclusive")
    del values["DueDate"]
    made = await put(session, "quote", Op.CREATE, Item("1", values))
    after = await put(session, "quote", Op.UPDATE, Item("1", {"Title": "改訂"}, id=made.id))
    kept = ("Contact", "Date", "LineItems", "LineAmountTypes", "Total")
    assert {n: after.values[n] for n in kept} == {n: made.values[n] for n in kept}
    assert after.values["Title"] == "改訂"


async def test_codes_of_new_items_are_learnt(session: ServiceSession, tables: Tables) -> None:
    await put(session, "invoice", Op.CREATE, Item("1", paper(tables)))
    item = await put(session, "item", Op.CREATE, Item("1", {"Code": "NEW-1", "Description": "新品"}))
    line: Value = [Row(None, {"Item": Ref(item.id), "Quantity": Decimal(1), "UnitAmount": Decimal(5)})]
    made = await put(session, "invoice", Op.CREATE, Item("1", paper(tables, LineItems=line)))
    assert rows(made)[0].values["Item"] == Ref(item.id)


# ---------------------------------------------------------------- groups that are replaced


async def test_an_address_is_sent_whole(session: ServiceSession, tables: Tables) -> None:
    values: dict[str, Value] = {
        "Name": "住所商事",
        "POBOX.City": "港区",
        "POBOX.AddressLine1": "芝1-1",
        "STREET.City": "堺市",
        "Phone.DEFAULT": "1111",
        "Phone.DEFAULT.AreaCode": "03",
        "PaymentTerms.Sales.Day": 31,
        "PaymentTerms.Sales.Type": "OFFOLLOWINGMONTH",
    }
    made = await put(session, "contact", Op.CREATE, Item("1", values))
    changes: dict[str, Value] = {"POBOX.City": "品川区", "Phone.DEFAULT": "2222", "PaymentTerms.Sales.Day": 20}
    after = await put(session, "contact", Op.UPDATE, Item("1", changes, id=made.id))
    assert {n: after.values[n] for n in values} == {**values, **changes}
    emptied = await put(session, "contact", Op.UPDATE, Item("1", {"POBOX.City": None}, id=made.id))
    assert emptied.values["POBOX.City"] is None
    assert emptied.values["POBOX.AddressLine1"] == "芝1-1"


async def test_price_details_are_sent_whole(session: ServiceSession, tables: Tables) -> None:
    made = await put(session, "item", Op.CREATE, Item("1", {
        "Code": "P-1", "SalesDetails.UnitPrice": Decimal("10.1234"), "SalesDetails.AccountCode": "200",
    }))  # fmt: skip
    after = await put(session, "item", Op.UPDATE, Item("1", {"SalesDetails.UnitPrice": Decimal(11)}, id=made.id))
    assert (after.values["SalesDetails.UnitPrice"], after.values["SalesDetails.AccountCode"]) == (11, "200")


async def test_an_update_costs_what_it_must(session: ServiceSession, tables: Tables) -> None:
    ids = list(tables["Contacts"])[:20]
    for changes, calls in (({"FirstName": "花子"}, 1), ({"POBOX.City": "港区"}, 2)):
        before = session.calls
        results = await api.write(
            session, "contact", Op.UPDATE, [Item(str(n), dict(changes), id=id) for n, id in enumerate(ids)]
        )
        assert all(isinstance(r, Done) for r in results)
        assert session.calls - before == calls


# ---------------------------------------------------------------- keys and batches


async def test_the_same_call_again_makes_nothing_new(box: Sandbox, session: ServiceSession, tables: Tables) -> None:
    """The order of the values is another after a crash; the bytes must not be."""
    values = paper(tables, InvoiceNumber=None)
    again = dict(reversed(values.items()))
    box.world.switch("lost_reply", match="PUT")
    with pytest.raises(ChoaiError) as caught:
        await api.write(session, "bill", Op.CREATE, [Item("1", values, stamp="choai-1")])
    assert caught.value.code == "unknown_result"
    count = len(tables["Invoices"])
    await put(session, "bill", Op.CREATE, Item("1", again, stamp="choai-1"))
    assert len(tables["Invoices"]) == count
    other = Item("1", {**values, "Url": "https://example.jp"}, stamp="choai-1")
    (refused,) = await api.write(session, "bill", Op.CREATE, [other])
    assert isinstance(refused, Refused), "a key with another body"
    box.world.shift += timedelta(seconds=361)
    await put(session, "bill", Op.CREATE, Item("1", values, stamp="choai-1"))
    assert len(tables["Invoices"]) == count + 1, "forgotten after six minutes"


async def test_a_batch_has_a_result_each(session: ServiceSession, tables: Tables) -> None:
    names = ["一番商事", "Bluebird Software GmbH", "三番商事", "<四番>", "五番商事"]
    items = [Item(name, {"Name": name}, stamp="k") for name in names]
    results = await api.write(session, "contact", Op.CREATE, items)
    codes = [r.error.code if isinstance(r, Refused) else "" for r in results]
    assert codes == ["", "duplicate_name", "", "validation_rejected", ""]


async def test_a_batch_that_cannot_be_read_goes_one_by_one(
    box: Sandbox, session: ServiceSession, tables: Tables
) -> None:
    box.world.switch("batch_400", match="PUT Contacts")
    count = len(tables["Contacts"])
    items = [Item(str(n), {"Name": f"単独{n}"}, stamp="k") for n in range(3)]
    results = await api.write(session, "contact", Op.CREATE, items)
    assert all(isinstance(r, Done) for r in results)
    assert len(tables["Contacts"]) == count + 3


async def test_only_what_may_be_written(session: ServiceSession) -> None:
    for object, op in (("user", Op.CREATE), ("payment", Op.UPDATE), ("contact", Op.UPSERT)):
        with pytest.raises(ChoaiError) as caught:
            await api.write(session, object, op, [Item("1", {}, id="x", key=("Name", "x"))])
        assert caught.value.code == "not_writable"


# ---------------------------------------------------------------- payments, tracking, lists


async def test_payments_of_invoices_and_bills(session: ServiceSession, tables: Tables) -> None:
    bank = Ref(key(tables, "Accounts", Code="090"))
    for object, field, kind in (("invoice", "Invoice", "ACCREC"), ("bill", "Bill", "ACCPAY")):
        number = key(tables, "Invoices", Type=kind, Status="AUTHORISED")
        values = {field: Ref(number), "Account": bank, "Date": date(2026, 11, 1), "Amount": Decimal(100)}
        made = await put(session, "payment", Op.CREATE, Item("1", values))
        assert (made.values[field], made.values["Account"]) == (Ref(number), bank)
        assert {"Invoice", "Bill"} - {field} <= {n for n, v in made.values.items() if v is None}
        (paper_,) = await api.find(session, object, "id", [number])
        assert paper_.values["AmountPaid"] == 100
        undone = await api.act(session, "payment", made.id, "reverse", {})
        assert undone.record is not None
        assert undone.record.archived
        (paper_,) = await api.find(session, object, "id", [number])
        assert paper_.values["AmountPaid"] == 0


async def test_options_of_a_tracking_category_are_records(session: ServiceSession, tables: Tables) -> None:
    object = f"tracking:{key(tables, 'TrackingCategories', Name='部門')}"
    assert object in {o.name for o in await api.catalogue(session)}
    made = await put(session, object, Op.CREATE, Item("1", {"Name": "総務部"}, stamp="t"))
    again = await put(session, object, Op.CREATE, Item("1", {"Name": "総務部"}, stamp="t"))
    assert again.id == made.id
    await put(session, object, Op.UPDATE, Item("1", {"Name": "総務"}, id=made.id))
    names = {r.values["Name"] for r in (await api.read(session, object, Window(), None)).records}
    assert names == {"営業部", "開発部", "管理部", "総務"}
    (found,) = await api.find(session, object, "Name", ["総務"])
    assert found.id == made.id
    schema = await api.describe(session, "bill")
    lines = schema.get("LineItems")
    assert lines is not None
    (field,) = [f for f in lines.fields if f.name == object]
    assert {c.value for c in field.choices} == names


async def test_changes_since_to_the_second(box: Sandbox, session: ServiceSession, tables: Tables) -> None:
    before = await api.read(session, "contact", Window(), None)
    number = before.records[0].id
    xero.edit(box.world, "Contacts", number, FirstName="変更")
    assert before.watermark is not None
    page = await api.read(session, "contact", Window(since=box.world.now()), None)
    assert [r.id for r in page.records] == [number]
    assert (await api.read(session, "bill", Window(since=box.world.now()), None)).records == []


async def test_a_list_that_cannot_be_ordered_by_id(box: Sandbox, session: ServiceSession) -> None:
    body = {"ErrorNumber": 16, "Type": "QueryParseException", "Message": "No property or field 'ContactID'"}
    box.world.switch("status", match="GET .*/Contacts", status=400, body=body)
    assert len((await api.read(session, "contact", Window(), None)).records) == 120
    before = session.calls
    await api.read(session, "contact", Window(), None)
    assert session.calls == before + 1, "not asked for again"
    box.world.switch("status", match="GET .*/Contacts", status=400, body=body)
    with pytest.raises(ChoaiError) as caught:
        await api.read(session, "contact", Window(), None)
    assert caught.value.code == "unexpected_answer"


@pytest.mark.parametrize("name", ['"引用" 商事', "a,b", "back\\slash", "O'Hara Freight", "100% & Co", "(株)=テスト"])
async def test_names_that_a_filter_cannot_hold_are_found(session: ServiceSession, name: str) -> None:
    if name != "O'Hara Freight":
        await put(session, "contact", Op.CREATE, Item("1", {"Name": name}))
    (found,) = await api.find(session, "contact", "Name", [name])
    assert found.values["Name"] == name
    assert len(await api.find(session, "contact", "Name", [name, "Bluebird Software GmbH", "no such"])) == 2


async def test_archived_contacts_are_found_by_id_only(box: Sandbox, session: ServiceSession) -> None:
    made = await put(session, "contact", Op.CREATE, Item("1", {"Name": "旧商事"}))
    xero.edit(box.world, "Contacts", made.id, ContactStatus="ARCHIVED")
    assert await api.find(session, "contact", "Name", ["旧商事"]) == []
    (found,) = await api.find(session, "contact", "id", [made.id])
    assert found.archived
    assert await api.find(session, "contact", "id", ["not-an-id"]) == []


async def test_invoices_and_bills_do_not_mix(session: ServiceSession, tables: Tables) -> None:
    await put(session, "bill", Op.CREATE, Item("1", paper(tables, InvoiceNumber="INV-0001")))
    for object in ("invoice", "bill"):
        (found,) = await api.find(session, object, "InvoiceNumber", ["INV-0001"])
        kind = tables["Invoices"][found.id]["Type"]
        assert kind == {"invoice": "ACCREC", "bill": "ACCPAY"}[object]


async def test_what_the_webhooks_tell(box: Sandbox, session: ServiceSession, tables: Tables) -> None:
    secrets = {"webhook_key": "k"}
    for (body, headers), status in xero.intents("k"):
        answer = api.heard({}, secrets, headers, body)
        assert answer.status == status
    contact = await put(session, "contact", Op.CREATE, Item("1", {"Name": "通知商事"}))
    ((body, headers),) = xero.deliveries(box.world, "k")
    heard = api.heard({"tenant_id": xero.GLOBAL}, secrets, headers, body)
    assert getattr(heard, "changed", None) == {"contact": [contact.id]}
    assert getattr(api.heard({"tenant_id": xero.STARTER}, secrets, headers, body), "changed", None) == {}
