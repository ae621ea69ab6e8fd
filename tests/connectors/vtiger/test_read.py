"""Queries: pages, lines, quoting, what versions tell differently, and fields."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op, Window
from choai.connectors.http import ServiceSession
from choai.connectors.vtiger import api
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Kind, Ref
from choai.sandbox import vtiger
from connectors.vtiger.conftest import enter
from servers import Sandbox

AWKWARD = ["L'Atelier & Co", "Back\\slash Ltd", "Alpha 100% (North); East, West", "end\\"]


async def whole(session: ServiceSession, object: str, **window: Any) -> list[Record]:
    records: list[Record] = []
    token = None
    while True:
        page = await api.read(session, object, Window(**window), token)
        records += page.records
        token = page.next
        if token is None:
            return records


async def test_quotes_and_backslashes_are_doubled(session: ServiceSession) -> None:
    made = await api.write(
        session, "Accounts", Op.CREATE, [Item(str(n), {"accountname": t}) for n, t in enumerate(AWKWARD)]
    )
    assert all(isinstance(r, Done) for r in made)
    found = await api.find(session, "Accounts", "accountname", AWKWARD)
    assert {r.values["accountname"] for r in found} == set(AWKWARD)
    assert await api.find(session, "Accounts", "accountname", [t.upper() for t in AWKWARD[:2]]) == []


async def test_a_page_that_hides_rows_is_not_the_last(box: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user who may not see some records gets short pages in between."""
    box.world.state["users"]["1"]["is_admin"] = "off"
    rows = box.world.state["records"]["Accounts"]
    hidden = list(rows)[3:5]
    for number in hidden:
        rows[number]["_private"] = True
    monkeypatch.setattr(api, "rows_per_page", 3)
    async with enter(box) as session:
        ids = [r.id for r in await whole(session, "Accounts")]
    assert ids == [f"11x{n}" for n in rows if n not in hidden]


async def test_documents_keep_their_pages_and_their_lines(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "rows_per_page", 4)
    records = await whole(session, "Invoice")
    assert [r.id for r in records] == [f"7x{n}" for n in box.world.state["records"]["Invoice"]]
    for record in records:
        lines: Any = record.values["LineItems"]
        assert len(lines) == 2
        total = sum(line.values["amount"] for line in lines)
        assert total == record.values["hdnSubTotal"]
        assert record.values["currency_id"] == "JPY"
    assert "hdnDiscountPercent" not in records[0].values  # a query tells that of a line under this name
    without = await whole(session, "Invoice", fields=["subject"])
    assert {frozenset(r.values) for r in without} == {frozenset({"id", "subject"})}


async def test_more_lines_than_a_page(session: ServiceSession, box: Sandbox) -> None:
    (first, *_) = (await api.read(session, "Invoice", Window(), None)).records
    held = box.world.state["tables"]["LineItem"]
    sample = next(line for line in held.values() if line["parent_id"] == first.id)
    for n in range(150):
        held[str(10_000 + n)] = {**sample, "sequence_no": str(200 - n)}
    (again,) = await api.find(session, "Invoice", "id", [first.id])
    assert len(again.values["LineItems"]) == 152  # type: ignore[arg-type]


async def test_empty_is_empty_in_every_version(box: Sandbox) -> None:
    found = {}
    for version in ("8.2.0", "8.3.0"):
        box.world.state["settings"]["version"] = version
        async with enter(box) as session:
            (first, *_) = (await api.read(session, "Contacts", Window(), None)).records
            found[version] = first.values
    assert found["8.2.0"] == found["8.3.0"]
    assert found["8.2.0"]["birthday"] is None
    assert found["8.2.0"]["contact_id"] is None
    assert isinstance(found["8.2.0"]["account_id"], Ref)


async def test_an_impossible_day_is_empty(session: ServiceSession, records: Any) -> None:
    number, row = next(iter(records["Contacts"].items()))
    row["birthday"] = "0000-00-00"
    (found,) = await api.find(session, "Contacts", "id", [f"12x{number}"])
    assert found.values["birthday"] is None


async def test_many_keys_travel_in_several_addresses(session: ServiceSession, box: Sandbox) -> None:
    names = [r.values["accountname"] for r in await whole(session, "Accounts")]
    calls = session.calls
    found = await api.find(
        session, "Accounts", "accountname", [*names, *(f"{n}番目の見つからない会社の名前" for n in range(150))]
    )
    assert len(found) == len(names)
    assert session.calls - calls > 2


async def test_more_than_a_page_of_one_key_is_no_answer(session: ServiceSession, box: Sandbox) -> None:
    rows = box.world.state["records"]["Contacts"]
    sample = next(iter(rows.values()))
    rows.update({str(20_000 + n): {**sample, "email": "one@example.jp"} for n in range(101)})
    with pytest.raises(ChoaiError) as caught:
        await api.find(session, "Contacts", "email", ["one@example.jp"])
    assert caught.value.code == "incomplete_answer"


@pytest.mark.parametrize(("object", "key"), [("Accounts", "nope"), ("Products", "tax1"), ("Invoice", "LineItems")])
async def test_what_cannot_be_asked_for(session: ServiceSession, object: str, key: str) -> None:
    with pytest.raises(ChoaiError) as caught:
        await api.find(session, object, key, ["x"])
    assert caught.value.code == "field_not_found"


async def test_times_are_in_the_zone_of_the_server(box: Sandbox) -> None:
    """An administrator who changed $default_timezone tells so in the settings."""
    moment = datetime(2026, 4, 1, 0, 30, tzinfo=UTC)
    box.world.frozen = moment + timedelta(hours=9)  # the clock on the server's wall
    vtiger.edit(box.world, next(f"11x{n}" for n in box.world.state["records"]["Accounts"]), phone="1")
    async with enter(box, settings={"server_zone": "Asia/Tokyo"}) as session:
        found = await whole(session, "Accounts", since=moment - timedelta(seconds=1))
        assert [r.changed_at for r in found if r.values["phone"] == "1"] == [moment]
    async with enter(box, settings={"server_zone": "Mars/Base"}) as session:
        with pytest.raises(ChoaiError) as caught:
            await api.describe(session, "Accounts")
    assert caught.value.code == "connection_not_ready"


async def test_fields_are_what_can_be_relied_on(session: ServiceSession) -> None:
    fields = {f.name: f for f in (await api.describe(session, "Accounts")).fields}
    assert fields["accountname"].required
    assert fields["accountname"].unique
    assert (fields["annual_revenue"].decimals, fields["annual_revenue"].clearable) == (2, False)
    assert not fields["modifiedby"].writable
    assert not fields["assigned_user_id"].required  # the user who acts
    assert {f.role for f in fields.values() if f.role} >= {
        "partner.name",
        "partner.code",
        "partner.registration_number",
    }
    assert fields["cf_855"].role == "partner.id"
    assert "starred" not in fields


async def test_prices_have_their_marks_as_words(session: ServiceSession) -> None:
    """Fields of prices say "1" and "" where others say true and false."""
    fields = {f.name: f for f in (await api.describe(session, "Products")).fields}
    assert fields["tax1"].writable
    assert not fields["tax1"].required
    assert fields["tax1"].en == "消費税10%"
    assert fields["currency_id"].kind is Kind.TEXT
    assert "currency1" not in fields


async def test_documents_take_no_sums(session: ServiceSession) -> None:
    fields = {f.name: f for f in (await api.describe(session, "Invoice")).fields}
    assert [n for n in ("hdnSubTotal", "hdnGrandTotal", "pre_tax_total", "balance") if fields[n].writable] == []
    assert not {"productid", "quantity", "tax1", "shipping_&_handling"} & fields.keys()
    lines = {f.name: f for f in fields["LineItems"].fields}
    assert lines["tax2"].en == "軽減8% %"
    assert fields["LineItems"].required
    assert not fields["bill_street"].required  # that of the account


async def test_taxes_and_currencies_are_lists(session: ServiceSession) -> None:
    taxes = await whole(session, "Tax")
    assert [(r.values["taxlabel"], r.values["percentage"]) for r in taxes] == [
        ("消費税10%", Decimal(10)),
        ("軽減8%", Decimal(8)),
    ]
    assert {r.values["currency_code"] for r in await whole(session, "Currency")} == {"JPY", "USD", "EUR"}
