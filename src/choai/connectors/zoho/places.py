"""Where the objects of Zoho Books are; Zoho Invoice has the sales side of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from choai.connectors.contract import READ_ONLY, ObjectSpec
from choai.connectors.declared import PDF, Move
from choai.connectors.fields import Column, Table
from choai.connectors.zoho.columns import FIXED, MORE, table, text
from choai.connectors.zoho.product import APPLY, EMAIL, INVOICE_IT, Place, kind
from choai.connectors.zoho.tables import columns

_OLDEST = {"sort_column": "created_time", "sort_order": "A"}  # new records join at the end of a full read
_ACTIVE: tuple[Move, ...] = (
    ("activate", "有効にする", "Mark as active", "active", ("inactive",)),
    ("deactivate", "無効にする", "Mark as inactive", "inactive", ("active",)),
)
_SENT: Move = ("send", "送信済みにする", "Mark as sent", "status/sent", ("draft", "approved"))
_VOID: Move = (
    "void", "無効にする", "Void", "status/void", ("draft", "sent", "viewed", "open", "unpaid", "overdue", "approved"),
)  # fmt: skip


def _contacts(kind: str) -> Place:
    return Place(
        "contacts", "contact_id", "contact", since="sorted", query={"contact_type": kind, **_OLDEST},
        find={"contact_name": "contact_name", "email": "email", "contact_number": "search_text"}, number="contact_number",
        number_flag="body", always={"contact_type": kind}, repeats=("contact_name", "contact_type"), moves=_ACTIVE,
        link="/contacts/{id}",
    )  # fmt: skip


def _paper(path: str, one: str, link: str, *moves: Move, again: tuple[str, ...], numbered: bool = True) -> Place:
    number = f"{one}_number"
    asked = (number, "reference_number")[: 1 if one == "creditnote" else 2]
    return Place(
        path, f"{one}_id", one, since="filter", query=_OLDEST, find=dict(zip(asked, asked, strict=True)),
        number=number if numbered else "", repeats=again, moves=moves, link=f"/{link}/{{id}}",
    )  # fmt: skip


_SOLD, _BOUGHT = ("customer_id", "line_items"), ("vendor_id", "line_items")
PLACES: Mapping[str, Place] = {
    "contact": _contacts("customer"),
    "vendor": _contacts("vendor"),
    "item": Place(
        "items", "item_id", "item", since="rows", query={"sort_column": "name", "sort_order": "A"}, find={"name": "name"},
        repeats=("name", "rate"), moves=_ACTIVE, link="/inventory/items/{id}",
    ),
    "estimate": _paper(
        "estimates", "estimate", "quotes", _SENT,
        ("accept", "承諾済みにする", "Mark as accepted", "status/accepted", ("sent", "viewed", "declined")),
        ("decline", "辞退にする", "Mark as declined", "status/declined", ("sent", "viewed", "accepted")),
        again=_SOLD,
    ),
    "salesorder": _paper(
        "salesorders", "salesorder", "salesorders",
        ("open", "確定する", "Mark as open", "status/open", ("draft", "approved")), _VOID,
        again=_SOLD,
    ),
    "invoice": _paper(
        "invoices", "invoice", "invoices", _SENT, _VOID,
        ("draft", "下書きに戻す", "Back to draft", "status/draft", ("void",)),
        again=_SOLD,
    ),
    "creditnote": _paper(
        "creditnotes", "creditnote", "creditnotes",
        ("open", "確定する", "Convert to open", "status/open", ("draft", "approved")), _VOID,
        again=(*_SOLD, "date", "creditnote_number"),
    ),
    "purchaseorder": _paper(
        "purchaseorders", "purchaseorder", "purchaseorders",
        ("open", "発注済みにする", "Mark as issued", "status/open", ("draft", "approved")),
        ("bill", "請求済みにする", "Mark as billed", "status/billed", ("open",)),
        ("cancel", "キャンセルする", "Cancel", "status/cancelled", ("draft", "open")),
        again=_BOUGHT,
    ),
    "bill": _paper(
        "bills", "bill", "bills",
        ("open", "確定する", "Mark as open", "status/open", ("draft", "void")), _VOID, numbered=False,
        again=(*_BOUGHT, "bill_number"),
    ),
    "payment": Place(
        "customerpayments", "payment_id", "payment", since="rows", find={"reference_number": "reference_number"},
        repeats=("customer_id", "payment_mode", "amount", "date", "invoices"), link="/paymentsreceived/{id}",
    ),
    "vendor_payment": Place(
        "vendorpayments", "payment_id", "vendorpayment", since="filter", find={"reference_number": "reference_number"},
        repeats=("vendor_id", "amount", "bills"), link="/paymentsmade/{id}",
    ),
    "expense": Place(
        "expenses", "expense_id", "expense", since="rows", find={"reference_number": "reference_number"},
        repeats=("account_id", "date", "amount", "paid_through_account_id"), link="/expenses/{id}",
    ),
    "currency": Place(
        "settings/currencies", "currency_id", "currency", details=False, custom=False,
        repeats=("currency_code", "currency_format"), link="/settings/currencies/{id}",
    ),
    "tax": Place("settings/taxes", "tax_id", "tax", details=False, custom=False, link="/settings/taxes/{id}"),
    "account": Place("chartofaccounts", "account_id", "chart_of_account", since="filter", details=False, custom=False),
    "user": Place("users", "user_id", "user", details=False, custom=False),
}  # fmt: skip
SALES = (
    "contact",
    "item",
    "estimate",
    "invoice",
    "creditnote",
    "payment",
    "expense",
    "currency",
    "tax",
    "user",
    "rates:*",
)
INVOICE_PLACES: Mapping[str, Place] = {  # Zoho Invoice: no purchases, no accounts
    **{name: place for name, place in PLACES.items() if name in SALES},
    "expense": replace(PLACES["expense"], repeats=("category_name", "date", "amount")),
}


def rates(object: str) -> Place | None:
    """The exchange rates of one currency: ``rates:<currency_id>``."""
    if not object.startswith("rates:"):
        return None
    path = f"settings/currencies/{object.removeprefix('rates:')}/exchangerates"
    return Place(path, "exchange_rate_id", "exchange_rate", many="exchange_rates", details=False, custom=False)


def _object(name: str, ja: str, en: str, role: str, keys: tuple[str, ...] = (), **more: Any) -> ObjectSpec:
    return kind(PLACES[name], name, ja, en, role, keys, **more)


_MAILED = {"also": (EMAIL, PDF)}
_STAMPED: dict[str, Any] = {"stamp_field": "reference_number"}
OBJECTS: Mapping[str, ObjectSpec] = {
    made.name: made
    for made in (
        _object("contact", "顧客", "Customers", "partner", ("contact_name", "email")),
        _object("vendor", "仕入先", "Vendors", "vendor", ("contact_name", "email")),
        _object("item", "品目", "Items", "item", ("name", "sku")),
        _object("estimate", "見積書", "Estimates", "quote", ("estimate_number", "reference_number"),
                also=(EMAIL, INVOICE_IT, PDF)),
        _object("salesorder", "受注書", "Sales orders", "sales_order", ("salesorder_number", "reference_number"),
                also=(EMAIL, INVOICE_IT, PDF)),
        _object("invoice", "請求書", "Invoices", "invoice", ("invoice_number", "reference_number"), **_MAILED),
        _object("creditnote", "クレジットノート", "Credit notes", "credit_note", ("creditnote_number",), also=(APPLY, PDF)),
        _object("purchaseorder", "発注書", "Purchase orders", "purchase_order", ("purchaseorder_number", "reference_number"),
                **_MAILED),
        _object("bill", "仕入請求書", "Bills", "bill", ("bill_number", "reference_number")),
        _object("payment", "入金", "Payments received", "payment", ("reference_number",), **_STAMPED),
        _object("vendor_payment", "支払い", "Payments made", "vendor_payment", ("reference_number",), **_STAMPED),
        _object("expense", "経費", "Expenses", "expense", ("reference_number",), **_STAMPED),
        _object("currency", "通貨", "Currencies", "currency", ("currency_code",)),
        _object("tax", "税", "Taxes", "tax_code", ("tax_name",)),
        _object("account", "勘定科目", "Chart of accounts", "account_item", **READ_ONLY),
        _object("user", "ユーザー", "Users", "user", **READ_ONLY),
        kind(Place("", "", "", details=False), "rates:*", "為替レート", "Exchange rates", "rate", ("effective_date",)),
    )
}  # fmt: skip


def books_table(object: str) -> Table:
    """The table of an object of Books."""
    return _table(object, columns(object))


def invoice_table(object: str) -> Table:
    """The table of an object of Invoice: without what points to objects that it does not have."""
    held = [c for c in columns(object) if c.field.target is None or c.field.target in INVOICE_PLACES]
    if object == "expense":
        held.insert(
            1,
            text("category_name", "カテゴリ", "Category", "expense.account_name", 100, required=True, **MORE, **FIXED),
        )
    return _table(object, held)


def _table(object: str, held: Sequence[Column]) -> Table:
    place = PLACES.get(object) or rates(object)
    assert place is not None  # noqa: S101  (asked for by place_of before)
    changed = place.changed if place.since else None
    role = {name: made.role for name, made in OBJECTS.items()}.get(object, "rate")
    return table(object, place.id, "partner" if role == "vendor" else role, held, changed, link=bool(place.link))
