"""zohopy against an imitation of Zoho Expense.

There is no client of this product on PyPI or npm (searched 2026-11). zohopy has none of its resources either, but its general
calls: sign-in, tokens, the parameter that names the organisation, bodies, pages, retries and errors are its own; only paths and
bodies are given here.
"""

from __future__ import annotations

from typing import Any

from steps import Steps, tell
from zoho_entrance import entered

REQUIRES = ("zohopy==0.2.0",)
SCOPES = "ZohoExpense.fullaccess.ALL"
ORGANISATION = "90000000101"
AT = "/expense/v1"


def drive(base_url: str) -> Steps:
    step = Steps("zoho_expense", "zohopy")
    client = entered(step, base_url, SCOPES, ORGANISATION)
    if client is None:
        return step

    def pages(path: str, key: str, **asked: Any) -> list[Any]:
        return [row for page in client.paginate(f"{AT}/{path}", params=asked, per_page=2) for row in page[key]]

    step("organisations", lambda: client.get(f"{AT}/organizations")["organizations"], lambda rows: len(rows) == 2)
    step("currencies", lambda: client.get(f"{AT}/settings/currencies")["currencies"])
    for path, key in (
        ("reports/expensedetails", "expenses"),
        ("expensereports", "expense_reports"),
        ("expensecategories", "expense_accounts"),
        ("contacts", "contacts"),
        ("projects", "projects"),
    ):
        step(f"list {path} with paging", lambda path=path, key=key: pages(path, key), lambda rows: len(rows) > 2)
    _reports(step, client, pages)
    _errors(step, client)
    return step


def _reports(step: Steps, client: Any, pages: Any) -> None:
    category = client.get(f"{AT}/expensecategories")["expense_accounts"][0]["category_id"]
    spent = {
        "date": "2026-04-20",
        "category_id": category,
        "amount": 1980,
        "description": "タクシー",
        "is_reimbursable": True,
    }
    made = step(
        "create", lambda: client.post(f"{AT}/expenses", json=spent)["expense"], lambda row: row["total"] == 1980
    )
    at = f"{AT}/expenses/{made['expense_id']}"
    change = {**spent, "description": "タクシー（深夜）"}
    step(
        "update",
        lambda: client.put(at, json=change)["expense"],
        lambda row: row["description"] == change["description"],
    )
    step(
        "list of a day",
        lambda: pages("reports/expensedetails", "expenses", date_start="2026-04-20", date_end="2026-04-20"),
        lambda rows: [row["expense_id"] for row in rows] == [made["expense_id"]],
    )
    report = {"report_name": "四月のタクシー", "expenses": [{"expense_id": made["expense_id"]}]}
    own = step(
        "create a report",
        lambda: client.post(f"{AT}/expensereports", json=report)["expense_report"],
        lambda row: (row["status"], row["total"]) == ("draft", 1980),
    )
    at = f"{AT}/expensereports/{own['report_id']}"
    for move, body in (("submit", None), ("approve", None), ("reimburse", {"reimbursement_date": "2026-05-10"})):
        step(move, lambda move=move, body=body: client.post(f"{at}/{move}", json=body), lambda told: told["code"] == 0)
    step("it is paid", lambda: client.get(at)["expense_report"], lambda row: row["status"] == "reimbursed")
    step(
        "list by state",
        lambda: pages("expensereports", "expense_reports", filter_by="Status.Reimbursed"),
        lambda rows: own["report_id"] in {row["report_id"] for row in rows},
    )


def _errors(step: Steps, client: Any) -> None:
    from zohopy import SyncZohoClient, exceptions

    step.raises(
        "error: unknown record",
        exceptions.ZohoNotFoundError,
        lambda: client.get(f"{AT}/expensereports/1"),
        "does not exist",
    )
    draft = client.get(f"{AT}/expensereports", params={"filter_by": "Status.Draft"})["expense_reports"][0]["report_id"]
    step.raises(
        "error: reimburse a draft",
        exceptions.ZohoValidationError,
        lambda: client.post(f"{AT}/expensereports/{draft}/reimburse", json={"reimbursement_date": "2026-05-10"}),
    )
    step.raises(
        "error: no amount",
        exceptions.ZohoValidationError,
        lambda: client.post(f"{AT}/expenses", json={"date": "2026-04-20"}),
    )
    other = SyncZohoClient(client.config.model_copy(update={"organization_id": "1"}))
    step.raises(
        "error: no such organisation",
        exceptions.ZohoAPIError,
        lambda: other.get(f"{AT}/expensereports"),
        "not associated",
    )
    wrong = SyncZohoClient(client.config.model_copy(update={"refresh_token": "nonsense"}))
    step.raises(
        "error: bad refresh token",
        exceptions.ZohoTokenRefreshError,
        lambda: wrong.get(f"{AT}/projects"),
        "invalid_code",
    )


if __name__ == "__main__":
    tell(drive)
