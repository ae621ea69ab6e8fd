"""Intents that nobody saw the end of: ask the service, then adopt or send again (design §5).

update, tie                     harmless to repeat: the item is sent again
create with an external id      harmless to repeat: the service finds it by that id
create with a natural key       looked up by the key that was proved unique before; found with our content → adopted
create with neither             parked as ambiguous for a person, never sent again
created, not yet written back   only the way back into the source is repeated
"""

from __future__ import annotations

from collections.abc import Sequence

from choai.connectors.contract import Done, Idempotency, Window
from choai.engine.bind import Written, by_side, give_back, settled_bases, written
from choai.engine.codec import unpack
from choai.engine.context import Context
from choai.engine.ports import End, IntentRow, ItemRow, Settled
from choai.model.convert import equal
from choai.model.mapping import Side
from choai.model.record import Record
from choai.model.values import Values

ATTEMPTS = 4  # a record is sent at most this often in one run without its end being seen
SAFE = (Idempotency.EXTERNAL_ID, Idempotency.HEADER)


async def recover(ctx: Context, *, owed: bool) -> None:
    """Settle every open intent of the pairing; with ``owed`` also write-backs that were refused in an earlier run.
    Raises what the service answers when it cannot be asked."""
    ports = ctx.ports
    states = ("open", "wrote", "owed") if owed else ("open", "wrote")
    intents: list[IntentRow] = await ports.call(ports.ledger.unsettled, ctx.run.pairing_id, states)
    if not intents:
        return
    items: dict[int, ItemRow] = await ports.call(ports.ledger.items_of, [i.item_id for i in intents])
    for side in Side:
        mine = [i for i in intents if i.side is side and i.item_id in items]
        await _wrote(ctx, side, [i for i in mine if i.state in ("wrote", "owed")], items)
        creates = [i for i in mine if i.state == "open" and i.op == "create"]
        known = ctx.ends[side].spec.idempotency
        if known in (Idempotency.NATURAL_KEY, Idempotency.STAMP):
            await _look_up(ctx, side, creates, items)
        elif known is Idempotency.NONE:
            await _park(ctx, creates, items)
        harmless = [i for i in mine if i.state == "open" and (i.op != "create" or known in SAFE)]
        await ports.call(ports.ledger.close_intents, [i.id for i in harmless], "repeat", ports.now())
    places = {side: end.told() for side, end in ctx.ends.items()}
    await ports.call(ports.ledger.worn_out, ctx.run.id, ATTEMPTS, ports.now(), places)


async def _wrote(ctx: Context, side: Side, intents: Sequence[IntentRow], items: dict[int, ItemRow]) -> None:
    """Repeat the way back for records that exist on the target side."""
    ports = ctx.ports
    bound = await ports.call(ports.ledger.bindings, ctx.run.pairing_id, side.other, [i.source_id for i in intents])
    again: list[Written] = []
    for intent in intents:
        binding, item = bound.get(intent.source_id), items[intent.item_id]
        if binding is None:
            await ports.call(ports.ledger.close_intents, [intent.id], "done", ports.now())
            continue
        source, answer = unpack(binding.base(side.other)), unpack(binding.base(side))
        settled = Settled(
            item.id, "created" if item.op == "create" else "updated", side, bind=True, name=item.name,
            left_id=binding.left_id, right_id=binding.right_id,
        )  # fmt: skip
        settled_bases(ctx, settled, *by_side(side, source, answer))
        again.append(Written(item, settled, source, answer))
    if again:
        await give_back(ctx, side, again)


async def _look_up(ctx: Context, side: Side, intents: Sequence[IntentRow], items: dict[int, ItemRow]) -> None:
    """Adopt what the lost create made; what it did not make is free to be sent again."""
    if not intents:
        return
    ports, end = ctx.ports, ctx.ends[side]
    found = await _by_keys(ctx, end, intents)
    taken = await ports.call(
        ports.ledger.bindings, ctx.run.pairing_id, side, [r.id for records in found.values() for r in records]
    )
    adopted: list[Written] = []
    for intent in intents:
        item = items[intent.item_id]
        records = [r for r in found.get(intent.id, []) if r.id not in taken]
        ours = [r for r in records if _holds(ctx, side, r, unpack(intent.payload))]
        if len(ours) == 1:
            adopted.append(written(ctx, item, Done(str(item.id), ours[0], created=True), None))
        elif records:
            await _park(ctx, [intent], items)
        else:
            await ports.call(ports.ledger.close_intents, [intent.id], "repeat", ports.now())
    if adopted:
        await give_back(ctx, side, adopted)


def _holds(ctx: Context, side: Side, record: Record, payload: Values) -> bool:
    """Whether a record holds everything that we sent."""
    schema = ctx.schema(side)
    return all(
        name in record.values and equal(value, record.values[name], schema.get(name)) for name, value in payload.items()
    )


async def _by_keys(ctx: Context, end: End, intents: Sequence[IntentRow]) -> dict[int, list[Record]]:
    """Records that carry an intent's key, by intent. Keys that the service cannot be asked for are looked for in a scan."""
    out: dict[int, list[Record]] = {}
    names = {name for intent in intents for name in intent.key}
    unasked = names - set(end.spec.keys)
    if unasked:
        token: str | None = None
        while True:
            page = await end.read(Window(fields=ctx.wished(end.side)), token)
            for intent in intents:
                out.setdefault(intent.id, []).extend(r for r in page.records if _matches(r, intent))
            token = page.next
            if token is None:
                return out
    for intent in intents:
        name, value = next(iter(intent.key.items()), ("", ""))
        if name:
            records = await end.find(name, [value])
            out[intent.id] = [r for r in records if _matches(r, intent)]
    return out


def _matches(record: Record, intent: IntentRow) -> bool:
    return bool(intent.key) and all(str(record.values.get(name)) == value for name, value in intent.key.items())


async def _park(ctx: Context, intents: Sequence[IntentRow], items: dict[int, ItemRow]) -> None:
    """A person has to look: the service cannot tell whether it acted."""
    if not intents:
        return
    ports = ctx.ports
    ended = []
    for intent in intents:
        item = items[intent.item_id]
        ended.append(
            Settled(
                item.id, "failed", item.side, code="ambiguous_intent",
                facts={**ctx.ends[item.side].told(), "name": item.name}, left_id=item.left_id,
                right_id=item.right_id, name=item.name, intent_state="ambiguous",
            )
        )  # fmt: skip
    await ports.call(ports.ledger.settle, ctx.run, ended, ports.now())
