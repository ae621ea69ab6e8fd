"""What Zoho Expense is: its objects, their places and fields. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import READ_ONLY, ActionSpec, ObjectSpec
from choai.connectors.fields import Column, Table, column, lines
from choai.connectors.zoho.columns import (
    DEC,
    FIXED,
    FLAG,
    LONG,
    MORE,
    currency,
    day,
    money,
    person,
    rate,
    ref,
    state,
    table,
    text,
)
from choai.connectors.zoho.product import Place, Product, kind, spec
from choai.connectors.zoho.tables import CURRENCY, TAX, USER
from choai.model.schema import Field
from choai.model.values import Kind

PLACES: Mapping[str, Place] = {
    "report": Place(
        "expensereports", "report_id", "expense_report", many="expense_reports", since="rows", repeats=("report_name",),
        link="/expensereports/{id}", acts={"reject": "reject", "reimburse": "reimburse"}, moves=(
            ("submit", "提出する", "Submit", "submit", ("draft", "rejected", "recalled")),
            ("approve", "承認する", "Approve", "approve", ("submitted",)),
        ),
    ),
    "expense": Place(
        "expenses", "expense_id", "expense", listed="reports/expensedetails", since="rows",
        repeats=("date", "category_id", "amount"), link="/expenses/{id}",
    ),
    "category": Place(
        "expensecategories", "category_id", "expense_account", many="expense_accounts", details=False, custom=False, single=False,
        link="/settings/categories/{id}",
    ),
    "customer": Place("contacts", "contact_id", "contact", since="rows", repeats=("contact_name",), link="/customers/{id}"),
    "project": Place("projects", "project_id", "project", since="rows", repeats=("project_name",), link="/projects/{id}"),
    "user": Place("users", "user_id", "user", details=False, custom=False),
    "currency": Place("settings/currencies", "currency_id", "currency", details=False, custom=False),
    "tax": Place("settings/taxes", "tax_id", "tax", details=False, custom=False),
}  # fmt: skip
_REJECT = ActionSpec(
    "reject",
    "却下する",
    "Reject",
    states=("submitted",),
    args=(Field("comments", Kind.TEXT, "理由", "Reason", required=True),),
)
_REIMBURSE = ActionSpec(
    "reimburse", "払い戻し済みにする", "Mark as reimbursed", states=("approved",), args=(
        Field("reimbursement_date", Kind.DATE, "払い戻し日", "Date", required=True),
        Field("reference_number", Kind.TEXT, "参照番号", "Reference number"),
        Field("notes", Kind.TEXT, "備考", "Notes"),
    ),
)  # fmt: skip


def _object(name: str, ja: str, en: str, role: str, keys: tuple[str, ...] = (), **more: Any) -> ObjectSpec:
    return kind(PLACES[name], name, ja, en, role, keys, **more)


OBJECTS: Mapping[str, ObjectSpec] = {
    made.name: made
    for made in (
        _object("report", "経費レポート", "Expense reports", "expense_report", ("report_name",), also=(_REJECT, _REIMBURSE)),
        _object("expense", "経費", "Expenses", "expense", ("reference_number",), stamp_field="reference_number",
                plan_gate="expense_list"),
        _object("category", "カテゴリー", "Categories", "expense_category", **READ_ONLY),
        _object("customer", "顧客", "Customers", "partner", ("contact_name",)),
        _object("project", "プロジェクト", "Projects", "project", ("project_name",)),
        _object("user", "ユーザー", "Users", "user", **READ_ONLY),
        _object("currency", "通貨", "Currencies", "currency", **READ_ONLY),
        _object("tax", "税", "Taxes", "tax_code", **READ_ONLY),
    )
}  # fmt: skip
_HELD = (
    ref("expense_id", "経費", "Expense", "expense", "line.expense", required=True, **FIXED),
    day("date", "日付", "Date", "line.date", given=True),
    text("category_name", "カテゴリー", "Category", "line.account_name", given=True),
    text("description", "摘要", "Description", "line.description", given=True),
    money("total", "金額", "Amount", "line.amount", given=True),
)
_FIELDS: Mapping[str, tuple[Column, ...]] = {
    "report": (
        text("report_name", "レポート名", "Name", "expense_report.name", 100, required=True, **FIXED),
        text("report_number", "番号", "Number", "expense_report.number", given=True),
        column("description", LONG, "説明", "Description", role="expense_report.note", max_length=500),
        day("start_date", "開始日", "From", "expense_report.start", has_default=True),
        day("end_date", "終了日", "To", "expense_report.end", has_default=True),
        ref("customer_id", "顧客", "Customer", "customer", "expense_report.customer", "customer_name"),
        ref("project_id", "プロジェクト", "Project", "project", "expense_report.project", "project_name"),
        lines("expenses", "経費", "Expenses", _HELD, id="expense_id", role="expense_report.lines", **MORE),
        state("expense_report", "draft submitted approved rejected reimbursed recalled"),
        text("user_name", "申請者", "Submitted by", "expense_report.owner_name", given=True),
        column("user_email", Kind.EMAIL, "申請者のメール", "Submitter's mail", role="expense_report.owner_email", given=True),
        text("currency_code", "通貨", "Currency", "expense_report.currency", given=True),
        money("total", "合計", "Total", "expense_report.total", given=True),
        money("reimbursable_total", "払い戻し対象", "Reimbursable", "expense_report.reimbursable", given=True),
    ),
    "expense": (
        day("date", "日付", "Date", "expense.date", required=True),
        ref("category_id", "カテゴリー", "Category", "category", "expense.account", "category_name", required=True, **FIXED),
        money("amount", "金額", "Amount", "expense.amount", required=True, **MORE),
        currency("expense"),
        rate("expense"),
        text("merchant_name", "支払先", "Merchant", "expense.partner_name", 100),
        text("description", "摘要", "Description", "expense.note", 500),
        text("reference_number", "参照番号", "Reference number", "expense.reference", 100),
        column("is_reimbursable", FLAG, "払い戻し対象", "Reimbursable", role="expense.reimbursable", has_default=True, **FIXED),
        column("is_billable", FLAG, "顧客に請求", "Billable", has_default=True, **FIXED),
        ref("customer_id", "顧客", "Customer", "customer", "expense.customer", "customer_name", **MORE),
        ref("project_id", "プロジェクト", "Project", "project", "expense.project", "project_name", **MORE),
        ref("tax_id", "税", "Tax", "tax", "expense.tax", "tax_name", **MORE),
        state("expense", "unreported draft submitted approved rejected reimbursed"),
        text("report_id", "レポートのID", "Report's ID", given=True, **MORE),
        money("total", "合計", "Total", "expense.total", given=True),
    ),
    "category": (
        text("category_name", "カテゴリー名", "Name", "expense_category.name", given=True),
        text("account_code", "コード", "Code", "expense_category.code", given=True),
        column("is_enabled", FLAG, "有効", "Enabled", given=True),
    ),
    "customer": (
        text("contact_name", "表示名", "Display name", "partner.name", 200, required=True, unique=True, **FIXED),
        text("company_name", "会社名", "Company name", "partner.company_name", 200),
        column("website", Kind.URL, "Webサイト", "Website", role="partner.website", **MORE),
        currency("partner"),
        lines("contact_persons", "担当者", "Contact persons", (
            *person(""), column("is_primary_contact", FLAG, "主担当", "Primary", has_default=True, **FIXED),
        ), id="contact_person_id", role="partner.persons", **MORE),
        state("partner", "active inactive"),
    ),
    "project": (
        text("project_name", "プロジェクト名", "Name", "project.name", 100, required=True, unique=True, **FIXED),
        column("description", LONG, "説明", "Description", role="project.note", max_length=2000),
        ref("customer_id", "顧客", "Customer", "customer", "project.partner", "customer_name"),
        column("rate", DEC, "単価", "Rate", **MORE, **FIXED),
        state("project", "active inactive"),
    ),
    "user": USER,
    "currency": CURRENCY,
    "tax": TAX,
}  # fmt: skip


def _table(object: str) -> Table:
    place = PLACES[object]
    changed = place.changed if place.since else None
    return table(object, place.id, OBJECTS[object].role, _FIELDS[object], changed, link=bool(place.link))


PRODUCT = Product(
    service="zoho_expense", base="/expense/v1", web="expense", organisation="X-com-zoho-expense-organizationid", in_query=True,
    places=PLACES, tables=_table, probes={"expense_list": "reports/expensedetails"},
)  # fmt: skip
SCOPES = ("ZohoExpense.fullaccess.ALL",)
SPEC = spec("zoho_expense", "Zoho Expense", tuple(OBJECTS.values()), SCOPES)
