"""Dashboard, health, audit, the workspace's settings."""

from __future__ import annotations

from typing import Any

from ninja import Query, Router

from choai import __version__
from choai.store import any_pairs, audit, connections, health, history, places, schedules
from choai.web import render
from choai.web.api.schedules import cards, own_cards
from choai.web.auth import Request, allowed
from choai.web.faults import problem, reader_of
from choai.web.paging import AuditQuery
from choai.web.shapes.common import Listing
from choai.web.shapes.system import AuditRow, Dashboard, Health, WorkspaceOut, WorkspacePatch

router = Router()


def _connections(request: Request) -> list[dict[str, Any]]:
    caller, reader = request.auth, reader_of(request)
    rows = list(connections.alive(caller.workspace_id).order_by("name"))
    found = [render.connection(facts, reader) for facts in connections.facts(caller.workspace_id, caller.user_id, rows)]
    return [{**row, "account": row["account"] and row["account"]["name"]} for row in found]


def _next_runs(workspace_id: int) -> list[dict[str, Any]]:
    own = any_pairs.scheduled(workspace_id)
    return [{"kind": kind, "at": at, "sync": own.get(kind)} for kind, at in schedules.planned(workspace_id)]


@router.get("/dashboard", response=Dashboard, auth=allowed("view"))
def get_dashboard(request: Request) -> dict[str, Any]:
    """What happened, what comes next, and what waits for a person."""
    place, reader = request.auth.workspace_id, reader_of(request)
    recent = history.listed(place, page=1, page_size=8)
    return {
        "kinds": cards(place, reader),
        "syncs": own_cards(place, reader),
        "connections": _connections(request),
        "attention": [
            {"problem": problem(a["code"], a["facts"], reader), "count": a["count"], "link": a["link"]}
            for a in health.attention(place)
        ],
        "recent_runs": [render.run(row, reader) for row in recent.rows],
        "next_runs": _next_runs(place),
    }


@router.get("/health", response=Health, auth=allowed("view"))
def get_health(request: Request) -> dict[str, Any]:
    """Connections, workers, schedules, queue, quotas, database."""
    place = request.auth.workspace_id
    rows = list(connections.alive(place).order_by("name"))
    return {
        "connections": _connections(request),
        "workers": health.workers(),
        "ticker": {"last_tick": health.last_tick()},
        "next_runs": _next_runs(place),
        "queue": health.queue(place),
        "quotas": [
            {**usage, "connection": {"id": row.id, "name": row.name}}
            for row in rows
            for usage in connections.usage(row)
        ],
        "database": health.database(),
        "version": __version__,
    }


@router.get("/audit", response=Listing[AuditRow], auth=allowed("administer"))
def list_audit(request: Request, page: Query[AuditQuery]) -> dict[str, Any]:
    """Who changed what, newest first."""
    found = audit.entries(request.auth.workspace_id, **page.dict(exclude={"sort"}))
    return {"rows": found.rows, "total": found.total, "page": page.page, "page_size": page.page_size}


def _workspace(request: Request) -> dict[str, Any]:
    found = places.facts(request.auth.workspace_id)
    settings = found["settings"]
    return {**found, "settings": {**settings, "quota_share": round(float(settings["quota_share"]) * 100)}}


@router.get("/workspace", response=WorkspaceOut, auth=allowed("view"))
def get_workspace(request: Request) -> dict[str, Any]:
    """The workspace's settings."""
    return _workspace(request)


@router.patch("/workspace", response=WorkspaceOut, auth=allowed("administer"))
def patch_workspace(request: Request, payload: WorkspacePatch) -> dict[str, Any]:
    """Change the workspace's settings; what is left out stays."""
    changes = payload.dict(exclude_unset=True)
    settings = changes.get("settings") or {}
    if settings.get("quota_share") is not None:
        settings["quota_share"] = settings["quota_share"] / 100
    places.change(request.auth.workspace_id, request.auth.user_id, changes)
    return _workspace(request)
