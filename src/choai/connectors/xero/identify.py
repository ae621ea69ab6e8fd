"""Who a connection is: the organisation that was authorised, its plan, currency, and what its users may do."""

from __future__ import annotations

from typing import Any

from choai.connectors.contract import Account, Session
from choai.connectors.paging import header_int
from choai.connectors.xero.spec import API, CORE_DAY, STARTER_DAY
from choai.errors import ChoaiError

_ZONES = {
    "TOKYOSTANDARDTIME": "Asia/Tokyo",
    "GMTSTANDARDTIME": "Europe/London",
    "AUSEASTERNSTANDARDTIME": "Australia/Sydney",
    "NEWZEALANDSTANDARDTIME": "Pacific/Auckland",
    "SINGAPORESTANDARDTIME": "Asia/Singapore",
    "CHINASTANDARDTIME": "Asia/Shanghai",
    "EASTERNSTANDARDTIME": "America/New_York",
    "PACIFICSTANDARDTIME": "America/Los_Angeles",
}


def tenant(session: Session) -> dict[str, str]:
    """The header that names the organisation."""
    known = session.account.id if session.account is not None else session.settings.get("tenant_id")
    return {"xero-tenant-id": str(known)} if known else {}


async def identify(session: Session) -> Account:
    """Three calls. The organisation is the one of the settings, else the one found before, else the one authorised last.
    Raises ``company_not_found`` when that one is not authorised, ``reauthorise`` when none is."""
    reply = await session.call("GET", "/connections")
    held = [c for c in reply.data or [] if isinstance(c, dict) and c.get("tenantType") == "ORGANISATION"]
    if not held:
        raise ChoaiError("reauthorise", detail="no organisation is authorised")
    held.sort(key=lambda c: str(c.get("updatedDateUtc") or ""))
    known = str(session.settings.get("tenant_id") or (session.account.id if session.account else ""))
    chosen = next((c for c in held if c["tenantId"] == known.lower()), None) if known else held[-1]
    if chosen is None:
        raise ChoaiError("company_not_found", id=known)
    headers = {"xero-tenant-id": str(chosen["tenantId"])}
    told = await session.call("GET", f"{API}/Organisation", headers=headers)
    allowed = await session.call("GET", f"{API}/Organisation/Actions", headers=headers)
    own = _first(told.data, "Organisations")
    left = header_int(told.headers, "x-daylimit-remaining")
    capabilities = {
        str(a["Name"]): a.get("Status") == "ALLOWED" for a in (allowed.data or {}).get("Actions") or [] if "Name" in a
    }
    return Account(
        id=str(chosen["tenantId"]),
        name=str(own.get("Name") or chosen.get("tenantName")),
        plan=own.get("Class"),
        currency=own.get("BaseCurrency"),
        time_zone=_ZONES.get(str(own.get("Timezone")), "UTC"),
        capabilities={**capabilities, "receipt": session.settings.get("receipts") == "yes"},
        reasons={} if session.settings.get("receipts") == "yes" else {"receipt": "object_not_found"},
        # the tier of the app is told by nothing but what is left of the day
        limits={"day": CORE_DAY if left is not None and left >= STARTER_DAY else STARTER_DAY, "minute": 60},
        choices=[{"id": str(c["tenantId"]), "name": str(c.get("tenantName")), "note": ""} for c in held],
    )


def _first(data: Any, name: str) -> dict[str, Any]:
    rows = data.get(name) if isinstance(data, dict) else None
    if not isinstance(rows, list) or not rows or not isinstance(rows[0], dict):
        raise ChoaiError("unexpected_answer", detail=f"no {name}")
    return rows[0]
