"""The application: which request goes where, and what stands around every answer.

Faults of this service beside those of sandbox/core.py (all matched against "METHOD /path"):

    rewrite     texts of this write come out trimmed and width-folded, numbers with two places, ticked options backwards, as a
                service does that tidies its input
    empty_page  records.json answers 200 with no records
    partial     records.json drops the second half of the page
    warning     records.json says in X-Cybozu-Warning that the search was given up (the answer is incomplete)
    lock        a write fails with GAIA_DA02 (database lock)

Settings (``state["settings"]``, POST /_sandbox/state):

    maintenance     true: 503 HTML for every call, until switched off
    allow_ips       list of addresses that may call (null: all); others get an HTML 403
    basic_auth      "user:password" that the environment demands in addition
    legacy_520      true: token and guest-path errors with status 520
    deleted_apps    list of app ids that answer GAIA_AP01
    tokens          {token: {"permissions": […]} | {"revoked": true} | {"deployed": false}}
    denied          {user: {app: ["edit", …]}}  rights taken from a person
    users           {user: {"stopped": true, …}}
    field_acl       {app: {field: {"*" | "token" | user: "none" | "view"}}}
    form            list of {"app", "code", "rename" | "remove" | any property}: done at the next request, then forgotten
    daily_counts    {app: n}: today's counter, set at the next request, then forgotten
    concurrency     calls at once before GAIA_TO04 (100)
    access_seconds  life of OAuth access tokens (3600)
    revoke_oauth    true: every OAuth token is revoked at the next request, then forgotten
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from choai.sandbox.core import Imitation, World, control_routes
from choai.sandbox.kintone import (
    auth,
    bulk,
    comments,
    cursors,
    deploy,
    files,
    forms,
    oauth,
    pages,
    params,
    process,
    records,
)
from choai.sandbox.kintone.answers import Answer, ApiError, failure, invalid, ip_block, maintenance
from choai.sandbox.kintone.records import Ask
from choai.sandbox.kintone.site import Json, Site, stamp

CONCURRENCY = 100

ROUTES: dict[tuple[str, str], Callable[[Ask], Json | Response]] = {
    ("GET", "record.json"): records.get_record,
    ("POST", "record.json"): records.post_record,
    ("PUT", "record.json"): records.put_record,
    ("GET", "records.json"): records.get_records,
    ("POST", "records.json"): records.post_records,
    ("PUT", "records.json"): records.put_records,
    ("DELETE", "records.json"): records.delete_records,
    ("POST", "records/cursor.json"): cursors.create,
    ("GET", "records/cursor.json"): cursors.page,
    ("DELETE", "records/cursor.json"): cursors.close,
    ("POST", "bulkRequest.json"): bulk.run,
    ("GET", "record/comments.json"): comments.get,
    ("POST", "record/comment.json"): comments.post,
    ("DELETE", "record/comment.json"): comments.delete,
    ("PUT", "record/status.json"): process.put_status,
    ("PUT", "records/status.json"): process.put_statuses,
    ("PUT", "record/assignees.json"): process.put_assignees,
    ("GET", "records/acl/evaluate.json"): forms.evaluate,
    ("GET", "app.json"): forms.app,
    ("GET", "apps.json"): forms.apps,
    ("GET", "apps/statistics.json"): forms.statistics,
    ("GET", "app/form/fields.json"): forms.fields,
    ("GET", "app/form/layout.json"): forms.layout,
    ("GET", "app/views.json"): forms.views,
    ("GET", "app/status.json"): forms.status,
    ("GET", "app/settings.json"): forms.settings,
    ("GET", "preview/app/form/fields.json"): deploy.fields,
    ("POST", "preview/app/form/fields.json"): deploy.add,
    ("PUT", "preview/app/form/fields.json"): deploy.change,
    ("DELETE", "preview/app/form/fields.json"): deploy.remove,
    ("POST", "preview/app/deploy.json"): deploy.deploy,
    ("GET", "preview/app/deploy.json"): deploy.progress,
}


def build(world: World) -> ASGIApp:
    """The environment as an ASGI application; its state is ``world.state``."""
    site = Site(world)
    world.maintenance, world.ip_block = maintenance, ip_block
    world.throttle = lambda: failure(ApiError("GAIA_TO04"), "ja")

    async def api(request: Request) -> Response:
        return await answer(site, request)

    methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    application = Starlette(
        routes=[
            *control_routes(world, pages.control),
            *oauth.routes(site),
            *pages.routes(site),
            Route("/k/v1/{resource:path}", api, methods=methods),
            Route("/k/guest/{space:int}/v1/{resource:path}", api, methods=methods),
        ]
    )

    def headers() -> dict[str, str]:
        limit = site.settings.get("concurrency", CONCURRENCY)
        return {"X-ConcurrencyLimit-Limit": str(limit), "X-ConcurrencyLimit-Running": str(site.running)}

    return _counted(Imitation(application, world, headers), site)


def _counted(inner: ASGIApp, site: Site) -> ASGIApp:
    """Count the API calls that run at once; one too many is refused for the whole domain."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith("/k/"):
            await inner(scope, receive, send)
            return
        site.running += 1
        try:
            limit = site.settings.get("concurrency", CONCURRENCY)
            if site.running > limit:
                site.world.calls[f"{scope['method']} {scope['path']}"] += 1
                refused = failure(ApiError("GAIA_TO04"), "ja")
                refused.headers["X-ConcurrencyLimit-Limit"] = str(limit)
                refused.headers["X-ConcurrencyLimit-Running"] = str(site.running)
                await refused(scope, receive, send)
            else:
                await inner(scope, receive, send)
        finally:
            site.running -= 1

    return app


async def answer(site: Site, request: Request) -> Response:
    """One API call."""
    settle(site)
    closed = auth.door(site, request)
    if closed is not None:
        return closed
    language = params.language(request.headers.get("accept-language", ""))
    try:
        method, given = await params.read(request)
        resource = request.path_params["resource"]
        if (method, resource) not in ROUTES and resource != "file.json":
            return JSONResponse({"code": "CB_NO01", "id": "-", "message": "Not Found"}, 404)
        space = request.path_params.get("space")
        caller = auth.caller(site, request, str(space) if space else None, method, resource)
        if resource == "file.json":
            return await _file(site, request, method, given)
        ask = Ask(site, caller, given, f"{request.method} {request.url.path}")
        done = ROUTES[method, resource](ask)
    except ApiError as error:
        return failure(error, language)
    return done if isinstance(done, Response) else Answer(done)


async def _file(site: Site, request: Request, method: str, given: Json) -> Response:
    if method == "POST":
        return Answer(await files.upload(site, request))
    if not given.get("fileKey"):
        raise invalid("fileKey", ("必須です。", "Required field."))
    return files.download(site, str(given["fileKey"]))


def settle(site: Site) -> None:
    """Carry out the settings that are orders: they happen once and are then forgotten."""
    settings = site.settings
    for patch in settings.pop("form", ()):
        app = site.app(patch["app"])
        forms.change_field(
            app, patch["code"], {k: v for k, v in patch.items() if k not in ("app", "code")}, site.minute()
        )
        site.forget(app)
    counts: dict[str, Any] = settings.pop("daily_counts", {})
    if counts:
        site.daily().update(counts)
    if settings.pop("revoke_oauth", False):
        site.state["access"].clear()
        site.state["refresh"].clear()
    for name in ("tokens", "users"):
        for key, patch in settings.pop(name, {}).items():
            site.state[name].setdefault(key, {"code": key, "name": key}).update(patch)


def edit(world: World, app: str, id: str, values: Json, user: str = "sato") -> None:
    """Change a record as a person would in the browser: no checks, next revision, new stamp."""
    record = world.state["apps"][app]["records"][id]
    record["values"] = {**record["values"], **values}
    record.update(rev=record["rev"] + 1, updated=stamp(world.now()), modifier=user)
