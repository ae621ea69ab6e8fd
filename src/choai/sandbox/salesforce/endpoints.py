"""The REST resources below ``/services/data/vXX.0/`` as functions of a Call, so that /composite can run them too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import unquote

from choai.sandbox.salesforce import queries, records
from choai.sandbox.salesforce.fields import described, summary
from choai.sandbox.salesforce.org import BIN_DAYS, Json, Org, Problem, moment, stamp

DAY_CALLS = 15_000
UPDATED_DAYS = 30


@dataclass
class Call:
    org: Org
    method: str
    path: str  # below the version
    query: Mapping[str, str]
    headers: Mapping[str, str]
    content: bytes = b""
    used: int = 0  # calls of the day so far

    @property
    def body(self) -> Json:
        try:
            found = json.loads(self.content or b"{}")
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise Problem("JSON_PARSER_ERROR", "Unexpected character at [line:1, column:1]")
        return found

    @property
    def allows(self) -> bool:
        return "allowsave=true" in self.headers.get("sforce-duplicate-rule-header", "").lower().replace(" ", "")


@dataclass
class Answer:
    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    text: str | None = None  # CSV


Serve = Callable[..., Answer]
MISSING = Problem("NOT_FOUND", "The requested resource does not exist", status=404)


def serve(call: Call) -> Answer:
    """The answer of a resource; errors in the platform's shape."""
    try:
        known = False
        for method, pattern, act in ROUTES:
            found = re.fullmatch(pattern, call.path)
            if found is not None:
                known = True
                if method == call.method:
                    return act(call, *(unquote(part) for part in found.groups()))
        if known:
            told = f"HTTP Method '{call.method}' not allowed. Allowed are HEAD,GET,PATCH,DELETE"
            raise Problem("METHOD_NOT_ALLOWED", told, status=405)
        raise MISSING
    except Problem as wrong:
        return Answer(wrong.status, wrong.body())


# ---------------------------------------------------------------- describe, limits


def resources(call: Call) -> Answer:
    names = ("sobjects", "query", "queryAll", "composite", "jobs", "limits", "search")
    return Answer(body={name: f"/services/data/v{call.org.version}/{name}" for name in names})


def objects(call: Call) -> Answer:
    rows = [summary(call.org.version, held) for held in call.org.objects()]
    return Answer(body={"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": rows})


def describe(call: Call, name: str) -> Answer:
    held = call.org.object(name, status=404)
    changed = moment(call.org.world.state["described"])
    since = call.headers.get("if-modified-since")
    headers = {"Last-Modified": format_datetime(changed, usegmt=False)}
    if since and parsedate_to_datetime(since) >= changed:
        return Answer(304, headers=headers)
    return Answer(body=described(call.org.version, held), headers=headers)


def basics(call: Call, name: str) -> Answer:
    held = call.org.object(name, status=404)
    recent = [
        {"attributes": queries.attributes(call.org, name, r["Id"]), "Id": r["Id"], "Name": r.get("Name")}
        for r in list(call.org.rows(held["name"]))[-3:]
    ]
    return Answer(body={"objectDescribe": summary(call.org.version, held), "recentItems": recent})


def limits(call: Call) -> Answer:
    if call.org.settings.get("no_setup_permission"):
        raise Problem("FORBIDDEN", "You don't have access to this resource", status=403)
    top = int(call.org.settings.get("limit_day", DAY_CALLS))
    return Answer(
        body={
            "DailyApiRequests": {"Max": top, "Remaining": max(0, top - call.used)},
            "DailyBulkApiBatches": {"Max": 15000, "Remaining": 15000},
            "DailyBulkV2QueryJobs": {"Max": 10000, "Remaining": 10000},
            "DataStorageMB": {"Max": 5, "Remaining": 4},
        }
    )


# ---------------------------------------------------------------- query


def query(call: Call, kind: str) -> Answer:
    if "q" not in call.query:
        raise Problem("MALFORMED_QUERY", "A query string has to be specified")
    batch = call.headers.get("sforce-query-options", "")
    return Answer(body=queries.run(call.org, call.query["q"], deleted=kind.lower() == "queryall", batch=batch))


def further(call: Call, locator: str) -> Answer:
    return Answer(body=queries.more(call.org, locator, call.headers.get("sforce-query-options", "")))


def deleted(call: Call, name: str) -> Answer:
    held, (start, end) = call.org.object(name, status=404), _span(call, BIN_DAYS)
    if not held["replicateable"]:
        raise MISSING
    rows = [
        d
        for d in call.org.world.state["deleted"]
        if d["object"] == held["name"] and start <= moment(d["deletedDate"]) < end
    ]
    return Answer(
        body={
            "deletedRecords": [{"id": d["id"], "deletedDate": d["deletedDate"]} for d in rows],
            "earliestDateAvailable": stamp(call.org.world.now() - timedelta(days=BIN_DAYS)),
            "latestDateCovered": stamp(end),
        }
    )


def updated(call: Call, name: str) -> Answer:
    held, (start, end) = call.org.object(name, status=404), _span(call, UPDATED_DAYS)
    ids = [r["Id"] for r in call.org.rows(held["name"]) if start <= moment(r["SystemModstamp"]) < end]
    return Answer(body={"ids": ids, "latestDateCovered": stamp(end)})


def _span(call: Call, days: int) -> tuple[datetime, datetime]:
    """Seconds are ignored."""
    try:
        start, end = (
            datetime.fromisoformat(call.query[name].replace(" ", "+")).replace(second=0, microsecond=0)
            for name in ("start", "end")
        )
    except (KeyError, ValueError):
        raise Problem("INVALID_REPLICATION_DATE", "startDate and endDate have to be dates with a time zone") from None
    if start < call.org.world.now() - timedelta(days=days):
        raise Problem("INVALID_REPLICATION_DATE", "startDate before org replication enabled date or too old")
    if end <= start:
        raise Problem("INVALID_REPLICATION_DATE", "endDate must be at least one minute greater than startDate")
    return start, end


# ---------------------------------------------------------------- single records


def create(call: Call, name: str) -> Answer:
    held = call.org.object(name, status=404)
    made = records.save(call.org, held, call.body, allow=call.allows)
    location = {"Location": f"/services/data/v{call.org.version}/sobjects/{held['name']}/{made.id}"}
    return Answer(201, {"id": made.id, "success": True, "errors": []}, location)


def single(call: Call, name: str, id: str) -> Answer:
    held = call.org.object(name, status=404)
    row = call.org.get(held["name"], id)
    if row is None:
        raise MISSING
    wanted = [f.strip() for f in call.query.get("fields", "").split(",") if f.strip()]
    return Answer(body=shown(call.org, held, row, wanted))


def shown(org: Org, held: Json, row: Json, wanted: list[str] | None = None) -> Json:
    fields = [f for f in held["fields"] if not wanted]
    for name in wanted or ():
        found = org.field(held, name)
        if found is None:
            raise Problem("INVALID_FIELD", f"No such column '{name}' on sobject of type {held['name']}")
        fields.append(found)
    out = {"attributes": queries.attributes(org, held["name"], row["Id"])}
    return out | {f["name"]: org.value(held, row, f) for f in fields}


def change(call: Call, name: str, id: str) -> Answer:
    held = call.org.object(name, status=404)
    row = call.org.get(held["name"], id)
    since = call.headers.get("if-unmodified-since")
    if since and row is not None and moment(row["SystemModstamp"]) > parsedate_to_datetime(since):
        told = "The requested resource does not satisfy the specified precondition"
        raise Problem("PRECONDITION_FAILED", told, status=412)
    if row is None and not call.org.table(held["name"]).get(id):
        raise MISSING
    records.save(call.org, held, call.body, id, allow=call.allows)
    return Answer(204)


def remove(call: Call, name: str, id: str) -> Answer:
    records.delete(call.org, call.org.object(name, status=404), id)
    return Answer(204)


def by_key(call: Call, name: str, key: str, value: str) -> Answer:
    held = call.org.object(name, status=404)
    found = records.by_key(call.org, held, key, value)
    if len(found) > 1:
        return Answer(300, [queries.attributes(call.org, held["name"], id)["url"] for id in found])
    if not found:
        raise MISSING
    return single(call, name, found[0])


def upsert(call: Call, name: str, key: str, value: str) -> Answer:
    held = call.org.object(name, status=404)
    found = records.by_key(call.org, held, key, value)
    if len(found) > 1:
        return Answer(300, [queries.attributes(call.org, held["name"], id)["url"] for id in found])
    given = {k.lower() for k in call.body} & {"id", key.lower()}
    if given:
        told = f"The {min(given)} field should not be specified in the sobject data."
        raise Problem("INVALID_FIELD", told, min(given))
    if not found and call.query.get("updateOnly") == "true":
        raise MISSING
    sent = call.body if found else {**call.body, key: value}
    made = records.save(call.org, held, sent, found[0] if found else None, allow=call.allows)
    return Answer(201 if made.created else 200, {"id": made.id, "success": True, "errors": [], "created": made.created})


def drop(call: Call, name: str, key: str, value: str) -> Answer:
    held = call.org.object(name, status=404)
    found = records.by_key(call.org, held, key, value)
    if len(found) != 1:
        raise MISSING
    records.delete(call.org, held, found[0])
    return Answer(204)


_X, _ID = r"sobjects/(\w+)", r"(\w{15}|\w{18})"
ROUTES: list[tuple[str, str, Serve]] = [
    ("GET", "", resources),
    ("GET", "limits/?", limits),
    ("GET", r"(query|queryAll)/?", query),
    ("GET", r"query(?:All)?/(\w+-\d+)", further),
    ("GET", "sobjects/?", objects),
    ("GET", rf"{_X}/?", basics),
    ("POST", rf"{_X}/?", create),
    ("GET", rf"{_X}/describe/?", describe),
    ("GET", rf"{_X}/deleted/?", deleted),
    ("GET", rf"{_X}/updated/?", updated),
    ("GET", rf"{_X}/{_ID}", single),
    ("PATCH", rf"{_X}/{_ID}", change),
    ("DELETE", rf"{_X}/{_ID}", remove),
    ("GET", rf"{_X}/(\w+)/([^/]+)", by_key),
    ("PATCH", rf"{_X}/(\w+)/([^/]+)", upsert),
    ("DELETE", rf"{_X}/(\w+)/([^/]+)", drop),
]
