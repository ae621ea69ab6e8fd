"""Partners that are not where they were: back after all, made again under another id (FK-67), or gone (FK-60)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from choai.engine.codec import unpack
from choai.engine.context import Context
from choai.engine.match import Found, Partner, find_partners
from choai.engine.ports import BindingRow, StagedRow
from choai.engine.read import fetch
from choai.model.mapping import Side
from choai.model.record import Record
from choai.model.values import Values


@dataclass(slots=True, frozen=True)
class Absent:
    """How a partner's absence is told: the code and facts of the item that wanted it."""

    code: str
    facts: Mapping[str, object]

    @property
    def outcome(self) -> str:
        return "blocked" if self.code == "id_changed" else "failed"


async def look_for(ctx: Context, side: Side, lost: Mapping[str, tuple[str, Values]]) -> dict[str, Absent]:
    """For records of ``side`` whose partners (old id, own values) are said to be gone: why they cannot be written now.

    A partner that is there after all is marked as found and is not in the answer. One with the same name that belongs to nobody
    was made anew: a person decides whether it takes the old one's place.
    """
    if not lost:
        return {}
    ports, target = ctx.ports, side.other
    ids = sorted({old for old, _ in lost.values()})
    there = {r.id for r in await fetch(ctx, ctx.ends[target], ids)}
    if there:
        await ports.call(ports.ledger.mark_found, ctx.run.pairing_id, target, sorted(there))
    away = {id: (old, values) for id, (old, values) in lost.items() if old not in there}
    met = await find_partners(ctx, side, [(id, values) for id, (_, values) in away.items()]) if away else {}
    out: dict[str, Absent] = {}
    for id, (old, values) in away.items():
        free = met[id].free
        named = {**ctx.ends[target].told(), "name": ctx.title(side, values), "id": old}
        if len(free) == 1 and not met[id].declared:
            out[id] = Absent("id_changed", {**named, "old": old, "new": free[0].id})
        else:
            out[id] = Absent("missing_on_other_side", named)
    return out


async def partners_of(
    ctx: Context, side: Side, pairs: Sequence[tuple[StagedRow, BindingRow]]
) -> tuple[dict[str, Record], dict[str, Absent]]:
    """The partners of pairs that a person tied and no run has compared yet, read for that; and what is to be said of records
    whose partner is not there: these, and those that were marked as gone, looked for once more."""
    target = side.other
    if target not in ctx.settings.targets:
        return {}, {}
    tied = {r.record_id: b.id_on(target) for r, b in pairs if b.state == "ok" and not b.left_base and not b.right_base}
    there = {r.id: r for r in await fetch(ctx, ctx.ends[target], sorted(tied.values()))} if tied else {}
    first = {id: there[other] for id, other in tied.items() if other in there}
    marks = (f"missing_{target.value}", "id_changed")
    lost = {
        r.record_id: (b.id_on(target), unpack(r.values))
        for r, b in pairs
        if b.state in marks or (r.record_id in tied and r.record_id not in first)
    }
    return first, await look_for(ctx, side, lost)


async def strays(ctx: Context, side: Side, found: dict[str, Found]) -> dict[str, Absent]:
    """New records that cannot go on because of an id: one in their own field that the target does not show (archived there, made
    anew, gone), or a partner whose earlier record on this side is gone."""
    target = side.other
    place = ctx.ends[target].told()
    there = await _readable(ctx, target, {f.lost for f in found.values() if f.lost})
    out: dict[str, Absent] = {}
    for id, one in found.items():
        free = one.free
        if not one.lost:
            continue
        if one.lost in there:
            named = {**place, "id": one.lost, "name": ctx.title(target, there[one.lost].values)}
            out[id] = Absent("archived_on_accounting_side", named)
        elif len(free) == 1:
            named = {**place, "name": ctx.title(target, free[0].values)}
            out[id] = Absent("id_changed", {**named, "old": one.lost, "new": free[0].id})
        else:
            out[id] = Absent("missing_on_other_side", {**place, "id": one.lost})
    bound = {id: (p.bound_to, p.id) for id, f in found.items() if id not in out and (p := _only(f)) and p.bound_to}
    for id, old in (await _replaced(ctx, side, bound)).items():
        name = ctx.title(target, found[id].partners[0].values)
        out[id] = Absent("id_changed", {**ctx.ends[side].told(), "name": name, "old": old, "new": id})
    return out


def _only(found: Found) -> Partner | None:
    return None if found.declared else found.only


async def _replaced(ctx: Context, side: Side, met: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """For new records of ``side`` that meet a partner which is bound to another one of theirs (its id and name): the old ids of
    those whose old record is gone, so that the new one seems to stand for it (FK-67). Their bindings are marked."""
    if not met:
        return {}
    ports = ctx.ports
    ids = sorted({old for old, _ in met.values()})
    there = {r.id for r in await fetch(ctx, ctx.ends[side], ids)}
    gone = {id: old for id, (old, _) in met.items() if old not in there}
    await ports.call(ports.ledger.mark_missing, ctx.run.pairing_id, side, sorted(set(gone.values())), changed=True)
    return gone


async def _readable(ctx: Context, target: Side, ids: set[str]) -> dict[str, Record]:
    """Of records that no list of the target shows, those that can be read by their id: they are archived there (FK-21)."""
    return {r.id: r for r in await fetch(ctx, ctx.ends[target], sorted(ids))} if ids else {}
