"""Phase "apply": planned items are written, a wave of batches at a time.

For each wave: look once more at the source (an edit before its turn goes out with its new content, FK-52), commit the
intents, write, then commit outcome, binding and base together. The base is the service's own answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from choai.connectors.contract import Done, Idempotency, Item, Op, Refused, Result
from choai.engine.apply import write
from choai.engine.bind import Written, give_back, tied, written
from choai.engine.codec import unpack
from choai.engine.context import Context, pace, set_pace
from choai.engine.gone import Absent, look_for
from choai.engine.opening import key_row
from choai.engine.ports import IntentRow, ItemRow, Settled
from choai.engine.recover import recover
from choai.engine.turn import look_again
from choai.errors import ChoaiError
from choai.model.mapping import MappingRow, Side
from choai.model.values import Value, Values

WAVE = 4  # batches in flight at once, within what the connection's budget allows
MOST = 10  # rounds of them in one wave where a call takes one record only


async def apply_wave(ctx: Context) -> bool:
    """Write the next batches. False when nothing planned is left. Raises what ends or delays the whole run; the items
    of the batches that were refused, written or lost have been settled before."""
    run, ports = ctx.run, ctx.ports
    await recover(ctx, owed=False)
    for target in sorted(ctx.settings.targets):
        end = ctx.ends[target]
        size = max(end.spec.batch_size, 1)
        limit = max(1, round(size * WAVE * pace(run.id, most=MOST if size == 1 else 1)))
        items = await ports.call(ports.ledger.next_items, run.id, target, limit)
        if not items:
            continue
        began = ports.now()
        items = await look_again(ctx, target, items)
        items = await _ties(ctx, [i for i in items if i.outcome == "planned"])
        await _write_all(ctx, target, items, size)
        set_pace(run.id, ports.now() - began)
        return True
    return False


async def _write_all(ctx: Context, target: Side, items: Sequence[ItemRow], size: int) -> None:
    """All batches of a wave, some at once, between one commit of their intents and one of their ends. After the first error
    of a whole call no further batch is begun; what the others brought is committed before the error goes on."""
    ports = ctx.ports
    if not items:
        return
    key = key_row(ctx, target)
    values = {i.id: unpack(i.after) for i in items}
    intents = [_intent(ctx, target, i, values[i.id], key) for i in items]
    await ports.call(ports.ledger.open_intents, ctx.run, intents, ports.now())
    gate = asyncio.Semaphore(WAVE)
    ended: list[Result] = []
    errors: list[ChoaiError] = []

    async def one(batch: list[ItemRow]) -> None:
        async with gate:
            if not errors:
                try:
                    await write(ctx, target, *_writes(ctx, target, batch, values, key), ended)
                except ChoaiError as error:
                    errors.append(error)

    await asyncio.gather(*(one(part) for op in ("create", "update") for part in _batches(items, op, size)))
    by_ref = {str(i.id): i for i in items}
    await _settle(ctx, target, [(by_ref[r.ref], r) for r in ended])
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
    ctx: Context, target: Side, items: list[ItemRow], values: Mapping[int, dict[str, Value]], key: MappingRow | None
) -> tuple[Op, list[Item]]:
    row = key if ctx.ends[target].spec.idempotency is Idempotency.EXTERNAL_ID else None
    creating = items[0].op == "create"
    writes = []
    for item in items:
        write = Item(ref=str(item.id), values=values[item.id])
        if not creating:
            write.id = item.target_id
        elif row is not None:
            name = row.field(target) or ""
            write.key = (name, write.values.get(name))
        writes.append(write)
    if creating:
        return (Op.UPSERT if row is not None else Op.CREATE), writes
    return Op.UPDATE, writes


def _intent(ctx: Context, target: Side, item: ItemRow, after: Values, row: MappingRow | None) -> IntentRow:
    keys = {
        name: str(after[name])
        for key in ctx.settings.keys
        if (name := key.left if target is Side.LEFT else key.right) in after and after[name]
    }
    if row is not None and (name := row.field(target) or "") in after:
        keys = {name: str(after[name])}
    return IntentRow(item.id, target, item.op, item.source_id, item.target_id, keys, item.after)


# ---------------------------------------------------------------- ends


async def _settle(ctx: Context, target: Side, pairs: Sequence[tuple[ItemRow, Result]]) -> None:
    """Commit how these items ended; what was created also goes back to its source. An item whose reply was lost stays
    planned with its intent open: recover.py asks the service before it is sent again."""
    plain: list[Settled] = []
    done: list[Written] = []
    updates = [i.left_id for i, r in pairs if isinstance(r, Done) and i.op == "update"]
    bases = await ctx.ports.call(ctx.ports.ledger.bindings, ctx.run.pairing_id, Side.LEFT, updates) if updates else {}
    twins = (
        await ctx.ports.call(ctx.ports.ledger.updated, ctx.run.id, target.other, updates)
        if len(ctx.sources) == 2
        else ()
    )
    absent = await _absent(ctx, target, pairs)
    for item, result in pairs:
        if isinstance(result, Done):
            done.append(written(ctx, item, result, bases.get(item.left_id), source_written=item.left_id in twins))
        elif isinstance(result, Refused):
            place: dict[str, object] = {**ctx.ends[target].told()}
            place |= (
                {"field": place["object"], "field_en": place["object_en"]} if "field" not in result.error.facts else {}
            )
            known = {k: v for k, v in result.error.facts.items() if k != "object"}
            outcome = "blocked" if result.error.code == "blocked_by" else "failed"
            plain.append(ended(item, outcome, result.error.code, {**place, **known}))
            if (told := absent.get(item.source_id)) is not None:
                plain[-1] = ended(item, "blocked", told.code, told.facts)
    if plain:
        await ctx.ports.call(ctx.ports.ledger.settle, ctx.run, plain, ctx.ports.now())
    if done:
        await give_back(ctx, target, done)


async def _absent(ctx: Context, target: Side, pairs: Sequence[tuple[ItemRow, Result]]) -> dict[str, Absent]:
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
    return {id: told for id, told in found.items() if told.code == "id_changed"}


def ended(item: ItemRow, outcome: str, code: str, facts: Mapping[str, Any]) -> Settled:
    """The settlement of an item that wrote nothing."""
    return Settled(
        item.id, outcome, item.side, code=code, facts={k: str(v) for k, v in facts.items()}, left_id=item.left_id,
        right_id=item.right_id, name=item.name, intent_state="refused",
    )  # fmt: skip
