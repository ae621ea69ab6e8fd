"""Who a connection is, what it offers, and where its records are opened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from choai.connectors.contract import Account, ObjectInfo, Session
from choai.connectors.salesforce.calls import IDENTIFIER, asked, path_of, query
from choai.connectors.salesforce.soql import select
from choai.connectors.salesforce.spec import BY_NAME, OBJECTS
from choai.errors import ChoaiError

_ZONE = re.compile(r"[A-Za-z_]+/[A-Za-z_/]+")


async def identify(session: Session) -> Account:
    """Two calls: the organization, and its limits (which a user without the right to see them gets with 403)."""
    fields = ("Id", "Name", "OrganizationType", "InstanceName", "IsSandbox", "TimeZoneSidKey")
    found = (await query(session, select(fields, "Organization", [], "LIMIT 1")))["records"]
    if not found:
        raise ChoaiError("unexpected_answer", detail="no Organization")
    org = found[0]
    told = await session.call("GET", path_of(session, "limits"), ok=(200, 403))
    day = (told.data.get("DailyApiRequests") or {}).get("Max") if isinstance(told.data, dict) else None
    plan, zone = org.get("OrganizationType"), str(org.get("TimeZoneSidKey") or "")
    return Account(
        id=str(org["Id"]),
        name=f"{org.get('Name')}（Sandbox）" if org.get("IsSandbox") else str(org.get("Name")),
        user_id=session.settings.get("user_id") or None,
        plan=None if plan is None else str(plan),
        currency=str(session.settings.get("currency") or "JPY"),
        time_zone=zone if _ZONE.fullmatch(zone) else "Asia/Tokyo",
        limits={"day": int(day)} if isinstance(day, int) else {},
    )


async def catalogue(session: Session) -> list[ObjectInfo]:
    """One call. What people have no pages of (shares, histories, feeds) is left out; so is what this user may not query."""
    rows = (await asked(session, "GET", "sobjects", "sobjects"))["sobjects"]
    here = {row["name"]: row for row in rows if row["queryable"] and not row["deprecatedAndHidden"]}
    found = [
        ObjectInfo(o.name, o.ja, o.en, o.name, o.name in here, None if o.name in here else "object_not_found")
        for o in OBJECTS
        if o.name != "*"
    ]
    others = [r for n, r in here.items() if n not in BY_NAME and r["layoutable"] and not r["customSetting"]]
    return found + [ObjectInfo(r["name"], r["label"], r["label"], "*") for r in others]


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    base = str(settings.get("base_url") or settings.get("instance_url") or "").rstrip("/")
    return f"{base}/lightning/r/{quote(object)}/{quote(id)}/view" if base else None


def authorise(settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
    """The bearer token is enough."""
    return {}


def granted(token: Mapping[str, Any]) -> dict[str, Any]:
    """The org's own address, and whose it is: ``id`` is an address that ends in organization and user."""
    found: dict[str, Any] = {}
    if token.get("instance_url"):
        found["instance_url"] = str(token["instance_url"]).rstrip("/")
    parts = str(token.get("id") or "").rstrip("/").split("/")
    if len(parts) >= 2 and all(IDENTIFIER.fullmatch(p) for p in parts[-2:]):
        found |= {"organization_id": parts[-2], "user_id": parts[-1]}
    return found
