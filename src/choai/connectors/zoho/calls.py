"""Calls to a Zoho finance product: the organisation, the envelope, single records, tables with custom fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from choai.connectors.contract import Account, Reply, Session
from choai.connectors.fields import Column, Pick, Table, column
from choai.connectors.reading import kept
from choai.connectors.zoho import centres
from choai.connectors.zoho.product import Place, Product
from choai.errors import ChoaiError
from choai.model.values import Kind

Row = dict[str, Any]
MOST = 200  # rows of a list's page
_UNAUTHORISED = 57  # a dead token and a missing scope alike
_KINDS = {
    **dict.fromkeys(("string", "text", "dropdown", "text_box_single", ""), Kind.TEXT),
    **dict.fromkeys(("multiline", "text_box_multi", "text_area"), Kind.LONG_TEXT),
    **dict.fromkeys(("decimal", "percent"), Kind.DECIMAL),
    "number": Kind.DECIMAL,
    "amount": Kind.MONEY,
    "date": Kind.DATE,
    "date_time": Kind.DATETIME,
    "check_box": Kind.BOOLEAN,
    "email": Kind.EMAIL,
    "phone": Kind.PHONE,
    "url": Kind.URL,
}


async def call(session: Session, product: Product, method: str, path: str, **more: Any) -> Reply:
    """A call for the connection's organisation, which is always named: Zoho would take another one."""
    own = session.account.id if session.account is not None else session.settings.get("organization_id")
    query = {**(more.pop("query", None) or {}), **({"organization_id": str(own)} if own and product.in_query else {})}
    headers = {**(more.pop("headers", None) or {}), **({product.organisation: str(own)} if own else {})}
    headers = {name: value for name, value in headers.items() if name}
    try:
        return await session.call(method, f"{product.base}/{path}", query=query, headers=headers, **more)
    except ChoaiError as error:
        if error.code != "token_expired" or error.facts.get("vendor_code") != _UNAUTHORISED:
            raise
        # new tokens were tried by now: it is the scope or the role
        raise ChoaiError(
            "app_permission_missing", **{**error.facts, "permission": path.split("/", maxsplit=1)[0]}
        ) from error


def place_of(product: Product, object: str) -> Place:
    found = product.place(object)
    if found is None:
        raise ChoaiError("object_not_found", object=object)
    return found


def rows_in(reply: Reply, place: Place) -> list[Row]:
    """The rows of a list. Its key is not the same everywhere (``customerpayments``, ``customer_payments``)."""
    data = reply.data if isinstance(reply.data, dict) else {}
    named = place.many or place.path.rsplit("/", 1)[-1]
    found = data.get(named)
    if found is None:
        found = next((v for k, v in data.items() if k != "page_context" and isinstance(v, list)), None)
    if isinstance(found, list) and all(isinstance(row, dict) for row in found):
        return found
    raise ChoaiError("unexpected_answer", detail=f"no {named}")


def row_in(reply: Reply, place: Place) -> Row:
    """The single record of an answer. Raises ``unknown_result`` after a write that does not tell it."""
    data = reply.data if isinstance(reply.data, dict) else {}
    found = data.get(place.one) or next((v for v in data.values() if isinstance(v, dict) and place.id in v), None)
    if isinstance(found, dict) and found.get(place.id):
        for name, told in place.other.items():
            if name not in found and told in found:
                found[name] = found[told]
        return _flat(found)
    raise ChoaiError("unexpected_answer" if reply.method == "GET" else "unknown_result", detail=f"no {place.one}")


async def single(session: Session, product: Product, place: Place, id: str) -> Row | None:
    """A record as it is now; None when it is not there (any more)."""
    if not place.single:
        rows = rows_in(await call(session, product, "GET", place.path, query=dict(place.query)), place)
        return next((row for row in rows if str(row.get(place.id)) == id), None)
    reply = await call(session, product, "GET", f"{place.path}/{quote(id, safe='')}", ok=(200, 404))
    return None if reply.status == 404 else row_in(reply, place)


def _flat(row: Row) -> Row:
    """A contact's primary person also as flat keys, as lists have it."""
    persons = row.get("contact_persons")
    if isinstance(persons, list):
        main: Mapping[str, Any] = next((p for p in persons if p.get("is_primary_contact")), {})
        for name in ("first_name", "last_name", "email", "phone", "mobile"):
            row.setdefault(name, main.get(name, ""))
    return row


# ---------------------------------------------------------------- custom fields


async def table_of(session: Session, product: Product, object: str, *, fresh: bool = False) -> Table:
    """The table of an object with the custom fields of the organisation, known for as long as the link is open."""

    async def make() -> Table:
        place = place_of(product, object)
        found = await _custom(session, product, object, place) if place.custom else []
        return product.tables(object).extended(*found) if found else product.tables(object)

    return await kept(session, f"table:{object}", make, fresh=fresh)


async def _custom(session: Session, product: Product, object: str, place: Place) -> list[Column]:
    """Zoho documents no list of custom fields: they are gathered from records (one page, and one record in full), beside those
    that a person named in the settings."""
    reply = await call(
        session, product, "GET", place.listed or place.path, query={**place.query, "per_page": str(MOST)}
    )
    rows = rows_in(reply, place)
    full = await single(session, product, place, str(rows[0][place.id])) if rows and place.details else None
    found: dict[str, Column] = {}
    for row in (*rows, *([full] if full else [])):
        for entry in _entries(row):
            name = str(entry.get("api_name") or entry.get("label"))
            if name not in found and (kind := _KINDS.get(str(entry.get("data_type") or ""))) is not None:
                found[name] = _column(name, entry, kind)
    for told in str(session.settings.get("custom_fields") or "").split(","):
        of, _, name = told.strip().partition(":")
        if of == object and name and name not in found:
            found[name] = _column(name, {"api_name": name}, Kind.TEXT)
    return [found[name] for name in sorted(found)]


def _entries(row: Row) -> list[Row]:
    told = row.get("custom_fields")
    entries = told if isinstance(told, list) else []
    return [e for e in entries if isinstance(e, dict) and (e.get("api_name") or e.get("label"))]


def _column(name: str, entry: Row, kind: Kind) -> Column:
    key = "api_name" if entry.get("api_name") else "label"
    to = "customfield_id" if entry.get("customfield_id") else key
    label = str(entry.get("label") or name)
    at = (Pick("custom_fields", key, name), "value")
    send = (Pick("custom_fields", to, str(entry.get(to) or name)), "value")
    clear = kind in (Kind.TEXT, Kind.LONG_TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL)
    return column(at, kind, label, label, name=name, send=send, single=True, clearable=clear)


def needed(known: Table, wished: Sequence[str] | None) -> bool:
    """Whether lists do not tell what is wished for."""
    return any(c.single and (wished is None or c.name in wished) for c in known.columns)


def link(product: Product, settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    """The record's page in the organisation."""
    place = product.place(object)
    if place is None or not place.link:
        return None
    own = account.id if account is not None else settings.get("organization_id", "")
    return product.page.format(
        web=centres.screens(settings, product.web), organisation=own, path=place.link.format(id=id)
    )
