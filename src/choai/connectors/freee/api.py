"""Reading and writing freee会計.

Lists are read in pages by offset. Each page begins with the last row of the one before: when it is another row, something was
deleted in between, rows have moved past the reader, and the page says ``incomplete_answer``.

``find`` has no help from freee but the partners' keyword search. Partners are asked for one by one, unless many are wanted
and one page holds the whole list. Everything else has no filter (segment tags not even a call for one),
so that ``find`` reads the list; a list of more than one page is read to its end.

An update of a partner demands its name; whether an update of a tag empties what is left out is not documented, so that all its
fields are sent. What the caller did not give is read from freee right before the update: one more call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from choai.connectors.batches import each
from choai.connectors.contract import (
    Acted,
    Done,
    Item,
    ObjectInfo,
    Op,
    Page,
    Result,
    Session,
    Window,
)
from choai.connectors.fields import Json, Table
from choai.connectors.freee import documents, fields
from choai.connectors.freee.calls import joined, place
from choai.connectors.freee.faults import fault
from choai.connectors.freee.identify import envelope, identify
from choai.connectors.freee.lists import DATED, PAGED, WHERE, ask, company, link, listed
from choai.connectors.freee.spec import BY_NAME, DOCUMENTS, OBJECTS, SEGMENTS, SPEC
from choai.connectors.freee.values import body, needs_current, own_id, table
from choai.connectors.freee.webhooks import heard
from choai.connectors.reading import demanded, every, matching, offered, page, reader, texts
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Field, Schema
from choai.model.values import Value

__all__ = [
    "SPEC", "act", "authorise", "catalogue", "describe", "fault", "find", "granted", "heard", "identify", "link", "read", "write",
]  # fmt: skip

_ONE_BY_ONE = 3  # values up to which partners are asked for singly before a list is tried


async def catalogue(session: Session) -> list[ObjectInfo]:
    """All objects; what plan or rights do not allow carries its reason."""
    account = session.account
    if account is None:
        return offered(OBJECTS)
    known, reasons = account.capabilities, account.reasons
    return offered(OBJECTS, lambda o: None if known.get(o.name, True) else reasons.get(o.name, "freee_plan_limit"))


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    """No call: freee's fields are fixed but for code mode and plan, which ``identify`` found out."""
    if object in DOCUMENTS:
        return documents.table_of(session, object).schema()
    return _table(session, object).schema()


def _table(session: Session, object: str) -> Table:
    if object not in BY_NAME:
        raise ChoaiError("object_not_found", object=object)
    known = session.account.capabilities if session.account else {}
    extra: tuple[Field, ...] = ()
    if object == "partner":
        extra += (fields.PARTNER_CODE,) if known.get("partner_code") else ()
        extra += fields.PARTNER_TERMS if known.get("payment_terms") else ()
    if object in SEGMENTS and known.get("segment_code"):
        extra = (fields.SEGMENT_CODE,)
    return table(object, (*fields.FIELDS[object], *extra))


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """One page of the list. ``token`` is "offset:last id"."""
    if object not in BY_NAME:
        raise ChoaiError("object_not_found", object=object)
    if window.ids is not None:
        raise ValueError("freee reads no records by id; see find")
    if object in DOCUMENTS:
        return await documents.read(session, object, window, token)
    limit = BY_NAME[object].page_size
    query = {"offset": str(place(token)[0]), "limit": str(limit)} if object in PAGED else {}
    if window.since is not None and object in DATED:
        query["start_update_date"] = window.since.isoformat()[:10]
    rows = await listed(session, object, query)
    fresh = joined(rows, token, limit if object in PAGED else len(rows) + 1, lambda row: own_id(object, row))
    if fresh is None:
        return Page([], incomplete="incomplete_answer")
    records = list(map(_reader(session, object, single=False, wished=window.fields), fresh[0]))
    return page(records, fresh[1])


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """Records whose ``key`` is one of the values exactly. Archived partners are found by id only."""
    if object in DOCUMENTS:
        return await documents.find(session, object, key, values)
    demanded(_table(session, object), key)
    wanted = texts(values)
    if not wanted:
        return []
    if object == "partner":
        return await _find_partners(session, key, wanted)
    if key == "id" and object == "tag" and len(wanted) <= _ONE_BY_ONE:
        return await _find_by_id(session, object, wanted)
    return matching(await every(read, session, object), key, wanted)


async def _find_partners(session: Session, key: str, wanted: list[str]) -> list[Record]:
    found: list[Record] = []
    if len(wanted) > _ONE_BY_ONE:
        first = await read(session, "partner", Window(), None)
        found = matching(first.records, key, wanted)
        if first.next is None and key != "id":
            return found
        met = {str(r.values.get(key)) for r in found}
        wanted = [v for v in wanted if v not in met]
    if key == "id":
        return found + await _find_by_id(session, "partner", wanted)
    for value in wanted:
        limit = BY_NAME["partner"].page_size
        rows = await listed(session, "partner", {"keyword": value, "limit": str(limit)})
        hits = matching(map(_reader(session, "partner", single=False), rows), key, [value])
        if not hits and len(rows) >= limit:
            raise ChoaiError("incomplete_answer", object="partner", detail=value)
        found += hits
    return found


async def _find_by_id(session: Session, object: str, ids: Sequence[str]) -> list[Record]:
    found = []
    for number in ids:
        row = await _single(session, object, number)
        if row is not None:
            found.append(_reader(session, object, single=True)(row))
    return found


async def _single(session: Session, object: str, id: str) -> dict[str, Any] | None:
    """The row as it is now; None when there is none. Segment tags are looked for in their list."""
    if object in SEGMENTS:
        hits = await find(session, object, "id", [id])
        return {**hits[0].values} if hits else None
    path, _, one = WHERE[object]
    query = {"company_id": company(session)}
    reply = await ask(session, "GET", f"{path}/{id}", object, query=query, ok=(200, 404))
    if reply.status == 404:
        return None
    row: dict[str, Any] = envelope(reply, one)
    return row


# ---------------------------------------------------------------- writing


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    """One call per item (two for an update that lacks what freee demands)."""
    if object not in BY_NAME or not BY_NAME[object].can_update:
        raise ChoaiError("not_writable", field=object)
    if object in DOCUMENTS:
        return await documents.write(session, object, op, items)
    return await each(items, lambda item: _write(session, object, op, item))


async def _write(session: Session, object: str, op: Op, item: Item) -> Result:
    known = _table(session, object)
    path, _, one = WHERE[object]
    own = int(company(session))
    if op is Op.UPDATE:
        current = await _single(session, object, str(item.id)) if needs_current(known, item.values) else {}
        if current is None:
            raise ChoaiError("record_not_found", object=BY_NAME[object].ja, id=item.id)
        sent = {"company_id": own, **body(known, item.values, creating=False, current=current)}
        reply = await _update(session, object, f"{path}/{item.id}", sent, str(item.id))
    elif op is Op.UPSERT:
        method_path, sent = _upsert(known, object, path, item)
        reply = await ask(session, "PUT", method_path, object, json={"company_id": own, **sent})
    else:
        sent = {"company_id": own, **body(known, item.values, creating=True, current=None)}
        reply = await ask(session, "POST", path, object, json=sent)
    row = envelope(reply, one)
    return Done(item.ref, _reader(session, object, single=True)(row), created=reply.status == 201)


def _upsert(known: Table, object: str, path: str, item: Item) -> tuple[str, dict[str, Any]]:
    """Path and body of an upsert by code: the code stands outside, the rest inside."""
    name, value = item.key or ("", None)
    if name != "code" or known.get("code") is None or not value:
        raise ChoaiError("key_field_missing", object=BY_NAME[object].ja, field=name)
    inner = body(known, {k: v for k, v in item.values.items() if k != "code"}, creating=True, current=None)
    if object == "partner":
        return f"{path}/upsert_by_code", {"code": value, "partner": inner}
    return f"{path}/code/upsert", {"code": value, "segment_tag": inner}


async def _update(session: Session, object: str, path: str, sent: dict[str, Any], id: str) -> Any:
    """PUT. A refused partner that can still be read but is in no list is archived (FK-21); freee's answer has no code."""
    try:
        return await ask(session, "PUT", path, object, json=sent)
    except ChoaiError as error:
        if error.code != "validation_rejected" or object != "partner":
            raise
        row = await _single(session, object, id)
        if row is None:
            raise ChoaiError("record_not_found", object=BY_NAME[object].ja, id=id) from error
        hits = await listed(session, object, {"keyword": row["name"], "limit": str(BY_NAME[object].page_size)})
        if any(str(found["id"]) == id for found in hits):
            raise
        raise ChoaiError("archived_on_accounting_side", id=id, name=row["name"]) from error


# ---------------------------------------------------------------- the rest


async def act(session: Session, object: str, id: str, action: str, args: Mapping[str, Value]) -> Acted:
    """Payments of deals, the way of an expense application."""
    if object not in DOCUMENTS or action not in {a.name for a in BY_NAME[object].actions}:
        raise ChoaiError("not_found", name=action)
    return await documents.act(session, object, id, action, args)


def _reader(
    session: Session, object: str, *, single: bool, wished: Sequence[str] | None = None
) -> Callable[[Json], Record]:
    return reader(session, _table(session, object), link, object=object, single=single, wished=wished)


def authorise(settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
    """Extra headers: the version of the API that this connector was written for."""
    return {"Accept": "application/json", "X-Api-Version": "2020-06-15"}


def granted(token: Mapping[str, Any]) -> dict[str, Any]:
    """The company chosen on the consent page; freee sends its id as a text, older answers as a number."""
    company = token.get("company_id")
    return {"company_id": str(company)} if company else {}
