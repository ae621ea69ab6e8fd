"""What bad answers mean, whatever the vendor: pauses, and what a status says where no code of the vendor says more."""

from __future__ import annotations

from datetime import timedelta

from choai import clock
from choai.connectors.contract import Reply
from choai.errors import ChoaiError


def throttled(seconds: float, **facts: object) -> ChoaiError:
    """Calls are allowed again after that time."""
    return ChoaiError("throttled", **{**facts, "until": (clock.now() + timedelta(seconds=seconds)).isoformat()})


def usual(reply: Reply, **facts: object) -> ChoaiError:
    """404 and 410: no such record, by the last part of the path; 503: maintenance; 408 and 5xx but 501 after a write: it may
    have been acted upon. Anything else is unexpected."""
    if reply.status in (404, 410):
        return ChoaiError("record_not_found", **{"id": reply.path.rsplit("/", 1)[-1], **facts})
    if reply.status == 503:
        return ChoaiError("maintenance", **facts)
    lost = (reply.status == 408 or (reply.status >= 500 and reply.status != 501)) and reply.method != "GET"
    return ChoaiError("unknown_result" if lost else "unexpected_answer", **facts)
