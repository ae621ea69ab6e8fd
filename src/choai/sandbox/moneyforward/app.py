"""The application: routes of sign-in, API and the pages its links open.

Faults beyond those of core.py:

    expire              the token of a matching request has expired
    revoke_family       the grant is withdrawn at the next refresh

Settings (POST /_sandbox/state):

    client_auth         "basic" (default) or "body": the method that the app portal has for the client
    error_shape         "list", "flat", "fields", "v2", "empty": which of the observed error bodies
    per_page_over       "400" or "clamp": what happens to per_page > 100
    limit_second        documents made or changed a second (3)
    plan_documents      new documents a month on a small plan; 0 for any number
    postal              False: posting answers 402
    due_required        True: as before 3.6.0
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from choai.sandbox import grants
from choai.sandbox.core import World, imitation
from choai.sandbox.limits import Meter, spend
from choai.sandbox.lists import pdf, record_page
from choai.sandbox.moneyforward import documents, masters
from choai.sandbox.moneyforward.answers import Json, Refusal, forbidden, page_of, refusal, unauthorized
from choai.sandbox.moneyforward.books import Books
from choai.sandbox.moneyforward.data import RULES, SCOPES
from choai.sandbox.moneyforward.documents import BILLINGS, QUOTES, Paper, shown

API = "/api/v3"
METERS = (Meter("second", 3, 1, sliding=True),)
SCREENS = ("partners", "items", "quotes", "billings")
Serve = Callable[[Books, Request, Any], Response | None]  # None: 204


def build(world: World) -> ASGIApp:
    world.throttle = lambda: JSONResponse({"errors": [{"code": "429", "message": "Too Many Requests"}]}, 429)
    world.maintenance = lambda: HTMLResponse("<html>ただいまメンテナンス中です</html>", 503)
    rows = [*_office(), *_masters(), *_papers(BILLINGS), *_papers(QUOTES), *_further()]
    routes: list[BaseRoute] = [
        *_sign_in(world),
        *(Route(API + path, _endpoint(world, serve), methods=[method]) for method, path, serve in rows),
        *(Route(f"/{kind}/{{id}}{end}", partial(_screen, world)) for kind in SCREENS for end in ("", "/edit")),
    ]
    return imitation(world, routes)


# ---------------------------------------------------------------- sign-in


def _sign_in(world: World) -> list[BaseRoute]:
    made = grants.routes(world, RULES, authorize="/authorize", token="/token", revoke="/token/revoke")
    inner: Any = made[0].endpoint  # type: ignore[attr-defined]  # a Route

    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params) if request.method == "GET" else await grants.form_of(request)
        client = grants.books(world)["clients"].get(asked.get("client_id", ""))
        if client is not None and grants.redirect_allowed(client, asked.get("redirect_uri", "")):
            user = world.state["users"].get(asked.get("user", ""), {"app_link": True})
            odd = set(asked.get("scope", "").split()) - set(SCOPES.split()) or not asked.get("scope")
            plain = asked.get("code_challenge_method", "S256") != "S256"
            word = (
                "invalid_scope"
                if odd
                else "invalid_request"
                if plain
                else None
                if user["app_link"]
                else "access_denied"
            )
            if word is not None:
                return RedirectResponse(f"{asked['redirect_uri']}?error={word}&state={asked.get('state', '')}", 302)
        answer: Response = await inner(request)
        return answer

    async def token(request: Request) -> Response:
        rules = replace(RULES, client_auth=(world.state["settings"].get("client_auth", "basic"),))
        return grants.token_answer(world, rules, await grants.form_of(request), request)

    return [
        Route("/authorize", authorize, methods=["GET", "POST"]),
        Route("/token", token, methods=["POST"]),
        made[2],
    ]


# ---------------------------------------------------------------- between a request and its endpoint


def _endpoint(world: World, serve: Serve) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        raw = await request.body()
        grant = grants.grant_of(world, request)
        if grant is None:
            return unauthorized("invalid_token" if request.headers.get("authorization") else "token_missing")
        if request.method != "GET" and SCOPES.split()[1] not in grant["scope"].split():
            return forbidden()
        try:
            if _counted(request) and spend(world, METERS, f"{grant['account']}:{request.method}:{request.url.path}"):
                return world.throttle()
            body = json.loads(raw, parse_float=Decimal) if raw else None
            answer = serve(Books(world, grant["account"], grant["user"] or ""), request, body)
        except ValueError:
            return refusal(world, Refusal(400, ("base", "JSONの形式が正しくありません")))
        except Refusal as refused:
            return refusal(world, refused)
        return Response(None, 204) if answer is None else answer

    return respond


def _counted(request: Request) -> bool:
    return request.method in ("POST", "PUT") and any(
        word in request.url.path for word in ("billings", "quotes", "partners", "items")
    )


def _ok(value: Json, status: int = 200) -> Response:
    return JSONResponse(value, status)


# ---------------------------------------------------------------- endpoints


Rows = list[tuple[str, str, Serve]]


def _office() -> Rows:
    return [
        ("GET", "/office", lambda books, request, body: _ok(books.office)),
        ("PUT", "/office", lambda books, request, body: _ok(masters.save_office(books, body))),
        ("PUT", "/office/registration_code", lambda books, request, body: _ok(masters.save_registration(books, body))),
        ("DELETE", "/office/registration_code", lambda books, request, body: masters.drop_registration(books)),
    ]


def _id(request: Request, name: str = "id") -> str:
    return str(request.path_params[name])


def _masters() -> Rows:
    one, inner = "/partners/{id}", "/partners/{id}/departments"
    return [
        ("GET", "/partners", lambda b, r, body: page_of(b.world, masters.partners(b, r.query_params), r.query_params)),
        ("POST", "/partners", lambda b, r, body: _ok(masters.new_partner(b, body), 201)),
        ("GET", one, lambda b, r, body: _ok(b.row("partners", _id(r)))),
        ("PUT", one, lambda b, r, body: _ok(masters.change_partner(b, _id(r), body))),
        ("DELETE", one, lambda b, r, body: masters.drop_partner(b, _id(r))),
        ("GET", inner, lambda b, r, body: page_of(b.world, masters.departments(b, _id(r)), r.query_params)),
        ("POST", inner, lambda b, r, body: _ok(masters.new_department(b, _id(r), body), 201)),
        ("GET", inner + "/{inner}", lambda b, r, body: _ok(masters.department(b, _id(r), _id(r, "inner")))),
        (
            "PUT",
            inner + "/{inner}",
            lambda b, r, body: _ok(masters.change_department(b, _id(r), _id(r, "inner"), body)),
        ),
        ("DELETE", inner + "/{inner}", lambda b, r, body: masters.drop_department(b, _id(r), _id(r, "inner"))),
        ("GET", "/items", lambda b, r, body: page_of(b.world, masters.items(b, r.query_params), r.query_params)),
        ("POST", "/items", lambda b, r, body: _ok(masters.new_item(b, body), 201)),
        ("GET", "/items/{id}", lambda b, r, body: _ok(b.row("items", _id(r)))),
        ("PUT", "/items/{id}", lambda b, r, body: _ok(masters.change_item(b, _id(r), body))),
        ("DELETE", "/items/{id}", lambda b, r, body: masters.drop_item(b, _id(r))),
    ]


def _papers(paper: Paper) -> Rows:
    name, one = f"/{paper.name}", f"/{paper.name}/{{id}}"
    create = "/invoice_template_billings" if paper is BILLINGS else name

    def listed(books: Books, request: Request, body: Any) -> Response:
        rows = documents.listed(books, paper, request.query_params)
        return page_of(books.world, [shown(books, paper, row) for row in rows], request.query_params)

    def single(books: Books, row: Json, status: int = 200) -> Response:
        return _ok(shown(books, paper, row), status)

    def downloaded(books: Books, request: Request, body: Any) -> Response:
        books.row(paper.name, _id(request))["is_downloaded"] = True
        return pdf()

    def post(books: Books, request: Request, body: Any) -> Response:
        documents.post(books, paper, _id(request), body)
        return Response(None, 201)

    def add(books: Books, request: Request, body: Any) -> Response:
        documents.add_line(books, paper, _id(request), body)
        return Response(None, 201)

    return [
        ("GET", name, listed),
        ("POST", create, lambda b, r, body: single(b, documents.new(b, paper, body), 201)),
        ("GET", one + ".pdf", downloaded),
        ("GET", one, lambda b, r, body: single(b, b.row(paper.name, _id(r)))),
        ("PUT", one, lambda b, r, body: single(b, documents.update(b, paper, _id(r), body))),
        ("DELETE", one, lambda b, r, body: documents.drop(b, paper, _id(r))),
        ("POST", one + "/posting", post),
        ("DELETE", one + "/posting", lambda b, r, body: documents.unpost(b, paper, _id(r))),
        (
            "GET",
            one + "/items",
            lambda b, r, body: page_of(b.world, b.row(paper.name, _id(r))["items"], r.query_params),
        ),
        ("POST", one + "/items", add),
        ("GET", one + "/items/{inner}", lambda b, r, body: _ok(documents.line(b, paper, _id(r), _id(r, "inner")))),
        (
            "DELETE",
            one + "/items/{inner}",
            lambda b, r, body: documents.drop_line(b, paper, _id(r), _id(r, "inner")),
        ),
    ]


def _further() -> Rows:
    return [
        (
            "PUT",
            "/billings/{id}/payment_status",
            lambda b, r, body: _ok(shown(b, BILLINGS, documents.pay(b, _id(r), body))),
        ),
        (
            "PUT",
            "/quotes/{id}/order_status",
            lambda b, r, body: _ok(shown(b, QUOTES, documents.order(b, _id(r), body))),
        ),
        (
            "POST",
            "/quotes/{id}/convert_to_billing",
            lambda b, r, body: _ok(shown(b, BILLINGS, documents.convert(b, _id(r))), 201),
        ),
        (
            "GET",
            "/sent_histories",
            lambda b, r, body: page_of(b.world, b.newest_first("sent_histories"), r.query_params),
        ),
    ]


def _screen(world: World, request: Request) -> Response:
    """What a link opens: the record that the address names."""
    for office in world.state["offices"].values():
        for table in office["tables"].values():
            if (row := table.get(_id(request))) is not None:
                return record_page("クラウド請求書", row)
    return record_page("クラウド請求書", None)
