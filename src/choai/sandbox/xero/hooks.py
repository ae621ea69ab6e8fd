"""Webhooks as Xero sends them: events of contacts, invoices and credit notes, signed; and the calls of "intent to receive"."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from typing import Any

from choai.sandbox.core import World

CATEGORIES = {"Contacts": "CONTACT", "Invoices": "INVOICE", "CreditNotes": "CREDITNOTE"}
Call = tuple[bytes, dict[str, str]]


def note(world: World, tenant: str, name: str, row: dict[str, Any], number: str, *, created: bool) -> None:
    """Something of these kinds happened; archiving, voiding and deleting are updates."""
    if name not in CATEGORIES:
        return
    world.state["events"].append(
        {
            "resourceUrl": f"https://api.xero.com/api.xro/2.0/{name}/{number}",
            "resourceId": number,
            "eventDateUtc": world.now().strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3],
            "eventType": "CREATE" if created else "UPDATE",
            "eventCategory": CATEGORIES[name],
            "tenantId": tenant,
            "tenantType": "ORGANISATION",
            **({"data": {"Type": row["Type"], "Status": row["Status"]}} if name == "CreditNotes" else {}),
        }
    )
    del world.state["events"][:-1000]


def _signed(body: dict[str, Any], key: str, *, good: bool = True) -> Call:
    content = json.dumps(body).encode()
    used = key if good else key + "?"
    signature = base64.b64encode(hmac.new(used.encode(), content, hashlib.sha256).digest()).decode()
    return content, {"x-xero-signature": signature, "content-type": "application/json"}


def deliveries(world: World, key: str) -> list[Call]:
    """What waits to be sent, one call at most, and sent with that."""
    events = world.state["events"]
    if not events:
        return []
    first = int(world.state.get("sequence", 0)) + 1
    world.state["sequence"] = first + len(events) - 1
    body = {
        "events": list(events),
        "firstEventSequence": first,
        "lastEventSequence": world.state["sequence"],
        "entropy": secrets.token_hex(10).upper(),
    }
    events.clear()
    return [_signed(body, key)]


def intents(key: str) -> list[tuple[Call, int]]:
    """The calls that activate a subscription, with the only status Xero accepts for each."""
    empty = {"events": [], "firstEventSequence": 0, "lastEventSequence": 0, "entropy": "S0m3R4nd0m"}
    return [(_signed(empty, key), 200), (_signed(empty, key, good=False), 401), (_signed(empty, key), 200)]
