"""Operations by either door, the query language, and what bad answers mean. Only codes and statuses decide, never texts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from choai import clock
from choai.connectors.contract import Reply, Session
from choai.connectors.paging import portioned
from choai.errors import ChoaiError

WEBSERVICE, REST = "webservice.php", "restapi/v1/vtiger/default"
LONGEST = 4000  # bytes of a list of values in an address: a usual server takes 8,000 in all
IDENTIFIER = re.compile(r"\d+x\d+")
Json = Mapping[str, Any]

_ENDED = ("AUTHENTICATION_REQUIRED", "INVALID_SESSIONID", "SESSION_EXPIRED", "SESSION_LEFT_IDLE")
_CODES = {
    **dict.fromkeys(_ENDED, "token_expired"),
    **dict.fromkeys(
        ("INVALID_USER_CREDENTIALS", "INVALID_AUTH_TOKEN", "AUTHENTICATION_FAILURE", "ACCESSKEY_UNDEFINED"),
        "reauthorise",
    ),
    "ACCESS_DENIED": "no_permission",
    "MANDATORY_FIELDS_MISSING": "required_missing",
    "INVALID_ID_ATTRIBUTE": "validation_rejected",
    "REFERENCE_INVALID": "validation_rejected",
    "CURRENCY_INACTIVE": "validation_rejected",
    "RECORD_NOT_FOUND": "record_not_found",
    "0": "duplicate_name",  # the number 0
}
# ACCESS_DENIED stands for everything that is not there or not allowed: what it means depends on what was asked
_DENIED = {
    "describe": "object_not_found",
    "query": "field_not_found",
    "retrieve": "record_not_found",
    "revise": "record_not_found",
    "create": "validation_rejected",
}


def in_cloud(settings: Mapping[str, Any]) -> bool:
    return bool(settings.get("cloud_user"))


async def call(session: Session, operation: str, method: str = "GET", **told: Any) -> Reply:
    """One operation. Structured parameters travel as JSON text in one field."""
    more = {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in told.items()}
    cloud = in_cloud(session.settings)
    path = f"{REST}/{operation}" if cloud else WEBSERVICE
    more = more if cloud else {"operation": operation, **more}
    try:
        if method == "GET":
            return await session.call("GET", path, query=more)
        return await session.call("POST", path, form=more)
    except ChoaiError as error:
        bare = cloud and error.facts.get("status") == 400 and error.code == "unexpected_answer"
        if error.code == "no_permission" or bare:
            known = _DENIED.get(operation, error.code)
            raise ChoaiError(known, **{"field": "–", "object": "–", "id": "–", **error.facts}) from error
        raise


async def asked(session: Session, operation: str, method: str = "GET", **told: Any) -> Any:
    """The result of one operation. Raises ``unexpected_answer`` when it is no object."""
    result = (await call(session, operation, method, **told)).data["result"]
    if not isinstance(result, Mapping):
        raise ChoaiError("unexpected_answer", detail=operation)
    return result


def member(reply: Reply, name: str) -> str:
    """A text that a result must have. Raises ``unexpected_answer`` without it."""
    result = reply.data["result"]
    if not isinstance(result, Mapping) or not result.get(name):
        raise ChoaiError("unexpected_answer", detail=name)
    return str(result[name])


async def query(session: Session, text: str) -> list[Json]:
    rows = (await call(session, "query", query=text)).data["result"]
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise ChoaiError("unexpected_answer", detail="query")
    return rows


def select(names: Sequence[str], module: str, conditions: Sequence[str], tail: str = "") -> str:
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {', '.join(names)} FROM {module}{where}{' ' + tail if tail else ''};"  # noqa: S608  (names of describe)


def literal(sent: Any) -> str:
    """A value in quotes: quotes and backslashes are doubled."""
    return "'" + str(sent).replace("\\", "\\\\").replace("'", "''") + "'"


def portions(literals: Iterable[str]) -> Iterator[list[str]]:
    """Lists of literals that fit into one address each."""
    return portioned(literals, LONGEST, 100)


# ---------------------------------------------------------------- answers


def good(reply: Reply) -> bool:
    """Failures come with status 200 too; so do texts of PHP. Whoever asks for another status means it."""
    told = isinstance(reply.data, Mapping) and reply.data.get("success") is True and "result" in reply.data
    return told or reply.status != 200


def fault(reply: Reply) -> ChoaiError:
    """The error of a bad answer. ``detail`` holds Vtiger's own words. A write that PHP ended half-way may have happened."""
    error = reply.data.get("error") if isinstance(reply.data, Mapping) else None
    error = error if isinstance(error, Mapping) else {}
    code, told = str(error.get("code", "")), str(error.get("message") or "")
    facts: dict[str, Any] = {"detail": f"{told[:300]} ({code})" if code else f"HTTP {reply.status}"}
    writing = reply.method != "GET"
    if reply.status == 429:
        return ChoaiError("throttled", until=_free_at(reply.headers).isoformat(), **facts)
    if reply.status < 500 and code in _CODES:
        names = {"field": told.partition(" ")[0] or "–", "name": "–", "id": "–", "object": "–", "user": "–"}
        return ChoaiError(_CODES[code], **names, permission=code, **facts)
    if reply.status == 401:
        return ChoaiError("reauthorise", **facts)
    if reply.status == 403:
        return ChoaiError("ip_blocked", **facts)
    if reply.status == 503:
        return ChoaiError("maintenance", **facts)
    if writing and 400 <= reply.status < 500 and reply.status != 404:
        return ChoaiError("validation_rejected", field="–", **facts)
    return ChoaiError("unknown_result" if writing else "unexpected_answer", **facts)


def _free_at(headers: Mapping[str, str]) -> datetime:
    """When the minute ends, or in a minute: quotas of an hour and a day name no time."""
    now = clock.now()
    told = headers.get("x-floodcontrol-reset", "")
    reset = datetime.fromtimestamp(int(told), UTC) if told.isdigit() and len(told) < 12 else now
    return reset if reset > now else now + timedelta(minutes=1)
