"""Counters of a connection's budget, shared by all processes: concurrency leases, rates (GCRA) and vendor days.

All instants are epoch seconds by the database's clock. A slot's lease ends by itself when its holder dies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import connection, transaction

from choai import clock
from choai.connectors.contract import Account, Limit, Spec
from choai.engine import budget as decide
from choai.errors import ChoaiError
from choai.store.dialect import rows
from choai.store.models import DayCount

LEASE = 30.0  # seconds; whoever works longer renews
LONGEST_WAIT = 60.0  # a longer pause makes the run step aside instead

_RELEASE = (
    "UPDATE store_slot SET holder='', until=0 WHERE connection_id=%s AND number=%s AND holder=%s RETURNING number"
)
_RENEW = "UPDATE store_slot SET until=:now+%s WHERE connection_id=%s AND number=%s AND holder=%s RETURNING number"
_CLEAR = "UPDATE store_slot SET holder='', until=0 WHERE until > 0 RETURNING number"
_TAKE = (
    "UPDATE store_slot SET holder=%s, until=:now+%s WHERE id = (SELECT id FROM store_slot "
    "WHERE connection_id=%s AND number<%s AND until<:now ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED) AND until<:now "
    "AND NOT EXISTS (SELECT 1 FROM store_bucket WHERE key=%s AND tat>:now) RETURNING number"
)
_SLOTS = "SELECT number FROM store_slot WHERE connection_id=%s AND number<%s"
_ADD = (
    "INSERT INTO store_slot (connection_id, number, holder, until) VALUES (%s, %s, '', 0) "
    "ON CONFLICT (connection_id, number) DO NOTHING RETURNING number"
)
_RATE = (
    "INSERT INTO store_bucket (key, tat) VALUES (%(key)s, :now-%(slack)s+%(step)s) "
    "ON CONFLICT (key) DO UPDATE SET tat = greatest(store_bucket.tat, :now-%(slack)s)+%(step)s "
    "WHERE greatest(store_bucket.tat, :now-%(slack)s)-:now <= %(longest)s RETURNING tat-%(step)s-:now"
)
_AHEAD = "SELECT tat-:now FROM store_bucket WHERE key=%s"
_PAUSE = (
    "INSERT INTO store_bucket (key, tat) VALUES (%(key)s, :now+%(seconds)s) "
    "ON CONFLICT (key) DO UPDATE SET tat = greatest(store_bucket.tat, :now+%(seconds)s) RETURNING tat"
)
_COUNT = (
    "INSERT INTO store_daycount (connection_id, scope, day, count) VALUES (%s, %s, %s, 1) "
    "ON CONFLICT (connection_id, scope, day) DO UPDATE SET count = store_daycount.count + 1 "
    "WHERE store_daycount.count < %s RETURNING count"
)
_COUNTED = "SELECT count FROM store_daycount WHERE connection_id=%s AND scope=%s AND day=%s"
_CALLED = {  # JSON has no common dialect
    "sqlite": (
        "UPDATE store_run SET calls = json_set(calls, '$.\"' || %(key)s || '\"', "
        "coalesce(json_extract(calls, '$.\"' || %(key)s || '\"'), 0) + 1) WHERE id=%(run)s RETURNING id"
    ),
    "postgresql": (
        "UPDATE store_run SET calls = jsonb_set(calls, ARRAY[%(key)s::text], "
        "to_jsonb(coalesce((calls->>%(key)s::text)::int, 0) + 1)) WHERE id=%(run)s RETURNING id"
    ),
}
NO_STOP = 2**31 - 1


@dataclass(slots=True, frozen=True)
class Turn:
    """``number`` is the slot taken, None when none was free (ask again in ``wait`` seconds); else go after ``wait`` seconds."""

    number: int | None
    wait: float


@dataclass(slots=True, frozen=True)
class Usage:
    """How much of a day's limit is used. ``scope`` is "" or the object; ``share`` is used ÷ limit."""

    name: str
    scope: str
    limit: int
    used: int
    resets_at: datetime
    share: float


@transaction.atomic
def acquire(connection_id: int, holder: str, rules: decide.Rules, run_id: int | None = None) -> Turn:
    """Take a slot, a place in each rate and a call of each day, or none of them. The call is counted for the run too (FK-64).

    Raises ``budget_spent`` (facts limit, used, until) when a day's share is used, ``throttled`` (until) when the service asked
    for a pause, or a rate needs one, longer than LONGEST_WAIT.
    """
    number = _take_slot(connection_id, holder, rules.slots)
    if number is None:
        paused = _paused(connection_id)
        if paused > LONGEST_WAIT:
            raise ChoaiError("throttled", until=_iso_in(paused))
        return Turn(None, paused)
    wait = max((_take_rate(rate) for rate in rules.rates), default=0.0)
    for day in rules.days:
        _take_day(connection_id, day)
    if run_id is not None:
        rows(_CALLED[connection.vendor], {"key": str(connection_id), "run": run_id})
    return Turn(number, max(0.0, wait))


def release(connection_id: int, holder: str, number: int) -> None:
    rows(_RELEASE, [connection_id, number, holder])


def renew(connection_id: int, holder: str, number: int) -> bool:
    """Lengthen a lease; False when it was lost."""
    return bool(rows(_RENEW, [LEASE, connection_id, number, holder]))


def pause(connection_id: int, until: datetime) -> None:
    """The service asked for quiet (429, burst block): no call of any process begins before ``until``."""
    seconds = (until - clock.now()).total_seconds()
    if seconds > 0:
        rows(_PAUSE, {"key": _pause_key(connection_id), "seconds": seconds})


def clear_slots() -> None:
    """Free every slot. Only where one process is alone on the database (SQLite), at its start."""
    rows(_CLEAR)


def usage(connection_id: int, spec: Spec, account: Account | None) -> list[Usage]:
    """The day limits of a connection with what is used of them; a limit per object has one row for each object called."""
    plan = account.limits if account else {}
    now = clock.now()
    out = []
    for limit in spec.limits:
        if limit.seconds >= decide.DAY:
            out += _limit_usage(connection_id, limit, plan.get(limit.name, limit.count), now)
    return out


def _limit_usage(connection_id: int, limit: Limit, count: int, now: datetime) -> list[Usage]:
    day, resets_at = decide.vendor_day(limit.reset, now)
    counts = DayCount.objects.filter(connection_id=connection_id, day=day)
    if limit.scope == "app":
        found = list(counts.exclude(scope="").order_by("-count", "scope").values_list("scope", "count"))
    else:
        found = [("", n) for n in counts.filter(scope="").values_list("count", flat=True)] or [("", 0)]
    return [Usage(limit.name, scope, count, used, resets_at, used / count if count else 1.0) for scope, used in found]


def _take_slot(connection_id: int, holder: str, slots: int) -> int | None:
    values = [holder, LEASE, connection_id, slots, _pause_key(connection_id)]
    taken = rows(_TAKE, values)
    if not taken and _add_slots(connection_id, slots):
        taken = rows(_TAKE, values)
    return taken[0][0] if taken else None


def _add_slots(connection_id: int, slots: int) -> bool:
    """Make the rows that are missing; False when all were there."""
    missing = set(range(slots)) - {row[0] for row in rows(_SLOTS, [connection_id, slots])}
    for number in sorted(missing):
        rows(_ADD, [connection_id, number])
    return bool(missing)


def _take_rate(rate: decide.Rate) -> float:
    """Seconds to wait before the call (≤ 0: go)."""
    values = {"key": rate.key, "slack": rate.slack, "step": rate.step, "longest": LONGEST_WAIT}
    taken = rows(_RATE, values)
    if taken:
        return float(taken[0][0])
    raise ChoaiError("throttled", until=_iso_in(float(rows(_AHEAD, [rate.key])[0][0])))


def _take_day(connection_id: int, rule: decide.DayRule) -> None:
    stop = NO_STOP if rule.stop is None else rule.stop
    if stop < 1:
        raise _spent(rule, 0)
    where = [connection_id, rule.scope, rule.day]
    if not rows(_COUNT, [*where, stop]):
        raise _spent(rule, int(rows(_COUNTED, where)[0][0]))


def _spent(rule: decide.DayRule, used: int) -> ChoaiError:
    facts = {"limit": rule.limit, "used": used, "until": rule.resets_at.isoformat(), "name": rule.name}
    return ChoaiError("budget_spent", **facts, **({"object": rule.scope} if rule.scope else {}))


def _paused(connection_id: int) -> float:
    """Seconds until the pause the service asked for is over; 0 when there is none."""
    found = rows(_AHEAD, [_pause_key(connection_id)])
    return max(0.0, float(found[0][0])) if found else 0.0


def _pause_key(connection_id: int) -> str:
    return f"{connection_id}::pause"


def _iso_in(seconds: float) -> str:
    return datetime.fromtimestamp(clock.now().timestamp() + seconds, UTC).isoformat(timespec="seconds")
