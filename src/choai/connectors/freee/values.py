"""freee's JSON ↔ model values.

Choices that freee numbers (prefecture, kind of business) are texts in the model; a prefecture of -1 is empty. A group that
freee leaves out of a partner (address, bank account …) is empty; payment terms are told by single objects only, so that in a
list they are absent. Keys outside the plan are absent everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from choai.connectors.freee.fields import TERMS
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Value, is_empty

PREFECTURE = "address_attributes.prefecture_code"
_NUMBERED = ("org_code", PREFECTURE)
_NULLABLE = (
    "org_code",
    "payer_walletable_id",
    "invoice_registration_number",
    "partner_doc_setting_attributes.sending_method",
)
_LABELS = {  # field → key of the same row that names what the reference points to
    "account_item_id": "account_item_name",
    "tax_code": "tax_name",
}


# ---------------------------------------------------------------- from freee

Row = Mapping[str, Any]
Take = Callable[[Row], Any]
_ABSENT: Any = object()


def reader(
    schema: Schema, *, single: bool, link: Callable[[str], str | None], wished: Collection[str] | None = None
) -> Callable[[Row], Record]:
    """A function that turns rows into records. ``single``: rows are answers of a call for one object, which tell payment terms
    too. ``wished`` leaves out other fields."""
    key = "code" if schema.object == "tax_code" else "id"
    fields = [f for f in schema.fields if f.name not in ("id", "url") and (wished is None or f.name in wished)]
    steps = [(f.name, _take(schema.object, f, single)) for f in fields]
    with_link = schema.get("url") is not None and (wished is None or "url" in wished)

    def read(row: Row) -> Record:
        number = str(row[key])
        values: dict[str, Value] = {"id": number}
        for name, take in steps:
            value = take(row)
            if value is not _ABSENT:
                values[name] = value
        if with_link:
            values["url"] = link(number)
        changed = row.get("update_date")
        return Record(number, values, changed_at=_day(changed) if changed else None)

    return read


def _take(object: str, field: Field, single: bool) -> Take:
    """What gets a field out of a row, chosen once for many rows."""
    name, convert = field.name, _converter(field)
    if object == "tax_code" and name in ("name", "system_name"):
        name = "name_ja" if name == "name" else "name"
    group, point, member = name.partition(".")
    if point:
        left_out = _ABSENT if group in TERMS and not single else None

        def nested(row: Row) -> Any:
            held = row.get(group, _ABSENT)
            if held is _ABSENT or held is None:
                return left_out if held is _ABSENT else None
            raw = held.get(member)
            return None if raw is None or raw == "" else raw if convert is None else convert(raw)

        return nested
    if convert is None:
        return lambda row: None if (raw := row.get(name, _ABSENT)) == "" else raw
    label = _LABELS.get(name)

    def plain(row: Row) -> Any:
        raw = row.get(name, _ABSENT)
        if raw is None or raw is _ABSENT or raw == "":
            return None if raw == "" else raw
        return convert(raw) if label is None else Ref(str(raw), row.get(label))

    return plain


@lru_cache(maxsize=4096)
def _day(text: str) -> date:
    return date.fromisoformat(text)


def _converter(field: Field) -> Callable[[Any], Value] | None:
    """None where freee's value is the model's."""
    if field.name == PREFECTURE:
        return lambda raw: None if raw == -1 else str(raw)
    if field.name == "categories":
        return " > ".join
    if field.kind is Kind.DATE:
        return _day
    if field.kind is Kind.REFERENCE:
        return lambda raw: Ref(str(raw))
    if field.kind in (Kind.BOOLEAN, Kind.INTEGER):
        return None
    return str if field.name in _NUMBERED or field.kind is Kind.IDENTIFIER or field.name == "code" else None


# ---------------------------------------------------------------- to freee


def body(
    schema: Schema, values: Mapping[str, Value], *, creating: bool, current: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What to send. Empty values are left out of a create. ``current`` is the row as it is, needed where freee wants more
    than what changed (see ``repeats``)."""
    out: dict[str, Any] = {}
    for name, value in values.items():
        field = schema.get(name)
        if field is None or not (field.on_create if creating else field.on_update):
            raise ChoaiError("not_writable", field=field.ja if field else name)
        if is_empty(value) and creating:
            continue
        group, point, member = name.partition(".")
        if point:
            out.setdefault(group, {})[member] = _json(field, value)
        else:
            out[name] = _json(field, value)
    for group in TERMS:
        if group in out:
            out[group] = _term(out[group], (current or {}).get(group))
    for name in repeats(schema):
        if not creating and name not in out and current is not None:
            out[name] = current.get(name) or ""
    if out.get("code") == "":  # an empty code breaks its own pattern
        del out["code"]
    return out


def repeats(schema: Schema) -> tuple[str, ...]:
    """Fields that every update must carry: freee demands the name, and does not say whether what is left out of a tag stays."""
    if schema.object == "partner":
        return ("name",)
    return tuple(field.name for field in schema.fields if field.on_update)


def needs_current(schema: Schema, values: Mapping[str, Value]) -> bool:
    """Whether an update of these values can be sent only with the present row at hand."""
    if any(name not in values for name in repeats(schema)):
        return True
    return any(0 < sum(name.startswith(f"{group}.") for name in values) < 3 for group in TERMS)


def _term(given: dict[str, Any], current: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A payment term goes as a whole or not at all: emptied when one of its parts is emptied."""
    whole = {**(current or {}), **given}
    return None if any(part is None for part in whole.values()) else whole


def _json(field: Field, value: Value) -> Any:
    if is_empty(value):
        return _nothing(field)
    if isinstance(value, Ref):
        return _whole(field, value.id)
    return _whole(field, value) if field.name in _NUMBERED else value


def _whole(field: Field, value: Value) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise ChoaiError("value_not_convertible", field=field.ja, value=str(value)) from None


def _nothing(field: Field) -> Any:
    if field.name == PREFECTURE:
        return -1
    return None if field.name in _NULLABLE or field.name.startswith(TERMS) else ""
