"""What the bad answers of Zoho's finance products mean.

Failures carry a ``code`` and an English text, sometimes under HTTP 200. Few codes are documented; for what is wrong with one
record the text tells a name or number that is taken, and where Zoho words it otherwise the record is refused all the same.
"""

from __future__ import annotations

from typing import Any

from choai.connectors.contract import Reply
from choai.connectors.faults import throttled, usual
from choai.errors import ChoaiError

# code → ours and the pause in seconds; Zoho sends no Retry-After
_PAUSES = {44: 60, 45: 3600, 1070: 2}
_CODES = {
    14: "token_expired",
    57: "token_expired",  # a dead token and a missing scope alike: a new token is tried first
    1000: "unexpected_answer",
    1002: "record_not_found",
    3062: "duplicate_name",
    6041: "company_not_found",
}
_TAKEN = ("already exists", "already been used", "already been taken")
_ORGANISATION = ("not associated with the company", "organization does not exist", "organization id")


def good(reply: Reply) -> bool:
    """A good status with ``code`` 0, or a document."""
    if isinstance(reply.data, dict):
        return reply.data.get("code") == 0
    return reply.data is None and "pdf" in reply.headers.get("content-type", "")


def fault(reply: Reply) -> ChoaiError:
    """The error of a bad answer. ``detail`` holds Zoho's own words, ``until`` the end of a pause."""
    code, told = _told(reply)
    facts: dict[str, object] = {"detail": told, "vendor_code": code}
    if reply.status == 429 or code in _PAUSES:
        return throttled(_PAUSES.get(code or 0, 60), **facts)
    if reply.status == 503:
        return usual(reply, **facts)
    if any(part in told.lower() for part in _ORGANISATION):
        return ChoaiError("company_not_found", id="–", **facts)
    if reply.status == 403:
        return ChoaiError("app_permission_missing", permission="–", **facts)
    if reply.status == 401:
        return ChoaiError(_CODES.get(code or 0, "token_expired"), **facts)
    if reply.status < 300 and code in (None, 0) and reply.method != "GET":
        return ChoaiError("unknown_result", **facts)
    if code == 1002:
        return ChoaiError("record_not_found", id=reply.path.rsplit("/", 1)[-1], object="–", **facts)
    if reply.status in (400, 409, 422) or (reply.status < 300 and code not in (None, 0, 1000)):
        return _refused(code, told)
    return usual(reply, object="–", **facts)


def _refused(code: int | None, told: str) -> ChoaiError:
    """What is wrong with one record."""
    taken = "duplicate_code" if any(part in told for part in _TAKEN) else "validation_rejected"
    known = _CODES.get(code or 0, taken)
    return ChoaiError(known, detail=told, field="–", name="–", id="–", value="–", vendor_code=code)


def _told(reply: Reply) -> tuple[int | None, str]:
    data: Any = reply.data
    if not isinstance(data, dict):
        return None, reply.text.strip()[:200]
    code = data.get("code")
    return (code if isinstance(code, int) else None), str(data.get("message") or "")[:500]
