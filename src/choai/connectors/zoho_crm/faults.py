"""What Zoho CRM's bad answers mean. Only codes decide, never texts.

A body is ``{"code", "message", "details", "status": "error"}``; of writes one such entry per record in ``data``, and Zoho's
OpenAPI files show errors of whole requests in ``data`` too. Both are understood.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import Reply
from choai.connectors.faults import throttled
from choai.connectors.paging import header_int
from choai.errors import ChoaiError

BUSY_SECONDS, DAY_SECONDS = 15, 900  # Zoho names no time: too many at once, or the rolling day's credits are used

_CODES = {
    **dict.fromkeys(("INVALID_TOKEN", "AUTHENTICATION_FAILURE"), "token_expired"),
    **dict.fromkeys(("TOO_MANY_REQUESTS", "RATE_LIMIT_EXCEEDED", "LIMIT_REACHED"), "throttled"),
    **dict.fromkeys(("INVALID_MODULE", "INVALID_URL_PATTERN", "MODULE_NOT_SUPPORTED"), "object_not_found"),
    **dict.fromkeys(("INVALID_QUERY", "FIELD_NOT_AVAILABLE"), "field_not_found"),
    **dict.fromkeys(("NO_PERMISSION", "AUTHORIZATION_FAILED"), "no_permission"),
    **dict.fromkeys(("MANDATORY_NOT_FOUND", "EXPECTED_FIELD_MISSING", "DEPENDENT_FIELD_MISSING"), "required_missing"),
    "OAUTH_SCOPE_MISMATCH": "app_permission_missing",
    "ALREADY_MODIFIED": "changed_since_read",
    "RESOURCE_NOT_FOUND": "record_not_found",
    "SERVICE_UNAVAILABLE": "maintenance",
}
# about what a request asks for, not about a record
_ASKED = ("SYNTAX_ERROR", "REQUIRED_PARAM_MISSING", "LIMIT_EXCEEDED", "INVALID_REQUEST_METHOD")
_STATUS = {
    401: "token_expired",
    403: "no_permission",
    404: "record_not_found",
    412: "changed_since_read",
    503: "maintenance",
}


def fault(reply: Reply) -> ChoaiError:
    """The error of a bad answer. ``vendor_code`` is Zoho's own code, ``until`` the end of a pause."""
    entry = entry_of(reply.data)
    code = str(entry.get("code") or "")
    facts = {**_facts(entry), "permission": reply.path.strip("/").split("/")[-1]}
    known = _CODES.get(code)
    if reply.status == 429 or known == "throttled":
        spent = header_int(reply.headers, "x-api-credits-remaining") == 0
        return throttled(DAY_SECONDS if spent else BUSY_SECONDS, **facts)
    if known is None and code and reply.status < 500 and code not in _ASKED:
        return refusal(entry)
    known = known or _STATUS.get(reply.status)
    if known is None and reply.method != "GET":
        known = "unknown_result" if reply.status >= 500 or reply.status < 300 else "validation_rejected"
    return ChoaiError(known or "unexpected_answer", **facts)


def refusal(entry: Mapping[str, Any]) -> ChoaiError:
    """What is wrong with one record."""
    code, facts = str(entry.get("code") or ""), _facts(entry)
    if code == "DUPLICATE_DATA":
        return ChoaiError("duplicate_name" if str(facts["field"]).endswith("_Name") else "duplicate_code", **facts)
    if code == "INVALID_DATA" and facts["field"] == "id":
        return ChoaiError("record_not_found", **facts)
    return ChoaiError(_CODES.get(code, "validation_rejected"), **facts)


def entry_of(data: Any) -> Mapping[str, Any]:
    """The first error of an answer; of several about one record the first."""
    for _ in range(3):
        if not isinstance(data, Mapping):
            return {}
        inner = data.get("data") or data.get("watch")
        many = data["details"].get("errors") if isinstance(data.get("details"), Mapping) else None
        found = inner or many
        if not (isinstance(found, list) and found):
            break
        data = found[0]
    return data if isinstance(data, Mapping) else {}


def _facts(entry: Mapping[str, Any]) -> dict[str, Any]:
    told = entry.get("details")
    details: Mapping[str, Any] = told if isinstance(told, Mapping) else {}
    field = str(details.get("api_name") or details.get("column_name") or "–")
    other = details.get("duplicate_record")
    id = (other.get("id") if isinstance(other, Mapping) else None) or details.get("id") or "–"
    text = f"{entry.get('message') or ''} ({entry.get('code') or ''})"[:400]
    return {"detail": text, "vendor_code": entry.get("code"), "field": field, "value": field, "name": field, "id": str(id),
            "object": "–", "user": "–"}  # fmt: skip
