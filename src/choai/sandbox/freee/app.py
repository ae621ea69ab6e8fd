"""The application: routes of freee's accounts and API hosts (freee請求書 included) and of the screens its links open.

Faults beyond those of core.py:

    burst          403 for ``seconds`` (600) after the call that hits it
    revoke_family  the next refresh is refused and the grant is gone
    rewrite        texts of a write are trimmed and their widths folded before they are kept
    empty_page     200 with an empty list
    partial        200 with only the first half of the page
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from choai.sandbox.core import Imitation, World, control_routes
from choai.sandbox.freee import answers, deals, expenses, ledger, masters, oauth, partners, screens
from choai.sandbox.freee.books import JST
from choai.sandbox.freee.gate import CREATE, DESTROY, READ, UPDATE, Endpoint, endpoint
from choai.sandbox.freee.pages import control_page
from choai.sandbox.freee_invoice import app as invoice

_ACTIONS = {"GET": READ, "POST": CREATE, "PUT": UPDATE, "DELETE": DESTROY}


def build(world: World) -> ASGIApp:
    """The imitation as one ASGI application."""
    world.maintenance = answers.unavailable
    world.ip_block = lambda: answers.unauthorized("source_ip_address_limit")
    world.throttle = lambda: answers.too_many(10, 1, world.now().astimezone(JST) + timedelta(seconds=1))
    routes: list[BaseRoute] = [*control_routes(world, control_page), *screens.routes(world)]
    routes += _oauth_routes(world)
    routes += [_route(world, *row) for row in _table()]
    routes += invoice.routes(world)
    app = Starlette(routes=routes, exception_handlers={404: _missing, 405: _missing})
    return _Stamped(Imitation(app, world), world)


class _Stamped:
    """Puts a request id on every answer, those of faults included, and keeps the last calls for the control page."""

    def __init__(self, app: ASGIApp, world: World) -> None:
        self.app = app
        self.world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                stamp = (b"x-freee-request-id", secrets.token_hex(16).encode())
                message["headers"] = [*message.get("headers", []), stamp]
                self._note(scope, message["status"])
            await send(message)

        await self.app(scope, receive, out)

    def _note(self, scope: Scope, status: int) -> None:
        if not scope["path"].startswith("/_sandbox"):
            at = self.world.now().strftime("%H:%M:%S")
            self.world.log.append({"at": at, "line": f"{scope['method']} {scope['path']}", "status": status})
            del self.world.log[:-100]


async def _missing(_: Request, __: Exception) -> Response:
    return answers.not_found()


def _oauth_routes(world: World) -> list[BaseRoute]:
    async def authorize(request: Request) -> Response:
        if request.method == "GET":
            return oauth.show_consent(world, dict(request.query_params))
        return oauth.decide(world, await oauth.form(request))

    def posted(act: Callable[[World, dict[str, str]], Response]) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            if _standing_maintenance(world):
                return answers.unavailable()
            return act(world, await oauth.form(request))

        return respond

    return [
        Route("/", lambda _: HTMLResponse(control_page(world))),
        Route("/public_api/authorize", authorize, methods=["GET", "POST"]),
        Route("/public_api/token", posted(oauth.token), methods=["POST"]),
        Route("/public_api/revoke", posted(oauth.revoke), methods=["POST"]),
    ]


def _standing_maintenance(world: World) -> bool:
    return bool(world.state["settings"].get("maintenance"))


def _route(world: World, method: str, path: str, serve: Endpoint, *need: str) -> Route:
    resource, company = need
    respond = endpoint(world, serve, resource, _ACTIONS[method], company=company)
    return Route(f"/api/1{path}", respond, methods=[method])


def _table() -> list[tuple[str, str, Endpoint, str, str]]:
    """method, path, endpoint, resource, where the company stands. Fixed paths come before those with parameters."""
    rows: list[tuple[str, str, Endpoint, str, str]] = [
        ("GET", "/companies", ledger.companies, "companies", "none"),
        ("GET", "/companies/{id:int}", ledger.company, "companies", "none"),
        ("GET", "/users/me", ledger.me, "companies", "none"),
        ("GET", "/users/capabilities", ledger.my_capabilities, "companies", "given"),
        ("GET", "/users", ledger.users, "users", "given"),
        ("GET", "/partners", partners.index, "partners", "given"),
        ("POST", "/partners", partners.create, "partners", "given"),
        ("PUT", "/partners/upsert_by_code", partners.upsert, "partners", "given"),
        ("PUT", "/partners/code/{code:path}", partners.update_by_code, "partners", "given"),
        ("GET", "/partners/{id:int}", partners.show, "partners", "given"),
        ("PUT", "/partners/{id:int}", partners.update, "partners", "given"),
        ("DELETE", "/partners/{id:int}", partners.destroy, "partners", "given"),
        ("GET", "/account_items", ledger.account_items, "account_items", "given"),
        ("GET", "/account_items/{id:int}", ledger.account_item, "account_items", "given"),
        ("GET", "/taxes/companies/{company_id:int}", ledger.taxes, "taxes", "path"),
        ("GET", "/walletables", ledger.walletables, "walletables", "given"),
        ("GET", "/walletables/{type}/{id:int}", ledger.walletable, "walletables", "given"),
        ("GET", "/expense_application_line_templates", ledger.templates, "templates", "given"),
        ("GET", "/expense_application_line_templates/{id:int}", ledger.template, "templates", "given"),
        ("GET", "/deals", deals.index, "deals", "given"),
        ("POST", "/deals", deals.create, "deals", "given"),
        ("GET", "/deals/{id:int}", deals.show, "deals", "given"),
        ("PUT", "/deals/{id:int}", deals.update, "deals", "given"),
        ("DELETE", "/deals/{id:int}", deals.destroy, "deals", "given"),
        ("POST", "/deals/{id:int}/payments", deals.pay, "deals", "given"),
        ("PUT", "/deals/{id:int}/payments/{payment_id:int}", deals.repay, "deals", "given"),
        ("DELETE", "/deals/{id:int}/payments/{payment_id:int}", deals.unpay, "deals", "given"),
        ("GET", "/expense_applications", expenses.index, expenses.KIND, "given"),
        ("POST", "/expense_applications", expenses.create, expenses.KIND, "given"),
        ("GET", "/expense_applications/{id:int}", expenses.show, expenses.KIND, "given"),
        ("PUT", "/expense_applications/{id:int}", expenses.update, expenses.KIND, "given"),
        ("DELETE", "/expense_applications/{id:int}", expenses.destroy, expenses.KIND, "given"),
        ("POST", "/expense_applications/{id:int}/actions", expenses.act, expenses.KIND, "given"),
    ]
    for master in (masters.TAGS, masters.ITEMS, masters.SECTIONS, masters.SEGMENTS):
        segments = master is masters.SEGMENTS
        path = "/segments/{segment_id:int}/tags" if segments else f"/{master.kind}"
        serve = masters.endpoints(master)
        rows.append(("GET", path, serve["index"], master.kind, "given"))
        rows.append(("POST", path, serve["create"], master.kind, "given"))
        if master.code_setting:
            rows.append(("PUT", path + "/code/upsert", serve["upsert"], master.kind, "given"))
        if not segments:  # there is no GET of one segment tag
            rows.append(("GET", path + "/{id:int}", serve["show"], master.kind, "given"))
        rows.append(("PUT", path + "/{id:int}", serve["update"], master.kind, "given"))
        rows.append(("DELETE", path + "/{id:int}", serve["destroy"], master.kind, "given"))
    return rows
