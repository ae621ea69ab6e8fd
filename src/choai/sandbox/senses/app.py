"""The application: key, plan and limits at the door, routes of the API, and the pages links open.

The vendor documents no error bodies; those here are what an API gateway and a validating service usually answer.

Settings (POST /_sandbox/state), beside those of records.py and lists.py:

    plan            "starter": the API is not part of the plan
    key_status      403 or 401: how a wrong key is answered
    patch_answer    204: an update answers without a body
    create_status   200 or 201
    create_answer   "id": a create answers the id alone
    single_read     False: records cannot be read by their ids
    list_key        another name of the list in GET /users
    limit_day       requests a day (10,000), counted anew at 00:00 UTC
    limit_rate      requests a second that flow back into the bucket (3)
    limit_burst     requests that fit into the bucket (100)
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from choai.sandbox.core import World, imitation
from choai.sandbox.limits import Meter, spend
from choai.sandbox.lists import record_page
from choai.sandbox.senses.data import LINE_MASTERS, NOUNS, Json, erase, rows
from choai.sandbox.senses.lists import listed, searched, shown
from choai.sandbox.senses.records import Refusal, save

API = "/v1"
DAY = (Meter("day", 10_000, 86_400),)
Serve = Callable[[World, Request, Any], Response]


def _said(status: int, message: str, **more: Any) -> Response:
    return JSONResponse({"message": message, **more}, status)


def build(world: World) -> ASGIApp:
    """The imitation as one ASGI application. The API answers with and without /v1 before its paths."""
    world.throttle = lambda: _said(429, "Too Many Requests")
    world.maintenance = lambda: HTMLResponse("<html>ただいまメンテナンス中です</html>", 503)
    world.ip_block = lambda: _said(403, "Forbidden")
    rows_of_routes = [*_masters(), *_records()]
    routes: list[BaseRoute] = []
    for base in (API, ""):
        routes += [
            Route(base + path, _endpoint(world, serve), methods=[method]) for method, path, serve in rows_of_routes
        ]
    routes += [Route(f"/screens/{kind}/{{id}}", partial(_screen, world, kind)) for kind in NOUNS]
    return imitation(world, routes, exception_handlers={404: _no_route, 405: _no_route})


async def _no_route(_: Request, __: Exception) -> Response:
    """As a gateway answers addresses that it does not know."""
    return _said(403, "Missing Authentication Token")


def _screen(world: World, kind: str, request: Request) -> Response:
    row = rows(world, kind).get(request.path_params["id"], {})
    return record_page("Mazrica Sales", row, 200)


# ---------------------------------------------------------------- the door


def _endpoint(world: World, serve: Serve) -> Any:
    async def respond(request: Request) -> Response:
        settings = world.state["settings"]
        if request.headers.get("x-api-key") not in world.state["keys"]:
            return _said(int(settings.get("key_status", 403)), "Forbidden")
        if settings.get("plan") == "starter":
            return _said(403, "Forbidden")
        if not _room(world) or spend(world, DAY) is not None:
            return _said(429, "Too Many Requests")
        body = await request.body()
        try:
            return serve(world, request, json.loads(body) if body else None)
        except Refusal as wrong:
            return _said(400, "validation error", errors=wrong.errors)
        except ValueError:
            return _said(400, "Bad Request")

    return respond


def _room(world: World) -> bool:
    """Takes a token out of the bucket."""
    settings = world.state["settings"]
    rate, burst = float(settings.get("limit_rate", 3)), float(settings.get("limit_burst", 100))
    now = world.now().timestamp()
    held, at = world.meters.get("bucket") or (burst, now)
    held = min(burst, held + max(0.0, now - at) * rate)
    world.meters["bucket"] = [held - 1 if held >= 1 else held, now]
    return held >= 1


# ---------------------------------------------------------------- masters


def _masters() -> list[tuple[str, str, Serve]]:
    return [
        ("GET", "/domains/settings", lambda world, *_: JSONResponse({"dealTypes": world.state["types"]})),
        ("GET", "/deal_setting/deal_types", _type_names),
        ("GET", "/deal_setting/deal_types/{id}", _type),
        ("GET", "/customer_setting", _customer_setting),
    ]


def _type_names(world: World, _: Request, __: Any) -> Response:
    return JSONResponse({"dealTypes": [{"id": one["id"], "name": one["name"]} for one in world.state["types"]]})


def _type(world: World, request: Request, _: Any) -> Response:
    found = next((one for one in world.state["types"] if str(one["id"]) == request.path_params["id"]), None)
    customs = world.state["customs"]
    if found is None:
        return _said(404, "Not Found")
    own = {"dealCustomItems": customs["deal"], "dealProductDetailCustomItems": customs["dealProductDetail"]}
    return JSONResponse(
        {**found, "stopReasons": [{"id": 1, "name": "予算"}], **own, "dealProductDetailTypes": LINE_MASTERS}
    )


def _customer_setting(world: World, _: Request, __: Any) -> Response:
    state = world.state
    told = {
        "industries": state["industries"],
        "ownerRoles": state["roles"],
        "customerCustomItems": state["customs"]["customer"],
    }
    return JSONResponse(told)


# ---------------------------------------------------------------- records


def _records() -> list[tuple[str, str, Serve]]:
    lists = [
        ("GET", f"/{table}", partial(_list, table)) for table in ("users", "customers", "contacts", "deals", "actions")
    ]
    writes: list[tuple[str, str, Serve]] = []
    for table in NOUNS:
        writes.append(("POST", f"/{table}", partial(_create, table)))
        writes.append(("GET", f"/{table}/{{id}}", partial(_single, table)))
        writes.append(("PATCH", f"/{table}/{{id}}", partial(_update, table)))
    deletes = [("DELETE", f"/{table}/{{id}}", partial(_delete, table)) for table in ("customers", "deals")]
    return [("POST", "/deals/search", _search), *lists, *writes, *deletes]


def _list(table: str, world: World, request: Request, _: Any) -> Response:
    told = listed(world, table, request.query_params)
    other = world.state["settings"].get("list_key")
    if table == "users" and other:
        told[other] = told.pop("users")
    return JSONResponse(told)


def _search(world: World, _: Request, body: Any) -> Response:
    return JSONResponse(searched(world, body))


def _single(table: str, world: World, request: Request, _: Any) -> Response:
    if not world.state["settings"].get("single_read", True):
        return _said(403, "Missing Authentication Token")
    row = rows(world, table).get(request.path_params["id"])
    return _said(404, "Not Found") if row is None else JSONResponse(shown(world, row))


def _create(table: str, world: World, _: Request, body: Any) -> Response:
    row = save(world, table, body, None)
    settings = world.state["settings"]
    told: Json = {"id": row["id"]} if settings.get("create_answer") == "id" else shown(world, row)
    return JSONResponse(told, int(settings.get("create_status", 201)))


def _update(table: str, world: World, request: Request, body: Any) -> Response:
    id = request.path_params["id"]
    if id not in rows(world, table):
        return _said(404, "Not Found")
    row = save(world, table, body, id)
    if int(world.state["settings"].get("patch_answer", 200)) == 204:
        return Response(status_code=204)
    return JSONResponse(shown(world, row))


def _delete(table: str, world: World, request: Request, _: Any) -> Response:
    id = request.path_params["id"]
    if id not in rows(world, table):
        return _said(404, "Not Found")
    erase(world, table, id)
    return Response(status_code=204)
