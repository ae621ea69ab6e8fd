"""Everything between a request and its endpoint: token, address, app permission, company, user right, daily limit.

Settings read here (``settings`` for all companies, ``settings.companies.<id>`` for one): ``maintenance``, ``allow_ips``
(networks), ``app_permissions`` ({resource: "write" | "read" | "none"}), ``permissions_version`` (a grant made under another
one must be given anew), ``daily_limit``, ``unauthorized_shape``, ``burst_until`` (epoch seconds). The fault ``burst`` blocks
every call with 403 for ``seconds`` (600).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from ipaddress import ip_address, ip_network
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from choai.sandbox.core import World
from choai.sandbox.freee import answers
from choai.sandbox.freee.answers import Refusal
from choai.sandbox.freee.books import JST, Books, Row, Table, books

READ, CREATE, UPDATE, DESTROY = "read", "create", "update", "destroy"
_MASTERS = ("partners", "tags", "segments", "items", "sections", "docs")
_BOOKED = ("deals", "expense_applications")
_READABLE = (*_MASTERS, *_BOOKED, "account_items", "taxes", "walletables", "templates", "users")

# What each role may do: role → resource → actions.
RIGHTS: dict[str, dict[str, set[str]]] = {
    "admin": {r: {READ, CREATE, UPDATE, DESTROY} for r in _READABLE},
    "simple_accounting": {r: {READ, CREATE, UPDATE} if r in (*_MASTERS, *_BOOKED) else {READ} for r in _READABLE},
    "self_only": {r: {READ} for r in _READABLE},
    "read_only": {r: {READ} for r in _READABLE},
    "workflow": {"expense_applications": {READ, CREATE, UPDATE, DESTROY}, "templates": {READ}},
}


@dataclass
class Call:
    """A request that may be served. ``company`` is 0 where the endpoint has none."""

    world: World
    books: Books
    request: Request
    client: str
    user: Row
    company: int = 0
    body: dict[str, Any] = field(default_factory=dict)

    def table(self, kind: str) -> Table:
        return self.books.table(kind, self.company)

    def setting(self, name: str) -> Any:
        return self.books.setting(name, self.company)

    @property
    def id(self) -> int:
        return int(self.request.path_params["id"])

    def whole(self, name: str, low: int, high: int | None, default: int) -> int:
        """An integer of the query within its limits. Raises Refusal."""
        given = self.request.query_params.get(name)
        if given is None:
            return default
        if not given.isascii() or not given.isdigit() or int(given) < low or (high is not None and int(given) > high):
            raise Refusal(answers.bad_request(f"{name}の値が不正です。"))
        return int(given)

    def day(self, name: str) -> str | None:
        """A date of the query. Raises Refusal."""
        given = self.request.query_params.get(name)
        if given is None:
            return None
        try:
            day = date.fromisoformat(given).isoformat()
        except ValueError:
            day = ""
        if day != given:
            raise Refusal(answers.bad_request(f"{name}は yyyy-mm-dd の形式で指定してください。"))
        return day


Endpoint = Callable[[Call], Response]


def endpoint(
    world: World, serve: Endpoint, resource: str, action: str, *, company: str = "given"
) -> Callable[[Request], Awaitable[Response]]:
    """The Starlette endpoint. ``company`` is "given" (query or body), "path" (path parameter) or "none"."""

    async def respond(request: Request) -> Response:
        try:
            call = _admitted(world, request)
            if action in (CREATE, UPDATE):
                call.body = await _json(request)
            if company != "none":
                _enter_company(call, company, resource)
                _count(call)
                _user_right(call, resource, action)
            return serve(call)
        except Refusal as refusal:
            return refusal.response

    return respond


def _admitted(world: World, request: Request) -> Call:
    """Past maintenance, burst block, token and app permission."""
    shelf, state = books(world), world.state
    now = world.now().timestamp()
    line = f"{request.method} {request.url.path}"
    if shelf.setting("maintenance"):
        raise Refusal(answers.unavailable())
    burst = world.fault("burst", line)
    if burst is not None:
        state["settings"]["burst_until"] = now + float(burst.options.get("seconds", 600))
    if now < state["settings"].get("burst_until", 0):
        raise Refusal(answers.burst_forbidden())
    header = request.headers.get("authorization", "")
    if not header:
        raise Refusal(answers.not_signed_in())
    held = state["access"].get(header.removeprefix("Bearer ").strip())
    if held is None or held["expires"] <= now:
        raise Refusal(answers.unauthorized("expired_access_token", shelf.setting("unauthorized_shape")))
    grant = state["grants"][held["grant"]]
    if grant["version"] != (shelf.setting("permissions_version") or 1):
        raise Refusal(answers.unauthorized("re_authorization_required", shelf.setting("unauthorized_shape")))
    request.state.grant = grant
    return Call(world, shelf, request, grant["client"], state["users"][str(grant["user"])])


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Refusal(answers.bad_request("リクエストの形式が不正です。"))
    return body


def _enter_company(call: Call, where: str, resource: str) -> None:
    """The company of the call; the user must be a member and the token must be for it."""
    shape = call.setting("unauthorized_shape")
    if where == "path":
        given: Any = call.request.path_params["company_id"]
    elif call.request.method in ("POST", "PUT"):
        given = call.body.get("company_id")
        if given is not None and (not isinstance(given, int) or isinstance(given, bool)):
            raise Refusal(answers.bad_request("事業所IDの形式が正しくありません。"))
    else:
        given = call.request.query_params.get("company_id")
    grant = call.request.state.grant
    known = str(given) in call.user["roles"] and str(given) in call.world.state["companies"]
    if not known or (grant["company"] is not None and str(grant["company"]) != str(given)):
        raise Refusal(answers.unauthorized("company_not_found", shape))
    call.company = int(str(given))
    _address(call, shape)
    permission = (call.setting("app_permissions") or {}).get(resource, "write")
    if permission == "none" or (permission == "read" and call.request.method != "GET"):
        raise Refusal(answers.app_forbidden())


def _address(call: Call, shape: str | None) -> None:
    networks = call.setting("allow_ips")
    client = call.request.client
    if networks and client is not None:
        address = ip_address(client.host)
        if not any(address in ip_network(network) for network in networks):
            raise Refusal(answers.unauthorized("source_ip_address_limit", shape))


def _user_right(call: Call, resource: str, action: str) -> None:
    role = call.user["roles"][str(call.company)]
    if resource != "companies" and action not in RIGHTS[role].get(resource, set()):
        raise Refusal(answers.unauthorized("user_do_not_have_permission", call.setting("unauthorized_shape")))


def _count(call: Call) -> None:
    """The counter per day, company and app. The answer beyond it is not documented; 429 in the documented shape."""
    today = call.books.today()
    counts = call.world.state["daily"]
    key = f"{call.company}/{call.client}/{today.isoformat()}"
    limit = call.setting("daily_limit") or call.books.plan(call.company).daily
    if counts.get(key, 0) >= limit:
        reset = datetime.combine(today + timedelta(days=1), time(), JST)
        raise Refusal(answers.too_many(limit, 86400, reset))
    counts[key] = counts.get(key, 0) + 1
