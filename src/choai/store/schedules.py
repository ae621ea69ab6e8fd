"""Schedules as people edit them: one per kind of the preset (FK-32 … FK-44)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F

from choai import clock
from choai.errors import ChoaiError
from choai.model import schedule as model
from choai.presets import freee_kintone as preset
from choai.store import audit
from choai.store.models import Authorisation, Member, Run, Schedule, Sync, Workspace

FREQUENCIES = ("monthly", "weekly", "daily")


def of_kind(workspace_id: int, kind: str, user_id: int | None = None) -> Schedule:
    """The schedule of a kind; made (disabled, daily) when there is none yet."""
    found = Schedule.objects.filter(workspace_id=workspace_id, preset=preset.PRESET, kind=kind).order_by("id").first()
    if found is not None:
        return found
    place = Workspace.objects.get(id=workspace_id)
    window = tuple(place.settings.get("night_window") or model.NIGHT)
    data = {
        "kind": "daily",
        "zone": place.time_zone,
        "window": list(window),
        "slot": model.slot(f"{workspace_id}:{kind}", (window[0], window[1])),
        "direction": "to_left",
    }
    return Schedule.objects.create(
        workspace_id=workspace_id, kind=kind, preset=preset.PRESET, data=data, updated_by_id=user_id
    )


def parsed(data: Mapping[str, Any]) -> model.Schedule:
    """The model's schedule of stored data. Raises schedule_invalid."""
    names = set(model.Schedule.__dataclass_fields__)
    return msgspec.convert({k: v for k, v in data.items() if k in names}, model.Schedule)


def syncs_of(schedule: Schedule) -> list[Sync]:
    """What the schedule drives, linked or not, in the order of the kinds."""
    return list(
        schedule.syncs.select_related("pairing", "pairing__right_connection", "pairing__left_connection", "run_as")
        .filter(workspace_id=schedule.workspace_id)
        .order_by("pairing__kind", "id")
    )


def reason_against(schedule: Schedule, syncs: list[Sync]) -> tuple[str, dict[str, Any]] | None:
    """Why this schedule cannot be enabled: not linked (FK-15), or the plan (FK-01, FK-02). None: it can."""
    linked = [s for s in syncs if s.pairing.linked]
    if not linked:
        return ("link_disabled", {}) if syncs else ("not_linked", {})
    for sync in linked:
        account = sync.pairing.right_connection.account or {}
        if account.get("capabilities", {}).get(preset.ELIGIBLE) is False:
            code = account.get("reasons", {}).get(preset.ELIGIBLE, "plan_not_eligible")
            return code, {"plan": account.get("plan") or "–", "connection": sync.pairing.right_connection.name}
    return None


def run_as(sync: Sync | None) -> dict[str, Any]:
    """Who the sync runs as, and whether they still may (FK-06, FK-07)."""
    if sync is None or sync.run_as is None:
        return {"user": None, "user_id": None, "state": "none"}
    state = "ok"
    members = Member.objects.filter(workspace_id=sync.workspace_id, user=sync.run_as, user__is_active=True)
    if not members.exclude(role="viewer").exists():
        state = "missing"
    else:
        for connection in (sync.pairing.left_connection, sync.pairing.right_connection):
            if connection.auth != "oauth":
                continue
            grant = Authorisation.objects.filter(connection=connection, user=sync.run_as).first()
            if grant is None:
                state = "missing"
            elif grant.state != "ok" and state == "ok":
                state = "reauthorise"
    return {"user": str(sync.run_as), "user_id": sync.run_as_id, "state": state}


def last_batch(schedule: Schedule) -> list[Run]:
    """The runs of the schedule's latest batch, previews left out."""
    runs = Run.objects.filter(workspace_id=schedule.workspace_id, schedule=schedule, preview=False)
    newest = runs.order_by("-id").first()
    return list(runs.filter(batch=newest.batch).order_by("id")) if newest else []


def save(workspace_id: int, user_id: int, kind: str, *, version: int, settings: Mapping[str, Any]) -> Schedule:
    """Save what a person chose. ``settings``: enabled, direction, frequency, and day, missing_day, weekday where given.

    Nothing of a run at work changes (it has its own copy, FK-42), no cursor moves (FK-30). Raises conflict_edit,
    schedule_invalid, and not_linked, link_disabled, plan_not_eligible when it is to be enabled.
    """
    with transaction.atomic():
        schedule = Schedule.objects.select_for_update().get(id=of_kind(workspace_id, kind, user_id).id)
        if schedule.version != version:
            raise ChoaiError("conflict_edit", what="schedule", id=kind)
        syncs = syncs_of(schedule)
        if settings["enabled"] and (reason := reason_against(schedule, syncs)) is not None:
            raise ChoaiError(reason[0], **reason[1])
        before = {"enabled": schedule.enabled, **schedule.data}
        data = {**schedule.data, "kind": settings["frequency"], "direction": settings["direction"]}
        data.update({n: settings[n] for n in ("day", "missing_day", "weekday") if settings.get(n) is not None})
        plan = parsed(data)
        now = clock.now()
        was_enabled = schedule.enabled
        schedule.enabled, schedule.data = settings["enabled"], data
        schedule.next_at = model.next_run(plan, now) if schedule.enabled else None
        if schedule.enabled and (not was_enabled or schedule.planned_at is None or before != {"enabled": True, **data}):
            schedule.planned_at = now  # what was planned before the edit is no longer owed
        schedule.version += 1
        schedule.updated_by_id = user_id
        schedule.save()
        for sync in syncs:
            Sync.objects.filter(id=sync.id).update(
                to_left=data["direction"] == "to_left",
                to_right=data["direction"] == "to_right",
                version=F("version") + 1,
            )
        audit.note(workspace_id, user_id, "schedule.save", kind, before, {"enabled": schedule.enabled, **data})
    return schedule


def rezone(workspace_id: int, time_zone: str, window: tuple[str, str]) -> None:
    """Move all schedules of a workspace to its new time zone and night window, each to its slot there (FK-39)."""
    now = clock.now()
    for schedule in Schedule.objects.select_for_update().filter(workspace_id=workspace_id):
        data = {
            **schedule.data,
            "zone": time_zone,
            "window": list(window),
            "slot": model.slot(f"{workspace_id}:{schedule.kind}", window),
        }
        schedule.data = data
        schedule.next_at = model.next_run(parsed(data), now) if schedule.enabled else None
        schedule.version += 1
        schedule.save()


def resync_all(workspace_id: int, user_id: int, kind: str) -> Schedule:
    """The next run of this kind reads everything once (FK-30)."""
    with transaction.atomic():
        schedule = of_kind(workspace_id, kind, user_id)
        if not schedule.syncs.filter(workspace_id=workspace_id).update(resync=True):
            raise ChoaiError("not_linked")
        audit.note(workspace_id, user_id, "schedule.resync", kind)
    return schedule


def hand_over(workspace_id: int, user_id: int, kind: str, to_user: int) -> Schedule:
    """Another member becomes the run-as user (FK-07). They must be authorised on every OAuth connection it uses: raises
    run_as_without_authority, not_found."""
    with transaction.atomic():
        schedule = of_kind(workspace_id, kind, user_id)
        member = Member.objects.select_related("user").filter(workspace_id=workspace_id, user_id=to_user).first()
        if member is None:
            raise ChoaiError("not_found", what="user", id=to_user)
        syncs = syncs_of(schedule)
        if not syncs:
            raise ChoaiError("not_linked")
        before = {s.name: str(s.run_as) for s in syncs}
        for sync in syncs:
            sync.run_as = member.user
            if run_as(sync)["state"] != "ok":
                raise ChoaiError("run_as_without_authority", user=str(member.user))
            Sync.objects.filter(id=sync.id).update(run_as=member.user, version=F("version") + 1)
        audit.note(workspace_id, user_id, "schedule.run_as", kind, before, {s.name: str(member.user) for s in syncs})
    return schedule


def planned(workspace_id: int) -> list[tuple[str, datetime]]:
    """Kind and instant of every planned run, soonest first."""
    rows = Schedule.objects.filter(workspace_id=workspace_id, enabled=True, next_at__isnull=False).order_by("next_at")
    return [(kind, at) for kind, at in rows.values_list("kind", "next_at") if at is not None]
