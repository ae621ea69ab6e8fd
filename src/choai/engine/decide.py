"""What people decided about records that waited for them: looked up while planning, and what each choice would write.

conflict     take left, take right, or a side per field; only while both sides still hold what the person saw
ambiguous    bind to one of the candidates, create anyway, or ignore
the rest     see ``choices``

Nothing here writes: a decision changes what is planned, and the plan is shown, braked and applied like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from choai.engine.codec import fingerprint, pack, unpack
from choai.engine.context import Context
from choai.engine.match import APART, Partner
from choai.engine.ports import DecisionRow
from choai.engine.read import fetch
from choai.model.mapping import ConflictPolicy, Side
from choai.model.match import key_of
from choai.model.merge import Conflict, Merged
from choai.model.values import Row, Value, Values

OFFERED = "$candidates"  # not a field's name in any service
MOST = 20  # candidates kept with an item


async def verdicts(ctx: Context, side: Side, ids: Sequence[str]) -> dict[str, DecisionRow]:
    """Decisions that wait to take effect, and lasting ones, by the id of the record they are about."""
    found: list[DecisionRow] = await ctx.ports.call(ctx.ports.ledger.decisions, ctx.run.sync_id, side, ids)
    return {d.left_id if side is Side.LEFT else d.right_id: d for d in found if d.choice != APART}


# ---------------------------------------------------------------- candidates


def offered(partners: Sequence[Partner]) -> bytes:
    """The partners that a record met, packed to be shown to the person who chooses."""
    return pack({OFFERED: [Row(p.id, p.values) for p in partners[:MOST]]})


def candidates(packed: bytes | memoryview) -> dict[str, dict[str, Value]]:
    """Values of the partners of ``offered``, by id."""
    kept = unpack(packed).get(OFFERED)
    rows = kept if isinstance(kept, list) else []
    return {r.id: dict(r.values) for r in rows if isinstance(r, Row) and r.id is not None}


async def chosen(ctx: Context, side: Side, said: Mapping[str, DecisionRow]) -> dict[str, Partner]:
    """The partners that people chose, as they are now, by the id of the new record. One that is gone or belongs to another record
    by now is not in the answer: the record asks again."""
    wanted = {id: str(d.args["id"]) for id, d in said.items() if d.choice == "bind" and d.side is side}
    if not wanted:
        return {}
    target = side.other
    there = {r.id: r for r in await fetch(ctx, ctx.ends[target], sorted(set(wanted.values())))}
    taken = await ctx.ports.call(ctx.ports.ledger.bindings, ctx.run.pairing_id, target, sorted(there))
    return {id: Partner(w, dict(there[w].values)) for id, w in wanted.items() if w in there and w not in taken}


def same_name(value: Value, wished: str) -> bool:
    """Whether a value is the name somebody typed, corporate forms, width and case aside."""
    typed = key_of(wished, "name")
    return typed is not None and key_of(value, "name") == typed


# ---------------------------------------------------------------- conflicts


def seen(conflicts: Sequence[Conflict], left: Values, right: Values) -> list[str]:
    """Fingerprints of what both sides hold in the fields of these conflicts: a decision is about these values only."""
    names = [sorted({c.left_field for c in conflicts}), sorted({c.right_field for c in conflicts})]
    return [fingerprint(v, n).hex() for v, n in zip((left, right), names, strict=True)]


def taken_sides(
    merged: Merged,
    verdict: DecisionRow,
    again: Callable[[ConflictPolicy], Merged],
    *,
    left: Values | None,
    right: Values | None,
) -> Merged:
    """The merge with its conflicts decided as a person said; unchanged when either side holds something else than the person
    saw. ``again`` merges by another policy."""
    if left is None or right is None or verdict.kind != "conflict":
        return merged
    if verdict.args.get("seen") != seen(merged.conflicts, left, right):
        return merged
    return decided(merged, verdict.choice, verdict.args.get("fields") or {}, again)


def decided(
    merged: Merged, choice: str, fields: Mapping[str, str], again: Callable[[ConflictPolicy], Merged]
) -> Merged:
    """The merge with each conflict's field taken from one side: from ``fields`` by mapping row, else from ``choice``."""
    by_side = {side: again(ConflictPolicy(side.value)) for side in Side}
    out = Merged(dict(merged.to_left), dict(merged.to_right), notes=list(merged.notes), refused=list(merged.refused))
    for row in {c.row: c for c in merged.conflicts}.values():
        source = by_side[Side(fields.get(str(row.row)) or choice)]
        for change, name, wished in (
            (out.to_left, row.left_field, source.to_left),
            (out.to_right, row.right_field, source.to_right),
        ):
            change.pop(name, None)
            if name in wished:
                change[name] = wished[name]
        out.notes += [n for n in source.notes if n.row == row.row]
    out.refused += [e for m in by_side.values() for e in m.refused if e.code not in {r.code for r in out.refused}]
    return out


# ---------------------------------------------------------------- what a choice writes


@dataclass(slots=True, frozen=True)
class Write:
    """One field that a choice would write. ``before`` is what was read last."""

    side: Side
    field: str
    before: Value
    after: Value


def writes_of(changes: Mapping[Side, Values], held: Mapping[Side, Values]) -> list[Write]:
    """The fields of these changes that differ from what the records hold."""
    return [
        Write(side, name, held.get(side, {}).get(name), value)
        for side in Side
        for name, value in changes.get(side, {}).items()
        if held.get(side, {}).get(name) != value
    ]
