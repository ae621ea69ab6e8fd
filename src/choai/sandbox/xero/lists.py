"""Lists as Xero gives them: filters, order, pages, If-Modified-Since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from choai.sandbox.lists import paged
from choai.sandbox.xero.answers import Json, bad_query, envelope, unreadable
from choai.sandbox.xero.books import Books, Kind, shown
from choai.sandbox.xero.where import BadFilter, looked_up, parsed

PAGED = ("Contacts", "Invoices", "CreditNotes", "Payments", "PurchaseOrders")  # with pageSize
SINCE = (*PAGED, "Quotes", "Items", "Accounts", "Users", "Receipts")
FILTERED = (
    "Contacts", "Invoices", "CreditNotes", "Payments", "Items", "Accounts", "Users", "Receipts", "TaxRates", "Currencies",
    "TrackingCategories",
)  # fmt: skip
_LISTS = {  # parameter → the field it names, comma separated
    "Contacts": {"IDs": "ContactID"},
    "Invoices": {
        "IDs": "InvoiceID",
        "InvoiceNumbers": "InvoiceNumber",
        "ContactIDs": "Contact.ContactID",
        "Statuses": "Status",
    },
    "Quotes": {"QuoteNumber": "QuoteNumber", "ContactID": "Contact.ContactID", "Status": "Status"},
    "PurchaseOrders": {"Status": "Status"},
}
_SEARCHED = {
    "Contacts": ("Name", "FirstName", "LastName", "ContactNumber", "EmailAddress"),
    "Invoices": ("InvoiceNumber", "Reference"),
}
_DAYS = {
    "DateFrom": ("Date", 1),
    "DateTo": ("Date", -1),
    "ExpiryDateFrom": ("ExpiryDate", 1),
    "ExpiryDateTo": ("ExpiryDate", -1),
}


def listed(books: Books, kind: Kind, request: Request) -> Response:
    asked = request.query_params
    rows = [row for row in books.rows(kind.name) if _wanted(kind, row, asked)]
    try:
        if kind.name in SINCE and (since := request.headers.get("if-modified-since")):
            after = _instant(since)
            rows = [r for r in rows if datetime.fromisoformat(r["UpdatedDateUTC"]) > after]
        if "where" in asked and kind.name in FILTERED:
            test = parsed(asked["where"])
            rows = [r for r in rows if test(r)]
        rows = _ordered(rows, asked.get("order", ""))
    except (BadFilter, TypeError, ValueError) as wrong:
        return bad_query(str(wrong))
    if kind.name == "Quotes":
        page = int(asked.get("page", 1))
        return _answer(books, kind, paged(rows, page, 100))
    if kind.name not in PAGED or "page" not in asked:
        return _answer(books, kind, rows, heavy=kind.name not in PAGED and asked.get("summaryOnly") != "true")
    try:
        page, size = int(asked["page"]), int(asked.get("pageSize", 100))
    except ValueError:
        return unreadable("page and pageSize must be numbers")
    if page < 1 or not 1 <= size <= 1000:
        return unreadable("pageSize must be between 1 and 1000")
    told = {"page": page, "pageSize": size, "pageCount": -(-len(rows) // size), "itemCount": len(rows)}
    heavy = asked.get("summaryOnly") != "true"
    return _answer(books, kind, paged(rows, page, size), heavy=heavy, pagination=told)


def _answer(books: Books, kind: Kind, rows: list[Json], *, heavy: bool = True, **more: Any) -> Response:
    fault = books.world.fault("empty_page", f"GET {kind.name}")
    return envelope(books.world, kind.name, [] if fault else [shown(kind, r, heavy=heavy) for r in rows], **more)


def _instant(text: str) -> datetime:
    """To the second."""
    made = datetime.fromisoformat(text)
    return (made if made.tzinfo else made.replace(tzinfo=UTC)).replace(microsecond=0)


def _wanted(kind: Kind, row: Json, asked: Mapping[str, str]) -> bool:
    archived = row.get("ContactStatus") or (row.get("Status") if kind.name == "TrackingCategories" else None)
    if archived not in (None, "ACTIVE") and asked.get("includeArchived") != "true":
        return False
    for name, field in _LISTS.get(kind.name, {}).items():
        if asked.get(name) and str(looked_up(row, field) or "").lower() not in asked[name].lower().split(","):
            return False
    if kind.name in ("Quotes", "PurchaseOrders"):
        for name, (field, sign) in _DAYS.items():
            if (
                asked.get(name)
                and (row.get(field) or "") != asked[name]
                and (row.get(field, "") > asked[name]) != (sign > 0)
            ):
                return False
    term = asked.get("searchTerm", "").lower()
    if term and kind.name in _SEARCHED:
        return any(term in str(row.get(name) or "").lower() for name in _SEARCHED[kind.name])
    return True


def _ordered(rows: list[Json], order: str) -> list[Json]:
    for part in reversed([p.strip() for p in order.split(",") if p.strip()]):
        field, _, way = part.partition(" ")
        if way.upper() not in ("", "ASC", "DESC"):
            raise BadFilter(f"Syntax error at '{way}'")
        rows = sorted(
            rows, key=lambda r: (str(type(v := looked_up(r, field))), v is None, v or ""), reverse=way.upper() == "DESC"
        )
    return rows
