"""What each field type accepts and how it is kept: request value → stored value (which is also the answer's value)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from choai.sandbox.kintone.answers import (
    BAD_DATE,
    BAD_DATETIME,
    BAD_SHAPE,
    BAD_TIME,
    NOT_A_NUMBER,
    TOO_MANY_DIGITS,
    ApiError,
    Text,
    above,
    below,
    longer_than,
    no_such_user,
    not_in_options,
    shorter_than,
)
from choai.sandbox.kintone.dates import TOKYO
from choai.sandbox.kintone.site import Json, Site, stamp

ARRAYS = frozenset({"CHECK_BOX", "MULTI_SELECT", "FILE"})
PEOPLE = frozenset({"USER_SELECT", "ORGANIZATION_SELECT", "GROUP_SELECT"})
TEXTS = frozenset({"SINGLE_LINE_TEXT", "MULTI_LINE_TEXT", "RICH_TEXT", "LINK"})
SERVER_MADE = frozenset({"CALC", "STATUS", "STATUS_ASSIGNEE", "CATEGORY", "REFERENCE_TABLE", "GROUP"})
STAMPS = frozenset({"CREATOR", "MODIFIER", "CREATED_TIME", "UPDATED_TIME"})
# required is not enforced for these (apis §8.1)
NEVER_MISSING = frozenset({"RADIO_BUTTON", "CALC", "SUBTABLE"})
MAX_DIGITS = 30


@dataclass(slots=True)
class Write:
    """One write call: where errors gather, which records it touches, what to undo."""

    site: Site
    app: Json
    errors: dict[str, list[Text]] = field(default_factory=dict)
    rewrite: bool = False  # fault: texts come out trimmed and width-folded, numbers with two places, ticks backwards
    files: dict[str, Json] = field(default_factory=dict)  # attachments the record already has, by key

    def wrong(self, key: str, text: Text) -> None:
        self.errors.setdefault(key, []).append(text)


def empty(props: Json) -> Any:
    """The stored value of a field that holds nothing."""
    kind = props["type"]
    if kind in ARRAYS or kind in PEOPLE or kind == "SUBTABLE":
        return []
    return None if kind in ("DROP_DOWN", "DATE", "TIME") else ""


def is_blank(value: object) -> bool:
    return value in (None, "") or value == []


def required_key(props: Json) -> str:
    kind = props["type"]
    return ".values.value" if kind in PEOPLE else ".values" if kind in ARRAYS else ".value"


def default(site: Site, props: Json) -> Any:
    """What an absent key becomes when a record is added."""
    kind = props["type"]
    if props.get("defaultNowValue"):
        now = site.now()
        if kind == "DATETIME":
            return stamp(now)
        local = now.astimezone(TOKYO)
        return local.date().isoformat() if kind == "DATE" else local.strftime("%H:%M")
    value = props.get("defaultValue")
    if is_blank(value):
        return empty(props)
    if kind in PEOPLE:
        return [site.user(u["code"]) for u in value or () if u.get("type") == "USER"]
    return value


def store(write: Write, props: Json, raw: Any, path: str, *, in_table: bool = False) -> Any:
    """The stored form of a request value; problems go to ``write.errors`` under the keys kintone uses."""
    kind = props["type"]
    if kind == "SUBTABLE":
        raise AssertionError("tables are stored by tables.py")
    return _STORE[kind](write, props, raw, path, in_table)


def _text(write: Write, props: Json, raw: Any, path: str, _: bool) -> str:
    if raw is None:
        return ""
    if isinstance(raw, list | dict):
        write.wrong(f"{path}.value", BAD_SHAPE)
        return ""
    text = str(raw)
    if props["type"] in ("SINGLE_LINE_TEXT", "LINK"):
        text = re.sub(r"[\r\n]+", " ", text)
    else:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if write.rewrite:
        text = unicodedata.normalize("NFKC", text).strip()
    longest, shortest = props.get("maxLength"), props.get("minLength")
    if longest and len(text) > int(longest):
        write.wrong(f"{path}.value", longer_than(int(longest)))
    if shortest and text and len(text) < int(shortest):
        write.wrong(f"{path}.value", shorter_than(int(shortest)))
    return text


def _number(write: Write, props: Json, raw: Any, path: str, in_table: bool) -> str:
    if is_blank(raw):
        return ""
    try:
        if isinstance(raw, bool | list | dict):
            raise InvalidOperation
        value = Decimal(str(raw).strip())
        if not value.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        if not in_table:  # inside a table the service keeps nothing and says nothing
            outer, _, code = path.rpartition(".")
            write.wrong(f"{outer}[{code}].value", NOT_A_NUMBER)
        return ""
    if len(value.as_tuple().digits) > MAX_DIGITS:
        write.wrong(f"{path}.value", TOO_MANY_DIGITS)
    if props.get("maxValue") and value > Decimal(props["maxValue"]):
        write.wrong(f"{path}.value", above(props["maxValue"]))
    if props.get("minValue") and value < Decimal(props["minValue"]):
        write.wrong(f"{path}.value", below(props["minValue"]))
    if write.rewrite and value.as_tuple().exponent != -2:
        value = value.quantize(Decimal("1.00"))
    return format(value, "f")


def _one_option(write: Write, props: Json, raw: Any, path: str, _: bool) -> str | None:
    if is_blank(raw):
        return props.get("defaultValue") or "" if props["type"] == "RADIO_BUTTON" else None
    if str(raw) not in props["options"]:
        write.wrong(f"{path}.value", not_in_options(raw))
    return str(raw)


def _options(write: Write, props: Json, raw: Any, path: str, _: bool) -> list[str]:
    if raw is None:
        return []
    if not isinstance(raw, list):
        write.wrong(f"{path}.value", BAD_SHAPE)
        return []
    for at, value in enumerate(raw):
        if value not in props["options"]:
            write.wrong(f"{path}.values[{at}].value", not_in_options(value))
    kept = [o for o in sorted(props["options"], key=lambda o: int(props["options"][o]["index"])) if o in raw]
    return kept[::-1] if write.rewrite else kept


def _people(write: Write, props: Json, raw: Any, path: str, _: bool) -> list[Json]:
    if raw is None:
        return []
    if not isinstance(raw, list) or not all(isinstance(u, dict) and "code" in u for u in raw):
        write.wrong(f"{path}.value", BAD_SHAPE)
        return []
    known = write.site.state["users"] if props["type"] == "USER_SELECT" else write.site.state.get("groups", {})
    out = []
    for at, user in enumerate(raw):
        if user["code"] not in known:
            write.wrong(f"{path}.values[{at}].value", no_such_user(user["code"]))
        else:
            out.append({"code": user["code"], "name": known[user["code"]]["name"]})
    return out


def _files(write: Write, _: Json, raw: Any, path: str, __: bool) -> list[Json]:
    """Attachments by upload key, or by the key that the record shows for those that stay. Each save gives new keys."""
    if raw is None:
        return []
    if not isinstance(raw, list) or not all(isinstance(f, dict) and "fileKey" in f for f in raw):
        write.wrong(f"{path}.value", BAD_SHAPE)
        return []
    from choai.sandbox.kintone.files import attach

    out = []
    for wanted in raw:
        found = attach(write.site, wanted["fileKey"], write.files)
        if found is None:
            raise ApiError("GAIA_BL01", id=wanted["fileKey"])
        out.append(found)
    return out


def _date(write: Write, _: Json, raw: Any, path: str, __: bool) -> str | None:
    if is_blank(raw):
        return None
    text = str(raw)
    for rest in ("", "-01", "-01-01"):  # a month or a year alone means its first day
        try:
            return date.fromisoformat(text + rest).isoformat()
        except ValueError:
            continue
    write.wrong(f"{path}.value", BAD_DATE)
    return None


def _time(write: Write, _: Json, raw: Any, path: str, __: bool) -> str | None:
    if is_blank(raw):
        return None
    try:
        return time.fromisoformat(str(raw)).strftime("%H:%M")
    except ValueError:
        write.wrong(f"{path}.value", BAD_TIME)
        return None


def _datetime(write: Write, _: Json, raw: Any, path: str, __: bool) -> str:
    if is_blank(raw):
        return ""
    try:
        when = datetime.fromisoformat(str(raw))
        if "T" not in str(raw):
            when = datetime.combine(date.fromisoformat(str(raw)), time())
    except ValueError:
        write.wrong(f"{path}.value", BAD_DATETIME)
        return ""
    return stamp(when if when.tzinfo else when.replace(tzinfo=UTC))


_STORE: dict[str, Callable[[Write, Json, Any, str, bool], Any]] = {
    **dict.fromkeys(TEXTS, _text),
    **dict.fromkeys(PEOPLE, _people),
    "NUMBER": _number,
    "RADIO_BUTTON": _one_option,
    "DROP_DOWN": _one_option,
    "CHECK_BOX": _options,
    "MULTI_SELECT": _options,
    "FILE": _files,
    "DATE": _date,
    "TIME": _time,
    "DATETIME": _datetime,
}
