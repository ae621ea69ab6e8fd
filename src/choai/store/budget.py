"""The budget of a connection, shared by all processes: one row of books (engine/budget.py) and a counter per vendor day.

All instants are epoch seconds by the database's clock. What a killed process held is free when its lease ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import msgspec
from django.db import connection, transaction

from choai import clock
from choai.connectors.contract import Account, Limit, Spec
from choai.engine import budget as decide
from choai.errors import ChoaiError
from choai.store.dialect import rows
from choai.store.models import Budget, DayCount

_MAKE = "INSERT INTO store_budget (connection_id, books) VALUES (%s, '{}') ON CONFLICT (connection_id) DO NOTHING RETURNING 1"
_LOCK = "SELECT books, :now FROM store_budget WHERE connection_id=%s FOR UPDATE"
_STORE = "UPDATE store_budget SET books=%s WHERE connection_id=%s RETURNING 1"
_COUNT = (
    "INSERT INTO store_daycount (connection_id, scope, day, count) VALUES (%s, %s, %s, %s) "
    "ON CONFLICT (connection_id, scope, day) DO UPDATE SET count = store_daycount.count + excluded.count RETURNING count"
)
_COUNTED = "SELECT count FROM store_daycount WHERE connection_id=%s AND scope=%s AND day=%s"
_UNCOUNT = (
    "UPDATE store_daycount SET count = CASE WHEN count > %s THEN count - %s ELSE 0 END "
    "WHERE connection_id=%s AND scope=%s AND day=%s RETURNING count"
)
_CALLED = {  # JSON has no common dialect
    "sqlite": (
        "UPDATE store_run SET calls = json_set(calls, '$.\"' || %(key)s || '\"', "
        "coalesce(json_extract(calls, '$.\"' || %(key)s || '\"'), 0) + %(count)s) WHERE id=%(run)s RETURNING id"
    ),
    "postgresql": (
        "UPDATE store_run SET calls = jsonb_set(calls, ARRAY[%(key)s::text], "
        "to_jsonb(coalesce((calls->>%(key)s::text)::int, 0) + %(count)s)) WHERE id=%(run)s RETURNING id"
    ),
}

Day = tuple[str, date]  # scope and vendor day


@dataclass(slots=True)
class Ask(decide.Ask):
    """``days``: calls taken in advance that will not be made; ``calls``: calls that runs made since the last time."""

    days: Mapping[Day, int] = field(default_factory=dict)
    calls: Mapping[int, int] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Usage:
    """How much of a day's limit is used. ``scope`` is "" or the object; ``share`` is used ÷ limit."""

    name: str
    scope: str
    limit: int
    used: int
    resets_at: datetime
    share: float


def settle(connection_id: int, ask: Ask, rules: decide.Rules) -> decide.Answer:
    """Give back, count and take, in one transaction; places are taken in each rate and each day or in none.

    Raises ``budget_spent`` (facts limit, used, until) when a day's share is used, ``throttled`` (until) when the service asked
    for a pause, or a rate needs one, longer than the engine's LONGEST_WAIT. What was given back is given back then too.
    """
    spent: ChoaiError | None = None
    with transaction.atomic():
        books, now = _locked(connection_id)
        for (scope, day), count in ask.days.items():
            rows(_UNCOUNT, [count, count, connection_id, scope, day])
        left: int | None = None
        if ask.places:
            left, spent = _left(connection_id, rules.days)
            if spent is not None:
                ask.places, ask.slots = 0, ask.used
        answer = decide.settle(books, now, ask, rules, left)
        if answer.places:
            for rule in rules.days:
                rows(_COUNT, [connection_id, rule.scope, rule.day, answer.places])
        _store(connection_id, books)
        count_calls(connection_id, ask.calls)
    if spent is not None:
        raise spent
    if ask.places and not answer.places and answer.wait > decide.LONGEST_WAIT:
        raise ChoaiError("throttled", until=_iso_in(answer.wait))
    return answer


def count_calls(connection_id: int, calls: Mapping[int, int]) -> None:
    """Add to the calls that runs state (FK-64)."""
    for run_id, count in calls.items():
        rows(_CALLED[connection.vendor], {"key": str(connection_id), "run": run_id, "count": count})


def pause(connection_id: int, until: datetime) -> None:
    """The service asked for quiet (429, burst block): no call of any process begins before ``until``."""
    seconds = (until - clock.now()).total_seconds()
    if seconds > 0:
        with transaction.atomic():
            books, now = _locked(connection_id)
            books.pause = max(books.pause, now + seconds)
            _store(connection_id, books)


def clear_slots() -> None:
    """Free every slot. Only where one process is alone on the database (SQLite), at its start."""
    for connection_id in list(Budget.objects.values_list("connection_id", flat=True)):
        with transaction.atomic():
            books, _ = _locked(connection_id)
            decide.clear(books)
            _store(connection_id, books)


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


def _locked(connection_id: int) -> tuple[decide.Books, float]:
    """The books and the instant, with the row locked to the end of the transaction."""
    found = rows(_LOCK, [connection_id])
    if not found:
        rows(_MAKE, [connection_id])
        found = rows(_LOCK, [connection_id])
    raw, now = found[0]
    return _read(raw), float(now)


_read = msgspec.json.Decoder(decide.Books).decode
_write = msgspec.json.Encoder().encode


def _store(connection_id: int, books: decide.Books) -> None:
    rows(_STORE, [_write(books).decode(), connection_id])


def _left(connection_id: int, days: Sequence[decide.DayRule]) -> tuple[int | None, ChoaiError | None]:
    """Calls that every day still allows (None: any number), or what forbids one."""
    left: int | None = None
    for rule in days:
        if rule.stop is None:
            continue
        found = rows(_COUNTED, [connection_id, rule.scope, rule.day])
        used = int(found[0][0]) if found else 0
        if used >= rule.stop:
            return None, _spent(rule, used)
        left = rule.stop - used if left is None else min(left, rule.stop - used)
    return left, None


def _spent(rule: decide.DayRule, used: int) -> ChoaiError:
    facts = {"limit": rule.limit, "used": used, "until": rule.resets_at.isoformat(), "name": rule.name}
    return ChoaiError("budget_spent", **facts, **({"object": rule.scope} if rule.scope else {}))


def _iso_in(seconds: float) -> str:
    return datetime.fromtimestamp(clock.now().timestamp() + seconds, UTC).isoformat(timespec="seconds")
