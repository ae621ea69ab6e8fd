from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from choai.connectors.contract import ObjectSpec, Session, Window
from choai.connectors.freee import api
from choai.connectors.freee.spec import BY_NAME, DEALS, DOCUMENTS, OBJECTS
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.values import Ref
from choai.sandbox import freee
from choai.sandbox.freee.screens import edit

from .conftest import Link


async def whole(session: Session, object: str, window: Window | None = None) -> list[Record]:
    records, token = [], None
    while True:
        page = await api.read(session, object, window or Window(), token)
        assert page.incomplete is None
        records += page.records
        token = page.next
        if token is None:
            return records


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Pages of a few rows."""
    from dataclasses import replace

    def shrink(object: str, rows: int) -> None:
        spec: ObjectSpec = replace(BY_NAME[object], page_size=rows)
        monkeypatch.setitem(BY_NAME, object, spec)

    return shrink


NAMES = {"deal_income": 5, "deal_expense": 5, "expense_application": 3}  # lists that are read for names


@pytest.mark.req("FK-13")
@pytest.mark.parametrize("object", [o.name for o in OBJECTS])
async def test_every_object_reads_and_fits_its_schema(freee_sandbox: Any, link: Link, object: str) -> None:
    async with link() as session:
        records = await whole(session, object)
        schema = await api.describe(session, object)
        assert records
        assert len({r.id for r in records}) == len(records)
        names = {f.name for f in schema.fields}
        assert all(set(r.values) <= names for r in records)
        noun = "deal" if object in DEALS else BY_NAME[object].role
        assert schema.with_role(f"{noun}.{'number' if object in DOCUMENTS else 'name'}") is not None
        assert schema.with_role(f"{noun}.id") is not None
        assert all(r.values["id"] == r.id for r in records)
        assert session.calls <= 9 + 1 + NAMES.get(object, 0)


async def test_partner_values(freee_sandbox: Any, link: Link) -> None:
    row = freee_sandbox.world.state["tables"]["1070001/partners"][0]
    address = {"zipcode": "", "prefecture_code": -1, "street_name1": "港区", "street_name2": None}
    row |= {"org_code": 2, "email": "", "address_attributes": address, "payer_walletable_id": 1070001200}
    row.pop("partner_bank_account_attributes", None)
    async with link() as session:
        record = (await whole(session, "partner"))[0]
        assert record.values["org_code"] == "2"
        assert record.values["email"] is None
        assert record.values["address_attributes.prefecture_code"] is None
        assert record.values["address_attributes.street_name1"] == "港区"
        assert record.values["partner_bank_account_attributes.bank_name"] is None
        assert record.values["payer_walletable_id"] == Ref("1070001200")
        assert record.changed_at == date.fromisoformat(row["update_date"]) == record.values["update_date"]
        assert not [name for name in record.values if name.startswith("payment_term")]  # a list does not tell them
        (single,) = await api.find(session, "partner", "id", [record.id])
        assert single.values["payment_term_attributes.cutoff_day"] is None  # a single object does
        assert record.values["url"] == f"{freee_sandbox.base_url}/partners/{record.id}?company_id=1070001"


async def test_keys_outside_the_plan_are_not_described(freee_sandbox: Any, link: Link) -> None:
    freee_sandbox.world.state["settings"]["plan"] = "minimum"
    async with link() as session:
        schema = await api.describe(session, "partner")
        assert schema.get("transfer_fee_handling_side") is None
        assert "transfer_fee_handling_side" not in (await whole(session, "partner"))[0].values


@pytest.mark.req("FK-28")
async def test_since_is_a_jst_day_inclusive(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        everyone = await whole(session, "partner")
        days = sorted(r.changed_at for r in everyone if isinstance(r.changed_at, date))
        since = days[-5]
        found = await api.read(session, "partner", Window(since=since), None)
        assert {r.id for r in found.records} == {r.id for r in everyone if r.changed_at >= since}  # type: ignore[operator]  # days
        assert found.watermark == days[-1]
        edit(freee_sandbox.world, freee.ENTERPRISE, "partners", int(everyone[0].id), {"phone": "03-9"})
        later = await api.read(session, "partner", Window(since=days[-1]), None)
        assert everyone[0].id in {r.id for r in later.records}


async def test_objects_without_a_date_filter_are_read_whole(link: Link) -> None:
    async with link() as session:
        for name in ("tax_code", "expense_category"):
            assert len(await whole(session, name, Window(since=date(2999, 1, 1)))) > 10


async def test_more_than_a_page(freee_sandbox: Any, link: Link, small_pages: Any) -> None:
    async with link() as session:
        once = [r.id for r in await whole(session, "tag")]
        small_pages("tag", 10)
        before = session.calls
        assert [r.id for r in await whole(session, "tag")] == once
        assert session.calls - before == 8  # 64 rows: 10, then 9 new ones a page, and one that finds the end


@pytest.mark.parametrize("rows", [1, 9, 10, 11, 19, 20])
async def test_page_ends_exactly(freee_sandbox: Any, link: Link, small_pages: Any, rows: int) -> None:
    table = freee_sandbox.world.state["tables"]["1070001/tags"]
    del table[rows:]
    async with link() as session:
        small_pages("tag", 10)
        assert len(await whole(session, "tag")) == rows


async def test_a_delete_between_pages_is_noticed(freee_sandbox: Any, link: Link, small_pages: Any) -> None:
    async with link() as session:
        small_pages("tag", 10)
        first = await api.read(session, "tag", Window(), None)
        edit(freee_sandbox.world, freee.ENTERPRISE, "tags", int(first.records[3].id), delete=True)
        second = await api.read(session, "tag", Window(), first.next)
        assert (second.incomplete, second.records) == ("incomplete_answer", [])


async def test_a_wish_leaves_out_other_fields(link: Link) -> None:
    async with link() as session:
        page = await api.read(session, "partner", Window(fields=["name", "phone"]), None)
        assert set(page.records[0].values) == {"id", "name", "phone"}
        assert page.watermark is not None


async def test_answers_that_are_no_list(freee_sandbox: Any, link: Link) -> None:
    async with link() as session:
        freee_sandbox.world.switch("garbage", match="/tags", times=None)
        with pytest.raises(ChoaiError, match="unexpected_answer"):
            await api.read(session, "tag", Window(), None)
        freee_sandbox.world.faults.clear()
        freee_sandbox.world.switch("status", match="/tags", times=None, status=200, body={"items": []})
        with pytest.raises(ChoaiError, match="unexpected_answer"):
            await api.read(session, "tag", Window(), None)


# ---------------------------------------------------------------- find


async def test_partner_by_name_id_and_code(freee_sandbox: Any, link: Link) -> None:
    freee_sandbox.world.state["settings"]["use_partner_code"] = True
    async with link() as session:
        one = next(r for r in await whole(session, "partner") if r.values["code"])
        for key in ("name", "id", "code"):
            before = session.calls
            assert [r.id for r in await api.find(session, "partner", key, [one.values[key]])] == [one.id]
            assert session.calls - before == 1
            assert await api.find(session, "partner", key, ["存在しない"]) == []
        assert await api.find(session, "partner", "name", [None, ""]) == []
        with pytest.raises(ChoaiError, match="field_not_found"):
            await api.find(session, "partner", "nonsense", ["x"])


async def test_find_is_exact(freee_sandbox: Any, link: Link) -> None:
    for name in ("青空商事 本店", "青空商事 本店2", "本店 青空商事"):
        edit(freee_sandbox.world, freee.ENTERPRISE, "partners", None, {"name": name})
    async with link() as session:
        found = await api.find(session, "partner", "name", ["青空商事 本店"])
        assert [r.values["name"] for r in found] == ["青空商事 本店"]


async def test_many_values_cost_one_page_not_a_call_each(link: Link) -> None:
    async with link() as session:
        names = [r.values["name"] for r in (await whole(session, "partner"))[:80]]
        before = session.calls
        found = await api.find(session, "partner", "name", [*names, "なし"])
        assert ({r.values["name"] for r in found}, session.calls - before) == (set(names), 1)


async def test_many_values_of_a_list_longer_than_a_page(link: Link, small_pages: Any) -> None:
    async with link() as session:
        records = await whole(session, "partner")
        small_pages("partner", 100)
        wanted = [records[i].values["name"] for i in (3, 50, 99, 300, 400)]
        assert {r.values["name"] for r in await api.find(session, "partner", "name", wanted)} == set(wanted)
        ids = [records[i].id for i in (3, 50, 99, 300, 400)]
        assert {r.id for r in await api.find(session, "partner", "id", ids)} == set(ids)


async def test_an_archived_partner_is_found_by_id_only(freee_sandbox: Any, link: Link) -> None:
    row = edit(freee_sandbox.world, freee.ENTERPRISE, "partners", None, {"name": "旧社名", "_archived": True})
    async with link() as session:
        assert await api.find(session, "partner", "name", ["旧社名"]) == []
        for ids in ([str(row["id"])], [str(row["id"]), "1", "2", "3", "4"]):
            assert [r.id for r in await api.find(session, "partner", "id", ids)] == [str(row["id"])]


@pytest.mark.parametrize(
    ("object", "key"), [("tag", "name"), ("tag", "id"), ("segment_2", "id"), ("segment_1", "code")]
)
async def test_lists_without_a_filter_are_searched_to_their_end(
    link: Link, small_pages: Any, object: str, key: str
) -> None:
    async with link() as session:
        records = await whole(session, object)
        small_pages(object, 7)
        wanted = [str(r.values[key]) for r in records[:2] + records[-2:] if r.values[key]]
        found = await api.find(session, object, key, wanted)
        assert sorted(str(r.values[key]) for r in found) == sorted(wanted)


async def test_keyword_search_that_cannot_show_all_is_not_believed(link: Link, small_pages: Any) -> None:
    async with link() as session:
        small_pages("partner", 5)
        with pytest.raises(ChoaiError, match="incomplete_answer"):
            await api.find(session, "partner", "name", ["会社"])
