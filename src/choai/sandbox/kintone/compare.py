"""Comparisons of the query language: one predicate per operator, over records or over rows of a table."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from choai.sandbox.kintone import dates
from choai.sandbox.kintone.query import syntax
from choai.sandbox.kintone.site import Json

Test = Callable[[Json], bool]
Get = Callable[[Json], Any]


def some_row(table: str, tests: list[Test]) -> Test:
    return lambda r: any(all(t(row) for t in tests) for row in r["values"].get(table) or ())


def every_row(table: str, test: Test) -> Test:
    def every(record: Json) -> bool:
        rows = record["values"].get(table) or ()
        return bool(rows) and all(test(row) for row in rows)

    return every


def like(get: Get, text: str, wanted: bool) -> Test:
    """Word search: one ASCII character finds nothing."""
    needle = fold(text)
    usable = len(needle) > 1 or not needle.isascii()
    return lambda r: (usable and needle in fold(str(get(r) or ""))) is wanted


def fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def blank(value: object) -> bool:
    return not (value.strip() if isinstance(value, str) else value)


def ordered(get: Get, operator: str, wanted: Any, convert: Callable[[Any], Any]) -> Test:
    tests: dict[str, Callable[[Any], bool]] = {
        "=": lambda v: bool(v == wanted),
        "!=": lambda v: bool(v != wanted),
        ">": lambda v: v is not None and bool(v > wanted),
        "<": lambda v: v is not None and bool(v < wanted),
        ">=": lambda v: v is not None and bool(v >= wanted),
        "<=": lambda v: v is not None and bool(v <= wanted),
    }
    test = tests[operator]
    return lambda r: test(convert(get(r)))


def within(get: Get, operator: str, first: str, last: str, *, closed: bool) -> Test:
    """Compare with a span of days [first, last] (closed) or of instants [first, last)."""

    def inside(v: str) -> bool:
        return first <= v <= last if closed else first <= v < last

    tests: dict[str, Callable[[str], bool]] = {
        "=": inside,
        "!=": lambda v: not v or not inside(v),
        ">": lambda v: v > last if closed else v >= last,
        ">=": lambda v: v >= first,
        "<": lambda v: v < first,
        "<=": lambda v: v <= last if closed else v < last,
    }
    test = tests[operator]
    return lambda r: (bool(get(r)) or operator == "!=") and test(get(r) or "")


def number(value: object) -> Decimal | None:
    return None if value in (None, "") else Decimal(str(value))


def decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise syntax() from None


def day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise syntax() from None


def instant(written: str) -> str:
    """ISO 8601 with Z or an offset; a bare date is midnight in the caller's zone."""
    try:
        when = datetime.fromisoformat(written)
    except ValueError:
        raise syntax() from None
    return text_of(when if when.tzinfo else when.replace(tzinfo=dates.TOKYO))


def text_of(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def narrow_id(operator: str, texts: list[str], ids: list[int], records: Json) -> list[int] | None:
    if not all(t.lstrip("-").isdigit() for t in texts):
        return None
    numbers = [int(t) for t in texts]
    if operator in ("=", "in"):
        return sorted({n for n in numbers if str(n) in records})
    if operator in (">", ">="):
        return ids[(bisect_right if operator == ">" else bisect_left)(ids, numbers[0]) :]
    if operator in ("<", "<="):
        return ids[: (bisect_left if operator == "<" else bisect_right)(ids, numbers[0])]
    return None
