"""The application: sign-in, the door (token, scope, credits), metadata, records, COQL, bulk read, notifications, pages of links.

Settings read here: ``plan``, ``limit_credits``, ``hidden`` and ``forbidden`` (lists of modules), ``blueprint`` (ids that a
process holds), ``multi_currency``.
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from choai.sandbox import grants
from choai.sandbox.core import World, imitation
from choai.sandbox.limits import Meter, allowed, spend, told
from choai.sandbox.zoho.accounts import SCHEME, account_routes
from choai.sandbox.zoho_crm import channels, metadata, queries, writes
from choai.sandbox.zoho_crm.lists import gone, listed
from choai.sandbox.zoho_crm.records import Wrong, rows, shown
from choai.sandbox.zoho_crm.schema import Json, fields

API, BULK = "/crm/v8", "/crm/bulk/v8"
CREDITS = Meter("credits", 50_000, 86_400, sliding=True, remaining="X-API-CREDITS-REMAINING")
_PLANS = {"free": 5_000}
Serve = Callable[[World, Request, Any], Response]
_STATUS = {"RESOURCE_NOT_FOUND": 404, "NO_PERMISSION": 403, "INVALID_URL_PATTERN": 404, "OAUTH_SCOPE_MISMATCH": 401}


def said(code: str, message: str, status: int, **details: Any) -> Response:
    return JSONResponse({"code": code, "details": details, "message": message, "status": "error"}, status)


def build(world: World) -> ASGIApp:
    """The imitation as one ASGI application."""
    world.maintenance = lambda: said("SERVICE_UNAVAILABLE", "The service is under maintenance", 503)
    world.ip_block = lambda: said("NO_PERMISSION", "permission denied: access from this IP is restricted", 403)
    world.throttle = lambda: said("TOO_MANY_REQUESTS", "You have exceeded the API limit", 429)
    routes: list[BaseRoute] = [*account_routes(world)]
    for method, path, area, serve in _TABLE:
        routes.append(Route(path, _endpoint(world, serve, area), methods=[method]))
    routes.append(Route("/{rest:path}", _screen))
    return imitation(world, routes, exception_handlers={404: _wrong, 405: _method})


async def _wrong(_: Request, __: Exception) -> Response:
    return said("INVALID_URL_PATTERN", "Please check if the URL trying to access is a correct one", 404)


async def _method(_: Request, __: Exception) -> Response:
    return said("INVALID_REQUEST_METHOD", "The http request method type is not a valid one", 400)


async def _screen(request: Request) -> Response:
    """What a link opens."""
    if not request.url.path.startswith("/crm/org"):
        return await _wrong(request, Exception())
    return HTMLResponse(f"<h1>Zoho CRM</h1><pre>{html.escape(request.url.path)}</pre>")


# ---------------------------------------------------------------- the door


def _endpoint(world: World, serve: Serve, area: str) -> Any:
    async def respond(request: Request) -> Response:
        body = await request.body()
        grant = grants.grant_of(world, request, SCHEME)
        if grant is None:
            return said("INVALID_TOKEN", "invalid oauth token", 401)
        scopes = [s for s in grant["scope"].replace(" ", ",").split(",") if s]
        if scopes and not any(s.startswith(f"ZohoCRM.{area}.") for s in scopes):
            return said("OAUTH_SCOPE_MISMATCH", "invalid oauth scope to access this URL", 401)
        try:
            sent: Any = json.loads(body) if body.strip() else None
        except ValueError:
            return said("INVALID_DATA", "body", 400)
        meter = _meter(world)
        if spend(world, (meter,), "org", cost=_cost(area, request, sent)) is not None:
            return world.throttle()
        try:
            answer = _may(world, request) or serve(world, request, sent)
        except Wrong as wrong:
            if area == "modules":
                wrong.details.setdefault("resource_path_index", 0)
            answer = JSONResponse(wrong.entry(), _STATUS.get(wrong.code, 400))
        headers = told(world, (meter,), "org")
        if int(headers["X-API-CREDITS-REMAINING"]) <= allowed(world, meter) / 2:
            answer.headers.update(headers)
        return answer

    return respond


def _meter(world: World) -> Meter:
    count = _PLANS.get(world.state["settings"].get("plan", "enterprise"), CREDITS.count)
    return Meter("credits", count, CREDITS.seconds, sliding=True, remaining=CREDITS.remaining)


def _cost(area: str, request: Request, sent: Any) -> int:
    if area == "coql":
        limit = str((sent or {}).get("select_query", "")).rsplit(" ", 1)[-1]
        return 1 + (int(limit) > 200) + (int(limit) > 1000) if limit.isdigit() else 1
    if area == "modules" and request.method in ("POST", "PUT"):
        data = sent.get("data") if isinstance(sent, dict) else None
        return max(1, -(-len(data) // 10)) if isinstance(data, list) else 1
    return 50 if area == "bulk" and request.method == "POST" else 1


def _may(world: World, request: Request) -> Response | None:
    """The module must be there, and this user's profile must let them in."""
    name = request.path_params.get("module")
    if name is None:
        return None
    held = world.state["modules"].get(name)
    if held is None or ("parent" in held and request.method != "GET"):
        return said("INVALID_MODULE", "the module name given seems to be invalid", 400, resource_path_index=0)
    if name in world.state["settings"].get("forbidden", ()):
        return said("NO_PERMISSION", "permission denied", 403, permissions=[f"Crm_Implied_View_{name}"])
    return None


# ---------------------------------------------------------------- metadata


def _org(world: World, _: Request, __: Any) -> Response:
    return JSONResponse({"org": [metadata.organisation(world)]})


def _currencies(world: World, _: Request, __: Any) -> Response:
    if not world.state["settings"].get("multi_currency", True):
        return Response(status_code=204)
    return JSONResponse({"currencies": world.state["currencies"]})


def _users(world: World, request: Request, _: Any) -> Response:
    kind = request.query_params.get("type", "AllUsers")
    ids = list(world.state["users"])[:1] if kind == "CurrentUser" else list(world.state["users"])
    info = {"per_page": 200, "count": len(ids), "page": 1, "more_records": False}
    return JSONResponse({"users": [metadata.user(world, id) for id in ids], "info": info})


def _modules(world: World, request: Request, _: Any) -> Response:
    told = [metadata.module(world, name, n) for n, name in enumerate(world.state["modules"], 1)]
    wanted = request.query_params.get("status", "visible,user_hidden").split(",")
    return JSONResponse({"modules": [m for m in told if m["status"] in wanted]})


def _module_asked(world: World, request: Request) -> str:
    name = request.query_params.get("module")
    if name is None:
        raise Wrong("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param_name="module")
    if name not in world.state["modules"]:
        raise Wrong("INVALID_MODULE", "the module name given seems to be invalid", param_name="module")
    return name


def _fields(world: World, request: Request, _: Any) -> Response:
    name = _module_asked(world, request)
    return JSONResponse({"fields": [metadata.field(world, name, props) for props in fields(world, name)]})


def _layouts(world: World, request: Request, _: Any) -> Response:
    return JSONResponse({"layouts": metadata.layouts(world, _module_asked(world, request))})


def _views(world: World, request: Request, _: Any) -> Response:
    found = metadata.views(world, _module_asked(world, request))
    words = {
        "public_views": "公開ビュー",
        "other_users_views": "ほかのユーザーのビュー",
        "shared_with_me": "共有されたビュー",
    }
    info: Json = {"per_page": 200, "count": len(found), "page": 1, "more_records": False}
    info |= {
        "default": found[0]["id"] if found else "",
        "translation": {**words, "created_by_me": "自分が作成したビュー"},
    }
    return JSONResponse({"custom_views": found, "info": info})


def _profiles(_: World, __: Request, ___: Any) -> Response:
    return JSONResponse({"profiles": metadata.profiles()})


# ---------------------------------------------------------------- reading


def _list(world: World, request: Request, _: Any) -> Response:
    return listed(world, request.path_params["module"], request)


def _single(world: World, request: Request, _: Any) -> Response:
    module = request.path_params["module"]
    row = rows(world, module).get(request.path_params["id"])
    return Response(status_code=204) if row is None else JSONResponse({"data": [shown(world, module, row, None)]})


def _gone(world: World, request: Request, _: Any) -> Response:
    return gone(world, request.path_params["module"], request)


def _count(world: World, request: Request, _: Any) -> Response:
    return JSONResponse({"count": len(rows(world, request.path_params["module"]))})


def _coql(world: World, _: Request, sent: Any) -> Response:
    if not isinstance(sent, dict) or "select_query" not in sent:
        raise Wrong("MANDATORY_NOT_FOUND", "required field not found", api_name="select_query")
    data, info = queries.asked(world, sent["select_query"])
    return JSONResponse({"data": data, "info": info}) if data else Response(status_code=204)


def _bulk_begin(world: World, _: Request, sent: Any) -> Response:
    made = channels.begin(world, sent)
    details = {k: made[k] for k in ("id", "operation", "state", "created_by", "created_time")}
    entry = {"status": "success", "code": "ADDED_SUCCESSFULLY", "message": "Added successfully.", "details": details}
    return JSONResponse({"data": [entry], "info": {}}, 201)


def _bulk_look(world: World, request: Request, _: Any) -> Response:
    return JSONResponse({"data": [channels.job(world, request.path_params["id"])]})


def _bulk_result(world: World, request: Request, _: Any) -> Response:
    id = request.path_params["id"]
    named = {"content-disposition": f"attachment; filename={id}.zip"}
    return Response(channels.result(world, id), media_type="application/zip", headers=named)


# ---------------------------------------------------------------- notifications


def _entries(world: World, sent: Any, how: Callable[[Any], Json], done: int, message: str) -> Response:
    asked = sent.get("watch") if isinstance(sent, dict) else sent
    if not isinstance(asked, list) or not asked:
        raise Wrong("MANDATORY_NOT_FOUND", "required field not found", api_name="watch")
    out: list[Json] = []
    for one in asked:
        try:
            out.append({"code": "SUCCESS", "details": how(one), "message": message, "status": "success"})
        except Wrong as wrong:
            out.append(wrong.entry())
    good = sum(entry["code"] == "SUCCESS" for entry in out)
    return JSONResponse({"watch": out}, done if good == len(out) else 207 if good else 400)


def _watch(world: World, request: Request, sent: Any) -> Response:
    replaces = request.method != "POST"
    message = (
        "Successfully updated the subscription"
        if replaces
        else "Successfully subscribed for actions-watch of the given module"
    )
    return _entries(world, sent, partial(channels.watch, world, replaces=replaces), 200 if replaces else 201, message)


def _watched(world: World, _: Request, __: Any) -> Response:
    found = channels.alive(world)
    info = {"per_page": 200, "count": len(found), "page": 1, "more_records": False}
    return JSONResponse({"watch": found, "info": info}) if found else Response(status_code=204)


def _unwatch(world: World, request: Request, _: Any) -> Response:
    ids = {"watch": [id for id in request.query_params.get("channel_ids", "").split(",") if id]}
    return _entries(
        world, ids, partial(channels.unwatch, world), 200, "Successfully un-subscribed for the actions-watch"
    )


_S, _M = f"{API}/settings", f"{API}/{{module}}"
_TABLE: tuple[tuple[str, str, str, Serve], ...] = (
    ("GET", f"{API}/org", "org", _org),
    ("GET", f"{API}/org/currencies", "settings", _currencies),
    ("GET", f"{API}/users", "users", _users),
    ("GET", f"{_S}/modules", "settings", _modules),
    ("GET", f"{_S}/fields", "settings", _fields),
    ("GET", f"{_S}/layouts", "settings", _layouts),
    ("GET", f"{_S}/custom_views", "settings", _views),
    ("GET", f"{_S}/profiles", "settings", _profiles),
    ("POST", f"{API}/coql", "coql", _coql),
    ("POST", f"{BULK}/read", "bulk", _bulk_begin),
    ("GET", f"{BULK}/read/{{id}}", "bulk", _bulk_look),
    ("GET", f"{BULK}/read/{{id}}/result", "bulk", _bulk_result),
    ("GET", f"{API}/actions/watch", "notifications", _watched),
    ("POST", f"{API}/actions/watch", "notifications", _watch),
    ("PUT", f"{API}/actions/watch", "notifications", _watch),
    ("DELETE", f"{API}/actions/watch", "notifications", _unwatch),
    ("GET", _M, "modules", _list),
    ("POST", _M, "modules", writes.create),
    ("PUT", _M, "modules", writes.update),
    ("DELETE", _M, "modules", writes.delete),
    ("POST", f"{_M}/upsert", "modules", writes.upsert),
    ("GET", f"{_M}/deleted", "modules", _gone),
    ("GET", f"{_M}/actions/count", "modules", _count),
    ("GET", f"{_M}/{{id}}", "modules", _single),
    ("PUT", f"{_M}/{{id}}", "modules", writes.update),
    ("DELETE", f"{_M}/{{id}}", "modules", writes.delete),
    ("POST", f"{_M}/{{id}}/actions/convert", "modules", writes.convert),
)
