"""freee's JSON ↔ model values, as far as fields.py of the connectors does not do it.

Choices that freee numbers (prefecture, kind of business) are texts in the model; a prefecture of -1 is empty. A group that
freee leaves out of a partner (address, bank account …) is empty; payment terms are told by single objects only, so that in a
list they are absent. Keys outside the plan are absent everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from choai.connectors.fields import Column, Table, linked
from choai.connectors.fields import of as column_of
from choai.connectors.freee.fields import TERMS
from choai.connectors.wires import JSON, Wire, as_text, numbered, refs
from choai.model.schema import Field
from choai.model.values import Kind, Value

PREFECTURE = "address_attributes.prefecture_code"
_NULLABLE = (
    "org_code",
    "payer_walletable_id",
    "invoice_registration_number",
    "partner_doc_setting_attributes.sending_method",
)
_OWN: Mapping[str, Wire] = {
    PREFECTURE: numbered(empty=-1, nothing=(-1, "")),
    "org_code": numbered(),
    "categories": Wire(" > ".join, nothing=("", [])),
}
_LABELS = {  # field → key of the same row that names what the reference points to
    "account_item_id": "account_item_name",
    "tax_code": "tax_name",
}
_ELSEWHERE = {  # of tax codes: freee's ``name`` is the English one
    "id": ("code",),
    "name": ("name_ja",),
    "system_name": ("name",),
}
_WIRES = {kind: replace(wire, empty="") for kind, wire in JSON.items()} | {Kind.REFERENCE: refs(number=True)}


@cache
def table(object: str, fields: tuple[Field, ...]) -> Table:
    """The table of an object with the fields that it has under the company's settings and plan."""
    id, changed = ("code", None) if object == "tax_code" else ("id", "update_date")
    columns = tuple(_column(object, field) for field in fields)
    return Table(object, columns, id=id, changed=changed, changed_kind=Kind.DATE, wires=_WIRES)


def _column(object: str, field: Field) -> Column:
    name = field.name
    if name == "url":
        return linked(field.ja, field.en, role=field.role)
    wire = _OWN.get(name) or _WIRES[field.kind]
    if name in _NULLABLE or name.startswith(TERMS):
        wire = replace(wire, empty=None)
    made = column_of(field, wire=wire, label=_LABELS.get(name), omits="." in name, single=name.startswith(TERMS))
    return replace(made, path=_ELSEWHERE[name]) if object == "tax_code" and name in _ELSEWHERE else made


def body(
    known: Table, values: Mapping[str, Value], *, creating: bool, current: Mapping[str, Any] | None
) -> dict[str, Any]:
    """What to send. Empty values are left out of a create. ``current`` is the row as it is, needed where freee wants more
    than what changed (see ``repeats``)."""
    out = known.body(values, creating=creating)
    for group in TERMS:
        if group in out:
            out[group] = _term(out[group], (current or {}).get(group))
    for name in repeats(known):
        if not creating and name not in out and current is not None:
            out[name] = current.get(name) or ""
    if out.get("code") == "":  # an empty code breaks its own pattern
        del out["code"]
    return out


def repeats(known: Table) -> tuple[str, ...]:
    """Fields that every update must carry: freee demands the name, and does not say whether what is left out of a tag stays."""
    if known.object == "partner":
        return ("name",)
    return tuple(column.name for column in known.columns if column.field.on_update)


def needs_current(known: Table, values: Mapping[str, Value]) -> bool:
    """Whether an update of these values can be sent only with the present row at hand."""
    if any(name not in values for name in repeats(known)):
        return True
    return any(0 < sum(name.startswith(f"{group}.") for name in values) < 3 for group in TERMS)


def _term(given: dict[str, Any], current: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """A payment term goes as a whole or not at all: emptied when one of its parts is emptied."""
    whole = {**(current or {}), **given}
    return None if any(part is None for part in whole.values()) else whole


def own_id(object: str, row: Mapping[str, Any]) -> str:
    return as_text(row["code"] if object == "tax_code" else row["id"])
