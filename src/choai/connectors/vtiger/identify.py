"""Who a connection is, what it offers, how it signs in, and where its records are opened."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from choai.connectors.contract import Account, ObjectInfo, Session, SignedIn
from choai.connectors.paging import header_int
from choai.connectors.vtiger.calls import WEBSERVICE, asked, call, in_cloud, member, query
from choai.connectors.vtiger.spec import OBJECTS, OWN
from choai.errors import ChoaiError

# not records that are kept in step: calendars, mails, files, logs
_APART = {"Calendar", "Events", "Emails", "Documents", "PBXManager", "SMSNotifier", "ModComments", "Faq"}


async def sign_in(session: Session, secrets: Mapping[str, Any]) -> SignedIn:
    """Challenge and login. Another login of the same user takes our challenge away, and the answer is that of a wrong key: it is
    tried twice."""
    name, key = str(session.settings.get("username") or ""), str(secrets.get("access_key") or "")
    for last in (False, True):
        try:
            return await _login(session, name, key)
        except ChoaiError as error:
            if error.code == "no_permission":
                raise ChoaiError("reauthorise", **error.facts) from error  # there is no such user
            if last or error.code != "reauthorise":
                raise
    raise AssertionError


async def _login(session: Session, name: str, key: str) -> SignedIn:
    asks = {"operation": "getchallenge", "username": name}
    token = member(await session.call("GET", WEBSERVICE, query=asks, auth={}), "token")
    digest = hashlib.md5(f"{token}{key}".encode(), usedforsecurity=False).hexdigest()
    told = {"operation": "login", "username": name, "accessKey": digest}
    reply = await session.call("POST", WEBSERVICE, form=told, effect=False, auth={})
    name, result = member(reply, "sessionName"), reply.data["result"]
    facts = {"vtiger_version": str(result.get("vtigerVersion") or ""), "user_id": str(result.get("userId") or "")}
    return SignedIn(name, facts=facts)


def authorise(settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
    """Name and key at the door of the cloud. A session travels as a parameter."""
    if not in_cloud(settings) or not secrets.get("access_key"):
        return {}
    pair = f"{settings['cloud_user']}:{secrets['access_key']}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode('ascii')}"}


def granted(token: Mapping[str, Any]) -> dict[str, Any]:
    return {}


async def identify(session: Session) -> Account:
    """Two calls, three in the cloud. An installation has no number of its own: its address stands for it."""
    settings, cloud = session.settings, in_cloud(session.settings)
    user, limits = str(settings.get("user_id") or ""), dict(OWN)
    if cloud:
        reply = await call(session, "me")
        user = member(reply, "id")
        told = {"minute": "x-floodcontrol-minutelimit", "day": "x-ratelimit-dailylimit"}
        limits = {n: count for n, header in told.items() if (count := header_int(reply.headers, header))}
    rows = await query(session, "SELECT * FROM Currency;")
    base = next((r for r in rows if str(r.get("defaultid")) == "-11"), rows[0] if rows else {})
    try:
        company = await query(session, "SELECT * FROM CompanyDetails;")
    except ChoaiError as error:
        if error.code != "field_not_found":
            raise
        company = []
    host = urlsplit(str(settings.get("site") or settings.get("base_url") or "")).netloc
    return Account(
        id=host,
        name=str((company[0] if company else {}).get("organizationname") or host),
        user_id=user or str(settings.get("user_id") or "") or None,
        user_name=str(settings.get("cloud_user") or settings.get("username") or "") or None,
        plan="Vtiger Cloud" if cloud else f"Vtiger {settings.get('vtiger_version') or ''}".strip(),
        currency=str(base.get("currency_code") or "") or None,
        limits=limits,
    )


async def catalogue(session: Session) -> list[ObjectInfo]:
    """One call. Modules that the administrator switched off, and users for those who are no administrators, are not there."""
    told = await asked(session, "listtypes", **({"fieldTypeList": "null"} if in_cloud(session.settings) else {}))
    here = {str(name): info for name, info in (told.get("information") or {}).items()}
    refuses = "8.3.0: headers only" if str(session.settings.get("vtiger_version") or "").startswith("8.3.0") else None
    known = {o.name: o for o in OBJECTS if o.name != "*"}
    found = [
        ObjectInfo(o.name, o.ja, o.en, o.name, o.name in here, None if o.name in here else "object_not_found",
                   refuses if o.state else None)
        for o in known.values()
    ]  # fmt: skip
    others = [n for n, info in here.items() if info.get("isEntity") and n not in known and n not in _APART]
    return found + [ObjectInfo(n, str(here[n]["label"]), str(here[n]["label"]), "*") for n in others]


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    """Pages are opened by the number behind the x."""
    site = str(settings.get("site") or settings.get("base_url") or "").rstrip("/")
    return f"{site}/index.php?module={object}&view=Detail&record={id.partition('x')[2]}" if site else None
