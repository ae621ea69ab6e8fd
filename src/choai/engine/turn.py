"""A last look at source records before their turn.

A record edited between being read and its turn goes out with its new content; one that is gone is not counted (FK-52, FK-53). A
run that applies a shown plan looks otherwise: see approved.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from choai.connectors.contract import CursorKind, Window
from choai.engine.codec import fingerprint, pack, unpack
from choai.engine.context import Context, Look, keep_look, last_look
from choai.engine.opening import since, window_start
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
    found, gone = await current(ctx, end, [i.source_id for i in looked], within=timedelta(seconds=wait))
    changed: list[ItemRow] = []
    for item in looked:
        if item.source_id in gone:
            item.outcome, item.code = "not_counted", "deleted_during_run"
            changed.append(item)
            continue
        record = found.get(item.source_id)
        names = ctx.settings.names[source]
        if record is None or fingerprint(record.values, names) == fingerprint(unpack(item.source), names):
            continue
        packed = pack({k: record.values[k] for k in ctx.wished(source) if k in record.values})
        await replan(ctx, source, item, packed, record.revision or "")
        changed.append(item)
    if changed:
        await ctx.ports.call(ctx.ports.ledger.replan, ctx.run.id, changed, ctx.ports.now())
    return list(items)


async def current(
    ctx: Context, end: End, ids: Sequence[str], *, pages: int = 1, within: timedelta = timedelta(0)
) -> tuple[dict[str, Record], set[str]]:
    """These records as they are now as far as so many pages tell, and those known to be gone. What a service that gives no
    records by id does not list as changed since this run began is as it was read, and not in the answer; a list of it that was
    read ``within`` this time serves once more, for its records are asked for many times in a run."""
    if end.spec.reads_by_id:
        found: dict[str, Record] = {}
        step = end.spec.page_size
        for start in range(0, len(ids), step):
            found.update((r.id, r) for r in await fetch(ctx, end, list(ids[start : start + step])))
        return found, set(ids) - set(found)
    looked = last_look(ctx.run.id, end.side)
    if looked is None or ctx.ports.now() - looked.at >= within:
        whole = await _whole(ctx, end)
        records = await _changed(ctx, end, pages) if whole is None else whole
        looked = Look(ctx.ports.now(), records, whole is not None)
        keep_look(ctx.run.id, end.side, looked)
    if not looked.whole:
        return looked.records, set()
    gone = set(ids) - set(looked.records)
    if doubtful(ctx, len(gone), len(ids)) or not looked.records:
        raise ChoaiError("incomplete_answer", **end.told(), detail=f"{len(ids) - len(gone)} / {len(ids)}")
    return looked.records, gone


async def _changed(ctx: Context, end: End, pages: int) -> dict[str, Record]:
    """What a service lists as changed since this run began, as far as so many pages tell."""
    if end.spec.cursor is CursorKind.NONE:
        return {}
    window = Window(since=window_start(end.spec, _since(ctx, end)), fields=ctx.wished(end.side))
    page = await end.read(window, None)
    found = {r.id: r for r in page.records}
    while page.next is not None and (pages := pages - 1) > 0:
        page = await end.read(window, page.next)
        found.update((r.id, r) for r in page.records)
    return found


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
    """Cursor value for "changed since this run began to read", in the granularity of the service. ``zone`` is where days begin
    unless the account says otherwise."""
    account = end.link.account
    return since(end.spec, datetime.fromisoformat(started), account.time_zone if account else zone)
