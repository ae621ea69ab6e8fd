"""What may be written: fields with their rules, references between records, masters that belong to a deal type, custom items.

A POST takes the nested and the flat form, a PATCH as well, unless the setting ``form`` ("nested", "flat") says that only one is
known. Names are not unique. Keys that are not known are refused unless ``unknown_keys`` is "ignore".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.senses.data import MASTERS, NOUNS, VALUE_KEYS, Json, blank, next_id, rows, stamp

LONGEST = {"name": 255, "telNo": 50, "tel": 50, "mobileTel": 50, "companyNum": 50}
LONGEST_TEXT = 65_535
NAMED = ("dealType", "customer", "user", *MASTERS)


class Refusal(Exception):
    """A 400: fields with what is wrong with each."""

    def __init__(self, **wrong: str) -> None:
        super().__init__(str(wrong))
        self.errors = [{"field": field, "message": message} for field, message in wrong.items()]


def _text(name: str) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value is not None and not isinstance(value, str):
            raise Refusal(**{name: "must be a string"})
        if value is not None and len(value) > LONGEST.get(name, LONGEST_TEXT):
            raise Refusal(**{name: "is too long"})
        return value or None

    return check


def _whole(name: str, least: int = 0, most: int = 10**15) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Refusal(**{name: f"must be an integer between {least} and {most}"})
        return value

    return check


def _day(value: Any) -> Any:
    try:
        return None if value is None else date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        raise Refusal(expectedContractDate="must be YYYY-MM-DD") from None


PLAIN: dict[str, dict[str, Callable[[Any], Any]]] = {
    "customers": {
        **{name: _text(name) for name in ("name", "address", "telNo", "webUrl", "companyNum")},
        "employee": _whole("employee"),
        "capital": _whole("capital"),
        "closingMonth": _whole("closingMonth", 1, 12),
        "establishYear": _whole("establishYear", 1, 9999),
    },
    "contacts": {n: _text(n) for n in ("name", "email", "tel", "mobileTel", "dept", "position", "address")},
    "deals": {"name": _text("name"), "expectedContractDate": _day, "amount": _whole("amount")},
}
REQUIRED = {
    "customers": ("name",),
    "contacts": ("name", "customer"),
    "deals": (
        "name",
        "dealType",
        "customer",
        "phase",
        "product",
        "probability",
        "channel",
        "user",
        "expectedContractDate",
    ),
}
GIVEN: dict[str, Json] = {
    "customers": {"industry": None, "ownerRole": None},
    "contacts": {"customer": None},
    "deals": {
        **dict.fromkeys(NAMED), "dealCode": None, "totalCost": None, "totalProfit": None, "reason": None, "phaseStayDays": [],
        "closingLeadtime": None, "fromEmail": None, "dealProductDetails": [],
    },
}  # fmt: skip


def save(world: World, table: str, sent: Any, id: str | None) -> Json:
    """A new record, or a changed one. Raises Refusal; nothing is changed then."""
    if not isinstance(sent, dict):
        raise Refusal(body="must be an object")
    noun = NOUNS[table]
    old = rows(world, table)[id] if id is not None else {}
    row: Json = {**dict.fromkeys(PLAIN[table]), **GIVEN[table], f"{noun}Customs": blank(world, noun), **old}
    plain = PLAIN[table]
    for key, value in sent.items():
        if key in plain:
            row[key] = plain[key](value)
        elif key == f"{noun}Customs":
            row[key] = _customs(noun, row[key], value, world.state["customs"][noun])
        elif (name := _reference(world, table, key)) is not None:
            row[name] = _referred(world, name, key, value)
        elif world.state["settings"].get("unknown_keys") != "ignore":
            raise Refusal(**{key: "is not known"})
    missing = [name for name in REQUIRED[table] if row.get(name) is None]
    if missing:
        raise Refusal(**dict.fromkeys(missing, "required"))
    if table == "deals":
        _belongs(world, row)
    now = stamp(world.now())
    if id is None:
        row = {"id": next_id(world, table), **row, "createdAt": now}
    if table == "deals":
        row["dealCode"] = row["dealCode"] or f"D-{row['id']:05}"
        if row["dealProductDetails"]:
            row["amount"] = sum(line["subtotal"] for line in row["dealProductDetails"])
    rows(world, table)[str(row["id"])] = row = {**row, "updatedAt": now}
    return row


def _reference(world: World, table: str, key: str) -> str | None:
    """Which reference a key writes."""
    if table == "customers":
        return {"industryId": "industry", "ownerRoleId": "ownerRole"}.get(key)
    if table == "contacts":
        return "customer" if key == "customerId" else None
    form = world.state["settings"].get("form")
    if key in NAMED:
        return None if form == "flat" else key
    name = key.removesuffix("Id")
    return name if key.endswith("Id") and name in NAMED and form != "nested" else None


def _referred(world: World, name: str, key: str, value: Any) -> Json | None:
    if not key.endswith("Id"):
        value = value.get("id") if isinstance(value, dict) else value
    if value is None or (name == "ownerRole" and value == 0):
        return None
    state = world.state
    places: dict[str, Any] = {
        "customer": rows(world, "customers").values(),
        "user": [user for user in rows(world, "users").values() if not user["deleted"]],
        "industry": state["industries"],
        "ownerRole": state["roles"],
        "dealType": state["types"],
        **{master: [row for kind in state["types"] for row in kind[plural]] for master, plural in MASTERS.items()},
    }
    found = next((row for row in places[name] if isinstance(value, int) and row["id"] == value), None)
    if found is None:
        raise Refusal(**{key: "does not exist"})
    return {"id": found["id"], "name": found["name"]}


def _belongs(world: World, row: Json) -> None:
    kind = next(one for one in world.state["types"] if one["id"] == row["dealType"]["id"])
    for name, plural in MASTERS.items():
        if row[name]["id"] not in {one["id"] for one in kind[plural]}:
            raise Refusal(**{name: "does not belong to the deal type"})


# ---------------------------------------------------------------- custom items


def _customs(noun: str, held: list[Json], sent: Any, definitions: list[Json]) -> list[Json]:
    """Elements by id, the others stay. Raises Refusal."""
    own = f"{noun}CustomItemId"
    known = {one[own]: one for one in definitions}
    if not isinstance(sent, list) or not all(isinstance(one, dict) and one.get(own) in known for one in sent):
        raise Refusal(**{f"{noun}Customs": "has an unknown item"})
    new = {one[own]: _element(noun, known[one[own]], one) for one in sent}
    return [{**one, **new.get(one[own], {})} for one in held]


def _element(noun: str, definition: Json, sent: Json) -> Json:
    kind = definition["itemType"]
    key = VALUE_KEYS.get(kind)
    if key is None or key not in sent:
        raise Refusal(**{f"{noun}Customs": f"{definition['name']} cannot be written so"})
    value = sent[key]
    if kind == "multi_select":
        return {key: [_option(noun, definition, one) for one in value or []]}
    if value in (None, ""):
        return {key: None}
    if kind == "single_select":
        return {key: _option(noun, definition, value)}
    fits = {
        "text": isinstance(value, str),
        "url": isinstance(value, str) and re.match("https?://", value) is not None,
        "number": isinstance(value, int),
        "decimal_number": isinstance(value, int | float),
        "date": _moment(value),
    }[kind]
    if not fits or isinstance(value, bool):
        raise Refusal(**{f"{noun}Customs": f"{definition['name']} is not of type {kind}"})
    return {key: value}


def _option(noun: str, definition: Json, sent: Any) -> Json:
    wanted = sent.get("id") if isinstance(sent, dict) else None
    found: Json | None = next((o for o in definition["options"] if o["id"] == wanted), None)
    if found is None:
        raise Refusal(**{f"{noun}Customs": f"{definition['name']} has no such option"})
    return found


def _moment(value: Any) -> bool:
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
