"""Reading Zoho finance products.

Lists tell some fields only. When one of the others is wished for, each record of a page is read by itself; that is one call each,
which is why such pages are short and only records that changed are read so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

from choai.connectors.contract import Page, Session, Window
from choai.connectors.fields import Json, Table
from choai.connectors.paging import following, number
from choai.connectors.reading import demanded, matching, page, reader, texts
from choai.connectors.wires import JST, as_moment, moment
from choai.connectors.zoho import calls
from choai.connectors.zoho.calls import Row, call, needed, place_of, rows_in, single, table_of
from choai.connectors.zoho.product import Place, Product
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Value

DETAILED = 25  # records of a page that are read one by one
_moment = as_moment(JST)


async def describe(product: Product, session: Session, object: str, known: Schema | None = None) -> Schema:
    """Fixed fields and the organisation's custom ones."""
    return (await table_of(session, product, object, fresh=True)).schema()


def reader_of(
    product: Product, session: Session, object: str, known: Table, wished: Sequence[str] | None = None
) -> Callable[[Json], Record]:
    return reader(session, known, partial(calls.link, product), object=object, wished=wished)


async def read(product: Product, session: Session, object: str, window: Window, token: str | None) -> Page:
    """One page. What a list's own filter cannot do is done here: rows from before the window are dropped."""
    place, known = place_of(product, object), await table_of(session, product, object)
    since = window.since if place.since and isinstance(window.since, datetime) else None
    detailed = place.details and needed(known, window.fields)
    size = DETAILED if detailed and (since is None or place.since == "filter") else calls.MOST
    at = number(token)
    query = {**place.query, "page": str(at), "per_page": str(size)}
    if since is not None and place.since == "filter":  # Zoho answers what changed after that second
        query["last_modified_time"] = moment(since - timedelta(seconds=1), "compact", JST)
    if since is not None and place.since == "sorted":
        query |= {"sort_column": place.changed, "sort_order": "D"}
    reply = await call(session, product, "GET", place.listed or place.path, query=query)
    rows = rows_in(reply, place)
    told = reply.data.get("page_context")
    more = bool(told.get("has_more_page")) if isinstance(told, dict) else len(rows) >= size
    if since is not None:
        fresh = [row for row in rows if (then := _changed(row, place)) is None or then >= since]
        more = more and not (place.since == "sorted" and len(fresh) < len(rows))
        rows = fresh
    if detailed:
        rows = await _full(session, product, place, rows)
    records = list(map(reader_of(product, session, object, known, window.fields), rows))
    return page(records, following(at, more))


async def _full(session: Session, product: Product, place: Place, rows: Sequence[Row]) -> list[Row]:
    """Each record in full; what was deleted in this moment is left out."""
    full = [await single(session, product, place, str(row[place.id])) for row in rows]
    return [{**row, **more} for row, more in zip(rows, full, strict=True) if more is not None]


def _changed(row: Row, place: Place) -> datetime | None:
    raw = row.get(place.changed)
    made = _moment(raw) if isinstance(raw, str) and raw.strip() else None
    return made if isinstance(made, datetime) else None


async def find(product: Product, session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
    """Records whose ``key`` is one of the values exactly, in full."""
    place, known = place_of(product, object), await table_of(session, product, object)
    demanded(known, key)
    wanted = texts(values)
    read = reader_of(product, session, object, known)
    if key == "id":
        found = [await single(session, product, place, v) for v in wanted if v.isdigit() or place.id.endswith("code")]
        return [read(row) for row in found if row is not None]
    rows = await (_asked if key in place.find else _scanned)(session, product, place, key, wanted)
    if place.details:
        rows = await _full(session, product, place, rows)
    return matching(map(read, rows), key, wanted)


async def _asked(session: Session, product: Product, place: Place, key: str, wanted: Sequence[str]) -> list[Row]:
    """By a list's own parameter. What it answers beside equal values is left out where the list tells."""
    rows: list[Row] = []
    for value in wanted:
        query = {**place.query, place.find[key]: value[:100], "per_page": str(calls.MOST)}
        reply = await call(session, product, "GET", place.listed or place.path, query=query)
        rows += [row for row in rows_in(reply, place) if str(row.get(key, value)) == value]
    return rows


async def _scanned(session: Session, product: Product, place: Place, key: str, wanted: Sequence[str]) -> list[Row]:
    """Through the whole list."""
    rows: list[Row] = []
    at, more = 1, bool(wanted)
    while more:
        query = {**place.query, "page": str(at), "per_page": str(calls.MOST)}
        reply = await call(session, product, "GET", place.listed or place.path, query=query)
        got = rows_in(reply, place)
        rows += [row for row in got if key not in row or str(row[key]) in wanted]
        told = reply.data.get("page_context")
        at, more = at + 1, isinstance(told, dict) and bool(told.get("has_more_page"))
    return rows
