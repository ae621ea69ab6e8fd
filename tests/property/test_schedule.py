"""Every planned day has exactly one run, in every zone and over every change of the clock."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choai.model.schedule import NIGHT, Schedule, due, in_window, minutes_in, next_run, slot, upcoming

ZONES = (
    "Asia/Tokyo",
    "America/New_York",
    "Europe/London",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "UTC",
)
WINDOWS = (None, NIGHT, ("22:00", "05:00"), ("02:00", "03:00"), ("00:00", "00:00"))
moments = st.datetimes(datetime(2005, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))
times = st.integers(0, 1439).map(lambda m: f"{m // 60:02}:{m % 60:02}")


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    window = draw(st.sampled_from(WINDOWS))
    return Schedule(
        draw(st.sampled_from(["monthly", "weekly", "daily", "times", "every"])),
        day=draw(st.integers(1, 31) | st.just("last")),
        missing_day=draw(st.sampled_from(["last", "skip"])),
        weekday=draw(st.integers(0, 6)),
        times=tuple(draw(st.lists(times, min_size=1, max_size=4))),
        every_minutes=draw(st.integers(1, 1440)),
        zone=draw(st.sampled_from(ZONES)),
        window=window,
        slot=draw(st.integers(0, (minutes_in(window) if window else 1440) - 1)),
    )


@given(schedules(), moments)
def test_runs_follow_each_other_and_do_not_depend_on_when_one_asks(schedule: Schedule, after: datetime) -> None:
    runs = upcoming(schedule, after, 6)
    assert len(runs) == 6
    assert all(a < b for a, b in zip([after, *runs], runs, strict=False))
    assert all(moment.utcoffset() == timedelta(0) for moment in runs)
    for before, moment in zip([after, *runs], runs, strict=False):
        assert next_run(schedule, before) == moment
        assert next_run(schedule, moment - timedelta(microseconds=1)) == moment


@pytest.mark.parametrize("zone", ZONES)
@settings(max_examples=25)
@given(minute=st.integers(0, 1439), year=st.integers(2006, 2036))
def test_a_daily_run_happens_once_on_each_date(zone: str, minute: int, year: int) -> None:
    """Also where a clock is set back over midnight, or a whole date is left out (Apia, 30 December 2011)."""
    schedule = Schedule("daily", zone=zone, window=None, slot=minute)
    here = ZoneInfo(zone)
    begin, end = datetime(year, 1, 1, tzinfo=here), datetime(year + 1, 1, 1, tzinfo=here)
    runs = [m for m in upcoming(schedule, begin.astimezone(UTC) - timedelta(seconds=1), 367) if m < end.astimezone(UTC)]
    days = Counter(moment.astimezone(here).date() for moment in runs)
    dates = {date(year, 1, 1) + timedelta(days=n) for n in range(366)} - {date(year + 1, 1, 1)}
    if (zone, year) == ("Pacific/Apia", 2011):
        assert set(days) == dates - {date(2011, 12, 30)}
    else:
        assert set(days) == dates
        assert set(days.values()) == {1}


@given(st.text(), st.sampled_from([w for w in WINDOWS if w]))
def test_a_slot_is_stable_and_inside_the_window(key: str, window: tuple[str, str]) -> None:
    assert slot(key, window) == slot(key, window)
    Schedule("daily", window=window, slot=slot(key, window))


def test_slots_are_spread() -> None:
    counts = Counter(slot(f"sync:{n}") // 60 for n in range(1000))
    assert sorted(counts) == [0, 1, 2, 3]
    assert min(counts.values()) > 200


@given(schedules(), moments, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_any_downtime_ends_in_one_run(schedule: Schedule, last: datetime, away: timedelta) -> None:
    """Ask when told to: it takes one run to catch up, inside the window, and then there is nothing more to do."""
    now, started = last + away, []
    missed = next_run(schedule, last)
    assert missed is not None
    for _ in range(4):
        decision = due(schedule, last, now)
        assert decision.next is not None
        assert decision.next > now
        if decision.run:
            assert decision.planned is not None
            assert decision.planned <= now
            late = now - decision.planned > timedelta(minutes=5)
            if late and schedule.kind in ("monthly", "weekly", "daily"):
                assert in_window(schedule, now)
            if late:
                assert decision.late_for
            started.append(now)
            last = decision.planned
            assert not due(schedule, last, now).run
            break
        assert not started
        now = decision.next
    assert len(started) == 1
