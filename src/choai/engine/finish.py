"""Phases after planning that write to no service: cost, brake, and the end of a run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from choai.connectors.contract import CursorKind, Window
from choai.engine.codec import fingerprint, unpack
from choai.engine.context import Context
from choai.engine.cost import cost_of
from choai.engine.opening import next_cursor, seen_until, window_start
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
    cost = cost_of(ctx, totals, run.work.get("backs", {}))
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


async def finish(ctx: Context) -> None:
    """The end of a run that reached it: records overtaken during the run are failures of this run (FK-52), cursors move,
    the state says whether anything failed."""
    run, ports = ctx.run, ctx.ports
    cursors: dict[str, str] = {}
    apart = bool(run.settings.get("only")) or "undo" in run.settings  # a run of chosen records moves no cursor
    for side in () if "undo" in run.settings else ctx.sources:
        end = ctx.ends[side]
        later = await _overtaken(ctx, side)
        if apart:
            continue
        seen = later or run.work["watermark"].get(side.value)
        zone = end.link.account.time_zone if end.link.account else run.time_zone
        cursor = next_cursor(end.spec, datetime.fromisoformat(run.work["started"]), seen, zone)
        if cursor is not None:
            cursors[side.value] = cursor
    counts = (await ports.call(ports.ledger.take, run.id, ports.now())).counts
    bad = counts.get("failed", 0) + counts.get("blocked", 0)
    state = "partly" if bad else "succeeded"
    await ports.call(ports.ledger.finish, run.id, state, ports.now(), cursors=None if apart else cursors)


async def _overtaken(ctx: Context, side: Side) -> str | None:
    """Look for source records of this run that changed after their turn. Answers how far this look has seen when it met nothing
    that the next run has to read, so that the next run does not read our own writes again."""
    run, ports, end = ctx.run, ctx.ports, ctx.ends[side]
    wrote = run.counts.get("created", 0) + run.counts.get("updated", 0)
    if not wrote or end.spec.cursor is CursorKind.NONE:
        return None
    start = window_start(end.spec, since_started(run.work["started"], end, run.time_zone))
    window = Window(since=start, fields=ctx.wished(side))
    token: str | None = None
    seen: str | None = None
    names = ctx.settings.names[side]
    calm = True
    asked = ports.now()
    while True:
        first = token is None
        page = await end.read(window, token)
        seen = seen_until(page.watermark, first, asked, ports.now(), seen)
        known = await ports.call(ports.ledger.prints, run.pairing_id, side, [r.id for r in page.records])
        marks = {r.id: fingerprint(r.values, names) for r in page.records}
        moved = [id for id, mark in marks.items() if known.get(id) != mark]
        if moved:
            items: dict[str, ItemRow] = await ports.call(ports.ledger.items_by_source, run.id, side, moved)
            late = [i for i in items.values() if i.outcome in SUCCESS]
            await ports.call(ports.ledger.flip, late, "changed_during_run", ports.now())
            calm = calm and not any(_news(items.get(id), marks[id], names) for id in moved)
        token = page.next
        if token is None:
            return seen if calm else None


def _news(item: ItemRow | None, mark: bytes, names: Sequence[str]) -> bool:
    """Whether a record without an up-to-date base has something that this run did not look at: nobody else will remember it.
    What failed is read again by its id; what was skipped is not, and may be another record by now."""
    if item is None or item.outcome in SUCCESS:
        return True
    return item.outcome not in ("failed", "blocked") and fingerprint(unpack(item.source), names) != mark
