"""What Zoho Billing keeps: customers, products, plans, subscriptions, quotes, invoices, payments."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from choai.sandbox.zoho import masters, papers
from choai.sandbox.zoho.answers import Json, Refusal
from choai.sandbox.zoho.app import found, told
from choai.sandbox.zoho.books import Books, Kind, Move
from choai.sandbox.zoho.records import checked

ACTIVE = (
    Move("markasactive", "active", ("inactive",), "The record has been marked as active."),
    Move("markasinactive", "inactive", ("active",), "The record has been marked as inactive."),
)


def _customer(books: Books, row: Json, before: Json | None) -> None:
    own = books.state["organization"]["currency_code"]
    row["currency_code"] = row.get("currency_code") or own
    if before is not None and before["currency_code"] != row["currency_code"]:
        raise Refusal("The currency of a customer cannot be changed.", 3066)
    row["currency_id"] = papers.currency_named(books, row["currency_code"])
    if "@" not in row["email"]:
        raise Refusal("Invalid value passed for email")
    row["payment_terms_label"] = row.get("payment_terms_label") or "Due on Receipt"
    row["outstanding"] = row.get("outstanding", 0)
    row["unused_credits"] = row.get("unused_credits", 0)


def _unused(books: Books, row: Json) -> None:
    for path in ("invoices", "estimates", "subscriptions"):
        if any(paper["customer_id"] == row["customer_id"] for paper in books.rows(path)):
            raise Refusal("The customer has transactions and cannot be deleted.", 3008)


_UPDATED: dict[str, Any] = {"changed": "updated_time", "sorts": ("created_time",)}
CUSTOMERS = Kind(
    "customers", "customer_id", "customer", {
        "display_name": "text:200", "email": "text:100", "salutation": "text:25", "first_name": "text:100",
        "last_name": "text:100",
        "company_name": "text:200", "phone": "text:50", "mobile": "text:50", "website": "text:500", "designation": "text:100",
        "department": "text:100", "currency_code": "text:3", "payment_terms": "int", "payment_terms_label": "text:200",
        "billing_address": "group", "shipping_address": "group", "notes": "text:36000",
    },
    required=("display_name", "email"), again=("display_name", "email"), unique={"display_name": 3062}, moves=ACTIVE,
    fill=_customer,
    may_delete=_unused, area="customers", status="active",
    shown=("display_name", "salutation", "first_name", "last_name", "email", "company_name", "phone", "mobile", "website",
           "designation", "department", "currency_code", "outstanding", "unused_credits", "created_time", "updated_time"),
    **_UPDATED,
)  # fmt: skip
PRODUCTS = Kind(
    "products", "product_id", "product", {
        "name": "text:100", "description": "text:2000", "email_ids": "text:500", "redirect_url": "text:500",
    },
    required=("name",), again=("name",), unique={"name": 1001}, moves=ACTIVE, area="products", status="active", **_UPDATED,
)  # fmt: skip


def _plan(books: Books, row: Json, before: Json | None) -> None:
    if before is not None and before["plan_code"] != row["plan_code"]:
        raise Refusal("The plan code cannot be changed.", 1011)
    if row["interval"] is None or row["interval"] < 1 or row["recurring_price"] is None:
        raise Refusal("Invalid value passed for interval")
    row["interval_unit"] = row.get("interval_unit") or "months"
    row["billing_cycles"] = -1 if row["billing_cycles"] is None else row["billing_cycles"]
    row["trial_period"], row["setup_fee"] = row["trial_period"] or 0, row["setup_fee"] or 0


PLANS = Kind(
    "plans", "plan_code", "plan", {
        "plan_code": "text:100", "name": "text:100", "product_id": "ref:products", "recurring_price": "number", "interval": "int",
        "interval_unit": "choice:days|weeks|months|years", "billing_cycles": "int", "trial_period": "int", "setup_fee": "number",
        "unit": "text:100", "description": "text:2000", "tax_id": "ref:settings/taxes",
    },
    required=("plan_code", "name", "recurring_price", "interval", "product_id"),
    again=("plan_code", "name", "recurring_price", "interval"), unique={"plan_code": 1001}, moves=ACTIVE, fill=_plan,
    area="plans",
    status="active", own_id="plan_code", **_UPDATED,
)  # fmt: skip


def _subscription(books: Books, row: Json, before: Json | None) -> None:
    customer = books.get("customers", row["customer_id"])
    told = row["plan"] if isinstance(row["plan"], dict) else {}
    plan = books.get("plans", told.get("plan_code"))
    if plan["status"] != "active":
        raise Refusal("The plan is inactive.", 1012)
    price = checked(books, "price", told.get("price"), "number")
    quantity = checked(books, "quantity", told.get("quantity"), "number") or 1
    price = plan["recurring_price"] if price is None else price
    row["plan"] = {"plan_code": plan["plan_code"], "name": plan["name"], "price": price, "quantity": quantity,
                   "total": price * quantity, "setup_fee": plan["setup_fee"], "trial_days": plan["trial_period"]}  # fmt: skip
    row["customer"] = {
        "customer_id": customer["customer_id"],
        "display_name": customer["display_name"],
        "email": customer["email"],
    }
    row |= {
        "customer_name": customer["display_name"],
        "email": customer["email"],
        "currency_code": customer["currency_code"],
    }
    row["name"] = f"{books.get('products', plan['product_id'])['name']}-{plan['name']}"
    row["plan_name"], row["amount"] = plan["name"], books.rounded(price * quantity)
    starts = row.pop("starts_at") or books.today()  # no answer tells it again
    begin = date.fromisoformat(starts)
    end = (begin + timedelta(days=30)).isoformat()
    later = starts > books.today()
    row["status"] = "future" if later else "trial" if plan["trial_period"] else "live"
    row |= {"created_at": books.today(), "current_term_starts_at": starts, "current_term_ends_at": end,
            "next_billing_at": end,
            "interval": plan["interval"], "interval_unit": plan["interval_unit"]}  # fmt: skip


SUBSCRIPTIONS = Kind(
    "subscriptions", "subscription_id", "subscription", {
        "customer_id": "ref:customers", "plan": "any", "starts_at": "date", "reference_id": "text:100", "auto_collect": "flag",
    },
    required=("customer_id", "plan"), unique={"reference_id": 1001}, fill=_subscription, area="subscriptions",
    shown=("customer_id", "customer_name", "email", "plan_name", "name", "status", "amount", "created_at",
           "current_term_starts_at",
           "current_term_ends_at", "next_billing_at", "interval", "interval_unit", "auto_collect", "reference_id",
           "currency_code",
           "created_time", "updated_time"),
    **_UPDATED,
)  # fmt: skip


def cancel(books: Books, request: Request, _: Any) -> Response:
    row = found(books, SUBSCRIPTIONS, request.path_params["key"])
    if row["status"] not in ("live", "trial", "non_renewing", "unpaid", "future"):
        raise Refusal("The subscription cannot be cancelled in this status.", 1013)
    row["status"] = "non_renewing" if request.query_params.get("cancel_at_end") == "true" else "cancelled"
    row["_changed"] = books.now()
    books.world.dirty = True
    return told(books, SUBSCRIPTIONS, row, "The subscription has been cancelled.")


def reactivate(books: Books, request: Request, _: Any) -> Response:
    row = found(books, SUBSCRIPTIONS, request.path_params["key"])
    if row["status"] not in ("non_renewing", "live"):  # the same once more does no harm
        raise Refusal(f"Subscription cannot be moved from {row['status']} to live.", 1004)
    row |= {"status": "live", "_changed": books.now()}
    books.world.dirty = True
    return told(books, SUBSCRIPTIONS, row, "Subscription has been reactivated successfully.")


def _party(fields: Any) -> Json:
    return {**fields, "customer_id": "ref:customers"}


QUOTES = replace(papers.ESTIMATES, fields=_party(papers.ESTIMATES.fields), area="quotes", name="Quote", since=False)
PAYMENTS = replace(
    papers.PAYMENTS, path="payments", fields={n: r for n, r in _party(papers.PAYMENTS.fields).items() if n != "account_id"},
    area="payments", changed="",
    shown=("payment_number", "date", "payment_mode", "amount", "reference_number", "customer_id", "customer_name",
           "created_time"),
)  # fmt: skip
ITEMS = replace(masters.ITEMS, changed="", may_delete=lambda books, row: None, area="items")
TAXES = replace(masters.TAXES, reads_only=True)


_LINE = {"product_id": "item_id", "price": "rate", "item_id": "line_item_id"}


def _invoice(books: Books, row: Json, before: Json | None) -> None:
    """Billing's names around the family's sums."""
    if not all(isinstance(li, dict) and li.get("product_id") for li in row["invoice_items"]):
        raise Refusal("Invalid value passed for product_id")
    row["line_items"] = [{_LINE.get(name, name): value for name, value in li.items()} for li in row["invoice_items"]]
    papers.INVOICES.fill(books, row, before)
    back = {theirs: mine for mine, theirs in _LINE.items()}
    row["invoice_items"] = [{back.get(name, name): value for name, value in li.items()} for li in row["line_items"]]
    row |= {"number": row["invoice_number"], "invoice_date": row["date"]}


INVOICES = replace(
    papers.INVOICES, since=False, area="invoices", mailed="sent", fill=_invoice,
    fields={**{n: r for n, r in _party(papers.INVOICES.fields).items() if n not in ("line_items", "currency_id")},
            "invoice_items": "list"},
    required=("customer_id", "date", "invoice_items"), again=("customer_id", "invoice_items"),
    moves=(
        Move("converttoopen", "sent", ("draft", "pending"), "The invoice has been converted to open."),
        Move("void", "void", ("draft", "sent", "overdue", "unpaid"), "The invoice has been voided."),
    ),
    shown=("number", "status", "invoice_date", "due_date", "customer_id", "customer_name", "balance", "total", "currency_code",
           "created_time", "updated_time"),
    **_UPDATED,
)  # fmt: skip
