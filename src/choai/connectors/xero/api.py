"""Reading and writing Xero.

Lists are read in the order of their ids: records only ever join them (what is deleted or archived stays, with its status), so
that none can slip past a page.

Xero replaces lines, addresses, telephone numbers and the like as they are sent. An update of one of these is laid over what
Xero has at that moment: one more call per batch (per record for quotes, which demand it anyway).

Creates carry an Idempotency-Key; bodies are written in one order of keys, since Xero refuses a key with another body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from choai.connectors.batches import each, mixed, sifted
from choai.connectors.contract import (
    Done,
    Item,
    ObjectInfo,
    Op,
    Page,
    Refused,
    Reply,
    Result,
    Session,
    Window,
)
from choai.connectors.fields import Json
from choai.connectors.paging import following, number
from choai.connectors.reading import demanded, every, gated, matching, offered, page, texts
from choai.connectors.wires import moment
from choai.connectors.xero.acts import act, heard
from choai.connectors.xero.bodies import completed, in_order, needs_current, sent_lines
from choai.connectors.xero.faults import fault, messages, refusal
from choai.connectors.xero.identify import identify
from choai.connectors.xero.lists import (
    CODES,
    DOCUMENTS,
    GUID,
    Row,
    call,
    categories,
    learn_codes,
    lines_of,
    link,
    listed,
    place_of,
    questions,
    reader_of,
    rows_by_id,
    rows_in,
    rows_of,
    table_of,
)
from choai.connectors.xero.spec import BY_NAME, OBJECTS, SPEC, Place
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Value

__all__ = [
    "SPEC", "act", "authorise", "catalogue", "describe", "fault", "find", "granted", "heard", "identify", "link", "read", "write",
]  # fmt: skip

_FITS = {"where": re.compile(r'[^"\\\n\r]+'), "path": re.compile(r"[\w. -]+"), "list": re.compile(r'[^",\n\r]+')}


async def catalogue(session: Session) -> list[ObjectInfo]:
    """All objects, and the options of each active tracking category as an object of its own."""
    found = offered(OBJECTS, gated(session))
    for category in await categories(session, fresh=True):
        name = str(category["Name"])
        found.append(ObjectInfo(f"tracking:{category['TrackingCategoryID']}", name, name, "tracking:*"))
    return found


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    """Fixed fields, and for documents the tracking categories of the organisation."""
    if object in DOCUMENTS or object.startswith("tracking:"):
        await categories(session, fresh=True)
        session.memo.pop(f"table:{object}", None)
    return (await table_of(session, object)).schema()


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """One page, or the records of Window.ids."""
    place, known = place_of(object), await table_of(session, object)
    if window.ids is not None:
        return Page(await find(session, object, "id", list(window.ids)))
    at = number(token)
    query, size = dict(place.query), BY_NAME[object].page_size if object in BY_NAME else 0
    if place.pages:
        query |= {"page": str(at)}
    if "pageSize" in place.pages:
        query["pageSize"] = str(size)
    headers = {}
    if place.since and isinstance(window.since, datetime):
        # Xero answers what changed after the instant and knows seconds only
        headers["If-Modified-Since"] = moment(window.since - timedelta(seconds=1), "utc").removesuffix("Z")
    reply = await _in_order(session, place, query, headers)
    rows = await rows_of(session, object, reply)
    told = reply.data.get("pagination")
    more = at < int(told["pageCount"]) if isinstance(told, dict) and "pageCount" in told else len(rows) >= size
    records = list(map(reader_of(session, object, known, window.fields), rows))
    return page(records, following(at, bool(place.pages and rows and more)))


async def _in_order(session: Session, place: Place, query: dict[str, str], headers: dict[str, str]) -> Reply:
    """A list in the order of its ids. Which lists can be ordered so is not documented: one that cannot comes as it is."""
    refused: set[str] = session.memo.setdefault("unordered", set())
    if place.pages and place.path not in refused:
        try:
            return await listed(session, place, {**query, "order": f"{place.id} ASC"}, headers)
        except ChoaiError as error:
            if error.facts.get("status") != 400:
                raise
            refused.add(place.path)
    return await listed(session, place, query, headers)


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """Records whose ``key`` is one of the values exactly. Archived ones are found by id only."""
    place, known = place_of(object), await table_of(session, object)
    column, wanted = demanded(known, key), texts(values)
    how = place.find.get(key, "")
    if key == "id" and how:
        wanted = [v for v in wanted if GUID.fullmatch(v)]
    name = column.path[0]
    records: list[Record] = []
    fits = _FITS.get("list" if how.endswith(("IDs", "Numbers")) else how.strip("="), _FITS["where"])
    plain = [v for v in wanted if how and fits.fullmatch(v)]
    odd = [v for v in wanted if v not in plain]
    for path, query in questions(place, how, str(name), plain):
        reply = await call(session, "GET", path, query=query, ok=(200, 404))
        if reply.status == 200:
            records += map(reader_of(session, object, known), await rows_of(session, object, reply))
    if odd and place.search:
        for value in odd:
            reply = await listed(session, place, {"searchTerm": value, "page": "1", "pageSize": "1000"})
            records += map(reader_of(session, object, known), await rows_of(session, object, reply))
    elif odd:
        records += await every(read, session, object)
    return [r for r in matching(records, key, wanted) if key == "id" or not r.archived]


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    """One call per batch, and one before it where an update is laid over what is there."""
    place, known = place_of(object), await table_of(session, object)
    spec = BY_NAME.get(object, BY_NAME["tracking:*"])
    if op is Op.UPSERT or not (spec.can_create if op is Op.CREATE else spec.can_update):
        raise ChoaiError("not_writable", field=spec.ja)

    def prepare(item: Item) -> Row:
        body = known.body(item.values, creating=op is Op.CREATE)
        own = {} if op is Op.CREATE else {place.id: item.id}
        return {**body, **place.always, **own}

    async def send(ready: list[Item], bodies: list[Row]) -> list[Result]:
        if op is Op.UPDATE:
            gone = [str(i.id) for i, body in zip(ready, bodies, strict=True) if needs_current(body, place)]
            current = {row[place.id]: row for row in await rows_by_id(session, object, place, gone)}
            bodies = [completed(body, current.get(str(body[place.id]), {}), place) for body in bodies]
        await _coded(session, bodies)
        return await _sent(session, object, op, ready, [in_order(body) for body in bodies])

    results = await sifted(items, prepare, send)
    if place.path in CODES:
        session.memo.pop(f"at:{place.path}", None)
    return results


async def _coded(session: Session, bodies: Sequence[Row]) -> None:
    for path, name in (("Items", "ItemCode"), ("Accounts", "AccountCode")):
        await learn_codes(session, path, {line[name] for line in lines_of(bodies) if line.get(name)})
    sent_lines(bodies, session.memo)


async def _sent(session: Session, object: str, op: Op, items: list[Item], bodies: list[Row]) -> list[Result]:
    place, known = place_of(object), await table_of(session, object)
    if not place.bulk:
        return await each(items, lambda item: _one(session, object, op, item, bodies[items.index(item)]))
    key = {"Idempotency-Key": items[0].stamp} if op is Op.CREATE and items[0].stamp else {}
    query = {"summarizeErrors": "false", **({"unitdp": "4"} if place.units else {})}
    method = "PUT" if op is Op.CREATE else "POST"
    try:
        reply = await call(session, method, place.path, query=query, json={place.path: bodies}, headers=key)
    except ChoaiError as error:
        if len(items) == 1 or error.facts.get("status") != 400:
            if len(items) == 1 and error.facts.get("status") == 400:
                return [Refused(items[0].ref, error)]
            raise
        # a body that Xero cannot even read refuses all of its batch: one by one, each with a key of its own
        alone = [Item(i.ref, i.values, i.id, stamp=i.stamp and f"{i.stamp}.{n}") for n, i in enumerate(items)]
        found = [await _sent(session, object, op, [i], [b]) for i, b in zip(alone, bodies, strict=True)]
        return [result for one in found for result in one]
    rows_in(reply, place.path)
    answers = await rows_of(session, object, reply)
    reader = reader_of(session, object, known)

    def judge(item: Item, row: Json) -> Result:
        if row.get("StatusAttributeString") == "ERROR" or row.get("HasErrors") or row.get("HasValidationErrors"):
            return Refused(item.ref, refusal(messages(row), str(item.values.get(place.number) or "")))
        return Done(item.ref, reader(row), created=op is Op.CREATE)

    return mixed(items, answers, judge)


async def _one(session: Session, object: str, op: Op, item: Item, body: Row) -> Result:
    """Objects of which a call takes one."""
    known = await table_of(session, object)
    place, creating = place_of(object), op is Op.CREATE
    inner = "/Options" if object.startswith("tracking:") else ""
    at = f"/{item.id}" if place.by_path and not creating else ""
    if at:
        body = {name: value for name, value in body.items() if name != place.id}
    bare = place.bare == "always" or (creating and place.bare == "create")
    key = {"Idempotency-Key": item.stamp} if creating and item.stamp else {}
    sent = body if bare else {place.path: [body]}
    method = "PUT" if creating else "POST"
    reply = await call(session, method, f"{place.path}{inner}{at}", json=sent, headers=key)
    (row, *_) = await rows_of(session, object, reply)
    if row.get("ValidationErrors"):
        return Refused(item.ref, refusal(messages(row), str(item.values.get(place.number) or "")))
    return Done(item.ref, reader_of(session, object, known)(row), created=creating)


def authorise(settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
    """Extra headers: without this one Xero answers XML."""
    return {"Accept": "application/json"}


def granted(token: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing: which organisation it is, is not in the token's answer."""
    return {}
