"""The application: webservice.php of an open-source installation and the REST door of Vtiger Cloud, on one address.

Settings (POST /_sandbox/state), beside those of site.py:

    version           "8.2.0": of the open-source installation
    sync              True: sync and logout are repaired
    session_seconds   after which an idle session is gone (1440)
    page              rows of a query at most (100)
    utf8mb4           True: the database keeps characters beyond the basic plane
    cloud_bodies      False: errors of the cloud have no body. What is in it is not documented; the message stands in the status
                      line, which no ASGI server lets an application choose
    limit_minute, limit_hour, limit_day   quotas of the cloud

The fault ``same_number`` gives two records one human number.
"""

from __future__ import annotations

import base64
import binascii
import json
from functools import partial
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from choai.sandbox.core import World, imitation
from choai.sandbox.limits import Meter, spend, told
from choai.sandbox.lists import record_page
from choai.sandbox.vtiger import doors, operations
from choai.sandbox.vtiger.catalog import Json
from choai.sandbox.vtiger.site import Broken, Site, Wrong

REST = "/restapi/v1/vtiger/default"
METERS = (
    Meter("minute", 60, 60, limit="X-FloodControl-MinuteLimit", remaining="X-FloodControl-Remaining",
          reset="X-FloodControl-Reset"),
    Meter("hour", 1000, 3600, sliding=True),
    Meter("day", 20_000, 86_400, sliding=True, limit="X-RateLimit-DailyLimit", remaining="X-RateLimit-Remaining"),
)  # fmt: skip


def build(world: World) -> ASGIApp:
    """The imitation as one ASGI application."""
    world.maintenance = lambda: HTMLResponse("<html>Service Unavailable</html>", 503)
    world.ip_block = lambda: HTMLResponse("<html>Forbidden</html>", 403)
    world.throttle = lambda: Response(b"", 429, {**told(world, METERS), "X-FloodControl-Remaining": "0"})
    routes: list[BaseRoute] = [
        Route("/webservice.php", partial(_webservice, world), methods=["GET", "POST"]),
        Route(REST + "/{operation}", partial(_rest, world), methods=["GET", "POST"]),
        Route("/index.php", partial(_screen, world)),
    ]
    return imitation(world, routes)


def _nothing(status: int = 500) -> Response:
    return HTMLResponse("", status)


def _told(result: Any) -> Response:
    """Non-ASCII travels as \\uXXXX."""
    return Response(json.dumps({"success": True, "result": result}), media_type="application/json")


def _wrong(wrong: Wrong, status: int = 200) -> Response:
    error = {"message": wrong.message, "code": wrong.code}
    return Response(json.dumps({"success": False, "error": error}), status, media_type="application/json")


async def _form(request: Request) -> Json:
    """The parameters of a form body; any other body is not read."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/"):
        form = await request.form()
        return {k: v for k, v in form.items() if isinstance(v, str)}
    body = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(body, keep_blank_values=True)) if "urlencoded" in kind else {}


async def _webservice(world: World, request: Request) -> Response:
    """GET operations read the query string alone, POST operations the form alone; who calls and what may stand in either."""
    query, form = dict(request.query_params), await _form(request)
    either = {**query, **form}
    try:
        return _told(_open(world, str(either.get("operation", "")).lower(), query, form, either))
    except Wrong as wrong:
        return _wrong(wrong)
    except Broken:
        world.dirty = True
        return _nothing()


def _open(world: World, operation: str, query: Json, form: Json, either: Json) -> Any:
    if operation == "getchallenge":
        return doors.challenge(world, query)
    if operation == "login":
        return doors.login(world, form)
    known = {**operations.GET, **operations.POST}
    if operation not in (*known, "logout", "extendsession") or either.get("format", "json") != "json":
        raise Broken
    user = doors.user_of(world, either.get("sessionName"))
    site = Site(world, user)
    if operation == "extendsession":
        return doors.extended(world, str(either["sessionName"]), user)
    if operation == "logout":
        return operations.logout(site, form)
    return known[operation](site, query if operation in operations.GET else form)


# ---------------------------------------------------------------- the cloud


async def _rest(world: World, request: Request) -> Response:
    user = _basic(world, request.headers.get("authorization", ""))
    if user is None:
        return _refused(world, Wrong("INVALID_USER_CREDENTIALS", "Invalid username or password"), 401)
    over = spend(world, METERS)
    headers = told(world, METERS, over=over)
    if over is not None:
        return Response(b"", 429, headers)
    answer = _answer(world, request, user, await _form(request))
    answer.headers.update(headers)
    return answer


def _answer(world: World, request: Request, user: Json, form: Json) -> Response:
    table = operations.CLOUD_GET if request.method == "GET" else operations.CLOUD_POST
    name = request.path_params["operation"].lower()
    site = Site(world, user, cloud=True)
    try:
        if name not in table:
            raise Wrong("UNKNOWN_OPERATION", "Unknown operation requested")
        return _told(table[name](site, dict(request.query_params) if request.method == "GET" else form))
    except Wrong as wrong:
        return _refused(world, wrong, 400)
    except Broken:
        return _refused(world, Wrong("INTERNAL_SERVER_ERROR", "Unknown Error while processing request"), 400)


def _refused(world: World, wrong: Wrong, status: int) -> Response:
    return _wrong(wrong, status) if world.state["settings"].get("cloud_bodies", True) else _nothing(status)


def _basic(world: World, header: str) -> Json | None:
    kind, _, code = header.partition(" ")
    try:
        name, _, key = base64.b64decode(code, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    user = doors.user_named(world, name) if kind.lower() == "basic" else None
    return user if user is not None and user["accesskey"] == key and user["status"] == "Active" else None


def _screen(world: World, request: Request) -> Response:
    """What a link opens: the record that the address names."""
    module, number = request.query_params.get("module", ""), request.query_params.get("record", "")
    row = world.state["records"].get(module, {}).get(number)
    return record_page(module, row)
