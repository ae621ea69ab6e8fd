"""record.json and records.json."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from choai.sandbox.kintone import params
from choai.sandbox.kintone.answers import (
    BOTH_KEYS,
    DELETE_COUNT,
    KEY_IN_RECORD,
    KEY_NOT_UNIQUE,
    REQUIRED_PARAMETER,
    SAME_RECORD,
    Answer,
    ApiError,
    invalid,
    too_many,
)
from choai.sandbox.kintone.fields import Write
from choai.sandbox.kintone.filters import Reader
from choai.sandbox.kintone.query import parse
from choai.sandbox.kintone.site import NOT_IN_RECORDS, Caller, Json, Site
from choai.sandbox.kintone.writing import Batch, Undo, erase

BATCH = 100
MAX_FIELDS = 1000


@dataclass(slots=True)
class Ask:
    """One request after authentication. ``undo`` gathers the way back for bulkRequest."""

    site: Site
    caller: Caller
    params: Json
    line: str
    undo: list[Undo] = field(default_factory=list)

    def app(self, need: str, *more: str) -> Json:
        """The app named by the parameters, if the caller may do this with it."""
        app = self.site.app(params.number(self.params, "app"), self.caller)
        self.site.count(app)
        for each in (need, *more):
            self.site.allow(self.caller, app, each)
        return app


# ---------------------------------------------------------------- reading


def get_record(ask: Ask) -> Json:
    app = ask.app("view")
    return {"record": Shape(ask, app).record(find(app, params.number(ask.params, "id")))}


def get_records(ask: Ask) -> Answer:
    """``totalCount`` is null unless asked for. A fault can make the page empty, short or say that it is incomplete."""
    app = ask.app("view")
    query = parse(params.text(ask.params, "query"))
    wanted = params.array(ask.params, "fields", required=False)
    if len(wanted) > MAX_FIELDS:
        raise ApiError("CB_IL02")
    count = params.flag(ask.params, "totalCount")
    found, total = Reader(ask.site, app, ask.caller).run(query, count=count)
    world, headers = ask.site.world, {}
    if world.fault("empty_page", ask.line):
        found = []
    if world.fault("partial", ask.line):
        found = found[: len(found) // 2]
    if world.fault("warning", ask.line):
        headers["X-Cybozu-Warning"] = "Filter aborted because of too many search results"
    shape = Shape(ask, app, wanted or None)
    body = {"records": [shape.record(r) for r in found], "totalCount": None if total is None else str(total)}
    return Answer(body, headers=headers)


class Shape:
    """Turns stored records into answers for one caller: hidden fields are simply absent."""

    def __init__(self, ask: Ask, app: Json, wanted: list[str] | None = None) -> None:
        self.site = ask.site
        self.prefix = f"{app['code']}-" if app["code"] else ""
        self.fields = {
            code: props
            for code, props in app["fields"].items()
            if props["type"] not in NOT_IN_RECORDS
            and (props["type"] not in ("STATUS", "STATUS_ASSIGNEE") or app["status"]["enable"])
            and props["type"] != "CATEGORY"
            and (wanted is None or code in wanted)
            and ask.site.field_right(ask.caller, app, code) != "none"
        }
        self.plan = [(code, props["type"], self.special(code, props)) for code, props in self.fields.items()]
        self.id = wanted is None or "$id" in wanted
        self.revision = wanted is None or "$revision" in wanted

    def record(self, record: Json) -> Json:
        values = record["values"]
        out: Json = {
            code: {"type": kind, "value": values.get(code) if special is None else special(record)}
            for code, kind, special in self.plan
        }
        if self.revision:
            out["$revision"] = {"type": "__REVISION__", "value": str(record["rev"])}
        if self.id:
            out["$id"] = {"type": "__ID__", "value": str(record["id"])}
        return out

    def special(self, code: str, props: Json) -> Callable[[Json], Any] | None:
        """How a field is told that is not simply a stored value."""
        user = self.site.user
        made: dict[str, Callable[[Json], Any]] = {
            "RECORD_NUMBER": lambda r: f"{self.prefix}{r['id']}",
            "CREATED_TIME": lambda r: r["created"],
            "UPDATED_TIME": lambda r: r["updated"],
            "CREATOR": lambda r: user(r["creator"]),
            "MODIFIER": lambda r: user(r["modifier"]),
            "STATUS": lambda r: r.get("state") or "",
            "STATUS_ASSIGNEE": lambda r: [user(u) for u in r.get("assignees", ())],
            "SUBTABLE": lambda r: [self.row(props["fields"], row) for row in r["values"].get(code) or ()],
        }
        return made.get(props["type"])

    def row(self, inner: Json, row: Json) -> Json:
        return {
            "id": row["id"],
            "value": {c: {"type": p["type"], "value": row["value"].get(c)} for c, p in inner.items()},
        }


def find(app: Json, id: object) -> Json:
    record: Json | None = app["records"].get(str(id))
    if record is None:
        raise ApiError("GAIA_RE01", id=id)
    return record


# ---------------------------------------------------------------- writing


def post_record(ask: Ask) -> Json:
    app = ask.app("add")
    batch = _batch(ask, app)
    batch.add(ask.params.get("record"), None, "record")
    record = _commit(ask, batch)[0]
    return {"id": str(record["id"]), "revision": str(record["rev"])}


def post_records(ask: Ask) -> Json:
    app = ask.app("add")
    rows = params.array(ask.params, "records")
    if len(rows) > BATCH:
        raise invalid("records", too_many(BATCH, "追加", "added"))
    batch = _batch(ask, app)
    for at, row in enumerate(rows):
        batch.add(row, None, f"records[{at}]")
    done = _commit(ask, batch)
    return {"ids": [str(r["id"]) for r in done], "revisions": [str(r["rev"]) for r in done]}


def put_record(ask: Ask) -> Json:
    app = ask.app("edit")
    batch = _batch(ask, app)
    record, _ = _target(ask, app, ask.params, "", upsert=False)
    if record is not None:
        _same_revision(record, ask.params.get("revision"))
    batch.add(ask.params.get("record"), record, "record")
    done = _commit(ask, batch)[0]
    return {"revision": str(done["rev"])}


def put_records(ask: Ask) -> Json:
    """Update, or with ``upsert`` update or insert; then each row of the answer tells which."""
    upsert = params.flag(ask.params, "upsert")
    app = ask.app("edit", "add") if upsert else ask.app("edit")
    rows = params.array(ask.params, "records")
    if len(rows) > BATCH:
        raise invalid("records", too_many(BATCH, "更新", "updated"))
    batch = _batch(ask, app)
    seen: set[int] = set()
    for at, row in enumerate(rows):
        if not isinstance(row, dict):
            raise ApiError("CB_IL02")
        record, extra = _target(ask, app, row, f"records[{at}].", upsert=upsert)
        if record is not None:
            if record["id"] in seen:
                raise invalid(f"records[{at}].id", SAME_RECORD)
            seen.add(record["id"])
            _same_revision(record, row.get("revision"))
        payload = row.get("record")
        batch.add({**(payload if isinstance(payload, dict) else {}), **extra}, record, f"records[{at}]")
    inserted = [c.before is None for c in batch.changes]
    done = _commit(ask, batch)
    out = [{"id": str(r["id"]), "revision": str(r["rev"])} for r in done]
    if upsert:
        for answer, new in zip(out, inserted, strict=True):
            answer["operation"] = "INSERT" if new else "UPDATE"
    return {"records": out}


def delete_records(ask: Ask) -> Json:
    app = ask.app("delete")
    ids = params.array(ask.params, "ids")
    if not 1 <= len(ids) <= BATCH:
        raise invalid("ids", DELETE_COUNT)
    revisions = params.array(ask.params, "revisions", required=False)
    found = []
    for at, wanted in enumerate(ids):
        record = find(app, wanted)
        _same_revision(record, revisions[at] if at < len(revisions) else None)
        found.append(record)
    _locked(ask)
    ask.undo.extend(erase(ask.site, app, record) for record in found)
    return {}


def _batch(ask: Ask, app: Json) -> Batch:
    write = Write(ask.site, app, rewrite=ask.site.world.fault("rewrite", ask.line) is not None)
    return Batch(write, ask.caller)


def _commit(ask: Ask, batch: Batch) -> list[Json]:
    _locked(ask)
    done, undo = batch.commit()
    ask.undo.extend(undo)
    ask.site.world.dirty = True
    return done


def _locked(ask: Ask) -> None:
    if ask.site.world.fault("lock", ask.line):
        raise ApiError("GAIA_DA02")


def _same_revision(record: Json, revision: object) -> None:
    if revision in (None, "", -1, "-1"):
        return
    if params.integer(revision, "revision") != record["rev"]:
        raise ApiError("GAIA_CO02")


def _target(ask: Ask, app: Json, row: Json, path: str, *, upsert: bool) -> tuple[Json | None, Json]:
    """The record that a row of PUT names, by id or by updateKey; (None, cells) when it will be inserted."""
    key = row.get("updateKey")
    if key is None:
        wanted = params.number(row, "id") if not path else _row_id(row, path)
        if upsert and str(wanted) not in app["records"]:
            return None, {}
        return find(app, wanted), {}
    if row.get("id") is not None:
        raise invalid(f"{path}updateKey", BOTH_KEYS)
    code, raw = (key.get("field"), key.get("value")) if isinstance(key, dict) else (None, None)
    props = app["fields"].get(str(code))
    if code is None or props is None:
        raise ApiError("GAIA_FC01", field=code)
    if props["type"] not in ("SINGLE_LINE_TEXT", "NUMBER") or not props.get("unique"):
        raise invalid(f"{path}updateKey.field", KEY_NOT_UNIQUE)
    if code in (row.get("record") or {}):
        raise invalid(f"{path}record.{code}", KEY_IN_RECORD)
    value = _plain(props, raw)
    holder = ask.site.holder(app, code, value) if value else None
    if holder is not None:
        return app["records"][str(holder)], {}
    if upsert:
        return None, {code: {"value": value}}
    raise ApiError("GAIA_RE20", value=value)


def _row_id(row: Json, path: str) -> int:
    if row.get("id") in (None, ""):
        raise invalid(f"{path}id", REQUIRED_PARAMETER)
    return params.integer(row["id"], f"{path}id")


def _plain(props: Json, raw: object) -> str:
    text = "" if raw is None else str(raw).strip() if props["type"] == "NUMBER" else str(raw)
    if props["type"] == "NUMBER" and text:
        try:
            return format(Decimal(text), "f")
        except InvalidOperation:
            return text
    return text
