"""What Xero's bad answers mean.

Xero gives no codes for what is wrong with a record, only English texts. They are kept as detail; the few of _TEXTS tell a taken
name or number and a closed period from other refusals, and when Xero words them otherwise the record is still refused, with the
general code.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from choai.connectors.contract import Reply
from choai.connectors.faults import throttled, usual
from choai.errors import ChoaiError

BUSY_SECONDS = 2  # five calls at once is told without Retry-After
_TEXTS = (
    ("is already assigned to another contact", "duplicate_name"),
    ("enter a unique Name", "duplicate_name"),
    ("must be unique", "duplicate_code"),
    ("already exists", "duplicate_code"),
    ("supplied id was not found", "record_not_found"),
    ("lock date", "period_locked"),
)


def fault(reply: Reply) -> ChoaiError:
    """The error of a bad answer. ``detail`` holds Xero's own words, ``until`` the end of a pause."""
    told = detail(reply)
    facts: dict[str, object] = {"detail": told, "request_id": reply.headers.get("xero-correlation-id", "")}
    if reply.status == 429:
        wait = reply.headers.get("retry-after", "")
        limit = reply.headers.get("x-rate-limit-problem")
        return throttled(int(wait) if wait.isdigit() else BUSY_SECONDS, limit=limit, **facts)
    if reply.status in (401, 403):
        return ChoaiError(_door(reply, told), **facts)
    if reply.status in (400, 409, 412, 422) and reply.method != "GET":
        return refusal(messages(reply.data) or [told])
    return usual(reply, **facts)


def refusal(texts: Iterable[str], field: str = "") -> ChoaiError:
    """What is wrong with one record."""
    told = " ".join(dict.fromkeys(texts))[:500]
    code = next((code for part, code in _TEXTS if part in told), "validation_rejected")
    return ChoaiError(code, detail=told, field=field or "–", name=field or "–", id="–", value=field or "–")


def messages(data: Any) -> list[str]:
    """The texts about single records, of an error or of an element of a batch's answer."""
    if not isinstance(data, dict):
        return []
    held = [e for e in data.get("ValidationErrors") or [] if isinstance(e, dict)]
    elements = data.get("Elements")
    inner = [text for one in elements for text in messages(one)] if isinstance(elements, list) else []
    return [str(e.get("Message")) for e in held] + inner


def detail(reply: Reply) -> str:
    """Xero's words for people."""
    if not isinstance(reply.data, dict):
        return reply.text.strip()[:200]
    general = [str(word) for name in ("Detail", "Message", "Title", "error") if (word := reply.data.get(name))]
    return " ".join(dict.fromkeys(messages(reply.data) or general))[:500]


def _door(reply: Reply, told: str) -> str:
    """Why Xero does not let us in: a scope the app does not have, an organisation that was disconnected, an old token."""
    scope = "insufficient_scope" in reply.headers.get("www-authenticate", "") or "AuthorizationUnsuccessful" in told
    if scope:
        return "app_permission_missing"
    if reply.status == 401:
        return "token_expired"
    return "reauthorise" if "AuthenticationUnsuccessful" in told else "no_permission"
