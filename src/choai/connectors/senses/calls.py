"""Calls of Mazrica Sales, its lists, and what its bad answers mean."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from choai import clock
from choai.connectors.contract import Reply, Session
from choai.connectors.faults import throttled
from choai.connectors.fields import Json
from choai.errors import ChoaiError

PAUSE_SECONDS = 13  # five of these are the minute after which a limit is taken for the day's
PARKED = timedelta(hours=1)


async def call(session: Session, method: str, path: str, **more: Any) -> Reply:
    """A limit that lasts over a minute of waiting is taken for the day's: the connection rests for an hour at a time."""
    try:
        return await session.call(method, path, **more)
    except ChoaiError as error:
        if error.code == "throttled" and "status" in error.facts:
            tomorrow = datetime.combine(clock.now().astimezone(UTC).date() + timedelta(days=1), time(), UTC)
            error.facts["until"] = min(tomorrow, clock.now() + PARKED).isoformat()
        raise


def rows_of(reply: Reply, plural: str) -> list[Json]:
    """The list of an answer: under its name, or the only one there is."""
    data = reply.data
    if isinstance(data, Mapping):
        lists = [data[plural]] if plural in data else [v for v in data.values() if isinstance(v, list)]
        data = lists[0] if len(lists) == 1 else None
    if not isinstance(data, list) or not all(isinstance(row, Mapping) for row in data):
        raise ChoaiError("unexpected_answer", status=reply.status, detail=plural)
    return data


def total_of(reply: Reply) -> int | None:
    told = reply.data.get("totalCount") if isinstance(reply.data, Mapping) else None
    return told if isinstance(told, int) else None


def fault(reply: Reply) -> ChoaiError:
    """By status alone: the vendor documents no error bodies."""
    facts: dict[str, Any] = {"detail": _said(reply)}
    status, reading = reply.status, reply.method == "GET"
    if status == 429:
        return throttled(PAUSE_SECONDS, **facts)
    if status in (401, 403):
        return ChoaiError("reauthorise", **facts)
    if status == 503:
        return ChoaiError("maintenance", **facts)
    if status >= 500:
        return ChoaiError("unexpected_answer" if reading else "unknown_result", **facts)
    plural, _, id = reply.path.partition("/")
    if status == 404 and id:
        return ChoaiError("record_not_found", object=plural, id=id, **facts)
    if status < 400 or (reading and status != 400):
        return ChoaiError("unexpected_answer", **facts)
    return ChoaiError("validation_rejected", **{"field": "–", **facts, **_field(reply.data)})


def _said(reply: Reply) -> str:
    told = reply.data.get("message") if isinstance(reply.data, Mapping) else None
    return f"HTTP {reply.status} {told}"[:300] if isinstance(told, str) else f"HTTP {reply.status}"


def _field(data: Any) -> dict[str, str]:
    """The first field an error names, in the forms that APIs of this kind use."""
    errors = data.get("errors") if isinstance(data, Mapping) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    if not isinstance(first, Mapping):
        return {}
    told = {"field": first.get("field"), "detail": first.get("message")}
    return {name: str(text)[:300] for name, text in told.items() if text}
