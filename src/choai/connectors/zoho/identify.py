"""Who a connection is: the organisation, its plan, currency and zone."""

from __future__ import annotations

from typing import Any

from choai.connectors.contract import Account, ObjectInfo, ObjectSpec, Session
from choai.connectors.reading import gated, offered
from choai.connectors.zoho.calls import Row, call, place_of, rows_in
from choai.connectors.zoho.product import DAY, MINUTE, PLANS, Product
from choai.errors import ChoaiError

_ZONES = {
    "JST": "Asia/Tokyo",
    "PST": "America/Los_Angeles",
    "EST": "America/New_York",
    "GMT": "Europe/London",
    "IST": "Asia/Kolkata",
}


async def identify(product: Product, session: Session) -> Account:
    """One call, and one for the person where the product tells it. The organisation is the one of the settings, else the one
    found before, else the default one. Raises ``company_not_found`` when that one is not this person's."""
    reply = await session.call("GET", f"{product.base}/organizations")
    rows = reply.data.get("organizations") if isinstance(reply.data, dict) else None
    if not isinstance(rows, list) or not rows:
        raise ChoaiError("company_not_found", id="–")
    known = str(session.settings.get("organization_id") or (session.account.id if session.account else ""))
    default = next((r for r in rows if r.get("is_default_org")), rows[0])
    own = next((r for r in rows if str(r["organization_id"]) == known), None) if known else default
    if own is None:
        raise ChoaiError("company_not_found", id=known)
    made = Account(
        id=str(own["organization_id"]),
        name=str(own.get("name") or own["organization_id"]),
        plan=_plan(own) or None,
        currency=own.get("currency_code"),
        time_zone=_zone(str(own.get("time_zone") or "")),
        limits={"day": _day(_plan(own)), "minute": MINUTE},
        choices=[{"id": str(r["organization_id"]), "name": str(r.get("name")), "note": _plan(r)} for r in rows],
    )
    await _person(product, session, made)
    for name, path in product.probes.items():
        headers, query = _named(product, made.id)
        there = await session.call(
            "GET", f"{product.base}/{path}", headers=headers, query=query, ok=(200, 400, 404, 405)
        )
        made.capabilities[name] = there.status == 200
    return made


def _named(product: Product, organisation: str) -> tuple[dict[str, str], dict[str, str]]:
    """Header and query that name an organisation before the session knows it."""
    headers = {product.organisation: organisation} if product.organisation else {}
    return headers, {"organization_id": organisation} if product.in_query else {}


async def _person(product: Product, session: Session, account: Account) -> None:
    """A missing right to look at users is no reason to refuse the connection."""
    if "user" not in product.places:
        return
    headers, query = _named(product, account.id)
    reply = await session.call("GET", f"{product.base}/users/me", headers=headers, query=query, ok=(200, 400, 403, 404))
    user = reply.data.get("user") if reply.status == 200 and isinstance(reply.data, dict) else None
    if isinstance(user, dict):
        account.user_id, account.user_name = str(user.get("user_id")), user.get("name")


def _plan(own: Row) -> str:
    return str(own.get("plan_name") or "")


def _day(plan: str) -> int:
    """Calls a day. A plan that is not known counts as the free one."""
    return next((count for word, count in PLANS.items() if word in plan.lower()), DAY)


def _zone(told: str) -> str:
    return told if "/" in told else _ZONES.get(told, "Asia/Tokyo")


async def catalogue(product: Product, objects: tuple[ObjectSpec, ...], session: Session) -> list[ObjectInfo]:
    """The product's objects; exchange rates are one object per currency."""
    found = offered(objects, gated(session))
    if any(spec.name == "rates:*" for spec in objects):
        place = place_of(product, "currency")
        reply = await call(session, product, "GET", place.path, query=dict(place.query))
        for row in rows_in(reply, place):
            if not row.get("is_base_currency"):
                code: Any = row.get("currency_code")
                found.append(
                    ObjectInfo(f"rates:{row[place.id]}", f"為替レート {code}", f"Exchange rates {code}", "rates:*")
                )
    return found
