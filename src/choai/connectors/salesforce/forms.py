"""What describe says of an sObject → the table of its fields.

Labels come in the language of the user who acts. Roles are the vendor's own fields; fields that the org made get theirs by label:
the first unique external id is what the other side's id is written to.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from choai.connectors.fields import Column, Table, lines, of
from choai.connectors.naming import by_label, pairs
from choai.connectors.salesforce.spec import LINES
from choai.connectors.wires import JSON, Wire, as_time, joined, moments, refs
from choai.model.schema import Choice, Field
from choai.model.values import Kind

Json = Mapping[str, Any]

KINDS = {
    **dict.fromkeys(("string", "combobox", "encryptedstring"), Kind.TEXT),
    **dict.fromkeys(("int", "long"), Kind.INTEGER),
    **dict.fromkeys(("double", "percent"), Kind.DECIMAL),
    "id": Kind.IDENTIFIER,
    "textarea": Kind.LONG_TEXT,
    "boolean": Kind.BOOLEAN,
    "currency": Kind.MONEY,
    "date": Kind.DATE,
    "datetime": Kind.DATETIME,
    "time": Kind.TIME,
    "picklist": Kind.CHOICE,
    "multipicklist": Kind.CHOICES,
    "reference": Kind.REFERENCE,
    "email": Kind.EMAIL,
    "phone": Kind.PHONE,
    "url": Kind.URL,
}  # compound fields (address, location) are their parts; files and what has no type are not offered
WIRES = {
    **JSON,
    Kind.DATETIME: moments("utc"),
    Kind.TIME: Wire(as_time, lambda value: value.strftime("%H:%M:%S.000Z")),
    Kind.CHOICES: joined(";"),
    Kind.REFERENCE: refs("Id", "Name"),
}
_SIZED = (Kind.TEXT, Kind.LONG_TEXT, Kind.HTML, Kind.EMAIL, Kind.PHONE, Kind.URL)
_NUMBERS = ("double", "percent", "currency")

NOUNS = pairs("Account=partner Contact=person Product2=item Opportunity=invoice Quote=quote Order=order")
ROLES = {
    "Account": "Name=name AccountNumber=code Phone=phone BillingPostalCode=zip BillingState=prefecture BillingCity=city "
    "BillingStreet=address1 CurrencyIsoCode=currency",
    "Contact": "LastName=last_name FirstName=first_name Email=email Phone=phone AccountId=partner Title=title "
    "Department=department",
    "Product2": "Name=name ProductCode=code Description=description QuantityUnitOfMeasure=unit",
    "Opportunity": "Name=title AccountId=partner Amount=total CloseDate=date CurrencyIsoCode=currency",
    "Quote": "QuoteNumber=number Name=title AccountId=partner ExpirationDate=due GrandTotal=total Subtotal=subtotal "
    "Tax=tax_total Status=status CurrencyIsoCode=currency Description=note",
    "Order": "OrderNumber=number Name=title AccountId=partner EffectiveDate=date TotalAmount=total Status=status "
    "CurrencyIsoCode=currency Description=note",
}
_LINE_ROLES = pairs(
    "Product2Id=item Quantity=quantity UnitPrice=price Discount=discount TotalPrice=amount Description=description "
    "ProductCode=code ServiceDate=date Name="
)
_LABELS = {
    "partner.registration_number": r"((適格請求書発行事業者|インボイス)?登録番号|registrationnumber)",
    "partner.kana": r"((取引先名?|会社名?)?(カナ|フリガナ)|kana)",
    "partner.email": r"(メール(アドレス)?|e?mail)",
    "partner.code": r"((取引先|顧客|得意先)コード|(partner|customer)code)",
    "partner.address2": r"(建物名?|building)",
}


@dataclass(slots=True, frozen=True)
class Form:
    """An sObject: how it is read and written, and what it can be asked. ``rows`` names the column of its line items."""

    table: Table
    changed: str | None  # its stamp of change
    flags_deleted: bool  # IsDeleted can be asked for
    rows: str | None = None
    line_object: str = ""
    line_fields: tuple[str, ...] = ()


def form(described: Json, child: Json | None) -> Form:
    """``child``: what describe says of its line items, where it has some that may be seen."""
    object = described["name"]
    fields = {f["name"]: f for f in described["fields"]}
    roles = _roles(object, described["fields"])
    columns = [of(made) for f in described["fields"] if (made := _field(f, roles.get(f["name"]))) is not None]
    changed = next((n for n in ("SystemModstamp", "LastModifiedDate", "CreatedDate") if n in fields), None)
    rows: str | None = None
    line_object = ""
    line_fields: tuple[str, ...] = ()
    if child is not None:
        rows, line_object, ja, en = LINES[object]
        inner = _line_columns(child)
        line_fields = ("Id", *(c.name for c in inner))
        more: dict[str, Any] = {"role": f"{NOUNS[object]}.lines", "note": "written as records of their own"}
        columns.append(lines((rows, "records"), ja, en, inner, id="Id", name=rows, given=True, omits=True, **more))
    table = Table(object, tuple(columns), id="Id", changed=changed, wires=WIRES)
    return Form(table, changed, "IsDeleted" in fields, rows, line_object, line_fields)


def _field(props: Json, role: str | None) -> Field | None:
    kind = KINDS.get(props["type"])
    if kind is None or props.get("deprecatedAndHidden"):
        return None
    if props.get("extraTypeInfo") == "richtextarea":
        kind = Kind.HTML
    creates, boolean = bool(props["createable"]), props["type"] == "boolean"
    filled = bool(props["defaultedOnCreate"]) or boolean or props.get("defaultValue") is not None
    targets = props.get("referenceTo") or []
    return Field(
        name=props["name"],
        kind=kind,
        ja=props["label"] or props["name"],
        en=props["label"] or props["name"],
        role=role,
        required=creates and not props["nillable"] and not filled,
        on_create=creates,
        on_update=bool(props["updateable"]),
        clearable=bool(props["nillable"]) and not boolean,
        unique=_is_key(props),
        max_length=props.get("length") or None if kind in _SIZED else None,
        decimals=props.get("scale") if props["type"] in _NUMBERS and not props["calculated"] else None,
        has_default=filled,
        choices=_choices(props),
        target=targets[0] if len(targets) == 1 else None,
        note=_note(props, targets),
    )


def _is_key(props: Json) -> bool:
    """Whether records can be upserted by it and there is one of each value."""
    return props["type"] == "id" or (bool(props["unique"]) and bool(props["externalId"] or props["idLookup"]))


def _choices(props: Json) -> tuple[Choice, ...]:
    """Active ones. A picklist that is not restricted would take others too; they are not written."""
    if props["type"] not in ("picklist", "multipicklist"):
        return ()
    return tuple(
        Choice(p["value"], p["label"] or p["value"], p["label"] or p["value"])
        for p in props.get("picklistValues") or ()
        if p["active"]
    )


def _note(props: Json, targets: Sequence[str]) -> str | None:
    if props["calculated"]:
        return "calculated by Salesforce; its changes do not touch the time of change"
    if props.get("autoNumber"):
        return "numbered by Salesforce"
    return f"refers to one of: {', '.join(targets)}"[:200] if len(targets) > 1 else None


def _roles(object: str, fields: Sequence[Json]) -> dict[str, str]:
    noun = NOUNS.get(object)
    if noun is None:
        return {}
    found = pairs(ROLES[object], noun)
    custom = [f for f in fields if f["custom"]]
    key = next((f["name"] for f in custom if _is_key(f)), None)
    if key is not None:
        found[key] = f"{noun}.id"
    if noun == "partner":
        by_label((f["name"] for f in fields), ((f["name"], f["label"]) for f in custom), _LABELS, found)
    return found


def _line_columns(child: Json) -> list[Column]:
    known = {f["name"]: f for f in child["fields"]}
    made = [
        _field({**known[name], "createable": False, "updateable": False}, f"line.{role}" if role else None)
        for name, role in _LINE_ROLES.items()
        if name in known
    ]
    return [of(one) for one in made if one is not None]


def csv_rows(content: bytes) -> list[dict[str, str]]:
    """Rows of a result of the Bulk API: texts, "" for null."""
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
