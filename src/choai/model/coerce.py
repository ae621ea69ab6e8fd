"""From one kind of value to another, where nothing has to be guessed.

``coerce`` is what happens to a value between two mapped fields without a named converter, and after one. What it
cannot do safely it refuses with a ValueError; convert.py turns that into an error with a code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from html import escape
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

from choai.model.names import fold
from choai.model.schema import Choice, Field
from choai.model.values import Kind, Ref, Row, Value, is_empty

ZONE = "Asia/Tokyo"
TEXTS = frozenset({Kind.TEXT, Kind.LONG_TEXT, Kind.HTML, Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.IDENTIFIER})
NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.MONEY})
_LINES = frozenset({Kind.LONG_TEXT, Kind.HTML})
_SEPARATORS = re.compile(r"[、,;\n]")
_TRUE = frozenset("true yes y on 1 t はい 有効 有 あり する 対象 ○ ◯ 〇 ✓ ✔".split())
_FALSE = frozenset("false no n off 0 f いいえ 無効 無 なし しない 対象外 × ✕ ✗".split())


def coerce(value: Value, source: Field, target: Field, zone: str = ZONE) -> Value:
    """The value as the target's kind; an empty one is None. Raises ValueError when that cannot be done safely.

    ``zone`` is where a calendar date begins and ends when a date meets an instant. References keep their id: the
    engine has replaced it by the other service's id before. Long text put into a one-line field loses its line ends to spaces.
    """
    if is_empty(value):
        return None
    return _TO[target.kind](value, source, target, zone)


def convertible(source: Field, target: Field) -> bool:
    """Whether values of the source's kind may ever become values of the target's kind."""
    if target.kind in _NEVER or source.kind in _NEVER:
        return False
    return source.kind is target.kind or source.kind in _FROM[target.kind]


def unchanged_by_coercion(source: Field, target: Field) -> bool:
    """Whether every value of the source passes coerce as it is."""
    return source.kind is target.kind and target.kind in _PLAIN


# ---------------------------------------------------------------- text


def plain_number(number: Decimal) -> str:
    """Decimal text without exponent and without zeros that say nothing; equal numbers give equal texts."""
    text = format(number, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def text_of(value: Value, source: Field, zone: str = ZONE) -> str:
    """A value as text for people: labels for choices and references, ISO dates, instants with the zone's offset."""
    if isinstance(value, str):
        if source.kind in (Kind.CHOICE, Kind.CHOICES):
            return _label(source, value)
        return _plain(value) if source.kind is Kind.HTML else value.replace("\r\n", "\n").replace("\r", "\n")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return plain_number(value)
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).isoformat()
    if isinstance(value, Ref):
        return value.label or value.id
    if isinstance(value, list):
        return "、".join(_separable(item_text(item, source)) for item in value)
    return str(value)  # int, date and time are already what people write


def item_text(item: str | Ref | Row, source: Field) -> str:
    """One item of a list as text for people. Raises ValueError for a row."""
    if isinstance(item, str):
        return _label(source, item)
    if isinstance(item, Ref):
        return item.label or item.id
    raise ValueError("rows have no text")


def _separable(text: str) -> str:
    if _SEPARATORS.search(text):
        raise ValueError("the text could not be taken apart again")
    return text


def _label(field: Field, value: str) -> str:
    found = _choice(field, value)
    return (found.ja or found.en or value) if found else value


def _choice(field: Field, value: str) -> Choice | None:
    return next((c for c in field.choices if c.value == value), None)


class _Text(HTMLParser):
    """Collects what a reader of the page would see."""

    _breaks = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4"})

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in self._breaks:
            self.parts.append("\n")


def _plain(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.parts).strip("\n")


def _to_text(value: Value, source: Field, target: Field, zone: str) -> Value:
    if isinstance(value, str) and source.kind is target.kind:
        return value
    if isinstance(value, Ref) and target.kind is Kind.IDENTIFIER:
        return value.id
    text = text_of(value, source, zone)
    if target.kind is Kind.HTML:
        return escape(text, quote=False).replace("\n", "<br>")
    if target.kind not in _LINES:
        text = re.sub(r" *\n+ *", " ", text)
    return text or None


# ---------------------------------------------------------------- numbers, truth


_NUMBER = re.compile(r"([-+]?)[¥$]? ?((?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?) ?円?", re.ASCII)


def parse_number(text: str) -> Decimal:
    """Reads 1234.5, １，２３４, ¥1,234, 1,234円, △500 and ▲500. Raises ValueError for anything else."""
    plain = unicodedata.normalize("NFKC", text).translate({ord(c): "-" for c in "△▲−"}).strip()
    found = _NUMBER.fullmatch(plain)
    if found is None:
        raise ValueError("not a number")
    return Decimal(found[1] + found[2].replace(",", ""))


def _to_decimal(value: Value, source: Field, target: Field, zone: str) -> Decimal:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value
    if isinstance(value, Ref):
        return parse_number(value.id)
    if isinstance(value, str):
        return _number_of(value, source)
    raise ValueError("not a number")


def _number_of(text: str, source: Field) -> Decimal:
    """A choice means a number by its value or, failing that, by its label."""
    try:
        return parse_number(text)
    except ValueError:
        if source.kind is not Kind.CHOICE:
            raise
        return parse_number(_label(source, text))


def _to_integer(value: Value, source: Field, target: Field, zone: str) -> int:
    if isinstance(value, bool):
        return int(value)
    number = _to_decimal(value, source, target, zone)
    if not number.is_finite() or number != number.to_integral_value():
        raise ValueError("not a whole number")
    return int(number)


def _to_boolean(value: Value, source: Field, target: Field, zone: str) -> bool:
    if isinstance(value, bool):
        return value
    word = fold(text_of(value, source, zone))  # a choice by its label: a rank "1" is no truth
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise ValueError("neither true nor false")


# ---------------------------------------------------------------- dates


_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})[-/.月](\d{1,2})日?|(\d{2})(\d{2}))", re.ASCII)
_ERA = re.compile(r"(令和|平成|昭和|[rhs])\.?(元|\d{1,2})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_ERA_BEFORE_FIRST = {"令和": 2018, "r": 2018, "平成": 1988, "h": 1988, "昭和": 1925, "s": 1925}


def parse_date(text: str) -> date:
    """Reads 2026-04-01, 2026/4/1, 2026年4月1日, 20260401 and era dates (令和8年4月1日, R8.4.1). Raises ValueError otherwise."""
    plain = fold(text).replace(" ", "")
    if found := _DATE.fullmatch(plain):
        return date(int(found[1]), int(found[2] or found[4]), int(found[3] or found[5]))
    if found := _ERA.fullmatch(plain):
        year = _ERA_BEFORE_FIRST[found[1]] + (1 if found[2] == "元" else int(found[2]))
        return date(year, int(found[3]), int(found[4]))
    raise ValueError("not a date")


def parse_datetime(text: str, zone: str = ZONE) -> datetime:
    """Reads ISO 8601, with a space or slashes as well; without an offset it is local time of the zone."""
    plain = unicodedata.normalize("NFKC", text).strip().replace("/", "-").upper()
    found = datetime.fromisoformat(plain)
    return found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))


def _to_date(value: Value, source: Field, target: Field, zone: str) -> date:
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).date()
    if isinstance(value, date):
        return value
    if isinstance(value, str):
        try:
            return parse_date(value)
        except ValueError:
            return parse_datetime(value, zone).astimezone(ZoneInfo(zone)).date()
    raise ValueError("not a date")


def _to_time(value: Value, source: Field, target: Field, zone: str) -> time:
    if isinstance(value, time):
        return value
    if isinstance(value, datetime):
        return value.astimezone(ZoneInfo(zone)).time()
    if isinstance(value, str):
        return time.fromisoformat(unicodedata.normalize("NFKC", value).strip().zfill(5))
    raise ValueError("not a time")


def _to_datetime(value: Value, source: Field, target: Field, zone: str) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=ZoneInfo(zone))
    if isinstance(value, str):
        try:
            day = parse_date(value)
        except ValueError:
            return parse_datetime(value, zone)
        return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    raise ValueError("not an instant")


# ---------------------------------------------------------------- choices, references


def pick(target: Field, text: str, labels: Iterable[str] = ()) -> str:
    """The value of the one choice that is meant: by label where the source has labels, then by value, then by its own
    label, folded. A field whose choices nobody told takes the text as it is. Raises ValueError for none or several."""
    if not target.choices:
        return text
    known = {fold(label) for label in labels if label}
    by_label = {c.value for c in target.choices if known & {fold(c.ja), fold(c.en)}}
    by_value = {c.value for c in target.choices if c.value == text}
    wanted = fold(text)
    folded = {c.value for c in target.choices if wanted in (fold(c.value), fold(c.ja), fold(c.en))}
    hits = by_label or by_value or folded
    if len(hits) != 1:
        raise ValueError("not one of the choices")
    return hits.pop()


def _item(item: str | Ref | Row) -> str | Ref:
    if isinstance(item, Row):
        raise ValueError("rows are no values")
    return item


def _only(items: Sequence[str | Ref | Row]) -> str | Ref:
    if len(items) != 1:
        raise ValueError("more than one")
    return _item(items[0])


def _pick_from(value: str, source: Field, target: Field) -> str:
    known = _choice(source, value)
    return pick(target, value, (known.ja, known.en) if known else ())


def _to_choice(value: Value, source: Field, target: Field, zone: str) -> str:
    if isinstance(value, list):
        value = _only(value)
    if isinstance(value, bool):
        return _choice_of_truth(value, target)
    if isinstance(value, str) and source.kind in (Kind.CHOICE, Kind.CHOICES):
        return _pick_from(value, source, target)
    return pick(target, text_of(value, source, zone))


def _choice_of_truth(value: bool, target: Field) -> str:
    """Only where the choices say both yes and no: one "1" among ranks is no truth."""
    both = {
        truth: [c.value for c in target.choices if words & {fold(c.value), fold(c.ja), fold(c.en)}]
        for truth, words in ((True, _TRUE), (False, _FALSE))
    }
    if len(both[True]) != 1 or len(both[False]) != 1:
        raise ValueError("the choices are not yes and no")
    return both[value][0]


def _to_choices(value: Value, source: Field, target: Field, zone: str) -> list[str]:
    if isinstance(value, str) and source.kind in TEXTS:
        parts = [part.strip() for part in _SEPARATORS.split(text_of(value, source, zone))]
        return [pick(target, part) for part in parts if part]
    if isinstance(value, list):
        return [_to_choice(_item(item), source, target, zone) for item in value]
    return [_to_choice(value, source, target, zone)]


def _to_reference(value: Value, source: Field, target: Field, zone: str) -> Ref:
    if isinstance(value, list):
        value = _only(value)
    if isinstance(value, Ref):
        return value
    if isinstance(value, bool):
        raise ValueError("not a reference")
    return Ref(plain_number(value) if isinstance(value, Decimal) else str(value).strip())


def _to_references(value: Value, source: Field, target: Field, zone: str) -> list[Ref]:
    if isinstance(value, list):
        return [_to_reference(_item(item), source, target, zone) for item in value]
    return [_to_reference(value, source, target, zone)]


# ---------------------------------------------------------------- which kinds meet

_NEVER = frozenset({Kind.ROWS, Kind.FILES})
_PLAIN = frozenset(Kind) - _NEVER - {Kind.CHOICE, Kind.CHOICES}
_SCALARS = TEXTS | NUMBERS | {Kind.BOOLEAN, Kind.DATE, Kind.TIME, Kind.DATETIME, Kind.CHOICE}
_ANY_TEXT = _SCALARS | {Kind.CHOICES, Kind.REFERENCE, Kind.REFERENCES}
_FROM: dict[Kind, frozenset[Kind]] = {
    **dict.fromkeys(TEXTS, _ANY_TEXT),
    Kind.INTEGER: TEXTS | NUMBERS | {Kind.BOOLEAN, Kind.CHOICE, Kind.REFERENCE},
    Kind.DECIMAL: TEXTS | NUMBERS | {Kind.CHOICE, Kind.REFERENCE},
    Kind.MONEY: TEXTS | NUMBERS | {Kind.CHOICE},
    Kind.BOOLEAN: TEXTS | {Kind.INTEGER, Kind.CHOICE, Kind.CHOICES},
    Kind.DATE: TEXTS | {Kind.DATETIME},
    Kind.TIME: TEXTS | {Kind.DATETIME},
    Kind.DATETIME: TEXTS | {Kind.DATE},
    Kind.CHOICE: TEXTS | NUMBERS | {Kind.BOOLEAN, Kind.CHOICES, Kind.REFERENCE},
    Kind.CHOICES: TEXTS | {Kind.CHOICE, Kind.REFERENCES},
    Kind.REFERENCE: TEXTS | {Kind.INTEGER, Kind.DECIMAL, Kind.REFERENCES},
    Kind.REFERENCES: TEXTS | {Kind.INTEGER, Kind.REFERENCE},
}


def _refuse(value: Value, source: Field, target: Field, zone: str) -> Value:
    raise ValueError("never written")


_TO: dict[Kind, Callable[[Value, Field, Field, str], Value]] = {
    **dict.fromkeys(TEXTS, _to_text),
    Kind.INTEGER: _to_integer,
    Kind.DECIMAL: _to_decimal,
    Kind.MONEY: _to_decimal,
    Kind.BOOLEAN: _to_boolean,
    Kind.DATE: _to_date,
    Kind.TIME: _to_time,
    Kind.DATETIME: _to_datetime,
    Kind.CHOICE: _to_choice,
    Kind.CHOICES: _to_choices,
    Kind.REFERENCE: _to_reference,
    Kind.REFERENCES: _to_references,
    Kind.ROWS: _refuse,
    Kind.FILES: _refuse,
}
