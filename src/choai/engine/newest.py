"""Which record of a pair was changed last: what the conflict policy "newest" goes by.

The stamps are the services' own and speak of whole records. Where one of them knows days only (freee), the day decides, as it is
in that account's zone; where one knows minutes only, the minute. Equal stamps, or none, leave the decision to a person.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from choai.connectors.contract import CursorKind
from choai.engine.context import Context
from choai.engine.ports import StagedRow
from choai.model.mapping import Side


def newer(ctx: Context, side: Side, mine: StagedRow, theirs: StagedRow | None) -> Side | None:
    """The side whose record was changed later; ``mine`` is the record of ``side``."""
    if theirs is None or not mine.changed_at or not theirs.changed_at:
        return None
    stamps = {side: mine.changed_at, side.other: theirs.changed_at}
    days = [s for s in Side if len(stamps[s]) == len("2026-01-01")]
    left, right = (_day(ctx, days[0], stamps[s]) if days else _minute(ctx, stamps[s]) for s in Side)
    if left == right:
        return None
    return Side.LEFT if left > right else Side.RIGHT


def _day(ctx: Context, told_by: Side, stamp: str) -> str:
    """The calendar day of a stamp where the side that tells days is at home."""
    if len(stamp) == len("2026-01-01"):
        return date.fromisoformat(stamp).isoformat()
    account = ctx.ends[told_by].link.account
    zone = ZoneInfo(account.time_zone if account else ctx.run.time_zone)
    return datetime.fromisoformat(stamp).astimezone(zone).date().isoformat()


def _minute(ctx: Context, stamp: str) -> str:
    at = datetime.fromisoformat(stamp).astimezone(ZoneInfo("UTC"))
    coarse = any(ctx.ends[s].spec.cursor is CursorKind.MINUTE for s in Side)
    return (at.replace(second=0, microsecond=0) if coarse else at).isoformat(timespec="microseconds")
