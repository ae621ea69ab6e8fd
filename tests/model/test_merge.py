"""The three-way merge: which edit flows, which waits for a person, and what is said about the rest."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from choai.errors import catalogue
from choai.model.mapping import ConflictPolicy, Flow, MappingRow, Side, WhenEmpty
from choai.model.merge import Conflict, Merged, Note, fresh, merge, write_back
from choai.model.schema import Choice, Field, Schema
from choai.model.values import Kind, Row, Value

L, R = Side.LEFT, Side.RIGHT
BOTH = frozenset(Side)
BASED: dict[str, Value] = {"name": "山田商店"}
NAME = MappingRow("name", "name")


def schema(*fields: Field, **changes: object) -> Schema:
    return Schema("o", tuple(replace(f, **changes) for f in fields))  # type: ignore[arg-type]  # named fields of Field


TEXT = schema(Field("name", Kind.TEXT, "名前", "Name"))


def go(
    row: MappingRow,
    left: dict[str, Value] | None,
    right: dict[str, Value] | None,
    base_left: dict[str, Value] | None = None,
    base_right: dict[str, Value] | None = None,
    **options: Any,
) -> Merged:
    rules = {"directions": BOTH, "policy": ConflictPolicy.ASK, "schemas": (TEXT, TEXT), **options}
    schemas = rules.pop("schemas")
    return merge(
        (row,), *schemas, left=left, right=right, base_left=base_left, base_right=base_right, **rules
    )  # fmt: skip


def named(value: Value) -> dict[str, Value]:
    return {"name": value}


# ---------------------------------------------------------------- with a base


def test_an_edit_flows_to_the_other_side() -> None:
    assert go(NAME, named("山田"), BASED, BASED, BASED).to_right == named("山田")
    assert go(NAME, BASED, named("山田"), BASED, BASED).to_left == named("山田")


def test_what_was_not_read_is_as_it_was() -> None:
    assert go(NAME, named("山田"), None, BASED, BASED).to_right == named("山田")
    assert go(NAME, {}, named("山田"), BASED, BASED).to_left == named("山田")
    assert go(NAME, None, None, BASED, BASED) == Merged()


def test_the_same_edit_on_both_sides_needs_nothing() -> None:
    assert go(NAME, named("山田"), named("山田"), BASED, BASED).quiet


def test_a_service_that_rewrites_does_not_bounce() -> None:
    """The base of each side is its own answer: trimmed there, untrimmed here, and quiet."""
    assert go(NAME, named("山田 "), named("山田"), named("山田 "), named("山田")) == Merged()


def test_an_edit_that_arrives_as_what_is_there_is_not_sent() -> None:
    row = MappingRow("name", "name", converter="trim")
    assert go(row, named(" 山田商店"), BASED, BASED, BASED).quiet


@pytest.mark.parametrize(
    ("policy", "newer", "left", "right"),
    [
        (ConflictPolicy.LEFT, None, {}, named("左")),
        (ConflictPolicy.RIGHT, None, named("右"), {}),
        (ConflictPolicy.NEWEST, L, {}, named("左")),
        (ConflictPolicy.NEWEST, R, named("右"), {}),
    ],
)
def test_two_edits_go_by_policy_and_the_lost_one_is_noted(
    policy: ConflictPolicy, newer: Side | None, left: dict[str, Value], right: dict[str, Value]
) -> None:
    merged = go(NAME, named("左"), named("右"), BASED, BASED, policy=policy, newer=newer)
    assert (merged.to_left, merged.to_right) == (left, right)
    lost = L if left else R
    assert merged.notes == [Note("overwritten", 0, lost, "name", "左" if lost is L else "右")]
    assert not merged.conflicts


@pytest.mark.parametrize("policy", [ConflictPolicy.ASK, ConflictPolicy.NEWEST])
def test_two_edits_that_nobody_can_decide_wait(policy: ConflictPolicy) -> None:
    merged = go(NAME, named("左"), named("右"), BASED, BASED, policy=policy)
    assert merged.conflicts == [Conflict(0, "name", "name", "山田商店", "山田商店", "左", "右")]
    assert not merged.to_left
    assert not merged.to_right
    assert not merged.quiet


def test_one_way_rows_never_ask() -> None:
    """The target's own edit stays until the source has one; then the source wins and the loss is noted."""
    row = MappingRow("name", "name", Flow.TO_RIGHT)
    assert go(row, BASED, named("右"), BASED, BASED) == Merged()
    merged = go(row, named("左"), named("右"), BASED, BASED)
    assert merged.to_right == named("左")
    assert merged.notes == [Note("overwritten", 0, R, "name", "右")]


def test_a_sync_in_one_direction_makes_every_row_one_way() -> None:
    assert go(NAME, named("左"), named("右"), BASED, BASED, directions={R}).to_right == named("左")
    assert go(NAME, BASED, named("右"), BASED, BASED, directions={R}) == Merged()
    assert go(NAME, named("左"), named("右"), BASED, BASED, directions=set()) == Merged()


def test_rows_for_the_create_take_no_part() -> None:
    row = MappingRow("name", "name", only_on_create=True)
    assert go(row, named("左"), BASED, BASED, BASED) == Merged()
    assert go(MappingRow("name", "name", write_back=True), named("左"), BASED, BASED, BASED) == Merged()


# ---------------------------------------------------------------- emptied fields


@pytest.mark.req("FK-22")
def test_an_emptied_field_sends_nothing_by_default() -> None:
    merged = go(NAME, named(""), BASED, BASED, BASED)
    assert merged.quiet
    assert merged.notes == [Note("empty_not_sent", 0, R, "name")]
    assert go(NAME, named(None), named(""), BASED, BASED) == Merged()


@pytest.mark.req("FK-22")
def test_an_emptied_field_is_cleared_there_or_listed() -> None:
    row = MappingRow("name", "name", when_empty=WhenEmpty.CLEAR)
    assert go(row, named(""), BASED, BASED, BASED).to_right == {"name": None}
    merged = go(row, named(None), BASED, BASED, BASED, schemas=(TEXT, schema(*TEXT.fields, clearable=False)))
    assert merged.quiet
    assert merged.notes == [Note("cannot_be_cleared", 0, R, "name")]


def test_an_emptied_field_gives_way_to_the_other_sides_edit() -> None:
    merged = go(NAME, named(None), named("右"), BASED, BASED, policy=ConflictPolicy.LEFT)
    assert merged.to_left == named("右")
    cleared = MappingRow("name", "name", when_empty=WhenEmpty.CLEAR)
    assert go(cleared, named(None), named("右"), BASED, BASED).conflicts
    assert go(cleared, named(None), named("右"), BASED, BASED, policy=ConflictPolicy.LEFT).to_right == {"name": None}


def test_a_field_that_is_fixed_after_the_create_is_noted() -> None:
    merged = go(NAME, named("左"), BASED, BASED, BASED, schemas=(TEXT, schema(*TEXT.fields, on_update=False)))
    assert merged.quiet
    assert merged.notes == [Note("not_writable", 0, R, "name")]


# ---------------------------------------------------------------- values that do not convert

NUMBER = Schema("o", (Field("amount", Kind.INTEGER, "数量", "Amount"),))


def test_an_edit_that_cannot_be_converted_is_refused_by_name() -> None:
    row = MappingRow("name", "amount")
    merged = go(row, named("abc"), {"amount": 1}, named("1"), {"amount": 1}, schemas=(TEXT, NUMBER))
    assert [e.code for e in merged.refused] == ["value_not_convertible"]
    assert merged.refused[0].facts["field"] == "amount"
    assert not merged.quiet
    assert not merged.to_right


def test_two_edits_of_which_one_cannot_be_converted_still_conflict() -> None:
    row = MappingRow("name", "amount")
    asked = go(row, named("abc"), {"amount": 2}, named("1"), {"amount": 1}, schemas=(TEXT, NUMBER))
    assert len(asked.conflicts) == 1
    won = go(
        row, named("abc"), {"amount": 2}, named("1"), {"amount": 1}, schemas=(TEXT, NUMBER), policy=ConflictPolicy.LEFT
    )
    assert [e.code for e in won.refused] == ["value_not_convertible"]
    assert go(row, named("2"), {"amount": 2}, named("1"), {"amount": 1}, schemas=(TEXT, NUMBER)) == Merged()


def test_a_field_nobody_has_is_refused() -> None:
    merged = go(MappingRow("nome", "name"), BASED, BASED)
    assert [(e.code, e.facts["field"], e.facts["side"]) for e in merged.refused] == [
        ("field_not_found", "nome", "left")
    ]


# ---------------------------------------------------------------- without a base


def test_the_first_meeting_goes_by_direction() -> None:
    assert go(NAME, named("左"), named("右"), directions={R}).to_right == named("左")
    assert go(MappingRow("name", "name", Flow.TO_LEFT), named("左"), named("右")).to_left == named("右")
    assert go(NAME, named("同"), named("同")) == Merged()


def test_the_first_meeting_both_ways_goes_by_policy() -> None:
    assert len(go(NAME, named("左"), named("右")).conflicts) == 1
    assert go(NAME, named("左"), named("右"), policy=ConflictPolicy.RIGHT).to_left == named("右")


def test_at_the_first_meeting_the_filled_field_fills_the_empty_one() -> None:
    assert go(NAME, named(None), named("右"), policy=ConflictPolicy.LEFT).to_left == named("右")
    assert go(NAME, named("左"), named("")).to_right == named("左")
    assert go(NAME, named(None), named("右"), directions={R}).notes == [Note("empty_not_sent", 0, R, "name")]
    clear = MappingRow("name", "name", when_empty=WhenEmpty.CLEAR)
    assert go(clear, named(None), named("右"), directions={R}).to_right == {"name": None}


def test_nothing_is_sent_over_a_value_that_nobody_read() -> None:
    merged = go(NAME, named("左"), None)
    assert merged.quiet
    assert merged.notes == [Note("not_read", 0, R, "name")]
    assert go(NAME, named("左"), {}).to_right == named("左")
    assert go(NAME, named("左"), None, directions={R}).to_right == named("左")
    assert go(NAME, named("左"), None, directions={L}) == Merged()
    assert go(NAME, named(None), None) == Merged()
    assert go(NAME, None, None) == Merged()


def test_a_side_without_base_is_measured_by_the_other_sides() -> None:
    assert go(NAME, BASED, BASED, BASED, None) == Merged()
    assert go(NAME, BASED, named("右"), BASED, None).to_left == named("右")
    assert go(NAME, named("左"), BASED, BASED, None).to_right == named("左")
    assert go(NAME, BASED, named(None), BASED, None) == Merged()
    assert len(go(NAME, named("左"), named("右"), None, BASED).conflicts) == 1


def test_a_value_that_loses_something_on_the_way_agrees_all_the_same() -> None:
    """03-1234 went right as 031234: seen from the right it is the same."""
    row = MappingRow("name", "name", converter="phone_digits")
    assert go(row, named("03-1234-5678"), named("0312345678")) == Merged()


def test_values_that_do_not_convert_do_not_agree() -> None:
    row = MappingRow("name", "amount")
    assert len(go(row, named("abc"), {"amount": 2}, schemas=(TEXT, NUMBER)).conflicts) == 1
    assert go(row, named("2"), {"amount": 2}, schemas=(TEXT, NUMBER)) == Merged()


def test_choices_flow_by_label() -> None:
    ours = schema(Field("rank", Kind.CHOICE, "ランク", "Rank", choices=(Choice("A", "優良"), Choice("B", "普通"))))
    theirs = schema(Field("rank", Kind.CHOICE, "評価", "Rating", choices=(Choice("1", "優良"), Choice("2", "普通"))))
    row = MappingRow("rank", "rank")
    merged = go(row, {"rank": "B"}, {"rank": "1"}, {"rank": "A"}, {"rank": "1"}, schemas=(ours, theirs))
    assert merged.to_right == {"rank": "2"}
    assert go(row, {"rank": "A"}, {"rank": "1"}, schemas=(ours, theirs)) == Merged()


# ---------------------------------------------------------------- constants


def test_a_constant_is_written_at_the_first_meeting_only() -> None:
    row = MappingRow(None, "name", default="法人")
    assert go(row, {}, named("個人")).to_right == named("法人")
    assert go(row, {}, named("法人")) == Merged()
    assert go(row, {}, named("個人"), None, named("法人")) == Merged()
    assert go(row, {}, {}) == Merged()
    assert go(row, {}, named("個人"), directions={L}) == Merged()
    assert go(replace(row, only_on_create=True), {}, named("個人")) == Merged()
    assert go(MappingRow("name", None, default="法人"), named("個人"), {}).to_left == named("法人")


def test_a_constant_that_is_no_value_of_its_field_is_refused() -> None:
    merged = go(MappingRow(None, "amount", default="x"), {}, {"amount": 1}, schemas=(TEXT, NUMBER))
    assert [e.code for e in merged.refused] == ["value_not_convertible"]
    assert go(MappingRow(None, "amount"), {}, {"amount": 1}, schemas=(TEXT, NUMBER)) == Merged()


# ---------------------------------------------------------------- create, write back

CRM = Schema(
    "app:1",
    (
        Field("name", Kind.TEXT, "取引先名", "Name"),
        Field("freee_id", Kind.TEXT, "freee取引先ID", "freee ID", unique=True),
        Field("amount", Kind.TEXT, "数量", "Amount"),
        Field("flag", Kind.TEXT, "同期対象", "Sync"),
        Field("calc", Kind.TEXT, "計算", "Calc", on_create=False, on_update=False),
    ),
)
BOOKS = Schema(
    "partner",
    (
        Field("name", Kind.TEXT, "名前", "Name"),
        Field("id", Kind.INTEGER, "ID", "ID", on_create=False, on_update=False),
        Field("amount", Kind.INTEGER, "数量", "Amount"),
        Field("org", Kind.TEXT, "種別", "Type"),
        Field("number", Kind.INTEGER, "番号", "Number"),
    ),
)
ROWS = (
    MappingRow("name", "name"),
    MappingRow("freee_id", "id", Flow.TO_LEFT, write_back=True),
    MappingRow("amount", "amount", Flow.TO_RIGHT, default="1"),
    MappingRow(None, "org", default="法人"),
    MappingRow("flag", None, default="する"),
    MappingRow("calc", "name", Flow.TO_LEFT),
)


def test_a_new_record_has_values_defaults_and_constants() -> None:
    made, refused = fresh(ROWS, {"name": "山田", "amount": "", "freee_id": "9"}, L, CRM, BOOKS)
    assert made == {"name": "山田", "amount": 1, "org": "法人"}
    assert not refused


def test_an_import_knows_the_id_already() -> None:
    made, refused = fresh(ROWS, {"name": "山田", "id": 12, "amount": 5}, R, CRM, BOOKS)
    assert made == {"name": "山田", "freee_id": "12", "flag": "する"}
    assert not refused


def test_a_write_back_row_for_both_gives_from_the_side_that_cannot_be_written() -> None:
    rows = (MappingRow("freee_id", "id", write_back=True),)
    assert fresh(rows, {"id": 12}, R, CRM, BOOKS)[0] == {"freee_id": "12"}
    assert fresh(rows, {"freee_id": "12"}, L, CRM, BOOKS)[0] == {}
    assert write_back(rows, {"id": 12}, R, CRM, BOOKS) == {"freee_id": "12"}
    assert write_back(rows, {"freee_id": "12"}, L, CRM, BOOKS) == {}


def test_a_write_back_row_for_both_needs_a_side_that_gives() -> None:
    rows = (MappingRow("name", "name", write_back=True),)
    assert fresh(rows, {"name": "山田"}, L, CRM, BOOKS) == ({}, [])
    assert write_back(rows, {"name": "山田"}, R, CRM, BOOKS) == {}


def test_what_a_new_record_cannot_take_is_refused() -> None:
    rows = (
        MappingRow("name", "amount"),
        MappingRow(None, "number", default="x"),
        MappingRow("nobody", "name"),
        MappingRow(None, "org"),
    )
    made, refused = fresh(rows, {"name": "abc"}, L, CRM, BOOKS)
    assert made == {}
    assert [e.code for e in refused] == ["field_not_found", "value_not_convertible", "value_not_convertible"]


@pytest.mark.req("FK-23")
def test_what_the_target_gave_goes_back_into_the_source() -> None:
    assert write_back(ROWS, {"id": 12, "name": "x"}, R, CRM, BOOKS) == {"freee_id": "12"}
    assert write_back(ROWS, {"id": 12}, R, CRM, BOOKS, current={"freee_id": "12"}) == {}
    assert write_back(ROWS, {"id": 12}, R, CRM, BOOKS, current={"freee_id": ""}) == {"freee_id": "12"}
    assert write_back(ROWS, {"id": None}, R, CRM, BOOKS) == {}
    assert write_back(ROWS, {"freee_id": "12"}, L, CRM, BOOKS) == {}


def test_notes_have_texts() -> None:
    assert {"empty_not_sent", "cannot_be_cleared", "not_writable", "overwritten", "not_read"} <= set(catalogue())


def test_an_empty_row_is_no_row() -> None:
    assert fresh((MappingRow(None, None), *ROWS), {"name": "山田"}, L, CRM, BOOKS) == fresh(
        ROWS, {"name": "山田"}, L, CRM, BOOKS
    )


def test_a_list_of_rows_works_as_well_as_a_tuple() -> None:
    assert fresh(list(ROWS), {"name": "山田"}, L, CRM, BOOKS) == fresh(ROWS, {"name": "山田"}, L, CRM, BOOKS)


# ---------------------------------------------------------------- line items

ITEMS = Schema(
    "o",
    (
        Field(
            "lines",
            Kind.ROWS,
            "明細",
            "Lines",
            fields=(
                Field("item", Kind.TEXT, "品目", "Item"),
                Field("qty", Kind.DECIMAL, "数量", "Quantity"),
                Field("memo", Kind.TEXT, "メモ", "Memo"),
                Field("kind", Kind.TEXT, "種類", "Kind"),
                Field("total", Kind.DECIMAL, "計", "Total", on_create=False, on_update=False),
            ),
        ),
    ),
)
INNER = (
    MappingRow("item", "item"),
    MappingRow("qty", "qty", default="1"),
    MappingRow("memo", "memo", only_on_create=True),
    MappingRow(None, "kind", default="item"),
)
LINES = MappingRow("lines", "lines", rows=INNER)


def row(id: str | None, item: str, qty: int = 1, **more: Value) -> Row:
    return Row(id, {"item": item, "qty": Decimal(qty), **more})


def lines(
    left: list[Row] | None, right: list[Row] | None, one: list[Row] | None, two: list[Row] | None, **o: Any
) -> Merged:
    def record(rows: list[Row] | None) -> dict[str, Value] | None:
        return None if rows is None else {"lines": rows}

    mapping = o.pop("mapping", LINES)
    return go(mapping, record(left), record(right), record(one), record(two), **{"schemas": (ITEMS, ITEMS), **o})


ONE = [row("1", "紙"), row("2", "墨")]
TWO = [row("a", "紙", total=Decimal(5)), row("b", "墨", total=Decimal(6))]


def test_one_edited_row_flows_and_the_others_keep_what_they_have() -> None:
    merged = lines([row("1", "紙", 9), row("2", "墨")], TWO, ONE, TWO)
    assert merged.to_right == {"lines": [row("a", "紙", 9, total=Decimal(5)), TWO[1]]}
    assert not merged.to_left


def test_a_cell_that_no_side_has_says_nothing() -> None:
    merged = lines(
        [Row("1", {"item": "墨"})], [Row("a", {"item": "紙"})], [Row("1", {"item": "紙"})], [Row("a", {"item": "紙"})]
    )
    assert merged.to_right == {"lines": [Row("a", {"item": "墨"})]}


def test_edits_of_two_rows_cross() -> None:
    merged = lines([row("1", "紙", 9), row("2", "墨")], [TWO[0], row("b", "筆")], ONE, TWO)
    assert merged.to_right == {"lines": [row("a", "紙", 9, total=Decimal(5)), row("b", "筆")]}
    assert merged.to_left == {"lines": [row("1", "紙", 9), row("2", "筆")]}


def test_an_added_row_is_added_there() -> None:
    merged = lines([*ONE, Row("3", {"item": "硯", "memo": "大"})], TWO, ONE, TWO)
    assert merged.to_right == {"lines": [*TWO, row(None, "硯", 1, memo="大", kind="item")]}


def test_the_same_row_added_on_both_sides_is_one() -> None:
    assert lines([*ONE, row("3", "硯", memo="", kind="")], [*TWO, row("c", "硯")], ONE, TWO) == Merged()


def test_a_removed_row_is_removed_there() -> None:
    assert lines([ONE[1]], TWO, ONE, TWO).to_right == {"lines": [TWO[1]]}
    assert lines(ONE, [TWO[0]], ONE, TWO).to_left == {"lines": [ONE[0]]}
    assert lines([ONE[0]], [TWO[0]], ONE, TWO) == Merged()


def test_a_removal_on_the_target_of_a_one_way_row_stays() -> None:
    one_way = replace(LINES, direction=Flow.TO_RIGHT)
    assert lines(ONE, [TWO[0]], ONE, TWO, mapping=one_way) == Merged()
    assert lines(ONE, [*TWO, row("c", "硯")], ONE, TWO, mapping=one_way) == Merged()
    merged = lines([ONE[0], row("2", "筆")], [TWO[0]], ONE, TWO, mapping=one_way)
    assert merged.to_right == {"lines": [TWO[0], row(None, "筆", kind="item")]}
    assert merged.notes == [Note("overwritten", 0, R, "lines")]


def test_a_removal_against_an_edit_goes_by_policy() -> None:
    edited = [TWO[0], row("b", "筆")]
    asked = lines([ONE[0]], edited, ONE, TWO)
    assert asked.conflicts == [Conflict(0, "lines", "lines", [ONE[1]], [TWO[1]], None, [edited[1]], ("2", "b"))]
    assert not asked.to_right
    left = lines([ONE[0]], edited, ONE, TWO, policy=ConflictPolicy.LEFT)
    assert left.to_right == {"lines": [TWO[0]]}
    assert left.notes == [Note("overwritten", 0, R, "lines", [edited[1]])]
    right = lines([ONE[0]], edited, ONE, TWO, policy=ConflictPolicy.RIGHT)
    assert right.to_left == {"lines": [ONE[0], row(None, "筆")]}
    assert right.notes == [Note("overwritten", 0, L, "lines")]


def test_two_edits_of_one_cell_conflict_inside_their_row() -> None:
    merged = lines([row("1", "紙", 2), ONE[1]], [row("a", "紙", 3), TWO[1]], ONE, TWO)
    assert merged.conflicts == [
        Conflict(0, "qty", "qty", Decimal(1), Decimal(1), Decimal(2), Decimal(3), within=("1", "a"), inner=1)
    ]
    won = lines([row("1", "紙", 2), ONE[1]], [row("a", "紙", 3), TWO[1]], ONE, TWO, policy=ConflictPolicy.RIGHT)
    assert won.notes == [Note("overwritten", 0, L, "lines/qty", Decimal(2))]


def test_an_emptied_list_sends_nothing_by_default() -> None:
    merged = lines([], TWO, ONE, TWO)
    assert merged.quiet
    assert merged.notes == [Note("empty_not_sent", 0, R, "lines")]
    assert lines([], [], ONE, TWO) == Merged()
    refilled = lines([], [row("a", "筆")], ONE, TWO)
    assert refilled.to_left == {"lines": [row(None, "筆")]}
    clear = replace(LINES, when_empty=WhenEmpty.CLEAR)
    assert lines([], TWO, ONE, TWO, mapping=clear).to_right == {"lines": []}
    stuck = Schema("o", tuple(replace(f, clearable=False) for f in ITEMS.fields))
    assert lines([], TWO, ONE, TWO, mapping=clear, schemas=(ITEMS, stuck)).notes == [
        Note("cannot_be_cleared", 0, R, "lines")
    ]


def test_lists_that_meet_for_the_first_time() -> None:
    assert lines(ONE, TWO[::-1], None, None) == Merged()
    assert lines(ONE, [TWO[1]], None, None, directions={R}).to_right == {
        "lines": [row(None, "紙", kind="item"), TWO[1]]
    }
    assert lines([], TWO, None, None).to_left == {"lines": [row(None, "紙"), row(None, "墨")]}
    asked = lines(ONE, [TWO[1]], None, None)
    assert asked.conflicts == [Conflict(0, "lines", "lines", None, None, ONE, [TWO[1]])]
    won = lines(ONE, [TWO[1]], None, None, policy=ConflictPolicy.RIGHT)
    assert won.to_left == {"lines": [ONE[1]]}
    assert won.notes == [Note("overwritten", 0, L, "lines", ONE)]


def test_an_empty_list_at_the_first_meeting_in_one_direction() -> None:
    assert lines([], TWO, None, None, directions={R}).notes == [Note("empty_not_sent", 0, R, "lines")]
    clear = replace(LINES, when_empty=WhenEmpty.CLEAR)
    assert lines([], TWO, None, None, directions={R}, mapping=clear).to_right == {"lines": []}
    stuck = Schema("o", tuple(replace(f, clearable=False) for f in ITEMS.fields))
    told = lines([], TWO, None, None, directions={R}, mapping=clear, schemas=(ITEMS, stuck))
    assert told.notes == [Note("cannot_be_cleared", 0, R, "lines")]


def test_a_list_meets_one_that_nobody_read() -> None:
    assert lines(ONE, None, None, None).notes == [Note("not_read", 0, R, "lines")]
    assert len(lines(ONE, None, None, None, directions={R}).to_right["lines"]) == 2  # type: ignore[arg-type]
    assert lines(ONE, None, None, None, directions={L}) == Merged()
    assert lines([], None, None, None, directions={R}) == Merged()
    assert lines(None, None, ONE, TWO) == Merged()
    assert lines([row("1", "紙", 9), ONE[1]], None, ONE, TWO).to_right == {
        "lines": [row("a", "紙", 9, total=Decimal(5)), TWO[1]]
    }


def test_line_items_without_a_mapping_of_their_own_stay() -> None:
    assert lines([], TWO, ONE, TWO, mapping=MappingRow("lines", "lines")) == Merged()


def test_rows_that_differed_before_are_paired_in_order() -> None:
    """A service rewrote a cell, or an earlier difference was left: the edit still finds its row."""
    before = [row("a", "紙"), row("b", "墨(黒)")]
    merged = lines([ONE[0], row("2", "墨", 7)], before, ONE, before)
    assert merged.to_right == {"lines": [before[0], row("b", "墨(黒)", 7)]}


def test_a_row_without_partner_is_added_once_it_is_edited() -> None:
    base = [*ONE, row("3", "硯")]
    assert lines(base, TWO, base, TWO) == Merged()
    merged = lines([*ONE, row("3", "硯", 4)], TWO, base, TWO)
    assert merged.to_right == {"lines": [*TWO, row(None, "硯", 4, kind="item")]}
    removed = lines(ONE, TWO, base, TWO)  # the other side never had it: nothing to write, but told
    assert (removed.to_left, removed.to_right, [n.code for n in removed.notes]) == ({}, {}, ["overwritten"])


def test_rows_without_ids_are_known_by_content_then_by_order() -> None:
    base = [row(None, "紙"), row(None, "墨")]
    merged = lines([row(None, "墨"), row(None, "筆")], TWO, base, TWO)
    assert merged.to_right == {"lines": [row("a", "筆", total=Decimal(5)), TWO[1]]}


def test_cells_that_do_not_convert_are_refused() -> None:
    left = Schema("o", (replace(ITEMS.fields[0], fields=(Field("q", Kind.TEXT, "数", "Q"),)),))
    mapping = MappingRow("lines", "lines", rows=(MappingRow("q", "qty"), MappingRow(None, "kind", default="x")))
    number = Schema(
        "o", (replace(ITEMS.fields[0], fields=(ITEMS.fields[0].fields[1], Field("kind", Kind.INTEGER, "種", "K"))),)
    )
    rows = [Row("1", {"q": "多い"})]
    made, refused = fresh((mapping,), {"lines": rows}, L, left, number)
    assert made == {"lines": [Row(None, {})]}
    assert [e.code for e in refused] == ["value_not_convertible", "value_not_convertible"]
    base = [Row("1", {"q": "1"})], [Row("a", {"qty": Decimal(1)})]
    merged = lines(rows, base[1], *base, mapping=mapping, schemas=(left, number))
    assert [e.code for e in merged.refused] == ["value_not_convertible"]


def test_new_records_take_their_lines_along() -> None:
    one_way = replace(LINES, rows=(*INNER, MappingRow("total", "memo", Flow.TO_LEFT)))
    made, _ = fresh((one_way,), {"lines": [row("1", "紙", 2, memo="大")]}, L, ITEMS, ITEMS)
    assert made == {"lines": [row(None, "紙", 2, memo="大", kind="item")]}
    assert fresh((LINES,), {"lines": []}, L, ITEMS, ITEMS)[0] == {}
    assert fresh((LINES,), {}, L, ITEMS, ITEMS)[0] == {}
