"""Between a request and its endpoint: token, organisation, scope, limits, media type, idempotency key.

Settings read here: ``limit_minute``, ``limit_day`` (counts), ``concurrent``, ``granular_only`` (a new app: the broad
scopes are not known), ``receipts`` (False: the endpoint is gone).
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from choai.sandbox import grants
from choai.sandbox.core import World
from choai.sandbox.limits import Meter, spend, told
from choai.sandbox.xero.answers import Json, problem, xml
from choai.sandbox.xero.books import Books

METERS = (
    Meter("minute", 60, 60, sliding=True, remaining="X-MinLimit-Remaining", wait="Retry-After"),
    Meter("day", 5000, 86_400, offset=41_000, remaining="X-DayLimit-Remaining", wait="Retry-After"),
    Meter("appminute", 10_000, 60, sliding=True, remaining="X-AppMinLimit-Remaining", wait="Retry-After"),
)
KEY_SECONDS = 360
AREAS = {
    "Contacts": ("contacts",), "Invoices": ("invoices",), "CreditNotes": ("invoices",), "Quotes": ("invoices",),
    "PurchaseOrders": ("invoices",), "Items": ("settings", "invoices"), "Payments": ("payments",),
    "Receipts": ("transactions", "invoices"),
}  # fmt: skip
_BROAD = {"invoices": "transactions", "payments": "transactions"}
Serve = Callable[[Books, Request, Any], Awaitable[Response] | Response]


def connections(world: World, grant: Json) -> list[Json]:
    """The organisations this user has authorised for this app; a new consent adds one, a removed one stays away until then."""
    held = world.state["connections"]
    for one in grants.books(world)["grants"].values():
        tenant = one["account"] or grants.books(world)["clients"][one["client"]].get("tenant")
        if one.get("linked") or one["revoked"] or not tenant:
            continue
        one["linked"] = True
        now = world.now().strftime("%Y-%m-%dT%H:%M:%S.%f0")
        mine = [c for c in held if (c["client"], c["user"], c["tenantId"]) == (one["client"], one["user"], tenant)]
        if mine:
            mine[0]["updatedDateUtc"] = now
            continue
        number = hashlib.sha256(f"{one['client']}/{one['user']}/{tenant}".encode()).hexdigest()
        held.append(
            {
                "id": f"{number[:8]}-{number[8:12]}-4{number[13:16]}-a{number[17:20]}-{number[20:32]}",
                "client": one["client"],
                "user": one["user"],
                "tenantId": tenant,
                "createdDateUtc": now,
                "updatedDateUtc": now,
            }
        )
    return [c for c in held if (c["client"], c["user"]) == (grant["client"], grant["user"])]


def endpoint(world: World, serve: Serve, name: str) -> Callable[[Request], Awaitable[Response]]:
    """A route's function. ``serve`` gets the organisation's books and the raw body."""

    async def respond(request: Request) -> Response:
        body = await request.body()
        tenant = request.headers.get("xero-tenant-id", "")
        refused = _refused(world, request, name, tenant)
        if isinstance(refused, Response):
            refused.headers.update(told(world, METERS, tenant))
            return refused
        tenant = refused
        over = spend(world, METERS, tenant)
        if over is not None:
            return Response("", 429, {**told(world, METERS, tenant, over), "X-Rate-Limit-Problem": over.name})
        running = world.state.setdefault("running", {})
        if running.get(tenant, 0) >= int(world.state["settings"].get("concurrent", 5)):
            return Response("", 429, {**told(world, METERS, tenant), "X-Rate-Limit-Problem": "concurrent"})
        running[tenant] = running.get(tenant, 0) + 1
        try:
            answer = await _once(world, serve, Books(world, tenant), request, body)
        finally:
            running[tenant] -= 1
        answer.headers.update(told(world, METERS, tenant))
        return answer

    return respond


def _refused(world: World, request: Request, name: str, tenant: str) -> Response | str:
    """The answer at the door, or the organisation."""
    grant = grants.grant_of(world, request)
    if grant is None:
        return problem(401, "Unauthorized", "TokenExpired: token expired")
    mine = [c["tenantId"] for c in connections(world, grant)]
    own = grants.books(world)["clients"][grant["client"]].get("tenant")
    tenant = tenant or own or ""
    if tenant not in mine:
        return problem(403, "Forbidden", "AuthenticationUnsuccessful")
    reading = request.method == "GET"
    areas = AREAS.get(name, ("settings",))
    wanted = {f"accounting.{a}" for area in areas for a in (area, _BROAD.get(area, area))}
    wanted |= {f"{scope}.read" for scope in wanted} if reading else set()
    if grant["scope"] and not wanted & set(grant["scope"].split()):
        return problem(403, "Forbidden", "AuthorizationUnsuccessful", {"WWW-Authenticate": "insufficient_scope"})
    if name == "Receipts" and not world.state["settings"].get("receipts", True):
        return problem(404, "NotFound", "The endpoint has been retired")
    return tenant


async def _once(world: World, serve: Serve, books: Books, request: Request, body: bytes) -> Response:
    """The endpoint's answer; what an Idempotency-Key was answered before, as long as it is remembered."""
    if not any(kind in request.headers.get("accept", "") for kind in ("json", "pdf")):
        return xml()
    key = request.headers.get("idempotency-key")
    if key is None or request.method == "GET":
        return await _served(serve, books, request, body)
    if len(key) > 128:
        return problem(400, "BadRequest", "Idempotency-Key must not be longer than 128 characters")
    now = world.now().timestamp()
    kept = world.state.setdefault("keys", {})
    for old in [k for k, v in kept.items() if v["at"] < now - KEY_SECONDS]:
        del kept[old]
    mark = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode() + body).hexdigest()
    place = f"{books.tenant}:{key}"
    if place in kept:
        if kept[place]["mark"] != mark:
            return problem(400, "BadRequest", "The Idempotency-Key was used with another request")
        return Response(kept[place]["body"], kept[place]["status"], media_type="application/json")
    answer = await _served(serve, books, request, body)
    kept[place] = {"at": now, "mark": mark, "status": answer.status_code, "body": bytes(answer.body).decode()}
    return answer


async def _served(serve: Serve, books: Books, request: Request, body: bytes) -> Response:
    made = serve(books, request, body)
    return made if isinstance(made, Response) else await made
