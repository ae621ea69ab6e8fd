"""Undoing a run (CC-12): its updates on the CRM side are put back, as a run of its own; the rest is listed with previous values.

A field is put back only while it still holds what the run wrote. Amounts in the accounts may be final and neither side
deletes, so updates there and new records are listed and not touched. Left is the CRM of every pairing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from choai.engine.codec import pack, unpack
from choai.engine.context import Context
from choai.engine.ports import ItemRow, PastRow
from choai.engine.read import fetch
from choai.model.check import check
from choai.model.convert import equal
from choai.model.mapping import Side
from choai.model.schema import Schema
from choai.model.values import Value, Values

CRM = Side.LEFT
CHUNK = 200


@dataclass(slots=True)
class Back:
    """What of one update can be put back: the fields with their previous values; those changed since; those whose previous
    value is not on record or that cannot be written."""

    change: dict[str, Value] = field(default_factory=dict)
    since: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def code(self) -> str:
        """Why nothing is put back; empty when something is, or when everything is as it was."""
        if self.change:
            return ""
        return "undo_changed_since" if self.since else "undo_unknown_before" if self.unknown else ""


def back(past: PastRow, current: Values, schema: Schema) -> Back:
    """Compare what a run wrote into a record with what it holds now."""
    wrote, before, answer = unpack(past.item.after), unpack(past.item.before), unpack(past.answer)
    out = Back()
    for name, value in wrote.items():
        known = schema.get(name)
        if name not in before or name not in current or known is None or not known.on_update:
            out.unknown.append(name)
        elif equal(current[name], before[name], known):
            continue
        elif equal(current[name], value, known) or (name in answer and equal(current[name], answer[name], known)):
            out.change[name] = before[name]
        else:
            out.since.append(name)
    return out


def listed_code(item: ItemRow) -> str:
    """Why an item of the undone run is only listed; empty when its fields may be put back."""
    if item.op == "create":
        return "undo_creation_stays"
    return "" if item.side is CRM or not unpack(item.after) else "undo_listed_only"


async def plan_undo(ctx: Context) -> bool:
    """Plan the next items of the run that is undone. False when all are planned."""
    run, ports = ctx.run, ctx.ports
    work = {**run.work, "approved": True}  # the person has seen what will be put back: the brake does not ask again
    past = await ports.call(ports.ledger.past_after, run.settings["undo"], work.get("seq", 0), CHUNK)
    run.work = work
    if not past:
        return False
    work["seq"] = past[-1].item.id
    items = await _items(ctx, past)
    for item in items:
        if item.outcome != "planned":
            ctx.count(item.outcome)
    ctx.count("planned", len(items))
    ctx.count("read", len(items))
    await ports.call(ports.ledger.commit_plan, run.id, items, [], work, ctx.deltas, now=ports.now())
    return True


async def _items(ctx: Context, past: Sequence[PastRow]) -> list[ItemRow]:
    mine = [p for p in past if not listed_code(p.item) and unpack(p.item.after)]
    there = {r.id: r.values for r in await fetch(ctx, ctx.ends[CRM], [p.item.target_id for p in mine])}
    return [_item(ctx, p, there.get(p.item.target_id)) for p in past]


def _item(ctx: Context, past: PastRow, current: Values | None) -> ItemRow:
    done = past.item
    item = ItemRow(
        side=done.side, op="none", left_id=done.left_id, right_id=done.right_id, name=done.name, before=done.before
    )
    place = ctx.ends[done.side].told()
    code = listed_code(done)
    if code:
        return _end(item, "skipped", code, **place, name=done.name, id=done.target_id)
    if not unpack(done.after):
        return _end(item, "unchanged")
    if current is None:
        return _end(item, "failed", "record_not_found", **place, name=done.name, id=done.target_id)
    schema = ctx.schema(CRM)
    found = back(past, current, schema)
    if found.code:
        return _end(item, "skipped", found.code, name=done.name, **_labels(schema, found.since or found.unknown))
    if not found.change:
        return _end(item, "unchanged")
    problems = check(found.change, schema, creating=False)
    if problems:
        return _end(item, "failed", problems[0].code, **problems[0].facts)
    item.op, item.after = "update", pack(found.change)
    item.before = pack({name: current[name] for name in found.change})
    if found.since or found.unknown:
        item.facts["kept"] = ", ".join([*found.since, *found.unknown])
    return item


def _labels(schema: Schema, names: Sequence[str]) -> dict[str, str]:
    known = [schema.get(n) for n in names]
    ja = "、".join(f.ja if f else n for f, n in zip(known, names, strict=True))
    en = ", ".join(f.en if f else n for f, n in zip(known, names, strict=True))
    return {"field": ", ".join(names), "field_ja": ja, "field_en": en}


def _end(item: ItemRow, outcome: str, code: str = "", **facts: object) -> ItemRow:
    item.outcome, item.code = outcome, code
    item.facts.update((k, str(v)) for k, v in facts.items())
    return item
