"""What freee's bad answers mean.

Codes stand in three places (``code``, ``errors[].codes``, an OAuth ``error``) or nowhere. Several failures of plan and
permission are 401, so that only the token codes, and a 401 without any code, ask for a new token. The one message that
is looked at is that of a 403: freee tells a missing permission of the app from a block for too many calls by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from choai import clock
from choai.connectors.contract import Reply
from choai.connectors.faults import usual
from choai.errors import ChoaiError

BURST_SECONDS = 600  # freee: "after about ten minutes"

_CODES = {
    "expired_access_token": "token_expired",
    "invalid_access_token": "token_expired",
    "user_do_not_have_permission": "no_permission",
    "company_not_found": "company_not_found",
    "freee_plan_limit": "freee_plan_limit",
    "not_available_plan_limited_app": "freee_plan_limit",
    "source_ip_address_limit": "ip_blocked",
    "re_authorization_required": "reauthorise",
    "invalid_grant": "reauthorise",
    "invalid_client": "wrong_client_secret",
    "access_denied": "consent_refused",
}
_PERIODS = ("-minute", "", "-day")


def fault(reply: Reply) -> ChoaiError:
    """The error of a bad answer. ``detail`` holds freee's own words, ``until`` the end of a block."""
    facts: dict[str, object] = {"detail": detail(reply), "request_id": reply.headers.get("x-freee-request-id", "")}
    known = next((_CODES[code] for code in _codes(reply.data) if code in _CODES), None)
    if known is not None and reply.status in (400, 401, 403):
        return ChoaiError(known, **facts)
    if reply.status == 401:
        return ChoaiError("token_expired", **facts)
    if reply.status == 403:
        return _forbidden(facts)
    if reply.status == 429:
        return ChoaiError("throttled", until=_reset(reply).isoformat(), **facts)
    if reply.status in (400, 409, 422):
        return ChoaiError("validation_rejected", **facts)
    return usual(reply, **facts)


def detail(reply: Reply) -> str:
    """freee's words for people, without its general ones when there are particular ones."""
    if not isinstance(reply.data, dict):
        return reply.text.strip()[:200]
    groups = [e for e in reply.data.get("errors") or [] if isinstance(e, dict)]
    particular = [e for e in groups if e.get("type") != "status"] or groups
    texts = [str(m) for e in particular for m in _many(e.get("messages"))]
    texts = texts or [str(m) for k in ("message", "messages", "error_description") for m in _many(reply.data.get(k))]
    return " ".join(dict.fromkeys(texts))[:500]


def _codes(data: Any) -> Iterator[str]:
    if not isinstance(data, dict):
        return
    for name in ("code", "error"):
        if isinstance(data.get(name), str):
            yield data[name]
    for error in data.get("errors") or []:
        if isinstance(error, dict):
            yield from (str(code) for code in _many(error.get("codes")))


def _many(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [value]


def _forbidden(facts: dict[str, object]) -> ChoaiError:
    if "権限" in str(facts["detail"]):
        return ChoaiError("app_permission_missing", **facts)
    until = clock.now() + timedelta(seconds=BURST_SECONDS)
    return ChoaiError("burst_blocked", until=until.isoformat(), **facts)


def _reset(reply: Reply) -> datetime:
    """When calls are allowed again: header, body, Retry-After, else half a minute. freee請求書 counts by minute, hour and day,
    each with headers of its own: the last of those that are used up."""
    meta = reply.data.get("meta") if isinstance(reply.data, dict) else None
    spent = [end for end in _PERIODS if reply.headers.get(f"x-ratelimit-remaining{end}", "").strip() == "0"]
    told = [reply.headers.get(f"x-ratelimit-reset{end}") for end in spent or [""]]
    told += [meta.get("reset") if isinstance(meta, dict) else None]
    found = [instant for instant in map(_instant, told) if instant is not None]
    if found:
        return max(found)
    wait = reply.headers.get("retry-after", "")
    return clock.now() + timedelta(seconds=int(wait) if wait.isdigit() else 30)


def _instant(told: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(told)).astimezone(UTC)
    except ValueError:
        return None
