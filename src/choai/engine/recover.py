"""Intents that nobody saw the end of: ask the service, then adopt or send again (design §5).

update, tie                     harmless to repeat: the item is sent again
create with a header            the same call again, while the service remembers its key; later as with a natural key
create with an external id      looked up by that id; not found → sent again, harmlessly: the service finds it by that id
create with a stamp             looked up by the stamp; not found → sent again
create with a natural key       looked up by the key that was proved unique before; found with our content → adopted
create with none of these       parked as ambiguous for a person, never sent again
created, not yet written back   only the way back into the source is repeated
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from choai.connectors.contract import Done, Idempotency, Item, Op, Result, Unknown, Window
from choai.engine.apply import write
from choai.engine.bind import Written, by_side, give_back, settled_bases, written
from choai.engine.codec import unpack
from choai.engine.context import Context
from choai.engine.ports import End, IntentRow, ItemRow, Settled
from choai.engine.settle import settle
from choai.engine.stamp import CALL, OWN, call_key, fields_of
from choai.errors import ChoaiError
from choai.model.convert import equal
from choai.model.mapping import Side
from choai.model.record import Record
from choai.model.values import Values

ATTEMPTS = 4  # a record is sent at most this often in one run without its end being seen
OUTSTANDING = timedelta(seconds=5)  # a service may still be at work on what it was sent so recently
PROVEN = (Idempotency.EXTERNAL_ID, Idempotency.STAMP)  # what carries the key is ours, whatever else it holds by now


async def recover(ctx: Context, *, owed: bool) -> None:
    """Settle every open intent of the pairing; with ``owed`` also write-backs that were refused in an earlier run.
    Raises what the service answers when it cannot be asked, answer_outstanding when it is too early to ask."""
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
        harmless = [i.id for i in mine if i.state == "open" and i.op != "create"]
        if ctx.ends[side].spec.idempotency is Idempotency.NONE:
            await _park(ctx, creates, items)
        else:
            await _look_up(ctx, side, await _same_calls(ctx, side, creates, items), items)
        await ports.call(ports.ledger.close_intents, harmless, "repeat", ports.now())
    places = {side: end.told() for side, end in ctx.ends.items()}
    await ports.call(ports.ledger.worn_out, ctx.run.id, ATTEMPTS, ports.now(), places)


async def _wrote(ctx: Context, side: Side, intents: Sequence[IntentRow], items: Mapping[int, ItemRow]) -> None:
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
        again.append(Written(item, settled, binding.base(side.other), answer))
    if again:
        await give_back(ctx, side, again)


# ---------------------------------------------------------------- the same call again


async def _same_calls(
    ctx: Context, side: Side, intents: Sequence[IntentRow], items: Mapping[int, ItemRow]
) -> list[IntentRow]:
    """Make the calls again whose keys the service still knows: it answers what it answered then, or acts now. Answers the
    intents for which that is over, or whose call was only in part without an end. Raises when an answer is lost again."""
    spec = ctx.ends[side].spec
    if spec.idempotency is not Idempotency.HEADER:
        return list(intents)
    calls: dict[str, list[IntentRow]] = {}
    for intent in intents:
        calls.setdefault(str(intent.key.get(CALL, "")), []).append(intent)
    rest: list[IntentRow] = []
    fresh = ctx.ports.now() - timedelta(seconds=spec.key_seconds / 2)  # the repetition may have to wait for its turn
    for key, members in calls.items():
        whole = key == call_key([str(i.key.get(OWN, "")) for i in members])
        if not whole or any(i.created_at is None or i.created_at < fresh for i in members):
            rest += members
            continue
        sent = [Item(str(i.item_id), unpack(i.payload), stamp=str(i.key[OWN])) for i in members]
        ended: list[Result] = []
        await write(ctx, side, Op.CREATE, sent, ended)
        await settle(ctx, side, [(items[int(r.ref)], r) for r in ended])
        lost = next((r.error for r in ended if isinstance(r, Unknown)), None)
        if lost is not None:
            raise lost
    return rest


# ---------------------------------------------------------------- looked up


async def _look_up(ctx: Context, side: Side, intents: Sequence[IntentRow], items: Mapping[int, ItemRow]) -> None:
    """Adopt what the lost create made; what it did not make is free to be sent again."""
    if not intents:
        return
    ports, end = ctx.ports, ctx.ends[side]
    proven = end.spec.idempotency in PROVEN
    if end.spec.idempotency is not Idempotency.EXTERNAL_ID:
        _demand_quiet(ctx, end, intents)
    found = await _by_keys(ctx, end, intents)
    taken = set(
        await ports.call(
            ports.ledger.bindings, ctx.run.pairing_id, side, [r.id for records in found.values() for r in records]
        )
    )
    adopted: list[Written] = []
    for intent in intents:
        item, payload = items[intent.item_id], unpack(intent.payload)
        records = [r for r in found.get(intent.id, []) if r.id not in taken]
        ours = [r for r in records if _is_ours(ctx, side, r, payload, intent, proven=proven)]
        if len(ours) == 1:
            taken.add(ours[0].id)
            adopted.append(written(ctx, item, Done(str(item.id), _as_sent(ctx, side, ours[0], payload), True), None))
        elif records or not fields_of(intent.key):
            await _park(ctx, [intent], items)
        else:
            await ports.call(ports.ledger.close_intents, [intent.id], "repeat", ports.now())
    if adopted:
        await give_back(ctx, side, adopted)


def _demand_quiet(ctx: Context, end: End, intents: Sequence[IntentRow]) -> None:
    """Raises answer_outstanding as long as the service may still act on what it was sent last: looked up too early, it would
    not be found, and made twice."""
    last = max((i.created_at for i in intents if i.created_at is not None), default=None)
    wait = int(str(ctx.settings.options.get("outstanding_seconds", OUTSTANDING.seconds)))
    if last is not None and ctx.ports.now() < (until := last + timedelta(seconds=wait)):
        raise ChoaiError("answer_outstanding", **end.told(), until=until)


def _is_ours(ctx: Context, side: Side, record: Record, payload: Values, intent: IntentRow, *, proven: bool) -> bool:
    """Whether it is the record that we sent: by its key alone where nobody else writes that, else by everything it holds."""
    stamp = ctx.stamp_field(side)
    by_key = proven and (ctx.ends[side].spec.idempotency is not Idempotency.STAMP or stamp in intent.key)
    schema = ctx.schema(side)
    return by_key or all(
        name in record.values and equal(value, record.values[name], schema.get(name)) for name, value in payload.items()
    )


def _as_sent(ctx: Context, side: Side, record: Record, payload: Values) -> Record:
    """The record with our content where it holds other content by now: that is somebody's edit, which must not become the
    base unseen."""
    schema = ctx.schema(side)
    edited = {
        name: value
        for name, value in payload.items()
        if name in record.values and not equal(value, record.values[name], schema.get(name))
    }
    return Record(record.id, {**record.values, **edited}, record.revision, record.changed_at)


async def _by_keys(ctx: Context, end: End, intents: Sequence[IntentRow]) -> dict[int, list[Record]]:
    """Records that carry an intent's key, by intent. Keys that the service cannot be asked for are looked for in a scan."""
    out: dict[int, list[Record]] = {}
    names = {name for intent in intents for name in fields_of(intent.key)}
    if names - set(end.spec.keys):
        token: str | None = None
        while True:
            page = await end.read(Window(fields=ctx.wished(end.side)), token)
            if page.incomplete:
                raise ChoaiError(page.incomplete, **end.told())
            for intent in intents:
                out.setdefault(intent.id, []).extend(r for r in page.records if _matches(r, intent))
            token = page.next
            if token is None:
                return out
    for intent in intents:
        name, value = next(iter(fields_of(intent.key).items()), ("", ""))
        if name:
            records = await end.find(name, [value])
            out[intent.id] = [r for r in records if _matches(r, intent)]
    return out


def _matches(record: Record, intent: IntentRow) -> bool:
    key = fields_of(intent.key)
    return bool(key) and all(str(record.values.get(name)) == value for name, value in key.items())


async def _park(ctx: Context, intents: Sequence[IntentRow], items: Mapping[int, ItemRow]) -> None:
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
