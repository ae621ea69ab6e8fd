"""The set-up checklist (FK-03) and the preset gallery."""

from __future__ import annotations

from typing import Any

from ninja import Router

from choai.connectors import registry
from choai.presets import GALLERY
from choai.presets import freee_kintone as preset
from choai.store import connections, schedules
from choai.web import render
from choai.web.api.masters import master_rows
from choai.web.auth import Request, allowed
from choai.web.faults import Reader, problem, reader_of
from choai.web.shapes.setup import Presets, Setup

router = Router()


@router.get("/presets", response=Presets, auth=allowed("view"))
def list_presets(request: Request) -> dict[str, Any]:
    """Ready-made setups. One is available when both its services have a connector."""
    services = {spec.service for spec in registry.services()}
    rows = [{n: getattr(p, n) for n in p.__dataclass_fields__} for p in GALLERY]
    return {"rows": [{**row, "available": {row["crm"], row["accounting"]} <= services} for row in rows]}


def _connect(request: Request, reader: Reader) -> list[dict[str, Any]]:
    """Stage 1, 認証設定: both services linked, the company chosen, oneself authorised (FK-04, FK-05)."""
    caller = request.auth
    rows = list(connections.alive(caller.workspace_id).order_by("id"))
    found = [render.connection(f, reader) for f in connections.facts(caller.workspace_id, caller.user_id, rows)]
    steps = []
    for service in (preset.RIGHT_SERVICE, preset.LEFT_SERVICE):
        ours = [row for row in found if row["service"] == service]
        best = next((row for row in ours if row["state"] == "ready"), ours[0] if ours else None)
        link = f"/connections/{best['id']}" if best else f"/connections/new?service={service}"
        ready = best is not None and best["state"] == "ready"
        steps += [
            {"key": f"{service}.connection", "done": best is not None, "problem": None, "link": link},
            {"key": f"{service}.authorised", "done": ready, "problem": best and best["problem"], "link": link},
        ]
        if service == preset.RIGHT_SERVICE:
            steps.append({"key": f"{service}.account", "done": ready and bool(best and best["account"]), "link": link})
        if best is not None and best["auth"] == "oauth":
            steps.append({"key": f"{service}.me", "done": best["authorised"], "link": link})
    return steps


def _masters(workspace_id: int, reader: Reader) -> list[dict[str, Any]]:
    """Stage 2, マスタ連携: the kinds that can be scheduled; the other masters are optional."""
    steps = []
    for row in master_rows(workspace_id, reader):
        if row["schedulable"]:
            done = row["state"] in ("linked", "disabled", "unavailable")
            steps.append(
                {"key": row["kind"], "done": done, "problem": row["reason"], "link": f"/masters?kind={row['kind']}"}
            )
    return steps


def _functions(workspace_id: int, reader: Reader) -> list[dict[str, Any]]:
    """Stage 3, 機能連携: scheduled execution decided for the three kinds; a run by hand counts as a first step."""
    steps = []
    for kind in preset.SCHEDULE_KINDS:
        schedule = schedules.of_kind(workspace_id, kind)
        syncs = schedules.syncs_of(schedule)
        reason = schedules.reason_against(schedule, syncs)
        ran = any(sync.runs.filter(preview=False).exists() for sync in syncs)
        steps.append(
            {
                "key": kind,
                "done": schedule.enabled or ran,
                "problem": problem(reason[0], reason[1], reader) if reason else None,
                "link": f"/schedules/{kind}",
            }
        )
    return steps


@router.get("/setup", response=Setup, auth=allowed("view"))
def get_setup(request: Request) -> dict[str, Any]:
    """The three stages in order; a later one is locked until the one before is done, masters as soon as one is linked."""
    place, reader = request.auth.workspace_id, reader_of(request)
    connect, masters, functions = _connect(request, reader), _masters(place, reader), _functions(place, reader)
    connected = all(step["done"] for step in connect if not step["key"].endswith(".me"))
    linked = any(row["state"] == "linked" for row in master_rows(place, reader))
    parts = (
        ("connect", connect, True),
        ("masters", masters, connected),
        ("functions", functions, connected and linked),
    )
    stages: list[dict[str, Any]] = []
    for key, steps, unlocked in parts:
        done = unlocked and all(step["done"] for step in steps)
        stages.append({"key": key, "state": "done" if done else "now" if unlocked else "locked", "steps": steps})
    step = next((step for s in stages if s["state"] == "now" for step in s["steps"] if not step["done"]), None)
    used = set(connections.alive(place).values_list("service", flat=True))
    others = bool(used - {preset.LEFT_SERVICE, preset.RIGHT_SERVICE})
    wanted = linked or not others or preset.RIGHT_SERVICE in used
    return {"stages": stages, "next": {"route": step["link"] if step else "/"}, "wanted": wanted}
