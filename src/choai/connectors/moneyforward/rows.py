"""Rows as Money Forward answers them, made ready for the tables: partners with their first department beside them, departments
with their partner, lines with the item that their code names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from choai.connectors.contract import Account, Reply, Session
from choai.connectors.fields import Json, Table
from choai.connectors.moneyforward.spec import API, BASE_URL, PLACES, Place
from choai.connectors.moneyforward.tables import table
from choai.connectors.reading import reader
from choai.errors import ChoaiError
from choai.model.record import Record

ITEMS_SECONDS = 60  # an item that is not known is looked for again after this time
Row = dict[str, Any]


def place_of(object: str) -> Place:
    """Raises ``object_not_found``."""
    if object not in PLACES:
        raise ChoaiError("object_not_found", object=object)
    return PLACES[object]


def table_of(session: Session, object: str) -> Table:
    """The object's fields for this office."""
    place_of(object)
    return table(object, session.account is not None and session.account.capabilities.get("withholding", False))


async def call(session: Session, method: str, path: str, **more: Any) -> Reply:
    """A call for the connection's office. Raises ``wrong_company`` when the token belongs to another one."""
    if session.account is not None and session.memo.get("office") != session.account.id:
        await own_office(session)
    return await session.call(method, f"{API}/{path}", **more)


async def own_office(session: Session) -> Row:
    """The office that was chosen on the consent page. No token and no address names it, so that it is asked for once before
    anything else: each person's consent is for an office of their choice."""
    own = one_of(await session.call("GET", f"{API}/office"))
    if session.account is not None and session.account.id != str(own["id"]):
        raise ChoaiError("wrong_company", name=session.account.name, other=own.get("name") or own["id"])
    session.memo["office"] = str(own["id"])
    return own


def address(object: str, id: str, *further: str) -> str:
    """The path of one record. A department's id is its partner's and its own."""
    first, _, second = id.partition(".")
    inner = ("departments", second) if object == "department" else ()
    return "/".join(quote(part, safe="") for part in (PLACES[object].path, first, *inner, *further))


def one_of(reply: Reply) -> Row:
    """A single object. Raises ``unexpected_answer``."""
    if not isinstance(reply.data, dict) or "id" not in reply.data:
        raise ChoaiError("unexpected_answer", detail=reply.path)
    return reply.data


def rows_of(reply: Reply) -> tuple[list[Row], Mapping[str, Any]]:
    """A page of a list, and what it tells about the pages."""
    data = reply.data
    if not isinstance(data, dict) or not isinstance(data.get("data"), list):
        raise ChoaiError("unexpected_answer", detail=reply.path)
    return data["data"], data.get("pagination") or {}


async def every(session: Session, path: str, query: Mapping[str, str]) -> list[Row]:
    """All rows of a list that a filter keeps short."""
    found: list[Row] = []
    page = 1
    while True:
        rows, told = rows_of(await call(session, "GET", path, query={**query, "page": str(page), "per_page": "100"}))
        found += rows
        if not rows or page >= int(told.get("total_pages") or 1):
            return found
        page += 1


def first_department(partner: Json) -> Row | None:
    """The one that was there first: what a partner's own address and person are."""
    held = list(partner.get("departments") or [])
    return min(held, key=lambda one: str(one.get("created_at") or ""), default=None)


def departments_of(partner: Json) -> list[Row]:
    owner = {"partner_id": partner["id"], "partner_name": partner.get("name")}
    return [{**one, **owner, "id": f"{partner['id']}.{one['id']}"} for one in partner.get("departments") or []]


async def records_of(
    session: Session, object: str, rows: list[Row], wished: Sequence[str] | None = None
) -> list[Record]:
    """Records of the rows of a list or of single answers (departments: as ``departments_of`` makes them). Where lines are
    wished, their items are made known."""
    if object in ("quote", "billing") and (wished is None or "items" in wished):
        await _learn_items(session, {str(line["code"]) for row in rows for line in _lines(row) if line.get("code")})
    read = reader(session, table_of(session, object), link, object=object, wished=wished)
    return [read(_prepared(session, object, row)) for row in rows]


def _lines(row: Json) -> list[Row]:
    return [line for line in row.get("items") or [] if isinstance(line, dict)]


def _prepared(session: Session, object: str, row: Row) -> Row:
    try:
        if object == "partner":
            stamps = [str(one["updated_at"]) for one in (row, *row["departments"]) if one.get("updated_at")]
            return {**row, "department": first_department(row), "updated_at": max(stamps, default=None)}
        if object in ("quote", "billing"):
            items: dict[str, list[Row]] = session.memo.get("items", {})
            told = [{**_item_of(line, items), **line} for line in _lines(row)]
            return {**row, "department": f"{row['partner_id']}.{row['department_id']}", "items": told}
    except (KeyError, TypeError) as wrong:
        raise ChoaiError("unexpected_answer", object=object, detail=type(wrong).__name__) from wrong
    return row


def _item_of(line: Row, items: dict[str, list[Row]]) -> Row:
    """A line tells the code of its item only; without one it is free text. A code that no item or several have says nothing."""
    if not line.get("code"):
        return {"item": None}
    found = items.get(str(line["code"]), [])
    return {"item": found[0]} if len(found) == 1 else {}


async def _learn_items(session: Session, codes: set[str]) -> None:
    """Make the items known, by code; again when one is missing, but not at once."""
    known, last = session.memo.get("items", {}), session.memo.get("items_at")
    if codes <= known.keys() or (last is not None and session.now() - last < timedelta(seconds=ITEMS_SECONDS)):
        return
    held: dict[str, list[Row]] = {}
    for row in await every(session, "items", {}):
        held.setdefault(str(row.get("code")), []).append(row)
    session.memo |= {"items": held, "items_at": session.now()}


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    """The record's page."""
    place = PLACES.get(object)
    web = str(settings.get("web_url") or BASE_URL).rstrip("/")
    return web + place.link.format(id=quote(id, safe="")) if place is not None and place.link else None
