"""Notices of Zoho CRM: a channel for the modules concerned, which ends after a day at most and is renewed before.

Notices are not signed. They carry the token that the channel was made with, which nobody else is told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from choai.connectors.contract import Forged, Heard, Session, Subscription
from choai.connectors.hooks import TOKEN, mark_of, same
from choai.connectors.zoho_crm import spec
from choai.connectors.zoho_crm.faults import refusal
from choai.connectors.zoho_crm.reading import instant, rows_in
from choai.connectors.zoho_crm.spec import API
from choai.errors import ChoaiError

LONGEST_ADDRESS = 255


def heard(
    settings: Mapping[str, Any], secrets: Mapping[str, Any], headers: Mapping[str, str], body: bytes
) -> Heard | Forged:
    """``{"module", "operation", "ids", "channel_id", "token"}``."""
    try:
        told = json.loads(body)
    except ValueError:
        return Forged(400, "form")
    if not isinstance(told, dict):
        return Forged(400, "form")
    if not same(str(told.get("token") or ""), secrets.get(TOKEN)):
        return Forged(401, "token")
    ids = told.get("ids")
    module = told.get("module")
    if not isinstance(module, str) or not isinstance(ids, list):
        return Forged(400, "form")
    return Heard({module: [str(id) for id in ids]}, mark_of(body))


async def subscribe(
    session: Session, objects: Sequence[str], address: str, secret: str, known: Subscription | None
) -> Subscription:
    """One channel for all the modules; a known one is replaced, with another end, and made anew when Zoho has forgotten it."""
    if len(address) > LONGEST_ADDRESS:
        raise ChoaiError("validation_rejected", field="notify_url", detail=f"{len(address)} > {LONGEST_ADDRESS}")
    modules = dict.fromkeys(spec.split(o)[0] for o in objects if o not in spec.LISTS)
    channel = {
        "channel_id": known.id if known else str(int(session.now().timestamp() * 1000)),
        "events": [f"{module}.all" for module in modules][:50],
        "notify_url": address,
        "token": secret,
        "channel_expiry": instant(session.now() + timedelta(seconds=spec.WATCH_SECONDS)),
    }
    if known is not None:
        try:
            return await _watch(session, "PUT", channel)
        except ChoaiError as error:
            if error.code not in ("validation_rejected", "record_not_found"):
                raise
    return await _watch(session, "POST", channel)


async def _watch(session: Session, method: str, channel: Mapping[str, Any]) -> Subscription:
    reply = await session.call(method, f"{API}/actions/watch", json={"watch": [channel]}, ok=(200, 201, 202, 207))
    (entry,) = rows_in(reply, "watch")
    if entry.get("code") != "SUCCESS":
        raise refusal(entry)
    ends = [datetime.fromisoformat(e["channel_expiry"]) for e in entry["details"]["events"] if e.get("channel_expiry")]
    return Subscription(str(channel["channel_id"]), min(ends, default=None))


async def unsubscribe(session: Session, known: Subscription) -> None:
    """Nothing is wrong when the channel is not there any more."""
    await session.call(
        "DELETE", f"{API}/actions/watch", query={"channel_ids": known.id}, ok=(200, 202, 204, 207, 400, 404)
    )
