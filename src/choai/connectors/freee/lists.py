"""Where freee's objects are, and one page of a list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import Account, Reply, Session
from choai.connectors.freee.calls import Row, call, company_of
from choai.connectors.freee.identify import envelope
from choai.connectors.freee.spec import BY_NAME, DEALS, EXPENSES, SEGMENTS, SPEC, WEB_URL

# object → path, envelope of a list, envelope of one
WHERE = {
    "partner": ("/api/1/partners", "partners", "partner"),
    "tag": ("/api/1/tags", "tags", "tag"),
    **{name: (f"/api/1/segments/{name[-1]}/tags", "segment_tags", "segment_tag") for name in SEGMENTS},
    "item": ("/api/1/items", "items", "item"),
    "section": ("/api/1/sections", "sections", "section"),
    "account_item": ("/api/1/account_items", "account_items", "account_item"),
    "tax_code": ("/api/1/taxes/companies/{company}", "taxes", "tax"),
    "walletable": ("/api/1/walletables", "walletables", "walletable"),
    "expense_category": (
        "/api/1/expense_application_line_templates",
        "expense_application_line_templates",
        "expense_application_line_template",
    ),
    **dict.fromkeys(DEALS, ("/api/1/deals", "deals", "deal")),
    EXPENSES: ("/api/1/expense_applications", "expense_applications", "expense_application"),
}
PAGED = {"partner", "tag", *SEGMENTS, "item", "expense_category"}
DATED = {"partner", "tag", *SEGMENTS, "item", "section", "account_item", "walletable"}


async def ask(session: Session, method: str, path: str, object: str, **more: Any) -> Reply:
    """A call whose errors name the object as people do."""
    return await call(session, method, path, BY_NAME[object].ja, **more)


def company(session: Session) -> str:
    return company_of(session, SPEC.ja)


async def listed(session: Session, object: str, query: Mapping[str, str]) -> list[Row]:
    """The rows of one call."""
    path, many, _ = WHERE[object]
    own = company(session)
    asked = {**query} if "{company}" in path else {"company_id": own, **query}
    reply = await ask(session, "GET", path.format(company=own), object, query=asked)
    rows: list[Row] = envelope(reply, many)
    return rows


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    """The record's page; for tags and segment tags their list, since freee documents no page for one of them."""
    web = str(settings.get("web_url") or WEB_URL).rstrip("/")
    company = account.id if account is not None else settings.get("company_id") or ""
    if object == "partner":
        return f"{web}/partners/{id}?company_id={company}"
    if object in DEALS:
        return f"{web}/deals#deal_id={id}"
    if object == EXPENSES:
        return f"{web}/expense_applications/{id}"
    if object == "tag":
        return f"{web}/tags?company_id={company}&id={id}"
    if object in SEGMENTS:
        return f"{web}/segments/{object[-1]}?company_id={company}&id={id}"
    return None
