"""Scheduled execution (定期実行), one schedule per kind."""

from __future__ import annotations

from typing import Any

from ninja import Query, Router

from choai import clock
from choai.model import schedule as model
from choai.presets import freee_kintone as preset
from choai.runtime import control
from choai.store import any_pairs, audit, history, schedules
from choai.store.models import Run, Schedule
from choai.web.auth import Request, allowed
from choai.web.faults import Reader, problem, problem_or_none, reader_of
from choai.web.paging import PageQuery
from choai.web.render import Places
from choai.web.shapes.common import Listing, PreviewIn, StartedMany
from choai.web.shapes.schedules import RunAsIn, ScheduleCards, ScheduleIn, ScheduleKind, ScheduleOut, ScheduleResult

router = Router()


def _result(facts: dict[str, Any], reader: Reader) -> dict[str, Any]:
    return {**facts, "problem": problem_or_none(facts["code"], facts["facts"], reader)}


def card(schedule: Schedule, runs: list[Run], reader: Reader) -> dict[str, Any]:
    """A schedule with the result of these runs (FK-45), as the overview shows it."""
    syncs = schedules.syncs_of(schedule)
    reason = schedules.reason_against(schedule, syncs)
    data = schedule.data
    return {
        "kind": schedule.kind,
        "linked": any(s.pairing.linked for s in syncs),
        "enabled": schedule.enabled,
        "can_enable": reason is None,
        "reason": problem(reason[0], reason[1], reader) if reason else None,
        "direction": data.get("direction", "to_left"),
        "frequency": data.get("kind", "daily"),
        "day": data.get("day", 1),
        "missing_day": data.get("missing_day", "last"),
        "weekday": data.get("weekday", 0),
        "next_at": schedule.next_at if schedule.enabled else None,
        "result": _result(history.batch_facts(runs), reader) if runs else None,
    }


def cards(workspace_id: int, reader: Reader) -> list[dict[str, Any]]:
    """The three kinds of the ready-made setup."""
    found = [schedules.of_kind(workspace_id, kind) for kind in preset.SCHEDULE_KINDS]
    return [card(schedule, schedules.last_batch(schedule), reader) for schedule in found]


def own_cards(workspace_id: int, reader: Reader) -> list[dict[str, Any]]:
    """The syncs that have a schedule of their own."""
    return [
        {
            **card(schedule, any_pairs.last_run(sync), reader),
            "kind": sync.pairing.kind,
            "sync": {"id": sync.id, "name": sync.name},
            "direction": "both" if sync.to_left and sync.to_right else "to_left" if sync.to_left else "to_right",
        }
        for sync, schedule in any_pairs.listed(workspace_id)
    ]


def _detail(request: Request, kind: str) -> dict[str, Any]:
    place, reader = request.auth.workspace_id, reader_of(request)
    schedule = schedules.of_kind(place, kind)
    syncs = schedules.syncs_of(schedule)
    plan = schedules.parsed(schedule.data)
    places = Places(place)
    return {
        **card(schedule, schedules.last_batch(schedule), reader),
        "window": list(plan.window or ("00:00", "00:00")),
        "zone": plan.zone,
        "upcoming": model.upcoming(plan, clock.now()),
        "run_as": schedules.run_as(syncs[0] if syncs else None),
        "updated_by": str(schedule.updated_by) if schedule.updated_by else None,
        "updated_at": schedule.updated_at,
        "version": schedule.version,
        "syncs": [
            {
                "id": s.id,
                "name": s.name,
                "kind": s.pairing.kind,
                "object": places.label(s.pairing.left_connection_id, s.pairing.left_object, reader),
                "direction": "to_left" if s.to_left else "to_right",
            }
            for s in syncs
        ],
    }


@router.get("/schedules", response=ScheduleCards, auth=allowed("view"))
def list_schedules(request: Request) -> dict[str, Any]:
    """The three schedules (FK-16), and those of all other syncs."""
    place, reader = request.auth.workspace_id, reader_of(request)
    return {"rows": cards(place, reader), "syncs": own_cards(place, reader)}


@router.get("/schedules/{kind}", response=ScheduleOut, auth=allowed("view"))
def get_schedule(request: Request, kind: ScheduleKind) -> dict[str, Any]:
    """The screen of one kind (FK-32)."""
    return _detail(request, kind)


@router.put("/schedules/{kind}", response=ScheduleOut, auth=allowed("schedule"))
def put_schedule(request: Request, kind: ScheduleKind, payload: ScheduleIn) -> dict[str, Any]:
    """Save the screen (FK-33 … FK-43). The answer tells the next planned run."""
    schedules.save(
        request.auth.workspace_id,
        request.auth.user_id,
        kind,
        version=payload.version,
        settings=payload.dict(exclude={"version"}),
    )
    return _detail(request, kind)


@router.post("/schedules/{kind}/run", response=StartedMany, auth=allowed("run"))
def run_schedule(request: Request, kind: ScheduleKind, payload: PreviewIn) -> dict[str, Any]:
    """Run what the schedule would run, now."""
    caller = request.auth
    schedule = schedules.of_kind(caller.workspace_id, kind)
    batch = control.start_schedule(
        schedule.id,
        workspace_id=caller.workspace_id,
        user_id=caller.user_id,
        trigger="preview" if payload.preview else "manual",
        preview=payload.preview,
    )
    audit.note(caller.workspace_id, caller.user_id, "schedule.run", kind, after={"preview": payload.preview})
    return {"runs": history.ids_of_batch(caller.workspace_id, batch), "batch": batch}


@router.post("/schedules/{kind}/resync", response=ScheduleOut, auth=allowed("run"))
def resync_schedule(request: Request, kind: ScheduleKind) -> dict[str, Any]:
    """The next run reads everything once (FK-30)."""
    schedules.resync_all(request.auth.workspace_id, request.auth.user_id, kind)
    return _detail(request, kind)


@router.post("/schedules/{kind}/run-as", response=ScheduleOut, auth=allowed("administer"))
def hand_over_schedule(request: Request, kind: ScheduleKind, payload: RunAsIn) -> dict[str, Any]:
    """Hand the run-as role to another authorised member (FK-07)."""
    schedules.hand_over(request.auth.workspace_id, request.auth.user_id, kind, payload.user_id)
    return _detail(request, kind)


@router.get("/schedules/{kind}/history", response=Listing[ScheduleResult], auth=allowed("view"))
def list_schedule_history(request: Request, kind: ScheduleKind, page: Query[PageQuery]) -> dict[str, Any]:
    """Earlier results, newest first (FK-49)."""
    place, reader = request.auth.workspace_id, reader_of(request)
    schedule = schedules.of_kind(place, kind)
    found = history.batches(place, schedule.id, page=page.page, page_size=page.page_size)
    return {
        "rows": [_result(facts, reader) for facts in found.rows],
        "total": found.total,
        "page": page.page,
        "page_size": page.page_size,
    }
