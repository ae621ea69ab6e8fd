"""Due schedules begin their runs.

The truth is our ``schedule`` table, read every second by the housekeeping of every worker. Each planned start is handled in
one transaction: the row is moved to its next start by compare-and-swap, and the runs of its syncs are created. So any number
of workers may tick at once, a crash leaves either nothing or all of it, and each planned start happens exactly once.

DBOS has schedules too. They are not used: one thread for each in every process, random delays, and a missed start would be
replayed as often as it was missed. Ours give one late run inside the night window (FK-44), stable slots (FK-39) and starts that
depend on nothing but this table.
"""

from __future__ import annotations

import logging
from datetime import datetime, time
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import msgspec
from django.db import transaction
from django.db.models import Q

from choai import clock
from choai.errors import ChoaiError
from choai.model.schedule import Due, due
from choai.runtime import bell
from choai.store import runs, schedules
from choai.store.models import Run, Sync
from choai.store.models import Schedule as Row

log = logging.getLogger("choai.runtime")

BATCH = 200  # schedules handled in one tick

_last: datetime | None = None


def last_tick() -> datetime | None:
    """When this process last looked at the schedules."""
    return _last


def tick() -> list[str]:
    """Handle what is due; answers the batch ids of the runs that were begun. A schedule that cannot be handled is logged and
    does not keep the others from running."""
    global _last
    now = _last = clock.now()
    waiting = Q(next_at__isnull=True) | Q(next_at__lte=now)
    begun = []
    for row in Row.objects.filter(waiting, enabled=True).order_by("next_at", "id")[:BATCH]:
        try:
            batch = _handle(row, now)
        except (ChoaiError, msgspec.ValidationError):
            log.exception("a schedule cannot be handled", extra={"facts": {"schedule": row.id}})
            continue
        if batch:
            begun.append(batch)
    if begun:
        bell.ring()
    return begun


def _handle(row: Row, now: datetime) -> str | None:
    """One planned start, or the look that tells when the next one is."""
    decision = due(schedules.parsed(row.data), row.planned_at or row.updated_at, now)
    with transaction.atomic():
        changes: dict[str, Any] = {"next_at": decision.next}
        if decision.run:
            changes["planned_at"] = decision.planned
        # Whoever moves the row has this start; an edit that was saved meanwhile wins over it.
        moved = Row.objects.filter(
            id=row.id, enabled=True, version=row.version, next_at=row.next_at, planned_at=row.planned_at
        ).update(**changes)
        if not moved or not decision.run:
            return None
        return _begin(row, decision, now)


def _begin(row: Row, decision: Due, now: datetime) -> str | None:
    """One run for each linked sync (FK-55: an unlinked one is out of scope). A sync that is still at work is not started
    twice; its planned start is on record as not executed."""
    batch = uuid4().hex
    late_for = _midnight(decision, schedules.parsed(row.data).zone)
    trigger = "late" if late_for else "schedule"
    syncs = Sync.objects.filter(schedule_id=row.id, workspace_id=row.workspace_id, pairing__linked=True)
    begun = False
    for sync in syncs.select_related("pairing").order_by("id"):
        begun = True
        try:
            runs.create_run(
                sync.id,
                workspace_id=row.workspace_id,
                trigger=trigger,
                user_id=None,
                batch=batch,
                schedule_id=row.id,
                late_for=late_for,
            )
        except ChoaiError as error:
            _not_executed(sync, error, now, schedule=row, batch=batch, trigger=trigger)
    return batch if begun else None


def _midnight(decision: Due, zone: str) -> datetime | None:
    """The latest missed date as an instant: its midnight in the schedule's zone; None for a run on time."""
    if not decision.late_for:
        return None
    return datetime.combine(decision.late_for[-1], time(), ZoneInfo(zone))


def _not_executed(sync: Sync, error: ChoaiError, now: datetime, **which: Any) -> None:
    Run.objects.create(
        **which,
        workspace_id=sync.workspace_id,
        sync=sync,
        state="error",
        phase="done",
        settings=runs.settings_of(sync),
        error_code=error.code,
        error_facts={k: str(v) for k, v in error.facts.items()},
        run_as_id=sync.run_as_id,
        created_at=now,
        ended_at=now,
    )
