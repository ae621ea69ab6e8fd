"""Expense applications (経費精算): drafts, the way to approval, and the deal that an approval makes.

One route per company, of one step whose approver is the administrator. draft → in_progress → approved or rejected; feedback sends
it back to the applicant and begins the next round. An update without ``draft`` makes it a draft.
"""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from choai.sandbox.freee import rules
from choai.sandbox.freee.answers import Refusal, answer, bad_request, no_content, not_found, unauthorized
from choai.sandbox.freee.books import JST, Row, public
from choai.sandbox.freee.deals import check_dimensions
from choai.sandbox.freee.gate import Call
from choai.sandbox.freee.rules import problems, taken

KIND = "expense_applications"
STATES = ("draft", "in_progress", "approved", "rejected", "feedback")
_APPROVER = 501  # the administrator of data.py
_OPEN = ("draft", "feedback")
_OWN_ONLY = ("self_only", "workflow")
_BLANK: Row = {
    "description": None,
    "section_id": None,
    "tag_ids": [],
    "segment_1_tag_id": None,
    "segment_2_tag_id": None,
    "segment_3_tag_id": None,
    "parent_id": None,
    "purchase_lines": [],
}
# action → states it is done from, state it leads to, whether only an administrator may
_ACTIONS: dict[str, tuple[tuple[str, ...], str, bool]] = {
    "approve": (("in_progress",), "approved", False),
    "force_approve": (("in_progress",), "approved", True),
    "cancel": (("in_progress",), "draft", False),
    "reject": (("in_progress",), "rejected", False),
    "feedback": (("in_progress",), "feedback", False),
    "force_feedback": (("approved", "rejected"), "feedback", True),
}
_ALONE = ("approvers", "approval_flow_route_id", "comments", "approval_flow_logs", "parent_id", "parent_type")


def route_of(company: int) -> int:
    """The number of a company's only route; its step is the next number."""
    return company * 1000 + 900


def index(call: Call) -> Response:
    """GET /expense_applications."""
    _gate(call)
    asked = call.request.query_params
    state = asked.get("status")
    if state not in (None, *STATES, "unsettled", "settled"):
        raise Refusal(bad_request("statusの値が不正です。"))
    start, end = call.day("start_issue_date"), call.day("end_issue_date")
    applicant = call.whole("applicant_id", 1, None, 0)
    offset, limit = call.whole("offset", 0, None, 0), call.whole("limit", 1, 500, 50)
    rows = [
        row
        for row in _visible(call)
        if state in (None, row["status"], row["deal_status"])
        and (start is None or row["issue_date"] >= start)
        and (end is None or row["issue_date"] <= end)
        and applicant in (0, row["applicant_id"])
        and asked.get("title", "") in row["title"]
        and asked.get("application_number", row["application_number"]) == row["application_number"]
    ][offset : offset + limit]
    line = f"{call.request.method} {call.request.url.path}"
    if call.world.fault("empty_page", line):
        rows = []
    if call.world.fault("partial", line):
        rows = rows[: len(rows) // 2]
    return answer({KIND: [{**public(_told(row), _ALONE), "description": row["description"] or ""} for row in rows]})


def show(call: Call) -> Response:
    """GET /expense_applications/{id}."""
    return _one(_found(call))


def create(call: Call) -> Response:
    """POST /expense_applications."""
    _gate(call)
    values = _values(call)
    number = call.books.next_id()
    row: Row = {
        "id": number,
        "company_id": call.company,
        **_BLANK,
        "issue_date": call.books.today().isoformat(),
        **values,
        "status": "draft",
        "deal_id": None,
        "deal_status": None,
        "applicant_id": call.user["id"],
        "proxy_applicant_id": None,
        "application_number": str(len(call.table(KIND).rows) + 1),
        "approval_flow_route_id": values.get("approval_flow_route_id") or route_of(call.company),
        "current_step_id": None,
        "current_round": 0,
        "_logs": [],
        "_approved": None,
    }
    row["purchase_lines"] = [_purchase(call, line, {}) for line in row["purchase_lines"]]
    if call.body.get("draft") is False:
        _apply(call, row)
    call.table(KIND).add(row)
    return _one(row, 201)


def update(call: Call) -> Response:
    """PUT /expense_applications/{id}: drafts and those sent back; lines that are left out are deleted."""
    row = _found(call)
    if row["status"] not in _OPEN:
        raise Refusal(bad_request("申請ステータスが下書き、差戻しの経費申請のみ更新できます。"))
    values = _values(call)
    held = {line["id"]: line for line in row["purchase_lines"]}
    changed = {**row, **values, "status": "draft"}
    if "purchase_lines" in values:
        changed["purchase_lines"] = [_purchase(call, line, held) for line in values["purchase_lines"]]
    if call.body.get("draft") is False:
        _apply(call, changed)
    call.table(KIND).change(row, changed)
    return _one(row)


def destroy(call: Call) -> Response:
    """DELETE /expense_applications/{id}: one's own, or as administrator one that was sent back."""
    row = _found(call)
    own = row["applicant_id"] == call.user["id"]
    if row["status"] not in _OPEN or not (own or (_admin(call) and row["status"] == "feedback")):
        raise Refusal(bad_request("この経費申請は削除できません。"))
    call.table(KIND).remove(row)
    return no_content()


def act(call: Call) -> Response:
    """POST /expense_applications/{id}/actions."""
    row = _found(call)
    found = problems(call.body, rules.EXPENSE_ACTION)
    if found:
        raise Refusal(bad_request(*found))
    action = call.body["approval_action"]
    before, after, admin = _ACTIONS[action]
    own = row["applicant_id"] == call.user["id"]
    right = _admin(call) if admin else _approver(call) or (action == "cancel" and own)
    here = (call.body["target_step_id"], call.body["target_round"]) == (row["current_step_id"], row["current_round"])
    if row["status"] not in before or not here or not right:
        raise Refusal(bad_request("承認操作を実行できません。申請の状態をご確認ください。"))
    row["status"] = after
    row["_logs"] = [*row["_logs"], _log(call, action.replace("force_feedback", "feedback"))]
    row["_approved"] = {"approved": call.user["id"]}.get(after)
    if after == "approved":
        _settle(call, row)
    if after in _OPEN:
        row |= {"current_step_id": None, "deal_id": None, "deal_status": None}
        row["current_round"] += 1
    return _one(row, 201)


# ---------------------------------------------------------------- rules


def _gate(call: Call) -> None:
    allowed = call.setting("expenses")
    if not (call.books.plan(call.company).expenses if allowed is None else allowed):
        raise Refusal(unauthorized("freee_plan_limit", call.setting("unauthorized_shape")))


def _admin(call: Call) -> bool:
    return bool(call.user["roles"][str(call.company)] == "admin")


_approver = _admin


def _visible(call: Call) -> list[Row]:
    rows = call.table(KIND).rows
    if call.user["roles"][str(call.company)] in _OWN_ONLY:
        return [row for row in rows if row["applicant_id"] == call.user["id"]]
    return rows


def _found(call: Call) -> Row:
    _gate(call)
    row = call.table(KIND).by_id.get(call.id)
    if row is None or row not in _visible(call):
        raise Refusal(not_found())
    return row


def _values(call: Call) -> Row:
    found = problems(call.body, rules.EXPENSE)
    if found:
        raise Refusal(bad_request(*dict.fromkeys(found)))
    values: Row = taken(call.body, rules.EXPENSE)
    check_dimensions(call, values)
    if values.get("approval_flow_route_id") not in (None, route_of(call.company)):
        raise Refusal(bad_request("申請経路が存在しません。"))
    values.pop("draft", None)
    values.pop("approver_id", None)
    return rules.kept(call.world, f"{call.request.method} {call.request.url.path}", values)


def _purchase(call: Call, given: Row, held: dict[int, Row]) -> Row:
    """A purchase line as it is kept, with its own lines. Raises Refusal for ids of another application."""
    if "id" in given and given["id"] not in held:
        raise Refusal(bad_request("存在しない申請行のidです。"))
    old = {line["id"] for line in held.get(given.get("id", 0), {}).get("expense_application_lines", ())}
    lines = []
    for line in given.get("expense_application_lines") or []:
        if "id" in line and line["id"] not in old:
            raise Refusal(bad_request("存在しない明細行のidです。"))
        template = line.get("expense_application_line_template_id")
        if template is not None and template not in call.table("templates").by_id:
            raise Refusal(bad_request("経費科目が存在しません。"))
        blank = {"description": None, "amount": 0, "expense_application_line_template_id": None}
        lines.append({"id": call.books.next_id(), **blank, **line})
    return {
        "id": call.books.next_id(),
        "receipt_id": None,
        "sub_receipt_ids": [],
        **given,
        "expense_application_lines": lines,
    }


def _apply(call: Call, row: Row) -> None:
    lines = [line for purchase in row["purchase_lines"] for line in purchase["expense_application_lines"]]
    if not lines or any(not line["description"] or not line["amount"] for line in lines):
        raise Refusal(bad_request("申請するには、金額・日付・内容を入力した明細行が必要です。"))
    row |= {"status": "in_progress", "current_step_id": row["approval_flow_route_id"] + 1}
    row["_logs"] = [*row["_logs"], _log(call, "apply")]


def _log(call: Call, action: str) -> Row:
    at = call.world.now().astimezone(JST).isoformat(timespec="seconds")
    return {"action": action, "user_id": call.user["id"], "updated_at": at}


def _settle(call: Call, row: Row) -> None:
    """The deal of an approved application."""
    templates = call.table("templates").by_id
    details = []
    for purchase in row["purchase_lines"]:
        for line in purchase["expense_application_lines"]:
            form: dict[str, Any] = templates.get(line["expense_application_line_template_id"] or 0, {})
            details.append(
                {
                    "id": call.books.next_id(),
                    "account_item_id": form.get("account_item_id", call.company * 1000 + 29),
                    "tax_code": form.get("tax_code", 136),
                    **{k: row[k] for k in ("section_id", "tag_ids", *(f"segment_{n}_tag_id" for n in (1, 2, 3)))},
                    "partner_id": None,
                    "item_id": None,
                    "description": line["description"] or "",
                    "amount": line["amount"],
                    "vat": line["amount"] * 10 // 110,
                    "entry_side": "debit",
                }
            )
    deal: Row = {
        "id": call.books.next_id(),
        "company_id": call.company,
        "issue_date": row["issue_date"],
        "due_date": None,
        "type": "expense",
        "partner_id": None,
        "ref_number": None,
        "deal_origin_name": "経費精算",
        "details": details,
        "payments": [],
        "receipts": [],
    }
    call.table("deals").add(deal)
    row |= {"deal_id": deal["id"], "deal_status": "unsettled"}


# ---------------------------------------------------------------- what is shown


def _told(row: Row) -> Row:
    """With what follows from the state: total, approvers, the log."""
    lines = [line for purchase in row["purchase_lines"] for line in purchase["expense_application_lines"]]
    status = row["status"] if row["status"] in ("approved", "rejected", "feedback") else "initial"
    approver = {
        "step_id": row["approval_flow_route_id"] + 1,
        "user_id": row["_approved"] or _APPROVER,
        "status": status,
        "is_force_action": False,
        "resource_type": "predefined_user",
    }
    out = public(row)
    out |= {"total_amount": sum(line["amount"] or 0 for line in lines), "approvers": [approver]}
    return {**out, "comments": [], "approval_flow_logs": row["_logs"], "parent_type": None}


def _one(row: Row, status: int = 200) -> Response:
    return answer({"expense_application": _told(row)}, status)
