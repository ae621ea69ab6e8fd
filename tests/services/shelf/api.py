"""The test service's connector: the functions of the contract over its HTTP API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from choai.connectors.contract import (
    Account,
    Done,
    Idempotency,
    Item,
    ObjectInfo,
    ObjectSpec,
    Op,
    Page,
    Refused,
    Reply,
    Result,
    Session,
    Untried,
    Window,
)
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Value
from services.shelf import spec as declared

FIELDS = (
    Field("id", Kind.IDENTIFIER, "ID", "ID", role="partner.id", on_create=False, on_update=False, unique=True),
    Field("name", Kind.TEXT, "名前", "Name", role="partner.name", required=True),
    Field("phone", Kind.TEXT, "電話", "Phone", role="partner.phone"),
    Field("note", Kind.LONG_TEXT, "備考", "Note"),
    Field("ext", Kind.TEXT, "相手のID", "Their ID", unique=True),
    Field("origin", Kind.TEXT, "出所", "Origin"),
)


def _shelf(name: str) -> ObjectSpec:
    return next(o for o in declared.SPEC.objects if o.name == name)


async def identify(session: Session) -> Account:
    return Account(str(session.settings.get("account", "")), "shelf")


async def catalogue(session: Session) -> list[ObjectInfo]:
    return [ObjectInfo(o.name, o.ja, o.en, o.name) for o in declared.SPEC.objects]


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    return Schema(object, FIELDS, revision="1")


def _record(row: Mapping[str, Any]) -> Record:
    at = datetime.fromisoformat(row["changed_at"])
    values: dict[str, Value] = {f.name: None for f in FIELDS} | dict(row["values"]) | {"id": row["id"]}
    return Record(row["id"], values, row["revision"], at)


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    query = {"limit": str(_shelf(object).page_size)}
    if window.ids is not None:
        query["ids"] = ",".join(window.ids)
    if isinstance(window.since, datetime):
        query["since"] = window.since.isoformat()
    if token is not None:
        query["start"] = token
    data = (await session.call("GET", object, query=query)).data
    records = [_record(row) for row in data["records"]]
    marks = [r.changed_at for r in records if isinstance(r.changed_at, datetime)]
    following = None if data["next"] is None else str(data["next"])
    return Page(records, following, max(marks) if marks else None)


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    query = [("key", key), *(("value", str(v)) for v in values)]
    return [_record(row) for row in (await session.call("GET", object, query=query)).data["records"]]


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    shelf = _shelf(object)
    rows = [_row(shelf, op, item) for item in items]
    body: dict[str, Any] = {"records": rows}
    headers: dict[str, str] = {}
    if op is Op.UPSERT and items[0].key is not None:
        body["upsert"] = items[0].key[0]
    if op is Op.CREATE and shelf.idempotency is Idempotency.HEADER:
        headers["Idempotency-Key"] = items[0].stamp or ""
    reply = await session.call(
        "POST" if op is Op.CREATE else "PUT", object, json=body, headers=headers, effect=True, ok=(200, 422)
    )
    if reply.status == 422:
        return _refused(items, reply.data)
    return [_done(item, row) for item, row in zip(items, reply.data["records"], strict=True)]


def _row(shelf: ObjectSpec, op: Op, item: Item) -> dict[str, Any]:
    values = dict(item.values)
    if op is Op.CREATE and shelf.stamp_field is not None and item.stamp is not None:
        values[shelf.stamp_field] = item.stamp
    if op is Op.UPSERT and item.key is not None:
        values[item.key[0]] = item.key[1]
    told = {"id": item.id} if op is Op.UPDATE else {}
    return {**told, "values": values} | ({"revision": item.revision} if item.revision else {})


def _done(item: Item, row: Mapping[str, Any]) -> Done:
    if "values" not in row:
        return Done(item.ref, Record(row["id"], dict(item.values), row["revision"]), row["created"], complete=False)
    return Done(item.ref, _record(row), row["created"])


def _refused(items: Sequence[Item], data: Mapping[str, Any]) -> list[Result]:
    codes = {"gone": "record_not_found", "taken": "validation_rejected", "conflict": "changed_during_run"}
    error = ChoaiError(codes[data["code"]], field=data["field"])
    return [Refused(i.ref, error) if n == data["at"] else Untried(i.ref) for n, i in enumerate(items)]


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    return None


def authorise(settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
    return {}


def fault(reply: Reply) -> ChoaiError:
    code = "unknown_result" if reply.status >= 500 else "validation_rejected"
    return ChoaiError(code, detail=reply.text[:200])


def granted(token: Mapping[str, Any]) -> dict[str, Any]:
    return {}
