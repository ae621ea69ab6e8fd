"""The composite family: /composite, /composite/batch, /composite/tree, /composite/sobjects."""

from __future__ import annotations

import copy
import json
import re
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from choai.sandbox.salesforce import records
from choai.sandbox.salesforce.endpoints import ROUTES, Answer, Call, serve, shown
from choai.sandbox.salesforce.org import Json, Problem

MOST, QUERIES, SUBREQUESTS, TREE = 200, 5, 25, 200
_REFERENCE = re.compile(r"@\{(\w+)\.([\w.\[\]]+)\}")
_ROLLED = "Record rolled back because not all records were valid and the request was using AllOrNone header"
_HALTED = "The transaction was rolled back since another operation in the same transaction failed."


# ---------------------------------------------------------------- several subrequests


def composite(call: Call) -> Answer:
    body = call.body
    asked = body.get("compositeRequest")
    if not isinstance(asked, list) or not asked or len(asked) > SUBREQUESTS:
        raise Problem("INVALID_INPUT", f"Limit of {SUBREQUESTS} subrequests exceeded or none given")
    if sum(bool(re.search(r"/(query|queryAll|composite/sobjects)", str(one.get("url")))) for one in asked) > QUERIES:
        raise Problem("INVALID_INPUT", f"Limit of {QUERIES} query or collection subrequests exceeded")
    held = copy.deepcopy(call.org.world.state["records"]) if body.get("allOrNone") else None
    known: dict[str, Any] = {}
    out: list[Json] = []
    for one in asked:
        try:
            answer = _sub(call, one["url"], one["method"], _filled(one.get("body"), known), known)
        except KeyError:
            wrong = Problem("PROCESSING_HALTED", "Invalid reference specified. No value for the reference was found")
            answer = Answer(400, wrong.body())
        known[one["referenceId"]] = answer.body if answer.status < 300 else None
        out.append(
            {
                "body": answer.body,
                "httpHeaders": answer.headers,
                "httpStatusCode": answer.status,
                "referenceId": one["referenceId"],
            }
        )
    if held is not None and any(one["httpStatusCode"] >= 300 for one in out):
        call.org.world.state["records"] = held
        for one in out:
            if one["httpStatusCode"] < 300:
                one |= {"body": Problem("PROCESSING_HALTED", _HALTED).body(), "httpStatusCode": 400, "httpHeaders": {}}
    return Answer(body={"compositeResponse": out})


def batch(call: Call) -> Answer:
    asked = call.body.get("batchRequests") or []
    if not asked or len(asked) > SUBREQUESTS:
        raise Problem("INVALID_INPUT", f"Limit of {SUBREQUESTS} subrequests exceeded or none given")
    answers = [
        _sub(
            call,
            "/services/data/" + one["url"].lstrip("/").removeprefix("services/data/"),
            one["method"],
            one.get("richInput"),
            {},
        )
        for one in asked
    ]
    results = [{"statusCode": a.status, "result": a.body} for a in answers]
    return Answer(body={"hasErrors": any(a.status >= 300 for a in answers), "results": results})


def _sub(call: Call, url: str, method: str, body: Any, known: Json) -> Answer:
    parts = urlsplit(_text(url, known))
    path = re.sub(r"^/?services/data/v\d+\.0/", "", parts.path)
    content = b"" if body is None else json.dumps(body).encode()
    return serve(Call(call.org, method, path, dict(parse_qsl(parts.query)), call.headers, content, call.used))


def _filled(body: Any, known: Json) -> Any:
    if isinstance(body, dict):
        return {k: _filled(v, known) for k, v in body.items()}
    if isinstance(body, list):
        return [_filled(v, known) for v in body]
    return _text(body, known) if isinstance(body, str) else body


def _text(text: str, known: Json) -> str:
    def found(match: re.Match[str]) -> str:
        value: Any = known[match[1]]
        for step in re.findall(r"\w+", match[2]):
            value = value[int(step)] if step.isdigit() else None if value is None else value.get(step)
            if value is None:
                raise KeyError(match[0])
        return str(value)

    return _REFERENCE.sub(found, text)


# ---------------------------------------------------------------- collections


def write(call: Call) -> Answer:
    """POST creates, PATCH updates."""
    rows = _rows(call)
    seen: set[str] = set()

    def one(row: Json) -> Json:
        name = (row.get("attributes") or {}).get("type")
        if not name:
            raise Problem("INVALID_TYPE", "sObject type is missing in attributes")
        held = call.org.object(name)
        sent = {k: v for k, v in row.items() if k.lower() not in ("id", "attributes")}
        id = row.get("id") or row.get("Id")
        if call.method == "POST":
            if id:
                raise Problem("INVALID_FIELD_FOR_INSERT_UPDATE", "cannot specify Id in an insert call", "Id")
            return {"id": records.save(call.org, held, sent, allow=call.allows).id}
        if not id:
            raise Problem("MISSING_ARGUMENT", "Id not specified in an update call", "Id")
        if id in seen:
            raise Problem("DUPLICATE_VALUE", f"Duplicate id specified: {id}")
        seen.add(id)
        return {"id": records.save(call.org, held, sent, id, allow=call.allows).id}

    return Answer(body=_each(call, rows, one))


def upsert(call: Call, name: str, key: str) -> Answer:
    rows, held = _rows(call), call.org.object(name, status=404)
    field = call.org.field(held, key)
    if field is None or not (field["externalId"] or field["idLookup"]):
        told = f"Field name provided, {key} is not an External ID or indexed field for {name}"
        raise Problem("INVALID_FIELD", told)
    values = [str(row.get(field["name"]) or "").casefold() for row in rows]

    def one(row: Json) -> Json:
        value = row.get(field["name"])
        if (row.get("attributes") or {}).get("type") != held["name"]:
            raise Problem("INVALID_TYPE", "all records of an upsert have the type of the address")
        if "id" in row or ("Id" in row and field["name"] != "Id"):
            raise Problem("INVALID_FIELD", "The id field should not be specified in the sobject data.", "id")
        if value in (None, ""):
            raise Problem("MISSING_ARGUMENT", f"{field['name']} not specified", field["name"])
        if values.count(str(value).casefold()) > 1:
            raise Problem("DUPLICATE_VALUE", f"Duplicate external id specified: {value}", field["name"])
        found = records.by_key(call.org, held, field["name"], str(value))
        if len(found) > 1:
            told = f"{field['name']}: more than one record found for external id field: [{', '.join(found)}]"
            raise Problem("DUPLICATE_EXTERNAL_ID", told, field["name"])
        sent = {k: v for k, v in row.items() if k != "attributes" and not (found and k == field["name"])}
        made = records.save(call.org, held, sent, found[0] if found else None, allow=call.allows)
        return {"id": made.id, "created": made.created}

    return Answer(body=_each(call, rows, one))


def delete(call: Call) -> Answer:
    ids = [id for id in call.query.get("ids", "").split(",") if id]
    if not ids or len(ids) > MOST:
        raise Problem("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST} records")

    def one(row: Json) -> Json:
        name = call.org.owner_of(row["id"])
        if name is None:
            raise Problem("MALFORMED_ID", f"bad id {row['id']}", "Id")
        return {"id": records.delete(call.org, call.org.object(name), row["id"])}

    return Answer(body=_each(call, [{"id": id} for id in ids], one, call.query.get("allOrNone") == "true"))


def read(call: Call, name: str) -> Answer:
    held = call.org.object(name, status=404)
    body = call.body if call.method == "POST" else {n: call.query.get(n, "").split(",") for n in ("ids", "fields")}
    ids, fields = body.get("ids") or [], body.get("fields") or []
    if len(ids) > 2000:
        raise Problem("EXCEEDED_ID_LIMIT", "record limit reached. cannot submit more than 2000 records")
    rows = [call.org.get(held["name"], id) for id in ids]
    return Answer(body=[None if row is None else shown(call.org, held, row, fields) for row in rows])


def _rows(call: Call) -> list[Json]:
    rows = call.body.get("records")
    if not isinstance(rows, list):
        raise Problem("MISSING_ARGUMENT", "The records collection is missing")
    if len(rows) > MOST:
        raise Problem("EXCEEDED_ID_LIMIT", f"record limit reached. cannot submit more than {MOST} records in this call")
    kinds = [(row.get("attributes") or {}).get("type") for row in rows]
    if sum(a != b for a, b in pairwise(kinds)) >= 10:
        raise Problem("LIMIT_EXCEEDED", "Cannot have more than 10 chunks in a single operation.")
    for row, kind in zip(rows, kinds, strict=True):
        held = call.org.object(kind) if kind else None
        for name in row if held is not None else ():
            if name.lower() in ("id", "attributes") or isinstance(row[name], dict):
                continue
            if call.org.field(held or {}, name) is None:
                raise Problem("INVALID_FIELD", f"No such column '{name}' on sobject of type {kind}")
    return rows


def _each(call: Call, rows: list[Json], act: Any, whole: bool | None = None) -> list[Json]:
    """One result per record; with allOrNone nothing stays when one fails."""
    state = call.org.world.state
    whole = bool(call.body.get("allOrNone")) if whole is None else whole
    held = copy.deepcopy(state["records"]) if whole else None
    out: list[Json] = []
    for row in rows:
        try:
            made = act(row)
            out.append(
                {
                    "id": made["id"],
                    "success": True,
                    "errors": [],
                    **({"created": made["created"]} if "created" in made else {}),
                }
            )
        except Problem as wrong:
            out.append({"success": False, "errors": [wrong.entry()]})
    if held is not None and not all(one["success"] for one in out):
        state["records"] = held
        rolled = {"success": False, "errors": [Problem("ALL_OR_NONE_OPERATION_ROLLED_BACK", _ROLLED).entry()]}
        out = [rolled if one["success"] else one for one in out]
    return out


def tree(call: Call, name: str) -> Answer:
    """Records with their children, all or nothing."""
    call.org.object(name, status=404)
    held = copy.deepcopy(call.org.world.state["records"])
    results: list[Json] = []
    errors: list[Json] = []

    def plant(row: Json, parent: tuple[str, str] | None) -> None:
        kind, reference = row["attributes"]["type"], row["attributes"]["referenceId"]
        plain = {k: v for k, v in row.items() if k != "attributes" and not (isinstance(v, dict) and "records" in v)}
        plain |= {parent[0]: parent[1]} if parent else {}
        try:
            id = records.save(call.org, call.org.object(kind), plain, allow=call.allows).id
        except Problem as wrong:
            errors.append({"referenceId": reference, "errors": [wrong.entry()]})
            return
        results.append({"referenceId": reference, "id": id})
        links = {c["relationshipName"]: c["field"] for c in call.org.object(kind)["childRelationships"]}
        for relation, inner in row.items():
            if isinstance(inner, dict) and "records" in inner:
                for one in inner["records"]:
                    plant(one, (links[relation], id))

    rows = call.body.get("records") or []
    if json.dumps(rows).count('"referenceId"') > TREE:
        raise Problem("INVALID_INPUT", f"The number of records exceeds the limit of {TREE}")
    for row in rows:
        plant(row, None)
    if errors:
        call.org.world.state["records"] = held
        return Answer(400, {"hasErrors": True, "results": errors})
    return Answer(201, {"hasErrors": False, "results": results})


_AT = "composite/sobjects"
ROUTES += [
    ("POST", "composite/?", composite),
    ("POST", "composite/batch/?", batch),
    ("POST", r"composite/tree/(\w+)/?", tree),
    ("POST", f"{_AT}/?", write),
    ("PATCH", f"{_AT}/?", write),
    ("DELETE", f"{_AT}/?", delete),
    ("PATCH", rf"{_AT}/(\w+)/(\w+)", upsert),
    ("GET", rf"{_AT}/(\w+)", read),
    ("POST", rf"{_AT}/(\w+)", read),
]
