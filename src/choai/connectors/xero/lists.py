"""Calls, lists and rows of Xero, for reading and writing alike.

Lines name items and accounts by code; here they are references, so that the lists of both are read once where a document needs
them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from choai.connectors.contract import Account, Reply, Session
from choai.connectors.fields import Json, Table
from choai.connectors.reading import kept, reader
from choai.connectors.xero.bodies import read_lines
from choai.connectors.xero.identify import tenant
from choai.connectors.xero.spec import API, IDS_A_CALL, PLACES, WEB_URL, Place
from choai.connectors.xero.tables import table
from choai.errors import ChoaiError
from choai.model.record import Record

Row = dict[str, Any]
DOCUMENTS = ("invoice", "bill", "quote", "purchase_order", "credit_note", "receipt")
CODES = {"Items": ("ItemID", "Code"), "Accounts": ("AccountID", "Code")}
CODES_SECONDS = 60  # a code that is not known is looked for again after that
WHERE_A_CALL = 10
GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


async def table_of(session: Session, object: str) -> Table:
    place_of(object)

    async def make() -> Table:
        tracking = await categories(session) if object in DOCUMENTS or object.startswith("tracking:") else []
        own = object.removeprefix("tracking:")
        if own != object and own not in {str(c["TrackingCategoryID"]) for c in tracking}:
            raise ChoaiError("object_not_found", object=object)
        return table(object, tracking)

    return await kept(session, f"table:{object}", make)


def place_of(object: str) -> Place:
    """Where it is. The options of a tracking category are the rows of ``Options``."""
    if object.startswith("tracking:"):
        path = f"TrackingCategories/{object.removeprefix('tracking:')}"
        return Place(path, "TrackingOptionID", "Name", since=False, bulk=False, bare="always", by_path=True)
    if object not in PLACES:
        raise ChoaiError("object_not_found", object=object)
    return PLACES[object]


async def categories(session: Session, *, fresh: bool = False) -> list[Row]:
    async def make() -> list[Row]:
        rows = rows_in(await call(session, "GET", "TrackingCategories"), "TrackingCategories")
        return [row for row in rows if row.get("Status") == "ACTIVE"]

    return await kept(session, "tracking", make, fresh=fresh)


async def listed(
    session: Session, place: Place, query: Mapping[str, str], headers: Mapping[str, str] | None = None
) -> Reply:
    units = {"unitdp": "4"} if place.units else {}
    return await call(session, "GET", place.path, query={**query, **units}, headers=headers or {})


def rows_in(reply: Reply, name: str) -> list[Row]:
    """The rows under ``name``. Raises ``unexpected_answer`` when there is no list; ``unknown_result`` after a write."""
    rows = reply.data.get(name) if isinstance(reply.data, dict) else None
    if isinstance(rows, list) and all(isinstance(row, dict) for row in rows):
        return rows
    raise ChoaiError("unexpected_answer" if reply.method == "GET" else "unknown_result", detail=f"no {name}")


async def rows_of(session: Session, object: str, reply: Reply) -> list[Row]:
    """Rows of an answer, as the tables read them: lines with ids of items and accounts, payments of bills told apart."""
    if object.startswith("tracking:"):
        if reply.method != "GET":
            return rows_in(reply, "Options")
        return [option for category in rows_in(reply, "TrackingCategories") for option in category.get("Options") or []]
    rows = rows_in(reply, PLACES[object].path)
    for row in rows if object == "payment" else ():
        if row.get("PaymentType") == "ACCPAYPAYMENT" and "Invoice" in row:
            row["Bill"] = row.pop("Invoice")
    if object in DOCUMENTS:
        for path, (id, code) in read_lines(rows).items():
            await learn_codes(
                session, path, {line[code] for line in lines_of(rows) if line.get(code) and id not in line}
            )
        read_lines(rows, session.memo)
    kind = PLACES[object].always.get("Type")
    return [row for row in rows if kind is None or row.get("Type", kind) == kind]


def lines_of(rows: Sequence[Row]) -> Iterator[Row]:
    return (line for row in rows for line in row.get("LineItems") or [])


async def learn_codes(session: Session, path: str, wanted: set[str]) -> None:
    """Make the codes of a list known, both ways: ``memo["codes:Items"]`` is code → id, ``memo["ids:Items"]`` id → code."""
    held = session.memo.get(f"codes:{path}"), session.memo.get(f"ids:{path}")
    known = held[0] is not None and not wanted - set(held[0]) - set(held[1] or ())
    last = session.memo.get(f"at:{path}")
    if not wanted or known or (last is not None and session.now() - last < timedelta(seconds=CODES_SECONDS)):
        return
    id, code = CODES[path]
    rows = [row for row in rows_in(await call(session, "GET", path), path) if row.get(code)]
    session.memo |= {
        f"codes:{path}": {str(row[code]): str(row[id]) for row in rows},
        f"ids:{path}": {str(row[id]): str(row[code]) for row in rows},
        f"at:{path}": session.now(),
    }


def questions(place: Place, how: str, name: str, values: Sequence[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Addresses and queries that ask for the values."""
    more = {"unitdp": "4"} if place.units else {}
    size = {"page": "1", "pageSize": "1000"} if "pageSize" in place.pages else {}
    if how == "path":
        yield from ((f"{place.path}/{quote(value, safe='')}", more) for value in values)
    elif how.startswith("="):
        yield from ((place.path, {how[1:]: value, **more}) for value in values)
    elif how == "where":
        for at in range(0, len(values), WHERE_A_CALL):
            told = " OR ".join(f'{name}=="{value}"' for value in values[at : at + WHERE_A_CALL])
            yield place.path, {"where": told, **size, **more}
    elif how:
        archived = {"includeArchived": "true"} if "includeArchived" in place.query else {}
        for at in range(0, len(values), IDS_A_CALL):
            yield place.path, {how: ",".join(values[at : at + IDS_A_CALL]), **archived, **size, **more}


def reader_of(
    session: Session, object: str, known: Table, wished: Sequence[str] | None = None
) -> Callable[[Json], Record]:
    return reader(session, known, link, object=object, wished=wished)


async def rows_by_id(session: Session, object: str, place: Place, ids: Sequence[str]) -> list[Row]:
    """The rows as Xero has them now."""
    how = place.find.get("id", "")
    if not ids:
        return []
    if not how:
        return [row for row in rows_in(await listed(session, place, place.query), place.path) if row[place.id] in ids]
    found: list[Row] = []
    for path, query in questions(place, how, place.id, [id for id in ids if GUID.fullmatch(id)]):
        reply = await call(session, "GET", path, query=query, ok=(200, 404))
        found += rows_in(reply, place.path) if reply.status == 200 else []
    return found


async def call(session: Session, method: str, path: str, **more: Any) -> Reply:
    """A call for the connection's organisation."""
    headers = {**tenant(session), **(more.pop("headers", None) or {})}
    return await session.call(method, f"{API}/{path}", headers=headers, **more)


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    """The record's page; with the short code in this organisation, whichever the person has open."""
    place = PLACES.get(object)
    if place is None or not place.link:
        return None
    web, path = str(settings.get("web_url") or WEB_URL).rstrip("/"), place.link.format(id=id)
    short = settings.get("short_code")
    login = f"{web}/organisationlogin/default.aspx?shortcode={quote(str(short))}&redirecturl={quote(path)}"
    return login if short else web + path
