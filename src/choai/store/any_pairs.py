"""Syncs of the any-pair set-up: one object of a CRM connection with one of an accounting connection, and its schedule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F, Q

from choai import clock
from choai.errors import ChoaiError
from choai.model import schedule as model
from choai.model.mapping import MappingRow, MatchKey
from choai.presets.any_pair import PRESET
from choai.store import audit, schedules
from choai.store.models import Connection, Pairing, Run, Schedule, Sync, Workspace


@dataclass(slots=True, frozen=True)
class Ends:
    """What is paired: an object of each connection."""

    left: Connection
    left_object: str
    right: Connection
    right_object: str


@dataclass(slots=True, frozen=True)
class Wish:
    """What a person chose for a new sync. ``schedule``: enabled, frequency (and day, weekday, missing_day)."""

    topic: str
    name: str
    rows: Sequence[MappingRow]
    match_keys: Sequence[MatchKey]
    directions: Sequence[str]
    duplicate_policy: str
    conflict_policy: str
    options: Mapping[str, Any]
    schedule: Mapping[str, Any]


def tied(workspace_id: int, left_id: int, right_id: int) -> set[tuple[str, str]]:
    """The objects (left, right) of these two connections that are paired and linked."""
    found = Pairing.objects.filter(
        workspace_id=workspace_id, left_connection=left_id, right_connection=right_id, linked=True
    )
    return set(found.values_list("left_object", "right_object"))


def existing(workspace_id: int, left_id: int, right_id: int) -> dict[tuple[str, str], int]:
    """The syncs there are between two connections, of whatever preset, by their objects (left, right)."""
    found = Sync.objects.filter(
        Q(pairing__left_connection=left_id, pairing__right_connection=right_id), workspace_id=workspace_id
    )
    rows = found.order_by("-id").values_list("pairing__left_object", "pairing__right_object", "id")
    return {(left, right): sync_id for left, right, sync_id in rows}


def create(workspace_id: int, user_id: int, ends: Ends, wish: Wish) -> tuple[Sync, bool]:
    """The sync of these two objects, and whether it is new: asked for twice (a double click, a repeated call) it is made once,
    and an earlier one, of whatever preset, is left as it is. The person is its run-as user."""
    with transaction.atomic():
        Workspace.objects.select_for_update().get(id=workspace_id)  # one at a time
        pairing, _ = Pairing.objects.get_or_create(
            workspace_id=workspace_id,
            left_connection=ends.left,
            left_object=ends.left_object,
            right_connection=ends.right,
            right_object=ends.right_object,
            defaults={"kind": wish.topic},
        )
        known = Sync.objects.filter(workspace_id=workspace_id, pairing=pairing).order_by("id").first()
        if known is not None:
            return known, False
        sync = Sync.objects.create(
            workspace_id=workspace_id,
            pairing=pairing,
            schedule=_schedule(workspace_id, user_id, pairing, wish.schedule),
            name=wish.name[:200],
            preset=PRESET,
            to_left="to_left" in wish.directions,
            to_right="to_right" in wish.directions,
            mapping=msgspec.to_builtins(list(wish.rows)),
            match_keys=msgspec.to_builtins(list(wish.match_keys)),
            selection={"all": [], "left": [], "right": []},
            duplicate_policy=wish.duplicate_policy,
            conflict_policy=wish.conflict_policy,
            options=dict(wish.options),
            run_as_id=user_id,
        )
        audit.note(
            workspace_id,
            user_id,
            "pair.create",
            sync.name,
            after={
                "left": f"{ends.left.name} / {ends.left_object}",
                "right": f"{ends.right.name} / {ends.right_object}",
                "directions": list(wish.directions),
                "duplicate_policy": wish.duplicate_policy,
                "conflict_policy": wish.conflict_policy,
                "schedule": dict(wish.schedule),
            },
        )
    return sync, True


# ------------------------------------------------------------------ its schedule


def kind_of(pairing: Pairing) -> str:
    return f"pair-{pairing.id}"


def _schedule(workspace_id: int, user_id: int, pairing: Pairing, wanted: Mapping[str, Any]) -> Schedule:
    place = Workspace.objects.get(id=workspace_id)
    window = tuple(place.settings.get("night_window") or model.NIGHT)
    kind = kind_of(pairing)
    slot = model.slot(f"{workspace_id}:{kind}", (window[0], window[1]))
    data = _timed({"zone": place.time_zone, "window": list(window), "slot": slot}, wanted)
    enabled, now = bool(wanted.get("enabled")), clock.now()
    return Schedule.objects.create(
        workspace_id=workspace_id,
        kind=kind,
        preset=PRESET,
        enabled=enabled,
        data=data,
        next_at=_next(data, now) if enabled else None,
        planned_at=now if enabled else None,
        updated_by_id=user_id,
    )


def _timed(data: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    days = {n: wanted[n] for n in ("day", "missing_day", "weekday") if wanted.get(n) is not None}
    return {**data, "kind": wanted.get("frequency") or "daily", **days}


def _next(data: Mapping[str, Any], now: datetime) -> datetime | None:
    return model.next_run(schedules.parsed(data), now)


def sync_of(workspace_id: int, sync_id: int) -> Sync:
    """Raises not_found, also for a sync of another preset."""
    found = Sync.objects.select_related("schedule", "pairing").filter(
        workspace_id=workspace_id, id=sync_id, preset=PRESET, schedule__isnull=False
    )
    sync = found.first()
    if sync is None:
        raise ChoaiError("not_found", what="sync", id=sync_id)
    return sync


def save_schedule(
    workspace_id: int, user_id: int, sync_id: int, *, version: int, wanted: Mapping[str, Any]
) -> Schedule:
    """When the sync runs by itself from now on. Nothing of a run at work changes. Raises not_found, conflict_edit,
    schedule_invalid, and link_disabled, plan_not_eligible when it is to be enabled."""
    with transaction.atomic():
        sync = sync_of(workspace_id, sync_id)
        schedule = Schedule.objects.select_for_update().get(workspace_id=workspace_id, syncs=sync)
        if schedule.version != version:
            raise ChoaiError("conflict_edit", what="schedule", id=sync_id)
        if wanted["enabled"] and (reason := schedules.reason_against(schedule, schedules.syncs_of(schedule))):
            raise ChoaiError(reason[0], **reason[1])
        before = {"enabled": schedule.enabled, **schedule.data}
        data, now = _timed(schedule.data, wanted), clock.now()
        enabled = bool(wanted["enabled"])
        after = {"enabled": enabled, **data}
        fields = {"enabled": enabled, "data": data, "next_at": _next(data, now) if enabled else None}
        if enabled and before != after:
            fields["planned_at"] = now  # what was planned before the edit is no longer owed
        Schedule.objects.filter(id=schedule.id).update(
            **fields, version=F("version") + 1, updated_by_id=user_id, updated_at=now
        )
        audit.note(workspace_id, user_id, "schedule.save", sync.name, before, after)
    return Schedule.objects.get(id=schedule.id)


def listed(workspace_id: int) -> list[tuple[Sync, Schedule]]:
    """The syncs that have a schedule of their own, by name."""
    found = Sync.objects.select_related("schedule", "pairing").filter(
        workspace_id=workspace_id, preset=PRESET, schedule__isnull=False
    )
    return [(sync, sync.schedule) for sync in found.order_by("name", "id") if sync.schedule is not None]


def last_run(sync: Sync) -> list[Run]:
    """The sync's newest run that is no preview and no comparison; empty when there is none."""
    return list(Run.objects.filter(sync=sync, preview=False).exclude(trigger="reconcile").order_by("-id")[:1])


def scheduled(workspace_id: int) -> dict[str, dict[str, Any]]:
    """The syncs that have a schedule of their own, by its kind: id and name."""
    found = Sync.objects.filter(workspace_id=workspace_id, preset=PRESET, schedule__isnull=False)
    rows = found.values_list("schedule__kind", "id", "name")
    return {kind: {"id": sync_id, "name": name} for kind, sync_id, name in rows if kind is not None}
