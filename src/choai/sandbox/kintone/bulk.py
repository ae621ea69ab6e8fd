"""bulkRequest.json: up to 20 writes in order, all or nothing."""

from __future__ import annotations

from collections.abc import Callable

from choai.sandbox.kintone import params, process, records
from choai.sandbox.kintone.answers import Answer, ApiError, Text, invalid
from choai.sandbox.kintone.records import Ask
from choai.sandbox.kintone.site import Json

MOST = 20
TOO_MANY: Text = ("一度に20件までのリクエストを実行できます。", "A maximum of 20 requests can be sent at one time.")

TARGETS: dict[tuple[str, str], Callable[[Ask], Json]] = {
    ("POST", "record.json"): records.post_record,
    ("PUT", "record.json"): records.put_record,
    ("POST", "records.json"): records.post_records,
    ("PUT", "records.json"): records.put_records,
    ("DELETE", "records.json"): records.delete_records,
    ("PUT", "record/status.json"): process.put_status,
    ("PUT", "records/status.json"): process.put_statuses,
    ("PUT", "record/assignees.json"): process.put_assignees,
}


def run(ask: Ask) -> Answer:
    """A failure undoes everything and is answered in its own envelope, with the failed request's status."""
    requests = params.array(ask.params, "requests")
    if len(requests) > MOST:
        raise invalid("requests", TOO_MANY)
    done: list[Json] = []
    inner = Ask(ask.site, ask.caller, {}, ask.line)
    try:
        for request in requests:
            inner.params = request.get("payload") or {}
            done.append(_target(ask, request)(inner))
    except ApiError as error:
        for back in reversed(inner.undo):
            back()
        results: list[Json] = [{} for _ in requests]
        results[len(done)] = error.body(ask.caller.language)
        return Answer({"results": results}, error.status, {"X-Cybozu-Error": error.code})
    return Answer({"results": done})


def _target(ask: Ask, request: Json) -> Callable[[Ask], Json]:
    space = ask.caller.space
    prefix = f"/k/guest/{space}/v1/" if space else "/k/v1/"
    api = str(request.get("api", ""))
    target = TARGETS.get((str(request.get("method", "")).upper(), api.removeprefix(prefix)))
    if target is None or not api.startswith(prefix):
        raise ApiError("CB_IL02")
    return target
