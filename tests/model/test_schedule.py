"""Planned runs: month ends, leap years, changes of the clock, the night window, and being late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from choai.errors import ChoaiError, catalogue
from choai.model.schedule import Due, Schedule, due, in_window, minutes_in, next_run, slot, upcoming

TOKYO, NEW_YORK = ZoneInfo("Asia/Tokyo"), ZoneInfo("America/New_York")


def at(text: str, zone: ZoneInfo = TOKYO) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def told(schedule: Schedule, after: str, n: int = 4, zone: ZoneInfo = TOKYO) -> list[str]:
    return [m.astimezone(zone).strftime("%Y-%m-%d %H:%M") for m in upcoming(schedule, at(after, zone), n)]


@pytest.mark.req("FK-35", "FK-36")
def test_monthly() -> None:
    first = Schedule("monthly", day=1, slot=30)
    assert told(first, "2026-01-01 01:30") == [
        "2026-02-01 01:30",
        "2026-03-01 01:30",
        "2026-04-01 01:30",
        "2026-05-01 01:30",
    ]
    assert told(first, "2026-01-01 01:29", 1) == ["2026-01-01 01:30"]


@pytest.mark.req("FK-36")
def test_a_day_that_a_month_does_not_have() -> None:
    last = Schedule("monthly", day=31)
    assert told(last, "2028-01-31 02:00", 3) == ["2028-02-29 01:00", "2028-03-31 01:00", "2028-04-30 01:00"]
    skip = Schedule("monthly", day=31, missing_day="skip")
    assert told(skip, "2028-01-31 02:00", 3) == ["2028-03-31 01:00", "2028-05-31 01:00", "2028-07-31 01:00"]
    assert told(Schedule("monthly", day=29, missing_day="skip"), "2027-01-30 00:00", 2) == [
        "2027-03-29 01:00",
        "2027-04-29 01:00",
    ]
    assert told(Schedule("monthly", day="last"), "2026-02-01 00:00", 3) == [
        "2026-02-28 01:00",
        "2026-03-31 01:00",
        "2026-04-30 01:00",
    ]


@pytest.mark.req("FK-37", "FK-38")
def test_weekly_and_daily() -> None:
    assert told(Schedule("weekly", weekday=0), "2026-04-01 00:00", 2) == ["2026-04-06 01:00", "2026-04-13 01:00"]
    assert told(Schedule("daily", slot=239), "2026-04-01 05:00", 2) == ["2026-04-02 04:59", "2026-04-03 04:59"]


def test_a_window_over_midnight_belongs_to_the_date_of_its_beginning() -> None:
    night = Schedule("weekly", weekday=0, window=("22:00", "05:00"), slot=180)
    assert told(night, "2026-04-06 12:00", 1) == ["2026-04-07 01:00"]
    assert told(night, "2026-04-07 00:30", 1) == ["2026-04-07 01:00"]


def test_times_and_every() -> None:
    assert told(Schedule("times", times=("18:00", "09:00")), "2026-04-01 09:00", 3) == [
        "2026-04-01 18:00",
        "2026-04-02 09:00",
        "2026-04-02 18:00",
    ]
    assert told(Schedule("every", every_minutes=600), "2026-04-01 00:00", 4) == [
        "2026-04-01 10:00",
        "2026-04-01 20:00",
        "2026-04-02 00:00",
        "2026-04-02 10:00",
    ]


def test_off_never_runs() -> None:
    off = Schedule("off")
    assert next_run(off, at("2026-04-01 00:00")) is None
    assert upcoming(off, at("2026-04-01 00:00")) == []
    assert due(off, at("2026-01-01 00:00"), at("2026-04-01 00:00")) == Due(False, None, (), None)


@pytest.mark.req("CC-18")
def test_clocks_that_change_neither_miss_nor_double_a_run() -> None:
    """New York, 8 March 2026: 02:00 becomes 03:00. 1 November 2026: 02:00 becomes 01:00."""
    skipped = Schedule("times", times=("02:30",), zone="America/New_York")
    assert told(skipped, "2026-03-07 12:00", 2, NEW_YORK) == ["2026-03-08 03:00", "2026-03-09 02:30"]
    assert next_run(skipped, at("2026-03-07 12:00", NEW_YORK)) == datetime(2026, 3, 8, 7, tzinfo=UTC)
    doubled = Schedule("times", times=("01:30",), zone="America/New_York")
    runs = upcoming(doubled, at("2026-10-31 12:00", NEW_YORK), 2)
    assert runs == [datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 2, 6, 30, tzinfo=UTC)]
    hourly = upcoming(
        Schedule("every", every_minutes=60, zone="America/New_York"), at("2026-11-01 00:30", NEW_YORK), 24
    )
    assert {b - a for a, b in pairwise(hourly)} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "yearly"),
        ("day", 0),
        ("day", 32),
        ("day", True),
        ("missing_day", "first"),
        ("weekday", 7),
        ("times", ()),
        ("times", ("24:00",)),
        ("times", ("9:00",)),
        ("every_minutes", 0),
        ("every_minutes", 1441),
        ("zone", "Asia/Edo"),
        ("zone", "../etc"),
        ("window", ("01:00",)),
        ("window", ("1", "5")),
        ("slot", 240),
        ("slot", -1),
    ],
)
def test_a_wrong_choice_is_named(field: str, value: object) -> None:
    choice = {"kind": "times" if field == "times" else "daily", field: value}
    with pytest.raises(ChoaiError) as caught:
        Schedule(**choice)  # type: ignore[arg-type]  # wrong on purpose
    assert caught.value.code == "schedule_invalid"
    assert caught.value.facts["field"] == field
    assert "schedule_invalid" in catalogue()


@pytest.mark.req("FK-39")
def test_slots() -> None:
    assert minutes_in(("01:00", "05:00")) == 240
    assert minutes_in(("22:00", "05:00")) == 420
    assert minutes_in(("00:00", "00:00")) == 1440
    assert slot("workspace:1/sync:2") == 132  # the same in every process and every version
    assert len({slot(f"sync:{n}") for n in range(100)}) > 50


def test_in_window() -> None:
    assert in_window(Schedule("daily"), at("2026-04-01 01:00"))
    assert not in_window(Schedule("daily"), at("2026-04-01 05:00"))
    assert in_window(Schedule("daily", window=("22:00", "05:00")), at("2026-04-01 04:59"))
    assert in_window(Schedule("daily", window=None), at("2026-04-01 12:00"))


# ---------------------------------------------------------------- what is due

MONDAYS = Schedule("weekly", weekday=0, slot=60)  # 02:00
LAST = at("2026-04-06 02:00")


def test_on_time() -> None:
    assert due(MONDAYS, LAST, at("2026-04-13 01:59")) == Due(False, None, (), at("2026-04-13 02:00"))
    assert due(MONDAYS, LAST, at("2026-04-13 02:00")) == Due(True, at("2026-04-13 02:00"), (), at("2026-04-20 02:00"))
    assert due(MONDAYS, LAST, at("2026-04-13 02:05")).late_for == ()
    assert not due(MONDAYS, at("2026-04-13 02:00"), at("2026-04-13 02:01")).run


@pytest.mark.req("FK-44")
def test_late_in_the_window_runs_at_once() -> None:
    assert due(MONDAYS, LAST, at("2026-04-13 03:00")) == Due(
        True, at("2026-04-13 02:00"), (date(2026, 4, 13),), at("2026-04-20 02:00")
    )


@pytest.mark.req("FK-44")
def test_late_by_day_waits_for_its_slot_of_the_night_and_runs_once_for_all() -> None:
    missed = (date(2026, 4, 13), date(2026, 4, 20))
    waiting = due(MONDAYS, LAST, at("2026-04-21 10:00"))
    assert waiting == Due(False, at("2026-04-20 02:00"), missed, at("2026-04-22 02:00"))
    assert due(MONDAYS, LAST, at("2026-04-22 01:30")).next == at("2026-04-22 02:00")
    started = due(MONDAYS, LAST, at("2026-04-22 02:00"))
    assert started == Due(True, at("2026-04-20 02:00"), missed, at("2026-04-27 02:00"))
    assert due(MONDAYS, at("2026-04-20 02:00"), at("2026-04-22 02:01")) == Due(False, None, (), at("2026-04-27 02:00"))


@pytest.mark.req("FK-44")
def test_a_late_daily_run_and_the_nights_own_are_one() -> None:
    daily = Schedule("daily", slot=60)
    waiting = due(daily, LAST, at("2026-04-08 10:00"))
    assert (waiting.run, waiting.next) == (False, at("2026-04-09 02:00"))
    assert due(daily, LAST, at("2026-04-09 02:00")) == Due(
        True, at("2026-04-09 02:00"), (date(2026, 4, 7), date(2026, 4, 8)), at("2026-04-10 02:00")
    )


def test_late_over_midnight_is_told_by_the_date_of_the_windows_beginning() -> None:
    night = Schedule("daily", window=("22:00", "05:00"), slot=240)
    late = due(night, at("2026-04-06 02:00"), at("2026-04-07 04:00"))
    assert (late.run, late.late_for) == (True, (date(2026, 4, 6),))
    assert due(night, at("2026-04-06 02:00"), at("2026-04-07 23:00")).next == at("2026-04-08 02:00")


def test_without_a_window_late_is_now() -> None:
    noon = Schedule("daily", window=None, slot=720)
    assert due(noon, at("2026-04-06 12:00"), at("2026-04-08 09:00")) == Due(
        True, at("2026-04-07 12:00"), (date(2026, 4, 7),), at("2026-04-08 12:00")
    )


def test_by_the_minute_only_the_latest_counts() -> None:
    often = Schedule("every", every_minutes=15)
    assert due(often, LAST, at("2026-04-20 10:02")) == Due(True, at("2026-04-20 10:00"), (), at("2026-04-20 10:15"))
    twice = Schedule("times", times=("09:00", "18:00"))
    assert due(twice, LAST, at("2026-04-20 10:00")) == Due(
        True, at("2026-04-20 09:00"), (date(2026, 4, 20),), at("2026-04-20 18:00")
    )
