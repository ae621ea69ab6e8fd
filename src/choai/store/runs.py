"""Runs: begin, control, end. The engine's page-by-page statements are in ledger.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from choai import clock
from choai.errors import ChoaiError
from choai.store.ledger.counts import close_books
from choai.store.models import ACTIVE_RUNS, Candidate, Item, Page, Run, Staged, Sync

COUNTS = ("created", "updated", "unchanged", "skipped", "failed", "blocked", "not_reached", "not_counted")


def settings_of(sync: Sync) -> dict[str, Any]:
    """The copy of a sync's settings that a run works with: later edits apply from the next run (FK-42)."""
    pairing = sync.pairing
    return {
        "to_left": sync.to_left,
        "to_right": sync.to_right,
        "mapping": sync.mapping,
        "match_keys": sync.match_keys,
        "selection": sync.selection,
        "duplicate_policy": sync.duplicate_policy,
        "conflict_policy": sync.conflict_policy,
        "options": sync.options,
        "kind": pairing.kind,
        "left": {"connection": pairing.left_connection_id, "object": pairing.left_object},
        "right": {"connection": pairing.right_connection_id, "object": pairing.right_object},
        "resync": sync.resync,
    }


def drafted(sync: Sync, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a run that these unsaved fields of Sync change: it reads everything, and knows what was saved then."""
    was = {"version": sync.version, "fields": dict(fields), "selection": sync.selection, "saved": False}
    return {**fields, "resync": True, "draft": was}


def create_run(
    sync_id: int,
    *,
    workspace_id: int,
    trigger: str,
    user_id: int | None,
    preview: bool = False,
    to_left: bool | None = None,
    to_right: bool | None = None,
    only: Mapping[str, Sequence[str]] | None = None,
    batch: str | None = None,
    schedule_id: int | None = None,
    late_for: datetime | None = None,
    draft: Mapping[str, Any] | None = None,
) -> int:
    """A queued run; the caller hands it to the durable queue afterwards.

    ``draft``: fields of Sync that nobody has saved yet, for a preview of what they would do. It reads everything, and its
    plan can be applied only after ``drafts.save``.

    ``to_left``/``to_right`` override the sync's directions for this run (import, upload). ``only`` limits it to record ids
    by source side ("left"/"right"), for a retry. Raises not_found, link_disabled, already_running. A preview or a held run of
    the same sync that waits for a decision is discarded: its plan is no longer the newest.
    """
    sync = Sync.objects.select_related("pairing").filter(id=sync_id, workspace_id=workspace_id).first()
    if sync is None:
        raise ChoaiError("not_found", what="sync", id=sync_id)
    if not sync.pairing.linked:
        raise ChoaiError("link_disabled", sync=sync.name)
    settings = settings_of(sync)
    if to_left is not None or to_right is not None:
        settings["to_left"], settings["to_right"] = bool(to_left), bool(to_right)
    if draft is not None:
        settings |= drafted(sync, draft)
    if only:
        settings["only"] = {side: list(ids) for side, ids in only.items()}
    now = clock.now()
    try:
        with transaction.atomic():
            _drop(Run.objects.filter(sync=sync, state__in=("planned", "held")), now)
            run = Run.objects.create(
                workspace_id=workspace_id,
                sync=sync,
                schedule_id=schedule_id,
                batch=batch or uuid4().hex,
                trigger=trigger,
                preview=preview,
                settings=settings,
                late_for=late_for,
                run_as_id=sync.run_as_id,
                started_by_id=user_id,
                created_at=now,
                notes=[{"code": "late_run", "facts": {"since": late_for.date().isoformat()}}] if late_for else [],
            )
    except IntegrityError:
        raise busy(sync) from None
    return run.id


def busy(sync: Sync) -> ChoaiError:
    """already_running, with the start of the run that is at work (workspace time)."""
    active = Run.objects.filter(sync=sync, state__in=ACTIVE_RUNS).values_list("created_at", flat=True).first()
    zone = ZoneInfo(sync.workspace.time_zone)
    return ChoaiError(
        "already_running", sync=sync.name, since=f"{(active or clock.now()).astimezone(zone):%Y-%m-%d %H:%M}"
    )


def set_control(run_id: int, control: str, *, workspace_id: int) -> bool:
    """Ask a run to cancel or pause, or take that back (""). Honoured within one batch; false when it has ended."""
    return bool(Run.objects.filter(id=run_id, workspace_id=workspace_id, state__in=ACTIVE_RUNS).update(control=control))


def go_on(run_id: int, *, workspace_id: int, states: Sequence[str]) -> bool:
    """Put a planned, held or paused run back into the queue; false when it is in none of these states (any more), or its
    settings are a draft that was not saved.
    Raises already_running when another run of the sync began meanwhile."""
    run = Run.objects.filter(id=run_id, workspace_id=workspace_id).first()
    if run is None:
        raise ChoaiError("not_found", what="run", id=run_id)
    if run.state not in states or not run.settings.get("draft", {"saved": True})["saved"]:
        return False
    work = {**run.work, "approved": True} if run.state in ("planned", "held") else run.work
    try:
        with transaction.atomic():
            return bool(
                Run.objects.filter(id=run_id, state=run.state).update(
                    state="queued", control="", preview=False, work=work, ended_at=None
                )
            )
    except IntegrityError:
        raise busy(run.sync) from None


@transaction.atomic
def discard(run_id: int, *, workspace_id: int) -> bool:
    """Throw a planned, held or paused run away."""
    waiting = Run.objects.filter(id=run_id, workspace_id=workspace_id, state__in=("planned", "held", "paused"))
    return bool(_drop(waiting, clock.now()))


def _drop(waiting: QuerySet[Run], now: datetime) -> int:
    """End runs that wait for a decision: what they planned was not reached, what they read is no longer needed. Nothing is
    remembered for the next run, because nothing was tried."""
    ids = list(waiting.values_list("id", flat=True))
    for run_id in ids:
        left = Item.objects.filter(run_id=run_id, outcome="planned").update(outcome="not_reached", ended_at=now)
        run = Run.objects.get(id=run_id)
        run.counts = {**run.counts, "not_reached": run.counts.get("not_reached", 0) + left}
        close_books(run)
        run.state, run.control, run.ended_at = "cancelled", "", now
        run.save(update_fields=["counts", "state", "control", "ended_at"])
    for model in (Staged, Candidate, Page):
        model.objects.filter(run_id__in=ids).delete()
    return len(ids)
