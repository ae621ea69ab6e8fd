"""The application of one product: sign-in, its resources' lists, records and moves, and the pages that links open."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from choai.sandbox.core import World, imitation
from choai.sandbox.lists import pdf
from choai.sandbox.zoho.accounts import account_routes
from choai.sandbox.zoho.answers import Json, Refusal, done, problem
from choai.sandbox.zoho.books import Books, Kind
from choai.sandbox.zoho.data import seeded
from choai.sandbox.zoho.gate import Door, Serve, busy, endpoint
from choai.sandbox.zoho.lists import listed
from choai.sandbox.zoho.records import save, shown


@dataclass(frozen=True)
class Product:
    """``further``: (method, path, area, serve) of calls that are no plain resource."""

    service: str
    door: Door
    kinds: Sequence[Kind]
    further: Sequence[tuple[str, str, str, Serve]] = ()


def build(world: World, product: Product) -> ASGIApp:
    """The imitation as one ASGI application."""
    world.maintenance = lambda: problem("Service is under maintenance", 1000, 503)
    world.ip_block = lambda: problem("You are not allowed to access this resource from this IP", 57, 403)
    world.throttle = busy
    routes: list[BaseRoute] = [*account_routes(world)]
    add = partial(_route, world, product.door)
    routes.append(add("GET", "organizations", "settings", _organizations, anywhere=True))
    routes.append(add("GET", "organizations/{key}", "settings", _organization))
    routes += [add(method, path, area, serve) for method, path, area, serve in product.further]
    for kind in product.kinds:
        routes += [add(method, path, kind.area, serve) for method, path, serve in _of(kind)]
    routes += [Route("/{rest:path}", partial(_screen, world))]
    return imitation(world, routes, exception_handlers={404: _wrong, 405: _method})


def imitated(product: Product, make: Callable[[int], World]) -> tuple[Callable[[World], ASGIApp], Callable[..., World]]:
    """A product's ``build(world)`` and ``new_world(file, seed=1)``: an organisation at its start, or what the file holds."""

    def new_world(file: Path | None, seed: int = 1) -> World:
        return seeded(product.service, file, seed, make)

    return partial(build, product=product), new_world


def _route(  # noqa: PLR0917  (a row of the table of routes)
    world: World, door: Door, method: str, path: str, area: str, serve: Serve, *, anywhere: bool = False
) -> Route:
    respond = endpoint(world, door, serve, area, anywhere=anywhere)
    return Route(f"{door.base}/{path}", respond, methods=[method])


def _wrong(_: Request, __: Exception) -> Response:
    return problem("Invalid URL Passed", 5, 404)


def _method(_: Request, __: Exception) -> Response:
    return problem("Invalid URL Passed", 5, 405)


def _screen(world: World, request: Request) -> Response:
    """What a link opens (the part after # stays in the browser)."""
    if not request.url.path.startswith("/app/"):
        return problem("Invalid URL Passed", 5, 404)
    return HTMLResponse(f"<h1>{html.escape(world.service)}</h1><pre>{html.escape(request.url.path)}</pre>")


def _organizations(books: Books, _: Request, __: Any) -> Response:
    rows = [state["organization"] for state in books.world.state["organizations"].values()]
    return done(organizations=rows)


def _organization(books: Books, request: Request, _: Any) -> Response:
    if request.path_params["key"] != books.organisation:
        raise Refusal("Organization does not exist.", 1002, 404)
    return done(organization=books.state["organization"])


# ---------------------------------------------------------------- resources


def _of(kind: Kind) -> list[tuple[str, str, Serve]]:
    at = f"{kind.path}/{{key}}"
    rows: list[tuple[str, str, Serve]] = [("GET", at, partial(_single, kind))]
    if kind.listed:
        rows.append(("GET", kind.path, lambda books, request, _: listed(books, kind, request.query_params)))
    if not kind.reads_only:
        rows += [
            ("POST", kind.path, partial(_create, kind)),
            ("PUT", kind.path, partial(_upsert, kind)),
            ("PUT", at, partial(_update, kind)),
            ("DELETE", at, partial(_delete, kind)),
        ]
    rows += [("POST", f"{at}/{move.path}", partial(_move, kind, n)) for n, move in enumerate(kind.moves)]
    if kind.mailed:
        rows.append(("POST", f"{at}/email", partial(_mail, kind)))
    return rows


def found(books: Books, kind: Kind, key: str) -> Json:
    row = books.table(kind.path).get(key)
    if row is None:
        raise Refusal(f"{kind.title} does not exist.", 1002, 404)
    return row


def told(books: Books, kind: Kind, row: Json, message: str, status: int = 200) -> Response:
    return done(message, status, **{kind.one: shown(books, kind, row)})


def _single(kind: Kind, books: Books, request: Request, _: Any) -> Response:
    row = found(books, kind, request.path_params["key"])
    printed = request.query_params.get("accept") == "pdf" or request.headers.get("accept") == "application/pdf"
    return pdf() if printed and kind.moves else told(books, kind, row, "success")


def _own(request: Request) -> bool:
    return request.query_params.get("ignore_auto_number_generation") == "true"


def _create(kind: Kind, books: Books, request: Request, sent: Any) -> Response:
    own = _own(request) or (isinstance(sent, dict) and bool(sent.get("ignore_auto_number_generation")))
    row = save(books, kind, sent, None, own_number=own)
    return told(books, kind, row, f"The {kind.title.lower()} has been created.", kind.created)


def _update(kind: Kind, books: Books, request: Request, sent: Any) -> Response:
    before = found(books, kind, request.path_params["key"])
    if kind.codes and before.get("status") not in kind.codes:
        raise Refusal(f"{kind.title} cannot be edited in this status.", 1003)
    row = save(books, kind, sent, before, own_number=_own(request))
    return told(books, kind, row, f"{kind.title} has been updated successfully")


def _upsert(kind: Kind, books: Books, request: Request, sent: Any) -> Response:
    """By a custom field that is marked as unique."""
    name = request.headers.get("x-unique-identifier-key", "")
    value = request.headers.get("x-unique-identifier-value", "")
    known = next((f for f in books.custom(kind.path) if f["api_name"] == name and f["unique"]), None)
    if known is None or not value:
        raise Refusal("Invalid value passed for X-Unique-Identifier-Key")
    before = next((r for r in books.rows(kind.path) if r.get("_custom", {}).get(name) == value), None)
    if before is None and request.headers.get("x-upsert", "").lower() != "true":
        raise Refusal(f"{kind.title} does not exist.", 1002, 404)
    fields = [*(sent.get("custom_fields") or []), {"api_name": name, "value": value}]
    row = save(books, kind, {**sent, "custom_fields": fields}, before, own_number=_own(request))
    return told(books, kind, row, f"{kind.title} has been updated successfully")


def _delete(kind: Kind, books: Books, request: Request, _: Any) -> Response:
    row = found(books, kind, request.path_params["key"])
    kind.may_delete(books, row)
    del books.table(kind.path)[request.path_params["key"]]
    books.world.dirty = True
    return done(f"The {kind.title.lower()} has been deleted.")


def _move(kind: Kind, n: int, books: Books, request: Request, _: Any) -> Response:
    move, row = kind.moves[n], found(books, kind, request.path_params["key"])
    again = row.get("status") == move.to != "draft"  # the same once more does no harm
    if row.get("status") not in move.states and not again:
        raise Refusal(f"{kind.title} cannot be moved from {row.get('status')} to {move.to}.", 1004)
    if move.to == "void" and _paid(row):
        raise Refusal(f"{kind.title} with payments or credits cannot be marked as void.", 1005)
    row["status"] = move.to
    row["_changed"] = books.now()
    books.world.dirty = True
    return done(move.message, move.status)


def _paid(row: Json) -> bool:
    return "balance" in row and row["balance"] != row.get("total")


def _mail(kind: Kind, books: Books, request: Request, sent: Any) -> Response:
    row = found(books, kind, request.path_params["key"])
    mails = sent.get("to_mail_ids") if isinstance(sent, dict) else None
    if not isinstance(mails, list) or not mails or not all("@" in str(one) for one in mails):
        raise Refusal("Invalid value passed for to_mail_ids")
    if row.get("status") == "draft":
        row["status"] = kind.mailed
    row["is_emailed"] = True
    row["_changed"] = books.now()
    books.state.setdefault("outbox", []).append({"from": kind.path, "id": row[kind.id], "to": mails})
    books.world.dirty = True
    return done(
        f"Your {kind.title.lower()} has been sent.", 201 if kind.path in ("purchaseorders", "salesorders") else 200
    )
