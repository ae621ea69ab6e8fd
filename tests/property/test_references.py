"""Rows that hold references, through the translation and the merge: an edit of one row on one side and of another row on the
other both survive, each side in its own ids, and what is read again is what was agreed on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from choai.connectors.contract import Done, Item, ObjectSpec, Op, Page, Refused, Window
from choai.engine.context import Context
from choai.engine.ports import End, Link
from choai.engine.references import refer
from choai.model.mapping import ConflictPolicy, MappingRow, Side, WhenEmpty
from choai.model.merge import Merged, merge
from choai.model.record import Record
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Row, Value

CELLS = (
    Field("item", Kind.REFERENCE, "品目", "Item", target="item"),
    Field("tags", Kind.REFERENCES, "タグ", "Tags", target="tag"),
    Field("count", Kind.DECIMAL, "数量", "Quantity"),
    Field("account", Kind.REFERENCE, "勘定科目", "Account", target="account"),  # not mapped
)
SCHEMA = Schema("o", (Field("lines", Kind.ROWS, "明細", "Lines", fields=CELLS),))
INNER = tuple(MappingRow(name, name) for name in ("item", "tags", "count"))
MAPPING = (MappingRow("lines", "lines", rows=INNER, when_empty=WhenEmpty.CLEAR),)
IDS = [str(n) for n in range(1, 9)]  # of the left side; the right one's begin with the letter of their object
LETTER = {Side.LEFT: {"item": "", "tag": ""}, Side.RIGHT: {"item": "i", "tag": "t"}}


@dataclass
class Shelf:
    """A service with one record. Rows get ids there, unless it has none."""

    rows: list[Row]
    gives_ids: bool
    given: int = 100

    async def read(self, *_: object) -> Page:
        return Page([Record("1", {"lines": list(self.rows)})])

    async def write(self, _: object, __: str, op: Op, items: list[Item]) -> list[Done]:
        (item,) = items
        kept: list[Row] = []
        for row in cast("list[Row]", item.values["lines"]):
            self.given += 1
            kept.append(Row(row.id or (str(self.given) if self.gives_ids else None), row.values))
        self.rows = kept
        return [Done(item.ref, Record("1", {"lines": list(kept)}), False)]


def finished(call: Coroutine[Any, Any, Any]) -> Any:
    """The answer of a coroutine that never waits."""
    try:
        call.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("it waits")


def partners(_: int, objects: tuple[str, str], side: Side, ids: list[str]) -> dict[str, str]:
    """Everybody is bound but the last of the left side's, and whatever the right side has of its own."""
    letter = LETTER[Side.RIGHT][objects[1]]
    pairs = {id: f"{letter}{id}" for id in IDS[:-1]}
    known = pairs if side is Side.LEFT else {b: a for a, b in pairs.items()}
    return {id: known[id] for id in ids if id in known}


async def call(function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)


def ends(shelves: dict[Side, Shelf]) -> dict[Side, End]:
    """Both services as a run reaches them."""
    spec = ObjectSpec("o", "書類", "document", "invoice")
    service: Any = SimpleNamespace(ja="s", en="s")
    session: Any = None
    ports: Any = SimpleNamespace(call=call, ledger=SimpleNamespace(partners=partners))
    known: Any = SimpleNamespace(rows=MAPPING, schemas=dict.fromkeys(Side, SCHEMA))
    run: Any = SimpleNamespace(pairing_id=1)
    links = {side: Link(1, "c", service, cast("Any", shelf), session, None) for side, shelf in shelves.items()}
    ctx = Context(run, {side: End(side, "o", link, spec) for side, link in links.items()}, ports, known)
    return refer(ctx)


def rows_of(end: End) -> list[Row]:
    page: Page = finished(end.read(Window()))
    return cast("list[Row]", page.records[0].values["lines"])


def put(end: End, rows: list[Row]) -> Any:
    write = end.link.connector.write(end.link.session, "o", Op.UPDATE, [Item("1", {"lines": rows}, id="1")])
    return finished(write)[0]


def cell(side: Side, kind: str, id: str) -> Ref:
    return Ref(LETTER[side][kind] + id, f"{kind}{id}")


def made(side: Side, number: int, item: str, tags: list[str], *, ids: bool) -> Row:
    values: dict[str, Value] = {
        "item": cell(side, "item", item),
        "tags": [cell(side, "tag", tag) for tag in tags],
        "count": Decimal(number + 1),
        "account": Ref(f"{side.value}{number}"),
    }
    return Row(f"r{number}" if ids else None, values)


def merged(now: dict[Side, list[Row]], base: dict[Side, list[Row]]) -> Merged:
    values = {f"base_{side.value}": {"lines": base[side]} for side in Side}
    values |= {side.value: {"lines": now[side]} for side in Side}
    both: Any = values
    return merge(MAPPING, SCHEMA, SCHEMA, directions=frozenset(Side), policy=ConflictPolicy.ASK, **both)


def by_count(held: list[Row], count: int) -> Row:
    return next(row for row in held if row.values["count"] == count)


@st.composite
def documents(draw: st.DrawFn) -> tuple[dict[Side, Shelf], int]:
    """The same lines on both sides, with row ids or without."""
    count = draw(st.integers(2, 5))
    cells = [
        (draw(st.sampled_from(IDS[:4])), draw(st.lists(st.sampled_from(IDS[:4]), max_size=2, unique=True)))
        for _ in range(count)
    ]
    shelves = {}
    for side in Side:
        ids = draw(st.booleans())
        rows = [made(side, n, item, tags, ids=ids) for n, (item, tags) in enumerate(cells)]
        shelves[side] = Shelf(rows, ids)
    return shelves, count


@settings(max_examples=150)
@given(data=st.data())
def test_edits_of_two_rows_both_survive_in_each_sides_own_ids(data: st.DataObject) -> None:
    shelves, count = data.draw(documents())
    both = ends(shelves)
    base = {side: rows_of(both[side]) for side in Side}
    assert merged(base, base) == Merged()
    mine, theirs = data.draw(st.permutations(range(1, count + 1)))[:2]
    for side, which, id in ((Side.LEFT, mine, IDS[4]), (Side.RIGHT, theirs, IDS[5])):
        edited: dict[str, Value] = {"item": cell(side, "item", id), "tags": [cell(side, "tag", id)]}
        shelves[side].rows = [
            Row(row.id, {**row.values, **edited} if row.values["count"] == which else row.values)
            for row in shelves[side].rows
        ]
    now = {side: rows_of(both[side]) for side in Side}
    found = merged(now, base)
    assert not found.conflicts
    for side in Side:
        assert isinstance(put(both[side], cast("list[Row]", found.to(side)["lines"])), Done)
    for side in Side:
        held = shelves[side].rows
        assert len(held) == count
        for which, id in ((mine, IDS[4]), (theirs, IDS[5])):
            row = by_count(held, which)
            assert (row.values["item"], row.values["tags"]) == (cell(side, "item", id), [cell(side, "tag", id)])
        assert [by_count(held, n + 1).values["account"] for n in range(count)] == [
            Ref(f"{side.value}{n}") for n in range(count)
        ], "a column that is not mapped keeps the ids it had"
    now = {side: rows_of(both[side]) for side in Side}
    assert merged(now, now) == Merged()


@settings(max_examples=100)
@given(data=st.data())
def test_a_row_whose_item_nobody_knows_stops_on_its_way_and_stays_where_it_is(data: st.DataObject) -> None:
    shelves, count = data.draw(documents())
    both = ends(shelves)
    base = {side: rows_of(both[side]) for side in Side}
    which = data.draw(st.integers(1, count))
    side = data.draw(st.sampled_from(Side))
    stranger = Ref(IDS[-1] if side is Side.LEFT else "i-own", "知らない品目")
    shelves[side].rows = [
        Row(row.id, {**row.values, "item": stranger} if row.values["count"] == which else row.values)
        for row in shelves[side].rows
    ]
    now = {s: rows_of(both[s]) for s in Side}
    change = cast("list[Row]", merged(now, base).to(side.other)["lines"])
    before = list(shelves[side.other].rows)
    refused = put(both[side.other], change)
    assert isinstance(refused, Refused)
    assert (refused.error.code, refused.error.facts["name"]) == ("blocked_by", "知らない品目")
    assert refused.error.facts["field"] == "lines/item"
    assert shelves[side.other].rows == before
    # sent back to the side that has it, for a neighbour's sake, it is as it was
    assert isinstance(put(both[side], now[side]), Done)
    assert by_count(shelves[side].rows, which).values["item"] == stranger
