"""Custom items (詳細項目): what the account added to customers, contacts, deals and their lines.

No call tells the definitions for certain. They are gathered from whatever the settings answer, and from records where that tells
nothing: an element with an item type and an id is an item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from choai.connectors.fields import Column, Json, Pick, column
from choai.connectors.wires import JSON, Wire, as_text
from choai.model.schema import Choice
from choai.model.values import Kind, Value

LINE = "dealProductDetail"


@dataclass(slots=True, frozen=True)
class Item:
    id: int
    name: str
    type: str
    options: tuple[tuple[str, Any], ...] = ()  # label and id


def _label(raw: Any) -> Value:
    return as_text(raw["label"]) if isinstance(raw, Mapping) else as_text(raw)


def _labels(raw: Any) -> Value:
    return [str(_label(one)) for one in raw]


def _anything(raw: Any) -> Value:
    """A formula, a user, or a kind of item that is newer than this table."""
    if isinstance(raw, Mapping):
        raw = raw.get("name") or raw.get("label") or ""
    return ", ".join(str(_anything(one)) for one in raw) if isinstance(raw, list) else str(raw)


def _midnight(value: Any) -> str:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise TypeError(type(value).__name__)
    return f"{value.isoformat()}T00:00:00+09:00"


# item type → key of the value in an element, kind, wire
TYPES: dict[str, tuple[str, Kind, Wire]] = {
    "text": ("text", Kind.LONG_TEXT, JSON[Kind.LONG_TEXT]),
    "number": ("number", Kind.INTEGER, JSON[Kind.INTEGER]),
    "decimal_number": ("decimalNumber", Kind.DECIMAL, JSON[Kind.DECIMAL]),
    "date": ("datetime", Kind.DATE, Wire(JSON[Kind.DATE].read, _midnight)),
    "url": ("url", Kind.URL, JSON[Kind.URL]),
    "single_select": ("selectedOption", Kind.CHOICE, Wire(_label)),
    "multi_select": ("selectedOptions", Kind.CHOICES, Wire(_labels, empty=[], nothing=("", []))),
}
_OTHER = ("value", Kind.TEXT, Wire(_anything))
_ROLES = {
    "partner.registration_number": r"(適格請求書(発行)?事業者|インボイス)?登録番号",
    "partner.id": r"(会計|freee|xero|zoho|マネーフォワード|mf)(の)?(取引先)?id",
    "partner.code": r"(取引先|顧客|得意先)コード",
    "partner.kana": r"(取引先名?|会社名?)?(カナ|フリガナ|ふりがな)",
    "partner.zip": r"郵便番号",
    "partner.prefecture": r"都道府県",
    "partner.email": r"(請求先|代表)?(e-?mail|メール)(アドレス)?",
    "invoice.date": r"請求(書発行)?日",
    "invoice.due": r"(お?支払い?|入金)(期限|期日|予定日)",
    "invoice.number": r"請求書番号",
}


def items(data: Any, noun: str) -> dict[int, Item]:
    """The items of one kind of record (``noun``: customer, contact, deal, or LINE) that an answer speaks of."""
    found: dict[int, Item] = {}
    for place, raw in _elements(data, ""):
        number = raw.get(f"{noun}CustomItemId")
        if number is None and _told_under(place, noun):
            number = raw.get("customItemId", raw.get("id"))
        if isinstance(number, int) and raw["itemType"] != "label":
            options = raw.get("options") or raw.get("selectOptions") or ()
            known = tuple(
                (str(o.get("label") or o.get("name")), o.get("id")) for o in options if isinstance(o, Mapping)
            )
            found.setdefault(number, Item(number, str(raw.get("name") or number), str(raw["itemType"]), known))
    return found


def _told_under(place: str, noun: str) -> bool:
    key = place.lower()
    return "custom" in key and (noun == LINE) == ("productdetail" in key)


def _elements(data: Any, place: str) -> Iterator[tuple[str, Json]]:
    if isinstance(data, Mapping):
        if "itemType" in data:
            yield place, data
        else:
            for key, value in data.items():
                yield from _elements(value, key)
    elif isinstance(data, list):
        for one in data:
            yield from _elements(one, place)


def columns(known: Mapping[int, Item], noun: str, *, writable: bool) -> list[Column]:
    """One column per item. Those of a kind without a known form of writing are read only, as are selects of unknown options."""
    taken: set[str] = set()
    return [_column(item, noun, taken, writable) for item in known.values()]


def _column(item: Item, noun: str, taken: set[str], writable: bool) -> Column:
    key, kind, wire = TYPES.get(item.type, _OTHER)
    choices: tuple[Choice, ...] = ()
    if kind in (Kind.CHOICE, Kind.CHOICES):
        choices = tuple(Choice(label, label, label) for label, _ in item.options)
        writable = writable and bool(choices)
        wire = Wire(wire.read, _chooser(item, many=kind is Kind.CHOICES), wire.empty, wire.nothing)
    role = _role(item.name, noun)
    role = None if role in taken else role
    taken |= {role} if role else set()
    can = writable and item.type in TYPES
    return column(
        (Pick(f"{noun}Customs", f"{noun}CustomItemId", item.id), key), kind, item.name, item.name,
        name=f"custom:{item.id}", wire=wire, role=role, choices=choices, on_create=can, on_update=can,
    )  # fmt: skip


def _chooser(item: Item, *, many: bool) -> Any:
    ids = dict(item.options)

    def one(label: str) -> dict[str, Any]:
        return {"label": label} if ids[label] is None else {"id": ids[label], "label": label}

    return (lambda labels: [one(label) for label in labels]) if many else one


def _role(name: str, noun: str) -> str | None:
    words = {"customer": "partner", "deal": "invoice"}.get(noun)
    text = re.sub(r"\s", "", name).lower()
    return next((r for r, p in _ROLES.items() if words and r.startswith(f"{words}.") and re.fullmatch(p, text)), None)
