"""Payments, and credit notes applied to invoices."""

from __future__ import annotations

from typing import Any

from choai.sandbox.xero.answers import Json, Refusal, as_day
from choai.sandbox.xero.books import Books, Kind, new_id, taken
from choai.sandbox.xero.documents import CREDITS, INVOICES
from choai.sandbox.xero.masters import UNKNOWN

PAYMENTS = Kind(
    "Payments",
    "PaymentID",
    {
        "Date": "day",
        "Amount": "number:2",
        "CurrencyRate": "number:6",
        "Reference": "text",
        "IsReconciled": "flag",
        "Status": "enum:AUTHORISED|DELETED",
        "Invoice": "any",
        "CreditNote": "any",
        "Account": "any",
    },
    number="Reference",
    heavy=(),
)
_KINDS = {
    "ACCREC": "ACCRECPAYMENT",
    "ACCPAY": "ACCPAYPAYMENT",
    "ACCRECCREDIT": "ARCREDITPAYMENT",
    "ACCPAYCREDIT": "APCREDITPAYMENT",
}
_SHORT = ("InvoiceID", "InvoiceNumber", "CreditNoteID", "CreditNoteNumber", "Type", "Contact", "CurrencyCode")


def _meant(books: Books, kind: Kind, sent: Any) -> Json:
    number = str(sent.get(kind.id) or "").lower()
    found = (
        books.table(kind.name).get(number) if number else books.first(kind.name, **{kind.number: sent.get(kind.number)})
    )
    if found is None:
        raise Refusal(UNKNOWN)
    return found


def save_payment(books: Books, body: Json, creating: bool) -> Json:
    """A new payment; payments are not edited, only deleted (``delete_payment``)."""
    sent = taken(PAYMENTS, body)
    targets = [(kind, sent[key]) for kind, key in ((INVOICES, "Invoice"), (CREDITS, "CreditNote")) if sent.get(key)]
    if len(targets) != 1:
        raise Refusal("A payment must be for one invoice, credit note, prepayment or overpayment.")
    kind, told = targets[0]
    document = _meant(books, kind, told)
    account = _account(books, sent.get("Account") or {})
    open_ = document["AmountDue"] if kind is INVOICES else document["RemainingCredit"]
    wrong = []
    if not sent.get("Date") or not sent.get("Amount"):
        wrong.append("Date and Amount are required.")
    elif document["Status"] != "AUTHORISED":
        wrong.append("Payments can only be made against Authorised documents")
    elif sent["Amount"] <= 0 or sent["Amount"] > open_:
        wrong.append("Payment amount exceeds the amount outstanding on this document")
    lock = books.organisation.get("PeriodLockDate")
    if lock and sent.get("Date") and sent["Date"] <= lock:
        wrong.append(f"The document date cannot be before the period lock date, currently set at {lock}")
    if wrong:
        raise Refusal(*wrong)
    row = {
        **sent,
        ("Invoice" if kind is INVOICES else "CreditNote"): {k: document[k] for k in _SHORT if k in document},
        "Account": {k: account[k] for k in ("AccountID", "Code", "Name") if account.get(k)},
        "CurrencyRate": sent.get("CurrencyRate") or document["CurrencyRate"],
        "IsReconciled": bool(sent.get("IsReconciled")),
        "Status": "AUTHORISED",
        "PaymentType": _KINDS[document["Type"]],
        "HasAccount": True,
    }
    made = books.keep(PAYMENTS, row)
    _apply(books, kind, document, made, made["Amount"])
    return made


def _account(books: Books, sent: Json) -> Json:
    code, number = sent.get("Code"), str(sent.get("AccountID") or "").lower()
    found = books.table("Accounts").get(number) if number else books.first("Accounts", Code=code) if code else None
    if found is None or not (found["Type"] == "BANK" or found.get("EnablePaymentsToAccount")):
        raise Refusal("Account is not valid for payments.")
    return found


def _apply(books: Books, kind: Kind, document: Json, payment: Json, amount: float) -> None:
    """What a payment does to its document; a negative amount takes it back."""
    if kind is INVOICES:
        document["AmountPaid"] = round(document["AmountPaid"] + amount, 2)
        document["AmountDue"] = round(document["AmountDue"] - amount, 2)
    else:
        document["RemainingCredit"] = round(document["RemainingCredit"] - amount, 2)
    held = [p for p in document.get("Payments") or [] if p["PaymentID"] != payment["PaymentID"]]
    short = {"PaymentID": payment["PaymentID"], "Amount": payment["Amount"]}
    document["Payments"] = [*held, short] if amount > 0 else held
    settle(books, kind, document, payment["Date"])


def settle(books: Books, kind: Kind, document: Json, day: str) -> None:
    """PAID by itself when nothing is open, and back."""
    rest = document["AmountDue"] if kind is INVOICES else document["RemainingCredit"]
    document["Status"] = "PAID" if rest == 0 else "AUTHORISED"
    if rest == 0:
        document["FullyPaidOnDate"] = day
    else:
        document.pop("FullyPaidOnDate", None)
    books.keep(kind, document)


def delete_payment(books: Books, number: str, body: Json) -> Json:
    row = books.table("Payments").get(number)
    if row is None:
        raise Refusal(UNKNOWN)
    if body.get("Status") != "DELETED":
        raise Refusal("Payments can only be deleted.")
    if row["Status"] == "DELETED" or row["IsReconciled"]:
        raise Refusal("This payment cannot be deleted.")
    kind, key = (INVOICES, "Invoice") if row.get("Invoice") else (CREDITS, "CreditNote")
    row["Status"] = "DELETED"
    _apply(books, kind, books.table(kind.name)[row[key][kind.id]], row, -row["Amount"])
    return books.keep(PAYMENTS, row)


def allocate(books: Books, credit: Json, body: Json) -> Json:
    """Apply a credit note to an invoice of the same contact and currency."""
    invoice = _meant(books, INVOICES, body.get("Invoice") or {})
    amount, day = body.get("Amount"), as_day(body.get("Date"))
    wrong = []
    if not isinstance(amount, int | float) or day is None:
        raise Refusal("Amount, Date and Invoice are required.")
    if credit["Status"] != "AUTHORISED" or invoice["Status"] != "AUTHORISED":
        wrong.append("Credit notes can only be allocated between authorised documents.")
    if (
        credit["Type"] != f"{invoice['Type']}CREDIT"
        or credit["Contact"]["ContactID"] != invoice["Contact"]["ContactID"]
    ):
        wrong.append("The credit note and the invoice must be for the same contact.")
    if amount <= 0 or amount > min(credit["RemainingCredit"], invoice["AmountDue"]):
        wrong.append("The allocation exceeds the amount outstanding.")
    if wrong:
        raise Refusal(*wrong)
    entry: Json = {
        "AllocationID": new_id(books.world),
        "Amount": round(float(amount), 2),
        "Date": day,
        "Invoice": {k: invoice[k] for k in ("InvoiceID", "InvoiceNumber")},
    }
    credit["Allocations"].append(entry)
    _credited(books, credit, invoice, entry["Amount"], day)
    return entry


def unallocate(books: Books, credit: Json, number: str) -> Json:
    entry = next((a for a in credit["Allocations"] if a["AllocationID"] == number), None)
    if entry is None:
        raise Refusal(UNKNOWN)
    credit["Allocations"].remove(entry)
    invoice = books.table("Invoices")[entry["Invoice"]["InvoiceID"]]
    _credited(books, credit, invoice, -entry["Amount"], entry["Date"])
    return {**entry, "IsDeleted": True}


def _credited(books: Books, credit: Json, invoice: Json, amount: float, day: str) -> None:
    credit["RemainingCredit"] = round(credit["RemainingCredit"] - amount, 2)
    invoice["AmountCredited"] = round(invoice["AmountCredited"] + amount, 2)
    invoice["AmountDue"] = round(invoice["AmountDue"] - amount, 2)
    settle(books, CREDITS, credit, day)
    settle(books, INVOICES, invoice, day)
