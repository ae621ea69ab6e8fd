"""プロセス管理: status and assignees. Off unless an app's ``status.enable`` is true."""

from __future__ import annotations

from choai.sandbox.kintone import params
from choai.sandbox.kintone.answers import REQUIRED_PARAMETER, ApiError, invalid, too_many
from choai.sandbox.kintone.records import BATCH, Ask, find
from choai.sandbox.kintone.site import Json
from choai.sandbox.kintone.writing import touch


def put_status(ask: Ask) -> Json:
    app = ask.app("edit")
    record = _move(ask, app, ask.params)
    return {"revision": str(record["rev"])}


def put_statuses(ask: Ask) -> Json:
    app = ask.app("edit")
    rows = params.array(ask.params, "records")
    if len(rows) > BATCH:
        raise invalid("records", too_many(BATCH, "更新", "updated"))
    start = len(ask.undo)
    try:
        moved = [_move(ask, app, row) for row in rows]
    except ApiError:
        for back in reversed(ask.undo[start:]):
            back()
        del ask.undo[start:]
        raise
    return {"records": [{"id": str(r["id"]), "revision": str(r["rev"])} for r in moved]}


def put_assignees(ask: Ask) -> Json:
    app = ask.app("edit")
    record = _ready(app, ask.params)
    people = params.array(ask.params, "assignees")
    ask.undo.append(touch(ask.site, ask.caller, record))
    record["assignees"] = [str(p) for p in people]
    return {"revision": str(record["rev"])}


def _ready(app: Json, row: Json) -> Json:
    if not app["status"]["enable"]:
        raise ApiError("GAIA_ST02")
    record = find(app, params.number(row, "id"))
    revision = row.get("revision")
    if revision not in (None, "", -1, "-1") and params.integer(revision, "revision") != record["rev"]:
        raise ApiError("GAIA_CO02")
    return record


def _move(ask: Ask, app: Json, row: Json) -> Json:
    """A process action counts as two revisions."""
    record = _ready(app, row)
    name = params.text(row, "action")
    if not name:
        raise invalid("action", REQUIRED_PARAMETER)
    action = next((a for a in app["status"]["actions"] if a["name"] == name and a["from"] == record.get("state")), None)
    if action is None:
        raise ApiError("GAIA_IL03")
    ask.undo.append(touch(ask.site, ask.caller, record, steps=2))
    record["state"] = action["to"]
    record["assignees"] = [row["assignee"]] if row.get("assignee") else []
    return record
