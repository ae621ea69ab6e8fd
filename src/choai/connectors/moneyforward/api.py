"""Reading and writing マネーフォワード クラウド請求書.

Documents can be asked for by the day of their change; the day before is read too (whether the vendor's days are Japanese is not
documented), and what is older than the window is left out here. Masters are read whole. No list has an order: when the number of
rows changes between two pages, the list is begun again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from choai.connectors.batches import each
from choai.connectors.contract import Account, Acted, Document, Item, ObjectInfo, Op, Page, Result, Session, Window
from choai.connectors.moneyforward import rows as held
from choai.connectors.moneyforward.faults import fault
from choai.connectors.moneyforward.rows import (
    Row,
    address,
    call,
    departments_of,
    link,
    one_of,
    records_of,
    rows_of,
    table_of,
)
from choai.connectors.moneyforward.spec import BY_NAME, OBJECTS, SPEC, STEPS
from choai.connectors.moneyforward.writes import create, update
from choai.connectors.paging import mark, marks, more_of
from choai.connectors.reading import demanded, matching, offered, page, texts
from choai.connectors.wires import JST
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Value

__all__ = [
    "SPEC", "act", "authorise", "catalogue", "describe", "fault", "find", "granted", "identify", "link", "read", "write",
]  # fmt: skip

AGAIN = 3  # a list whose length changes while it is read is begun again so often
VALUES_A_CALL = 20  # of a filter that takes several
_ID = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)?")


async def identify(session: Session) -> Account:
    """One call. The office was chosen on the consent page; its plan is told nowhere."""
    own = await held.own_office(session)
    individual = own.get("office_type") == "個人"
    return Account(
        id=str(own["id"]),
        name=str(own.get("name") or own["id"]),
        currency="JPY",
        capabilities={"withholding": individual},
    )


async def catalogue(session: Session) -> list[ObjectInfo]:
    return offered(OBJECTS)


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    """Fixed fields; withholding is only there for sole traders."""
    return table_of(session, object).schema()


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """One page."""
    place, at = held.place_of(object), marks(token)
    number, size, again = int(at.get("page", 1)), BY_NAME[object].page_size, int(at.get("again", 0))
    query = {"page": str(number), "per_page": str(size)}
    since = window.since if place.since and isinstance(window.since, datetime) else None
    if since is not None:
        day = since.astimezone(JST).date() - timedelta(days=1)
        query |= {"range_key": "updated_at", "from": day.isoformat()}
    rows, told = rows_of(await call(session, "GET", place.path, query=query))
    total = int(told.get("total_count") or 0)
    if at.get("total", total) != total:
        if again == AGAIN:
            return Page([], incomplete="incomplete_answer")
        return Page([], mark(page=1, again=again + 1))
    records = await records_of(session, object, _split(object, rows), window.fields)
    if since is not None:
        records = [r for r in records if not isinstance(r.changed_at, datetime) or r.changed_at >= since]
    more = more_of(number, size, total, len(rows))
    following = mark(page=number + 1, total=total, again=again or None) if more else None
    return page(records, following, total=total if object != "department" else None)


def _split(object: str, rows: list[Row]) -> list[Row]:
    return [one for row in rows for one in departments_of(row)] if object == "department" else rows


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """Records whose ``key`` is one of the values exactly. Lists are filtered by the keys of the spec; other fields, and what a
    filter cannot hold, are looked for in the whole list."""
    place = held.place_of(object)
    demanded(table_of(session, object), key)
    wanted = texts(values)
    if key == "id" and object != "sent_history":
        return await _by_id(session, object, [v for v in wanted if _ID.fullmatch(v)])
    name = (place.find or {}).get(key)
    plain = [v for v in wanted if name and v == v.strip() and not (place.many and "," in v)]
    size = VALUES_A_CALL if place.many else 1
    rows: list[Row] = []
    for start in range(0, len(plain), size):
        rows += await held.every(session, place.path, {str(name): ",".join(plain[start : start + size])})
    if len(plain) < len(wanted):
        rows = await held.every(session, place.path, {})
    return matching(await records_of(session, object, _split(object, rows)), key, wanted)


async def _by_id(session: Session, object: str, ids: Sequence[str]) -> list[Record]:
    rows: list[Row] = []
    for id in ids:
        if ("." in id) != (object == "department"):
            continue
        reply = await call(session, "GET", address(object, id), ok=(200, 404))
        if reply.status == 200:
            owner = {"id": id.partition(".")[0], "departments": [one_of(reply)]}
            rows += departments_of(owner) if object == "department" else [one_of(reply)]
    return await records_of(session, object, rows)


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    """One record at a time; most take one call."""
    held.place_of(object)
    spec = BY_NAME[object]
    if op is Op.UPSERT or not (spec.can_create if op is Op.CREATE else spec.can_update):
        raise ChoaiError("not_writable", field=spec.ja)
    one = create if op is Op.CREATE else update
    return await each(items, lambda item: one(session, object, item))


async def act(session: Session, object: str, id: str, action: str, args: Mapping[str, Value]) -> Acted:
    """A PDF, a billing made of a quote, a status, sending by post."""
    path = address(object, id)
    if action == "pdf":
        reply = await call(session, "GET", f"{path}.pdf", headers={"Accept": "application/pdf"})
        return Acted(document=Document(reply.body, "application/pdf", f"{object}-{id}.pdf"))
    if action == "convert":
        made = one_of(await call(session, "POST", f"{path}/convert_to_billing"))
        return Acted(made=("billing", str(made["id"])))
    method, end, body = STEPS[action]
    sent = {**body, **args}
    reply = await call(session, method, f"{path}/{end}", json=sent or ({} if method == "POST" else None))
    row = one_of(reply if isinstance(reply.data, dict) else await call(session, "GET", path))
    (record,) = await records_of(session, object, [row])
    return Acted(record=record)


def authorise(settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
    return {"Accept": "application/json"}


def granted(token: Mapping[str, Any]) -> dict[str, Any]:
    """Nothing: the office is not in the token's answer."""
    return {}
