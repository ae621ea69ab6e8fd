"""The last look before a plan that a person has seen is applied: an item whose record is no longer as shown is refused.

On the source side any mapped field counts, on the target side the fields that would be written. The refusal says which
field, what was shown and what it is now; everything else of the plan goes on (design promise 3).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from choai.engine.codec import fingerprint, plain, unpack
from choai.engine.context import Context
from choai.engine.ports import ItemRow
from choai.engine.turn import current
from choai.model.mapping import Side
from choai.model.record import Record
from choai.model.values import Values

PAGES = 1000  # of records changed since the plan: all of them, as far as a service goes


async def as_shown(ctx: Context, target: Side, items: Sequence[ItemRow]) -> list[ItemRow]:
    """The items whose records are as they were shown; the others end here, stored with their outcome.

    Where the service tells revisions, the one just seen goes with the write, so that even a change after this look is refused.
    """
    source = target.other
    ports = ctx.ports
    theirs, gone = await _look(ctx, source, [i.source_id for i in items if i.source])
    aims, _ = await _look(ctx, target, [i.target_id for i in items if i.target_id and i.op != "create"])
    ours = await _written(ctx, source, items)
    changed: list[ItemRow] = []
    for item in items:
        shown = {**unpack(item.source), **ours.get(item.left_id, {})}
        if item.source and item.source_id in gone:
            item.outcome, item.code = "not_counted", "deleted_during_run"
        elif item.source and (record := theirs.get(item.source_id)) is not None:
            _compare(ctx, item, source, shown=shown, now=record.values)
        if item.outcome == "planned" and (aim := aims.get(item.target_id)) is not None:
            _aim(ctx, item, target, aim)
        if item.outcome != "planned":
            changed.append(item)
    if changed:
        await ports.call(ports.ledger.replan, ctx.run.id, changed, ports.now())
    return [i for i in items if i.outcome == "planned"]


async def _written(ctx: Context, source: Side, items: Sequence[ItemRow]) -> dict[str, Values]:
    """What this run itself has written into the source records of these items, by left id: both sides were edited."""
    ledger, ids = ctx.ports.ledger, [i.target_id for i in items if i.op == "update"]
    if len(ctx.sources) != 2 or not ids:
        return {}
    twins: dict[str, ItemRow] = await ctx.ports.call(ledger.items_by_source, ctx.run.id, source.other, ids)
    done = {i.left_id: list(unpack(i.after)) for i in twins.values() if i.outcome == "updated"}
    bound = await ctx.ports.call(ledger.bindings, ctx.run.pairing_id, Side.LEFT, sorted(done))
    bases = {id: unpack(b.base(source)) for id, b in bound.items()}
    return {id: {n: bases[id][n] for n in names if n in bases[id]} for id, names in done.items() if id in bases}


async def _look(ctx: Context, side: Side, ids: Sequence[str]) -> tuple[Mapping[str, Record], set[str]]:
    return await current(ctx, ctx.ends[side], ids, pages=PAGES) if ids else ({}, set())


def _aim(ctx: Context, item: ItemRow, target: Side, record: Record) -> None:
    """The target of an item: what would be overwritten is what was shown, or is already what we would write."""
    after, before = unpack(item.after), unpack(item.before)
    names = sorted(after)
    if fingerprint(record.values, names) != fingerprint(after, names):
        _compare(ctx, item, target, shown=before, now={n: record.values[n] for n in before if n in record.values})
    if ctx.ends[target].spec.has_revision:
        item.held = record.revision or ""


def _compare(ctx: Context, item: ItemRow, side: Side, *, shown: Values, now: Values) -> None:
    """Refuse the item when a mapped field of a record is other than shown."""
    names = [n for n in ctx.settings.names[side] if n in now]
    other = [n for n in names if fingerprint(now, [n]) != fingerprint(shown, [n])]
    if not other:
        return
    known = [ctx.schema(side).get(n) for n in other]
    was, is_now = plain({n: shown.get(n) for n in other}), plain({n: now.get(n) for n in other})
    item.outcome, item.code = "failed", "changed_since_plan"
    item.facts = {
        **ctx.ends[side].told(),
        "name": item.name,
        "side": side.value,
        "field": ", ".join(f.ja if f else n for f, n in zip(known, other, strict=True)),
        "field_en": ", ".join(f.en if f else n for f, n in zip(known, other, strict=True)),
        "was": _text(was),
        "now": _text(is_now),
    }


def _text(values: Mapping[str, object]) -> str:
    """Values as one text; empty ones as a dash."""
    return " / ".join(str(v)[:200] if v not in (None, "", []) else "–" for v in values.values())
