"""What Zoho CRM says of a module's fields → the table of its fields.

Labels come in the language of the user who acts, and fields that their profile hides are not there. Roles are the vendor's own
fields; the first unique text field that the organisation made is what the other side's id is written to. A rate has a role of its
own: it is the reciprocal of what accounting means, so that nothing is proposed for it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from choai.connectors.fields import Column, Table, column, lines, of
from choai.connectors.naming import by_label, pairs
from choai.connectors.wires import JSON, Wire, as_integer, refs
from choai.model.schema import Choice, Field
from choai.model.values import Kind

Json = Mapping[str, Any]

KINDS = {
    **dict.fromkeys(("text", "autonumber", "string"), Kind.TEXT),
    **dict.fromkeys(("integer", "bigint"), Kind.INTEGER),
    **dict.fromkeys(("double", "percent", "decimal"), Kind.DECIMAL),
    **dict.fromkeys(("lookup", "ownerlookup", "userlookup"), Kind.REFERENCE),
    "textarea": Kind.LONG_TEXT, "email": Kind.EMAIL, "phone": Kind.PHONE, "website": Kind.URL, "picklist": Kind.CHOICE,
    "multiselectpicklist": Kind.CHOICES, "currency": Kind.MONEY, "boolean": Kind.BOOLEAN, "date": Kind.DATE,
    "datetime": Kind.DATETIME,
}  # fmt: skip
_SIZED = (Kind.TEXT, Kind.LONG_TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL)
_TEXTUAL = Wire(as_integer, str)  # whole numbers that travel as text
# a bulk read tells several choices in one text
_CHOICES = replace(JSON[Kind.CHOICES], read=lambda raw: raw.split(";") if isinstance(raw, str) else list(raw))
WIRES = {**JSON, Kind.REFERENCE: refs(as_object=True), Kind.CHOICES: _CHOICES}

NOUNS = {
    "Accounts": "partner", "Contacts": "person", "Vendors": "vendor", "Products": "item", "Deals": "deal", "Quotes": "quote",
    "Sales_Orders": "sales_order", "Purchase_Orders": "purchase_order", "Invoices": "invoice",
}  # fmt: skip
_PAPER = (
    "Subject=title Account_Name=partner Grand_Total=total Sub_Total=subtotal Tax=tax_total Status=status Due_Date=due "
    "Currency=currency Exchange_Rate=rate_foreign Description=note Terms_and_Conditions=terms"
)
_CONTACT = "Phone=phone Website=website Description=note Currency=currency"
ROLES = {
    "Accounts": f"Account_Name=name Account_Number=code Fax=fax Billing_Code=zip Billing_State=prefecture Billing_City=city "
    f"Billing_Street=address1 {_CONTACT}",
    "Contacts": "Last_Name=last_name First_Name=first_name Email=email Phone=phone Mobile=mobile Account_Name=partner "
    "Title=position Department=department Description=note",
    "Vendors": f"Vendor_Name=name Email=email Zip_Code=zip State=prefecture City=city Street=address1 {_CONTACT}",
    "Products": "Product_Name=name Product_Code=code Unit_Price=price Description=description Usage_Unit=unit",
    "Deals": "Deal_Name=title Account_Name=partner Amount=total Closing_Date=date Stage=status Currency=currency "
    "Exchange_Rate=rate_foreign Description=note",
    "Quotes": f"Quote_Number=number Quote_Stage=status Valid_Till=due {_PAPER}",
    "Sales_Orders": f"SO_Number=number {_PAPER}",
    "Purchase_Orders": f"PO_Number=number Vendor_Name=partner PO_Date=date {_PAPER}",
    "Invoices": f"Invoice_Number=number Invoice_Date=date {_PAPER}",
}
_LINE = (
    "Product_Name=item Description=description Quantity=quantity List_Price=price Discount=discount Tax=tax_total "
    "Total=amount Sequence_Number="
)
_LABELS = {
    "registration_number": r"(適格請求書発行事業者|インボイス)?登録番号|registrationnumber",
    "kana": r"((取引先名?|会社名?|仕入先名?)?(カナ|フリガナ))|kana",
    "email": r"(経理|請求)?メール(アドレス)?|e?mail",
    "code": r"(取引先|顧客|得意先|仕入先)コード|(partner|customer|vendor)code",
    "address2": r"建物名?|building",
}


def form(
    object: str, module: str, fields: Sequence[Json], inner: Mapping[str, Sequence[Json]], must: Collection[str]
) -> Table:
    """``inner``: the fields of the modules behind the line items; ``must``: what the standard layout demands."""
    roles = _roles(module, fields)
    columns = [column("id", Kind.IDENTIFIER, "ID", "ID", given=True, unique=True)]
    for props in fields:
        name = props["api_name"]
        made = _field(props, roles.get(name), name in must)
        if made is not None:
            columns.append(
                of(made, wire=_TEXTUAL if made.kind is Kind.INTEGER and props.get("json_type") == "string" else None)
            )
        elif name in inner and (rows := _rows(props, inner[name], NOUNS.get(module, ""))) is not None:
            columns.append(rows)
    return Table(object, tuple(columns), changed="Modified_Time", wires=WIRES)


def _rows(props: Json, inner: Sequence[Json], noun: str) -> Column | None:
    """Line items. What Zoho reckons stays readable; each must name a product."""
    wanted = pairs(_LINE)
    known = {f["api_name"]: f for f in inner}
    made = [
        _field(known[name], f"line.{role}" if role else None, False) for name, role in wanted.items() if name in known
    ] + [_field(f, None, False) for f in inner if f["custom_field"]]
    columns = [of(one) for one in made if one is not None]
    if not columns:
        return None
    label = props["display_label"]
    more: dict[str, Any] = {"role": f"{noun}.lines"} if noun else {}
    return lines(
        props["api_name"], label, label, columns, id="id", single=True, required=bool(props["system_mandatory"]), **more
    )


def _field(props: Json, role: str | None, must: bool) -> Field | None:
    told = props["data_type"]
    if told == "formula":
        told = (props.get("formula") or {}).get("return_type")
    kind = KINDS.get(str(told))
    if (
        kind is None
        or (props.get("json_type") == "jsonarray" and kind is not Kind.CHOICES)
        or props["api_name"] == "id"
    ):
        return None
    rights = props["operation_type"]
    fixed = bool(props["read_only"] or props["field_read_only"]) or props["data_type"] in ("formula", "autonumber")
    creates = bool(rights["api_create"]) and not fixed
    target = ((props.get("lookup") or {}).get("module") or {}).get("api_name")
    filled = (
        props.get("default_value") is not None or kind is Kind.BOOLEAN or (target is None and kind is Kind.REFERENCE)
    )
    required = creates and bool(props["system_mandatory"] or must) and not filled
    return Field(
        name=props["api_name"],
        kind=kind,
        ja=props["display_label"] or props["api_name"],
        en=props["display_label"] or props["api_name"],
        role=None if role and role.endswith(".code") and kind is not Kind.TEXT else role,
        required=required,
        on_create=creates,
        on_update=bool(rights["api_update"]) and not fixed,
        clearable=not props["system_mandatory"] and kind is not Kind.BOOLEAN,
        unique=bool(props.get("unique")),
        max_length=props.get("length") or None if kind in _SIZED else None,
        decimals=props.get("decimal_place") if kind in (Kind.MONEY, Kind.DECIMAL) and not fixed else None,
        has_default=filled,
        choices=_choices(props) if kind in (Kind.CHOICE, Kind.CHOICES) else (),
        target=target or ("users" if kind is Kind.REFERENCE else None),
    )


def _choices(props: Json) -> tuple[Choice, ...]:
    rows = props.get("pick_list_values") or ()
    told = [
        (str(p["actual_value"]), str(p.get("display_value") or p["actual_value"]))
        for p in rows
        if p.get("type") != "unused"
    ]
    return tuple(Choice(value, label, label) for value, label in told if value != "-None-")


def _roles(module: str, fields: Sequence[Json]) -> dict[str, str]:
    noun = NOUNS.get(module)
    if noun is None:
        return {}
    custom = [f for f in fields if f["custom_field"]]
    found = pairs(ROLES[module], noun)
    key = next((f["api_name"] for f in custom if f.get("unique") and f["data_type"] == "text"), None)
    if key is not None:
        found[key] = f"{noun}.id"
    if noun in ("partner", "vendor"):
        here = (f["api_name"] for f in fields if f["data_type"] != "bigint")  # those are no codes
        labels = {f"{noun}.{part}": pattern for part, pattern in _LABELS.items()}
        by_label(here, ((f["api_name"], f["display_label"] or "") for f in custom), labels, found)
    return found


def _given(at: str, kind: Kind, ja: str, en: str, role: str | None = None) -> Column:
    return column(at, kind, ja, en, role=role, given=True)


_ID = _given("id", Kind.IDENTIFIER, "ID", "ID")
_T, _B = Kind.TEXT, Kind.BOOLEAN
LISTED = {
    "users": Table("users", (
        _ID, _given("full_name", _T, "名前", "Name", "user.name"), _given("email", Kind.EMAIL, "メール", "E-mail", "user.email"),
        _given("status", _T, "状態", "Status", "user.status"), _given("profile.name", _T, "プロファイル", "Profile"),
        _given("role.name", _T, "役職", "Role"),
    )),
    "profiles": Table("profiles", (
        _ID, _given("display_label", _T, "名称", "Name", "profile.name"), _given("custom", _B, "追加したもの", "Made by us"),
    )),
    "currencies": Table("currencies", (
        _ID, _given("iso_code", _T, "コード", "Code", "currency.code"), _given("name", _T, "名称", "Name", "currency.name"),
        _given("symbol", _T, "記号", "Symbol"), _given("is_base", _B, "基準通貨", "Base currency"),
        _given("is_active", _B, "有効", "Active"),
        column("exchange_rate", Kind.DECIMAL, "為替レート", "Exchange rate", role="currency.rate_foreign", given=True,
               note="units of this currency for one of the organisation's; Zoho Books tells it the other way round"),
    )),
}  # fmt: skip
