"""Zoho Expense under the contract."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from choai.connectors.zoho_expense.spec import SCOPES
from choai.model.values import Ref, Row, Value
from choai.sandbox import zoho_expense
from contract import zoho
from contract.case import Act, Values
from contract.suite import contract
from contract.zoho import at, becomes
from contract.zoho_papers import TAX

TABLES: Any = zoho_expense.new_world(None, 1).state["organizations"][zoho_expense.ORGANISATION]["tables"]
NAME = "zoho_expense"
moves = partial(zoho.moves, NAME)
CUSTOMER, PROJECT = next(iter(TABLES["contacts"])), next(iter(TABLES["projects"]))
LOOSE = [id for id, row in TABLES["expenses"].items() if row["status"] == "unreported" and not any(
    id == held["expense_id"] for report in TABLES["expensereports"].values() for held in report["expenses"]
)]  # fmt: skip


def report(n: int) -> Values:
    held: Value = [Row(None, {"expense_id": Ref(id)}) for id in LOOSE[:2]]
    return {
        "report_name": f"試験レポート{n:03}",
        "description": "一行目\n二行目",
        "start_date": date(2026, 4, 1),
        "end_date": date(2026, 4, 30),
        "customer_id": Ref(CUSTOMER),
        "project_id": Ref(PROJECT),
        "expenses": held,
        "cf_note": "社内",
    }


def expense(n: int) -> Values:
    return {
        "date": date(2026, 4, 1),
        "category_id": Ref("982000000000501"),
        "amount": Decimal("120.5"),
        "currency_code": "USD",
        "exchange_rate": Decimal("151.5"),
        "merchant_name": "支払先",
        "description": "打ち合わせ",
        "reference_number": f"CX-{n:03}",
        "is_reimbursable": True,
        "customer_id": Ref(CUSTOMER),
        "project_id": Ref(PROJECT),
        "tax_id": Ref(TAX),
        "cf_note": "社内",
    }


def customer(n: int) -> Values:
    persons: Value = [
        Row(None, {"first_name": "花子", "last_name": "𠮷野", "email": f"h{n}@example.jp", "is_primary_contact": True})
    ]
    return {
        "contact_name": f"契約試験{n:03}商事",
        "company_name": "契約試験株式会社",
        "website": "https://example.jp",
        "currency_code": "USD",
        "contact_persons": persons,
        "cf_note": "社内",
    }


def project(n: int) -> Values:
    return {"project_name": f"試験{n:03}", "description": "一\n二", "customer_id": Ref(CUSTOMER), "rate": Decimal(5000)}


paid: dict[str, Value] = {"reimbursement_date": date(2026, 5, 10), "reference_number": "R-1", "notes": None}
CASE = zoho.case(
    NAME, zoho_expense, ",".join(SCOPES),
    (
        at("report", "expensereports", "description", new=report, key="report_name", note="description",
           wrong=lambda n: {"report_name": "長" * 101},
           acts=(*moves("report", report, ("submit", "submitted", ""), ("approve", "approved", "submit")),
                 Act("reject", zoho.made(NAME, "report", report, "submit"), args={"comments": "領収書なし"},
                     holds=becomes("rejected")),
                 Act("reimburse", zoho.made(NAME, "report", report, "submit", "approve"), args=paid,
                     holds=becomes("reimbursed")))),
        at("expense", "expenses", "description", new=expense, key="reference_number",
           wrong=lambda n: {**expense(n), "amount": Decimal(0)}),
        at("customer", "contacts", "company_name", new=customer, key="contact_name", wrong=lambda n: {"contact_name": ""}),
        at("project", "projects", "description", new=project, key="project_name", note="description",
           wrong=lambda n: {"project_name": ""}),
    ),
    {
        **{f"{name}: a_stamp_is_kept": "known by its name" for name in ("report", "customer", "project")},
        **{f"{name}: every_action_does_what_it_says": "has no actions" for name in ("expense", "customer", "project")},
        **{f"{name}: a_long_note_is_kept_or_refused": "no field of several lines" for name in ("expense", "customer")},
    },
)  # fmt: skip

TestZohoExpense = contract(CASE)
