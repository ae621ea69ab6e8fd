"""Deletes that a service lists (DeleteSignal.LISTED): read after the changes of a side, so that bound records are marked at once
and not only by the next full scan. Deletes are never passed on (FK-60)."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from choai.connectors.contract import DeleteSignal
from choai.engine.context import Context
from choai.engine.opening import window_start
from choai.engine.ports import End, ReadPage
from choai.model.mapping import Side

TOKEN = "gone:"  # noqa: S105  (begins the token of the part that reads deletes)


def begins(ctx: Context, end: End) -> str | None:
    """The token of the first page of deletes; None where there are none to read: the service lists none, or the whole side
    was read, so that absence told already."""
    listed = end.spec.deletes is DeleteSignal.LISTED and not ctx.run.settings.get("only")
    return TOKEN if listed and ctx.run.work["since"].get(end.side.value) is not None else None


async def read_deletes(ctx: Context, side: Side, token: str, after: str) -> None:
    """One page of deletes, its bound records marked; then the next page or the phase ``after``. A list that does not reach back
    far enough (nothing ran for weeks) is not believed: the whole side is read instead, and absence tells."""
    end, run, ports = ctx.ends[side], ctx.run, ctx.ports
    start = window_start(end.spec, run.work["since"][side.value])
    gone = await end.deleted(_instant(start), token[len(TOKEN) :] or None)
    work = dict(run.work)
    work["page"] += 1
    phase = run.phase
    if gone.incomplete:
        work.update(since={**work["since"], side.value: None}, token=None, bound=0)
    else:
        known = await ports.call(ports.ledger.prints, run.pairing_id, side, gone.ids)
        await ports.call(ports.ledger.mark_missing, run.pairing_id, side, [i for i in gone.ids if i in known])
        ctx.count("gone", sum(i in known for i in gone.ids))
        work["token"] = None if gone.next is None else TOKEN + gone.next
        if gone.next is None:
            phase = after
            work.update(page=0, bound=0)
    committed = ReadPage(side, run.work["page"], gone.next, [])
    await ports.call(ports.ledger.commit_page, run.id, committed, work, phase, ctx.deltas, now=ports.now())


def _instant(start: datetime | date) -> datetime:
    return start if isinstance(start, datetime) else datetime.combine(start, time(), UTC)
