"""What Zoho Expense keeps: expenses, reports with their flow, categories, customers, projects."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from choai.sandbox.zoho import masters
from choai.sandbox.zoho.answers import Json, Refusal, done
from choai.sandbox.zoho.app import found
from choai.sandbox.zoho.books import Books, Kind, Move
from choai.sandbox.zoho.lists import listed
from choai.sandbox.zoho.masters import currency_of, tax_of
from choai.sandbox.zoho.papers import rate_on

CATEGORIES = Kind(
    "expensecategories", "category_id", "expense_account", {"category_name": "text:100"}, many="expense_accounts", changed="",
    area="expensecategory", reads_only=True,
)  # fmt: skip
CUSTOMERS = replace(
    masters.CONTACTS, fields={n: r for n, r in masters.CONTACTS.fields.items() if n != "contact_type"}, again=("contact_name",),
    moves=(), area="contact", may_delete=lambda books, row: None,
    shown=("contact_name", "company_name", "currency_id", "currency_code", "status", "created_time", "last_modified_time"),
)  # fmt: skip


def _project(books: Books, row: Json, before: Json | None) -> None:
    row["customer_name"] = books.get("contacts", row["customer_id"])["contact_name"] if row.get("customer_id") else ""
    row["status"] = row.get("status") or "active"


PROJECTS = Kind(
    "projects", "project_id", "project", {
        "project_name": "text:100", "description": "text:2000", "customer_id": "ref:contacts", "rate": "number",
    },
    required=("project_name",), again=("project_name",), unique={"project_name": 1001}, fill=_project, area="project",
    shown=("project_name", "description", "customer_id", "customer_name", "status", "created_time", "last_modified_time"),
)  # fmt: skip


def _expense(books: Books, row: Json, before: Json | None) -> None:
    if before is not None and before["status"] not in ("unreported", "draft", "rejected"):
        raise Refusal("The expense has been submitted and cannot be changed.", 5001)
    if row["amount"] is None or row["amount"] <= 0:
        raise Refusal("Please enter a valid amount.", 5015)
    currency_of(books, row)
    rate_on(books, row)
    row["category_name"] = books.get("expensecategories", row["category_id"])["category_name"]
    row["customer_name"] = books.get("contacts", row["customer_id"])["contact_name"] if row.get("customer_id") else ""
    row["project_name"] = books.get("projects", row["project_id"])["project_name"] if row.get("project_id") else ""
    row["tax_name"], _ = tax_of(books, row)
    row["total"], row["bcy_total"] = row["amount"], books.rounded(row["amount"] * row["exchange_rate"])
    row["status"] = row.get("status") or "unreported"


EXPENSES = Kind(
    "expenses", "expense_id", "expense", {
        "date": "date", "category_id": "ref:expensecategories", "amount": "number", "currency_id": "ref:settings/currencies",
        "exchange_rate": "number", "merchant_name": "text:100", "description": "text:500", "reference_number": "text:100",
        "is_reimbursable": "flag", "is_billable": "flag", "customer_id": "ref:contacts", "project_id": "ref:projects",
        "tax_id": "ref:settings/taxes",
    },
    required=("date", "category_id", "amount"), again=("date", "category_id", "amount"), fill=_expense, area="expense",
    shown=("date", "category_id", "category_name", "currency_id", "currency_code", "total", "bcy_total", "merchant_name",
           "description",
           "reference_number", "is_reimbursable", "is_billable", "status", "created_time", "last_modified_time"),
)  # fmt: skip


def _report(books: Books, row: Json, before: Json | None) -> None:
    if before is not None and before["status"] not in ("draft", "rejected", "recalled"):
        raise Refusal("The report has been submitted and cannot be changed.", 5002)
    held = []
    for entry in row["expenses"]:
        expense = books.get("expenses", entry.get("expense_id"))
        if expense.get("report_id") not in ("", None, row.get("report_id")):
            raise Refusal("The expense belongs to another report.", 5003)
        held.append(expense)
    keys = ("expense_id", "date", "category_name", "description", "total")
    row["expenses"] = [{name: expense[name] for name in keys} for expense in held]
    row["total"] = books.rounded(sum(expense["bcy_total"] for expense in held))
    row["reimbursable_total"] = books.rounded(sum(e["bcy_total"] for e in held if e["is_reimbursable"]))
    row["start_date"] = row.get("start_date") or books.today()
    row["end_date"] = row.get("end_date") or row["start_date"]
    row["customer_name"] = books.get("contacts", row["customer_id"])["contact_name"] if row.get("customer_id") else ""
    row["project_name"] = books.get("projects", row["project_id"])["project_name"] if row.get("project_id") else ""
    row["status"] = row.get("status") or "draft"
    who = books.rows("users")[0]
    row |= {"user_id": who["user_id"], "user_name": who["name"], "user_email": who["email"], "currency_code": "JPY"}
    row["report_number"] = row.get("report_number") or f"ER-{len(books.table('expensereports')) + 1:05}"


REPORTS = Kind(
    "expensereports", "report_id", "expense_report", {
        "report_name": "text:100", "description": "text:500", "start_date": "date", "end_date": "date",
        "customer_id": "ref:contacts",
        "project_id": "ref:projects", "expenses": "list",
    },
    many="expense_reports", required=("report_name",), again=("report_name",), fill=_report, area="expensereport",
    moves=(
        Move("submit", "submitted", ("draft", "rejected", "recalled"), "The report has been submitted."),
        Move("approve", "approved", ("submitted",), "The report has been approved."),
    ),
    shown=("report_name", "report_number", "description", "start_date", "end_date", "status", "total", "reimbursable_total",
           "customer_id", "customer_name", "project_id", "project_name", "user_name", "user_email", "currency_code",
           "created_time",
           "last_modified_time"),
)  # fmt: skip


def details(books: Books, request: Request, _: Any) -> Response:
    """The list of expenses as the vendor documents it: by equal values and by a span of days."""
    asked = request.query_params
    wanted = {
        name: asked[name]
        for name in ("status", "user_id", "category_id", "customer_id", "project_id")
        if asked.get(name)
    }
    start, end = asked.get("date_start") or "", asked.get("date_end") or "9999"
    rows = [
        row
        for row in books.rows("expenses")
        if start <= row["date"] <= end and all(str(row.get(name, "")) == value for name, value in wanted.items())
    ]
    return listed(books, EXPENSES, asked, rows)


def reject(books: Books, request: Request, sent: Any) -> Response:
    row = found(books, REPORTS, request.path_params["key"])
    if row["status"] != "submitted":
        raise Refusal("The report cannot be rejected in this status.", 5004)
    if not isinstance(sent, dict) or not sent.get("comments"):
        raise Refusal("Invalid value passed for comments")
    return _moved(books, row, "rejected", "The report has been rejected.")


def reimburse(books: Books, request: Request, sent: Any) -> Response:
    row = found(books, REPORTS, request.path_params["key"])
    if row["status"] != "approved":
        raise Refusal("The report has not been approved.", 5005)
    try:
        date.fromisoformat(sent["reimbursement_date"])
    except (KeyError, TypeError, ValueError):
        raise Refusal("Invalid value passed for reimbursement_date") from None
    return _moved(books, row, "reimbursed", "The report has been reimbursed.")


def _moved(books: Books, row: Json, state: str, message: str) -> Response:
    row |= {"status": state, "_changed": books.now()}
    books.world.dirty = True
    return done(message)


SETTINGS = tuple(replace(kind, reads_only=True) for kind in (masters.CURRENCIES, masters.TAXES))
