"""What follows a write: binding and base from the service's own answer, and the way back into the source record (FK-23)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from choai.connectors.contract import Done, Item, Op, Refused, Result, Unknown
from choai.engine.apply import write
from choai.engine.codec import fingerprint, pack, unpack
from choai.engine.context import Context
from choai.engine.ports import BindingRow, ItemRow, Settled
from choai.errors import ChoaiError
from choai.model.mapping import Side
from choai.model.merge import write_back
from choai.model.values import Value, Values


@dataclass(slots=True)
class Written:
    """An item whose target record is known: what its source held, what the target service answered."""

    item: ItemRow
    settled: Settled
    source: Values
    answer: Values


def settled_bases(ctx: Context, settled: Settled, left: Values, right: Values) -> Settled:
    """The settlement with both bases and their fingerprints filled in."""
    left, right = ctx.mapped(Side.LEFT, left), ctx.mapped(Side.RIGHT, right)
    settled.left_base, settled.right_base = pack(left), pack(right)
    settled.left_print = fingerprint(left, ctx.settings.names[Side.LEFT])
    settled.right_print = fingerprint(right, ctx.settings.names[Side.RIGHT])
    return settled


def by_side(target: Side, source: Values, theirs: Values) -> tuple[Values, Values]:
    """(left, right) of a source's and a target's values."""
    return (source, theirs) if target is Side.RIGHT else (theirs, source)


def written(
    ctx: Context, item: ItemRow, done: Done, binding: BindingRow | None, *, source_written: bool = False
) -> Written:
    """The settlement of a write. The target's base is the service's answer; what a partial answer does not tell is as it
    was before, or as it was sent. ``source_written``: this run has written the source record as well (both sides were
    edited), so that its base is newer than what was read."""
    target = item.side
    answer: dict[str, Value] = dict(done.record.values)
    if not done.complete:
        answer = {**(unpack(binding.base(target)) if binding else {}), **unpack(item.after), **answer}
    source = unpack(item.source)
    if binding is not None and (
        source_written or not source
    ):  # or the other side was not read in this run: it is as it was
        source = unpack(binding.base(target.other))
    created = item.op == "create"
    settled = Settled(
        item.id, "created" if created else "updated", target, bind=True, name=item.name,
        origin=target.other.value if created else "matched", left_id=item.left_id, right_id=item.right_id,
    )  # fmt: skip
    if target is Side.LEFT:
        settled.left_id = done.record.id
    else:
        settled.right_id = done.record.id
    if done.complete:
        _not_taken(ctx, item, settled, source, answer)
    return Written(item, settled_bases(ctx, settled, *by_side(target, source, answer)), source, answer)


def _not_taken(
    ctx: Context, item: ItemRow, settled: Settled, source: dict[str, Value], answer: dict[str, Value]
) -> None:
    """A full answer that lacks fields we sent: the service dropped them without a word, since its form changed meanwhile. The
    item is a failure, and the base holds them as empty on both sides, so that the next run sends them."""
    target = item.side
    lost = [name for name in unpack(item.after) if name not in answer]
    if not lost:
        return
    for row in ctx.settings.rows:
        if row.field(target) in lost and (from_ := row.field(target.other)) is not None:
            source[from_] = None
    answer.update(dict.fromkeys(lost))
    known = [ctx.schema(target).get(name) for name in lost]
    settled.outcome, settled.code = "failed", "field_not_taken"
    settled.facts = {
        **ctx.ends[target].told(),
        "name": item.name,
        "field": ", ".join(f.ja if f else n for n, f in zip(lost, known, strict=True)),
        "field_en": ", ".join(f.en if f else n for n, f in zip(lost, known, strict=True)),
    }


def tied(ctx: Context, item: ItemRow, theirs: Values) -> Written:
    """The settlement of a tie between two records that agree."""
    settled = Settled(
        item.id, "updated", item.side, facts=dict(item.facts), bind=True, name=item.name, left_id=item.left_id,
        right_id=item.right_id,
    )  # fmt: skip
    source = unpack(item.source)
    return Written(item, settled_bases(ctx, settled, *by_side(item.side, source, theirs)), source, theirs)


async def give_back(ctx: Context, target: Side, done: Sequence[Written]) -> None:
    """Commit the settlements, then write into the source records what the target gave them.

    Until that is done the intent stays noted as "wrote", so that a run after a crash does it. A write-back that is refused
    makes the item a failure although the target's record exists; its binding stays and the next run tries again.
    """
    ports, rows = ctx.ports, ctx.settings.rows
    schemas = ctx.schema(Side.LEFT), ctx.schema(Side.RIGHT)
    goes_back = any(r.write_back for r in rows)
    wanted: list[tuple[Written, dict[str, Value]]] = []
    for one in done:
        if goes_back and one.item.op != "update":
            change = write_back(rows, one.answer, target, *schemas, current=one.source)
            if change:
                one.settled.intent_state = "wrote"
                wanted.append((one, change))
    await ports.call(ports.ledger.settle, ctx.run, [w.settled for w in done], ports.now())
    size = max(ctx.ends[target.other].spec.batch_size, 1)
    for start in range(0, len(wanted), size):
        await _batch(ctx, target.other, wanted[start : start + size])


async def _batch(ctx: Context, source: Side, wanted: list[tuple[Written, dict[str, Value]]]) -> None:
    ports = ctx.ports
    writes = [
        Item(ref=str(w.item.id), values=change, id=w.settled.left_id if source is Side.LEFT else w.settled.right_id)
        for w, change in wanted
    ]
    ended: list[Result] = []
    error: ChoaiError | None = None
    try:
        await write(ctx, source, Op.UPDATE, writes, ended)
    except ChoaiError as raised:
        error = raised
    results = {r.ref: r for r in ended}
    good: list[Settled] = []
    bad: list[Settled] = []
    for one, _ in wanted:
        result = results.get(str(one.item.id))
        if isinstance(result, Done):
            held = {**one.source, **result.record.values}
            one.settled.intent_state = "done"
            good.append(settled_bases(ctx, one.settled, *by_side(source.other, held, one.answer)))
        elif isinstance(result, Refused):
            bad.append(_failed(one, result.error))
        elif isinstance(result, Unknown):
            error = error or result.error
    await ports.call(ports.ledger.gave_back, ctx.run, good, bad, ports.now())
    if error is not None:  # the intents say "wrote": the next step repeats the rest
        raise error


def _failed(one: Written, error: ChoaiError) -> Settled:
    """The target's record is there, the source does not know it (FK-23)."""
    settled = one.settled
    id = settled.right_id if one.item.side is Side.RIGHT else settled.left_id
    why = {f"detail_{language}": error.text(language)["title"] for language in ("ja", "en")}
    settled.code, settled.facts = "write_back_failed", {"reason": error.code, "name": one.item.name, "id": id, **why}
    return settled
