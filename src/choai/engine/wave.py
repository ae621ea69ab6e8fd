"""Phase "apply": planned items are written, a wave of batches at a time.

For each wave: look once more at the source (an edit before its turn goes out with its new content, FK-52), commit the
intents, write, then commit outcome, binding and base together. The base is the service's own answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from choai.connectors.contract import Idempotency, Item, Op, Refused, Result
from choai.engine import stamp
from choai.engine.apply import write
from choai.engine.approved import as_shown
from choai.engine.bind import give_back, tied
from choai.engine.codec import unpack
from choai.engine.context import Context, pace, set_pace
from choai.engine.cost import in_flight, rounds
from choai.engine.gone import look_for
from choai.engine.opening import key_row
from choai.engine.ports import IntentRow, ItemRow
from choai.engine.recover import recover
from choai.engine.settle import settle
from choai.engine.turn import look_again
from choai.errors import ChoaiError
from choai.model.mapping import MappingRow, Side
from choai.model.values import Value


async def apply_wave(ctx: Context) -> bool:
    """Write the next batches. False when nothing planned is left. Raises what ends or delays the whole run; the items
    of the batches that were refused, written or lost have been settled before."""
    run, ports = ctx.run, ctx.ports
    await recover(ctx, owed=False)
    for target in sorted(ctx.settings.targets):
        end = ctx.ends[target]
        size = max(end.spec.batch_size, 1)
        batches = max(1, round(in_flight(end.link.spec) * pace(run.id, most=rounds(end.spec))))
        limit = max(batches, 2) * size  # two kinds of calls: of so many items some fill a batch
        items = await ports.call(ports.ledger.next_items, run.id, target, limit)
        if not items:
            continue
        items = _next(items, size, batches, more=len(items) == limit)
        began = ports.now()
        look = as_shown if run.work.get("approved") else look_again
        items = await look(ctx, target, items)
        items = await _ties(ctx, [i for i in items if i.outcome == "planned"])
        await _write_all(ctx, target, items, size)
        set_pace(run.id, ports.now() - began)
        return True
    return False


def _next(items: Sequence[ItemRow], size: int, batches: int, *, more: bool) -> list[ItemRow]:
    """The items of the next batches, at most so many, and ties that write nothing. While there is more, what fills no batch of
    its kind of call waits for its like: no call goes half full, and the plan costs what was said."""
    kinds: dict[str, list[ItemRow]] = {"create": [], "update": [], "tie": []}
    for item in items:
        silent = item.op == "bind" and not unpack(item.after)
        kinds["tie" if silent else "create" if item.op == "create" else "update"].append(item)
    parts = [kinds[kind][n : n + size] for kind in ("create", "update") for n in range(0, len(kinds[kind]), size)]
    chosen = [part for part in parts if len(part) == size or not more][:batches]
    return [*kinds["tie"], *(item for part in chosen for item in part)]


async def _write_all(ctx: Context, target: Side, items: Sequence[ItemRow], size: int) -> None:
    """All batches of a wave, some at once, between one commit of their intents and one of their ends. After the first error
    of a whole call no further batch is begun; what the others brought is committed before the error goes on."""
    ports = ctx.ports
    if not items:
        return
    key = key_row(ctx, target)
    values = {i.id: unpack(i.after) for i in items}
    marks = stamp.marks(ctx, target, items)
    batches = [part for op in ("create", "update") for part in _batches(items, op, size)]
    intents = _intents(ctx, target, batches, values=values, row=key, marks=marks)
    await ports.call(ports.ledger.open_intents, ctx.run, intents, ports.now())
    gate = asyncio.Semaphore(in_flight(ctx.ends[target].link.spec))
    ended: list[Result] = []
    errors: list[ChoaiError] = []

    async def one(batch: list[ItemRow]) -> None:
        async with gate:
            if not errors:
                try:
                    await write(ctx, target, *_writes(ctx, target, batch, values=values, row=key, marks=marks), ended)
                except ChoaiError as error:
                    errors.append(error)

    await asyncio.gather(*map(one, batches))
    by_ref = {str(i.id): i for i in items}
    pairs = [(by_ref[r.ref], r) for r in ended]
    await settle(ctx, target, pairs, await _absent(ctx, target, pairs), values)
    if errors:
        untold = [by_ref[ref].id for ref in by_ref.keys() - {r.ref for r in ended}]
        await ports.call(ports.ledger.close_item_intents, untold, "repeat", ports.now())
        raise min(
            errors, key=lambda error: "status" not in error.facts
        )  # what the service said tells more than our pause


def _batches(items: Sequence[ItemRow], op: str, size: int) -> list[list[ItemRow]]:
    """Items of one kind of call: a tie that changes its partner is an update of it."""
    chosen = [i for i in items if (i.op == "create") == (op == "create")]
    return [list(chosen[n : n + size]) for n in range(0, len(chosen), size)]


async def _ties(ctx: Context, items: list[ItemRow]) -> list[ItemRow]:
    """Settle the ties that write nothing on the target; answer the rest."""
    silent: list[ItemRow] = []
    rest: list[ItemRow] = []
    for item in items:
        (silent if item.op == "bind" and not unpack(item.after) else rest).append(item)
    if silent:
        target = silent[0].side
        partners = await ctx.ports.call(ctx.ports.ledger.staged, ctx.run.id, target, [i.target_id for i in silent])
        held = {id: unpack(row.values) for id, row in partners.items()}
        await give_back(ctx, target, [tied(ctx, i, held.get(i.target_id) or unpack(i.before)) for i in silent])
    return rest


def _writes(
    ctx: Context,
    target: Side,
    items: list[ItemRow],
    *,
    values: Mapping[int, dict[str, Value]],
    row: MappingRow | None,
    marks: Mapping[int, str],
) -> tuple[Op, list[Item]]:
    if ctx.ends[target].spec.idempotency is not Idempotency.EXTERNAL_ID:
        row = None
    creating = items[0].op == "create"
    writes = []
    for item in items:
        write = Item(ref=str(item.id), values=values[item.id], stamp=marks.get(item.id))
        if not creating:
            write.id, write.revision = item.target_id, item.held or None
        elif row is not None:
            name = row.field(target) or ""
            write.key = (name, write.values.get(name))
        writes.append(write)
    if creating:
        return (Op.UPSERT if row is not None else Op.CREATE), writes
    return Op.UPDATE, writes


def _intents(
    ctx: Context,
    target: Side,
    batches: Sequence[Sequence[ItemRow]],
    *,
    values: Mapping[int, dict[str, Value]],
    row: MappingRow | None,
    marks: Mapping[int, str],
) -> list[IntentRow]:
    """What is noted before these batches are sent."""
    header = ctx.ends[target].spec.idempotency is Idempotency.HEADER
    out = []
    for batch in batches:
        own = [marks.get(i.id, "") for i in batch]
        call = stamp.call_key(own) if header and batch[0].op == "create" else ""
        for item, mark in zip(batch, own, strict=True):
            key = stamp.asked_by(ctx, target, item, values[item.id], row, own=mark, call=call)
            out.append(IntentRow(item.id, target, item.op, item.source_id, item.target_id, key, item.after))
    return out


async def _absent(
    ctx: Context, target: Side, pairs: Sequence[tuple[ItemRow, Result]]
) -> dict[str, tuple[str, Mapping[str, object]]]:
    """Of updates whose record is not there any more: those that seem to have been made again under another id (FK-67). All are
    marked as missing, so that the next run does not try again blindly."""
    lost = {
        item.source_id: (item.target_id, unpack(item.source))
        for item, result in pairs
        if isinstance(result, Refused) and result.error.code == "record_not_found" and item.op == "update"
    }
    found = await look_for(ctx, target.other, {id: one for id, one in lost.items() if one[1]})
    await ctx.ports.call(
        ctx.ports.ledger.mark_missing, ctx.run.pairing_id, target, sorted(old for old, _ in lost.values())
    )
    return {id: (told.code, told.facts) for id, told in found.items() if told.code == "id_changed"}
