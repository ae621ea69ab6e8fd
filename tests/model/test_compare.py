"""Two records laid side by side: equal after conversion, nothing excused; and what goes into the sums."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from choai.model.compare import amounts, axes, compared, gaps
from choai.model.mapping import Flow, MappingRow, Side
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Row


def schema(*fields: Field) -> Schema:
    return Schema("x", fields)


def one(name: str, kind: Kind = Kind.TEXT, **facts: Any) -> Field:
    return Field(name, kind, name, name, **facts)


def differs(left: Any, right: Any, kinds: tuple[Kind, Kind] = (Kind.TEXT, Kind.TEXT), **row: Any) -> bool:
    pairs = compared((MappingRow("a", "b", **row),), schema(one("a", kinds[0])), schema(one("b", kinds[1])))
    return bool(gaps(pairs, {"a": left}, {"b": right}))


@pytest.mark.parametrize(
    ("left", "right", "kinds", "expected"),
    [
        ("x", "x", (Kind.TEXT, Kind.TEXT), False),
        ("x", "y", (Kind.TEXT, Kind.TEXT), True),
        ("", None, (Kind.TEXT, Kind.TEXT), False),
        ("x", None, (Kind.TEXT, Kind.TEXT), True),
        (None, "x", (Kind.TEXT, Kind.TEXT), True),
        ("a\r\nb", "a\nb", (Kind.LONG_TEXT, Kind.LONG_TEXT), False),
        (Decimal("1.50"), Decimal("1.5"), (Kind.MONEY, Kind.MONEY), False),
        (Decimal("1.50"), "1.5", (Kind.DECIMAL, Kind.TEXT), False),
        (Decimal(0), None, (Kind.MONEY, Kind.MONEY), True),
        (Ref("1", "甲"), Ref("1", "乙"), (Kind.REFERENCE, Kind.REFERENCE), False),
    ],
)
def test_values_are_compared_after_conversion(left: Any, right: Any, kinds: tuple[Kind, Kind], expected: bool) -> None:
    assert differs(left, right, kinds) is expected


@pytest.mark.parametrize("direction", list(Flow))
def test_a_one_way_row_is_compared_like_any_other(direction: Flow) -> None:
    assert differs("x", "y", direction=direction)
    assert not differs("x", "x", direction=direction)


def test_what_only_fills_new_records_is_left_out_and_what_comes_back_is_not() -> None:
    rows = (
        MappingRow("a", "b", only_on_create=True),
        MappingRow(None, "b", default="constant"),
        MappingRow("id", "b", Flow.TO_LEFT, write_back=True),
        MappingRow("a", "c"),
    )
    pairs = compared(rows, schema(one("a"), one("id")), schema(one("b"), one("c")))
    assert [p.index for p in pairs] == [2, 3]
    assert [g.pair.index for g in gaps(pairs, {"id": "1", "a": "x"}, {"b": "2", "c": "x"})] == [2]


def test_a_field_nobody_read_is_a_gap_of_its_own() -> None:
    pairs = compared((MappingRow("a", "b"),), schema(one("a")), schema(one("b")))
    assert [g.unread for g in gaps(pairs, {}, {"b": None})] == [True]
    assert [g.unread for g in gaps(pairs, {"a": "x"}, {})] == [True]


def test_rows_are_compared_by_what_they_say_not_by_their_ids_or_order() -> None:
    inner = (one("t"), one("n", Kind.DECIMAL))
    row = MappingRow("a", "a", rows=(MappingRow("t", "t"), MappingRow("n", "n")))
    known = schema(one("a", Kind.ROWS, fields=inner))
    pairs = compared((row,), known, known)

    def lines(*values: tuple[str, int]) -> dict[str, Any]:
        return {"a": [Row(str(i), {"t": t, "n": Decimal(n)}) for i, (t, n) in enumerate(values)]}

    assert not gaps(pairs, lines(("x", 1), ("y", 2)), lines(("y", 2), ("x", 1)))
    assert gaps(pairs, lines(("x", 1), ("y", 2)), lines(("x", 1)))
    assert gaps(pairs, lines(("x", 1), ("x", 1)), lines(("x", 1), ("y", 1)))
    assert gaps(pairs, {"a": []}, lines(("x", 1)))


def test_what_is_summed_and_by_what() -> None:
    left = schema(
        one("amount", Kind.MONEY), one("who", Kind.REFERENCE, target="partners"), one("at", Kind.DATETIME),
        one("cur", role="deal.currency"), one("count", Kind.INTEGER), one("name", role="partner.name"),
    )  # fmt: skip
    right = schema(
        one("total", Kind.DECIMAL), one("partner", role="invoice.partner_name"), one("day", Kind.DATE), one("cur"),
        one("count", Kind.INTEGER), one("name"),
    )  # fmt: skip
    names = (
        ("name", "name"),
        ("amount", "total"),
        ("who", "partner"),
        ("at", "day"),
        ("cur", "cur"),
        ("count", "count"),
    )
    pairs = compared(tuple(MappingRow(a, b) for a, b in names), left, right)
    found = axes(pairs)
    assert [p.left.name for p in found.amounts] == ["amount"]
    values = {
        "amount": Decimal("1.10"),
        "who": Ref("7", "青空"),
        "at": datetime(2026, 10, 31, 15, 30, tzinfo=UTC),
        "cur": "JPY",
    }
    (one_left,) = amounts(found, Side.LEFT, values, "Asia/Tokyo")
    there = {"total": Decimal("1.1"), "partner": "青空", "day": date(2026, 11, 1), "cur": "JPY"}
    (one_right,) = amounts(found, Side.RIGHT, there, "Asia/Tokyo")
    assert one_left == one_right
    assert (one_left.month, one_left.partner, one_left.currency) == ("2026-11", "青空", "JPY")
    assert amounts(found, Side.RIGHT, {"total": None}, "UTC") == []
    assert [(a.partner, a.month) for a in amounts(found, Side.RIGHT, {"total": Decimal(1)}, "UTC")] == [("", "")]


def test_a_partners_own_name_is_no_group() -> None:
    pairs = compared((MappingRow("name", "name"),), schema(one("name", role="partner.name")), schema(one("name")))
    assert axes(pairs).partner is None
