"""Values: what may be stored in a field of each type, and how SOQL compares them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from choai.sandbox.salesforce.org import Problem, eighteen, moment, stamp

Json = dict[str, Any]
NUMBERS = ("int", "double", "currency", "percent")
TEXTS = ("string", "textarea", "email", "phone", "url", "picklist", "multipicklist", "combobox", "encryptedstring")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")
_ID = re.compile(r"[0-9A-Za-z]{15}([0-9A-Za-z]{3})?")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def stored(field: Json, raw: Any) -> Any:
    """A value as the platform keeps it: trimmed, rounded, in UTC. Raises Problem."""
    kind, name = field["type"], field["name"]
    if raw == "" and kind in (*TEXTS, "reference", "date", "datetime", "time"):
        return None
    if raw is None:
        if kind == "boolean":
            raise Problem(
                "INVALID_TYPE_ON_FIELD_IN_RECORD", f"{field['label']}: value not of required type: null", name
            )
        return None
    if kind in TEXTS:
        return _text(field, raw)
    if kind == "boolean":
        return raw if isinstance(raw, bool) else _wrong("boolean", raw)
    if kind in NUMBERS:
        return _number(field, raw)
    if kind == "reference":
        if not isinstance(raw, str) or not _ID.fullmatch(raw):
            raise Problem("MALFORMED_ID", f"{field['label']}: id value of incorrect type: {raw}", name)
        return eighteen(raw[:15])
    try:
        return _READ[kind](raw)
    except (ValueError, TypeError, KeyError):
        return _wrong(kind, raw)


def _wrong(kind: str, raw: Any) -> Any:
    shape = (
        "VALUE_STRING" if isinstance(raw, str) else "VALUE_NUMBER" if isinstance(raw, int | float) else "START_OBJECT"
    )
    raise Problem(
        "JSON_PARSER_ERROR",
        f"Cannot deserialize instance of {kind} from {shape} value {str(raw)[:100]} or request may be missing a required field "
        "at [line:1, column:2]",
    )  # fmt: skip


def _text(field: Json, raw: Any) -> str | None:
    if not isinstance(raw, str):
        _wrong("string", raw)
    text: str = raw.strip()
    label, name = field["label"], field["name"]
    if field["length"] and len(text) > field["length"]:
        raise Problem(
            "STRING_TOO_LONG",
            f"{label}: data value too large: {text[:200]} (max length={field['length']})",
            name,
        )
    if field["type"] == "email" and text and not _MAIL.fullmatch(text):
        raise Problem("INVALID_EMAIL_ADDRESS", f"{label}: invalid email address: {text}", name)
    if field["type"] in ("picklist", "multipicklist") and field["restrictedPicklist"]:
        known = {p["value"] for p in field["picklistValues"] if p["active"]}
        for one in text.split(";") if field["type"] == "multipicklist" else [text]:
            if one and one not in known:
                raise Problem(
                    "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST",
                    f"{label}: bad value for restricted picklist field: {one}",
                    name,
                )
    if field["type"] == "textarea":
        text = text.replace("\r\n", "\n").replace("\n", "\r\n")
    return text or None


def _number(field: Json, raw: Any) -> int | float:
    try:
        told = None if isinstance(raw, bool) else Decimal(str(raw))
    except ArithmeticError:
        told = None
    if told is None or not told.is_finite():
        return _wrong("double", raw)  # type: ignore[no-any-return]  # it raises
    whole = field["digits"] if field["type"] == "int" else field["precision"] - field["scale"]
    if abs(told) >= Decimal(10) ** whole:
        raise Problem(
            "NUMBER_OUTSIDE_VALID_RANGE",
            f"{field['label']}: value outside of valid range on numeric field: {raw}",
            field["name"],
        )
    if field["type"] == "int":
        return int(told)
    return float(told.quantize(Decimal(1).scaleb(-field["scale"]), ROUND_HALF_UP))


def _day(raw: str) -> str:
    if not _DAY.fullmatch(raw):
        raise ValueError(raw)
    return date.fromisoformat(raw).isoformat()


def _moment(raw: str) -> str:
    made = datetime.fromisoformat(raw if "T" in raw else raw + "T00:00:00Z")
    return stamp(made if made.tzinfo else made.replace(tzinfo=UTC))


def _time(raw: str) -> str:
    return time.fromisoformat(raw.removesuffix("Z")).strftime("%H:%M:%S.000Z")


_READ: dict[str, Callable[[str], str]] = {"date": _day, "datetime": _moment, "time": _time}


# ---------------------------------------------------------------- comparing

_QUOTED = {"date": "date", "datetime": "dateTime", "boolean": "boolean", **dict.fromkeys(NUMBERS, "double")}


def fits(field: Json, operator: str, literal: tuple[str, Any]) -> None:
    """Whether a literal may stand beside this field. Raises Problem."""
    told, value = literal
    kind, name = field["type"], field["name"]
    if told == "null":
        return
    wanted = {
        "date": ("day", "relative"),
        "datetime": ("stamp", "relative"),
        "boolean": ("true", "false"),
        "time": ("name",),
        **dict.fromkeys(NUMBERS, ("number",)),
    }.get(kind, ("text",))
    if told not in wanted:
        quoted = "should not be enclosed in quotes" if told == "text" else "should be enclosed in quotes"
        shape = _QUOTED.get(kind, "string")
        raise Problem(
            "INVALID_FIELD", f"value of filter criterion for field '{name}' must be of type {shape} and {quoted}"
        )
    if operator in ("INCLUDES", "EXCLUDES") and kind != "multipicklist":
        raise Problem("INVALID_QUERY_FILTER_OPERATOR", f"invalid operator on field '{name}'")
    if kind in ("id", "reference"):
        if operator == "LIKE":
            raise Problem("INVALID_QUERY_FILTER_OPERATOR", "invalid operator on id field")
        if not _ID.fullmatch(str(value)):
            raise Problem("INVALID_QUERY_FILTER_OPERATOR", f"invalid ID field: {value}")


def key_of(field: Json, value: Any) -> Any:
    """What values are compared by: texts without regard to capitals, ids exactly, instants as instants."""
    kind = field["type"]
    if kind in ("id", "reference"):
        return str(value)[:15]
    if kind == "datetime":
        return moment(value) if "." in value else datetime.fromisoformat(value)
    if kind in NUMBERS:
        return Decimal(str(value))
    return value.casefold() if isinstance(value, str) else value


def comparison(field: Json, operator: str, literals: Sequence[tuple[str, Any]], now: datetime) -> Callable[[Any], bool]:
    """A function of a stored value. Unequal and NOT hold for empty values too, orders do not."""
    keys = [None if told == "null" else key_of(field, _relative(field, told, v, now)) for told, v in literals]
    first = keys[0]
    if operator == "LIKE":
        patterns = [_like(str(v)) for _, v in literals]
        return lambda value: value is not None and any(p.fullmatch(value) for p in patterns)
    if operator in ("INCLUDES", "EXCLUDES"):
        groups = [set(str(v).split(";")) for _, v in literals]
        wanted = operator == "INCLUDES"
        return lambda value: any(g <= set((value or "").split(";")) for g in groups) is wanted

    def equal(value: Any) -> bool:
        return (None if value is None else key_of(field, value)) in keys

    if operator in ("=", "IN"):
        return equal
    if operator in ("!=", "NOT IN"):
        return lambda value: not equal(value)
    order: dict[str, Callable[[Any, Any], bool]] = {
        "<": lambda a, b: a < b,
        ">": lambda a, b: a > b,
        "<=": lambda a, b: a <= b,
        ">=": lambda a, b: a >= b,
    }
    holds = order[operator]
    return lambda value: value is not None and first is not None and holds(key_of(field, value), first)


def _relative(field: Json, told: str, value: Any, now: datetime) -> Any:
    if told != "relative":
        return value
    days = {"TODAY": 0, "YESTERDAY": 1}.get(value)
    day = now - timedelta(days=int(value.partition(":")[2]) if days is None else days)
    return day.strftime("%Y-%m-%dT00:00:00.000+0000") if field["type"] == "datetime" else day.date().isoformat()


def _like(pattern: str) -> re.Pattern[str]:
    out = "".join({"%": ".*", "_": "."}.get(c, re.escape(c)) for c in pattern)
    return re.compile(out, re.IGNORECASE | re.DOTALL)
