"""Bulk API 2.0: ingest and query jobs.

Settings read here: ``bulk_seconds`` (how long a job takes, 0). The fault ``bulk_fail`` (match: "query" or "ingest") fails the
next job that is begun. Results of an ingest come in another order than its rows.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from choai.sandbox.salesforce import records
from choai.sandbox.salesforce.endpoints import MISSING, ROUTES, Answer, Call
from choai.sandbox.salesforce.org import Json, Org, Problem, moment
from choai.sandbox.salesforce.soql import Query, matching, parse, place, value

KEPT_SECONDS = 7 * 86_400
OPERATIONS = ("insert", "update", "upsert", "delete", "hardDelete")


def _jobs(org: Org) -> dict[str, Json]:
    found: dict[str, Json] = org.world.state["jobs"]
    return found


def _job(call: Call, id: str, kind: str) -> Json:
    found = _jobs(call.org).get(id)
    age = (call.org.world.now() - moment(found["createdDate"])).total_seconds() if found else 0
    if found is None or found["kind"] != kind or age > KEPT_SECONDS:
        raise MISSING
    if found["apiVersion"] != float(call.org.version):
        raise Problem("API_VERSION_MISMATCH", "The API version differs from that of the job", status=409)
    _advance(call.org, found)
    return found


def _begin(call: Call, kind: str, **facts: Any) -> Json:
    id = call.org.new_id("750")
    made = {
        "id": id,
        "kind": kind,
        "createdById": call.org.user,
        "createdDate": call.org.now(),
        "systemModstamp": call.org.now(),
        "concurrencyMode": "Parallel",
        "contentType": "CSV",
        "apiVersion": float(call.org.version),
        "lineEnding": "LF",
        "columnDelimiter": "COMMA",
        "fails": call.org.world.fault("bulk_fail", kind) is not None,
        **facts,
    }
    _jobs(call.org)[id] = made
    return made


def _told(job: Json) -> Json:
    return {k: v for k, v in job.items() if k not in ("kind", "fails", "content", "results", "began")}


def _advance(org: Org, job: Json) -> None:
    """What has happened to a job by now."""
    if job["state"] not in ("UploadComplete", "InProgress"):
        return
    passed = (org.world.now() - datetime.fromisoformat(job["began"])).total_seconds()
    if passed < float(org.settings.get("bulk_seconds", 0)):
        job["state"] = "InProgress"
        return
    if job["fails"]:
        job |= {"state": "Failed", "errorMessage": "InternalServerError : job failed", "numberRecordsProcessed": 0}
        return
    job["state"] = "JobComplete"
    if job["kind"] == "ingest":
        _ingest(org, job)
    else:
        job["numberRecordsProcessed"] = len(matching(org, parse(job["query"]), job["operation"] == "queryAll"))
    job |= {"retries": 0, "totalProcessingTime": 120}


# ---------------------------------------------------------------- query


def query_begin(call: Call) -> Answer:
    body = call.body
    if body.get("operation") not in ("query", "queryAll"):
        raise Problem("INVALIDJOB", "InvalidJob : operation must be query or queryAll")
    asked = parse(body.get("query") or "")
    if any(not isinstance(i, str) for i in asked.select) or asked.offset:
        raise Problem(
            "INVALIDJOB", "InvalidJob : aggregates, OFFSET and nested queries are not supported in Bulk V2 Query"
        )
    held = call.org.object(asked.object)
    for path in asked.select:
        if place(call.org, held, path).field["type"] in ("address", "location"):
            raise Problem("INVALIDJOB", "InvalidJob : compound fields are not supported in Bulk V2 Query")
    matching(call.org, Query(asked.object, asked.select, asked.test, asked.order, 0))
    facts = {"operation": body["operation"], "object": held["name"], "query": body["query"], "jobType": "V2Query"}
    job = _begin(call, "query", **facts, state="UploadComplete", began=call.org.world.now().isoformat())
    return Answer(body=_told(job))


def query_state(call: Call, id: str) -> Answer:
    return Answer(body=_told(_job(call, id, "query")))


def query_results(call: Call, id: str) -> Answer:
    job = _job(call, id, "query")
    if job["state"] != "JobComplete":
        raise Problem("INVALIDJOBSTATE", f"Job is not complete: {job['state']}")
    org, asked = call.org, parse(job["query"])
    held = org.object(asked.object)
    places = [place(org, held, path) for path in asked.select]
    rows = matching(org, asked, job["operation"] == "queryAll")
    told = call.query.get("locator", "")
    start = int(told[2:]) if re.fullmatch(r"Mz\d+", told) else 0
    if told and not start:
        raise Problem("INVALID_QUERY_LOCATOR", "invalid locator")
    most = int(call.query.get("maxRecords") or 50_000)
    page = rows[start : start + most]
    following = f"Mz{start + most}" if start + most < len(rows) else "null"
    text = _csv(asked.select, ([_cell(value(org, at, row)) for at in places] for row in page))
    return Answer(text=text, headers={"Sforce-NumberOfRecords": str(len(page)), "Sforce-Locator": following})


def _cell(told: Any) -> str:
    """Texts; instants end in Z, other than those of REST."""
    if told is None:
        return ""
    if isinstance(told, bool):
        return "true" if told else "false"
    text = str(told)
    return text.removesuffix("+0000") + "Z" if text.endswith(".000+0000") else text


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()


def query_change(call: Call, id: str) -> Answer:
    job = _job(call, id, "query")
    if call.body.get("state") != "Aborted":
        raise Problem("INVALIDJOBSTATE", "only Aborted can be set")
    job["state"] = "Aborted"
    return Answer(body=_told(job))


def forget(call: Call, kind: str, id: str) -> Answer:
    _job(call, id, kind)
    del _jobs(call.org)[id]
    return Answer(204)


def listed(call: Call, kind: str) -> Answer:
    rows = [_told(j) for j in _jobs(call.org).values() if j["kind"] == kind]
    return Answer(body={"done": True, "records": rows, "nextRecordsUrl": None})


# ---------------------------------------------------------------- ingest


def ingest_begin(call: Call) -> Answer:
    body = call.body
    held = call.org.object(body.get("object") or "")
    if body.get("operation") not in OPERATIONS:
        raise Problem("INVALIDJOB", f"InvalidJob : unknown operation {body.get('operation')}")
    if body["operation"] == "upsert" and not body.get("externalIdFieldName"):
        raise Problem("INVALIDJOB", "InvalidJob : externalIdFieldName is required for upsert")
    facts = {"operation": body["operation"], "object": held["name"], "state": "Open"}
    if body.get("externalIdFieldName"):
        facts["externalIdFieldName"] = body["externalIdFieldName"]
    job = _begin(call, "ingest", **facts)
    job["contentUrl"] = f"services/data/v{call.org.version}/jobs/ingest/{job['id']}/batches"
    return Answer(body=_told(job))


def ingest_upload(call: Call, id: str) -> Answer:
    job = _job(call, id, "ingest")
    if job["state"] != "Open" or "content" in job:
        raise Problem("INVALIDJOBSTATE", "Found multiple contents for job, please upload once")
    if "text/csv" not in call.headers.get("content-type", ""):
        raise Problem("UNSUPPORTED_MEDIA_TYPE", "Content-Type has to be text/csv", status=415)
    job["content"] = call.content.decode()
    return Answer(201)


def ingest_change(call: Call, id: str) -> Answer:
    job = _job(call, id, "ingest")
    state = call.body.get("state")
    if state not in ("UploadComplete", "Aborted") or job["state"] != "Open":
        raise Problem("INVALIDJOBSTATE", f"Invalid state change from {job['state']} to {state}")
    job |= {"state": state, "began": call.org.world.now().isoformat()}
    return Answer(body=_told(job))


def ingest_state(call: Call, id: str) -> Answer:
    return Answer(body=_told(_job(call, id, "ingest")))


def ingest_results(call: Call, id: str, which: str) -> Answer:
    job = _job(call, id, "ingest")
    results = job.get("results") or {"successful": [], "failed": [], "columns": []}
    ends = {
        "successfulResults": ("successful", ["sf__Id", "sf__Created"]),
        "failedResults": ("failed", ["sf__Id", "sf__Error"]),
    }
    name, head = ends.get(which, ("unprocessed", []))
    return Answer(text=_csv([*head, *results["columns"]], results.get(name, [])))


def _ingest(org: Org, job: Json) -> None:
    read = csv.DictReader(io.StringIO(job.get("content") or ""))
    done: list[list[str]] = []
    failed: list[list[str]] = []
    for row in read:
        cells = [row[c] or "" for c in read.fieldnames or ()]
        try:
            id, created = _row(org, job, row)
            done.append([id, "true" if created else "false", *cells])
        except Problem as wrong:
            failed.append(["", f"{wrong.code}:{wrong.message}:{','.join(wrong.fields)} --", *cells])
    job["results"] = {"successful": done[::-1], "failed": failed[::-1], "columns": list(read.fieldnames or ())}
    job |= {"numberRecordsProcessed": len(done) + len(failed), "numberRecordsFailed": len(failed)}


def _row(org: Org, job: Json, cells: Json) -> tuple[str, bool]:
    held, operation = org.object(job["object"]), job["operation"]
    if operation in ("delete", "hardDelete"):
        return records.delete(org, held, cells["Id"]), False
    sent = {
        name: _typed(org, held, name, text) for name, text in cells.items() if text not in ("", None) and name != "Id"
    }
    for name in [n for n in sent if "." in n]:
        relation, _, key = name.partition(".")
        sent[relation] = {key: sent.pop(name)}
    id = cells.get("Id") or None
    if operation == "upsert" and job["externalIdFieldName"] != "Id":
        key = job["externalIdFieldName"]
        found = records.by_key(org, held, key, str(sent.get(key, "")))
        id = found[0] if found else None
        if found:
            sent.pop(key, None)
    made = records.save(org, held, sent, id)
    return made.id, made.created


def _typed(org: Org, held: Json, name: str, text: str) -> Any:
    field = org.field(held, name) or {"type": "string"}
    if text == "#N/A":
        return None
    if field["type"] == "boolean":
        return text.lower() in ("true", "1")
    return text


_Q, _I = r"jobs/query/(\w{15,18})", r"jobs/ingest/(\w{15,18})"
ROUTES += [
    ("GET", r"jobs/(query|ingest)/?", listed),
    ("POST", "jobs/query/?", query_begin),
    ("GET", f"{_Q}/?", query_state),
    ("PATCH", f"{_Q}/?", query_change),
    ("GET", f"{_Q}/results", query_results),
    ("DELETE", r"jobs/(query|ingest)/(\w{15,18})/?", forget),
    ("POST", "jobs/ingest/?", ingest_begin),
    ("PUT", f"{_I}/batches/?", ingest_upload),
    ("PATCH", f"{_I}/?", ingest_change),
    ("GET", f"{_I}/?", ingest_state),
    ("GET", rf"{_I}/(successfulResults|failedResults|unprocessedrecords)/?", ingest_results),
]
