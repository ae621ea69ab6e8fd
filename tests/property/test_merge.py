"""Whatever the values: a merge is symmetric, idempotent, and drops nothing without saying so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from choai.model.convert import equal
from choai.model.mapping import ConflictPolicy, Flow, MappingRow, Side, WhenEmpty
from choai.model.merge import Merged, fresh, merge
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Row, Value, is_empty

NAMES = ("a", "b", "c")
MIRROR_FLOW = {Flow.BOTH: Flow.BOTH, Flow.TO_LEFT: Flow.TO_RIGHT, Flow.TO_RIGHT: Flow.TO_LEFT}
MIRROR_POLICY = {
    ConflictPolicy.LEFT: ConflictPolicy.RIGHT,
    ConflictPolicy.RIGHT: ConflictPolicy.LEFT,
    ConflictPolicy.NEWEST: ConflictPolicy.NEWEST,
    ConflictPolicy.ASK: ConflictPolicy.ASK,
}

values = st.sampled_from([None, "", "x", "y", "z"])
records = st.dictionaries(st.sampled_from(NAMES), values)
maybe_records = st.none() | records
mappings = st.builds(
    lambda flows, empties: tuple(
        MappingRow(n, n, flow, when_empty=empty) for n, flow, empty in zip(NAMES, flows, empties, strict=True)
    ),
    st.tuples(*[st.sampled_from(Flow)] * 3),
    st.tuples(*[st.sampled_from(WhenEmpty)] * 3),
)
schemas = st.builds(
    lambda clear, update: Schema(
        "o",
        tuple(
            Field(n, Kind.TEXT, n, n, clearable=c, on_update=u) for n, c, u in zip(NAMES, clear, update, strict=True)
        ),
    ),
    st.tuples(*[st.booleans()] * 3),
    st.tuples(*[st.sampled_from([True, True, True, False])] * 3),
)
rules = st.fixed_dictionaries(
    {
        "directions": st.frozensets(st.sampled_from(Side)),
        "policy": st.sampled_from(ConflictPolicy),
        "newer": st.none() | st.sampled_from(Side),
    }
)
ends = st.fixed_dictionaries(
    {"left": maybe_records, "right": maybe_records, "base_left": maybe_records, "base_right": maybe_records}
)
Given = Mapping[str, object]


def run(rows: tuple[MappingRow, ...], left: Schema, right: Schema, end: Given, rule: Given) -> Merged:
    return merge(rows, left, right, **end, **rule)  # type: ignore[arg-type]  # drawn by name


def after(end: Given, merged: Merged, *, rebase: bool) -> dict[str, object]:
    """The records once the merge is written; with ``rebase`` the bases are what both sides hold then, but for conflicts."""
    out: dict[str, object] = {}
    asked = {c.left_field for c in merged.conflicts}
    for side in Side:
        before, base = end[side.value], end[f"base_{side.value}"]
        assert before is None or isinstance(before, dict)
        assert base is None or isinstance(base, dict)
        held = {**(base or {}), **(before or {}), **merged.to(side)}
        known = before is not None or merged.to(side)
        out[side.value] = {**(before or {}), **merged.to(side)} if known else None
        kept = {n: v for n, v in (base or {}).items() if n in asked}
        out[f"base_{side.value}"] = {**{n: v for n, v in held.items() if n not in asked}, **kept} if rebase else base
    return out


@given(mappings, schemas, schemas, ends, rules)
def test_swapping_the_sides_swaps_the_outcome(
    rows: tuple[MappingRow, ...], left: Schema, right: Schema, end: Given, rule: dict[str, object]
) -> None:
    there = run(rows, left, right, end, rule)
    swapped = {
        "left": end["right"],
        "right": end["left"],
        "base_left": end["base_right"],
        "base_right": end["base_left"],
    }
    newer, policy, directions = rule["newer"], rule["policy"], rule["directions"]
    assert isinstance(newer, Side | None)
    assert isinstance(policy, ConflictPolicy)
    assert isinstance(directions, frozenset)
    mirrored = {
        "directions": frozenset(side.other for side in directions),
        "policy": MIRROR_POLICY[policy],
        "newer": newer.other if newer else None,
    }
    back = run(tuple(replace(r, direction=MIRROR_FLOW[r.direction]) for r in rows), right, left, swapped, mirrored)
    assert (back.to_left, back.to_right) == (there.to_right, there.to_left)
    assert [(c.row, c.left, c.right) for c in back.conflicts] == [(c.row, c.right, c.left) for c in there.conflicts]
    assert {(n.code, n.row, n.side.other, n.value) for n in back.notes} == {
        (n.code, n.row, n.side, n.value) for n in there.notes
    }


def plain(*flows: Flow) -> tuple[MappingRow, ...]:
    return tuple(MappingRow(n, n, flow, when_empty=WhenEmpty.KEEP) for n, flow in zip(NAMES, flows, strict=True))


TEXTS = Schema("o", tuple(Field(n, Kind.TEXT, n, n) for n in NAMES))


@given(mappings, schemas, schemas, ends, rules, st.booleans())
@example(
    plain(Flow.BOTH, Flow.TO_LEFT, Flow.BOTH),
    TEXTS,
    TEXTS,
    {"left": None, "right": {"a": "x", "b": "x"}, "base_left": None, "base_right": None},
    {"directions": frozenset(Side), "policy": ConflictPolicy.LEFT, "newer": None},
    False,
)
def test_merging_the_outcome_writes_nothing(
    rows: tuple[MappingRow, ...], left: Schema, right: Schema, end: Given, rule: Given, rebase: bool
) -> None:
    """With the new base, and also without it: a crash between the write and the base sends nothing twice. What waited until its
    record is read may go then."""
    first = run(rows, left, right, end, rule)
    again = run(rows, left, right, after(end, first, rebase=rebase), rule)
    waited = {(n.side, n.field) for n in first.notes if n.code == "not_read"}
    for side in Side:
        assert {(side, name) for name in again.to(side)} <= waited
        assert not again.to(side).keys() & first.to(side).keys()
    if not rebase:
        assert again.conflicts == first.conflicts
    assert run(rows, left, right, end, rule) == first


@given(mappings, schemas, schemas, ends, rules)
def test_only_what_may_be_written_is_written(
    rows: tuple[MappingRow, ...], left: Schema, right: Schema, end: Given, rule: Given
) -> None:
    merged = run(rows, left, right, end, rule)
    directions = rule["directions"]
    assert isinstance(directions, frozenset)
    for side, schema in ((Side.LEFT, left), (Side.RIGHT, right)):
        for name, value in merged.to(side).items():
            row, known = rows[NAMES.index(name)], schema.get(name)
            assert known is not None
            assert side in directions
            assert row.direction.feeds(side)
            assert known.on_update
            assert value is not None or (known.clearable and row.when_empty is WhenEmpty.CLEAR)
    for conflict in merged.conflicts:
        assert directions == set(Side)
        assert rows[conflict.row].direction is Flow.BOTH


@given(mappings, schemas, schemas, ends, rules)
def test_an_edit_is_never_dropped_silently(
    rows: tuple[MappingRow, ...], left: Schema, right: Schema, end: Given, rule: Given
) -> None:
    merged = run(rows, left, right, end, rule)
    directions = rule["directions"]
    assert isinstance(directions, frozenset)
    for n, row in enumerate(rows):
        name = NAMES[n]
        said = {note.side for note in merged.notes if note.row == n}
        asked = any(c.row == n for c in merged.conflicts)
        for side in Side:
            now, base = end[side.value], end[f"base_{side.value}"]
            if not isinstance(now, dict) or not isinstance(base, dict) or name not in now or name not in base:
                continue
            if equal(now[name], base[name]):
                continue
            if name in merged.to(side):  # this edit lost
                assert side in said
            elif row.direction.feeds(side.other) and side.other in directions and not asked and not said:
                before, held = end[f"base_{side.other.value}"], end[side.other.value]
                target: dict[str, Value] = {}
                for known in (before, held, merged.to(side.other)):
                    target |= known if isinstance(known, dict) else {}
                assert name in target
                assert equal(target[name], now[name])


@given(mappings, schemas, schemas, records, records, rules)
def test_what_nobody_edited_never_flows(
    rows: tuple[MappingRow, ...], left: Schema, right: Schema, one: dict[str, Value], two: dict[str, Value], rule: Given
) -> None:
    """Also when the two sides differ: the base says that somebody let it be so."""
    full_one, full_two = dict.fromkeys(NAMES) | one, dict.fromkeys(NAMES) | two
    end = {"left": one, "right": two, "base_left": full_one, "base_right": full_two}
    merged = run(rows, left, right, end, rule)
    assert merged == Merged()


@given(mappings, schemas, schemas, records, st.sampled_from(Side))
def test_a_created_record_agrees_with_its_source(
    rows: tuple[MappingRow, ...], left: Schema, right: Schema, source: dict[str, Value], side: Side
) -> None:
    made, refused = fresh(rows, source, side, left, right)
    assert not refused
    assert not any(is_empty(v) for v in made.values())
    end = {"left": source, "right": made} if side is Side.LEFT else {"left": made, "right": source}
    rule = {"directions": frozenset({side.other}), "policy": ConflictPolicy.ASK, "newer": None}
    assert not run(rows, left, right, {**end, "base_left": None, "base_right": None}, rule).to(side.other)


# ---------------------------------------------------------------- line items

CELLS = (Field("p", Kind.TEXT, "p", "p"), Field("q", Kind.INTEGER, "q", "q"))
LINES = Schema("o", (Field("lines", Kind.ROWS, "明細", "Lines", fields=CELLS),))
INNER = (MappingRow("p", "p"), MappingRow("q", "q"))
cells = st.fixed_dictionaries({"p": st.sampled_from(["x", "y", "z"]), "q": st.integers(0, 3)})
edits = st.lists(st.tuples(st.sampled_from(["keep", "keep", "edit", "remove"]), cells), min_size=5, max_size=5)


def numbered(rows: list[Row], prefix: str) -> list[Row]:
    """What a service answers: every row has an id."""
    return [Row(row.id or f"{prefix}{n}", dict(row.values)) for n, row in enumerate(rows)]


def edited(base: list[Row], changes: list[tuple[str, dict[str, Value]]], added: list[dict[str, Value]]) -> list[Row]:
    kept = [
        Row(row.id, {**row.values, **new} if what == "edit" else row.values)
        for row, (what, new) in zip(base, changes, strict=False)
        if what != "remove"
    ]
    return kept + [Row(None, new) for new in added]


def said(rows: object) -> list[tuple[object, object]]:
    assert isinstance(rows, list)
    return sorted((row.values.get("p"), row.values.get("q")) for row in rows)


@pytest.mark.parametrize("policy", ConflictPolicy)
@given(
    base=st.lists(cells, max_size=5),
    changes=st.tuples(edits, edits),
    added=st.tuples(st.lists(cells, max_size=2), st.lists(cells, max_size=2)),
    flow=st.sampled_from(Flow),
    empty=st.sampled_from(WhenEmpty),
)
def test_line_items_come_together_and_stay(
    policy: ConflictPolicy,
    base: list[dict[str, Value]],
    changes: tuple[list[tuple[str, dict[str, Value]]], ...],
    added: tuple[list[dict[str, Value]], ...],
    flow: Flow,
    empty: WhenEmpty,
) -> None:
    rows = (MappingRow("lines", "lines", flow, rows=INNER, when_empty=empty),)
    base_left = [Row(f"l{n}", dict(v)) for n, v in enumerate(base)]
    base_right = [Row(f"r{n}", dict(v)) for n, v in enumerate(base)]
    left = numbered(edited(base_left, changes[0], added[0]), "nl")
    right = numbered(edited(base_right, changes[1], added[1]), "nr")
    rule = {"directions": frozenset(Side), "policy": policy, "newer": Side.LEFT}
    end: dict[str, object] = {
        "left": {"lines": left}, "right": {"lines": right},
        "base_left": {"lines": base_left}, "base_right": {"lines": base_right},
    }  # fmt: skip
    merged = run(rows, LINES, LINES, end, rule)
    held = {side: merged.to(side).get("lines", end[side.value]["lines"]) for side in Side}  # type: ignore[index]
    for side in Side:
        assert side.value not in {s.value for s in Side if not flow.feeds(s) and "lines" in merged.to(s)}
        assert isinstance(held[side], list)
    if flow is Flow.BOTH and not merged.conflicts and empty is WhenEmpty.CLEAR:
        assert said(held[Side.LEFT]) == said(held[Side.RIGHT])
    if merged.conflicts:
        assert policy is ConflictPolicy.ASK
        return
    after_left, after_right = numbered(held[Side.LEFT], "al"), numbered(held[Side.RIGHT], "ar")  # type: ignore[arg-type]
    settled = {"left": {"lines": after_left}, "right": {"lines": after_right}}
    done = {**settled, "base_left": settled["left"], "base_right": settled["right"]}
    assert run(rows, LINES, LINES, done, rule) == Merged()


@given(base=st.lists(cells, max_size=5), changes=edits, added=st.lists(cells, max_size=2), side=st.sampled_from(Side))
def test_line_items_edited_on_one_side_arrive_whole(
    base: list[dict[str, Value]],
    changes: list[tuple[str, dict[str, Value]]],
    added: list[dict[str, Value]],
    side: Side,
) -> None:
    rows = (MappingRow("lines", "lines", rows=INNER, when_empty=WhenEmpty.CLEAR),)
    before = {s: [Row(f"{s.value}{n}", dict(v)) for n, v in enumerate(base)] for s in Side}
    now = dict(before)
    now[side] = numbered(edited(before[side], changes, added), "new")
    end = {s.value: {"lines": now[s]} for s in Side} | {f"base_{s.value}": {"lines": before[s]} for s in Side}
    rule = {"directions": frozenset(Side), "policy": ConflictPolicy.ASK, "newer": None}
    merged = run(rows, LINES, LINES, end, rule)
    assert not merged.conflicts
    assert not merged.to(side)
    held = merged.to(side.other).get("lines", now[side.other])
    assert said(held) == said(now[side])
    assert isinstance(held, list)
    surviving = {row.id for row in held if isinstance(row, Row)} - {None}
    assert surviving <= {row.id for row in before[side.other]}
