"""A run's life: taken, moved on, noted, finished; and what outlives it: cursors, records to retry, schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from choai.engine.ports import RunRow
from choai.model.mapping import Side
from choai.store import rows
from choai.store.ledger.counts import bump
from choai.store.models import (
    ENDED_RUNS,
    Candidate,
    Cursor,
    Item,
    Page,
    Retry,
    Run,
    SchemaSnapshot,
    Staged,
    Sync,
)


def take(run_id: int, now: datetime) -> RunRow:
    """The run, set to running if it was queued. Its control wish is left for the caller to honour."""
    with transaction.atomic():
        run = Run.objects.select_for_update().select_related("workspace").get(id=run_id)
        if run.state == "queued":
            run.state, run.started_at = "running", run.started_at or now
        if run.state == "running":
            run.beat_at = now
            run.save(update_fields=["state", "started_at", "beat_at"])
    return RunRow(
        id=run.id,
        workspace_id=run.workspace_id,
        sync_id=run.sync_id,
        pairing_id=Sync.objects.values_list("pairing_id", flat=True).get(id=run.sync_id),
        preview=run.preview,
        trigger=run.trigger,
        state=run.state,
        phase=run.phase,
        control=run.control,
        settings=run.settings,
        work=run.work,
        counts=run.counts,
        run_as_id=run.run_as_id,
        time_zone=run.workspace.time_zone,
        started_at=run.started_at,
    )


@transaction.atomic
def opened(run_id: int, settings: dict[str, Any], work: dict[str, Any], phase: str) -> None:
    """The opening's result: settings with schemas, the windows to read, the first phase."""
    Run.objects.filter(id=run_id).update(settings=settings, work=work, phase=phase)


@transaction.atomic
def move(
    run_id: int, phase: str, work: dict[str, Any], deltas: Mapping[str, int] | None = None, **changes: Any
) -> None:
    """Next phase of a run, or progress within one."""
    bump(run_id, deltas or {}, phase=phase, work=work, **changes)


@transaction.atomic
def note(run_id: int, code: str, facts: Mapping[str, Any], work: dict[str, Any] | None = None) -> None:
    """Remark shown with the run (throttled, incomplete answer …); the same code is noted once, with the newest facts."""
    run = Run.objects.select_for_update().get(id=run_id)
    kept = [n for n in run.notes if n["code"] != code]
    run.notes = [*kept, {"code": code, "facts": dict(facts)}]
    if work is not None:
        run.work = work
    run.save(update_fields=["notes", "work"])


@transaction.atomic
def calm(run_id: int) -> None:
    """A step went through: the passing faults before it no longer count."""
    run = Run.objects.select_for_update().get(id=run_id)
    run.work.pop("attempts", None)
    run.save(update_fields=["work"])


@transaction.atomic
def finish(
    run_id: int,
    state: str,
    now: datetime,
    *,
    code: str = "",
    facts: Mapping[str, Any] | None = None,
    cursors: Mapping[str, str] | None = None,
) -> None:
    """End of a run (or its rest as planned, held, paused). Items still planned become "not reached" when it has ended.

    ``cursors`` by side are moved only for a run that reached its end; then its "resync all" wish is fulfilled too, and what
    failed is remembered for the next run, while what succeeded is forgotten there.
    """
    run = Run.objects.select_for_update().get(id=run_id)
    if state in ENDED_RUNS:
        left = Item.objects.filter(run_id=run_id, outcome="planned").update(
            outcome="not_reached", ended_at=now, code=code
        )
        if left:
            run.counts["not_reached"] = run.counts.get("not_reached", 0) + left
        run.ended_at = now
        run.control = ""
    if cursors is not None:
        for side, value in cursors.items():
            Cursor.objects.update_or_create(
                sync_id=run.sync_id, side=side, defaults={"value": value, "workspace_id": run.workspace_id}
            )
        if run.settings.get("resync"):
            Sync.objects.filter(id=run.sync_id).update(resync=False)
    if state in ENDED_RUNS:
        _remember(run, now)
        Staged.objects.filter(run_id=run_id).delete()
        Candidate.objects.filter(run_id=run_id).delete()
        Page.objects.filter(run_id=run_id).delete()
    run.state, run.error_code, run.error_facts = state, code, dict(facts or {})
    run.save(update_fields=["state", "error_code", "error_facts", "counts", "ended_at", "control"])


def _remember(run: Run, now: datetime) -> None:
    """Keep the Retry list: failed and blocked source records in, all others out."""
    for target in ("left", "right"):
        column = "left_id" if target == "right" else "right_id"
        source = "left" if target == "right" else "right"
        ended = rows.select(
            f"SELECT {column}, outcome, code FROM store_item WHERE run_id = %s AND side = %s AND {column} <> ''"
            " AND outcome IN ('created', 'updated', 'unchanged', 'skipped', 'not_counted', 'failed', 'blocked')",
            [run.id, target],
        )
        bad = [(r[0], r[2]) for r in ended if r[1] in ("failed", "blocked")]
        failed_ids = {b[0] for b in bad}
        good = [r[0] for r in ended if r[0] not in failed_ids]
        for start in range(0, len(good), rows.CHUNK):
            Retry.objects.filter(
                sync_id=run.sync_id, side=source, record_id__in=good[start : start + rows.CHUNK]
            ).delete()
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO store_retry (workspace_id, sync_id, side, record_id, code, attempts, since)"
                " VALUES (%s, %s, %s, %s, %s, 1, %s) ON CONFLICT (sync_id, side, record_id)"
                " DO UPDATE SET code = excluded.code, attempts = store_retry.attempts + 1",
                [(run.workspace_id, run.sync_id, source, rid, code, now) for rid, code in bad],
            )


def cursor_of(sync_id: int, side: Side) -> str | None:
    return Cursor.objects.filter(sync_id=sync_id, side=side.value).values_list("value", flat=True).first()


def retries(sync_id: int, side: Side) -> list[str]:
    """Record ids to read again whatever the cursor says."""
    found = Retry.objects.filter(sync_id=sync_id, side=side.value).order_by("record_id")
    return list(found.values_list("record_id", flat=True))


def drop_retries(sync_id: int, side: Side, ids: Sequence[str]) -> None:
    """These records are gone from their side: nothing to retry."""
    Retry.objects.filter(sync_id=sync_id, side=side.value, record_id__in=list(ids)).delete()


def schema_of(connection_id: int, object: str) -> dict[str, Any] | None:
    """The last discovered schema of an object."""
    found = SchemaSnapshot.objects.filter(connection_id=connection_id, object=object)
    return found.values_list("data", flat=True).first()


def save_schema(workspace_id: int, connection_id: int, object: str, revision: str, data: dict[str, Any]) -> None:
    SchemaSnapshot.objects.update_or_create(
        connection_id=connection_id,
        object=object,
        defaults={"workspace_id": workspace_id, "revision": revision, "data": data},
    )
