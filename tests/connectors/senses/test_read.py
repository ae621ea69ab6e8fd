"""Reading: lines, windows, lists that change while they are read, look-ups."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import Window
from choai.connectors.http import ServiceSession
from choai.connectors.senses import api
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Ref
from choai.sandbox import senses
from servers import Sandbox

Enter = Callable[..., AbstractAsyncContextManager[ServiceSession]]


async def deals(session: ServiceSession) -> dict[str, Record]:
    return {r.id: r for r in (await api.read(session, "deal", Window(), None)).records}


def lines(record: Record) -> list[tuple[Any, ...]]:
    rows: Any = record.values["dealProductDetails"] or []
    names = ("name", "price", "quantity", "subtotal", "unit", "billingCycle", "custom:90001")
    return [tuple(row.values.get(n) for n in names) for row in rows]


@pytest.fixture
def priced(tables: dict[str, Any]) -> dict[str, Any]:
    """A deal with a monthly line."""
    found: dict[str, Any] = next(d for d in tables["deals"].values() if d["dealProductDetails"])
    return found


@pytest.fixture
def plain(tables: dict[str, Any]) -> dict[str, Any]:
    """A deal with an amount and no lines."""
    found: dict[str, Any] = next(d for d in tables["deals"].values() if not d["dealProductDetails"] and d["amount"])
    return found


async def test_product_details_are_lines(session: ServiceSession, priced: dict[str, Any]) -> None:
    (name, price, quantity, subtotal, unit, cycle, month), *_ = lines((await deals(session))[str(priced["id"])])
    assert (name, price, unit, cycle, month) == ("クラウド利用料", Decimal(30_000), "か月", "月額", "2026-10")
    assert subtotal == price * quantity


async def test_lines_with_the_older_names_read_the_same(
    session: ServiceSession, box: Sandbox, priced: dict[str, Any]
) -> None:
    newer = lines((await deals(session))[str(priced["id"])])
    box.world.state["settings"]["older_lines"] = True
    assert lines((await deals(session))[str(priced["id"])]) == newer


async def test_a_deal_without_lines_has_its_amount_as_one(
    enter: Enter, session: ServiceSession, plain: dict[str, Any]
) -> None:
    (whole,) = lines((await deals(session))[str(plain["id"])])
    assert whole[:4] == (plain["name"], Decimal(plain["amount"]), Decimal(1), Decimal(plain["amount"]))
    async with enter(amount_line="no") as other:
        assert lines((await deals(other))[str(plain["id"])]) == []


async def test_days_of_custom_items_do_not_shift(session: ServiceSession, tables: dict[str, Any]) -> None:
    for element in tables["customers"]["1002"]["customerCustoms"]:
        if element["itemType"] == "date":
            element["datetime"] = "2026-04-06T00:00:00+09:00"
    records = {r.id: r for r in (await api.read(session, "customer", Window(), None)).records}
    assert records["1002"].values["custom:70006"] == date(2026, 4, 6)


async def test_a_missing_key_is_absent_and_an_unknown_one_ignored(
    session: ServiceSession, tables: dict[str, Any]
) -> None:
    row = tables["customers"]["1001"]
    del row["capital"]
    row.update(newKey=1, employee=None, industry={"id": None, "name": None})
    values = {r.id: r for r in (await api.read(session, "customer", Window(), None)).records}["1001"].values
    assert "capital" not in values
    assert "newKey" not in values
    assert values["employee"] is None
    assert values["industry"] is None


async def test_the_window_begins_earlier_where_offsets_are_not_heard(enter: Enter, box: Sandbox) -> None:
    """The offset is dropped and the time taken for UTC: without the nine hours, what changed in them would be missed."""
    box.world.state["settings"]["offset_heard"] = False
    async with enter() as session:
        box.world.shift += timedelta(days=1)
        since = box.world.now() - timedelta(minutes=5)
        senses.edit(box.world, "customers", "1003", {"address": "新住所"})
        found = (await api.read(session, "customer", Window(since=since), None)).records
        assert [r.id for r in found] == ["1003"]


async def test_what_changed_before_the_window_is_left_out_when_the_filter_is_not_heard(
    session: ServiceSession, box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = api._query
    monkeypatch.setattr(api, "_query", lambda session, kind, since, page: real(session, kind, None, page))
    box.world.shift += timedelta(days=1)
    since = box.world.now() - timedelta(minutes=5)
    senses.edit(box.world, "contacts", "3001", {"dept": "新部署"})
    page = await api.read(session, "contact", Window(since=since), None)
    assert [r.id for r in page.records] == ["3001"]
    assert isinstance(page.watermark, datetime)


async def test_a_list_that_shrinks_while_it_is_read_loses_nothing(
    enter: Enter, box: Sandbox, tables: dict[str, Any]
) -> None:
    async with enter(page_rows="10") as session:
        page = await api.read(session, "customer", Window(), None)
        seen = {r.id for r in page.records}
        assert len(seen) == 10
        first, second = sorted(seen)[:2]
        for gone in (first, second):
            senses.erase(box.world, "customers", gone)
        while page.next is not None:
            page = await api.read(session, "customer", Window(), page.next)
            seen |= {r.id for r in page.records}
        assert seen >= set(tables["customers"])


async def test_a_service_that_answers_fewer_rows_than_asked_for_is_read_whole(
    enter: Enter, box: Sandbox, tables: dict[str, Any]
) -> None:
    box.world.state["settings"]["max_limit"] = 7
    async with enter(page_rows="1000") as session:
        page = await api.read(session, "customer", Window(), None)
        seen = {r.id for r in page.records}
        while page.next is not None:
            page = await api.read(session, "customer", Window(), page.next)
            seen |= {r.id for r in page.records}
        assert seen == set(tables["customers"])


@pytest.mark.parametrize("works", [True, False])
async def test_ids_are_found_either_way(enter: Enter, box: Sandbox, works: bool) -> None:
    box.world.state["settings"]["single_read"] = works
    async with enter() as session:
        for object, id in (("customer", "1007"), ("contact", "3003"), ("deal", "5005")):
            assert [r.id for r in await api.find(session, object, "id", [id, "999999", "x"])] == [id]


@pytest.mark.parametrize("works", [True, False])
async def test_contacts_are_found_by_name_either_way(
    enter: Enter, box: Sandbox, tables: dict[str, Any], works: bool
) -> None:
    box.world.state["settings"]["contact_search"] = works
    tables["contacts"]["3004"]["name"] = "一意 名子"
    async with enter() as session:
        assert [r.id for r in await api.find(session, "contact", "name", ["一意 名子"])] == ["3004"]
        assert await api.find(session, "contact", "name", ["一意"]) == []


async def test_other_fields_are_looked_for_in_the_list(session: ServiceSession, tables: dict[str, Any]) -> None:
    mail = tables["contacts"]["3002"]["email"]
    assert [r.id for r in await api.find(session, "contact", "email", [mail])] == ["3002"]
    assert {r.id for r in await api.find(session, "contact", "customer", [Ref("1001")])} == {"3001"}
    with pytest.raises(ChoaiError) as caught:
        await api.find(session, "contact", "nothing", ["x"])
    assert caught.value.code == "field_not_found"


async def test_a_list_too_long_to_look_through_is_no_answer(
    session: ServiceSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not found would be a lie that makes a second record."""
    monkeypatch.setattr(api, "ASKED_PAGES", 1)
    monkeypatch.setattr(api, "rows_per_call", lambda settings: 10)
    with pytest.raises(ChoaiError) as caught:
        await api.find(session, "contact", "email", ["nobody@example.jp"])
    assert caught.value.code == "incomplete_answer"


async def test_deals_of_one_name_are_all_found(session: ServiceSession, tables: dict[str, Any]) -> None:
    for id in ("5001", "5002"):
        tables["deals"][id]["name"] = "同名の案件"
    assert {r.id for r in await api.find(session, "deal", "name", ["同名の案件"])} == {"5001", "5002"}


def test_links_need_the_address_of_the_screens() -> None:
    assert api.link({}, None, "deal", "5") is None
    assert api.link({"web_url": "https://sales.example.jp/"}, None, "deal", "5") == "https://sales.example.jp/deals/5"
    assert api.link({"web_url": "https://sales.example.jp"}, None, "phase", "5") is None
