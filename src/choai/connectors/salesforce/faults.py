"""What Salesforce's bad answers mean. Only codes decide, never texts.

A body is a list of ``{"message", "errorCode", "fields"}``; collections say ``statusCode`` instead, OAuth ``{"error"}``, and what
stands before the API answers HTML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import Reply
from choai.connectors.faults import throttled, usual
from choai.errors import ChoaiError

BUSY_SECONDS = 10  # too many long calls at once; Salesforce names no time
DAY_SECONDS = 3600  # the 24 hours of the daily limit roll on: some calls are free again after a while

_CODES = {
    "INVALID_SESSION_ID": "token_expired",
    "INVALID_AUTH_HEADER": "token_expired",
    "REQUEST_LIMIT_EXCEEDED": "throttled",
    "SERVER_UNAVAILABLE": "maintenance",
    "API_DISABLED_FOR_ORG": "api_not_in_plan",
    "API_CURRENTLY_DISABLED": "api_not_in_plan",
    "FUNCTIONALITY_NOT_ENABLED": "object_not_found",
    "UNABLE_TO_LOCK_ROW": "locked",
    "QUERY_TIMEOUT": "timeout",
    "INVALID_TYPE": "object_not_found",
    "INVALID_FIELD": "field_not_found",
    "INVALID_FIELD_FOR_INSERT_UPDATE": "field_not_found",
    "NOT_FOUND": "record_not_found",
    "ENTITY_IS_DELETED": "record_not_found",
    "INSUFFICIENT_ACCESS": "no_permission",
    "INSUFFICIENT_ACCESS_OR_READONLY": "no_permission",
    "UNSUPPORTED_API_VERSION": "object_not_found",
}
# codes with which a record of a batch was not written, and may be written when it is sent again
PASSING = frozenset({"UNABLE_TO_LOCK_ROW", "ALL_OR_NONE_OPERATION_ROLLED_BACK", "PROCESSING_HALTED"})
_REFUSALS = {
    "DUPLICATE_VALUE": "duplicate_code",
    "DUPLICATES_DETECTED": "duplicate_name",
    "ENTITY_IS_DELETED": "record_not_found",
    "NOT_FOUND": "record_not_found",
    "INVALID_CROSS_REFERENCE_KEY": "record_not_found",
    "MALFORMED_ID": "record_not_found",
}
_ID = re.compile(r"\b[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?\b")
_USAGE = re.compile(r"api-usage=(\d+)/(\d+)")


def fault(reply: Reply) -> ChoaiError:
    """The error of a bad answer. ``detail`` holds Salesforce's own words, ``until`` the end of a pause."""
    first = _first(reply.data)
    code = str(first.get("errorCode") or "")
    facts: dict[str, Any] = {"detail": _detail(first, reply), "request_id": reply.headers.get("sfdc-request-id", "")}
    known = _CODES.get(code)
    if reply.status == 429 or known == "throttled":
        return throttled(DAY_SECONDS if _day_is_over(reply.headers) else BUSY_SECONDS, **facts)
    if known is not None:
        return ChoaiError(known, **facts, object="–", field="–", id="–", user="–", permission=code)
    if reply.status == 401:
        return ChoaiError("token_expired", **facts)
    if reply.status == 403:
        named = bool(code) or isinstance(reply.data, dict)
        return ChoaiError("no_permission" if named else "ip_blocked", **facts, user="–", permission=code or "–")
    if reply.status in (400, 409, 412, 415, 422) and reply.method != "GET":
        return refusal(first)
    return usual(reply, **facts)


def refusal(error: Mapping[str, Any]) -> ChoaiError:
    """What is wrong with one record."""
    code = str(error.get("statusCode") or error.get("errorCode") or "")
    fields = [str(f) for f in error.get("fields") or ()]
    told = f"{error.get('message') or ''} ({code})"[:500]
    known = _REFUSALS.get(code, "validation_rejected")
    if known == "record_not_found" and fields not in ([], ["Id"]):
        known = "validation_rejected"  # not the record itself, but one that it refers to
    named = ", ".join(fields) or "–"
    return ChoaiError(known, detail=told, field=named, value=named, name="–", id=_other(error) or "–")


def _other(error: Mapping[str, Any]) -> str | None:
    """The record that is in the way, where it is named."""
    results = (error.get("duplicateResult") or {}).get("matchResults") or ()
    for result in results:
        for match in result.get("matchRecords") or ():
            return str((match.get("record") or {}).get("Id") or "") or None
    found = _ID.search(str(error.get("message") or "").rpartition("id:")[2])
    return found[0] if found else None


def _first(data: Any) -> Mapping[str, Any]:
    one = data[0] if isinstance(data, list) and data else data
    return one if isinstance(one, Mapping) else {}


def _detail(first: Mapping[str, Any], reply: Reply) -> str:
    told = str(first.get("message") or first.get("error_description") or first.get("error") or "")
    code = str(first.get("errorCode") or "")
    return f"{told[:400]} ({code})" if code else told[:400] or f"HTTP {reply.status}"


def _day_is_over(headers: Mapping[str, str]) -> bool:
    """Salesforce tells with each answer how many of the day's calls are used; both limits have one code."""
    used = _USAGE.search(headers.get("sforce-limit-info", ""))
    return used is not None and int(used[1]) >= int(used[2])
