"""kintone's webhooks. They carry no signature: whoever knows the address may ring, so that a call only says where to look."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import Forged, Heard
from choai.connectors.hooks import mark_of
from choai.connectors.kintone.addresses import guest_spaces, object_of, space_of

_CHANGES = ("ADD_RECORD", "UPDATE_RECORD", "DELETE_RECORD", "UPDATE_STATUS")


def heard(
    settings: Mapping[str, Any], secrets: Mapping[str, Any], headers: Mapping[str, str], body: bytes
) -> Heard | Forged:
    """The app and record of a change; nothing for a comment. An app of a guest space says so only in its address."""
    try:
        told = json.loads(body)
        app, kind = str(told["app"]["id"]), told["type"]
    except (ValueError, KeyError, TypeError):
        return Forged(400, "no webhook of kintone")
    if not app.isdigit():
        return Forged(400, "no webhook of kintone")
    if kind not in _CHANGES:
        return Heard({}, mark_of(body))
    return Heard({object_of({"id": app, "guest_space": _space(settings, app, told)}): _ids(told)}, mark_of(body))


def _space(settings: Mapping[str, Any], app: str, told: Mapping[str, Any]) -> str | None:
    for known in settings.get("apps") or ():
        object = object_of(known)
        if object.partition("@")[0] == f"app:{app}":
            return space_of(object)
    address = str(told.get("url") or "")
    return next((space for space in guest_spaces(settings) if f"/guest/{space}/" in address), None)


def _ids(told: Mapping[str, Any]) -> list[str]:
    record = told.get("record")
    cell = record.get("$id") if isinstance(record, Mapping) else None
    number = cell.get("value") if isinstance(cell, Mapping) else told.get("recordId")
    return [str(number)] if number else []
