"""Values against a schema, and a mapping against two, before anything is sent."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from choai.errors import catalogue
from choai.model.check import Problem, check, check_mapping
from choai.model.check_mapping import check_references
from choai.model.mapping import Flow, MappingRow, MatchKey, Side, WhenEmpty
from choai.model.schema import Choice, Field, Schema
from choai.model.values import Kind, Ref, Row, Value

L, R = Side.LEFT, Side.RIGHT
BOTH = frozenset(Side)


def field(kind: Kind, **facts: object) -> Field:
    return replace(Field("f", kind, "項目", "Field"), **facts)  # type: ignore[arg-type]  # named fields of Field


def codes(value: Value, known: Field, creating: bool = True) -> list[str]:
    return [e.code for e in check({"f": value}, Schema("o", (known,)), creating)]


AB = (Choice("a", "A"), Choice("b", "B"))
NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)


@pytest.mark.req("FK-18")
@pytest.mark.parametrize(
    ("known", "good", "bad", "code"),
    [
        (field(Kind.TEXT, max_length=3), "𠮷野家", "𠮷野家屋", "too_long"),
        (field(Kind.TEXT, min_length=2), "ab", "a", "too_short"),
        (field(Kind.TEXT, pattern="T[0-9]{13}"), "T1234567890123", "T123", "pattern_mismatch"),
        (field(Kind.EMAIL), "a@example.jp", 5, "value_not_convertible"),
        (field(Kind.INTEGER, minimum="1", maximum="9"), 1, 0, "out_of_range"),
        (field(Kind.INTEGER, minimum="1", maximum="9"), 9, 10, "out_of_range"),
        (field(Kind.INTEGER), 1, Decimal("1.5"), "value_not_convertible"),
        (field(Kind.INTEGER), 1, True, "value_not_convertible"),
        (field(Kind.DECIMAL), Decimal("1.5"), Decimal("NaN"), "out_of_range"),
        (field(Kind.DECIMAL, decimals=2), Decimal("1.250"), Decimal("1.255"), "too_many_decimals"),
        (field(Kind.MONEY, decimals=0), Decimal("1E+3"), Decimal("0.1"), "too_many_decimals"),
        (field(Kind.MONEY), 5, "5", "value_not_convertible"),
        (field(Kind.CHOICE, choices=AB), "a", "c", "not_a_choice"),
        (field(Kind.CHOICE), "anything", 5, "value_not_convertible"),
        (field(Kind.CHOICES, choices=AB), ["a", "b"], ["a", "c"], "not_a_choice"),
        (field(Kind.CHOICES), ["x"], "x", "value_not_convertible"),
        (field(Kind.CHOICES), ["x"], [Ref("x")], "value_not_convertible"),
        (field(Kind.BOOLEAN), False, 0, "value_not_convertible"),
        (field(Kind.DATE), date(2026, 4, 1), NOON, "value_not_convertible"),
        (field(Kind.TIME), time(9), "09:00", "value_not_convertible"),
        (field(Kind.DATETIME), NOON, NOON.replace(tzinfo=None), "value_not_convertible"),
        (field(Kind.REFERENCE), Ref("1"), "1", "value_not_convertible"),
        (field(Kind.REFERENCES), [Ref("1")], ["1"], "value_not_convertible"),
        (field(Kind.REFERENCES), [Ref("1")], Ref("1"), "value_not_convertible"),
        (field(Kind.ROWS), [Row(None, {})], "x", "value_not_convertible"),
        (field(Kind.ROWS), [], ["x"], "value_not_convertible"),
    ],
)
def test_a_value_that_fits_and_one_that_does_not(known: Field, good: Value, bad: Value, code: str) -> None:
    assert codes(good, known) == []
    assert codes(bad, known) == [code]


def test_errors_name_the_field_in_both_languages_and_the_measure() -> None:
    (error,) = check({"f": "abcd"}, Schema("o", (field(Kind.TEXT, max_length=3),)), True)
    assert error.facts == {
        "field": "f",
        "field_ja": "項目",
        "field_en": "Field",
        "length": 4,
        "max": 3,
        "value": "abcd",
    }


def test_people_read_labels_in_their_language() -> None:
    (error,) = check({"f": "abcd"}, Schema("o", (field(Kind.TEXT, max_length=3),)), True)
    assert "項目" in error.text("ja")["cause"]
    assert "Field" in error.text("en")["cause"]


def test_all_faults_are_told_at_once() -> None:
    assert codes("a", field(Kind.TEXT, min_length=2, pattern="[0-9]+")) == ["too_short", "pattern_mismatch"]


def test_required_fields() -> None:
    required = field(Kind.TEXT, required=True)
    schema = Schema("o", (required,))
    assert [e.code for e in check({}, schema, True)] == ["required_missing"]
    assert check({}, schema, False) == []
    for creating in (True, False):
        assert codes("", required, creating) == ["required_missing"]
    default = replace(required, has_default=True)
    assert check({}, Schema("o", (default,)), True) == []
    assert codes(None, default, True) == []
    assert codes(None, default, False) == ["required_missing"]
    assert check({}, Schema("o", (replace(required, on_create=False),)), True) == []


def test_what_may_not_be_written() -> None:
    assert codes("x", field(Kind.TEXT, on_create=False)) == ["not_writable"]
    assert codes("x", field(Kind.TEXT, on_update=False)) == []
    assert codes("x", field(Kind.TEXT, on_update=False), False) == ["not_writable"]
    assert codes([Ref("1")], field(Kind.FILES)) == ["not_writable"]
    assert codes(None, field(Kind.TEXT, clearable=False), False) == ["cannot_be_cleared"]
    assert codes(None, field(Kind.TEXT, clearable=False), True) == []
    (error,) = check({"g": 1}, Schema("o", ()), True)
    assert (error.code, error.facts) == ("field_not_found", {"field": "g"})


CELLS = (
    Field("item", Kind.TEXT, "品目", "Item", required=True, max_length=2),
    Field("total", Kind.DECIMAL, "計", "Total", on_create=False, on_update=False),
)
ITEMS = Schema("o", (Field("lines", Kind.ROWS, "明細", "Lines", fields=CELLS),))


def test_line_items_are_checked_row_by_row() -> None:
    rows: list[Row] = [
        Row(None, {"item": "紙"}),
        Row(None, {}),
        Row("1", {"item": "長い品目", "total": Decimal(1), "x": 1}),
    ]
    errors = check({"lines": rows}, ITEMS, True)
    assert [(e.code, e.facts["row"], e.facts["field"]) for e in errors] == [
        ("required_missing", 2, "lines/item"),
        ("too_long", 3, "lines/item"),
        ("field_not_found", 3, "lines/x"),
    ]
    assert errors[0].facts["field_ja"] == "明細/品目"
    assert errors[0].facts["field_en"] == "Lines/Item"
    assert "field_ja" not in errors[2].facts
    assert [e.code for e in check({"lines": [Row(None, {"item": "紙", "total": Decimal(1)})]}, ITEMS, True)] == [
        "not_writable"
    ]


def test_a_row_that_is_there_may_have_what_nobody_could_empty() -> None:
    """The row goes as a whole: what is empty in it is as the service has it."""
    cells = (*CELLS, Field("section", Kind.TEXT, "部門", "Section", clearable=False))
    schema = Schema("o", (Field("lines", Kind.ROWS, "明細", "Lines", fields=cells),))
    assert check({"lines": [Row("1", {"item": "紙", "section": None})]}, schema, False) == []
    assert [e.code for e in check({"lines": [Row("1", {"item": None})]}, schema, False)] == ["required_missing"]


# ---------------------------------------------------------------- mappings

LEFT = Schema(
    "app:1",
    (
        Field("name", Kind.TEXT, "取引先名", "Name", required=True),
        Field("memo", Kind.LONG_TEXT, "備考", "Memo"),
        Field("day", Kind.DATE, "日付", "Day"),
        Field("calc", Kind.DECIMAL, "計算", "Calc", on_create=False, on_update=False),
        Field("key", Kind.TEXT, "ID", "ID", unique=True),
        Field("file", Kind.FILES, "添付", "Files"),
        Field("lines", Kind.ROWS, "明細", "Lines", fields=CELLS),
    ),
)
RIGHT = Schema(
    "partner",
    (
        Field("name", Kind.TEXT, "名前", "Name", required=True),
        Field("short", Kind.TEXT, "略称", "Short"),
        Field("code", Kind.TEXT, "コード", "Code", on_update=False),
        Field("count", Kind.INTEGER, "数", "Count"),
        Field("id", Kind.INTEGER, "ID", "ID", on_create=False, on_update=False),
        Field("lines", Kind.ROWS, "明細", "Lines", fields=CELLS),
    ),
)
NAME = MappingRow("name", "name")


def problems(
    *rows: MappingRow, directions: frozenset[Side] = BOTH, **more: object
) -> list[tuple[str, int | None, str]]:
    found = check_mapping((NAME, *rows), LEFT, RIGHT, directions, **more)  # type: ignore[arg-type]  # keys, unique_on
    assert {p.code for p in found} <= set(catalogue())
    return [(p.code, p.row, p.severity) for p in found]


def test_a_good_mapping_has_no_problems() -> None:
    rows = (
        MappingRow("memo", "short", Flow.TO_LEFT),
        MappingRow("key", "id", Flow.TO_LEFT, write_back=True),
        MappingRow("day", "code", Flow.TO_RIGHT, only_on_create=True),
        MappingRow(None, "count", default="5"),
        MappingRow("lines", "lines", rows=(MappingRow("item", "item"),), when_empty=WhenEmpty.CLEAR),
    )
    keys = (MatchKey("name", "name", "name"),)
    assert problems(*rows, keys=keys, unique_on=frozenset({L})) == []


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (MappingRow("gone", "short"), ("field_not_found", 1, "error")),
        (MappingRow(None, None), ("mapping_row_empty", 1, "error")),
        (MappingRow("calc", "short"), ("not_writable", 1, "error")),
        (MappingRow("file", "short", Flow.TO_LEFT), ("not_writable", 1, "error")),
        (MappingRow("day", "code", Flow.TO_RIGHT), ("fixed_after_create", 1, "warning")),
        (MappingRow("day", "count", Flow.TO_RIGHT), ("kinds_not_convertible", 1, "error")),
        (MappingRow("memo", "short"), ("line_ends_lost", 1, "warning")),
        (MappingRow(None, "count", default="x"), ("value_not_convertible", 1, "error")),
        (MappingRow(None, "count"), ("constant_without_value", 1, "error")),
        (MappingRow("key", "short", converter="telepathy"), ("converter_unknown", 1, "error")),
        (MappingRow("key", "short", converter="constant", options={"value": "x"}), ("converter_one_way", 1, "error")),
        (MappingRow("key", "short", converter="choice_map"), ("converter_options", 1, "error")),
        (MappingRow("lines", "lines"), ("rows_unmapped", 1, "error")),
        (MappingRow("key", "name", Flow.TO_RIGHT), ("fed_twice", 1, "error")),
    ],
)
def test_a_row_with_a_problem(row: MappingRow, problem: tuple[str, int, str]) -> None:
    assert problem in problems(row)


def test_a_converter_widens_and_narrows_what_may_meet() -> None:
    day = MappingRow("day", "short", converter="date_format")
    assert problems(day) == []
    assert ("kinds_not_convertible", 1, "error") in problems(MappingRow("day", "short", converter="prefecture"))
    assert ("kinds_not_convertible", 1, "error") in problems(MappingRow("lines", "lines", converter="trim"))
    assert ("kinds_not_convertible", 1, "error") in problems(MappingRow("lines", "short"))


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"table": {}}, ["table"]),
        ({"table": {"a": 1}}, ["table"]),
        ({"table": "a=1"}, ["table"]),
        ({"table": {"a": "1"}, "other": "guess"}, ["other"]),
        ({"table": {"a": "1"}, "other": 5}, ["other"]),
        ({"table": {"a": "1"}, "colour": "red"}, ["colour"]),
        ({"table": {"a": "1"}, "other": "keep", "zone": "UTC"}, []),
    ],
)
def test_options_of_a_converter(options: dict[str, object], wrong: list[str]) -> None:
    row = MappingRow("key", "short", converter="choice_map", options=options)
    found = check_mapping((NAME, row), LEFT, RIGHT, BOTH)
    assert [p.facts["option"] for p in found] == wrong


def test_a_flag_is_a_truth() -> None:
    row = MappingRow("key", "short", converter="boolean_map", options={"true": "1", "empty_is_false": "yes"})
    assert [p.facts["option"] for p in check_mapping((NAME, row), LEFT, RIGHT, BOTH)] == ["empty_is_false"]
    row = replace(row, options={"true": "1", "empty_is_false": True})
    assert check_mapping((NAME, row), LEFT, RIGHT, BOTH) == []


@pytest.mark.req("FK-66")
def test_a_required_field_that_nothing_feeds() -> None:
    found = check_mapping((), LEFT, RIGHT, BOTH)
    assert [(p.code, p.row, p.facts["side"], p.facts["field"]) for p in found] == [
        ("required_unmapped", None, "left", "name"),
        ("required_unmapped", None, "right", "name"),
    ]
    assert [p.facts["side"] for p in check_mapping((), LEFT, RIGHT, {R})] == ["right"]
    assert [
        p.facts["side"] for p in check_mapping((MappingRow("name", "name", Flow.TO_RIGHT),), LEFT, RIGHT, BOTH)
    ] == ["left"]


def test_a_direction_that_is_not_used_is_of_no_consequence() -> None:
    assert problems(MappingRow("calc", "count"), directions=frozenset({R})) == []


def test_a_write_back_row_for_both_writes_the_side_that_can_be_written() -> None:
    assert problems(MappingRow("key", "id", write_back=True)) == []
    assert ("not_writable", 1, "error") in problems(MappingRow("calc", "id", Flow.TO_LEFT, write_back=True))


def test_line_items_have_a_mapping_of_their_own() -> None:
    row = MappingRow("lines", "lines", Flow.TO_RIGHT, rows=(MappingRow("item", "total"),))
    found = check_mapping((NAME, row), LEFT, RIGHT, BOTH)
    assert found == [
        Problem(
            "not_writable",
            1,
            "error",
            {"field": "total", "field_ja": "計", "field_en": "Total", "side": "right", "inner": 0, "inside": "lines"},
        ),
        Problem(
            "required_unmapped",
            1,
            "error",
            {
                "field": "item",
                "field_ja": "品目",
                "field_en": "Item",
                "side": "right",
                "inner": None,
                "inside": "lines",
            },
        ),
    ]


@pytest.mark.req("FK-65")
def test_a_side_that_is_recognised_by_a_unique_field_needs_one() -> None:
    row = MappingRow("key", "id", Flow.TO_LEFT, write_back=True)
    assert problems(unique_on=frozenset({L})) == [("key_field_missing", None, "error")]
    assert problems(row, unique_on=frozenset({L})) == []
    assert problems(MappingRow("key", None, default="x"), unique_on=frozenset({L})) == [
        ("key_field_missing", None, "error")
    ]


def test_match_keys_name_fields_that_exist() -> None:
    keys = (MatchKey("name", "name"), MatchKey("gone", "name"), MatchKey("name", "gone"))
    assert problems(keys=keys) == [("match_key_missing", None, "error")] * 2


def test_a_reference_between_objects_that_no_sync_pairs_is_told_inside_rows_too() -> None:
    def document(item: str, owner: str | None) -> Schema:
        cells = (Field("item", Kind.REFERENCE, "品目", "Item", target=item), field(Kind.TEXT))
        lines = Field("lines", Kind.ROWS, "明細", "Lines", fields=cells)
        return Schema("o", (field(Kind.TEXT), Field("who", Kind.REFERENCE, "担当", "Owner", target=owner), lines))

    inner = (MappingRow("f", "f"), MappingRow("item", "item"))
    rows = (MappingRow("f", "f"), MappingRow("who", "who"), MappingRow("lines", "lines", rows=inner))

    def told(tied: set[tuple[str, str]], owner: str | None = "user") -> list[tuple[object, ...]]:
        found = check_references(rows, document("product", owner), document("item", owner), tied)
        assert {(p.code, p.severity) for p in found} <= {("reference_not_synced", "warning")}
        return [(p.row, p.facts.get("inside"), p.facts["field_ja"], p.facts["target"], p.facts["other"]) for p in found]

    owner, item = (1, None, "担当", "user", "user"), (2, "lines", "品目", "product", "item")
    assert told(set()) == [owner, item]
    assert told({("user", "user")}) == [item]
    assert told({("user", "user"), ("item", "product")}) == [item]  # the other way round is something else
    assert told({("user", "user"), ("product", "item")}) == []
    assert told({("product", "item")}, owner=None) == []  # points to nothing that could be synced: its id goes as it is
