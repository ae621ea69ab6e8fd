"""Zoho Billing on loopback, with the sign-in of its data centre and the pages its links open, on one address.

Demo client: ``DEMO_CLIENT_ID`` / ``DEMO_CLIENT_SECRET``, any loopback redirect address. Organisations: ``ORGANISATION``
(default) and ``OTHER``.
"""

from __future__ import annotations

from choai.sandbox.core import World
from choai.sandbox.people import companies
from choai.sandbox.zoho import app, data
from choai.sandbox.zoho.accounts import CLIENT_ID as DEMO_CLIENT_ID
from choai.sandbox.zoho.accounts import CLIENT_SECRET as DEMO_CLIENT_SECRET
from choai.sandbox.zoho.accounts import RULES, USER
from choai.sandbox.zoho.books import Books, add_custom_field, edit
from choai.sandbox.zoho.data import ORGANISATION, OTHER
from choai.sandbox.zoho.gate import Door
from choai.sandbox.zoho.records import save
from choai.sandbox.zoho_billing import kinds

__all__ = [
    "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "ORGANISATION", "OTHER", "PRODUCT", "RULES", "USER", "add_custom_field", "build",
    "edit", "new_world",
]  # fmt: skip
PRODUCT = app.Product(
    "zoho_billing",
    Door("/billing/v1", "ZohoSubscriptions", header="X-com-zoho-subscriptions-organizationid"),
    (kinds.CUSTOMERS, kinds.PRODUCTS, kinds.PLANS, kinds.SUBSCRIPTIONS, kinds.QUOTES, kinds.INVOICES, kinds.PAYMENTS, kinds.ITEMS,
     kinds.TAXES),
    (
        ("POST", "subscriptions/{key}/cancel", "subscriptions", kinds.cancel),
        ("POST", "subscriptions/{key}/reactivate", "subscriptions", kinds.reactivate),
    ),
)  # fmt: skip


def _made(seed: int) -> World:
    world = data.empty("zoho_billing")
    data.begin(world)
    books = Books(world, ORGANISATION)
    data.base(books)
    customers = []
    for n, company in enumerate(companies(seed, 20)):
        data.begin(world, n)
        address = {"zip": company.zip, "state": company.prefecture, "street": company.city, "country": "Japan"}
        values = {"display_name": company.name, "email": company.email, "company_name": company.name, "phone": company.phone,
                  "billing_address": address}  # fmt: skip
        customers.append(save(books, kinds.CUSTOMERS, values, None)["customer_id"])
    goods = data.items(books)
    data.begin(world, 300)
    names = ("青空クラウド", "青空バックアップ", "Aozora Mail", "青空サポート")
    product, *_ = [save(books, kinds.PRODUCTS, {"name": name}, None)["product_id"] for name in names]
    _plans(books, product)
    for n in range(8):
        data.begin(world, 400 + n)
        plan_code = ("light", "standard", "yearly")[n % 3]
        row = {
            "customer_id": customers[n],
            "plan": {"plan_code": plan_code},
            "reference_id": f"SUB-{n:03}",
            "starts_at": "2026-03-01",
        }
        save(books, kinds.SUBSCRIPTIONS, {**row, "starts_at": "2026-03-01"}, None)
        data.begin(world, 500 + n)
        lines = [{"product_id": goods[n % len(goods)], "price": 9800, "quantity": 1 + n, "tax_id": "982000000000201"}]
        invoice = {"customer_id": customers[n], "date": f"2026-03-{10 + n}", "invoice_items": lines}
        made = save(books, kinds.INVOICES, invoice, None)
        quote = {
            "customer_id": customers[n],
            "line_items": [{"item_id": goods[0], "rate": 100, "quantity": 2}],
            "date": "2026-03-01",
        }
        save(books, kinds.QUOTES, {**quote, "date": "2026-03-01", "reference_number": f"Q-{n}"}, None)
        if n % 2:
            made["status"] = "sent"
            paid = {"customer_id": customers[n], "payment_mode": "banktransfer", "amount": 100, "date": "2026-03-31",
                    "reference_number": f"PAY-{n}",
                    "invoices": [{"invoice_id": made["invoice_id"], "amount_applied": 100}]}  # fmt: skip
            save(books, kinds.PAYMENTS, paid, None)
    data.begin(world)
    data.base(Books(world, OTHER))
    return data.finish(world, "customers", "plans", "subscriptions", "estimates", "invoices", "payments", "items")


def _plans(books: Books, product: str) -> None:
    rows = (
        ("light", "ライト", 3000),
        ("standard", "スタンダード", 9800),
        ("yearly", "年間", 98000),
        ("pro", "プロ", 19800),
    )
    for code, name, price in rows:
        unit = "years" if code == "yearly" else "months"
        plan = {"name": name, "recurring_price": price, "interval": 1, "interval_unit": unit, "product_id": product}
        save(books, kinds.PLANS, {"plan_code": code, **plan}, None)


build, new_world = app.imitated(PRODUCT, _made)
