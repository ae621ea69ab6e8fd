"""The connector against the imitation service, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from choai.connectors.contract import Done, Item, Op, Refused, Result, Untried, Window
from choai.connectors.http import ServiceSession
from choai.connectors.kintone import api
from choai.connectors.kintone.addresses import object_of
from choai.errors import ChoaiError
from choai.model.automap import propose
from choai.model.check_mapping import check_mapping
from choai.model.mapping import MappingRow, MatchKey, Side
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Row
from choai.sandbox import kintone
from choai.sandbox.kintone import DEAL, GUEST, PARTNER, TAG, token
from connectors.session import opened
from servers import Sandbox

P, D = f"app:{PARTNER}", f"app:{DEAL}"
SECTION = "7"


def access(box: Sandbox, *apps: str, guest: bool = False) -> AbstractAsyncContextManager[ServiceSession]:
    listed = [
        {"id": a, **({"guest_space": kintone.GUEST_SPACE} if guest else {})} for a in apps or (PARTNER, TAG, DEAL)
    ]
    secrets = {"apps": [{**a, "token": token(a["id"])} for a in listed]}
    settings = {"domain": "demo.cybozu.com", "base_url": box.base_url, "apps": listed}
    return opened("kintone", settings, secrets=secrets, identified=False)


@pytest.fixture
async def session(kintone_sandbox: Sandbox) -> AsyncIterator[ServiceSession]:
    async with access(kintone_sandbox) as link:
        yield link


def person(box: Sandbox, login: str = "sato", **more: Any) -> AbstractAsyncContextManager[ServiceSession]:
    settings = {"domain": "demo.cybozu.com", "base_url": box.base_url, "login": login, **more}
    return opened("kintone", settings, secrets={"password": kintone.PASSWORD}, identified=False)


def create(n: int, **values: Any) -> Item:
    return Item(ref=str(n), values={"取引先名": f"試験商店{n}", **values})


def done(results: list[Result]) -> list[Done]:
    assert all(isinstance(r, Done) for r in results), results
    return [r for r in results if isinstance(r, Done)]


async def code_of(call: Any) -> str:
    with pytest.raises(ChoaiError) as caught:
        await call
    return caught.value.code


# ---------------------------------------------------------------- who and what


async def test_identify_takes_one_call(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    account = await api.identify(session)
    assert (account.id, account.plan, account.limits) == ("demo.cybozu.com", "standard", {"day": 10_000})
    assert dict(kintone_sandbox.world.calls) == {"GET /k/v1/app.json": 1}


async def test_catalogue_of_tokens_names_what_cannot_be_used(kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.state["settings"]["deleted_apps"] = [TAG]
    kintone_sandbox.world.state["settings"]["tokens"] = {token(DEAL): {"permissions": ["add"]}}
    async with access(kintone_sandbox) as link:
        found = {o.name: (o.available, o.reason) for o in await api.catalogue(link)}
    assert found == {P: (True, None), "app:2": (False, "app_not_found"), D: (False, "token_permission_missing")}


async def test_catalogue_of_a_person_lists_guest_spaces_too(kintone_sandbox: Sandbox) -> None:
    async with person(kintone_sandbox, guest_spaces="3") as link:
        names = [o.name for o in await api.catalogue(link)]
        assert names[0] == P
        assert names[-1] == f"app:{GUEST}@3"
        assert (await api.identify(link)).user_id == "sato"


async def test_describe_knows_every_field(session: ServiceSession) -> None:
    schema = await api.describe(session, D)
    kinds = {f.name: f.kind for f in schema.fields}
    assert kinds["明細"] is Kind.ROWS
    assert kinds["合計"] is Kind.DECIMAL
    assert kinds["次回訪問"] is Kind.DATETIME
    assert kinds["見積書"] is Kind.FILES
    assert "ステータス" not in kinds
    by = {f.name: f for f in schema.fields}
    assert (by["明細"].ja, by["明細"].en) == ("明細", "Lines")
    lines = {f.name: f for f in by["明細"].fields}
    assert not lines["金額"].writable
    assert lines["数量"].minimum == "0"
    assert by["取引先"].writable
    assert by["取引先"].target == P
    assert not by["取引先コード"].writable  # copied by the lookup
    assert not by["合計"].writable
    assert [c.value for c in by["状態"].choices] == ["商談中", "受注", "納品済", "請求済", "失注"]
    assert by["状態"].has_default
    assert by["次回訪問"].granularity == "minute"


async def test_describe_guesses_roles_of_a_customer_master(session: ServiceSession) -> None:
    schema = await api.describe(session, P)
    roles = {f.role: f.name for f in schema.fields if f.role}
    assert roles["partner.name"] == "取引先名"
    assert roles["partner.id"] == "freee取引先ID"
    assert roles["partner.prefecture"] == "都道府県"
    assert roles["partner.email"] == "メールアドレス"
    name = schema.with_role("partner.name")
    assert name is not None
    assert (name.required, name.unique, name.max_length) == (True, True, 255)
    email = schema.with_role("partner.email")
    assert email is not None
    assert email.kind is Kind.EMAIL


async def test_an_app_in_a_guest_space(kintone_sandbox: Sandbox) -> None:
    async with access(kintone_sandbox, GUEST, guest=True) as link:
        name = (await api.catalogue(link))[0].name
        page = await api.read(link, name, Window(), None)
    assert name == f"app:{GUEST}@3"
    assert len(page.records) == 12
    assert (
        api.link({"domain": "d.cybozu.com"}, None, name, "4") == f"https://d.cybozu.com/k/guest/3/{GUEST}/show#record=4"
    )
    assert api.link({"base_url": "http://x:1/"}, None, P, "9") == "http://x:1/k/1/show#record=9"


@pytest.mark.parametrize("object", ["partner", "app:", "app:x"])
async def test_what_is_no_app_is_not_found(session: ServiceSession, object: str) -> None:
    assert await code_of(api.describe(session, object)) == "object_not_found"


# ---------------------------------------------------------------- reading


async def test_pages_follow_ids_and_end_without_another_call(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    first = await api.read(session, P, Window(), None)
    assert (len(first.records), first.next, first.total) == (480, None, 480)
    assert [int(r.id) for r in first.records] == sorted(int(r.id) for r in first.records)
    for n in range(5):
        done(await api.write(session, P, Op.CREATE, [create(n * 100 + m) for m in range(10)]))
    kintone_sandbox.world.calls.clear()
    page = await api.read(session, P, Window(), None)
    rest = await api.read(session, P, Window(), page.next)
    assert (len(page.records), len(rest.records), rest.next, rest.total) == (500, 30, None, None)
    assert dict(kintone_sandbox.world.calls) == {"GET /k/v1/records.json": 2}


@pytest.mark.req("FK-28")
async def test_a_window_includes_its_whole_minute(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    world = kintone_sandbox.world
    world.frozen = datetime(2030, 1, 2, 3, 4, 50, tzinfo=UTC)
    made = done(await api.write(session, P, Op.CREATE, [create(1)]))[0].record
    assert made.changed_at == datetime(2030, 1, 2, 3, 4, tzinfo=UTC)
    page = await api.read(session, P, Window(since=world.frozen), None)
    assert [r.id for r in page.records] == [made.id]
    assert page.watermark == made.changed_at
    assert not (await api.read(session, P, Window(since=world.frozen + timedelta(minutes=1)), None)).records


async def test_the_update_time_is_found_by_type(kintone_sandbox: Sandbox) -> None:
    async with access(kintone_sandbox, SECTION) as link:
        await api.write(link, f"app:{SECTION}", Op.CREATE, [Item("1", {"名前": "営業部"})])
        page = await api.read(link, f"app:{SECTION}", Window(since=datetime(2020, 1, 1, tzinfo=UTC)), None)
    assert [r.values["名前"] for r in page.records] == ["営業部"]


async def test_only_the_wished_fields_are_read(session: ServiceSession) -> None:
    page = await api.read(session, P, Window(fields=["取引先名", "gone"], ids=["3", "5", "999999"]), None)
    assert [r.id for r in page.records] == ["3", "5"]
    assert set(page.records[0].values) == {"取引先名", "$id", "更新日時"}
    assert page.records[0].revision == "1"


async def test_long_questions_travel_in_a_body(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    page = await api.read(session, P, Window(ids=[str(n) for n in range(1, 501)]), None)
    assert len(page.records) == 480
    assert kintone_sandbox.world.calls["POST /k/v1/records.json"] == 1


async def test_values_of_every_kind(session: ServiceSession) -> None:
    deals = await api.read(session, D, Window(ids=["1"]), None)
    values = deals.records[0].values
    rows = values["明細"]
    assert isinstance(rows, list)
    assert isinstance(rows[0], Row)
    assert isinstance(rows[0].values["単価"], Decimal)
    assert isinstance(values["合計"], Decimal)
    assert isinstance(values["担当"], list)
    assert isinstance(values["担当"][0], Ref)
    assert values["次回訪問"] is None
    assert values["freee請求書ID"] is None


async def test_an_answer_that_is_not_the_whole_truth_says_so(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.switch("warning", match="records.json")
    assert (await api.read(session, P, Window(), None)).incomplete == "incomplete_answer"
    kintone_sandbox.world.switch("empty_page", match="records.json")
    assert (await api.read(session, P, Window(), None)).incomplete == "incomplete_answer"


async def test_a_page_cut_short_is_read_on(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.switch("partial", match="records.json")
    page = await api.read(session, P, Window(), None)
    assert page.next is not None
    rest = await api.read(session, P, Window(), page.next)
    assert len(page.records) + len(rest.records) == 480


async def test_hidden_fields_are_absent_not_empty(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.state["settings"]["field_acl"] = {PARTNER: {"備考": {"*": "none"}}}
    page = await api.read(session, P, Window(ids=["1"]), None)
    assert "備考" not in page.records[0].values


async def test_find_compares_exactly(session: ServiceSession) -> None:
    some = (await api.read(session, P, Window(ids=["7"]), None)).records[0]
    name = some.values["取引先名"]
    found = await api.find(session, P, "取引先名", [name, 'x"\\\ty', None])
    assert [r.id for r in found] == ["7"]
    assert [r.id for r in await api.find(session, P, "$id", ["7", "8"])] == ["7", "8"]
    assert await api.find(session, P, "取引先名", [None]) == []
    assert await code_of(api.find(session, P, "無い", ["1"])) == "field_not_found"


# ---------------------------------------------------------------- writing


async def test_create_reads_back_what_kintone_made(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    results = done(await api.write(session, P, Op.CREATE, [create(1, 備考="一\r\n二"), create(2)]))
    assert [r.created for r in results] == [True, True]
    assert results[0].complete
    assert results[0].record.values["備考"] == "一\n二"
    assert results[0].record.values["敬称"] == "御中"  # the default
    assert kintone_sandbox.world.calls["POST /k/v1/records.json"] == 1
    assert kintone_sandbox.world.calls["GET /k/v1/records.json"] == 1


async def test_numbers_tables_and_lookups(session: ServiceSession) -> None:
    customer = str((await api.read(session, P, Window(ids=["2"]), None)).records[0].values["取引先名"])
    rows = [Row(None, {"品名": "保守", "数量": Decimal("1.50"), "単価": Decimal(1000), "金額": Decimal(9)})]
    values: dict[str, Any] = {
        "案件名": "更新",
        "取引先": customer,
        "明細": rows,
        "次回訪問": datetime(2026, 2, 1, 9, 30, 41, tzinfo=UTC),
        "部門タグ": ["紹介", "新規"],
        "担当": [Ref("suzuki")],
    }
    made = done(await api.write(session, D, Op.CREATE, [Item("1", values)]))[0].record
    assert made.values["合計"] == Decimal(1650)
    assert made.values["請求先敬称"] is not None
    assert made.values["次回訪問"] == datetime(2026, 2, 1, 9, 30, tzinfo=UTC)
    lines = made.values["明細"]
    assert isinstance(lines, list)
    assert isinstance(lines[0], Row)
    assert lines[0].values["金額"] == Decimal(1500)
    kept = Row(lines[0].id, {"数量": Decimal(2)})
    again = done(await api.write(session, D, Op.UPDATE, [Item("1", {"明細": [kept]}, id=made.id)]))[0].record
    assert isinstance(again.values["明細"], list)
    row = again.values["明細"][0]
    assert isinstance(row, Row)
    assert (row.id, row.values["品名"], row.values["金額"]) == (lines[0].id, "保守", Decimal(2000))


async def test_upsert_finds_what_the_first_try_made(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    item = Item("1", {"取引先名": "送り直し", "freee取引先ID": "501"}, key=("freee取引先ID", "501"))
    kintone_sandbox.world.switch("lost_reply", match="PUT /k/v1/records.json")
    assert await code_of(api.write(session, P, Op.UPSERT, [item])) == "unknown_result"
    result = done(await api.write(session, P, Op.UPSERT, [item]))[0]
    assert not result.created
    assert result.record.values["freee取引先ID"] == "501"
    assert len(kintone_sandbox.world.state["apps"][PARTNER]["records"]) == 481


async def test_upsert_without_a_key_is_refused(session: ServiceSession) -> None:
    items = [Item("1", {"取引先名": "a"}, key=("freee取引先ID", None)), create(2)]
    items[1].key = ("freee取引先ID", "7")
    first, second = await api.write(session, P, Op.UPSERT, items)
    assert isinstance(first, Refused)
    assert first.error.code == "required_missing"
    assert isinstance(second, Done)
    assert second.created
    assert await code_of(api.write(session, P, Op.UPSERT, [Item("1", {}, key=("カナ", "x"))])) == "key_field_missing"


async def test_a_stale_revision_is_refused(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    kintone.edit(kintone_sandbox.world, PARTNER, "4", {"カナ": "ヘンコウ"})
    stale = Item("1", {"備考": "x"}, id="4", revision="1")
    fresh = Item("2", {"備考": "y"}, id="5", revision="1")
    (refused,) = await api.write(session, P, Op.UPDATE, [stale])
    assert isinstance(refused, Refused)
    assert refused.error.code == "changed_since_read"
    assert [type(r) for r in await api.write(session, P, Op.UPDATE, [fresh, stale])] == [Untried, Untried]
    assert kintone_sandbox.world.state["apps"][PARTNER]["records"]["5"]["rev"] == 1


@pytest.mark.req("FK-61")
async def test_named_rows_are_refused_and_nothing_is_written(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    taken = (await api.read(session, P, Window(ids=["1"]), None)).records[0].values["取引先名"]
    items = [create(1), Item("2", {"取引先名": taken}), create(3), create(4, 取引先コード="x" * 3, 敬称="殿")]
    results = await api.write(session, P, Op.CREATE, items)
    assert [type(r) for r in results] == [Untried, Refused, Untried, Refused]
    duplicate, option = results[1], results[3]
    assert isinstance(duplicate, Refused)
    assert isinstance(option, Refused)
    assert (duplicate.error.code, duplicate.error.facts["field"]) == ("validation_rejected", "取引先名")
    assert option.error.facts["field"] == "敬称"
    assert len(kintone_sandbox.world.state["apps"][PARTNER]["records"]) == 480


async def test_a_missing_lookup_key_names_no_row(session: ServiceSession) -> None:
    items = [Item("1", {"案件名": "a", "取引先": "存在しない"}), Item("2", {"案件名": "b"})]
    assert [type(r) for r in await api.write(session, D, Op.CREATE, items)] == [Untried, Untried]
    (alone,) = await api.write(session, D, Op.CREATE, items[:1])
    assert isinstance(alone, Refused)
    assert alone.error.code == "lookup_failed"
    assert (alone.error.facts["field"], alone.error.facts["value"]) == ("取引先", "存在しない")


async def test_a_lookup_without_a_unique_key_takes_no_value(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    """kintone refuses every key then, one that only a single record has as well; records without a key are written."""
    customer = (await api.read(session, P, Window(ids=["2"]), None)).records[0].values["取引先名"]
    kintone_sandbox.world.state["apps"][PARTNER]["fields"]["取引先名"]["unique"] = False
    before = len(kintone_sandbox.world.state["apps"][DEAL]["records"])
    (refused,) = await api.write(session, D, Op.CREATE, [Item("1", {"案件名": "a", "取引先": customer})])
    assert isinstance(refused, Refused)
    assert (refused.error.code, refused.error.facts["field"]) == ("lookup_not_unique", "取引先")
    assert len(kintone_sandbox.world.state["apps"][DEAL]["records"]) == before
    done(await api.write(session, D, Op.CREATE, [Item("2", {"案件名": "b"})]))


async def test_writing_the_key_copies_and_what_is_copied_is_not_written(session: ServiceSession) -> None:
    first, second = (await api.read(session, P, Window(ids=["2", "3"]), None)).records
    made = done(
        await api.write(session, D, Op.CREATE, [Item("1", {"案件名": "a", "取引先": first.values["取引先名"]})])
    )
    assert made[0].record.values["連絡先電話"] == first.values["電話番号"]
    change = {"取引先": second.values["取引先名"]}
    after = done(await api.write(session, D, Op.UPDATE, [Item("1", change, id=made[0].record.id)]))
    assert after[0].record.values["連絡先電話"] == second.values["電話番号"]
    empty = done(await api.write(session, D, Op.UPDATE, [Item("1", {"取引先": None}, id=made[0].record.id)]))
    assert empty[0].record.values["連絡先電話"] is None
    (refused,) = await api.write(session, D, Op.UPDATE, [Item("1", {"連絡先電話": "1"}, id=made[0].record.id)])
    assert isinstance(refused, Refused)
    assert refused.error.code == "not_writable"


async def test_related_records_are_shown_with_a_reason_and_never_read(session: ServiceSession) -> None:
    schema = await api.describe(session, P)
    related = schema.get("関連案件")
    assert related is not None
    assert (related.kind, related.writable, related.reason) == (Kind.ROWS, False, "related_records")
    page = await api.read(session, P, Window(fields=["取引先名", "関連案件"], ids=["2"]), None)
    assert "関連案件" not in page.records[0].values
    assert page.records[0].values["取引先名"]
    other = Schema("other", (Field("lines", Kind.ROWS, "関連案件", "Related deals", fields=schema.fields[:3]),))
    assert not [p for p in propose(schema, other) if p.row.left == "関連案件"]
    rows = [MappingRow("関連案件", "lines")]
    found = check_mapping(rows, schema, other, {Side.RIGHT}, keys=[MatchKey("関連案件", "lines")])
    assert [p.code for p in found] == ["related_records", "related_records"]


@pytest.mark.req("FK-54")
async def test_a_deleted_record_is_refused(session: ServiceSession) -> None:
    (result,) = await api.write(session, P, Op.UPDATE, [Item("1", {"備考": "x"}, id="99999")])
    assert isinstance(result, Refused)
    assert result.error.code == "record_not_found"


async def test_unknown_and_read_only_fields_never_leave(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    await api.describe(session, P)
    kintone_sandbox.world.calls.clear()
    assert await code_of(api.write(session, P, Op.CREATE, [create(1, 無い項目="x")])) == "field_not_found"
    results = await api.write(session, P, Op.CREATE, [create(1, 更新日時="x"), create(2, 備考=3)])
    assert [r.error.code for r in results if isinstance(r, Refused)] == ["not_writable", "value_not_convertible"]
    assert not kintone_sandbox.world.calls


async def test_a_field_renamed_behind_our_back_is_noticed(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    await api.describe(session, P)
    kintone_sandbox.world.state["settings"]["form"] = [{"app": PARTNER, "code": "備考", "rename": "メモ"}]
    result = done(await api.write(session, P, Op.CREATE, [create(1, 備考="消える")]))[0]
    assert "備考" not in result.record.values
    assert await code_of(api.write(session, P, Op.CREATE, [create(2, 備考="x")])) == "field_not_found"


async def test_somebody_elses_change_does_not_become_the_base(
    session: ServiceSession, kintone_sandbox: Sandbox
) -> None:
    world = kintone_sandbox.world
    await api.describe(session, P)
    late = world.switch("late", match="GET /k/v1/records.json", seconds=0)
    original = world.fault

    def meanwhile(name: str, line: str = "") -> Any:
        hit = original(name, line)
        if hit is late:
            kintone.edit(world, PARTNER, "6", {"備考": "人の編集"})
        return hit

    world.fault = meanwhile  # type: ignore[method-assign]  # somebody edits between the two calls
    result = done(await api.write(session, P, Op.UPDATE, [Item("1", {"カナ": "カナ"}, id="6")]))[0]
    assert not result.complete
    assert result.record.values == {"カナ": "カナ"}
    assert result.record.revision == "2"


async def test_a_failed_reading_back_is_not_a_failed_write(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    await api.describe(session, P)
    kintone_sandbox.world.switch("maintenance", match="GET /k/v1/records.json")
    result = done(await api.write(session, P, Op.CREATE, [create(1)]))[0]
    assert not result.complete
    assert result.record.id == "481"


async def test_clearing_writes_empty(session: ServiceSession) -> None:
    cleared = {"電話番号": None, "都道府県": None, "担当営業": None, "同期対象": [], "担当者一覧": []}
    record = done(await api.write(session, P, Op.UPDATE, [Item("1", cleared, id="1")]))[0].record  # type: ignore[arg-type]
    assert {record.values[name] for name in cleared} == {None}


@pytest.mark.parametrize("text", ["𠮷野家𩸽", "絵文字😀🏢", "\"引用'\\円記号", "a" * 4000])
async def test_hostile_texts_come_back_as_sent(session: ServiceSession, text: str) -> None:
    record = done(await api.write(session, P, Op.CREATE, [create(1, 備考=text, freee取引先ID=text[:60])]))[0].record
    assert record.values["備考"] == text
    assert [r.id for r in await api.find(session, P, "freee取引先ID", [text[:60]])] == [record.id]


# ---------------------------------------------------------------- what goes wrong


@pytest.mark.parametrize(
    ("fault", "code"),
    [("maintenance", "maintenance"), ("ip_block", "ip_blocked"), ("garbage", "unexpected_answer")],
)
@pytest.mark.req("FK-56", "FK-57")
async def test_what_stands_before_kintone(
    session: ServiceSession, kintone_sandbox: Sandbox, fault: str, code: str
) -> None:
    kintone_sandbox.world.switch(fault, match="/k/", times=None)
    assert await code_of(api.identify(session)) == code


async def test_garbage_after_a_write_is_an_unknown_result(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    await api.describe(session, P)
    kintone_sandbox.world.switch("garbage", match="POST")
    assert await code_of(api.write(session, P, Op.CREATE, [create(1)])) == "unknown_result"


async def test_a_database_lock_is_said_to_pass(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.switch("lock", match="POST")
    assert await code_of(api.write(session, P, Op.CREATE, [create(1)])) == "locked"


@pytest.mark.req("FK-55")
async def test_a_deleted_app(session: ServiceSession, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.state["settings"]["deleted_apps"] = [PARTNER]
    assert await code_of(api.describe(session, P)) == "app_not_found"


@pytest.mark.parametrize(
    ("patch", "code"),
    [({"revoked": True}, "api_token_invalid"), ({"permissions": ["view"]}, "token_permission_missing")],
)
async def test_a_token_that_lost_its_rights(
    session: ServiceSession, kintone_sandbox: Sandbox, patch: dict[str, Any], code: str
) -> None:
    await api.describe(session, P)
    kintone_sandbox.world.state["settings"]["tokens"] = {token(PARTNER): patch}
    assert await code_of(api.write(session, P, Op.CREATE, [create(1)])) == code


@pytest.mark.req("FK-58")
async def test_a_person_without_the_right(kintone_sandbox: Sandbox) -> None:
    async with person(kintone_sandbox, "tanaka") as link:
        assert await code_of(api.write(link, P, Op.CREATE, [create(1)])) == "no_permission"


async def test_basic_authentication_of_the_environment(kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.state["settings"]["basic_auth"] = "gate:secret"
    async with person(kintone_sandbox) as link:
        assert await code_of(api.identify(link)) == "reauthorise"
    settings = {"base_url": kintone_sandbox.base_url, "login": "sato", "basic_user": "gate"}
    secrets = {"password": kintone.PASSWORD, "basic_password": "secret"}
    async with opened("kintone", settings, secrets=secrets, identified=False) as link:
        assert await api.identify(link)


async def test_an_expired_access_token_is_renewed(kintone_sandbox: Sandbox) -> None:
    until = (kintone_sandbox.world.now() + timedelta(hours=1)).isoformat()
    scopes = ["k:app_record:read", "k:app_record:write", "k:app_settings:read"]
    kintone_sandbox.world.state["access"]["fresh"] = {"user": "suzuki", "scopes": scopes, "until": until}
    settings = {"base_url": kintone_sandbox.base_url}
    async with opened("kintone", settings, tokens=["stale", "fresh"], identified=False) as link:
        assert len(await api.catalogue(link)) == 12
        assert done(await api.write(link, P, Op.CREATE, [create(1)]))[0].record.values["取引先名"] == "試験商店1"
    assert kintone_sandbox.world.state["apps"][PARTNER]["records"]["481"]["creator"] == "suzuki"


async def test_lookups_send_the_other_tokens_along() -> None:
    apps = [{"id": str(n), "token": f"t{n}"} for n in range(1, 12)] + [{"id": "21", "token": "g", "guest_space": "3"}]
    headers = api.authorise({}, {"apps": apps}, "app:11")
    assert headers["X-Cybozu-API-Token"] == "t11,t1,t2,t3,t4,t5,t6,t7,t8"
    assert api.authorise({}, {"apps": apps}, "app:21@3")["X-Cybozu-API-Token"] == "g"


@pytest.mark.parametrize(
    ("id", "object"),
    [
        ("12", "app:12"),
        ("12@3", "app:12@3"),
        (" 12 ", "app:12"),
        ("https://example.cybozu.com/k/12/", "app:12"),
        ("https://example.cybozu.com/k/12/?view=20", "app:12"),
        ("https://example.cybozu.com/k/guest/3/12/show#record=5", "app:12@3"),
    ],
)
def test_an_app_is_named_by_its_id_or_its_address(id: str, object: str) -> None:
    assert object_of({"id": id}) == object


async def test_lookups_of_a_guest_space_stay_inside_it(kintone_sandbox: Sandbox) -> None:
    """The app it names has the space's id too, and one outside is not looked into."""
    apps = kintone_sandbox.world.state["apps"]
    guest, partner = apps[GUEST], apps[PARTNER]
    guest["fields"]["取引先"] = {**apps[DEAL]["fields"]["取引先"]}
    guest["fields"]["取引先"]["lookup"] = {**guest["fields"]["取引先"]["lookup"], "fieldMappings": []}
    app = f"app:{GUEST}@{kintone.GUEST_SPACE}"
    async with person(kintone_sandbox, guest_spaces="3") as link:
        field = (await api.describe(link, app)).get("取引先")
        assert field is not None
        assert field.target == f"app:{PARTNER}@3"
        name = next(iter(partner["records"].values()))["values"]["取引先名"]
        (refused,) = await api.write(link, app, Op.CREATE, [Item("1", {"会社名": "新", "取引先": name})])
        assert isinstance(refused, Refused)
        assert refused.error.code == "lookup_failed"
        partner["guest_space"] = "3"
        done(await api.write(link, app, Op.CREATE, [Item("1", {"会社名": "新", "取引先": name})]))
