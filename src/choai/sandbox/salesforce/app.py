"""The application: sign-in, the REST API of one org, and the pages its links open.

Settings read here: ``limit_day`` (calls in 24 hours), ``api_off`` (an edition without the API), ``retired`` (versions below
this answer 410). Faults beyond those of core.py: ``expire`` (the session of a matching request has ended), ``lock_row`` and
``bulk_fail``.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from choai.sandbox import grants
from choai.sandbox.core import World, imitation
from choai.sandbox.limits import Meter, allowed, spend
from choai.sandbox.lists import record_page
from choai.sandbox.salesforce import bulk, composite
from choai.sandbox.salesforce.doors import sign_in_routes, used, user_of
from choai.sandbox.salesforce.endpoints import DAY_CALLS, Call, serve
from choai.sandbox.salesforce.org import Org

__all__ = ["build", "bulk", "composite"]  # the latter two add their routes

DAY = Meter("day", DAY_CALLS, 86_400, sliding=True)
VERSIONS = tuple(range(58, 68))
LONGEST = 16_384
SEASONS = ("Spring", "Summer", "Winter")


def build(world: World) -> ASGIApp:
    """The imitation as one ASGI application."""
    world.maintenance = lambda: HTMLResponse("<html>Salesforce is down for maintenance</html>", 503)
    world.ip_block = lambda: HTMLResponse("<html>login from this address is not allowed</html>", 403)
    world.throttle = lambda: _error(
        403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests (Concurrent API Requests) Limit exceeded."
    )
    routes: list[BaseRoute] = [*sign_in_routes(world)]
    routes += [
        Route("/services/data", _versions),
        Route("/services/data/", _versions),
        Route(
            "/services/data/v{version}/{path:path}",
            partial(_api, world),
            methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        ),
        Route("/lightning/{rest:path}", partial(_screen, world)),
    ]
    return imitation(world, routes)


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse([{"message": message, "errorCode": code}], status)


async def _versions(_: Request) -> Response:
    told = [
        {"label": f"{SEASONS[n % 3]} '{20 + (n - 47) // 3}", "url": f"/services/data/v{n}.0", "version": f"{n}.0"}
        for n in VERSIONS
    ]
    return JSONResponse(told)


async def _api(world: World, request: Request) -> Response:
    raw = request.scope.get("raw_path", b"").decode() or request.url.path
    refused = _refused(world, request, raw)
    if refused is not None:
        return refused
    settings = world.state["settings"]
    over = spend(world, (DAY,))
    most, calls = allowed(world, DAY), len(world.meters.get("day:", []))
    limit = {"Sforce-Limit-Info": f"api-usage={calls}/{most}"}
    if over is not None:
        answer = _error(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
        answer.headers.update(limit)
        return answer
    if settings.get("api_off"):
        return _error(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.")
    grant = grants.grant_of(world, request)
    if grant is None:
        answer = _error(401, "INVALID_SESSION_ID", "Session expired or invalid")
        answer.headers["WWW-Authenticate"] = "Token"
        return answer
    used(world, request)
    version = request.path_params["version"]
    org = Org(world, user_of(world, grant), version)
    path = re.sub(r"^/services/data/v[\d.]+/?", "", raw.partition("?")[0])
    made = serve(
        Call(org, request.method, path, dict(request.query_params), request.headers, await request.body(), calls)
    )
    headers = {**limit, **made.headers}
    if made.text is not None:
        return Response(made.text, made.status, headers, media_type="text/csv; charset=UTF-8")
    if made.body is None:
        return Response(b"", made.status, headers)
    return JSONResponse(made.body, made.status, headers)


def _refused(world: World, request: Request, raw: str) -> Response | None:
    """What is refused before the API looks at it."""
    version = request.path_params["version"]
    if len(raw) + len(request.url.query) > LONGEST:
        return HTMLResponse("<h1>Bad Message 414</h1><pre>reason: URI Too Long</pre>", 414)
    known = re.fullmatch(r"\d{2}\.0", version) is not None and int(version[:2]) <= VERSIONS[-1]
    if not known:
        return _error(404, "NOT_FOUND", "The requested resource does not exist")
    if int(version[:2]) < int(world.state["settings"].get("retired", 31)):
        return _error(410, "UNSUPPORTED_API_VERSION", f"The API version v{version} is retired")
    kind = request.headers.get("content-type", "")
    if request.method in ("POST", "PATCH") and kind and not re.match(r"application/(json|xml)|text/csv", kind):
        return _error(415, "UNSUPPORTED_MEDIA_TYPE", f"Content type {kind} not supported.")
    return None


async def _screen(world: World, request: Request) -> Response:
    """What a link opens: the record that the address names."""
    found = re.search(r"/r/(\w+)/(\w{18})/view", request.url.path)
    row: Any = world.state["records"].get(found[1], {}).get(found[2]) if found else None
    return record_page("Salesforce", row)
