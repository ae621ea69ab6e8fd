"""A last look at source records before their turn.

A record edited between being read and its turn goes out with its new content; one that is gone is not counted; in a run
that applies a shown plan an edited record is refused, because that is not what was approved (FK-52, FK-53, FK-54, design §4.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from choai.connectors.contract import CursorKind, Window
from choai.engine.codec import fingerprint, pack, unpack
from choai.engine.context import Context
from choai.engine.opening import window_start
from choai.engine.plan import replan
from choai.engine.ports import End, ItemRow
from choai.engine.read import doubtful, fetch
from choai.errors import ChoaiError
from choai.model.mapping import Side
from choai.model.record import Record

RECHECK_SECONDS = 20  # records read more recently than this are not read again


async def look_again(ctx: Context, target: Side, items: Sequence[ItemRow]) -> list[ItemRow]:
    """The items with what is newest of their source; those that end here are stored and have an outcome."""
    source = target.other
    end = ctx.ends[source]
    read_at = datetime.fromisoformat(ctx.run.work["read_at"])
    age = ctx.ports.now() - read_at
    wait = int(str(ctx.settings.options.get("recheck_seconds", RECHECK_SECONDS)))
    looked = [i for i in items if i.source]
    if age < timedelta(seconds=wait) or not looked:
        return list(items)
    current, gone = await _current(ctx, end, looked)
    changed: list[ItemRow] = []
    for item in looked:
        if item.source_id in gone:
            item.outcome, item.code = "not_counted", "deleted_during_run"
            changed.append(item)
            continue
        record = current.get(item.source_id)
        names = ctx.settings.names[source]
        if record is None or fingerprint(record.values, names) == fingerprint(unpack(item.source), names):
            continue
        if ctx.run.work.get("approved"):
            item.outcome, item.code, item.facts = "failed", "changed_since_plan", {"name": item.name}
        else:
            packed = pack({k: record.values[k] for k in ctx.wished(source) if k in record.values})
            await replan(ctx, source, item, packed, record.revision or "")
        changed.append(item)
    if changed:
        await ctx.ports.call(ctx.ports.ledger.replan, ctx.run.id, changed, ctx.ports.now())
    return list(items)


async def _current(ctx: Context, end: End, items: Sequence[ItemRow]) -> tuple[dict[str, Record], set[str]]:
    """The source records as they are now as far as one call tells, and those known to be gone."""
    ids = [i.source_id for i in items]
    if end.spec.reads_by_id:
        found: dict[str, Record] = {}
        step = end.spec.page_size
        for start in range(0, len(ids), step):
            found.update((r.id, r) for r in await fetch(ctx, end, ids[start : start + step]))
        return found, set(ids) - set(found)
    whole = await _whole(ctx, end)
    if whole is not None:
        gone = set(ids) - set(whole)
        if doubtful(ctx, len(gone), len(ids)) or not whole:
            raise ChoaiError("incomplete_answer", **end.told(), detail=f"{len(ids) - len(gone)} / {len(ids)}")
        return whole, gone
    if end.spec.cursor is CursorKind.NONE:
        return {}, set()
    window = Window(since=window_start(end.spec, _since(ctx, end)), fields=ctx.wished(end.side))
    page = await end.read(window, None)
    return {r.id: r for r in page.records}, set()


async def _whole(ctx: Context, end: End) -> dict[str, Record] | None:
    """All records of a side that gives none by id, when they fit into one page: that tells what is gone for the price of what
    has changed. None when there are more."""
    known = int(await ctx.ports.call(ctx.ports.ledger.count_bindings, ctx.run.pairing_id))
    if known + ctx.run.counts.get("read", 0) >= end.spec.page_size:
        return None
    page = await end.read(Window(fields=ctx.wished(end.side)), None)
    return {r.id: r for r in page.records} if page.next is None and not page.incomplete else None


def _since(ctx: Context, end: End) -> str:
    return since_started(ctx.run.work["started"], end, ctx.run.time_zone)


def since_started(started: str, end: End, zone: str) -> str:
    """Cursor value for "changed since this run began to read", in the granularity of the service."""
    at = datetime.fromisoformat(started) - timedelta(minutes=1)
    return at.astimezone(ZoneInfo(zone)).date().isoformat() if end.spec.cursor is CursorKind.DATE else at.isoformat()
