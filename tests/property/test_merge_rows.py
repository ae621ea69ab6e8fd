"""Rows keep who they are: an edit of one row here and of another there both survive, whatever the services do to ids, order and
spelling; a row added here and one removed there too; order alone is no edit."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choai.model.mapping import ConflictPolicy, MappingRow, Side, WhenEmpty
from choai.model.merge import Merged, merge
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Row, Value

CODED = (
    Field("code", Kind.TEXT, "品番", "Code", unique=True),
    Field("item", Kind.TEXT, "品名", "Item"),
    Field("count", Kind.DECIMAL, "数量", "Quantity"),
    Field("note", Kind.TEXT, "備考", "Note"),
)
PLAIN = CODED[1:]
ITEMS = ("ねじ", "工賃", "送料", "部品ａ", "部品ｂ")


def schema(cells: Sequence[Field]) -> Schema:
    return Schema("o", (Field("lines", Kind.ROWS, "明細", "Lines", fields=tuple(cells)),))


def mapping(cells: Sequence[Field]) -> tuple[MappingRow, ...]:
    """The note is not mapped: either side has its own."""
    inner = tuple(MappingRow(c.name, c.name) for c in cells if c.name != "note")
    return (MappingRow("lines", "lines", rows=inner, when_empty=WhenEmpty.CLEAR),)


def rows(count: int, *, ids: str, coded: bool, note: str) -> list[Row]:
    made = []
    for n in range(count):
        values: dict[str, Value] = {"item": ITEMS[n], "count": Decimal(n + 1), "note": f"{note}{n}"}
        made.append(Row(f"{ids}{n}" if ids else None, {"code": f"A-{n}", **values} if coded else values))
    return made


def spelt(held: list[Row], rewrite: bool, turned: bool) -> list[Row]:
    """The rows as a service keeps them that widens texts and has an order of its own."""
    wide = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}

    def one(value: Value) -> Value:
        return value.translate(wide) + " " if rewrite and isinstance(value, str) else value

    kept = [Row(r.id, {n: one(v) if n == "item" else v for n, v in r.values.items()}) for r in held]
    return kept[::-1] if turned else kept


def changed(held: list[Row], which: Row | None, **values: Value) -> list[Row]:
    return [Row(r.id, {**r.values, **values}) if r is which else Row(r.id, dict(r.values)) for r in held]


def go(
    cells: Sequence[Field], base: dict[Side, list[Row]], now: dict[Side, list[Row]]
) -> tuple[Merged, dict[Side, list[Row]]]:
    known: dict[str, Any] = {
        "left": {"lines": now[Side.LEFT]}, "right": {"lines": now[Side.RIGHT]},
        "base_left": {"lines": base[Side.LEFT]}, "base_right": {"lines": base[Side.RIGHT]},
    }  # fmt: skip
    merged = merge(
        mapping(cells), schema(cells), schema(cells), directions=frozenset(Side), policy=ConflictPolicy.ASK, **known
    )
    held: dict[Side, Any] = {side: merged.to(side).get("lines", now[side]) for side in Side}
    return merged, held


def by_count(held: list[Row], count: int) -> Row:
    return next(r for r in held if r.values["count"] == count)


IDS = {"both": ("l", "r"), "left": ("l", ""), "right": ("", "r"), "neither": ("", "")}


@pytest.mark.parametrize("coded", [True, False], ids=["key", "no key"])
@pytest.mark.parametrize("named", IDS)
@settings(max_examples=50)
@given(data=st.data())
def test_an_edit_of_one_row_here_and_of_another_there_both_survive(
    named: str, coded: bool, data: st.DataObject
) -> None:
    count = data.draw(st.integers(2, 5))
    cells = CODED if coded else PLAIN
    ids = dict(zip(Side, IDS[named], strict=True))
    rewrite, turned = data.draw(st.booleans()), data.draw(st.booleans())
    base = {side: rows(count, ids=ids[side], coded=coded, note=side.value) for side in Side}
    base[Side.RIGHT] = spelt(base[Side.RIGHT], rewrite, turned)
    mine, theirs = data.draw(st.permutations(range(1, count + 1)))[:2]
    now = {
        Side.LEFT: changed(base[Side.LEFT], by_count(base[Side.LEFT], mine), item="左で直した"),
        Side.RIGHT: changed(base[Side.RIGHT], by_count(base[Side.RIGHT], theirs), item="右で直した"),
    }
    if data.draw(st.booleans()):
        now[Side.LEFT] = data.draw(st.permutations(now[Side.LEFT]))
    if data.draw(st.booleans()):
        now[Side.RIGHT] = data.draw(st.permutations(now[Side.RIGHT]))
    merged, held = go(cells, base, now)
    assert not merged.conflicts
    assert not merged.refused
    for side in Side:
        assert len(held[side]) == count
        assert by_count(held[side], mine).values["item"] == "左で直した"
        assert by_count(held[side], theirs).values["item"] == "右で直した"
        for n in range(count):  # what is not mapped stays with its row, and the row keeps its id
            row = by_count(held[side], n + 1)
            assert (row.values["note"], row.id) == (f"{side.value}{n}", f"{ids[side]}{n}" if ids[side] else None)
    again, _ = go(cells, held, held)
    assert again == Merged()


@pytest.mark.parametrize("named", IDS)
@settings(max_examples=50)
@given(data=st.data())
def test_a_row_added_here_and_one_removed_there_both_happen(named: str, data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 5))
    ids = dict(zip(Side, IDS[named], strict=True))
    base = {side: rows(count, ids=ids[side], coded=False, note=side.value) for side in Side}
    base[Side.RIGHT] = spelt(base[Side.RIGHT], data.draw(st.booleans()), data.draw(st.booleans()))
    adds = data.draw(st.sampled_from(Side))
    gone = data.draw(st.integers(1, count))
    fresh = Row(None if not ids[adds] else "new", {"item": "追加", "count": Decimal(99)})
    now = {
        adds: data.draw(st.permutations([*base[adds], fresh])),
        adds.other: [r for r in base[adds.other] if r.values["count"] != gone],
    }
    merged, held = go(PLAIN, base, now)
    assert not merged.conflicts
    for side in Side:
        assert sorted(str(r.values["count"]) for r in held[side]) == sorted(
            [*(str(n + 1) for n in range(count) if n + 1 != gone), "99"]
        )


@pytest.mark.parametrize("named", IDS)
@settings(max_examples=50)
@given(data=st.data())
def test_order_alone_is_no_edit(named: str, data: st.DataObject) -> None:
    ids = dict(zip(Side, IDS[named], strict=True))
    base = {side: rows(5, ids=ids[side], coded=False, note=side.value) for side in Side}
    base[Side.RIGHT] = spelt(base[Side.RIGHT], data.draw(st.booleans()), data.draw(st.booleans()))
    now = {side: data.draw(st.permutations(base[side])) for side in Side}
    merged, _ = go(PLAIN, base, now)
    assert merged == Merged()


@pytest.mark.parametrize("known_to_both", [True, False])
def test_rows_removed_where_the_other_side_never_knew_them_are_told(known_to_both: bool) -> None:
    """Removed on the right, new on the left: nothing there can be removed, and that is no silence."""
    held = rows(2, ids="l", coded=False, note="l")
    known: dict[str, Any] = {
        "left": {"lines": held}, "right": {"lines": []}, "base_left": {"lines": []} if known_to_both else {},
        "base_right": {"lines": rows(2, ids="r", coded=False, note="r")},
    }  # fmt: skip
    merged = merge(
        mapping(PLAIN), schema(PLAIN), schema(PLAIN), directions=frozenset(Side), policy=ConflictPolicy.ASK, **known
    )
    assert [r.values["item"] for r in merged.to_right["lines"]] == ["ねじ", "工賃"]  # type: ignore[union-attr]  # rows
    assert [(n.code, n.side) for n in merged.notes] == [("overwritten", Side.RIGHT)]
