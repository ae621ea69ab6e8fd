"""JSON values ↔ model values, by kind. A service takes ``JSON`` and replaces what it does otherwise:

    WIRES = {**JSON, Kind.DATETIME: moments(write="utc"), Kind.BOOLEAN: flags("1", "0")}

Reading is tolerant (one reader for all spellings of a date that vendors use), writing is exact. A reader raises ValueError,
TypeError or KeyError for what it cannot take; a reader's None is *empty*.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import lru_cache
from typing import Any

from choai.model.values import Kind, Ref, Value

JST = timezone(timedelta(hours=9), "JST")
Read = Callable[[Any], Value]
Write = Callable[[Any], Any]


@dataclass(slots=True, frozen=True)
class Wire:
    """How a value travels. ``read`` or ``write`` None: as it is. ``empty`` is written for an empty value, ``nothing`` are the
    JSON values besides null that mean empty. ``same``: values of this very type need no reading (lists are long)."""

    read: Read | None = None
    write: Write | None = None
    empty: Any = None
    nothing: tuple[Any, ...] = ("",)
    same: type | None = None


# ---------------------------------------------------------------- texts, numbers, booleans


def as_text(raw: Any) -> str:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        raise TypeError(type(raw).__name__)
    return str(raw)


def as_lines(raw: Any) -> str:
    """Text of several lines, with line ends as \\n."""
    return as_text(raw).replace("\r\n", "\n").replace("\r", "\n")


def as_decimal(raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | str | Decimal):
        raise TypeError(type(raw).__name__)
    try:
        found = Decimal(raw)
    except ArithmeticError:
        raise ValueError(raw) from None
    if not found.is_finite():
        raise ValueError(raw)
    return found


def as_integer(raw: Any) -> int:
    found = as_decimal(raw)
    if found != found.to_integral_value():
        raise ValueError(raw)
    return int(found)


_TRUE = {True, "true", "True", "TRUE", "1", "on", "yes"}
_FALSE = {False, "false", "False", "FALSE", "0", "off", "no"}


def as_boolean(raw: Any) -> bool:
    if raw in _TRUE:
        return True
    if raw in _FALSE:
        return False
    raise ValueError(raw)


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError(type(value).__name__)
    return as_decimal(value)


def plain_number(value: Any) -> str:
    """A number as text without exponent."""
    return format(_number(value), "f")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(type(value).__name__)
    return value


def texts(empty: Any = None) -> Wire:
    return Wire(as_text, _text, empty, same=str)


def flags(true: Any, false: Any) -> Wire:
    """Booleans that are written as something else, such as "1" and "0"."""
    return Wire(as_boolean, lambda value: true if _boolean(value) else false)


def numbers_as_text(empty: Any = "") -> Wire:
    return Wire(as_decimal, plain_number, empty)


# ---------------------------------------------------------------- days and moments

_MILLISECONDS = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")  # the offset is not meant (Xero, .NET)
_OFFSET = re.compile(r"([+-]\d{2})(\d{2})$")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=4096)
def as_day(raw: str) -> date | None:
    """A calendar day: ``2026-04-01``, ``2026/04/01``, the day part of a date with time (never shifted to another zone), or
    ``/Date(ms)/`` at midnight UTC. ``0000-00-00`` is empty."""
    found = _MILLISECONDS.fullmatch(raw)
    if found:
        return (_EPOCH + timedelta(milliseconds=int(found[1]))).date()
    text = raw[:10].replace("/", "-")
    return None if text == "0000-00-00" else date.fromisoformat(text)


def as_moment(zone: tzinfo = UTC) -> Read:
    """A reader of instants: ISO 8601 with or without a colon in the offset, a space for the T, a space before the offset, more
    digits of a second than six, ``/Date(ms)/``. A text without zone is in ``zone``."""

    def read(raw: Any) -> datetime:
        found = _MILLISECONDS.fullmatch(raw)
        if found:
            return _EPOCH + timedelta(milliseconds=int(found[1]))
        text = _OFFSET.sub(r"\1:\2", raw.strip().replace(" +", "+").replace(" -", "-").replace("/", "-"))
        text = re.sub(r"(\.\d{6})\d+", r"\1", text)
        made = datetime.fromisoformat(text)
        return made if made.tzinfo else made.replace(tzinfo=zone)

    return read


def as_time(raw: Any) -> time:
    """A time of day; a zone is not meant (Salesforce writes ``10:30:00.000Z``)."""
    return time.fromisoformat(raw.removesuffix("Z"))


_MOMENTS: dict[str, Callable[[datetime, tzinfo], str]] = {
    "utc": lambda value, _: value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    "offset": lambda value, zone: value.astimezone(zone).isoformat(timespec="seconds"),
    "compact": lambda value, zone: value.astimezone(zone).strftime("%Y-%m-%dT%H:%M:%S%z"),
    "naive": lambda value, zone: value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S"),
}


def moment(value: datetime, form: str, zone: tzinfo = UTC) -> str:
    """An instant as text: "utc" (…Z), "offset" (+09:00), "compact" (+0900) or "naive" (a space, no zone), the last three in
    ``zone``."""
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise TypeError("an aware datetime is needed")
    return _MOMENTS[form](value, zone)


def instant(when: datetime | date, zone: tzinfo = UTC) -> datetime:
    """An instant as it is; of a day its beginning in ``zone``."""
    return when if isinstance(when, datetime) else datetime(when.year, when.month, when.day, tzinfo=zone)


def moments(write: str = "utc", zone: tzinfo = UTC) -> Wire:
    return Wire(as_moment(zone), lambda value: moment(value, write, zone))


def _day(value: Any) -> str:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError(type(value).__name__)
    return value.isoformat()


def _time(value: Any) -> str:
    if not isinstance(value, time):
        raise TypeError(type(value).__name__)
    return value.strftime("%H:%M:%S")


# ---------------------------------------------------------------- choices and references


def numbered(empty: Any = None, nothing: tuple[Any, ...] = ("",)) -> Wire:
    """A choice, text or id of the model that is a whole number in the service."""
    return Wire(as_text, lambda value: int(value.id if isinstance(value, Ref) else value), empty, nothing)


def joined(separator: str) -> Wire:
    """Several choices in one text."""
    return Wire(lambda raw: [one for one in raw.split(separator) if one], separator.join, "", ("",))


def refs(id: str = "id", label: str = "name", *, as_object: bool = False, number: bool = False) -> Wire:
    """References. Read from an object with ``id`` and ``label``, or from a bare id; written as the bare id, or ``as_object``. Ids
    are texts in the model; ``number``: whole numbers in the service."""

    def read(raw: Any) -> Ref | None:
        if not isinstance(raw, Mapping):
            return Ref(as_text(raw))
        told = raw.get(label)
        return None if raw.get(id) in (None, "") else Ref(as_text(raw[id]), None if told is None else str(told))

    def write(value: Any) -> Any:
        sent = int(value.id) if number else value.id
        return {id: sent} if as_object else sent

    return Wire(read, write)


def many(one: Wire) -> Wire:
    """A list of what ``one`` reads and writes."""
    read: Callable[[Any], Any] = one.read or (lambda raw: raw)
    write: Callable[[Any], Any] = one.write or (lambda value: value)

    def read_all(raw: Any) -> Any:
        return [read(each) for each in raw]

    def write_all(value: Any) -> Any:
        if not isinstance(value, list):
            raise TypeError(type(value).__name__)
        return [write(each) for each in value]

    return Wire(read_all, write_all, [], ("", []))


Wires = Mapping[Kind, Wire]

_PLAIN = Wire(as_text, _text, same=str)
JSON: Wires = {
    **dict.fromkeys((Kind.TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.IDENTIFIER, Kind.CHOICE, Kind.HTML), _PLAIN),
    Kind.LONG_TEXT: Wire(as_lines, _text),
    Kind.BOOLEAN: Wire(as_boolean, _boolean, same=bool),
    Kind.INTEGER: Wire(as_integer, lambda value: as_integer(_number(value)), same=int),
    Kind.DECIMAL: Wire(as_decimal, _number),
    Kind.MONEY: Wire(as_decimal, _number),
    Kind.DATE: Wire(as_day, _day),
    Kind.TIME: Wire(as_time, _time),
    Kind.DATETIME: moments("offset"),
    Kind.CHOICES: many(_PLAIN),
    Kind.REFERENCE: refs(),
    Kind.REFERENCES: many(refs()),
    Kind.FILES: many(refs()),
}
