"""The merge's promises for values of every kind, references, choices and line items among them: deterministic, the same with the
sides swapped, quiet after its own outcome, and no edit without an outcome that says so."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choai.model.convert import equal
from choai.model.mapping import ConflictPolicy, Flow, MappingRow, Side, WhenEmpty
from choai.model.merge import Merged, merge
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Row, Value, is_empty
from proof.values import SAMPLES, field

KINDS = sorted(set(Kind) - {Kind.FILES})
INNER = (MappingRow("item", "item"), MappingRow("quantity", "quantity"))
MIRROR = {Flow.BOTH: Flow.BOTH, Flow.TO_LEFT: Flow.TO_RIGHT, Flow.TO_RIGHT: Flow.TO_LEFT}
POLICIES = {ConflictPolicy.LEFT: ConflictPolicy.RIGHT, ConflictPolicy.RIGHT: ConflictPolicy.LEFT}
ABSENT = object()


def own(value: Value, prefix: str) -> Value:
    """Rows get ids of their side."""
    if isinstance(value, list) and value and isinstance(value[0], Row):
        return [Row(f"{prefix}{n}", dict(r.values)) for n, r in enumerate(value) if isinstance(r, Row)]
    return value


def draw(data: st.DataObject, kind: Kind) -> tuple[dict[str, Any], MappingRow, Field, Field]:
    """A case: what either side holds and held, a row of the mapping, and the two fields."""
    pool = st.sampled_from([*SAMPLES[kind], None, ABSENT])
    base = data.draw(pool)
    ends: dict[str, Any] = {}
    for name, prefix in (("left", "l"), ("right", "r"), ("base_left", "l"), ("base_right", "r")):
        value = base if data.draw(st.booleans()) else data.draw(pool)
        ends[name] = {} if value is ABSENT else {"f": own(value, prefix)}
    row = MappingRow(
        "f", "f", data.draw(st.sampled_from(Flow)), when_empty=data.draw(st.sampled_from(WhenEmpty)),
        rows=INNER if kind is Kind.ROWS else (),
    )  # fmt: skip
    left, right = (field("f", kind, clearable=data.draw(st.booleans())) for _ in Side)
    ends |= {
        "directions": data.draw(st.frozensets(st.sampled_from(Side))),
        "policy": data.draw(st.sampled_from(ConflictPolicy)),
        "newer": data.draw(st.sampled_from([None, *Side])),
    }
    return ends, row, left, right


def run(ends: dict[str, Any], row: MappingRow, left: Field, right: Field) -> Merged:
    return merge((row,), Schema("o", (left,)), Schema("o", (right,)), **ends)


def said(value: Value) -> Value:
    """Rows without their ids and without what only one side has."""
    if isinstance(value, list) and value and isinstance(value[0], Row):
        return [Row(None, {n: v for n, v in r.values.items() if n != "total"}) for r in value if isinstance(r, Row)]
    return value


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30)
@given(data=st.data())
def test_deterministic_and_symmetric(kind: Kind, data: st.DataObject) -> None:
    ends, row, left, right = draw(data, kind)
    there = run(ends, row, left, right)
    assert run(ends, row, left, right) == there
    mirrored = {
        "left": ends["right"], "right": ends["left"], "base_left": ends["base_right"], "base_right": ends["base_left"],
        "directions": frozenset(s.other for s in ends["directions"]),
        "policy": POLICIES.get(ends["policy"], ends["policy"]),
        "newer": ends["newer"].other if ends["newer"] else None,
    }  # fmt: skip
    back = run(mirrored, replace(row, direction=MIRROR[row.direction]), right, left)
    assert (said(back.to_left.get("f")), said(back.to_right.get("f"))) == (
        said(there.to_right.get("f")),
        said(there.to_left.get("f")),
    )
    assert len(back.conflicts) == len(there.conflicts)
    assert {(n.code, n.side.other) for n in back.notes} == {(n.code, n.side) for n in there.notes}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=30)
@given(data=st.data())
def test_its_own_outcome_is_quiet(kind: Kind, data: st.DataObject) -> None:
    ends, row, left, right = draw(data, kind)
    first = run(ends, row, left, right)
    held = {s: {**ends[s.value], **first.to(s)} for s in Side}
    bases = {s: {**ends[f"base_{s.value}"], **held[s]} for s in Side}
    if first.conflicts:
        assert ends["policy"] in (ConflictPolicy.ASK, ConflictPolicy.NEWEST)
        return
    settled = {
        **ends, "left": held[Side.LEFT], "right": held[Side.RIGHT], "base_left": bases[Side.LEFT],
        "base_right": bases[Side.RIGHT],
    }  # fmt: skip
    again = run(settled, row, left, right)
    assert not again.to_left
    assert not again.to_right
    assert not again.conflicts


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=50)
@given(data=st.data())
def test_no_edit_without_an_outcome(kind: Kind, data: st.DataObject) -> None:
    ends, row, left, right = draw(data, kind)
    merged = run(ends, row, left, right)
    for side, known in ((Side.LEFT, left), (Side.RIGHT, right)):
        now, base = ends[side.value].get("f", ABSENT), ends[f"base_{side.value}"].get("f", ABSENT)
        other = side.other
        if now is ABSENT or base is ABSENT or equal(now, base, known):
            continue
        if not row.direction.feeds(other) or other not in ends["directions"]:
            assert "f" not in merged.to(other) or other in ends["directions"]
            continue
        arrived = merged.to(other).get("f", ends[other.value].get("f", ends[f"base_{other.value}"].get("f")))
        flows = equal(said(arrived), said(now), known) or (is_empty(arrived) and is_empty(now))
        rows = kind is Kind.ROWS and "f" in merged.to(other)  # row by row; see test_merge_rows
        order = kind is Kind.ROWS and _alike(now, base)
        assert flows or rows or order or merged.conflicts or merged.notes or merged.refused, (now, base, arrived)


def _alike(one: Value, other: Value) -> bool:
    return sorted(map(repr, said(one) or [])) == sorted(map(repr, said(other) or []))  # type: ignore[arg-type]  # lists
