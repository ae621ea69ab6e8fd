"""Reading and writing Mazrica Sales.

Lists are read in the order of creation, which edits do not disturb. A list that shrinks between two pages is read again from
the page before, because its rows moved up.

What the vendor does not document is tried out by ``identify`` and kept as capabilities; without them the slower way is taken:

    single_read      one record can be read by its id; else it is looked for in the list
    contact_search   searchWord is heard in the list of contacts
    offset_heard     the offset of updatedAtFrom is heard; else windows begin nine hours earlier
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from choai.connectors.batches import afterwards, each
from choai.connectors.contract import Account, Done, Item, ObjectInfo, Op, Page, Reply, Result, Session, Window
from choai.connectors.fields import Json, Table
from choai.connectors.paging import mark, marks
from choai.connectors.reading import demanded, kept, matching, offered, page, reader, texts
from choai.connectors.senses import customs, tables
from choai.connectors.senses.calls import call, fault, rows_of, total_of
from choai.connectors.senses.spec import DAILY, NO, OBJECTS, PAGE, PLURALS, SPEC, YES
from choai.connectors.wires import JST, instant, moment
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Value

__all__ = [
    "SPEC", "authorise", "catalogue", "describe", "fault", "find", "granted", "identify", "link", "read", "write",
]  # fmt: skip

ORDER = "createdAt,id"
ASKED_PAGES = 50  # of a list, for one look-up; a list longer than that is not the whole truth
MISSING = (403, 404, 405)  # how an address that is not there may be answered


# ---------------------------------------------------------------- who and what


async def identify(session: Session) -> Account:
    """Proves the key, and tries out what is not documented. No call tells whose account it is: the first deal type stands for
    it, and the mail domain of its users names it."""
    types = await _types(session)
    users = rows_of(await call(session, "GET", "users", query={"page": "1"}), "users")
    domains = [str(user["email"]).rpartition("@")[2] for user in users if user.get("email")]
    name = max(sorted(set(domains)), key=domains.count, default="Mazrica Sales")
    first = min((int(kind["id"]) for kind in types), default=0)
    return Account(
        id=f"deal_type:{first}",
        name=name,
        currency="JPY",
        capabilities=await _tried(session),
        limits={"day": int(session.settings.get("daily_limit") or DAILY)},
    )


async def _tried(session: Session) -> dict[str, bool]:
    found = dict.fromkeys(("single_read", "contact_search", "offset_heard"), False)
    newest = rows_of(await call(session, "GET", "customers", query={"limit": "1", "sort": "-updatedAt"}), "customers")
    if newest:
        one = await call(session, "GET", f"customers/{newest[0]['id']}", ok=(200, *MISSING))
        found["single_read"] = isinstance(one.data, Mapping) and one.data.get("id") == newest[0]["id"]
        since = {"limit": "1", "updatedAtFrom": str(newest[0].get("updatedAt", ""))}
        found["offset_heard"] = bool(rows_of(await call(session, "GET", "customers", query=since), "customers"))
    listed = await call(session, "GET", "contacts", query={"limit": "1"})
    known = rows_of(listed, "contacts")
    if known:
        word = str(known[0].get("name", ""))
        told = await call(session, "GET", "contacts", query={"limit": "1", "searchWord": word}, ok=(200, 400, 422))
        if told.status == 200 and rows_of(told, "contacts"):
            found["contact_search"] = 0 < (total_of(told) or 0) < (total_of(listed) or 0)
    return found


async def catalogue(session: Session) -> list[ObjectInfo]:
    return offered(OBJECTS)


async def describe(session: Session, object: str, known: Schema | None = None) -> Schema:
    """The fields as they are now. Deals cost a call and one per deal type, customers and contacts one; where no answer speaks of
    custom items, a page of records is looked at as well."""
    for name in ("types", f"table:{object}"):
        session.memo.pop(name, None)
    return (await _table(session, object)).schema()


async def _table(session: Session, object: str) -> Table:
    make = {"customer": _customer, "contact": _contact, "deal": _deal}.get(object)
    if make is not None:
        return await kept(session, f"table:{object}", lambda: make(session))
    if object not in tables.READ_ONLY:
        raise ChoaiError("object_not_found", object=object, service=SPEC.ja)
    return tables.READ_ONLY[object]


async def _customer(session: Session) -> Table:
    told = (await call(session, "GET", "customer_setting", ok=(200, *MISSING))).data
    told = told if isinstance(told, Mapping) else {}
    industries, roles = told.get("industries"), told.get("ownerRoles")
    own = await _customs(session, "customer", told)
    return tables.customer(tables.choices(industries), tables.choices(roles), own)


async def _contact(session: Session) -> Table:
    told = (await call(session, "GET", "contact_setting", ok=(200, *MISSING))).data
    return tables.contact(await _customs(session, "contact", told))


async def _deal(session: Session) -> Table:
    types = await _types(session)
    paths = [f"deal_setting/deal_types/{kind['id']}" for kind in types]
    told = [(await call(session, "GET", path, ok=(200, *MISSING))).data for path in paths]
    lines = customs.columns(customs.items(told, customs.LINE), customs.LINE, writable=False)
    return tables.deal(types, await _customs(session, "deal", told), lines)


async def _customs(session: Session, noun: str, told: Any) -> list[Any]:
    found = customs.items(told, noun)
    if not found:
        rows = rows_of(await call(session, "GET", PLURALS[noun], query={"limit": str(PAGE)}), PLURALS[noun])
        found = customs.items([{f"{noun}Customs": row.get(f"{noun}Customs")} for row in rows], noun)
    return customs.columns(found, noun, writable=session.settings.get("custom_writes", NO) == YES)


async def _types(session: Session) -> list[Json]:
    """Deal types with their phases, products, probabilities and channels."""

    async def make() -> list[Json]:
        return rows_of(await call(session, "GET", "domains/settings"), "dealTypes")

    return await kept(session, "types", make)


# ---------------------------------------------------------------- reading


async def read(session: Session, object: str, window: Window, token: str | None) -> Page:
    """One page. ``token`` holds the page's number, and of the page before the total and how many rows there really are to one."""
    table = await _table(session, object)
    if object not in PLURALS:
        rows = tables.master_rows(object, await _types(session))
        return Page(_records(session, table, rows, window.fields), None, total=len(rows))
    at = marks(token)
    number = int(at.get("page", 1))
    reply = await call(session, "GET", PLURALS[object], query=_query(session, object, window.since, number))
    rows, total = rows_of(reply, PLURALS[object]), total_of(reply)
    size = int(at.get("size", len(rows)))
    records = [r for r in _records(session, table, rows, window.fields) if _within(r, window.since)]
    onward = _next(number, size, len(rows), total, at.get("total", total))
    return page(records, None if onward is None else mark(page=onward, size=size, total=total), total=total)


def _next(page: int, size: int, got: int, total: int | None, before: int | None) -> int | None:
    """The page to read after this one: one further back when rows before it are gone. Without a total a page that is not full
    is the last one."""
    if total is None or before is None:
        return page + 1 if got >= PAGE else None
    if page > 1 and total < before and size:
        return max(1, page - ceil((before - total) / size))
    return page + 1 if got and page * size < total else None


def _query(session: Session, object: str, since: datetime | date | None, page: int) -> dict[str, str]:
    if object == "user":
        return {"page": str(page)}  # 100 rows, in an order of its own
    query = {"page": str(page), "limit": str(rows_per_call(session.settings)), "sort": ORDER}
    if since is not None:
        start = instant(since, JST) - timedelta(hours=0 if _can(session, "offset_heard") else 9)
        query["updatedAtFrom"] = moment(start, "offset", JST)
    return query


def rows_per_call(settings: Mapping[str, Any]) -> int:
    return int(settings.get("page_rows") or PAGE)


def _within(record: Record, since: datetime | date | None) -> bool:
    """Lists may begin earlier than asked for: the filter counts whole seconds."""
    if since is None or not isinstance(record.changed_at, datetime):
        return True
    return record.changed_at >= instant(since, JST).replace(microsecond=0)


def _records(session: Session, table: Table, rows: Sequence[Json], wished: Sequence[str] | None = None) -> list[Record]:
    whole = session.settings.get("amount_line", YES) == YES
    tidied = [tables.tidy(row, amount_line=whole) for row in rows] if table.object == "deal" else rows
    return list(map(reader(session, table, link, single=False, wished=wished), tidied))


async def find(session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """Records whose field equals one of the values exactly. Names are searched for, ids read; other fields are looked for in
    the whole list. Raises ``incomplete_answer`` where that is too long."""
    table = await _table(session, object)
    demanded(table, key)
    wanted = texts(values)
    if not wanted:
        return []
    if object not in PLURALS:
        rows = tables.master_rows(object, await _types(session))
    elif key == "id" and _can(session, "single_read") and object != "user":
        rows = [
            row
            for id in wanted
            if id.isascii() and id.isdigit() and (row := await _one(session, object, id)) is not None
        ]
    elif key == "name" and object == "deal":
        rows = [row for text in wanted for row in await _searched(session, text)]
    elif key == "name" and (object == "customer" or (object == "contact" and _can(session, "contact_search"))):
        rows = [row for text in wanted for row in await _listed(session, object, searchWord=text)]
    elif key == "email" and object == "user":
        rows = [row for text in wanted for row in await _listed(session, object, email=text)]
    else:
        rows = await _listed(session, object)
    return matching(_records(session, table, rows), key, wanted)


async def _one(session: Session, object: str, id: str) -> Json | None:
    reply = await call(session, "GET", f"{PLURALS[object]}/{id}", ok=(200, 404))
    return reply.data if reply.status == 200 else None


async def _searched(session: Session, name: str) -> list[Json]:
    value = {"valueFilter": {"field": {"reference": "name"}, "comparisonOperator": "=", "value": {"stringValue": name}}}
    reply = await call(session, "POST", "deals/search", json={"filter": value, "limit": PAGE}, effect=False)
    rows = rows_of(reply, "deals")
    if len(rows) >= PAGE:
        raise ChoaiError("incomplete_answer", object="deal", field="name")
    return rows


async def _listed(session: Session, object: str, **more: str) -> list[Json]:
    """A list as a whole. This is no stream of records but a look-up: bounded here."""
    found: list[Json] = []
    for nth in range(1, ASKED_PAGES + 1):
        reply = await call(session, "GET", PLURALS[object], query={**_query(session, object, None, nth), **more})
        rows, total = rows_of(reply, PLURALS[object]), total_of(reply)
        found += rows
        if not rows or (len(rows) < PAGE if total is None else len(found) >= total):
            return found
    raise ChoaiError("incomplete_answer", object=object, field="–")


# ---------------------------------------------------------------- writing


async def write(session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
    """One call per record, and one more where the answer does not tell what became of it."""
    table, plural = await _table(session, object), PLURALS[object]
    form = {"mixed": op is Op.UPDATE, "flat": True}.get(str(session.settings.get("deal_form")), False)

    async def one(item: Item) -> Result:
        body: dict[str, Any] = table.body(item.values, creating=op is Op.CREATE)
        body = tables.flat(body) if form and object == "deal" else body
        if op is Op.CREATE:
            reply = await call(session, "POST", plural, json=body)
        else:
            reply = await call(session, "PATCH", f"{plural}/{item.id}", json=body)
        return await _done(session, table, item, reply, created=op is Op.CREATE)

    return await each(items, one)


async def _done(session: Session, table: Table, item: Item, reply: Reply, *, created: bool) -> Done:
    row: Json | None = reply.data if isinstance(reply.data, Mapping) and reply.data.get("id") is not None else None
    if created and row is None:
        raise ChoaiError("unknown_result", status=reply.status, detail="no id")
    id = str(row["id"]) if row is not None else str(item.id)
    if (row is None or "updatedAt" not in row) and _can(session, "single_read"):
        row = await afterwards(_one(session, table.object, id))
    if row is None or "updatedAt" not in row:
        return Done(item.ref, Record(id, dict(item.values)), created, complete=False)
    return Done(item.ref, _records(session, table, [row])[0], created)


# ---------------------------------------------------------------- addresses, authorisation, faults


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    """Only where the address of the screens was entered: the vendor documents none."""
    base = str(settings.get("web_url") or "").rstrip("/")
    return f"{base}/{PLURALS[object]}/{id}" if base and object in ("customer", "contact", "deal") else None


def authorise(settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
    return {"X-Api-Key": str(secrets.get("api_key", ""))}


def granted(token: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _can(session: Session, name: str) -> bool:
    return session.account is not None and session.account.capabilities.get(name, False)
