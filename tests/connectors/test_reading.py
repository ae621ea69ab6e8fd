"""What connectors' reads and refusals have in common: look-ups, pages, names found by label, statuses without a code."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any

import pytest

from choai import clock
from choai.connectors.batches import afterwards, key_of
from choai.connectors.contract import Account, Idempotency, Item, ObjectSpec, Page, Reply, Window
from choai.connectors.declared import choice, optional
from choai.connectors.faults import throttled, usual
from choai.connectors.fields import Table, column, linked
from choai.connectors.naming import by_label, pairs, word
from choai.connectors.paging import portioned
from choai.connectors.reading import demanded, every, gated, kept, matching, offered, page, reader, texts
from choai.connectors.wires import JST, instant
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Choice, choices
from choai.model.values import Kind, Ref

TABLE = Table(
    "thing",
    (
        column("id", Kind.IDENTIFIER, "ID", "ID", unique=True),
        column("code", Kind.TEXT, "コード", "Code", unique=True),
        column("name", Kind.TEXT, "名前", "Name"),
    ),
)


def session(account: Account | None = None) -> Any:
    return SimpleNamespace(memo={}, settings={"web": "https://x"}, account=account)


def code_of(call: Any, *args: Any) -> str:
    with pytest.raises(ChoaiError) as caught:
        call(*args)
    return caught.value.code


# ---------------------------------------------------------------- look-ups


def test_what_is_looked_for_is_told_once_and_as_text() -> None:
    assert texts(["b", None, "", 1, "b", Ref("7", "seven"), "1"]) == ["b", "1", "7"]


def test_only_equal_records_match_each_once() -> None:
    found = [
        Record("1", {"of": Ref("7", "label")}),
        Record("2", {"of": None}),
        Record("1", {"of": Ref("7")}),
        Record("3", {}),
    ]
    assert [r.id for r in matching(found, "of", ["7", "None"])] == ["1"]


def test_a_key_must_be_a_field() -> None:
    assert demanded(TABLE, "code").name == "code"
    assert code_of(demanded, TABLE, "colour") == "field_not_found"


def test_an_upsert_needs_a_unique_key_and_a_value() -> None:
    assert key_of(TABLE, Item("r", {}, key=("code", "A1"))) == ("code", "A1")
    assert code_of(key_of, TABLE, Item("r", {}, key=("code", ""))) == "required_missing"
    assert code_of(key_of, TABLE, Item("r", {}, key=("name", "A1"))) == "key_field_missing"
    assert code_of(key_of, TABLE, Item("r", {})) == "key_field_missing"


async def test_a_list_is_read_to_its_end_and_never_half() -> None:
    asked: list[tuple[Any, str | None]] = []

    async def read(_: Any, object: str, window: Window, token: str | None) -> Page:
        asked.append((window.fields, token))
        ends: dict[str | None, Page] = {None: Page([Record("1", {})], "2"), "2": Page([Record("2", {})])}
        return Page([], incomplete="incomplete_answer") if object == "torn" else ends[token]

    found = await every(read, session(), "whole", Window(fields=["code"]))
    assert ([r.id for r in found], asked) == (["1", "2"], [(["code"], None), (["code"], "2")])
    with pytest.raises(ChoaiError, match="incomplete_answer") as caught:
        await every(read, session(), "torn", label="取引先")
    assert caught.value.facts["object"] == "取引先"


async def test_what_is_kept_is_made_once_or_anew() -> None:
    made: list[int] = []
    here = session()

    async def make() -> int:
        made.append(len(made))
        return len(made)

    assert [await kept(here, "n", make), await kept(here, "n", make), await kept(here, "n", make, fresh=True)] == [
        1,
        1,
        2,
    ]


async def test_after_a_write_a_failure_to_look_is_none() -> None:
    async def look(*, fails: bool) -> int:
        if fails:
            raise ChoaiError("timeout")
        return 1

    assert (await afterwards(look(fails=False)), await afterwards(look(fails=True))) == (1, None)


# ---------------------------------------------------------------- records, pages, catalogues


def test_rows_become_records_with_their_addresses() -> None:
    def link(settings: Any, _: Account | None, object: str, id: str) -> str:
        return f"{settings['web']}/{object}/{id}"

    table = TABLE.extended(linked("URL", "URL"))
    read = reader(session(), table, link, object="own")
    assert read({"id": 5, "name": "x"}).values["url"] == "https://x/own/5"


def test_a_page_tells_its_newest_change() -> None:
    days = [Record("1", {}, changed_at=date(2026, 4, 1)), Record("2", {}, changed_at=date(2026, 5, 1)), Record("3", {})]
    made = page(days, "next", total=3)
    assert (made.next, made.watermark, made.total) == ("next", date(2026, 5, 1), 3)
    assert page([]).watermark is None


def test_a_catalogue_names_what_is_not_there() -> None:
    objects = [
        ObjectSpec("a", "甲", "A", "x"),
        ObjectSpec("b", "乙", "B", "x", plan_gate="b"),
        ObjectSpec("c:*", "", "", "x"),
    ]
    infos = offered(objects, gated(session(Account("1", "", capabilities={"b": False}))))
    assert [(i.name, i.available, i.reason) for i in infos] == [("a", True, None), ("b", False, "object_not_found")]
    assert all(i.available for i in offered(objects, gated(session())))
    assert [i.available for i in offered(objects, gated(session(Account("1", ""))))] == [True, False]
    assert objects[0].idempotency is Idempotency.NONE


def test_values_are_cut_for_one_address_each() -> None:
    assert list(portioned(["aa", "bb", "cc"], 10)) == [["aa", "bb"], ["cc"]]
    assert list(portioned(["a", "b", "c"], 1000, 2)) == [["a", "b"], ["c"]]
    assert list(portioned(["long" * 9], 10)) == [["long" * 9]]
    assert list(portioned([], 10)) == []


def test_a_day_begins_in_its_zone() -> None:
    assert instant(date(2026, 4, 1), JST) == datetime(2026, 3, 31, 15, tzinfo=UTC)
    now = datetime(2026, 4, 1, 9, tzinfo=timezone(timedelta(hours=2)))
    assert instant(now, JST) is now


# ---------------------------------------------------------------- names and declarations


def test_roles_by_label_go_to_the_first_field_that_has_none() -> None:
    found = pairs("Name=name Code=code", "partner")
    labels = [("Code2", "取引先コード"), ("K1", "取引先名 カナ"), ("K2", "カナ"), ("Name", "カナ")]
    by_label(
        ["Name", "K1", "Code2"], labels, {"partner.code": "取引先コード", "partner.kana": "(取引先名)?カナ"}, found
    )
    assert found == {"Name": "partner.name", "Code": "partner.code", "Code2": "partner.code", "K1": "partner.kana"}
    by_label(["Code"], [("Code3", "取引先コード")], {"partner.code": "取引先コード"}, found)
    assert "Code3" not in found  # a field that is there has the role
    assert word("ＴＥＬ_番号 ・1") == word("tel番号1")


def test_settings_in_short() -> None:
    made = choice("mode", ("形", "Form"), "a=甲=A|b", "助け", "Help")
    assert (made.kind, made.default, made.required, made.help_ja, made.help_en) == (
        "choice",
        "a",
        False,
        "助け",
        "Help",
    )
    assert made.choices == (Choice("a", "甲", "A"), Choice("b", "b"))
    assert choice("mode", ("形", "Form"), "a|b", default=None).default is None
    assert optional("x", "甲", "X", secret=True).secret
    assert choices("a=甲=A|b=乙=B") == (Choice("a", "甲", "A"), Choice("b", "乙", "B"))


# ---------------------------------------------------------------- answers without a code


@pytest.mark.parametrize(
    ("method", "status", "code"),
    [
        ("GET", 404, "record_not_found"),
        ("PUT", 410, "record_not_found"),
        ("POST", 503, "maintenance"),
        ("POST", 500, "unknown_result"),
        ("PATCH", 408, "unknown_result"),
        ("POST", 520, "unknown_result"),
        ("POST", 501, "unexpected_answer"),
        ("GET", 500, "unexpected_answer"),
        ("POST", 418, "unexpected_answer"),
    ],
)
def test_what_a_status_says_by_itself(method: str, status: int, code: str) -> None:
    error = usual(Reply(status, {}, None, "", method, "/things/42"), detail="told")
    assert (error.code, error.facts["detail"]) == (code, "told")
    assert error.facts.get("id") == ("42" if code == "record_not_found" else None)


def test_a_pause_ends_after_its_seconds() -> None:
    clock.set_clock(lambda: datetime(2026, 4, 1, tzinfo=UTC))
    try:
        error = throttled(90, detail="slow")
    finally:
        clock.set_clock(None)
    assert (error.code, error.facts["until"]) == ("throttled", "2026-04-01T00:01:30+00:00")
