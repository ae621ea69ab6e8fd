"""Windows by day, lists without an order, filters that take several values, and what rows are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from choai.connectors.contract import Account, Item, Op, Window
from choai.connectors.http import ServiceSession
from choai.connectors.moneyforward import api
from choai.connectors.moneyforward.spec import BY_NAME
from choai.errors import ChoaiError
from choai.model.values import Ref, Row
from choai.sandbox import moneyforward
from connectors.session import opened
from servers import Sandbox

Tables = dict[str, dict[str, Any]]


async def test_who_it_is(session: ServiceSession, box: Sandbox) -> None:
    account = await api.identify(session)
    assert (account.id, account.name, account.currency) == (moneyforward.COMPANY, "株式会社帳合システム", "JPY")
    assert account.capabilities == {"withholding": False}
    assert account.plan is None, "the plan is told nowhere"


async def test_a_consent_for_another_office_is_never_used(box: Sandbox) -> None:
    """The office is in no address and no token: whoever authorises might choose another one than the connection's."""
    own = Account(id=moneyforward.COMPANY, name="株式会社帳合システム")
    tokens = [moneyforward.sign_in(box.world, moneyforward.SOLE)["access_token"]]
    async with opened("moneyforward", {"base_url": box.base_url}, tokens=tokens, account=own) as session:
        new = Item("1", {"name": "よその商事"})
        asks = (
            lambda: api.identify(session),
            lambda: api.read(session, "partner", Window(), None),
            lambda: api.find(session, "partner", "id", ["x"]),
            lambda: api.write(session, "partner", Op.CREATE, [new, new]),
        )
        for ask in asks:
            with pytest.raises(ChoaiError) as caught:
                await ask()
            assert caught.value.code == "wrong_company"
    assert not [line for line in box.world.calls if "office" not in line]


async def test_the_office_is_asked_for_once(box: Sandbox) -> None:
    own = Account(id=moneyforward.COMPANY, name="株式会社帳合システム")
    tokens = [moneyforward.sign_in(box.world)["access_token"]]
    async with opened("moneyforward", {"base_url": box.base_url}, tokens=tokens, account=own) as session:
        for object in ("item", "partner"):
            await api.read(session, object, Window(), None)
    assert box.world.calls["GET /api/v3/office"] == 1


async def test_the_window_is_asked_by_day_and_kept_to_the_second(
    session: ServiceSession, box: Sandbox, tables: Tables
) -> None:
    one, two, *_ = tables["billings"]
    box.world.frozen = datetime(2026, 9, 1, 14, 59, 59, tzinfo=UTC)  # still the first in Japan
    moneyforward.edit(box.world, "billings", one, title="前")
    box.world.frozen += timedelta(seconds=2)  # the second in Japan
    moneyforward.edit(box.world, "billings", two, title="後")
    both = await api.read(session, "billing", Window(since=datetime(2026, 9, 1, 14, 0, tzinfo=UTC)), None)
    assert {r.id for r in both.records} == {one, two}
    later = await api.read(session, "billing", Window(since=box.world.frozen), None)
    assert [r.id for r in later.records] == [two]
    assert later.watermark == box.world.frozen


async def test_a_list_that_changes_while_it_is_read_is_begun_again(
    session: ServiceSession, box: Sandbox, tables: Tables, monkeypatch: Any
) -> None:
    monkeypatch.setitem(BY_NAME, "item", replace(BY_NAME["item"], page_size=5))
    first = await api.read(session, "item", Window(), None)
    moneyforward.edit(box.world, "items", list(tables["items"])[-1], delete=True)  # newest first: every row moves up
    second = await api.read(session, "item", Window(), first.next)
    assert (second.records, second.incomplete) == ([], None)
    met: set[str] = set()
    token = second.next
    while token is not None:
        page = await api.read(session, "item", Window(), token)
        met |= {r.id for r in page.records}
        token = page.next
    assert met == set(tables["items"])


async def test_a_list_that_never_rests_is_not_taken_for_the_truth(
    session: ServiceSession, box: Sandbox, tables: Tables, monkeypatch: Any
) -> None:
    monkeypatch.setitem(BY_NAME, "quote", replace(BY_NAME["quote"], page_size=2))
    page = await api.read(session, "quote", Window(), None)
    told = []
    while page.next is not None:
        moneyforward.edit(box.world, "quotes", next(iter(tables["quotes"])), delete=True)
        page = await api.read(session, "quote", Window(), page.next)
        told.append(page.incomplete)
    assert told[-1] == "incomplete_answer"


async def test_a_partner_changes_with_its_departments(session: ServiceSession, box: Sandbox, tables: Tables) -> None:
    row = next(iter(tables["partners"].values()))
    box.world.frozen = datetime(2026, 9, 1, tzinfo=UTC)
    moneyforward.edit(box.world, "departments", row["departments"][0]["id"], email="new@example.jp")
    (found,) = await api.find(session, "partner", "id", [row["id"]])
    assert found.changed_at == box.world.frozen
    assert found.values["email"] == "new@example.jp"


async def test_values_that_a_filter_cannot_hold(session: ServiceSession, box: Sandbox, tables: Tables) -> None:
    one, two, *_ = tables["partners"].values()
    moneyforward.edit(box.world, "partners", one["id"], name="甲,乙商事")
    moneyforward.edit(box.world, "partners", two["id"], name="乙商事")
    found = await api.find(session, "partner", "name", ["甲,乙商事"])
    assert [r.id for r in found] == [one["id"]]
    found = await api.find(session, "partner", "name", ["乙商事"])
    assert [r.id for r in found] == [two["id"]], "a part of a name is another name"


async def test_codes_that_two_records_share_are_both_found(
    session: ServiceSession, box: Sandbox, tables: Tables
) -> None:
    one, two, *_ = tables["partners"]
    moneyforward.edit(box.world, "partners", one, code="SAME")
    moneyforward.edit(box.world, "partners", two, code="SAME")
    assert {r.id for r in await api.find(session, "partner", "code", ["SAME"])} == {one, two}


async def test_lines_name_their_item(session: ServiceSession, box: Sandbox, tables: Tables) -> None:
    row = next(iter(tables["billings"].values()))
    one, two, _ = row["items"]
    same = next(r for r in tables["items"].values() if r["code"] == two["code"])
    (found,) = await api.find(session, "billing", "id", [row["id"]])
    lines = found.values["items"]
    assert isinstance(lines, list)
    assert all(isinstance(line, Row) and isinstance(line.values["item"], Ref) for line in lines)
    # two items of one code: nobody knows which
    other = next(r for r in tables["items"].values() if r["code"] not in {line["code"] for line in row["items"]})
    moneyforward.edit(box.world, "items", other["id"], code=two["code"])
    session.memo.clear()
    (found,) = await api.find(session, "billing", "id", [row["id"]])
    lines = found.values["items"]
    assert isinstance(lines, list)
    told = [line.values.get("item", "absent") for line in lines if isinstance(line, Row)]
    assert told.count("absent") == 1
    assert same["id"] not in {ref.id for ref in told if isinstance(ref, Ref)}
    assert one["code"]


async def test_the_items_are_not_read_for_every_page(session: ServiceSession, box: Sandbox) -> None:
    box.world.calls.clear()
    await api.read(session, "billing", Window(fields=["title"]), None)
    assert box.world.calls["GET /api/v3/items"] == 0, "nobody wants the lines"
    for _ in range(3):
        await api.read(session, "billing", Window(), None)
    assert box.world.calls["GET /api/v3/items"] == 1


async def test_statuses_are_read_as_words_and_as_codes(session: ServiceSession, box: Sandbox, tables: Tables) -> None:
    one, two, *_ = tables["billings"]
    moneyforward.edit(
        box.world, "billings", one, payment_status="2", email_status="already_read", posting_status="cancel"
    )
    moneyforward.edit(
        box.world, "billings", two, payment_status="入金済み", email_status="受領済み", posting_status="郵送取消"
    )
    found = await api.find(session, "billing", "id", [one, two])
    names = ("payment_status", "email_status", "posting_status")
    assert [[r.values[name] for name in names] for r in found] == [["入金済み", "受領済み", "郵送取消"]] * 2
    quote = next(iter(tables["quotes"]))
    (found_quote,) = await api.find(session, "quote", "id", [quote])
    assert found_quote.values["posting_status"] == "default"


async def test_sending_history_is_read(session: ServiceSession, tables: Tables) -> None:
    page = await api.read(session, "sent_history", Window(), None)
    assert len(page.records) == len(tables["sent_histories"])
    assert page.records[0].id.isdigit()
    assert isinstance(page.records[0].values["sent_at"], datetime)
    assert await api.find(session, "sent_history", "id", [page.records[0].id])


async def test_odd_ids_ask_for_nothing(session: ServiceSession, box: Sandbox) -> None:
    box.world.calls.clear()
    assert await api.find(session, "partner", "id", ["../office", "a/b", "a.b", "%2e%2e"]) == []
    assert await api.find(session, "department", "id", ["only-one"]) == []
    assert not box.world.calls
