"""A connection's budget as values: which of a service's limits bind a call, and who holds what of them. store/budget.py keeps
the state, runtime/turns.py takes the turns.

A run leaves something for people: one of the calls at once, a sixtieth of each rate, and the rest of the vendor's day above its
share (FK-64). A call counts for a rate from before it is sent until a full period after it has ended, so that the service can
never count more in any period than we do, however late a call reaches it. Runs are spread evenly over the period; so there is
always a place that comes free soon, and because only people may take the last ones, it is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from math import ceil

from choai.connectors.contract import Limit

DAY = 86400
SHARE = 0.8  # of a vendor's day that runs may use, when nobody set another
STRETCH = 1.005  # runs go so much slower than the rate allows, that the pace holds them and not a full period
BURST = 0.3  # seconds of a run's pace that it may be behind and catch up with
AHEAD = 0.5  # seconds of a run's pace that it may take in advance
FAR = 32  # of what is left of a limit, only this part is given in advance
GRAINS = 256  # a period of many calls is kept in so many pieces
LONGEST_WAIT = 60.0  # seconds; a longer one makes the run step aside instead
LEASE = 30.0  # seconds after which what a killed process held is free
ASKED = 1.0  # seconds for which a refused wish for a slot counts
RUN = "run"
PERSON = "person"


@dataclass(slots=True, frozen=True)
class Rate:
    """At most ``count`` calls in any ``seconds``, of which this caller may have ``most``. ``step``: seconds between a run's
    calls, 0 for people, who are not held to a pace; ``slack``: seconds of it that may be caught up with."""

    name: str
    count: int
    seconds: int
    most: int
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
    concurrency: int,
    scope: str | None,
    purpose: str,
    share: float,
    now: datetime,
) -> Rules:
    """What binds one call. ``plan`` overrides counts by limit name; limits of scope "app" bind only calls that name one."""
    rates, days = [], []
    for limit in limits:
        count = plan.get(limit.name, limit.count)
        if not limit.seconds or (limit.scope == "app" and not scope):
            continue
        counted_for = scope or "" if limit.scope == "app" else ""
        if limit.seconds >= DAY:
            day, resets_at = vendor_day(limit.reset, now)
            days.append(DayRule(limit.name, counted_for, day, count, _stop(limit, count, purpose, share), resets_at))
        else:
            name = limit.name + (f":{counted_for}" if counted_for else "")
            rates.append(_rate(name, count, limit.seconds, purpose))
    slots = at_once(limits, plan, concurrency, scope) - (purpose == RUN)
    return Rules(max(1, slots), tuple(rates), tuple(sorted(days, key=lambda d: d.scope)))


def at_once(limits: Sequence[Limit], plan: Mapping[str, int], concurrency: int, scope: str | None = None) -> int:
    """Calls in flight at once. Runs have one of them less than people, unless it is the only one."""
    bounds = [limit for limit in limits if not limit.seconds and (scope or limit.scope != "app")]
    return min([concurrency, *(plan.get(limit.name, limit.count) for limit in bounds)])


def _stop(limit: Limit, count: int, purpose: str, share: float) -> int | None:
    """Runs stop at their share, people at the vendor's own limit where it is one."""
    if purpose == RUN:
        return int(count * share)
    return count if limit.hard else None


def _rate(name: str, count: int, seconds: int, purpose: str) -> Rate:
    if purpose != RUN:
        return Rate(name, count, seconds, most=count, step=0.0, slack=0.0)
    most = max(1, count - reserve(count))
    step = seconds * STRETCH / most
    return Rate(name, count, seconds, most, step, slack=BURST)


def reserve(count: int) -> int:
    """Calls of a rate that only people may use."""
    return max(count // 60, 1 if count >= 20 else 0)


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


# ---------------------------------------------------------------- who holds what


@dataclass(slots=True)
class Holding:
    """What one desk (a process's place of a connection, see runtime/turns.py) holds until its lease ends: calls at once, and by
    rate the calls that are under way or were taken in advance."""

    until: float
    slots: int = 0
    open: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class Passed:
    """Ended calls of a rate: (instant from which the service no longer counts them, how many), ascending. ``next`` is the
    instant of a run's next call by its pace."""

    seconds: int
    ends: list[tuple[float, int]] = field(default_factory=list)
    next: float = 0.0


@dataclass(slots=True)
class Books:
    """All that is known of a connection's budget except its days. Instants are epoch seconds by the database's clock.
    ``asked``: desks that were refused a slot, and until when that counts."""

    pause: float = 0.0
    desks: dict[str, Holding] = field(default_factory=dict)
    rates: dict[str, Passed] = field(default_factory=dict)
    asked: dict[str, float] = field(default_factory=dict)


@dataclass(slots=True)
class Ask:
    """What a desk gives back and what it wants. ``used`` of its slots have a call in them, it wants ``slots`` altogether and
    ``places`` calls in advance. ``done``: by rate, how many calls ended, and how many seconds ago the last of them; ``unused``:
    calls taken in advance that will not be made."""

    desk: str
    used: int = 0
    slots: int = 0
    places: int = 0
    done: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    unused: Mapping[str, int] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Answer:
    """The desk now holds ``slots`` and has ``places`` more calls, the first after ``wait`` seconds (≤ 0: at once, and late by so
    much), the others ``gap`` seconds apart. Without places ``wait`` says when it is worth asking again."""

    slots: int = 0
    places: int = 0
    wait: float = 0.0
    gap: float = 0.0


def settle(books: Books, now: float, ask: Ask, rules: Rules, left: int | None = None) -> Answer:
    """One exchange of a desk with the books, which are changed in place. ``left``: calls that the days allow (None: any
    number)."""
    _sweep(books, now)
    mine = books.desks.setdefault(ask.desk, Holding(now))
    mine.until = now + LEASE
    _return(books, now, mine, ask)
    paused = max(0.0, books.pause - now)
    places, wait, gap = 0, paused, 0.0
    if ask.places and not paused:
        wanted = ask.places if left is None else min(ask.places, max(1, left // FAR))
        places, wait, gap = _take_places(books, now, mine, rules, wanted)
    stepped_aside = not places and (paused or wait > LONGEST_WAIT)
    mine.slots = ask.used if stepped_aside else _slots(books, now, ask, rules.slots)
    if not mine.slots and not mine.open:
        del books.desks[ask.desk]
    return Answer(mine.slots, places, wait, gap)


def clear(books: Books) -> None:
    """Every holder of a slot is gone. What they had under way may have reached the service and stays counted."""
    books.asked.clear()
    for held in books.desks.values():
        held.slots = 0


def _sweep(books: Books, now: float) -> None:
    """Drop what no longer counts. A dead desk's calls count for a period after its lease: they may have been sent until then."""
    for passed in books.rates.values():
        gone = next((n for n, (end, _) in enumerate(passed.ends) if end > now), len(passed.ends))
        del passed.ends[:gone]
    for name in [name for name, until in books.asked.items() if until <= now]:
        del books.asked[name]
    for desk in [desk for desk, held in books.desks.items() if held.until <= now]:
        held = books.desks[desk]
        held.slots = 0
        counted = {n: c for n, c in held.open.items() if n in books.rates and held.until + books.rates[n].seconds > now}
        held.open = counted
        if not counted:
            del books.desks[desk]


def _return(books: Books, now: float, mine: Holding, ask: Ask) -> None:
    for name, (count, ago) in ask.done.items():
        passed = books.rates.get(name)
        if passed is not None:
            _count(passed, now - ago + passed.seconds, count)
        _close(mine, name, count)
    for name, count in ask.unused.items():
        _close(mine, name, count)


def _close(mine: Holding, name: str, count: int) -> None:
    rest = mine.open.get(name, 0) - count
    if rest > 0:
        mine.open[name] = rest
    else:
        mine.open.pop(name, None)


def _count(passed: Passed, end: float, count: int) -> None:
    """Keep the ends in order; where there are many, to a fraction of the period, and rather too long than too short."""
    if len(passed.ends) >= GRAINS // 2:
        grain = passed.seconds / GRAINS
        end = ceil(end / grain) * grain
    at = len(passed.ends)
    while at and passed.ends[at - 1][0] > end:
        at -= 1
    if at and passed.ends[at - 1][0] == end:
        passed.ends[at - 1] = (end, passed.ends[at - 1][1] + count)
    else:
        passed.ends.insert(at, (end, count))


def _take_places(books: Books, now: float, mine: Holding, rules: Rules, wanted: int) -> tuple[int, float, float]:
    """Places in all rates or in none; see Answer."""
    begin, gap, wait = now - BURST, 0.0, 0.0
    for rate in rules.rates:
        passed = books.rates.setdefault(rate.name, Passed(rate.seconds))
        passed.seconds = rate.seconds
        free = rate.most - sum(n for _, n in passed.ends) - sum(h.open.get(rate.name, 0) for h in books.desks.values())
        if free < 1:
            wait = max(wait, _until_free(passed, now, 1 - free))
            continue
        wanted = min(wanted, max(1, free // FAR))
        if rate.step:
            at = max(passed.next, now - rate.slack)
            wanted = min(wanted, 1 + max(0, int((now + AHEAD - at) / rate.step)))
            wait = max(wait, at - AHEAD - now)
            begin, gap = max(begin, at), max(gap, rate.step)
    if wait > 0:
        return 0, wait, 0.0
    for rate in rules.rates:
        mine.open[rate.name] = mine.open.get(rate.name, 0) + wanted
        if rate.step:
            passed = books.rates[rate.name]
            passed.next = max(passed.next, now - rate.slack) + wanted * rate.step
    return wanted, begin - now, gap


def _until_free(passed: Passed, now: float, needed: int) -> float:
    """Seconds until so many more places are free; a moment when that depends on calls under way."""
    for end, count in passed.ends:
        needed -= count
        if needed <= 0:
            return max(end - now, 0.001)
    return 0.05


def _slots(books: Books, now: float, ask: Ask, most: int) -> int:
    """Calls at once that the desk may have, never fewer than it uses; while others were refused theirs, a fair part."""
    others = sum(h.slots for desk, h in books.desks.items() if desk != ask.desk and h.until > now)
    rivals = sum(desk != ask.desk for desk in books.asked)
    fair = max(1, most // (1 + rivals))
    allowed = min(ask.slots, max(0, most - others))
    if rivals:
        allowed = min(allowed, fair)
    if allowed < min(ask.slots, fair):
        books.asked[ask.desk] = now + ASKED
    else:
        books.asked.pop(ask.desk, None)
    return max(allowed, ask.used)
