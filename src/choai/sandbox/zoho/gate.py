"""Between a request and its endpoint: token, scope, organisation, limits.

Settings read here: ``limit_minute``, ``limit_day`` (counts), ``plan``.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from choai.sandbox.core import World
from choai.sandbox.limits import Meter, spend
from choai.sandbox.zoho.accounts import SCHEME, grant_of
from choai.sandbox.zoho.answers import Refusal, problem
from choai.sandbox.zoho.books import Books

METERS = (Meter("minute", 100, 60, sliding=True), Meter("day", 5000, 86_400))
_BUSY = (
    "For security reasons you have been blocked for some time as you have exceeded the maximum number of requests per minute "
    "that can be allowed for this account."
)
_SPENT = "You have exceeded the maximum number of requests per day that can be allowed for this account."
VERBS = {"GET": "READ", "POST": "CREATE", "PUT": "UPDATE", "DELETE": "DELETE"}
Serve = Callable[[Books, Request, Any], Response]


@dataclass(frozen=True)
class Door:
    """How a product is entered: its place, the prefix of its scopes, and what names the organisation."""

    base: str
    prefix: str
    header: str = ""
    query: bool = False


def busy() -> Response:
    return problem(_BUSY, 44, 429)


def endpoint(
    world: World, door: Door, serve: Serve, area: str, *, anywhere: bool = False
) -> Callable[[Request], Awaitable[Response]]:
    """A route's function. ``anywhere``: no organisation is named (the list of them)."""

    async def respond(request: Request) -> Response:
        body = await request.body()
        grant = grant_of(world, request)
        if grant is None:
            shown = request.headers.get("authorization", "").lower().startswith((SCHEME.lower(), "bearer"))
            return problem("You are not authorized to perform this operation", 57, 401) if shown else _nobody()
        wanted = f"{door.prefix}.{area}.{VERBS[request.method]}"
        scopes = set(grant["scope"].replace(" ", ",").split(",")) - {""}
        full = {f"{door.prefix}.fullaccess.all", f"{door.prefix}.fullaccess.ALL", f"{door.prefix}.{area}.ALL", wanted}
        if scopes and not full & scopes:
            return problem("You are not authorized to perform this operation", 57, 401)
        told = request.query_params.get("organization_id") if door.query else None
        told = told or request.headers.get(door.header or "x-none")
        known = told in world.state["organizations"]
        if not anywhere and not known:
            message = f"This user is not associated with the CompanyID/CompanyName:{told or ''}."
            return problem(message, 6041, 400 if told else 401)
        over = spend(world, METERS, told or "")
        if over is not None:
            return busy() if over.name == "minute" else problem(_SPENT, 45, 429)
        own = told if told and known else next(iter(world.state["organizations"]))
        return _served(Books(world, own), serve, request, body)

    return respond


def _served(books: Books, serve: Serve, request: Request, body: bytes) -> Response:
    try:
        sent: Any = json.loads(body) if body.strip() else {}
    except ValueError:
        return problem("JSON is not well formed", 4, 400)
    try:
        return serve(books, request, sent)
    except Refusal as wrong:
        return problem(str(wrong), wrong.code, wrong.status)


def _nobody() -> Response:
    return problem("Invalid value passed for authtoken.", 14, 401)
