"""What is kept beside papers: contacts with persons, items, taxes, currencies with their rates, accounts, users."""

from __future__ import annotations

from typing import Any

from choai.sandbox.zoho.answers import Json, Refusal
from choai.sandbox.zoho.books import Books, Kind, Move
from choai.sandbox.zoho.records import checked

PERSON = {
    "salutation": "text:25", "first_name": "text:100", "last_name": "text:100", "email": "text:100", "phone": "text:50",
    "mobile": "text:50", "designation": "text:100", "department": "text:50", "is_primary_contact": "flag",
}  # fmt: skip
_FLAT = ("first_name", "last_name", "email", "phone", "mobile")
ACTIVE = (
    Move("active", "active", ("inactive",), "The record has been marked as active."),
    Move("inactive", "inactive", ("active",), "The record has been marked as inactive."),
)


def currency_of(books: Books, row: Json) -> None:
    """The row's currency, or the organisation's."""
    own = books.state["organization"]
    row["currency_id"] = row.get("currency_id") or own["currency_id"]
    row["currency_code"] = books.get("settings/currencies", row["currency_id"])["currency_code"]


def _contact(books: Books, row: Json, before: Json | None) -> None:
    row["contact_type"] = row.get("contact_type") or "customer"
    if before is not None and before["contact_type"] != row["contact_type"]:
        raise Refusal("Contact type cannot be changed.", 3065)
    currency_of(books, row)
    if row.get("payment_terms") is None:
        row["payment_terms"] = 0
    row["payment_terms_label"] = row.get("payment_terms_label") or (
        f"Net {row['payment_terms']}" if row["payment_terms"] else "Due on Receipt"
    )
    row["language_code"] = row.get("language_code") or "ja"
    row["status"] = row.get("status") or "active"
    side = "receivable" if row["contact_type"] == "customer" else "payable"
    row.setdefault(f"outstanding_{side}_amount", 0)
    row.setdefault(f"unused_credits_{side}_amount", 0)
    _persons(books, row, before)


def _persons(books: Books, row: Json, before: Json | None) -> None:
    held = {p["contact_person_id"]: p for p in (before or {}).get("contact_persons") or []}
    made = []
    for sent in row.get("contact_persons") or []:
        number = sent.get("contact_person_id")
        if number and str(number) not in held:
            raise Refusal("Invalid value passed for contact_person_id")
        person = {**{n: False if r == "flag" else "" for n, r in PERSON.items()}, **held.get(str(number), {})}
        person |= {name: checked(books, name, sent[name], rule) for name, rule in PERSON.items() if name in sent}
        person["is_primary_contact"] = bool(person["is_primary_contact"])
        if not any(person[name] for name in ("first_name", "last_name", "email")):
            raise Refusal("Invalid value passed for first_name")
        made.append({"contact_person_id": str(number) if number else books.new_id(), **person})
    mails = [p["email"].lower() for p in made if p["email"]]
    if len(mails) != len(set(mails)):
        raise Refusal("A contact person with this email already exists.", 3070)
    if sum(p["is_primary_contact"] for p in made) > 1:
        raise Refusal("Invalid value passed for is_primary_contact")
    if made and not any(p["is_primary_contact"] for p in made):
        made[0]["is_primary_contact"] = True
    main: Json = next((p for p in made if p["is_primary_contact"]), {})
    row["contact_persons"] = made
    row["primary_contact_id"] = main.get("contact_person_id", "")
    row |= {name: main.get(name, "") for name in _FLAT}


def _unused(books: Books, row: Json) -> None:
    own = row.get("contact_id") or row.get("item_id")
    for path in ("invoices", "estimates", "salesorders", "creditnotes", "purchaseorders", "bills", "customerpayments"):
        for paper in books.rows(path):
            lines = paper.get("line_items") or []
            if own in (paper.get("customer_id"), paper.get("vendor_id")) or any(
                li.get("item_id") == own for li in lines
            ):
                raise Refusal("The record has transactions and cannot be deleted. Mark it as inactive instead.", 3008)


CONTACTS = Kind(
    "contacts", "contact_id", "contact", {
        "contact_name": "text:200", "company_name": "text:200", "contact_type": "choice:customer|vendor", "customer_sub_type":
        "choice:individual|business", "contact_number": "text:200", "website": "text:500", "notes": "text:36000", "language_code":
        "text:10", "currency_id": "ref:settings/currencies", "payment_terms": "int", "payment_terms_label": "text:200",
        "billing_address": "group", "shipping_address": "group", "contact_persons": "list", "facebook": "text:100",
    },
    required=("contact_name",), again=("contact_name", "contact_type"),
    shown=("contact_name", "company_name", "contact_type", "status", "payment_terms", "payment_terms_label", "currency_id",
           "currency_code", "outstanding_receivable_amount", "unused_credits_receivable_amount", "outstanding_payable_amount",
           "unused_credits_payable_amount", *_FLAT, "created_time", "last_modified_time"),
    filters=("contact_type", "contact_name", "company_name", "first_name", "last_name", "email", "phone"),
    sorts=("contact_name", "first_name", "last_name", "email", "outstanding_receivable_amount", "created_time",
           "last_modified_time"),
    unique={"contact_name": 3062}, moves=ACTIVE, fill=_contact, may_delete=_unused, area="contacts", status="active",
)  # fmt: skip


def _item(books: Books, row: Json, before: Json | None) -> None:
    row["product_type"] = row.get("product_type") or "goods"
    row["item_type"] = row.get("item_type") or ("sales_and_purchases" if row.get("purchase_rate") else "sales")
    row["tax_name"], row["tax_percentage"] = tax_of(books, row)
    row["status"] = row.get("status") or "active"


def tax_of(books: Books, row: Json) -> tuple[str, Any]:
    """Name and percentage of the row's tax; nothing without one."""
    if not row.get("tax_id"):
        return "", 0
    tax = books.get("settings/taxes", row["tax_id"])
    return tax["tax_name"], tax["tax_percentage"]


ITEMS = Kind(
    "items", "item_id", "item", {
        "name": "text:100", "rate": "number", "description": "text:2000", "sku": "text:100", "unit": "text:100",
        "product_type": "choice:goods|service|digital_service",
        "item_type": "choice:sales|purchases|sales_and_purchases|inventory",
        "tax_id": "ref:settings/taxes", "purchase_rate": "number", "purchase_description": "text:2000",
        "account_id": "ref:chartofaccounts", "purchase_account_id": "ref:chartofaccounts",
    },
    required=("name", "rate"), again=("name", "rate"),
    shown=("name", "status", "description", "rate", "unit", "tax_id", "tax_name", "tax_percentage", "sku", "product_type",
           "created_time", "last_modified_time"),
    filters=("name", "description", "rate", "tax_id", "tax_name"), sorts=("name", "rate", "tax_name"),
    unique={"name": 1001, "sku": 1001}, moves=ACTIVE, fill=_item, may_delete=_unused, area="settings", status="active",
    custom_in_lists=True,
)  # fmt: skip


def _tax(books: Books, row: Json, before: Json | None) -> None:
    row["tax_type"] = row.get("tax_type") or "tax"
    row.setdefault("is_default_tax", False)
    row.setdefault("is_editable", True)
    row.setdefault("is_value_added", False)


TAXES = Kind(
    "settings/taxes", "tax_id", "tax", {
        "tax_name": "text:100", "tax_percentage": "number", "tax_type": "choice:tax|compound_tax", "is_value_added": "flag",
    },
    required=("tax_name", "tax_percentage"), unique={"tax_name": 1001}, fill=_tax, area="settings", changed="",
)  # fmt: skip

NAMES = {"JPY": ("Japanese Yen", "¥", 0), "USD": ("US Dollar", "$", 2), "EUR": ("Euro", "€", 2)}


def _currency(books: Books, row: Json, before: Json | None) -> None:
    code = row["currency_code"]
    if len(code) != 3 or not code.isalpha():
        raise Refusal("Invalid value passed for currency_code")
    if before is not None and before["currency_code"] != code:
        raise Refusal("The currency code cannot be changed.", 1006)
    name, symbol, precision = NAMES.get(code, (code, code, 2))
    row["currency_name"] = f"{code}- {name}"
    row["currency_symbol"] = row.get("currency_symbol") or symbol
    row["price_precision"] = precision if row.get("price_precision") is None else row["price_precision"]
    row["is_base_currency"] = code == books.state["organization"]["currency_code"]
    rates = [r for r in books.rows("exchangerates") if r["currency_code"] == code]
    newest = max(rates, key=lambda r: r["effective_date"], default=None)
    row["exchange_rate"] = newest["rate"] if newest else 1 if row["is_base_currency"] else 0
    row["effective_date"] = newest["effective_date"] if newest else ""


CURRENCIES = Kind(
    "settings/currencies", "currency_id", "currency", {
        "currency_code": "text:100", "currency_symbol": "text:4", "price_precision": "int", "currency_format": "text:100",
    },
    required=("currency_code", "currency_format"), again=("currency_code", "currency_format"), unique={"currency_code": 1001},
    fill=_currency, area="settings", changed="",
)  # fmt: skip


def _rate(books: Books, row: Json, before: Json | None) -> None:
    if row["rate"] is None or row["rate"] <= 0:
        raise Refusal("Invalid value passed for rate")
    same = (row["currency_id"], row["effective_date"])
    for other in books.rows("exchangerates"):
        if other is not before and (other["currency_id"], other["effective_date"]) == same:
            raise Refusal("An exchange rate for this date already exists.", 1001)


RATES = Kind(
    "exchangerates", "exchange_rate_id", "exchange_rate", {
        "effective_date": "date", "rate": "number", "currency_id": "text", "currency_code": "text",
    },
    required=("effective_date", "rate"), many="exchange_rates", fill=_rate, area="settings", changed="",
    sorts=("effective_date", "created_time"),
)  # fmt: skip
ACCOUNTS = Kind(
    "chartofaccounts", "account_id", "chart_of_account", {"account_name": "text:100"}, since=True, area="accountants",
    reads_only=True,
)  # fmt: skip
USERS = Kind(
    "users",
    "user_id",
    "user",
    {"name": "text:100"},
    area="settings",
    reads_only=True,
    changed="",
    sorts=("name", "created_time"),
)
