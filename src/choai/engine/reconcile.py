"""A run that only compares (trigger "reconcile"): both sides in full, joined by the bindings, field by field.

    open → read_left → read_right → again_left → again_right → compare → only_left → only_right → sign

It writes to no service, settles nothing and moves no cursor. Pages go into the staging table as in any run, so that memory stays
flat and a killed comparison goes on at the next page or chunk. What was edited while the sides were read is read once
more; if it does not agree then either, it is listed as moving instead of as a difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from choai.connectors.contract import CursorKind, Window
from choai.engine.codec import fingerprint, pack, plain, unpack
from choai.engine.consequence import selected
from choai.engine.context import Context
from choai.engine.opening import SKEW, discover, window_start
from choai.engine.ports import BindingRow, End, ReadPage, StagedRow
from choai.engine.read import fetch
from choai.engine.turn import since_started
from choai.errors import ChoaiError
from choai.model.compare import Amount, Axes, Gap, amounts, axes, compared, gaps
from choai.model.mapping import Side
from choai.model.pairs import Pair, join
from choai.model.record import Record

CHUNK = 200  # bindings or records compared in one step
REREADS = 200  # records of a side that are asked for by id, at most: it may cost a call each
STRIDE = 100  # of them at once
DISAGREEING = ("differs", "only_left", "only_right", "missing", "moving")


@dataclass(slots=True)
class Difference:
    """A pair or record that does not agree. ``gone``: the side that lacks it (left, right, both)."""

    kind: str
    left_id: str = ""
    right_id: str = ""
    name: str = ""
    gone: str = ""
    fields: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class Compared:
    """What one step found out; committed as one. ``fresh`` and ``lost`` are records that were read once more."""

    number: int
    differences: list[Difference] = field(default_factory=list)
    amounts: list[tuple[Side, Amount]] = field(default_factory=list)
    fresh: list[tuple[Side, StagedRow]] = field(default_factory=list)
    lost: list[tuple[Side, str]] = field(default_factory=list)


Held = dict[Side, dict[str, StagedRow]]


async def step(ctx: Context) -> None:
    """One page, one chunk of pairs, or the end. Raises what describing and reading raise."""
    phase = ctx.run.phase
    if phase == "open":
        await _open(ctx)
    elif phase in ("read_left", "read_right"):
        await _read(ctx, Side(phase.removeprefix("read_")))
    elif phase in ("again_left", "again_right"):
        await _again(ctx, Side(phase.removeprefix("again_")))
    elif phase == "compare":
        await _pairs(ctx)
    elif phase in ("only_left", "only_right"):
        await _loose(ctx, Side(phase.removeprefix("only_")))
    else:
        await _sign(ctx)


async def _open(ctx: Context) -> None:
    await discover(ctx)
    broken = join(ctx.settings.rows, ctx.schema(Side.LEFT), ctx.schema(Side.RIGHT)).broken
    if broken:
        facts = broken[0].facts
        raise ChoaiError(broken[0].code, **{**ctx.ends[Side(str(facts["side"]))].told(), **facts})
    work = {
        "started": ctx.ports.now().isoformat(),
        "token": None,
        "page": 0,
        "seq": 0,
        "rereads": {s.value: 0 for s in Side},
        "gaps": {},
        "attempts": 0,
    }
    await ctx.ports.call(ctx.ports.ledger.opened, ctx.run.id, ctx.run.settings, work, "read_left")


# ---------------------------------------------------------------- reading


async def _read(ctx: Context, side: Side) -> None:
    """One page of a side into the staging table."""
    end, run, ports = ctx.ends[side], ctx.run, ctx.ports
    work = dict(run.work)
    window = Window(fields=ctx.wished(side), patient=True)
    page = ctx.waits_for(await end.read(window, work["token"]))
    if page.incomplete:
        raise ChoaiError(page.incomplete, **end.told())
    await _believe(ctx, end, bool(page.records) or work["page"] > 0 or page.wait_seconds is not None)
    committed = ReadPage(side, work["page"], page.next, [_row(ctx, side, r) for r in page.records])
    phase = run.phase
    work.update(page=work["page"] + 1, token=page.next)
    if page.next is None:
        work["page"] = 0
        phase = "read_right" if side is Side.LEFT else "again_left"
    ctx.count("read", len(page.records))
    await ports.call(ports.ledger.commit_page, run.id, committed, work, phase, ctx.deltas, now=ports.now())


async def _believe(ctx: Context, end: End, something: bool) -> None:
    """A side that has nothing at all where pairs are known is no finding but a failure to read (CC-22)."""
    if something:
        return
    expected = await ctx.ports.call(ctx.ports.ledger.count_bindings, ctx.run.pairing_id)
    if expected:
        raise ChoaiError("empty_source", **end.told(), expected=expected)


def _row(ctx: Context, side: Side, record: Record, moved: str = "") -> StagedRow:
    """``moved``: the instant at which the record was found to have changed while the sides were read."""
    return StagedRow(
        seq=0,
        record_id=record.id,
        revision=record.revision or "",
        changed_at=moved,
        print=fingerprint(record.values, ctx.settings.names[side]),
        values=pack({k: record.values[k] for k in ctx.wished(side) if k in record.values}),
    )


# ---------------------------------------------------------------- comparing


def _fields(ctx: Context) -> tuple[Pair, ...]:
    return compared(ctx.settings.rows, ctx.schema(Side.LEFT), ctx.schema(Side.RIGHT))


async def _pairs(ctx: Context) -> None:
    """The next bindings, with what either side holds now."""
    run, ports = ctx.run, ctx.ports
    work = dict(run.work)
    bindings: list[BindingRow] = await ports.call(ports.ledger.bindings_after, run.pairing_id, work["seq"], CHUNK)
    if not bindings:
        await _on(ctx, work, "only_left")
        return
    held: Held = {}
    for side in Side:
        held[side] = await ports.call(ports.ledger.staged, run.id, side, [b.id_on(side) for b in bindings])
    chunk = Compared(work["page"])
    pairs = _fields(ctx)
    judged = {b.id: _judge(ctx, pairs, b, held) for b in bindings}
    doubtful = [b for b in bindings if judged[b.id] is not None]
    await _ask_again(ctx, doubtful, held, chunk, work)
    for binding in doubtful:
        again = judged[binding.id] = _judge(ctx, pairs, binding, held)
        if again is not None and _moved(binding, held, chunk):
            again.kind = "moving"
    found = [d for d in judged.values() if d is not None]
    ctx.count("bound", len(bindings))
    ctx.count("agreeing", len(bindings) - len(found))
    _tally_gaps(work, found)
    wanted = axes(pairs)
    for binding in bindings:
        for side in Side:
            _add_amounts(ctx, wanted, side, held[side].get(binding.id_on(side)), chunk)
    work["seq"] = bindings[-1].id
    await _commit(ctx, chunk, found, work)


def _judge(ctx: Context, pairs: Sequence[Pair], binding: BindingRow, held: Held) -> Difference | None:
    """None when the two agree in every mapped field."""
    rows = {s: held[s].get(binding.id_on(s)) for s in Side}
    told = Difference("missing", binding.left_id, binding.right_id, binding.name)
    gone = [s.value for s, row in rows.items() if row is None]
    if gone:
        told.gone = gone[0] if len(gone) == 1 else "both"
        return told
    values = {s: unpack(row.values) for s, row in rows.items() if row is not None}
    apart = gaps(pairs, values[Side.LEFT], values[Side.RIGHT])
    if not apart:
        return None
    told.kind = "differs"
    told.name = told.name or ctx.title(Side.RIGHT, values[Side.RIGHT]) or ctx.title(Side.LEFT, values[Side.LEFT])
    bases = {s: unpack(binding.base(s)) for s in Side}
    told.fields = [_shown(gap, values, bases) for gap in apart]
    return told


def _shown(gap: Gap, values: dict[Side, dict[str, Any]], bases: dict[Side, dict[str, Any]]) -> dict[str, Any]:
    """One differing field as people read it; ``row`` is its place in the mapping."""
    out: dict[str, Any] = {"row": gap.pair.index, "unread": gap.unread}
    for side in Side:
        name = gap.pair.field(side).name
        out[side.value] = plain({name: values[side].get(name)})[name]
        out[f"{side.value}_base"] = plain({name: bases[side].get(name)})[name]
    return out


def _tally_gaps(work: dict[str, Any], found: Iterable[Difference]) -> None:
    """How often each mapped field differs; keys are texts because the notebook is JSON."""
    seen = dict(work["gaps"])
    for difference in found:
        for told in difference.fields:
            seen[str(told["row"])] = seen.get(str(told["row"]), 0) + 1
    work["gaps"] = seen


def _add_amounts(ctx: Context, wanted: Axes, side: Side, row: StagedRow | None, chunk: Compared) -> None:
    if row is not None and wanted.amounts:
        values = unpack(row.values)
        chunk.amounts.extend((side, a) for a in amounts(wanted, side, values, ctx.run.time_zone))


async def _loose(ctx: Context, side: Side) -> None:
    """Records of a side that no binding knows. Those that the sync's conditions leave out are counted, no more."""
    run, ports = ctx.run, ctx.ports
    work = dict(run.work)
    rows: list[StagedRow] = await ports.call(
        ports.ledger.loose_after, run.id, run.pairing_id, side, work["seq"], CHUNK
    )  # fmt: skip
    if not rows:
        await _on(ctx, work, "only_right" if side is Side.LEFT else "sign")
        return
    chunk = Compared(work["page"])
    wanted = axes(_fields(ctx))
    chosen = [row for row in rows if selected(ctx, side, unpack(row.values))]
    ctx.count(f"not_selected_{side.value}", len(rows) - len(chosen))
    for row in chosen:
        _add_amounts(ctx, wanted, side, row, chunk)
    work["seq"] = rows[-1].seq
    await _commit(ctx, chunk, [_alone(ctx, side, row) for row in chosen], work)


def _alone(ctx: Context, side: Side, row: StagedRow) -> Difference:
    kind = "moving" if row.changed_at else f"only_{side.value}"
    told = Difference(kind, name=ctx.title(side, unpack(row.values)))
    if side is Side.LEFT:
        told.left_id = row.record_id
    else:
        told.right_id = row.record_id
    return told


async def _commit(ctx: Context, chunk: Compared, found: list[Difference], work: dict[str, Any]) -> None:
    chunk.differences = found
    for difference in found:
        ctx.count(difference.kind)
    work["page"] += 1
    run, ports = ctx.run, ctx.ports
    await ports.call(
        ports.ledger.commit_compared, run.id, chunk, work, run.phase, ctx.deltas, now=ports.now()
    )  # fmt: skip


async def _on(ctx: Context, work: dict[str, Any], phase: str) -> None:
    work["seq"] = 0
    await ctx.ports.call(ctx.ports.ledger.move, ctx.run.id, phase, work)


# ---------------------------------------------------------------- what was edited meanwhile


async def _again(ctx: Context, side: Side) -> None:
    """What changed on a side since the reading began, read once more; a side that cannot say so is asked pair by pair."""
    end, run, ports = ctx.ends[side], ctx.run, ctx.ports
    work = dict(run.work)
    then = "again_right" if side is Side.LEFT else "compare"
    if end.spec.cursor is CursorKind.NONE:
        await _on(ctx, work, then)
        return
    zone = end.link.account.time_zone if end.link.account else run.time_zone
    window = Window(
        since=window_start(end.spec, since_started(work["started"], end, zone)), fields=ctx.wished(side)
    )  # fmt: skip
    page = await end.link.connector.read(end.link.session, end.object, window, work["token"])
    known = await ports.call(ports.ledger.staged, run.id, side, [r.id for r in page.records])
    chunk = Compared(work["page"])
    now = ports.now().isoformat()
    for row in (_row(ctx, side, record, now) for record in page.records):
        before = known.get(row.record_id)
        if before is None or before.print != row.print:
            chunk.fresh.append((side, row))
    work.update(page=work["page"] + 1, token=page.next)
    phase = run.phase if page.next is not None else then
    await ports.call(ports.ledger.commit_compared, run.id, chunk, work, phase, ctx.deltas, now=ports.now())


def _moved(binding: BindingRow, held: Held, chunk: Compared) -> bool:
    """Whether a record of the pair changed while the sides were read."""
    ids = [(side, binding.id_on(side)) for side in Side]
    return any(at in chunk.lost or ((row := held[at[0]].get(at[1])) is not None and row.changed_at) for at in ids)


async def _ask_again(
    ctx: Context, doubtful: Sequence[BindingRow], held: Held, chunk: Compared, work: dict[str, Any]
) -> None:
    """Look by id for records that the reading did not meet (a list may leave archived ones out), and at those of sides that
    do not tell changes; what is found goes into ``held``."""
    spent = dict(work["rereads"])
    for side in Side:
        blind = ctx.ends[side].spec.cursor is CursorKind.NONE
        ids = [i for b in doubtful if (i := b.id_on(side)) not in held[side] or blind]
        wanted = ids[: max(0, REREADS - spent[side.value])]
        spent[side.value] += len(wanted)
        for start in range(0, len(wanted), STRIDE):
            part = wanted[start : start + STRIDE]
            found = {r.id: r for r in await fetch(ctx, ctx.ends[side], part)}
            for id in part:
                _take(ctx, side, id, found.get(id), held, chunk)
    work["rereads"] = spent


def _take(  # noqa: PLR0917  one record and where it goes
    ctx: Context, side: Side, id: str, record: Record | None, held: Held, chunk: Compared
) -> None:
    """A record that was asked for by id."""
    before = held[side].get(id)
    if record is None:
        if before is not None:
            del held[side][id]
            chunk.lost.append((side, id))
        return
    row = _row(ctx, side, record, ctx.ports.now().isoformat())
    if before is None and not _is_new(ctx, side, record):
        row.changed_at = ""  # it was there all the time: the list left it out
    if before is None or before.print != row.print:
        held[side][id] = row
        chunk.fresh.append((side, row))


def _is_new(ctx: Context, side: Side, record: Record) -> bool:
    """Whether the record may have changed since the reading began, by its own stamp."""
    if record.changed_at is None:
        return False
    since = datetime.fromisoformat(ctx.run.work["started"]) - SKEW
    if isinstance(record.changed_at, datetime):
        return record.changed_at >= since
    account = ctx.ends[side].link.account
    zone = ZoneInfo(account.time_zone if account else ctx.run.time_zone)
    return record.changed_at >= since.astimezone(zone).date()


# ---------------------------------------------------------------- the end


async def _sign(ctx: Context) -> None:
    """The statement: counts, sums, fingerprints, verdict."""
    run, ports = ctx.run, ctx.ports
    seen = run.work["gaps"]
    fields = [
        {"row": pair.index, "differing": seen.get(str(pair.index), 0)}
        | {s.value: {"name": (f := pair.field(s)).name, "ja": f.ja, "en": f.en or f.ja} for s in Side}
        for pair in _fields(ctx)
    ]
    agree = not any(run.counts.get(kind) for kind in DISAGREEING)
    verdict = "agree" if agree else "differ"
    await ports.call(ports.ledger.conclude, run.id, verdict, fields, ports.now())
