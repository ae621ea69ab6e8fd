"""Calls of Books and Invoice that are no plain resource."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from choai.sandbox.zoho.answers import Json, Refusal, done
from choai.sandbox.zoho.app import found, told
from choai.sandbox.zoho.books import Books
from choai.sandbox.zoho.gate import Serve
from choai.sandbox.zoho.lists import listed, paged
from choai.sandbox.zoho.masters import CURRENCIES, RATES, USERS
from choai.sandbox.zoho.papers import CREDITS, INVOICES, ORDERS, settle
from choai.sandbox.zoho.records import save

_KEPT = ("item_id", "name", "description", "quantity", "unit", "rate", "discount", "tax_id")


def _me(books: Books, _: Request, __: Any) -> Response:
    return told(books, USERS, books.rows("users")[0], "success")


def _of_currency(books: Books, request: Request) -> Json:
    return found(books, CURRENCIES, request.path_params["currency"])


def _rates(books: Books, request: Request, _: Any) -> Response:
    own = _of_currency(books, request)
    rows = [r for r in books.rows("exchangerates") if r["currency_id"] == own["currency_id"]]
    return listed(books, RATES, request.query_params, rows)


def _rate(books: Books, request: Request, _: Any) -> Response:
    _of_currency(books, request)
    return told(books, RATES, found(books, RATES, request.path_params["key"]), "success")


def _saved_rate(books: Books, request: Request, sent: Any) -> Response:
    own = _of_currency(books, request)
    key = request.path_params.get("key")
    before = found(books, RATES, key) if key else None
    more = {"currency_id": own["currency_id"], "currency_code": own["currency_code"]}
    row = save(books, RATES, {**sent, **more}, before)
    newest = max(
        (r for r in books.rows("exchangerates") if r["currency_id"] == own["currency_id"]),
        key=lambda r: r["effective_date"],
    )
    own |= {"exchange_rate": newest["rate"], "effective_date": newest["effective_date"]}
    return told(books, RATES, row, "The exchange rate has been saved.", 200 if key else 201)


def _from_order(books: Books, request: Request, _: Any) -> Response:
    order = found(books, ORDERS, request.query_params.get("salesorder_id", ""))
    if order["status"] in ("draft", "void", "invoiced"):
        raise Refusal("The sales order cannot be invoiced in this status.", 1009)
    lines = [{name: line[name] for name in _KEPT if line.get(name) not in (None, "")} for line in order["line_items"]]
    body = {name: order[name] for name in ("customer_id", "currency_id", "exchange_rate", "is_inclusive_tax")}
    row = save(books, INVOICES, {**body, "line_items": lines}, None)
    row["salesorder_id"] = order["salesorder_id"]
    order |= {"status": "invoiced", "_changed": books.now()}
    return told(books, INVOICES, row, "The invoice has been created.", 201)


def _apply(books: Books, request: Request, sent: Any) -> Response:
    """Credits of a note, applied to invoices of the same customer."""
    note = found(books, CREDITS, request.path_params["key"])
    entries = sent.get("invoices") if isinstance(sent, dict) else None
    if not isinstance(entries, list) or not entries:
        raise Refusal("Invalid value passed for invoices")
    if note["status"] != "open":
        raise Refusal("The credit note is not open.", 1010)
    for entry in entries:
        invoice, amount = books.get("invoices", entry.get("invoice_id")), float(entry.get("amount_applied") or 0)
        if invoice["customer_id"] != note["customer_id"] or not 0 < amount <= min(invoice["balance"], note["balance"]):
            raise Refusal("The amount applied is more than the balance.", 1008)
        settle(books, invoice, amount)
        note["balance"] = books.rounded(note["balance"] - amount, note["price_precision"])
    note |= {"status": "closed" if note["balance"] == 0 else "open", "_changed": books.now()}
    books.world.dirty = True
    return done("Credits have been applied to the invoice(s).", apply_to_invoices={"invoices": entries})


def _contact_persons(books: Books, request: Request, _: Any) -> Response:
    contact = books.table("contacts").get(request.path_params["key"])
    if contact is None:
        raise Refusal("Contact does not exist.", 1002, 404)
    rows, context = paged("contact_persons", contact["contact_persons"], request.query_params)
    return done(contact_persons=rows, page_context=context)


_AT = "settings/currencies/{currency}/exchangerates"
ME: tuple[str, str, str, Serve] = ("GET", "users/me", "settings", _me)
FURTHER: tuple[tuple[str, str, str, Serve], ...] = (
    ME,
    ("GET", _AT, "settings", _rates),
    ("GET", f"{_AT}/{{key}}", "settings", _rate),
    ("POST", _AT, "settings", _saved_rate),
    ("PUT", f"{_AT}/{{key}}", "settings", _saved_rate),
    ("POST", "invoices/fromsalesorder", "invoices", _from_order),
    ("POST", "creditnotes/{key}/invoices", "creditnotes", _apply),
    ("GET", "contacts/{key}/contactpersons", "contacts", _contact_persons),
)
