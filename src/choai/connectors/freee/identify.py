"""Who a connection is, and what its company's settings and plan allow.

freee tells neither the plan nor most settings. What is found out instead: segments by asking for one tag of each axis,
payment terms by the keys of one partner, the segment code setting by the key ``code`` of a segment tag. Scheduled sync
(FK-01) follows the setting ``plan``; when it is empty, the first segment stands for it, because it is sold with the same plans.
"""

from __future__ import annotations

from typing import Any

from choai.connectors.contract import Account, Reply, Session
from choai.connectors.freee.faults import detail
from choai.connectors.freee.spec import CALLS_PER_MINUTE, DAILY, DAILY_OTHERS, SCHEDULED_PLANS, TERM_PLANS
from choai.errors import ChoaiError

NOT_OFFERED = (
    "freee_plan_limit",
    "validation_rejected",
    "record_not_found",
    "no_permission",
    "app_permission_missing",
)
_PROBES = {
    "partner": ("/api/1/partners", "partners"),
    "segment_1": ("/api/1/segments/1/tags", "segment_tags"),
    "segment_2": ("/api/1/segments/2/tags", "segment_tags"),
    "segment_3": ("/api/1/segments/3/tags", "segment_tags"),
}
_BOOKED = {
    "deal_income": ("/api/1/deals", "deals"),
    "expense_application": ("/api/1/expense_applications", "expense_applications"),
}
_FEATURES = {
    "partner": "partners",
    "tag": "tags",
    "segment_1": "division_tag_1",
    "segment_2": "division_tag_2",
    "segment_3": "division_tag_3",
    "deal_income": "deals",
    "deal_expense": "deals",
    "expense_application": "expense_applications",
}


async def identify(session: Session) -> Account:
    """Nine calls. Raises ``company_not_found`` when no company is chosen and the user has several."""
    account, rows = await _introduced(session)
    for name in _BOOKED:
        await _probe(session, account, name)
    account.capabilities["deal_expense"] = account.capabilities["deal_income"]
    if "deal_income" in account.reasons:
        account.reasons["deal_expense"] = account.reasons["deal_income"]
    await _rights(session, account)
    _conclude(session, account, rows)
    return account


async def company_only(session: Session) -> Account:
    """Seven calls: as ``identify``, without what freee会計 alone has."""
    account, rows = await _introduced(session)
    await _rights(session, account)
    _conclude(session, account, rows)
    return account


async def _introduced(session: Session) -> tuple[Account, dict[str, dict[str, Any] | None]]:
    """User, company, and a row of each list of masters."""
    user = envelope(await session.call("GET", "/api/1/users/me", query={"companies": "true"}), "user")
    companies = [c for c in user.get("companies") or [] if isinstance(c, dict)]
    choices = [{"id": str(c["id"]), "name": str(c["display_name"]), "note": str(c["role"])} for c in companies]
    chosen = str(session.settings.get("company_id") or "") or (choices[0]["id"] if len(choices) == 1 else "")
    if chosen not in {c["id"] for c in choices}:
        raise ChoaiError("company_not_found", id=chosen)
    company = envelope(await session.call("GET", f"/api/1/companies/{chosen}"), "company")
    account = Account(
        id=chosen,
        name=str(company.get("name") or company.get("display_name")),
        user_id=str(user["id"]),
        user_name=user.get("display_name") or user.get("email"),
        currency="JPY",
        choices=choices,
    )
    account.capabilities["partner_code"] = bool(company.get("use_partner_code"))
    return account, {name: await _probe(session, account, name) for name in _PROBES}


def envelope(reply: Reply, name: str) -> Any:
    """The object or list under ``name``. Raises ``unexpected_answer`` when the answer is something else; ``unknown_result``
    when the request may have had an effect."""
    if isinstance(reply.data, dict) and isinstance(reply.data.get(name), (dict, list)):
        return reply.data[name]
    raise ChoaiError(
        "unexpected_answer" if reply.method == "GET" else "unknown_result",
        status=reply.status,
        detail=detail(reply) or f"no {name}",
    )


async def _probe(session: Session, account: Account, name: str) -> dict[str, Any] | None:
    """One row of a list, {} when it is empty, None when freee does not offer the list here."""
    path, key = (_PROBES | _BOOKED)[name]
    try:
        rows = envelope(await session.call("GET", path, query={"company_id": account.id, "limit": "1"}), key)
    except ChoaiError as error:
        if error.code not in NOT_OFFERED:
            raise
        account.capabilities[name] = False
        # A 400 to a plain list is how some plans answer for an axis they lack.
        account.reasons[name] = "freee_plan_limit" if error.code == "validation_rejected" else error.code
        return None
    account.capabilities[name] = True
    return dict(rows[0]) if rows else {}


async def _rights(session: Session, account: Account) -> None:
    """What the user may write, feature by feature (FK-58)."""
    answer = (await session.call("GET", "/api/1/users/capabilities", query={"company_id": account.id})).data
    for name, feature in _FEATURES.items():
        rights = answer.get(feature) if isinstance(answer, dict) else None
        allowed = isinstance(rights, dict) and bool(rights.get("create")) and bool(rights.get("update"))
        account.capabilities[f"{name}_write"] = allowed
        if not allowed:
            account.reasons[f"{name}_write"] = "no_permission"
        if isinstance(rights, dict) and rights.get("read") is False and account.capabilities.get(name) is not False:
            account.capabilities[name] = False
            account.reasons[name] = "no_permission"
        account.capabilities.setdefault(name, True)


def _conclude(session: Session, account: Account, rows: dict[str, dict[str, Any] | None]) -> None:
    plan = str(session.settings.get("plan") or "")
    first = bool(account.capabilities["segment_1"])
    partner = rows["partner"] or {}
    terms = plan in TERM_PLANS if plan else (first or "transfer_fee_handling_side" in partner)
    account.plan = plan or None
    account.capabilities |= {
        "payment_terms": terms,
        "segment_code": any("code" in (rows[f"segment_{axis}"] or {}) for axis in (1, 2, 3)),
        "scheduled_sync": plan in SCHEDULED_PLANS if plan else first,
    }
    if not account.capabilities["scheduled_sync"]:
        account.reasons["scheduled_sync"] = "plan_not_eligible"
    minute = str(session.settings.get("calls_per_minute") or CALLS_PER_MINUTE)
    account.limits = {
        "day": DAILY.get(plan, DAILY_OTHERS) if plan else (DAILY["advance"] if first else DAILY_OTHERS),
        "minute": int(minute) if minute.isdigit() else CALLS_PER_MINUTE,
    }
