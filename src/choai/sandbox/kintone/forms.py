"""Apps and their settings: what exists, the fields, layout, views, use of the day."""

from __future__ import annotations

import copy

from choai.sandbox.kintone import params
from choai.sandbox.kintone.answers import AT_LEAST_ONE, invalid
from choai.sandbox.kintone.records import Ask
from choai.sandbox.kintone.site import ADMINISTRATOR, PERMISSIONS, Json

MOST = 100


def app(ask: Ask) -> Json:
    found = ask.site.app(params.number(ask.params, "id"), ask.caller)
    ask.site.count(found)
    ask.site.allow(ask.caller, found, "view")
    return _summary(ask, found)


def apps(ask: Ask) -> Json:
    """The apps of this kind of path that the caller may see, 100 at a time."""
    limit = params.integer(ask.params.get("limit", MOST), "limit")
    offset = params.integer(ask.params.get("offset", 0), "offset")
    if not 1 <= limit <= MOST:
        raise invalid("limit", AT_LEAST_ONE)
    ids = {str(i) for i in params.array(ask.params, "ids", required=False)}
    codes = set(params.array(ask.params, "codes", required=False))
    name = params.text(ask.params, "name").lower()
    found = [
        a
        for a in _visible(ask)
        if (not ids or a["id"] in ids) and (not codes or a["code"] in codes) and (not name or name in a["name"].lower())
    ]
    return {"apps": [_summary(ask, a) for a in found[offset : offset + limit]]}


def statistics(ask: Ask) -> Json:
    counts = ask.site.daily()
    out = []
    for app in _visible(ask):
        records = app["records"].values()
        out.append(
            {
                "id": app["id"],
                "name": app["name"],
                "space": {"id": app["guest_space"], "name": "協力会社との共有"} if app["guest_space"] else None,
                "appGroup": "Public",
                "status": "ACTIVATED",
                "recordUpdatedAt": max((r["updated"] for r in records), default=None),
                "recordCount": str(len(records)),
                "fieldCount": str(len(app["fields"])),
                "dailyRequestCount": str(counts.get(app["id"], 0)),
                "storageUsage": "0",
                "customized": False,
                **_people(ask, app),
            }
        )
    return {"apps": out}


def fields(ask: Ask) -> Json:
    app = ask.app("view")
    language = params.text(ask.params, "lang", "default")
    if language == "user":
        language = ask.caller.language
    return {"properties": properties(ask, app, app["fields"], language), "revision": str(app["revision"])}


def properties(ask: Ask, app: Json, all_fields: Json, language: str) -> Json:
    """Fields the caller may see, with the labels of that language."""
    out = {}
    for code, props in all_fields.items():
        if ask.site.field_right(ask.caller, app, code) == "none":
            continue
        shown = copy.deepcopy(props)
        shown.pop("defaultRows", None)
        if language == "en":
            shown["label"] = app["en"].get(code, shown["label"])
            for inner, each in shown.get("fields", {}).items():
                each["label"] = app["en"].get(inner, each["label"])
        out[code] = shown
    return out


def layout(ask: Ask) -> Json:
    app = ask.app("view")
    rows = []
    for code, props in app["fields"].items():
        place = {"type": props["type"], "code": code, "size": {"width": "200"}}
        if props["type"] == "SUBTABLE":
            inner = [{"type": p["type"], "code": c, "size": {"width": "150"}} for c, p in props["fields"].items()]
            rows.append({"type": "SUBTABLE", "code": code, "fields": inner})
        elif props["type"] not in ("STATUS", "STATUS_ASSIGNEE", "CATEGORY"):
            rows.append({"type": "ROW", "fields": [place]})
    return {"layout": rows, "revision": str(app["revision"])}


def views(ask: Ask) -> Json:
    app = ask.app("view")
    shown = [c for c, p in app["fields"].items() if p["type"] in ("SINGLE_LINE_TEXT", "NUMBER", "RECORD_NUMBER")]
    view = {
        "index": "0",
        "type": "LIST",
        "name": "一覧",
        "id": f"{app['id']}001",
        "filterCond": "",
        "sort": "レコード番号 desc",
        "fields": shown[:6],
    }
    return {"views": {"一覧": view}, "revision": str(app["revision"])}


def status(ask: Ask) -> Json:
    app = ask.app("view")
    process = app["status"]
    if not process["enable"]:
        return {"enable": False, "states": None, "actions": None, "revision": str(app["revision"])}
    states = {s["name"]: {**s, "index": str(i)} for i, s in enumerate(process["states"])}
    return {"enable": True, "states": states, "actions": process["actions"], "revision": str(app["revision"])}


def settings(ask: Ask) -> Json:
    app = ask.app("view")
    return {
        "name": app["name"],
        "description": app["description"],
        "icon": {"type": "PRESET", "key": "APP72"},
        "theme": "WHITE",
        "titleField": {"selectionMode": "AUTO"},
        "enableThumbnails": True,
        "enableBulkDeletion": False,
        "enableComments": True,
        "enableDuplicateRecord": True,
        "enableInlineRecordEditing": True,
        "numberPrecision": {"digits": "30", "decimalPlaces": "10", "roundingMode": "HALF_EVEN"},
        "firstMonthOfFiscalYear": "4",
        "revision": str(app["revision"]),
    }


def evaluate(ask: Ask) -> Json:
    """What the caller may do with these records and their fields."""
    app = ask.app("view")
    rights = {p: ask.site.may(ask.caller, app, p) for p in PERMISSIONS}
    out = []
    for number in params.array(ask.params, "ids"):
        each = {}
        for code in app["fields"]:
            right = ask.site.field_right(ask.caller, app, code)
            each[code] = {"viewable": right != "none", "editable": right == "edit" and rights["edit"]}
        record = {"viewable": rights["view"], "editable": rights["edit"], "deletable": rights["delete"]}
        out.append({"id": str(number), "record": record, "fields": each})
    return {"rights": out}


def _visible(ask: Ask) -> list[Json]:
    deleted = {str(i) for i in ask.site.settings.get("deleted_apps", ())}
    return [
        a
        for a in ask.site.state["apps"].values()
        if a["id"] not in deleted and a["guest_space"] == ask.caller.space and ask.site.may(ask.caller, a, "view")
    ]


def _summary(ask: Ask, app: Json) -> Json:
    english = ask.caller.language == "en"
    return {
        "appId": app["id"],
        "code": app["code"],
        "name": app["name_en"] if english and app["name_en"] else app["name"],
        "description": app["description"],
        "spaceId": app["guest_space"],
        "threadId": app["guest_space"],
        **_people(ask, app),
    }


def _people(ask: Ask, app: Json) -> Json:
    administrator = {"code": ADMINISTRATOR, "name": ADMINISTRATOR}
    return {
        "createdAt": app["created"],
        "creator": administrator,
        "modifiedAt": app["modified"],
        "modifier": administrator,
    }


def change_field(app: Json, code: str, patch: Json, now: str) -> None:
    """Edit a form as its owner would: ``rename``, ``remove``, or any property such as
    ``required``, ``unique`` or ``type``. Values of a field whose type changes are lost, as in the service."""
    fields = app["fields"]
    app["revision"] += 1
    app["modified"] = now
    if patch.get("remove"):
        del fields[code]
        for record in app["records"].values():
            record["values"].pop(code, None)
        return
    new = patch.get("rename")
    if new:
        app["fields"] = {new if c == code else c: p for c, p in fields.items()}
        app["fields"][new]["code"] = new
        for record in app["records"].values():
            if code in record["values"]:
                record["values"][new] = record["values"].pop(code)
        return
    changed = {k: v for k, v in patch.items() if k not in ("app", "code")}
    if "type" in changed and fields.get(code, {}).get("type") != changed["type"]:
        for record in app["records"].values():
            record["values"].pop(code, None)
    fields[code] = {"code": code, "label": code, "noLabel": False, **fields.get(code, {}), **changed}
