"""Zoho Billing under the contract."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from choai.connectors.zoho_billing.spec import SCOPES
from choai.model.values import Ref, Row, Value
from choai.sandbox import zoho_billing
from contract import zoho
from contract.case import Values
from contract.suite import contract
from contract.zoho import at
from contract.zoho_papers import ACTIVE, ESTIMATES, TAX, money
from contract.zoho_papers import item as goods

TABLES: Any = zoho_billing.new_world(None, 1).state["organizations"][zoho_billing.ORGANISATION]["tables"]
NAME = "zoho_billing"
moves, papers = partial(zoho.moves, NAME), partial(zoho.papers, NAME)
CUSTOMER, ITEM, PRODUCT = (next(iter(TABLES[path])) for path in ("customers", "items", "products"))
OWED = next(row for row in TABLES["invoices"].values() if row["status"] == "draft")
received = money(OWED, "customer", "invoices")


def customer(n: int) -> Values:
    return {
        "display_name": f"契約試験{n:03}商事",
        "email": f"test{n}@example.jp",
        "company_name": "契約試験株式会社",
        "first_name": "花子",
        "last_name": "𠮷野",
        "phone": "03-1234-5678",
        "website": "https://example.jp",
        "currency_code": "USD",
        "billing_address.zip": "100-0001",
        "billing_address.street": "千代田1-1",
        "shipping_address.state": "大阪府",
        "notes": "一行目\n二行目",
        "cf_note": "社内",
    }


def product(n: int) -> Values:
    return {
        "name": f"試験製品{n:03}",
        "description": "一\n二",
        "email_ids": "a@example.jp",
        "redirect_url": "https://example.jp",
    }


def plan(n: int) -> Values:
    return {
        "plan_code": f"plan-{n:03}",
        "name": f"試験プラン{n:03}",
        "product_id": Ref(PRODUCT),
        "recurring_price": Decimal("1200.5"),
        "interval": 3,
        "interval_unit": "months",
        "billing_cycles": 12,
        "unit": "席",
        "description": "一\n二",
        "cf_note": "社内",
    }


def subscription(n: int) -> Values:
    return {
        "customer_id": Ref(CUSTOMER),
        "plan": Ref("standard"),
        "price": Decimal(8800),
        "quantity": Decimal(2),
        "reference_id": f"CT-{n:03}",
        "cf_note": "社内",
    }


def item(n: int) -> Values:
    return {name: value for name, value in goods(n).items() if not name.startswith("purchase")}


def estimate(n: int) -> Values:
    lines: Value = [
        Row(None, {"item_id": Ref(ITEM), "quantity": Decimal("1.5"), "rate": Decimal(80000), "tax_id": Ref(TAX)})
    ]
    return {
        "estimate_number": f"CE-{n:03}",
        "customer_id": Ref(CUSTOMER),
        "date": date(2026, 4, 1),
        "expiry_date": date(2026, 5, 1),
        "reference_number": "参照",
        "line_items": lines,
        "notes": "備考",
        "cf_note": "社内",
    }


def invoice(n: int) -> Values:
    lines: Value = [
        Row(
            None,
            {
                "product_id": Ref(ITEM),
                "description": "一\n二",
                "quantity": Decimal(2),
                "price": Decimal(500),
                "tax_id": Ref(TAX),
            },
        ),
        Row(None, {"product_id": Ref(ITEM), "name": "値引き", "quantity": Decimal(1), "price": Decimal(-100)}),
    ]
    return {
        "number": f"CI-{n:03}",
        "customer_id": Ref(CUSTOMER),
        "invoice_date": date(2026, 4, 1),
        "due_date": date(2026, 4, 30),
        "reference_number": "参照",
        "invoice_items": lines,
        "notes": "備考",
        "cf_note": "社内",
    }


def wrong(n: int, lines: str = "line_items") -> Values:
    dated: Values = {"invoice_date": date(2026, 4, 1)} if lines == "invoice_items" else {}
    return {"customer_id": Ref("1"), **dated, lines: [Row(None, {"quantity": Decimal(1)})]}


CUTS = (("stop_renewal", "non_renewing", ""), ("reactivate", "live", "stop_renewal"), ("cancel", "cancelled", ""))
CASE = zoho.case(
    NAME, zoho_billing, ",".join(SCOPES),
    (
        at("customer", "customers", "company_name", new=customer, key="display_name", note="notes",
           wrong=lambda n: {"display_name": "x"},
           acts=moves("customer", customer, *ACTIVE)),
        at("product", "products", "email_ids", new=product, key="name", note="description", wrong=lambda n: {"name": ""},
           custom=False,
           acts=moves("product", product, *ACTIVE)),
        at("plan", "plans", "unit", new=plan, key="plan_code", note="description",
           wrong=lambda n: {**plan(n), "product_id": Ref("1")},
           acts=moves("plan", plan, *ACTIVE)),
        at("subscription", "subscriptions", "reference_id", new=subscription, key="reference_id",
           wrong=lambda n: {**subscription(n), "plan": Ref("none")}, acts=moves("subscription", subscription, *CUTS)),
        at("estimate", "estimates", "reference_number", new=estimate, key="estimate_number", note="notes", wrong=wrong,
           acts=(*moves("estimate", estimate, *ESTIMATES), *papers("estimate", estimate))),
        at("invoice", "invoices", "reference_number", new=invoice, key="number", note="notes",
           wrong=partial(wrong, lines="invoice_items"),
           acts=(*moves("invoice", invoice, ("open", "sent", ""), ("void", "void", "open")), *papers("invoice", invoice))),
        at("payment", "payments", "description", new=received, key="reference_number", note="description",
           wrong=lambda n: {**received(n), "amount": Decimal(-1)}),
        at("item", "items", "unit", new=item, key="name", note="description", wrong=lambda n: {"name": ""},
           acts=moves("item", item, *ACTIVE)),
    ),
    {
        **{
            f"{name}: a_stamp_is_kept": "known by its name or number"
            for name in ("customer", "product", "plan", "subscription", "estimate", "invoice", "item")
        },
        "payment: every_action_does_what_it_says": "has no state",
        "item: the_window_shows_what_changed": "Billing tells no time of change",
        "payment: the_window_shows_what_changed": "Billing tells no time of change",
        "product: a_new_field_changes_the_schema": "products have no custom fields",
        "subscription: a_long_note_is_kept_or_refused": "no field of several lines",
        **{
            f"subscription: {test}": "subscriptions are moved by actions; Choai does not change them"
            for test in (
                "a_lost_update_is_unknown",
                "an_update_of_a_record_that_is_gone_is_refused",
                "the_present_values_can_be_written_again",
                "update_changes_what_was_given_and_nothing_else",
            )
        },
    },
)  # fmt: skip

TestZohoBilling = contract(CASE)
