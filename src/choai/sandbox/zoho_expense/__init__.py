"""Zoho Expense on loopback, with the sign-in of its data centre and the pages its links open, on one address.

Demo client: ``DEMO_CLIENT_ID`` / ``DEMO_CLIENT_SECRET``, any loopback redirect address. Organisations: ``ORGANISATION``
(default) and ``OTHER``.
"""

from __future__ import annotations

from typing import Any

from choai.sandbox.core import World
from choai.sandbox.zoho import app, data, masters
from choai.sandbox.zoho.accounts import CLIENT_ID as DEMO_CLIENT_ID
from choai.sandbox.zoho.accounts import CLIENT_SECRET as DEMO_CLIENT_SECRET
from choai.sandbox.zoho.accounts import RULES, USER
from choai.sandbox.zoho.books import Books, add_custom_field, edit
from choai.sandbox.zoho.data import ORGANISATION, OTHER
from choai.sandbox.zoho.further import ME
from choai.sandbox.zoho.gate import Door
from choai.sandbox.zoho.records import save
from choai.sandbox.zoho_expense import kinds

__all__ = [
    "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "ORGANISATION", "OTHER", "PRODUCT", "RULES", "USER", "add_custom_field", "build",
    "edit", "new_world",
]  # fmt: skip
PRODUCT = app.Product(
    "zoho_expense",
    Door("/expense/v1", "ZohoExpense", header="X-com-zoho-expense-organizationid", query=True),
    (kinds.REPORTS, kinds.EXPENSES, kinds.CATEGORIES, kinds.CUSTOMERS, kinds.PROJECTS, masters.USERS, *kinds.SETTINGS),
    (
        ME,
        ("GET", "reports/expensedetails", "expense", kinds.details),
        ("POST", "expensereports/{key}/reject", "expensereport", kinds.reject),
        ("POST", "expensereports/{key}/reimburse", "expensereport", kinds.reimburse),
    ),
)
_CATEGORIES = ("旅費交通費", "会議費", "接待交際費", "通信費", "消耗品費")


def _made(seed: int) -> World:
    world = data.empty("zoho_expense", plan="STANDARD")
    data.begin(world)
    books = Books(world, ORGANISATION)
    data.base(books)
    for n, name in enumerate(_CATEGORIES):
        told: dict[str, Any] = {
            "category_id": f"98200000000050{n}",
            "category_name": name,
            "account_code": f"61{n}",
            "is_enabled": True,
        }
        books.table("expensecategories")[told["category_id"]] = {
            **told,
            "created_time": books.now(),
            "_changed": books.now(),
        }
    customers = data.contacts(books, seed, "customer", 8)
    projects = []
    for n, name in enumerate(("基幹刷新2026", "新倉庫立上げ", "横浜新店", "Web刷新", "監査対応")):
        data.begin(world, 100 + n)
        owner = {"project_name": name, "customer_id": customers[n]}
        projects.append(save(books, kinds.PROJECTS, owner, None)["project_id"])
    for n in range(8):
        data.begin(world, 200 + n)
        values: dict[str, Any] = {"date": f"2026-04-{10 + n}", "category_id": f"98200000000050{n % 5}", "amount": 1200 + 330 * n,
                  "merchant_name": "東海道交通", "description": "大阪出張", "is_reimbursable": True,
                  "reference_number": f"EX-{n:03}"}  # fmt: skip
        made = save(books, kinds.EXPENSES, values, None)
        if n < 5:
            report = {
                "report_name": f"{n + 1}月 出張",
                "expenses": [{"expense_id": made["expense_id"]}],
                "project_id": projects[n],
            }
            save(books, kinds.REPORTS, report, None)
    data.begin(world)
    data.base(Books(world, OTHER))
    return data.finish(world, "expensereports", "expenses", "contacts", "projects")


build, new_world = app.imitated(PRODUCT, _made)
