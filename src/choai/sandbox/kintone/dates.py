"""Date functions of the query language: each gives a span of days (first, last) in the caller's time zone."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, timezone

from choai.sandbox.kintone.answers import ApiError

TOKYO = timezone(timedelta(hours=9))
WEEKDAYS = ("MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY")
UNITS = ("DAYS", "WEEKS", "MONTHS", "YEARS")
FUNCTIONS = frozenset(
    "NOW TODAY YESTERDAY TOMORROW FROM_TODAY THIS_WEEK LAST_WEEK NEXT_WEEK THIS_MONTH LAST_MONTH NEXT_MONTH "
    "THIS_YEAR LAST_YEAR NEXT_YEAR".split()
)
Span = tuple[date, date]


def span(name: str, args: list[str], now: datetime) -> Span:
    """Raises GAIA_IL08 (number of arguments), GAIA_IQ23 (bad argument), GAIA_IQ25 (bad unit)."""
    today = now.astimezone(TOKYO).date()
    _arity(name, args)
    if name in ("NOW", "TODAY", "YESTERDAY", "TOMORROW"):
        day = today + timedelta(days={"YESTERDAY": -1, "TOMORROW": 1}.get(name, 0))
        return day, day
    if name == "FROM_TODAY":
        day = _from_today(today, args)
        return day, day
    step = {"LAST": -1, "THIS": 0, "NEXT": 1}[name.split("_", maxsplit=1)[0]]
    if name.endswith("_WEEK"):
        return _week(name, today, args, step)
    if name.endswith("_MONTH"):
        return _month(name, _shift(today.replace(day=1), step), args)
    return date(today.year + step, 1, 1), date(today.year + step, 12, 31)


def instants(days: Span) -> tuple[datetime, datetime]:
    """The half-open interval of instants that these days cover."""
    first = datetime.combine(days[0], time(), TOKYO)
    return first.astimezone(UTC), (datetime.combine(days[1], time(), TOKYO) + timedelta(days=1)).astimezone(UTC)


def _arity(name: str, args: list[str]) -> None:
    allowed = (2,) if name == "FROM_TODAY" else (0, 1) if name.endswith(("_WEEK", "_MONTH")) else (0,)
    if len(args) not in allowed:
        raise ApiError("GAIA_IL08", function=name)


def _from_today(today: date, args: list[str]) -> date:
    try:
        count = int(args[0])
    except ValueError:
        raise ApiError("GAIA_IQ23", function="FROM_TODAY") from None
    if args[1] not in UNITS:
        raise ApiError("GAIA_IQ25", function="FROM_TODAY")
    if args[1] in ("DAYS", "WEEKS"):
        return today + timedelta(days=count * (7 if args[1] == "WEEKS" else 1))
    return _shift(today, count * (12 if args[1] == "YEARS" else 1))


def _week(name: str, today: date, args: list[str], step: int) -> Span:
    sunday = today - timedelta(days=(today.weekday() + 1) % 7) + timedelta(weeks=step)
    if not args:
        return sunday, sunday + timedelta(days=6)
    if args[0] not in WEEKDAYS:
        raise ApiError("GAIA_IQ23", function=name)
    day = sunday + timedelta(days=(WEEKDAYS.index(args[0]) + 1) % 7)
    return day, day


def _month(name: str, first: date, args: list[str]) -> Span:
    last = first.replace(day=monthrange(first.year, first.month)[1])
    if not args:
        return first, last
    if args[0] == "LAST":
        return last, last
    if not args[0].isdigit() or not 1 <= int(args[0]) <= 31:
        raise ApiError("GAIA_IQ23", function=name)
    day = min(int(args[0]), last.day)
    return first.replace(day=day), first.replace(day=day)


def _shift(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 + months
    year, month = divmod(total, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
