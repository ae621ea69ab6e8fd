"""records/cursor.json: at most ten alive in an environment, ten minutes each."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from choai.sandbox.kintone import params
from choai.sandbox.kintone.answers import QUERY_SYNTAX, REQUIRED_PARAMETER, ApiError, invalid
from choai.sandbox.kintone.filters import Reader
from choai.sandbox.kintone.query import MAX_LIMIT, parse
from choai.sandbox.kintone.records import Ask, Shape
from choai.sandbox.kintone.site import Json, Site

MOST = 10
LIFE = timedelta(minutes=10)


def create(ask: Ask) -> Json:
    """The set of ids is fixed here; what the records hold is read page by page."""
    app = ask.app("view")
    size = params.number(ask.params, "size", required=False) or 100
    if size > MAX_LIMIT:
        raise ApiError("GAIA_QU01")
    query = parse(params.text(ask.params, "query"))
    if query.paged:
        raise invalid("query", QUERY_SYNTAX)
    cursors = alive(ask.site)
    if len(cursors) >= MOST:
        raise ApiError("GAIA_TM12")
    query.limit = len(app["records"])
    found, _ = Reader(ask.site, app, ask.caller).run(query, count=False)
    key = str(uuid.uuid4())
    fields = params.array(ask.params, "fields", required=False)
    ids = [r["id"] for r in found]
    cursors[key] = {"app": app["id"], "ids": ids, "at": 0, "size": size, "fields": fields, "until": _until(ask.site)}
    return {"id": key, "totalCount": str(len(ids))}


def page(ask: Ask) -> Json:
    """When ``next`` is false the cursor is already gone."""
    key, cursor = _cursor(ask)
    app = ask.site.app(cursor["app"], ask.caller)
    ask.site.count(app)
    ask.site.allow(ask.caller, app, "view")
    shape = Shape(ask, app, cursor["fields"] or None)
    start, end = cursor["at"], cursor["at"] + cursor["size"]
    records = [app["records"][str(i)] for i in cursor["ids"][start:end] if str(i) in app["records"]]
    more = end < len(cursor["ids"])
    if more:
        cursor.update(at=end, until=_until(ask.site))
    else:
        del alive(ask.site)[key]
    return {"records": [shape.record(r) for r in records], "next": more}


def close(ask: Ask) -> Json:
    key, _ = _cursor(ask)
    del alive(ask.site)[key]
    return {}


def alive(site: Site) -> Json:
    cursors: Json = site.state.setdefault("cursors", {})
    for old in [i for i, c in cursors.items() if datetime.fromisoformat(c["until"]) <= site.now()]:
        del cursors[old]
    return cursors


def _cursor(ask: Ask) -> tuple[str, Json]:
    key = params.text(ask.params, "id")
    if not key:
        raise invalid("id", REQUIRED_PARAMETER)
    cursor = alive(ask.site).get(key)
    if cursor is None:
        raise ApiError("GAIA_CU01", value=key)
    return key, cursor


def _until(site: Site) -> str:
    return (site.now() + LIFE).isoformat()
