"""Phases after planning that write to no service: cost, brake, and the end of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from math import ceil

from choai.connectors.contract import CursorKind, Idempotency, Window
from choai.engine.codec import fingerprint
from choai.engine.context import Context
from choai.engine.opening import next_cursor, window_start
from choai.engine.ports import ItemRow
from choai.engine.read import brake_minimum, brake_share
from choai.engine.turn import since_started
from choai.model.mapping import Side

SUCCESS = ("created", "updated", "unchanged")


@dataclass(slots=True, frozen=True)
class Wait:
    """Why a run waits for a person."""

    state: str
    code: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)


async def planned(ctx: Context) -> Wait | None:
    """After the last planned record: the cost of the plan, and whether the run waits – "planned" for a preview, "held" for the
    brake (CC-10). None: go on and apply."""
    run, ports = ctx.run, ctx.ports
    totals: dict[tuple[str, str], int] = await ports.call(ports.ledger.plan_totals, run.id)
    cost: dict[str, int] = {}
    for (side, op), count in totals.items():
        _add_cost(ctx, Side(side), op, count, cost)
    work = {**run.work, "read_at": ports.now().isoformat(), "total": sum(totals.values())}
    await ports.call(ports.ledger.move, run.id, "apply", work, cost=cost)
    run.work = work
    if run.preview:
        return Wait("planned")
    changing = sum(count for (_, op), count in totals.items() if op == "update")
    known = await ports.call(ports.ledger.count_bindings, run.pairing_id)
    share = brake_share(ctx.settings.options)
    too_many = changing >= brake_minimum(ctx.settings.options) and changing * 100 > share * known
    if not too_many or run.work.get("approved"):
        return None
    return Wait("held", "brake", {"count": changing, "total": known, "limit": share})


def _add_cost(ctx: Context, side: Side, op: str, count: int, cost: dict[str, int]) -> None:
    """Calls that writing these items takes: batches, and for new records the way back into the source."""
    end, source = ctx.ends[side], ctx.ends[side.other]
    writes = ceil(count / max(end.spec.batch_size, 1))
    if end.spec.idempotency is Idempotency.EXTERNAL_ID and end.spec.reads_by_id:
        writes *= 2  # the answer holds no values: they are read afterwards
    cost[str(end.link.connection_id)] = cost.get(str(end.link.connection_id), 0) + writes
    if op == "create" and any(r.write_back and r.direction.feeds(side.other) for r in ctx.settings.rows):
        back = ceil(count / max(source.spec.batch_size, 1)) * (2 if source.spec.reads_by_id else 1)
        cost[str(source.link.connection_id)] = cost.get(str(source.link.connection_id), 0) + back


async def finish(ctx: Context) -> None:
    """The end of a run that reached it: records overtaken during the run are failures of this run (FK-52), cursors move,
    the state says whether anything failed."""
    run, ports = ctx.run, ctx.ports
    cursors: dict[str, str] = {}
    apart = bool(run.settings.get("only")) or "undo" in run.settings  # a run of chosen records moves no cursor
    for side in () if "undo" in run.settings else ctx.sources:
        end = ctx.ends[side]
        newest = await _overtaken(ctx, side)
        if apart:
            continue
        old = await ports.call(ports.ledger.cursor_of, run.sync_id, side)
        mark = newest or run.work["watermark"].get(side.value)
        zone = end.link.account.time_zone if end.link.account else run.time_zone
        cursor = next_cursor(end.spec, datetime.fromisoformat(run.work["started"]), mark, zone, old)
        if cursor is not None:
            cursors[side.value] = cursor
    counts = (await ports.call(ports.ledger.take, run.id, ports.now())).counts
    bad = counts.get("failed", 0) + counts.get("blocked", 0)
    state = "partly" if bad else "succeeded"
    await ports.call(ports.ledger.finish, run.id, state, ports.now(), cursors=None if apart else cursors)


async def _overtaken(ctx: Context, side: Side) -> str | None:
    """Look for source records of this run that changed after their turn. Answers the newest change seen when there was
    none, so that the next run does not read our own writes again."""
    run, ports, end = ctx.run, ctx.ports, ctx.ends[side]
    wrote = run.counts.get("created", 0) + run.counts.get("updated", 0)
    if not wrote or end.spec.cursor is CursorKind.NONE:
        return None
    start = window_start(end.spec, since_started(run.work["started"], end, run.time_zone))
    token: str | None = None
    newest: datetime | None = None
    names = ctx.settings.names[side]
    calm = True
    while True:
        window = Window(since=start, fields=ctx.wished(side))
        page = await end.read(window, token)
        known = await ports.call(ports.ledger.prints, run.pairing_id, side, [r.id for r in page.records])
        moved = [r.id for r in page.records if known.get(r.id) != fingerprint(r.values, names)]
        if moved:
            items: dict[str, ItemRow] = await ports.call(ports.ledger.items_by_source, run.id, side, moved)
            late = [i for i in items.values() if i.outcome in SUCCESS]
            await ports.call(ports.ledger.flip, late, "changed_during_run", ports.now())
            calm = calm and not any(i not in items for i in moved) and not late
        if isinstance(page.watermark, datetime):
            newest = max(newest, page.watermark) if newest else page.watermark
        token = page.next
        if token is None:
            return newest.isoformat() if calm and newest is not None else None
