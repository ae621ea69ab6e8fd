"""What Money Forward's bad answers mean. Their bodies are documented nowhere: the status decides, whatever texts are found in
the shapes that were seen are kept as detail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from choai.connectors.contract import Reply
from choai.connectors.faults import throttled, usual
from choai.connectors.paging import header_int
from choai.errors import ChoaiError

WAIT_SECONDS = 2  # a 429 comes without a header
_REFUSED = (400, 409, 412, 422)


def fault(reply: Reply) -> ChoaiError:
    """The error of a bad answer. ``detail`` holds Money Forward's own words, ``until`` the end of a pause."""
    told = " ".join(dict.fromkeys(_texts(reply.data)))[:500] or reply.text.strip()[:200]
    facts: dict[str, object] = {"detail": told}
    if reply.status == 429:
        wait = header_int(reply.headers, "retry-after")
        return throttled(WAIT_SECONDS if wait is None else wait, **facts)
    if reply.status == 401:
        return ChoaiError("token_expired", **facts)
    if reply.status == 402:
        return ChoaiError("payment_required", **facts)
    if reply.status == 403:
        scope = isinstance(reply.data, dict) and reply.data.get("error") == "insufficient_scope"
        told_of = {"permission": "mfc/invoice/data.write", "user": "–"}
        return ChoaiError("app_permission_missing" if scope else "no_permission", **told_of, **facts)
    if reply.status in _REFUSED and reply.method != "GET":
        return ChoaiError("validation_rejected", field="–", **facts)
    return usual(reply, **facts)


def _texts(data: Any) -> Iterator[str]:
    """The sentences of an error: of a list of errors, of one, of an object by field."""
    if isinstance(data, str):
        yield data
    elif isinstance(data, list):
        for one in data:
            yield from _texts(one)
    elif isinstance(data, dict):
        own = [data[name] for name in ("message", "detail", "error_description") if data.get(name)]
        inner = data.get("errors")
        rest = inner if inner and not own else None if own or "error" not in data else data["error"]
        known = isinstance(rest, dict) and not {"detail", "message"} & rest.keys()
        yield from _texts(own)
        yield from _texts(list(rest.values()) if known and isinstance(rest, dict) else rest)
