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
from choai.model.convert import shown
from choai.model.kept import Loss, loss
from choai.model.mapping import Side
from choai.model.merge import write_back
from choai.model.values import Row, Value, Values


@dataclass(slots=True)
class Written:
    """An item whose target record is known: what its source held (packed), what the target service answered."""

    item: ItemRow
    settled: Settled
    packed: bytes
    answer: Values

    @property
    def source(self) -> dict[str, Value]:
        return unpack(self.packed)


def settled_bases(
    ctx: Context, settled: Settled, left: Values, right: Values, was: BindingRow | None = None
) -> Settled:
    """The settlement with both bases and their fingerprints filled in. A field that was not told this time stays in the base as
    it ``was``, so that what is done to it meanwhile is seen as soon as it is told again; the fingerprint is of what was told."""
    for side, values in ((Side.LEFT, left), (Side.RIGHT, right)):
        _set_base(settled, side, *_base(ctx, side, values, was))
    return settled


def _base(ctx: Context, side: Side, values: Values, was: BindingRow | None) -> tuple[bytes, bytes]:
    names = ctx.settings.names[side]
    told = ctx.mapped(side, values)
    mark = fingerprint(told, names)
    if was is not None and len(told) < len(names):
        told = {**ctx.mapped(side, unpack(was.base(side))), **told}
    return pack(told), mark


def _set_base(settled: Settled, side: Side, base: bytes, mark: bytes) -> None:
    if side is Side.LEFT:
        settled.left_base, settled.left_print = base, mark
    else:
        settled.right_base, settled.right_print = base, mark


def by_side(target: Side, source: Values, theirs: Values) -> tuple[Values, Values]:
    """(left, right) of a source's and a target's values."""
    return (source, theirs) if target is Side.RIGHT else (theirs, source)


def written(
    ctx: Context,
    item: ItemRow,
    done: Done,
    binding: BindingRow | None,
    *,
    sent: Values | None = None,
    twin: Values | None = None,
) -> Written:
    """The settlement of a write. The target's base is the service's answer for what was written; a full answer to an update
    also tells of somebody's edits of other fields, which must not become the base unseen: there it stays as it was. What a
    partial answer does not tell is as it was before, or as it was sent. ``sent`` is the item's ``after`` where it is open
    already, ``twin`` what this run has written into the source record as well (both sides were edited)."""
    target = item.side
    sent = unpack(item.after) if sent is None else sent
    answer: dict[str, Value] = dict(done.record.values)
    if not done.complete:
        answer = {**sent, **answer}
    if binding is not None:
        was = unpack(binding.base(target))
        kept = {n: was.get(n, v) if n not in sent else v for n, v in answer.items()}
        answer = {**was, **kept} if not done.complete else kept
    source = item.source
    if binding is not None and (twin or not source):
        read, base = unpack(source), unpack(binding.base(target.other))
        source = pack(
            {**read, **{n: base[n] for n in twin or () if n in base}} if read else base
        )  # not read in this run
    created = item.op == "create"
    settled = Settled(
        item.id, "created" if created else "updated", target, bind=True, name=item.name,
        origin=target.other.value if created else "matched", left_id=item.left_id, right_id=item.right_id,
        code=item.code, facts=dict(item.facts),
    )  # fmt: skip
    if target is Side.LEFT:
        settled.left_id = done.record.id
    else:
        settled.right_id = done.record.id
    if done.complete:
        _less(ctx, item, settled, sent, answer)
        lost = [name for name in sent if name not in answer]
        if lost:
            source = pack(unpack(source) | _emptied(ctx, target, lost))
            answer.update(dict.fromkeys(lost))
            _not_taken(ctx, item, settled, lost)
    if binding is None and not done.complete and _told_nothing(ctx, target, sent, done.record.values):
        _set_base(settled, target, item.after, fingerprint(sent, ctx.settings.names[target]))
    else:
        _set_base(settled, target, *_base(ctx, target, answer, binding))
    if binding is None and source is item.source and item.staged and item.print and ctx.settings.bare[target.other]:
        _set_base(settled, target.other, source, item.print)  # what is staged is what the base keeps
    else:
        _set_base(settled, target.other, *_base(ctx, target.other, unpack(source), binding))
    return Written(item, settled, source, answer)


def _told_nothing(ctx: Context, target: Side, sent: Values, told: Values) -> bool:
    """Whether an answer leaves what was sent as all that the base can keep."""
    names = ctx.settings.known[target]
    return names.isdisjoint(told) and sent.keys() <= names


def _spoken(ctx: Context, side: Side, name: str, value: Value) -> Value:
    """Line items without what the mapping does not speak of: a row goes as a whole, and the service counts its sums anew."""
    rows = [item for item in value if isinstance(item, Row)] if isinstance(value, list) else []
    if not rows:
        return value
    inner = {r.field(side) for row in ctx.settings.rows if row.field(side) == name for r in row.rows}
    return [Row(row.id, {n: v for n, v in row.values.items() if n in inner}) for row in rows] if inner else value


def _less(ctx: Context, item: ItemRow, settled: Settled, sent: Values, answer: Values) -> None:
    """A service that keeps less than it was sent: a text that was cut is a failure, a number that was rounded a remark. The base
    is what it kept, so that nothing is sent again before somebody has changed the value."""
    spoken = {n: _spoken(ctx, item.side, n, v) for n, v in sent.items()}
    lost = {n: found for n, v in spoken.items() if n in answer and (found := loss(v, answer[n])) is not None}
    name = next((n for n, found in lost.items() if found is Loss.CUT), next(iter(lost), None))
    if name is None:
        return
    known = ctx.schema(item.side).get(name)
    settled.outcome = "failed" if lost[name] is Loss.CUT else settled.outcome
    settled.code = lost[name].value
    settled.facts = {
        **settled.facts,
        **ctx.ends[item.side].told(),
        "field": known.ja if known else name,
        "field_en": known.en if known else name,
        "value": shown(sent[name]),
        "kept": shown(answer[name]),
    }


def _emptied(ctx: Context, target: Side, lost: Sequence[str]) -> dict[str, Value]:
    """The source's fields that feed these, as empty: so the base holds them, and the next run sends them again."""
    rows = (row for row in ctx.settings.rows if row.field(target) in lost)
    return {name: None for row in rows if (name := row.field(target.other)) is not None}


def _not_taken(ctx: Context, item: ItemRow, settled: Settled, lost: Sequence[str]) -> None:
    """A full answer lacks fields that we sent: the service dropped them without a word, since its form changed meanwhile. The
    item is a failure."""
    known = [ctx.schema(item.side).get(name) for name in lost]
    settled.outcome, settled.code = "failed", "field_not_taken"
    settled.facts = {
        **ctx.ends[item.side].told(),
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
    return Written(item, settled_bases(ctx, settled, *by_side(item.side, source, theirs)), item.source, theirs)


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
    for one, change in wanted:
        result = results.get(str(one.item.id))
        if isinstance(result, Done):
            # of the other fields the answer may tell edits that were made since the source was read: they are for the next run
            held = {**one.source, **{n: result.record.values.get(n, v) for n, v in change.items()}}
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
