"""Reading and writing Salesforce.

Reads are SOQL in the order of ids, each page beginning after the last id: no query cursor is kept open, because those end after a
while and a user has ten. A full read of very many records goes by a Bulk API 2.0 job, when whoever reads can wait.

Writes are sObject collections of up to 200 records, each with its own result. Salesforce answers ids only, while it trims,
rounds and runs the org's flows: a second call reads the records back. One that somebody else changed in between, or a failed
second call, gives ``complete=False``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from choai.connectors.batches import afterwards, key_of, mixed, sifted
from choai.connectors.contract import Done, Gone, Item, Op, Page, Refused, Result, Session, Untried, Window
from choai.connectors.paging import mark, marks
from choai.connectors.reading import demanded, kept, page
from choai.connectors.salesforce import spec
from choai.connectors.salesforce.calls import IDENTIFIER, asked, path_of, query
from choai.connectors.salesforce.faults import PASSING, fault, refusal
from choai.connectors.salesforce.forms import Form, csv_rows, form
from choai.connectors.salesforce.identify import authorise, catalogue, granted, identify, link
from choai.connectors.salesforce.soql import instant, literal, portions, select
from choai.connectors.salesforce.spec import LINES, SPEC
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Kind, Value, is_empty

__all__ = [
    "SPEC", "authorise", "catalogue", "deleted", "describe", "fault", "find", "granted", "identify", "link", "read", "write",
]  # fmt: skip

KEPT_DAYS = 15  # how long deletes are listed
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


# ---------------------------------------------------------------- fields


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    """One call, two for objects with line items. Fields that the user may not see are not there."""
    return (await _form(session, object, fresh=True)).table.schema()


async def _form(session: Session, object: str, *, fresh: bool = False) -> Form:
    return await kept(session, f"form:{object}", lambda: _made(session, object), fresh=fresh)


async def _made(session: Session, object: str) -> Form:
    child = None
    described = await _described(session, object)
    if object in LINES:
        try:
            child = await _described(session, LINES[object][1])
        except ChoaiError as error:
            if error.code != "object_not_found":
                raise
    return form(described, child)


async def _described(session: Session, object: str) -> Any:
    if not _NAME.fullmatch(object):
        raise ChoaiError("object_not_found", object=object)
    try:
        return await asked(session, "GET", f"sobjects/{object}/describe", "fields")
    except ChoaiError as error:
        if error.code == "record_not_found":
            raise ChoaiError("object_not_found", object=object, detail=error.facts.get("detail")) from error
        raise


# ---------------------------------------------------------------- reading


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """``token`` holds the last id of the page before; of a Bulk API job its id and place."""
    made = await _form(session, object)
    fields = _fields(made, window.fields)
    if window.ids is not None:
        ids = [literal(i) for i in window.ids if IDENTIFIER.fullmatch(i)]
        return _page(made, await _where(session, made, fields, "Id", ids), window)
    conditions = [f"{made.changed} >= {instant(window.since)}"] if window.since is not None and made.changed else []
    place, total = marks(token), None
    if token is None and window.patient and window.since is None:
        total = int((await query(session, select(["COUNT()"], object, conditions)))["totalSize"])
        if total > spec.BULK_ROWS and not any("SELECT" in f for f in fields):
            job = {"operation": "query", "query": select(fields, object, conditions), "contentType": "CSV"}
            started = await asked(session, "POST", "jobs/query", "id", json=job)
            return Page([], mark(job=started["id"]), total=total, wait_seconds=spec.BULK_WAIT)
    if "job" in place and (told := await _exported(session, made, window, place)) is not None:
        return told
    after = [f"Id > {literal(place['after'])}"] if place.get("after") else []
    soql = select(fields, object, [*conditions, *after], f"ORDER BY Id LIMIT {spec.PAGE}")
    data = await query(session, soql)
    rows = data["records"]
    found = _page(made, await _with_lines(session, made, rows), window)
    found.total = total
    more = bool(rows) and (int(data["totalSize"]) >= spec.PAGE or len(rows) < int(data["totalSize"]))
    found.next = mark(after=rows[-1]["Id"]) if more else None
    found.incomplete = "incomplete_answer" if not rows and data["totalSize"] else None
    return found


async def _exported(session: Session, made: Form, window: Window, place: Mapping[str, Any]) -> Page | None:
    """A page of a job's result, or a pause while it is prepared; None when the job failed or is not known any more: the
    records are then read by queries."""
    path = path_of(session, f"jobs/query/{place['job']}")
    if "at" not in place:
        job = (await session.call("GET", path, ok=(200, 404))).data
        state = job.get("state") if isinstance(job, dict) else "Failed"
        if state in ("UploadComplete", "InProgress"):
            return Page([], mark(job=place["job"]), wait_seconds=spec.BULK_WAIT)
        if state != "JobComplete":
            return None
    span = {"maxRecords": str(spec.BULK_PAGE), **({"locator": place["at"]} if place.get("at") else {})}
    result = await session.call("GET", f"{path}/results", query=span, ok=(200, 404), headers={"Accept": "text/csv"})
    if result.status == 404:
        return None
    found = _page(made, csv_rows(result.body), window)
    at = result.headers.get("sforce-locator", "null")
    found.next = None if at == "null" else mark(job=place["job"], at=at)
    return found


def _page(made: Form, rows: Sequence[Mapping[str, Any]], window: Window) -> Page:
    return page(list(map(made.table.reader(wished=window.fields), rows)))


def _fields(made: Form, wished: Sequence[str] | None) -> list[str]:
    """What to select: always what identifies a record, and line items as a query of their own."""
    named = [c.name for c in made.table.columns if wished is None or c.name in wished]
    plain = [n for n in named if n != made.rows]
    inner = []
    if made.rows is not None and made.rows in named:
        inner = [f"({select(made.line_fields, made.rows, [], 'ORDER BY Id')})"]
    return list(dict.fromkeys(["Id", *([made.changed] if made.changed else []), *plain, *inner]))


async def _with_lines(session: Session, made: Form, rows: list[Any]) -> list[Any]:
    """Line items that did not all fit beside their records are asked for anew. Cursors of nested queries are not followed: there
    would be one for each record, and a user has ten."""
    short = {row["Id"]: row[made.rows] for row in rows if made.rows and (row.get(made.rows) or {}).get("done") is False}
    for held in short.values():
        held["records"] = []
    parent = f"{made.table.object}Id"
    for some in portions(map(literal, short)):
        after: list[str] = []
        while True:
            conditions = [f"{parent} IN ({', '.join(some)})", *after]
            fields = [*made.line_fields, parent]
            data = await query(session, select(fields, made.line_object, conditions, f"ORDER BY Id LIMIT {spec.PAGE}"))
            for line in data["records"]:
                short[line[parent]]["records"].append(line)
            if not data["records"] or len(data["records"]) == data["totalSize"] < spec.PAGE:
                break
            after = [f"Id > {literal(data['records'][-1]['Id'])}"]
    return rows


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """Records whose field equals one of the values exactly (SOQL itself does not tell capitals from small letters). Raises
    ``field_not_found``, also for fields that cannot be asked for (long texts)."""
    made = await _form(session, object)
    column = demanded(made.table, "Id" if key == "id" else key)
    if column.name == made.rows:
        raise ChoaiError("field_not_found", object=object, field=key)
    kind = column.field.kind
    wanted = [v for v in values if not is_empty(v)]
    sent = [made.table.sent(column, v) for v in wanted]
    if kind in (Kind.IDENTIFIER, Kind.REFERENCE):
        sent = [v for v in sent if IDENTIFIER.fullmatch(str(v))]
    rows = await _where(session, made, _fields(made, None), column.name, [literal(v, kind) for v in sent])
    found = map(made.table.reader(), rows)
    return [r for r in found if r.values.get(column.name) in wanted]


async def _where(session: Session, made: Form, fields: list[str], name: str, literals: Sequence[str]) -> list[Any]:
    """Rows whose field is one of the literals, in as many calls as addresses allow. Raises ``incomplete_answer`` when more than a
    page has one of them."""
    rows: list[Any] = []
    for some in portions(literals):
        one_of = f"{name} IN ({', '.join(some)})"
        data = await query(session, select(fields, made.table.object, [one_of], f"ORDER BY Id LIMIT {spec.PAGE}"))
        if int(data["totalSize"]) >= spec.PAGE or len(data["records"]) < int(data["totalSize"]):
            raise ChoaiError("incomplete_answer", object=made.table.object, field=name, detail=data["totalSize"])
        rows += await _with_lines(session, made, data["records"])
    return rows


async def deleted(session: Session, object: str, since: datetime, token: str | None) -> Gone:
    """From the recycle bin; for objects that have none in sight, the list of deletes. Both reach back fifteen days."""
    made, now = await _form(session, object), session.now()
    short = "incomplete_answer" if since < now - timedelta(days=KEPT_DAYS) else None
    if made.flags_deleted and made.changed:
        conditions = ["IsDeleted = true", f"{made.changed} >= {instant(since)}"]
        conditions += [f"Id > {literal(token)}"] if token else []
        soql = select(["Id"], object, conditions, f"ORDER BY Id LIMIT {spec.PAGE}")
        ids = [str(row["Id"]) for row in (await query(session, soql, "queryAll"))["records"]]
        return Gone(ids, ids[-1] if len(ids) >= spec.PAGE else None, short)
    minute = timedelta(minutes=1)  # seconds are ignored
    start = max(since - minute, now - timedelta(days=KEPT_DAYS) + 2 * minute)
    span = {"start": instant(start), "end": instant(now)}
    data = await asked(session, "GET", f"sobjects/{object}/deleted/", "deletedRecords", query=span)
    return Gone([str(row["id"]) for row in data["deletedRecords"]], None, short)


# ---------------------------------------------------------------- writing


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    """Two calls: the write, and the reading back of what it made."""
    if len(items) > spec.BATCH:
        raise ValueError(f"at most {spec.BATCH} records in one call")
    made = await _form(session, object)

    async def send(ready: list[Item], rows: list[Any]) -> list[Result]:
        return await _send(session, made, op, ready, rows)

    return await sifted(items, lambda item: _row(made, op, item), send)


def _row(made: Form, op: Op, item: Item) -> dict[str, Any]:
    table = made.table
    row = {"attributes": {"type": table.object}, **table.body(item.values, creating=op is not Op.UPDATE)}
    if op is Op.UPDATE:
        return {**row, "id": item.id}
    if op is Op.UPSERT:
        name, value = key_of(table, item)
        row[name] = value
    return row


async def _send(session: Session, made: Form, op: Op, items: list[Item], rows: list[Any]) -> list[Result]:
    path = path_of(session, "composite/sobjects")
    if op is Op.UPSERT:
        path += f"/{made.table.object}/{(items[0].key or ('', None))[0]}"
    body = {"allOrNone": False, "records": rows}
    method = "POST" if op is Op.CREATE else "PATCH"
    try:
        reply = await session.call(method, path, json=body, headers=_switches(session.settings))
    except ChoaiError as error:
        if error.code == "field_not_found":
            session.memo.pop(f"form:{made.table.object}", None)  # the form has changed since it was read
        raise
    results = mixed(items, reply.data, lambda item, answer: _judged(op, item, answer))
    if all(isinstance(r, Untried) for r in results):
        raise ChoaiError("locked", detail=str(_error(reply.data[0]).get("message") or ""))
    held = await afterwards(_read_back(session, made, [r.record.id for r in results if isinstance(r, Done)])) or {}
    return [_done(session, r, held) if isinstance(r, Done) else r for r in results]


def _judged(op: Op, item: Item, answer: Any) -> Result:
    if isinstance(answer, dict) and answer.get("success") is True and answer.get("id"):
        created = op is Op.CREATE or answer.get("created") is True
        return Done(item.ref, Record(str(answer["id"]), dict(item.values)), created, complete=False)
    error = _error(answer)
    if error.get("statusCode") in PASSING:
        return Untried(item.ref)
    return Refused(item.ref, refusal(error))


def _error(answer: Any) -> Mapping[str, Any]:
    errors = answer.get("errors") if isinstance(answer, dict) else None
    found = errors[0] if isinstance(errors, list) and errors else {}
    return found if isinstance(found, dict) else {}


def _switches(settings: Mapping[str, Any]) -> dict[str, str]:
    """What a write sets off in the org besides itself."""
    headers = {} if settings.get("assignment_rules") == "yes" else {"Sforce-Auto-Assign": "FALSE"}
    if settings.get("duplicate_rules") == "save":
        headers["Sforce-Duplicate-Rule-Header"] = "allowSave=true"
    return headers


async def _read_back(session: Session, made: Form, ids: list[str]) -> dict[str, tuple[Record, str | None]]:
    """What Salesforce made of what it was sent, with who changed it last."""
    rows = await _where(session, made, _fields(made, None), "Id", [literal(i) for i in dict.fromkeys(ids)])
    read = made.table.reader()
    return {str(row["Id"]): (read(row), row.get("LastModifiedById")) for row in rows}


def _done(session: Session, done: Done, held: Mapping[str, tuple[Record, str | None]]) -> Done:
    """Somebody else's change since then must not become the base."""
    record, user = held.get(done.record.id, (None, None))
    mine = session.settings.get("user_id")
    if record is None or (mine and user and user[:15] != str(mine)[:15]):
        return done
    return Done(done.ref, record, done.created)
