"""What kintone's bad answers mean. Only ``code`` and the keys of ``errors`` decide: texts follow the user's language, and the
HTTP status of some codes changed over the years."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import Reply
from choai.connectors.faults import throttled, usual
from choai.errors import ChoaiError

PAUSE_SECONDS = 15  # kintone names no time after a 429

_CODES = {
    "CB_AU01": "token_expired",
    "CB_WA01": "reauthorise",
    "CB_NO02": "no_permission",
    "GAIA_NO01": "token_permission_missing",
    "GAIA_IA02": "api_token_invalid",
    "GAIA_IL23": "app_not_found",
    "GAIA_AP01": "app_not_found",
    "GAIA_RE01": "record_not_found",
    "GAIA_RE20": "record_not_found",
    "GAIA_CO02": "changed_since_read",
    "GAIA_UN03": "changed_since_read",
    "GAIA_TO04": "throttled",
    "GAIA_DA02": "locked",
    "GAIA_RE18": "locked",
    "GAIA_LO03": "lookup_not_unique",
    "GAIA_LO04": "lookup_failed",
    "GAIA_IQ11": "field_not_found",
    "GAIA_FC01": "field_not_found",
    "GAIA_IQ03": "schema_drift",
    "GAIA_IQ07": "schema_drift",
    "GAIA_IQ10": "schema_drift",
    "GAIA_UN10": "not_writable",
    "CB_VA01": "validation_rejected",
}
_ROW = re.compile(r"^records\[(\d+)\]")
_FIELD = re.compile(r"^(?:records\[\d+\]|record)(?:\.record)?(?:\.|\[)([^.\[\]]+)")


def fault(reply: Reply) -> ChoaiError:
    """``detail`` holds kintone's words; ``rows`` of a refused batch maps the row's number to its field and detail."""
    if not isinstance(reply.data, Mapping):
        return _not_json(reply)
    data = _inner(reply.data)
    code = str(data.get("code", ""))
    facts: dict[str, Any] = {"detail": f"{data.get('message', '')}（{code}）", "request_id": data.get("id", "")}
    known = _CODES.get(code)
    if reply.status == 429 or known == "throttled":
        return throttled(PAUSE_SECONDS, **facts)
    if known == "validation_rejected":
        return _rejected(data.get("errors") or {}, facts)
    if known is not None:
        return ChoaiError(known, **facts)
    if reply.status in (400, 403, 404, 409):
        return ChoaiError("validation_rejected", field="–", **facts)
    return usual(reply, **facts)


def _inner(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """bulkRequest wraps the error of the failed request."""
    results = data.get("results")
    if isinstance(results, list):
        return next((r for r in results if isinstance(r, Mapping) and r.get("code")), data)
    return data


def _rejected(errors: Mapping[str, Any], facts: dict[str, Any]) -> ChoaiError:
    rows: dict[str, list[str]] = {}
    for key, entry in errors.items():
        if "updateKey" in key:  # the key field lost its "prohibit duplicates" or its type
            return ChoaiError("key_field_missing", app="–", **facts)
        field = _FIELD.match(key)
        row = _ROW.match(key)
        said = " ".join(str(m) for m in entry.get("messages", ())) if isinstance(entry, Mapping) else ""
        rows.setdefault(row[1] if row else "", [field[1] if field else key, said])
    if not rows:
        return ChoaiError("validation_rejected", field="–", **facts)
    field_name, said = next(iter(rows.values()))
    known = {n: r for n, r in rows.items() if n}
    return ChoaiError(
        "validation_rejected", **{**facts, "field": field_name, "detail": said or facts["detail"], "rows": known}
    )


def _not_json(reply: Reply) -> ChoaiError:
    """HTML comes from what stands before kintone: maintenance, IP restriction, Basic authentication, a proxy."""
    facts: dict[str, Any] = {"detail": f"HTTP {reply.status}"}
    if reply.status == 429:
        return throttled(PAUSE_SECONDS, **facts)
    if reply.status == 401 and "basic" in reply.headers.get("www-authenticate", "").lower():
        return ChoaiError("reauthorise", detail="Basic認証 / Basic authentication")
    if reply.status in (401, 403):
        return ChoaiError("ip_blocked", **facts)
    if reply.status in (404, 410):
        return ChoaiError("unexpected_answer", **facts)  # not of kintone: no record is missing
    return usual(reply, **facts)
