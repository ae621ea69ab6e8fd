"""Calls beside lists and records: organisation, PDF, e-mail, allocations, options, deletes."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import partial

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from choai.sandbox.xero import documents, masters, money
from choai.sandbox.xero.answers import Json, Refusal, Unreadable, envelope, missing, unreadable, validation
from choai.sandbox.xero.bodies import echoed, elements
from choai.sandbox.xero.books import Books, Kind, shown
from choai.sandbox.xero.gate import Serve


def further() -> list[tuple[str, str, str, Serve]]:
    """method, path, name, endpoint."""
    documents_ = ("Invoices", "Quotes", "PurchaseOrders", "CreditNotes")
    return [
        ("GET", "Organisation", "Organisation", _organisation),
        ("GET", "Organisations", "Organisation", _organisation),  # as pyxero calls it
        ("GET", "Organisation/Actions", "Organisation", _actions),
        *(("GET", f"{name}/{{key}}/pdf", name, partial(_pdf, name)) for name in documents_),
        ("POST", "Invoices/{key}/Email", "Invoices", _email),
        ("GET", "Invoices/{key}/OnlineInvoice", "Invoices", _online),
        ("POST", "Payments/{key}", "Payments", _undo_payment),
        ("PUT", "CreditNotes/{key}/Allocations", "CreditNotes", _allocate),
        ("DELETE", "CreditNotes/{key}/Allocations/{allocation}", "CreditNotes", _unallocate),
        ("PUT", "TrackingCategories/{key}/Options", "TrackingCategories", _option),
        ("POST", "TrackingCategories/{key}/Options/{option}", "TrackingCategories", _option),
        ("DELETE", "Items/{key}", "Items", partial(_delete, "Items")),
        ("DELETE", "Accounts/{key}", "Accounts", partial(_delete, "Accounts")),
        ("DELETE", "TrackingCategories/{key}", "TrackingCategories", partial(_delete, "TrackingCategories")),
    ]


def _organisation(books: Books, request: Request, _: bytes) -> Response:
    told = {k: v for k, v in books.organisation.items() if v not in (None, "") and not k.endswith("LockDate")}
    return envelope(books.world, "Organisations", [told])


def _actions(books: Books, request: Request, _: bytes) -> Response:
    names = (
        "CreateApprovedInvoice", "CreateDraftInvoice", "CreateApprovedBill", "CreateDraftBill", "CreateDraftQuote",
        "CreateSentQuote", "CreateDraftPurchaseOrder", "CreateApprovedPurchaseOrder", "CreateInvoicePayment",
        "AttachFilesIntoInvoice", "UseMulticurrency",
    )  # fmt: skip
    off = set(books.state.get("not_allowed", ())) | (set() if books.state["multicurrency"] else {"UseMulticurrency"})
    told = [{"Name": name, "Status": "NOT-ALLOWED" if name in off else "ALLOWED"} for name in names]
    return envelope(books.world, "Actions", told)


def _held(books: Books, name: str, request: Request) -> Json | None:
    return books.table(name).get(request.path_params["key"].lower())


def _pdf(name: str, books: Books, request: Request, _: bytes) -> Response:
    row = _held(books, name, request)
    return (
        missing()
        if row is None
        else Response(b"%PDF-1.4\n% " + name.encode() + b"\n%%EOF\n", media_type="application/pdf")
    )


def _refuse(row: Json, *texts: str) -> Response:
    return validation([{**echoed(row), "ValidationErrors": [{"Message": text} for text in texts]}])


def _email(books: Books, request: Request, _: bytes) -> Response:
    row = _held(books, "Invoices", request)
    if row is None:
        return missing()
    contact = books.table("Contacts")[row["Contact"]["ContactID"]]
    if row["Type"] != "ACCREC" or row["Status"] not in ("SUBMITTED", "AUTHORISED", "PAID"):
        return _refuse({"InvoiceID": row["InvoiceID"]}, "The invoice cannot be e-mailed in its present status.")
    if not contact.get("EmailAddress"):
        return _refuse({"InvoiceID": row["InvoiceID"]}, "The contact has no email address.")
    row["SentToContact"] = row["Status"] != "SUBMITTED"
    books.keep(documents.INVOICES, row)
    books.world.state["mails"].append({"to": contact["EmailAddress"], "invoice": row["InvoiceID"]})
    return Response(None, 204)


def _online(books: Books, request: Request, _: bytes) -> Response:
    row = _held(books, "Invoices", request)
    if row is None or row["Type"] != "ACCREC" or row["Status"] in ("DRAFT", "SUBMITTED"):
        return missing()
    address = f"https://in.xero.com/{secrets.token_urlsafe(12)}"
    return JSONResponse({"OnlineInvoices": [{"OnlineInvoiceUrl": address}]})


def _answered(books: Books, kind: Kind, act: Callable[[], Json], element: Json) -> Response:
    try:
        return envelope(books.world, kind.name, [shown(kind, act())])
    except Refusal as wrong:
        return _refuse(element, *wrong.messages)
    except Unreadable as wrong:
        return unreadable(str(wrong))


def _undo_payment(books: Books, request: Request, body: bytes) -> Response:
    if _held(books, "Payments", request) is None:
        return missing()
    (sent,) = elements(body, "Payments")
    number = request.path_params["key"].lower()
    return _answered(books, money.PAYMENTS, lambda: money.delete_payment(books, number, sent), {"PaymentID": number})


_ALLOCATIONS = Kind("Allocations", "AllocationID", {"Date": "day"}, stamped=False)


def _allocate(books: Books, request: Request, body: bytes) -> Response:
    credit = _held(books, "CreditNotes", request)
    if credit is None:
        return missing()
    (sent, *_) = elements(body, "Allocations")
    return _answered(books, _ALLOCATIONS, lambda: money.allocate(books, credit, sent), {})


def _unallocate(books: Books, request: Request, _: bytes) -> Response:
    credit = _held(books, "CreditNotes", request)
    if credit is None:
        return missing()
    number = request.path_params["allocation"]
    return _answered(books, _ALLOCATIONS, lambda: money.unallocate(books, credit, number), {})


def _option(books: Books, request: Request, body: bytes) -> Response:
    category = _held(books, "TrackingCategories", request)
    if category is None:
        return missing()
    (sent,) = elements(body, "Options")
    number = request.path_params.get("option")
    return _answered(books, masters.OPTIONS, lambda: masters.save_option(books, category, sent, number), {})


def _delete(name: str, books: Books, request: Request, _: bytes) -> Response:
    row = _held(books, name, request)
    if row is None:
        return missing()
    lines = [line for table in documents.RULES for doc in books.rows(table) for line in doc["LineItems"]]
    code = row.get("Code")
    used = any(code and code in (line.get("ItemCode"), line.get("AccountCode")) for line in lines)
    if used or row.get("SystemAccount"):
        return _refuse({}, "This record is in use and cannot be deleted.")
    del books.table(name)[request.path_params["key"].lower()]
    books.world.dirty = True
    return Response(None, 204) if name == "Items" else envelope(books.world, name, [row])
