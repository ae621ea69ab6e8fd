"""Papers with lines: numbers, taxes, totals, states; and money received, paid and spent."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from choai.sandbox.zoho.answers import Json, Refusal
from choai.sandbox.zoho.books import Books, Kind, Move
from choai.sandbox.zoho.masters import currency_of, tax_of
from choai.sandbox.zoho.records import checked

LINE = {
    "item_id": "ref:items", "account_id": "ref:chartofaccounts", "name": "text:100", "description": "text:2000",
    "quantity": "number", "unit": "text:100", "rate": "number", "discount": "any", "tax_id": "ref:settings/taxes",
}  # fmt: skip


def _lines(books: Books, row: Json, before: Json | None, *, purchases: bool) -> None:
    held = {li["line_item_id"]: li for li in (before or {}).get("line_items") or []}
    made = []
    for order, sent in enumerate(row.get("line_items") or [], 1):
        number = str(sent.get("line_item_id") or "")
        if number and number not in held:
            raise Refusal("Invalid value passed for line_item_id")
        line: Json = {**{n: None if r == "number" else "" for n, r in LINE.items()}, **held.get(number, {})}
        line |= {name: checked(books, name, sent[name], rule) for name, rule in LINE.items() if name in sent}
        item = books.get("items", line["item_id"]) if line["item_id"] else {}
        line["name"] = line["name"] or item.get("name", "")
        line["rate"] = item.get("purchase_rate" if purchases else "rate") if line["rate"] is None else line["rate"]
        line["quantity"] = 1 if line["quantity"] is None else line["quantity"]
        if line["rate"] is None or not (line["name"] or line["description"] or line["account_id"]):
            raise Refusal("Invalid value passed for line_items")
        line["discount"] = line["discount"] or 0
        line["tax_name"], line["tax_percentage"] = tax_of(books, line)
        line["account_name"] = (
            books.get("chartofaccounts", line["account_id"])["account_name"] if line["account_id"] else ""
        )
        gross = float(line["quantity"]) * float(line["rate"])
        line["item_total"] = books.rounded(gross - _discount(gross, line["discount"]), row["price_precision"])
        line["item_order"] = order
        made.append({"line_item_id": number or books.new_id(), **line})
    if not made:
        raise Refusal("Invalid value passed for line_items")
    row["line_items"] = made


def _discount(gross: float, told: Any) -> float:
    text = str(told or 0)
    try:
        return gross * float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
    except ValueError:
        raise Refusal("Invalid value passed for discount") from None


def _totals(books: Books, row: Json) -> None:
    precision, inclusive = row["price_precision"], bool(row.get("is_inclusive_tax"))
    by_rate: dict[float, float] = {}
    for line in row["line_items"]:
        by_rate[float(line["tax_percentage"] or 0)] = (
            by_rate.get(float(line["tax_percentage"] or 0), 0) + line["item_total"]
        )
    net = sum(by_rate.values())
    net -= _discount(net, row.get("discount"))
    taxes = {
        p: books.rounded(s * p / (100 + p) if inclusive else s * p / 100, precision) for p, s in by_rate.items() if p
    }
    row["taxes"] = [{"tax_name": f"{p:g}%", "tax_amount": amount} for p, amount in taxes.items()]
    row["tax_total"] = books.rounded(sum(taxes.values()), precision)
    row["sub_total"] = books.rounded(net - (row["tax_total"] if inclusive else 0), precision)
    row["total"] = books.rounded(row["sub_total"] + row["tax_total"], precision)


def rate_on(books: Books, row: Json) -> None:
    """The paper's exchange rate: given, or the newest on or before its date."""
    if row["currency_code"] == books.state["organization"]["currency_code"]:
        row["exchange_rate"] = 1
    elif row.get("exchange_rate") is None:
        rates = [
            r
            for r in books.rows("exchangerates")
            if r["currency_id"] == row["currency_id"] and r["effective_date"] <= row["date"]
        ]
        if not rates:
            raise Refusal("Invalid value passed for exchange_rate")
        row["exchange_rate"] = max(rates, key=lambda r: r["effective_date"])["rate"]


def party(books: Books, row: Json, side: str) -> Json:
    """The contact of a paper (Billing: the customer)."""
    if "customers" in books.state["tables"]:
        customer = books.get("customers", row["customer_id"])
        row["customer_name"], row["currency_code"] = customer["display_name"], customer["currency_code"]
        row["currency_id"] = currency_named(books, row["currency_code"])
        return customer
    contact = books.get("contacts", row[f"{side}_id"])
    if contact["contact_type"] != side:
        raise Refusal(f"Invalid value passed for {side}_id")
    row[f"{side}_name"] = contact["contact_name"]
    row["currency_id"] = row.get("currency_id") or contact["currency_id"]
    currency_of(books, row)
    return contact


def currency_named(books: Books, code: str) -> str:
    """The id of an ISO code."""
    found = next((r["currency_id"] for r in books.rows("settings/currencies") if r["currency_code"] == code), None)
    if found is None:
        raise Refusal("Invalid value passed for currency_code")
    return str(found)


def _paper(side: str, due: str = "", *, balance: bool = False) -> Any:
    def fill(books: Books, row: Json, before: Json | None) -> None:
        contact = party(books, row, side)
        if before is not None and before.get("status") in ("void", "paid", "billed", "invoiced"):
            raise Refusal("A paper in this status cannot be edited.", 1003)
        row["date"] = row.get("date") or books.today()
        row["price_precision"] = books.get("settings/currencies", row["currency_id"])["price_precision"]
        if due == "due_date" and not row.get("due_date"):
            row["due_date"] = (
                date.fromisoformat(row["date"]) + timedelta(days=contact.get("payment_terms") or 0)
            ).isoformat()
        if due and row.get(due) and row[due] < row["date"]:
            raise Refusal(f"Invalid value passed for {due}")
        rate_on(books, row)
        _lines(books, row, before, purchases=side == "vendor")
        _totals(books, row)
        row["discount"] = row.get("discount") or 0
        row["status"] = row.get("status") or "draft"
        if balance:
            paid = (before or {}).get("total", 0) - (before or {}).get("balance", 0)
            row["balance"] = books.rounded(row["total"] - paid, row["price_precision"])
            row.setdefault("is_emailed", False)
        if row.get("invoiced_estimate_id"):
            estimate = books.get("estimates", row["invoiced_estimate_id"])
            estimate |= {"status": "invoiced", "_changed": books.now()}

    return fill


_COMMON = {
    "reference_number": "text:100", "date": "date", "currency_id": "ref:settings/currencies", "exchange_rate": "number",
    "is_inclusive_tax": "flag", "discount": "any", "line_items": "list", "notes": "text:36000", "terms": "text:36000",
    "salesperson_name": "text:200",
}  # fmt: skip
_LISTED = (
    "status", "reference_number", "date", "currency_id", "currency_code", "total", "created_time", "last_modified_time",
)  # fmt: skip


def _kind(path: str, one: str, side: str, prefix: str, due: str, *moves: Move, **more: Any) -> Kind:
    fields = {f"{side}_id": "ref:contacts", f"{one}_number": "text:100", **_COMMON, **({due: "date"} if due else {})}
    shown = (f"{side}_id", f"{side}_name", f"{one}_number", *_LISTED, *((due,) if due else ()), *more.pop("also", ()))
    balance = more.pop("balance", False)
    return Kind(
        path, f"{one}_id", one, {**fields, **more.pop("fields", {})},
        **{
            "required": (f"{side}_id", "line_items"), "again": (f"{side}_id",), "shown": shown, "since": True, "prefix": prefix,
            "number": f"{one}_number", "unique": {f"{one}_number": 1001}, "moves": moves, "area": path, "status": "draft",
            "filters": (f"{one}_number", "reference_number", f"{side}_name", f"{side}_id", "status", "date", "total"),
            "sorts": ("created_time", "last_modified_time", "date", f"{one}_number", "total", f"{side}_name"),
            "fill": _paper(side, due, balance=balance), "may_delete": _not_paid, **more,
        },
    )  # fmt: skip


def _not_paid(books: Books, row: Json) -> None:
    if "balance" in row and row["balance"] != row["total"]:
        raise Refusal("Papers with payments cannot be deleted.", 1007)


_OPEN = ("draft", "sent", "viewed", "open", "unpaid", "overdue", "approved", "partially_paid")
ESTIMATES = _kind(
    "estimates", "estimate", "customer", "EST-", "expiry_date",
    Move("status/sent", "sent", ("draft", "approved"), "Estimate status has been changed to Sent"),
    Move("status/accepted", "accepted", ("sent", "viewed", "declined"), "Estimate status has been changed to Accepted."),
    Move("status/declined", "declined", ("sent", "viewed", "accepted"), "Estimate status has been changed to Declined."),
    mailed="sent", again=("customer_id",),
)  # fmt: skip
ORDERS = _kind(
    "salesorders", "salesorder", "customer", "SO-", "shipment_date",
    Move("status/open", "open", ("draft", "approved"), "Sales order status has been changed to Open.", 201),
    Move("status/void", "void", _OPEN, "Sales order status has been changed to Void.", 201),
    mailed="open",
)  # fmt: skip
INVOICES = _kind(
    "invoices", "invoice", "customer", "INV-", "due_date",
    Move("status/sent", "sent", ("draft", "approved"), "Invoice status has been changed to Sent."),
    Move("status/void", "void", _OPEN, "Invoice status has been changed to Void."),
    Move("status/draft", "draft", ("void",), "Status of invoice changed from void to draft"),
    mailed="sent", balance=True, also=("balance", "is_emailed", "exchange_rate", "salesperson_name"), custom_in_lists=True,
    fields={"invoiced_estimate_id": "ref:estimates"}, again=("customer_id", "line_items"),
)  # fmt: skip
CREDITS = _kind(
    "creditnotes", "creditnote", "customer", "CN-", "",
    Move("status/open", "open", ("draft", "approved"), "The credit note has been opened."),
    Move("status/void", "void", ("draft", "open"), "The credit note has been marked as void."),
    balance=True, also=("balance",), required=("customer_id", "date", "line_items"), again=("customer_id", "line_items"),
)  # fmt: skip
PURCHASES = _kind(
    "purchaseorders", "purchaseorder", "vendor", "PO-", "delivery_date",
    Move("status/open", "open", ("draft", "approved"), "The purchase order has been marked as open.", 201),
    Move("status/billed", "billed", ("open",), "The purchase order has been marked as billed.", 201),
    Move("status/cancelled", "cancelled", ("draft", "open"), "The purchase order has been cancelled.", 201),
    mailed="open", fields={"ship_via": "text:100", "attention": "text:100"}, again=("vendor_id", "line_items"),
    custom_in_lists=True,
)  # fmt: skip
BILLS = _kind(
    "bills", "bill", "vendor", "", "due_date",
    Move("status/open", "open", ("draft", "void"), "The bill has been marked as open.", 201),
    Move("status/void", "void", _OPEN, "The bill has been marked as void.", 201),
    balance=True, also=("balance", "exchange_rate"), required=("vendor_id", "bill_number", "line_items"), unique={}, number="",
    again=("vendor_id", "bill_number"),
)  # fmt: skip


# ---------------------------------------------------------------- money


def _payment(side: str, paper: Kind) -> Any:
    many, own = paper.path, paper.id

    def fill(books: Books, row: Json, before: Json | None) -> None:
        if not row.get(f"{side}_id"):
            raise Refusal(f"Invalid value passed for {side}_id")
        row["currency_id"] = ""
        party(books, row, side)
        rate_on(books, row)
        if row["amount"] <= 0 or (side == "customer" and row.get("payment_mode") == ""):
            raise Refusal("Invalid value passed for amount")
        row["payment_mode"] = row.get("payment_mode") or "cash"
        account = row.get("account_id") or row.get("paid_through_account_id")
        key = "account_id" if side == "customer" else "paid_through_account_id"
        row[key] = account or next(
            a["account_id"] for a in books.rows("chartofaccounts") if a["account_type"] == "cash"
        )
        row[key.replace("_id", "_name")] = books.get("chartofaccounts", row[key])["account_name"]
        row["payment_number"] = row.get("payment_number") or str(len(books.table(f"{side}payments")) + 1)
        _undo(books, many, own, before)
        try:
            row[many] = _applied(books, row, many, own, side)
        except Refusal:
            _redo(books, many, own, before)
            raise
        if side == "customer":
            row["invoice_numbers"] = ", ".join(entry["invoice_number"] for entry in row[many])

    return fill


def _undo(books: Books, many: str, own: str, before: Json | None, sign: int = 1) -> None:
    for entry in (before or {}).get(many) or []:
        paper = books.table(many).get(entry[own])
        if paper is not None:
            settle(books, paper, -sign * entry["amount_applied"])


def _redo(books: Books, many: str, own: str, before: Json | None) -> None:
    _undo(books, many, own, before, -1)


def settle(books: Books, paper: Json, amount: float) -> None:
    """Paid so much more (or less): its balance and state."""
    paper["balance"] = books.rounded(paper["balance"] - amount, paper["price_precision"])
    whole = paper["balance"] == paper["total"]
    first = "open" if "vendor_id" in paper else "sent"
    paper["status"] = "paid" if paper["balance"] == 0 else first if whole else "partially_paid"
    paper["_changed"] = books.now()


def _applied(books: Books, row: Json, many: str, own: str, side: str) -> list[Json]:
    made, left = [], float(row["amount"])
    for sent in row.get(many) or []:
        paper = books.get(many, sent.get(own))
        amount = checked(books, "amount_applied", sent.get("amount_applied"), "number") or 0
        if paper[f"{side}_id"] != row[f"{side}_id"] or amount <= 0:
            raise Refusal(f"Invalid value passed for {own}")
        if amount > paper["balance"] or amount > left:
            raise Refusal("The amount applied is more than the balance.", 1008)
        left -= amount
        number = paper.get("invoice_number") or paper.get("bill_number")
        made.append({own: paper[own], f"{own[:-3]}_number": number, "amount_applied": amount, "total": paper["total"]})
    for entry in made:
        settle(books, books.get(many, entry[own]), entry["amount_applied"])
    return made


def _money(path: str, one: str, side: str, paper: Kind, account: str, **more: Any) -> Kind:
    return Kind(
        path, "payment_id", one, {
            f"{side}_id": "ref:contacts", "payment_mode": "text:100", "amount": "number", "date": "date",
            "description": "text:500", "reference_number": "text:100", paper.path: "list", "exchange_rate": "number",
            "bank_charges": "number",
            account: "ref:chartofaccounts",
        },
        filters=(f"{side}_name", f"{side}_id", "reference_number", "date", "amount", "payment_mode"), fill=_payment(side, paper),
        may_delete=lambda books, row: _undo(books, paper.path, paper.id, row), area=path,
        sorts=("created_time", "last_modified_time", "date", "amount"), **more,
    )  # fmt: skip


PAYMENTS = _money(
    "customerpayments", "payment", "customer", INVOICES, "account_id", required=("customer_id", "payment_mode", "amount", "date"),
    again=("customer_id", "payment_mode", "amount", "invoices"),
    shown=("payment_number", "invoice_numbers", "date", "payment_mode", "amount", "customer_name", "created_time",
           "last_modified_time"),
)  # fmt: skip
PAID = _money(
    "vendorpayments", "vendorpayment", "vendor", BILLS, "paid_through_account_id", required=("vendor_id", "amount", "date"),
    again=("amount",), since=True,
    shown=("vendor_id", "vendor_name", "payment_mode", "payment_number", "description", "date", "reference_number", "amount",
           "exchange_rate", "paid_through_account_id", "paid_through_account_name", "created_time", "last_modified_time"),
)  # fmt: skip


def _expense(books: Books, row: Json, before: Json | None) -> None:
    if row["amount"] is None or row["amount"] <= 0:
        raise Refusal("Please enter a valid amount.", 5015)
    currency_of(books, row)
    rate_on(books, row)
    if row.get("account_id"):
        row["account_name"] = books.get("chartofaccounts", row["account_id"])["account_name"]
    if row.get("paid_through_account_id"):
        row["paid_through_account_name"] = books.get("chartofaccounts", row["paid_through_account_id"])["account_name"]
    for side in ("customer", "vendor"):
        number = row.get(f"{side}_id")
        row[f"{side}_name"] = books.get("contacts", number)["contact_name"] if number else ""
    row["tax_name"], percentage = tax_of(books, row)
    tax = 0 if row.get("is_inclusive_tax") else row["amount"] * percentage / 100
    row["total"] = books.rounded(row["amount"] + tax)
    row["status"] = "unbilled" if row.get("is_billable") else "non-billable"


EXPENSES = Kind(
    "expenses", "expense_id", "expense", {
        "account_id": "ref:chartofaccounts", "paid_through_account_id": "ref:chartofaccounts", "date": "date", "amount": "number",
        "tax_id": "ref:settings/taxes", "is_inclusive_tax": "flag", "is_billable": "flag", "reference_number": "text:100",
        "description": "text:100", "customer_id": "ref:contacts", "vendor_id": "ref:contacts", "exchange_rate": "number",
        "currency_id": "ref:settings/currencies",
    },
    required=("account_id", "date", "amount", "paid_through_account_id"),
    again=("account_id", "date", "amount", "paid_through_account_id"), fill=_expense, area="expenses", created=200,
    shown=("date", "account_name", "description", "currency_id", "currency_code", "total", "is_billable", "reference_number",
           "customer_id", "customer_name", "status", "created_time", "last_modified_time"),
    filters=("description", "reference_number", "date", "status", "amount", "account_name", "customer_name", "vendor_name"),
    sorts=("date", "account_name", "total", "created_time", "last_modified_time"),
)  # fmt: skip
