"""The application: routes of Xero's sign-in, identity and accounting hosts, and of the pages its links open.

Faults beyond those of core.py:

    expire         the token of a matching request has expired
    empty_page     200 with an empty list (match: "GET Contacts")
    batch_400      a batch is refused as unreadable (match: "PUT Contacts")
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from choai.sandbox.core import World, imitation
from choai.sandbox.lists import record_page
from choai.sandbox.xero import documents, masters, money
from choai.sandbox.xero.answers import (
    NOBODY,
    Json,
    Refusal,
    Unreadable,
    envelope,
    missing,
    problem,
    unreadable,
    validation,
)
from choai.sandbox.xero.bodies import echoed, elements
from choai.sandbox.xero.books import Books, Kind, same, shown
from choai.sandbox.xero.doors import connection_routes, sign_in_routes
from choai.sandbox.xero.further import further
from choai.sandbox.xero.gate import Serve, endpoint
from choai.sandbox.xero.hooks import deliveries, note
from choai.sandbox.xero.lists import listed

API = "/api.xro/2.0"


@dataclass(frozen=True)
class Resource:
    """An endpoint. ``save`` makes and changes records; ``posts``: POST on the list is an upsert; ``summaries``: knows
    summarizeErrors; ``single``: one element a call; ``keys``: further fields that stand for the id in a path."""

    kind: Kind
    save: Callable[[Books, Json, bool], Json] | None = None
    posts: bool = True
    summaries: bool = True
    single: bool = False
    keys: tuple[str, ...] = ()
    by_id: bool = True  # POST /X/{id}


def _document(kind: Kind, **more: Any) -> Resource:
    return Resource(kind, partial(documents.save, kind.name), keys=(kind.number,), **more)


_ALONE: dict[str, Any] = {"summaries": False, "single": True}
RESOURCES = (
    Resource(masters.CONTACTS, masters.save_contact, keys=("ContactNumber",)),
    Resource(masters.ITEMS, masters.save_item, keys=("Code",)),
    Resource(masters.ACCOUNTS, masters.save_account, posts=False, **_ALONE),
    Resource(masters.TAX_RATES, masters.save_tax_rate, by_id=False, **_ALONE),
    Resource(masters.TRACKING, masters.save_category, posts=False, **_ALONE),
    Resource(masters.CURRENCIES, masters.save_currency, posts=False, by_id=False, **_ALONE),
    Resource(masters.USERS),
    Resource(masters.THEMES),
    _document(documents.INVOICES),
    _document(documents.QUOTES),
    _document(documents.ORDERS),
    _document(documents.CREDITS),
    _document(documents.RECEIPTS, posts=False, **_ALONE),
    Resource(money.PAYMENTS, money.save_payment, by_id=False),
)


def build(world: World) -> ASGIApp:
    """The imitation as one ASGI application."""
    world.maintenance = lambda: Response("The organisation is offline", 503, media_type="text/plain")
    world.ip_block = lambda: problem(403, "Forbidden", "Access denied")
    world.throttle = lambda: Response("", 429, {"X-Rate-Limit-Problem": "minute", "Retry-After": "1"})
    routes: list[BaseRoute] = [*sign_in_routes(world), *connection_routes(world)]
    for resource in RESOURCES:
        routes += _of(world, resource)
    routes += [_route(world, *row) for row in further()]
    routes += [Route("/_sandbox/hook", partial(_hook, world), methods=["POST"])]
    routes += [Route(f"{API}/{{rest:path}}", _missing), Route("/{rest:path}", partial(_screen, world))]
    return imitation(world, routes, exception_handlers={404: _not_there, 405: _not_there})


async def _not_there(_: Request, __: Exception) -> Response:
    return missing()


def _missing(_: Request) -> Response:
    return missing()


def _screen(world: World, request: Request) -> Response:
    """What a link opens: the record that the address names."""
    address = f"{request.url.path}?{request.url.query}"
    for state in world.state["organisations"].values():
        for table in state["tables"].values():
            for number, row in table.items():
                if number in address:
                    return record_page("Xero", row)
    return record_page("Xero", None, 200)


async def _hook(world: World, request: Request) -> Response:
    """What Xero would send now, for whoever carries it to the address: ``{"key"}`` → body and signature."""
    told = [{"body": body.decode(), **headers} for body, headers in deliveries(world, (await request.json())["key"])]
    return JSONResponse(told)


# ---------------------------------------------------------------- lists and records


def _route(world: World, method: str, path: str, name: str, serve: Serve) -> Route:
    return Route(f"{API}/{path}", endpoint(world, serve, name), methods=[method])


def _of(world: World, resource: Resource) -> list[BaseRoute]:
    name = resource.kind.name
    rows: list[tuple[str, str, Serve]] = [
        ("GET", name, lambda books, request, _: listed(books, resource.kind, request)),
        ("GET", f"{name}/{{key}}", partial(_single, resource)),
    ]
    if resource.save is not None:
        rows.append(("PUT", name, partial(_write, resource, True)))
    if resource.save is not None and resource.posts:
        rows.append(("POST", name, partial(_write, resource, name == "Payments")))
    if resource.save is not None and resource.by_id:
        rows.append(("POST", f"{name}/{{key}}", partial(_write, resource, False)))
    return [_route(world, method, path, name, serve) for method, path, serve in rows]


def _found(books: Books, resource: Resource, key: str) -> Json | None:
    kind = resource.kind
    found = books.table(kind.name).get(key) or books.table(kind.name).get(key.lower())
    return found or next((r for r in books.rows(kind.name) for name in resource.keys if same(r.get(name), key)), None)


def _single(resource: Resource, books: Books, request: Request, _: bytes) -> Response:
    row = _found(books, resource, request.path_params["key"])
    return missing() if row is None else envelope(books.world, resource.kind.name, [shown(resource.kind, row)])


def _write(resource: Resource, creating: bool, books: Books, request: Request, body: bytes) -> Response:
    kind, key = resource.kind, request.path_params.get("key")
    try:
        sent = elements(body, kind.name)
        if resource.single and len(sent) != 1:
            raise Unreadable(f"Only one of {kind.name} can be sent at a time")
        if len(sent) > 1 and books.world.fault("batch_400", f"{request.method} {kind.name}"):
            raise Unreadable("JSON for post data was invalid")
        if key is not None:
            row = _found(books, resource, key)
            if row is None:
                return missing()
            sent = [{**one, kind.id: row[kind.id]} for one in sent]
        results = [_saved(resource, books, one, creating) for one in sent]
    except Unreadable as wrong:
        return unreadable(str(wrong))
    per_element = resource.summaries and request.query_params.get("summarizeErrors", "").lower() == "false"
    failed = [r for r in results if "ValidationErrors" in r]
    if failed and not per_element:
        return validation(failed)
    if per_element:
        for result in results:
            bad = "ValidationErrors" in result
            result["StatusAttributeString"] = "ERROR" if bad else "OK"
            result |= {} if kind.name != "Invoices" or not bad else {"HasErrors": True}
    return envelope(books.world, kind.name, results)


def _saved(resource: Resource, books: Books, sent: Any, creating: bool) -> Json:
    """One element's part of the answer. The others of its batch are saved whatever becomes of it."""
    kind = resource.kind
    known = isinstance(sent, dict) and str(sent.get(kind.id, "")).lower() in books.table(kind.name)
    before = set(books.table(kind.name))
    flag = {"HasValidationErrors": False} if kind.name in ("Contacts", "Payments") else {}
    try:
        row = resource.save(books, sent, creating and not known)  # type: ignore[misc]  # only routed where there is one
    except Refusal as wrong:
        flag = {"HasValidationErrors": True} if flag else {}
        errors = [{"Message": message} for message in wrong.messages]
        return {kind.id: NOBODY, **echoed(sent), **flag, "ValidationErrors": errors}
    note(books.world, books.tenant, kind.name, row, row[kind.id], created=row[kind.id] not in before)
    return {**shown(kind, row), **flag}
