"""Invoices and bills, quotes, purchase orders, credit notes and receipts: sums, status machines, what approval demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from choai.sandbox.xero.answers import Json, Refusal
from choai.sandbox.xero.books import Books, Kind, same, taken
from choai.sandbox.xero.lines import lined, rounded
from choai.sandbox.xero.masters import UNKNOWN, not_subscribed, save_contact

_COMMON = {
    "Date": "day",
    "Reference": "text:255",
    "CurrencyCode": "text:3",
    "CurrencyRate": "number:6",
    "BrandingThemeID": "guid",
    "LineAmountTypes": "enum:Exclusive|Inclusive|NoTax",
}


def _kind(name: str, fields: str, *twins: str) -> Kind:
    """``fields``: ``Name=what it holds`` words, beside what all documents have."""
    one = name.removesuffix("s")
    own = dict(word.split("=") for word in fields.split())
    return Kind(name, f"{one}ID", {**_COMMON, **own}, number=f"{one}Number", twins=("Date", *twins))


INVOICES = _kind(
    "Invoices",
    "Type=enum:ACCREC|ACCPAY InvoiceNumber=text:255 DueDate=day ExpectedPaymentDate=day PlannedPaymentDate=day Url=text "
    "SentToContact=flag Status=enum:DRAFT|SUBMITTED|AUTHORISED|PAID|DELETED|VOIDED",
    "DueDate",
)
QUOTES = _kind(
    "Quotes",
    "Reference=text:4000 QuoteNumber=text:255 ExpiryDate=day Terms=text:4000 Title=text:100 Summary=text:3000 "
    "LineAmountTypes=enum:EXCLUSIVE|INCLUSIVE|NOTAX Status=enum:DRAFT|SENT|ACCEPTED|DECLINED|INVOICED|DELETED",
    "ExpiryDate",
)
ORDERS = _kind(
    "PurchaseOrders",
    "PurchaseOrderNumber=text:255 DeliveryDate=day ExpectedArrivalDate=day DeliveryAddress=text AttentionTo=text:255 "
    "Telephone=text:50 DeliveryInstructions=text:500 SentToContact=flag Status=enum:DRAFT|SUBMITTED|AUTHORISED|BILLED|DELETED",
    "DeliveryDate",
)
CREDITS = _kind(
    "CreditNotes",
    "Type=enum:ACCRECCREDIT|ACCPAYCREDIT CreditNoteNumber=text:255 "
    "Status=enum:DRAFT|SUBMITTED|AUTHORISED|PAID|DELETED|VOIDED",
)
RECEIPTS = _kind("Receipts", "User=any Status=enum:DRAFT|SUBMITTED|AUTHORISED|DECLINED|VOIDED")
Moves = Mapping[str, tuple[str, ...]]
_INVOICE_MOVES: Moves = {
    "": ("DRAFT", "SUBMITTED", "AUTHORISED"),
    "DRAFT": ("SUBMITTED", "AUTHORISED", "DELETED"),
    "SUBMITTED": ("DRAFT", "AUTHORISED", "DELETED"),
    "AUTHORISED": ("VOIDED",),
}


@dataclass(frozen=True)
class Rules:
    """A kind of document. ``approved``: states that demand accounts, descriptions and so on. ``prefix`` of automatic numbers."""

    kind: Kind
    moves: Moves
    prefix: str
    taken_text: str
    approved: tuple[str, ...] = ("SUBMITTED", "AUTHORISED")
    closed: tuple[str, ...] = ("DELETED", "VOIDED", "PAID")
    discounts: bool = True
    repeats: tuple[str, ...] = ()  # demanded by every update
    mode: str = "Exclusive"


RULES = {
    "Invoices": Rules(INVOICES, _INVOICE_MOVES, "INV-{:04}", "Invoice # must be unique."),
    "Quotes": Rules(
        QUOTES,
        {
            "": ("DRAFT",),
            "DRAFT": ("SENT", "DELETED"),
            "SENT": ("DRAFT", "ACCEPTED", "DECLINED", "DELETED"),
            "ACCEPTED": ("SENT", "INVOICED", "DELETED"),
            "DECLINED": ("SENT", "DELETED"),
        },
        "QU-{:04}",
        "Quote number must be unique",
        approved=(),
        closed=("DELETED", "INVOICED"),
        repeats=("Contact", "Date"),
        mode="EXCLUSIVE",
    ),
    "PurchaseOrders": Rules(
        ORDERS,
        {
            "": ("DRAFT", "SUBMITTED", "AUTHORISED"),
            "DRAFT": ("SUBMITTED", "AUTHORISED", "DELETED"),
            "SUBMITTED": ("DRAFT", "AUTHORISED", "DELETED"),
            "AUTHORISED": ("BILLED", "DELETED"),
        },
        "PO-{:04}",
        "Order number must be unique",
        closed=("DELETED", "BILLED"),
    ),
    "CreditNotes": Rules(CREDITS, _INVOICE_MOVES, "CN-{:04}", "Credit note # must be unique.", discounts=False),
    "Receipts": Rules(
        RECEIPTS,
        {"": ("DRAFT", "SUBMITTED"), "DRAFT": ("SUBMITTED", "VOIDED"), "SUBMITTED": ("DRAFT",)},
        "{}",
        "",
        approved=("SUBMITTED",),
        closed=("AUTHORISED", "DECLINED", "VOIDED"),
        discounts=False,
    ),
}


def save(name: str, books: Books, body: Json, creating: bool) -> Json:
    """Make or change a document. Raises Refusal."""
    rules = RULES[name]
    sent = taken(rules.kind, body)
    old = None if creating else _meant(books, rules, body)
    if old is not None:
        missing = [f"{key} is required." for key in rules.repeats if key not in body]
        only_status = not (sent.keys() - {"Status", "Type"}) and "LineItems" not in body and not rules.repeats
        if old["Status"] in rules.closed and not (only_status and sent.get("Status") == old["Status"]):
            missing.append(f"{name[:-1]} not of valid status for modification")
        if missing:
            raise Refusal(*missing)
    row = {**(old or {}), **{k: v for k, v in sent.items() if k != "Status"}}
    row["Contact"] = _contact(books, rules, body, row)
    before = old["Status"] if old else ""
    status = sent.get("Status") or before or rules.moves[""][0]
    _defaults(books, rules, row, name)
    if "LineItems" in body or old is None:
        off = rules.discounts and row.get("Type") != "ACCPAY"
        row["LineItems"] = [lined(books, row, one, old, discounts=off) for one in body.get("LineItems") or []]
    _move(rules, row, before, status)
    row["Status"] = status
    _check(books, rules, row, old)
    sums(row)
    _balance(rules.kind, row)
    _number(books, rules, row)
    _mark_contact(books, row)
    return books.keep(rules.kind, row)


def _meant(books: Books, rules: Rules, body: Mapping[str, Any]) -> Json | None:
    kind = rules.kind
    if body.get(kind.id):
        found = books.table(kind.name).get(str(body[kind.id]).lower())
        if found is None:
            raise Refusal(UNKNOWN)
        return found
    number = body.get(kind.number)
    if number and body.get("Type") != "ACCPAY" and kind.name != "Receipts":
        return books.first(kind.name, **{kind.number: number})
    return None


def _contact(books: Books, rules: Rules, body: Mapping[str, Any], row: Json) -> Json:
    """The contact of a document, in short. Further details that come with it change the contact, as in Xero."""
    sent = body.get("Contact")
    if not sent:
        if row.get("Contact"):
            return dict(row["Contact"])
        raise Refusal("A Contact must be specified for this type of transaction")
    number = str(sent.get("ContactID") or "").lower()
    found = books.table("Contacts").get(number) if number else None
    if found is None and sent.get("ContactNumber"):
        found = books.first("Contacts", ContactNumber=sent["ContactNumber"])
    if found is None and sent.get("Name") and not number:
        found = books.first("Contacts", Name=sent["Name"], ContactStatus="ACTIVE")
        if found is None and rules.kind.name != "PurchaseOrders":
            found = save_contact(books, {"Name": sent["Name"]}, True)
    if found is None:
        raise Refusal("The Contact could not be found.")
    if found["ContactStatus"] != "ACTIVE":
        raise Refusal(f"The contact {found['Name']} is archived.")
    further = {k: v for k, v in sent.items() if k not in ("ContactID", "ContactNumber")}
    if number and further and any(found.get(k) != v for k, v in further.items()):
        found = save_contact(books, {**sent, "ContactID": number}, False)
    return {"ContactID": found["ContactID"], "Name": found["Name"]}


def _defaults(books: Books, rules: Rules, row: Json, name: str) -> None:
    base = books.organisation["BaseCurrency"]
    contact = books.table("Contacts")[row["Contact"]["ContactID"]]
    row["Date"] = row.get("Date") or books.world.now().date().isoformat()
    row.setdefault("LineAmountTypes", rules.mode)
    row["CurrencyCode"] = row.get("CurrencyCode") or contact.get("DefaultCurrency") or base
    rate = 1.0 if row["CurrencyCode"] == base else books.world.state["rates"].get(row["CurrencyCode"], 1.0)
    if name != "Receipts":
        row["CurrencyRate"] = row.get("CurrencyRate") or rate
    else:
        row.pop("CurrencyCode")
    if name == "Invoices" and not row.get("DueDate"):
        row["DueDate"] = _due(contact, row)


def _due(contact: Json, row: Json) -> str | None:
    """By the contact's terms; only the simplest are worked out here."""
    terms = (contact.get("PaymentTerms") or {}).get("Sales" if row.get("Type") == "ACCREC" else "Bills")
    return row["Date"] if terms else None


def sums(row: Json) -> None:
    lines = row["LineItems"]
    tax = sum((Decimal(str(one["TaxAmount"])) for one in lines), Decimal(0))
    net = sum((Decimal(str(one["LineAmount"])) for one in lines), Decimal(0))
    if row["LineAmountTypes"].lower() == "inclusive":
        net -= tax
    row["SubTotal"], row["TotalTax"], row["Total"] = (rounded(v) for v in (net, tax, net + tax))


def _balance(kind: Kind, row: Json) -> None:
    if kind is INVOICES:
        row.setdefault("AmountPaid", 0.0)
        row.setdefault("AmountCredited", 0.0)
        row.setdefault("Payments", [])
        row.setdefault("CreditNotes", [])
        row.setdefault("SentToContact", False)
        row["AmountDue"] = round(row["Total"] - row["AmountPaid"] - row["AmountCredited"], 2)
    elif kind is CREDITS:
        row.setdefault("Allocations", [])
        used = sum(one["Amount"] for one in row["Allocations"])
        row["RemainingCredit"] = round(row["Total"] - used, 2)
    if kind is not QUOTES:
        row.setdefault("HasAttachments", False)


def _move(rules: Rules, row: Json, before: str, status: str) -> None:
    if status != before and status not in rules.moves.get(before, ()):
        what = rules.kind.name[:-1]
        raise Refusal(f"{what} not of valid status for modification: {before or 'new'} cannot become {status}")
    if status == "VOIDED" and (row.get("AmountPaid") or row.get("AmountCredited") or row.get("Allocations")):
        raise Refusal("A document with payments or credits applied cannot be voided.")


def _check(books: Books, rules: Rules, row: Json, old: Json | None) -> None:
    kind, wrong = rules.kind, []
    if "Type" in kind.fields and not row.get("Type"):
        wrong.append("Type is required.")
    if old is not None and row.get("Type") != old.get("Type"):
        wrong.append("The Type of a document cannot be changed.")
    if "CurrencyCode" in row:
        wrong += not_subscribed(books, row["CurrencyCode"])
    number = row.get(kind.number)
    if number and row.get("Type") != "ACCPAY" and kind is not RECEIPTS:
        holders = [
            r for r in books.rows(kind.name) if same(r.get(kind.number), number) and r.get("Type") == row.get("Type")
        ]
        if any(r[kind.id] != row.get(kind.id) for r in holders):
            wrong.append(rules.taken_text)
    lock = books.organisation.get("PeriodLockDate")
    if lock and row["Date"] <= lock:
        wrong.append(f"The document date cannot be before the period lock date, currently set at {lock}")
    if kind is RECEIPTS and (row.get("User") or {}).get("UserID") not in books.table("Users"):
        wrong.append("A valid user should be identified using the UserID.")
    if kind is RECEIPTS and not row["LineItems"]:
        wrong.append("At least one line item is required.")
    if wrong:
        raise Refusal(*wrong)
    if row["Status"] in rules.approved:
        _approvable(rules, row)


def _approvable(rules: Rules, row: Json) -> None:
    wrong = []
    if not row["LineItems"]:
        wrong.append("One or more line items must be specified")
    if rules.kind is INVOICES and not row.get("DueDate"):
        wrong.append("Due Date is required.")
    for line in row["LineItems"]:
        wrong += [f"{name} must be specified" for name in ("AccountCode", "Quantity", "UnitAmount") if name not in line]
    if wrong:
        raise Refusal(*dict.fromkeys(wrong))


def _number(books: Books, rules: Rules, row: Json) -> None:
    kind = rules.kind
    if row.get(kind.number) or row.get("Type") == "ACCPAY":
        return
    while True:
        made = books.next_number(kind.name, rules.prefix)
        if books.first(kind.name, **{kind.number: made}) is None:
            row[kind.number] = made
            return


def _mark_contact(books: Books, row: Json) -> None:
    contact = books.table("Contacts")[row["Contact"]["ContactID"]]
    if row.get("Type") in ("ACCREC", "ACCPAY"):  # this does not touch UpdatedDateUTC
        contact["IsCustomer" if row["Type"] == "ACCREC" else "IsSupplier"] = True
