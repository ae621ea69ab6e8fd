"""Which of a service's limits bind a call, as values. store/budget.py keeps the counters.

A run leaves something for people: it takes one slot less than a person may, and stops at a share of the vendor's day (FK-64).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from choai.connectors.contract import Limit

DAY = 86400
SHARE = 0.8  # of a vendor's day that runs may use, when nobody set another
STRETCH = 1.02  # a call reaches the vendor a little after its grant, and not all equally late
RUN = "run"
PERSON = "person"


@dataclass(slots=True, frozen=True)
class Rate:
    """At most ``count`` calls in any period: one per ``step`` seconds after a burst that ``slack`` seconds allow (GCRA)."""

    key: str
    step: float
    slack: float


@dataclass(slots=True, frozen=True)
class DayRule:
    """A counter per vendor day. ``stop`` is where this caller ends, None: it is counted only."""

    name: str
    scope: str
    day: date
    limit: int
    stop: int | None
    resets_at: datetime


@dataclass(slots=True, frozen=True)
class Rules:
    slots: int
    rates: tuple[Rate, ...] = ()
    days: tuple[DayRule, ...] = ()


def rules(
    limits: Sequence[Limit],
    plan: Mapping[str, int],
    *,
    connection_id: int,
    concurrency: int,
    scope: str | None,
    purpose: str,
    share: float,
    now: datetime,
) -> Rules:
    """What binds one call. ``plan`` overrides counts by limit name; limits of scope "app" bind only calls that name one."""
    slots, rates, days = concurrency, [], []
    for limit in limits:
        count = plan.get(limit.name, limit.count)
        if limit.scope == "app" and not scope:
            continue
        counted_for = scope or "" if limit.scope == "app" else ""
        if limit.seconds == 0:
            slots = min(slots, count)
        elif limit.seconds >= DAY:
            day, resets_at = vendor_day(limit.reset, now)
            days.append(DayRule(limit.name, counted_for, day, count, _stop(limit, count, purpose, share), resets_at))
        else:
            key = f"{connection_id}:{limit.name}" + (f":{counted_for}" if counted_for else "")
            rates.append(Rate(key, *pace(count, limit.seconds)))
    reserve = 1 if purpose == RUN and slots > 1 else 0
    return Rules(max(1, slots - reserve), tuple(rates), tuple(sorted(days, key=lambda d: d.scope)))


def _stop(limit: Limit, count: int, purpose: str, share: float) -> int | None:
    """Runs stop at their share, people at the vendor's own limit where it is one."""
    if purpose == RUN:
        return int(count * share)
    return count if limit.hard else None


def pace(count: int, seconds: int) -> tuple[float, float]:
    """step and slack of a rate: a tenth of the period's calls at once, the rest spread, never above ``count`` in any period."""
    burst = max(1, count // 10)
    step = seconds * STRETCH / max(1, count - burst)
    return step, step * (burst - 1)


def vendor_day(reset: str, now: datetime) -> tuple[date, datetime]:
    """The vendor's current day, named by the date of its beginning, and the instant of its end. ``reset`` as in Limit."""
    at = time.fromisoformat(reset)
    local = now.astimezone(at.tzinfo or UTC)
    begin = datetime.combine(local.date(), at)
    if begin > local:
        begin -= timedelta(days=1)
    return begin.date(), (begin + timedelta(days=1)).astimezone(UTC)


def instant(until: object) -> datetime | None:
    """The fact ``until`` of an error: an aware datetime, or its ISO text."""
    if isinstance(until, str):
        try:
            until = datetime.fromisoformat(until)
        except ValueError:
            return None
    if isinstance(until, datetime):
        return until if until.tzinfo else until.replace(tzinfo=UTC)
    return None
