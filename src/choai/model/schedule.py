"""When a sync runs by itself: monthly, weekly, daily, at given times or every few minutes.

Everything is reckoned in the schedule's own zone. A local time that a daylight-saving change skips runs at the moment the clock
jumps; one that comes twice runs the first time only. So a planned run is never missed and never doubled.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from choai.errors import ChoaiError

Kind = Literal["monthly", "weekly", "daily", "times", "every", "off"]
_KINDS = ("monthly", "weekly", "daily", "times", "every", "off")
_NIGHTLY = frozenset({"monthly", "weekly", "daily"})
_TIME = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")
_DAY_MINUTES = 1440
NIGHT = ("01:00", "05:00")


@dataclass(slots=True, frozen=True)
class Schedule:
    """The user's choice and the slot that was given to it. Raises ``schedule_invalid`` (facts: field, value).

    ``day`` 1–31 or "last" for monthly; a day that a month does not have runs on its last day or not at all
    (``missing_day``). ``weekday`` 0 is Monday. Monthly, weekly and daily runs start ``slot`` minutes into ``window``, which may
    cross midnight (the date is then the one of the window's beginning); without a window, ``slot`` minutes after
    midnight. ``times`` are given as HH:MM. ``every_minutes`` are real minutes, counted anew from each local midnight.
    """

    kind: Kind
    day: int | Literal["last"] = 1
    missing_day: Literal["last", "skip"] = "last"
    weekday: int = 0
    times: tuple[str, ...] = ()
    every_minutes: int = 60
    zone: str = "Asia/Tokyo"
    window: tuple[str, str] | None = NIGHT
    slot: int = 0

    def __post_init__(self) -> None:
        valid = {
            "kind": self.kind in _KINDS,
            "day": self.day == "last" or (type(self.day) is int and 1 <= self.day <= 31),
            "missing_day": self.missing_day in ("last", "skip"),
            "weekday": type(self.weekday) is int and 0 <= self.weekday <= 6,
            "times": (self.kind != "times" or bool(self.times)) and all(map(_TIME.fullmatch, self.times)),
            "every_minutes": type(self.every_minutes) is int and 1 <= self.every_minutes <= _DAY_MINUTES,
            "zone": _zone_exists(self.zone),
            "window": self.window is None or (len(self.window) == 2 and all(map(_TIME.fullmatch, self.window))),
        }
        for name, good in valid.items():
            if not good:
                raise ChoaiError("schedule_invalid", field=name, value=str(getattr(self, name)))
        length = _DAY_MINUTES if self.window is None else minutes_in(self.window)
        if type(self.slot) is not int or not 0 <= self.slot < length:
            raise ChoaiError("schedule_invalid", field="slot", value=str(self.slot))


def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def minutes_in(window: tuple[str, str]) -> int:
    """Length of a window in minutes; one that ends where it begins is a whole day."""
    return (_minutes(window[1]) - _minutes(window[0])) % _DAY_MINUTES or _DAY_MINUTES


def _minutes(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def slot(key: str, window: tuple[str, str] = NIGHT) -> int:
    """Minutes into the window for this key: always the same for one key, spread evenly over many (FK-39)."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return number % minutes_in(window)


# ---------------------------------------------------------------- next run


def next_run(schedule: Schedule, after: datetime) -> datetime | None:
    """The first planned instant later than ``after`` (aware), in UTC; None when there is none (off)."""
    return next(_runs(schedule, after), None)


def upcoming(schedule: Schedule, after: datetime, n: int = 5) -> list[datetime]:
    """The next ``n`` planned instants later than ``after``, in UTC."""
    return [moment for moment, _ in zip(_runs(schedule, after), range(n), strict=False)]


def _runs(schedule: Schedule, after: datetime) -> Iterator[datetime]:
    """All planned instants later than ``after``, in order, each once."""
    if schedule.kind == "off":
        return
    zone = ZoneInfo(schedule.zone)
    day = after.astimezone(zone).date() - timedelta(days=2)  # a window over midnight, and a zone that jumped a day
    last = after
    while True:
        for moment in _moments(schedule, day, zone) if _runs_on(schedule, day) else ():
            if moment > last:
                yield moment
                last = moment
        day += timedelta(days=1)


def _runs_on(schedule: Schedule, day: date) -> bool:
    if schedule.kind == "weekly":
        return day.weekday() == schedule.weekday
    if schedule.kind != "monthly":
        return True
    is_last = (day + timedelta(days=1)).day == 1
    if schedule.day == "last":
        return is_last
    return day.day == schedule.day or (is_last and schedule.missing_day == "last" and day.day < schedule.day)


def _moments(schedule: Schedule, day: date, zone: ZoneInfo) -> list[datetime]:
    """The instants of one day's runs, in order."""
    midnight = datetime.combine(day, time())
    if schedule.kind == "every":
        step, begin, end = timedelta(minutes=schedule.every_minutes), midnight, midnight + timedelta(days=1)
        first, stop = _instant(begin, zone), _instant(end, zone)
        return [first + step * n for n in range(-((first - stop) // step))]
    if schedule.kind == "times":
        minutes = [_minutes(text) for text in schedule.times]
    else:
        minutes = [schedule.slot + (_minutes(schedule.window[0]) if schedule.window else 0)]
    return sorted(_instant(midnight + timedelta(minutes=m), zone) for m in minutes)


def _instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The local time as an instant: the first of two, and the moment of the jump for a time that is skipped."""
    moment = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    if moment.astimezone(zone).replace(tzinfo=None) == local:
        return moment
    return _jump(moment, local, zone)


def _jump(moment: datetime, local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant whose local time is past ``local``: before it the clock was ahead of nothing, after it it has jumped."""
    low, high = moment - timedelta(days=2), moment + timedelta(days=2)
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) / 2
        if middle.astimezone(zone).replace(tzinfo=None) < local:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)


# ---------------------------------------------------------------- what is due


@dataclass(slots=True, frozen=True)
class Due:
    """``run``: start one run now. ``planned`` is the instant it is for and the mark to remember as the last planned one.

    ``late_for`` are the local dates that were missed, oldest first (empty for a run on time); ``next`` is when to look again.
    """

    run: bool
    planned: datetime | None
    late_for: tuple[date, ...]
    next: datetime | None


GRACE = timedelta(minutes=5)  # a run that starts this much after its time is on time


def due(schedule: Schedule, last_planned: datetime, now: datetime) -> Due:
    """Whether a run is to be started at ``now``.

    ``last_planned`` is the last planned instant that was dealt with (or when the schedule was switched on). However many
    planned instants lie between the two, one run is started for all of them (FK-44). A nightly run that is late starts at once
    inside the window, else at its slot of the coming night, where it and a run planned for that night are one.
    """
    missed = _missed(schedule, last_planned, now)
    following = next_run(schedule, max(now, last_planned))
    if not missed:
        return Due(False, None, (), following)
    planned = missed[-1]
    on_time = now - planned <= GRACE
    if schedule.kind not in _NIGHTLY:
        return Due(True, planned, () if on_time else _dates(schedule, [planned]), following)
    dates = _dates(schedule, missed[:-1] if on_time else missed)
    if on_time or schedule.window is None:
        return Due(True, planned, dates, following)
    nightly = replace(schedule, kind="daily")
    latest = [moment for moment in upcoming(nightly, now - timedelta(days=2), 4) if moment <= now][-1]
    if in_window(schedule, now) and now - latest < timedelta(minutes=minutes_in(schedule.window) - schedule.slot):
        return Due(True, planned, dates, following)
    return Due(False, planned, dates, next_run(nightly, now))


def _missed(schedule: Schedule, last_planned: datetime, now: datetime) -> list[datetime]:
    """Planned instants after the last one dealt with, up to now. After a long silence only the latest ones are looked at."""
    reach = timedelta(days=2) if schedule.kind in ("times", "every") else timedelta(days=400)
    found = []
    for moment in _runs(schedule, max(last_planned, now - reach)):
        if moment > now:
            break
        found.append(moment)
    return found


def _dates(schedule: Schedule, moments: list[datetime]) -> tuple[date, ...]:
    """The dates people know the runs by: local, and for a window over midnight the date on which it began."""
    zone = ZoneInfo(schedule.zone)
    start = _minutes(schedule.window[0]) if schedule.window and schedule.kind in _NIGHTLY else 0
    back = timedelta(minutes=start)  # subtracted from the wall clock, not from the instant
    return tuple(dict.fromkeys((m.astimezone(zone).replace(tzinfo=None) - back).date() for m in moments))


def in_window(schedule: Schedule, now: datetime) -> bool:
    """Whether ``now`` lies in the schedule's window; always where it has none."""
    if schedule.window is None:
        return True
    local = now.astimezone(ZoneInfo(schedule.zone))
    minute = local.hour * 60 + local.minute
    return (minute - _minutes(schedule.window[0])) % _DAY_MINUTES < minutes_in(schedule.window)
