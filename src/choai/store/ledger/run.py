"""A run's life: taken, moved on, noted, finished; and what outlives it: cursors, records to retry, schemas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from choai.engine.context import load_schema
from choai.engine.drift import gone_since
from choai.engine.ports import RunRow
from choai.errors import explain
from choai.model.mapping import Side
from choai.store import audit, rows
from choai.store.ledger import waiting
from choai.store.ledger.counts import bump, close_books
from choai.store.ledger.items import keep_sources
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
from choai.store.rows import from_json

REST = "goes_on_later"  # the note of a run whose rest is done by itself (store/rests.py)
LATER = timedelta(minutes=1)  # after the service's reset, by its clock
CATALOGUE = "*"  # the "object" whose snapshot holds what the others are called (store/connections.py)


def take(run_id: int, now: datetime) -> RunRow:
    """The run, set to running if it was queued. Its control wish is left for the caller to honour."""
    with transaction.atomic():
        rows.select(_BEGIN, [now, now, run_id])
        run = rows.select(_TAKEN, [run_id])[0]
    return RunRow(
        id=run_id, workspace_id=run[0], sync_id=run[1], pairing_id=run[2], preview=bool(run[3]), trigger=run[4],
        state=run[5], phase=run[6], control=run[7], settings=from_json(run[8]), work=from_json(run[9]),
        counts=from_json(run[10]), run_as_id=run[11], time_zone=run[12], started_at=_at(run[13]),
    )  # fmt: skip


_BEGIN = (
    "UPDATE store_run SET state = 'running', started_at = COALESCE(started_at, %s), beat_at = %s"
    " WHERE id = %s AND state IN ('queued', 'running') RETURNING id"
)
_TAKEN = (
    "SELECT r.workspace_id, r.sync_id, y.pairing_id, r.preview, r.trigger, r.state, r.phase, r.control, r.settings, r.work,"
    " r.counts, r.run_as_id, w.time_zone, r.started_at FROM store_run r JOIN store_sync y ON y.id = r.sync_id"
    " JOIN store_workspace w ON w.id = r.workspace_id WHERE r.id = %s"
)


def _at(column: Any) -> datetime | None:
    """An instant as a raw statement answers it: SQLite keeps text in UTC."""
    return datetime.fromisoformat(column).replace(tzinfo=UTC) if isinstance(column, str) else column


def state_of(run_id: int) -> str:
    return str(rows.select("SELECT state FROM store_run WHERE id = %s", [run_id])[0][0])


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
        _not_given_back(run, now, code, dict(facts or {}))
        left = Item.objects.filter(run_id=run_id, outcome="planned").update(
            outcome="not_reached", ended_at=now, code=code, facts=dict(facts or {})
        )
        if left:
            run.counts["not_reached"] = run.counts.get("not_reached", 0) + left
        close_books(run)
        _promise_rest(run, code, (facts or {}).get("until"))
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
        if "undo" not in run.settings:
            _remember(run, now)
            waiting.remember(run, now)
        keep_sources(run_id)
        Staged.objects.filter(run_id=run_id).delete()
        Candidate.objects.filter(run_id=run_id).delete()
        Page.objects.filter(run_id=run_id).delete()
    run.state, run.error_code, run.error_facts = state, code, dict(facts or {})
    saved = ["state", "error_code", "error_facts", "counts", "ended_at", "control", "goes_on_at", "notes"]
    run.save(update_fields=saved)
    if state in ENDED_RUNS:
        audit.ended(run)


def _promise_rest(run: Run, code: str, until: object) -> None:
    """A run that ends with the day's calls says when its rest is done (FK-64). Previews, comparisons and undoing have none."""
    apart = run.preview or run.trigger == "reconcile" or "undo" in run.settings or "draft" in run.settings
    if code == "budget_spent" and isinstance(until, str) and not apart:
        run.goes_on_at = datetime.fromisoformat(until) + LATER
        run.notes = [*run.notes, {"code": REST, "facts": {"until": run.goes_on_at.isoformat()}}]


def _not_given_back(run: Run, now: datetime, code: str, facts: dict[str, Any]) -> None:
    """Records that a run created and could not tell their source about before it ended are failures of it (FK-23); the next
    run does that from their intents."""
    owed = list(Item.objects.filter(run=run, intent__state="wrote").exclude(outcome="failed").distinct())
    why = {f"detail_{language}": explain(code, facts, language)["title"] for language in ("ja", "en")}
    for item in owed:
        id = item.right_id if item.side == "right" else item.left_id
        run.counts[item.outcome] = run.counts.get(item.outcome, 0) - 1
        run.counts["failed"] = run.counts.get("failed", 0) + 1
        item.outcome, item.code, item.ended_at = "failed", "write_back_failed", now
        item.facts = {"name": item.name, "id": id, "reason": code, **why}
    Item.objects.bulk_update(owed, ["outcome", "code", "facts", "ended_at"], batch_size=200)


def _remember(run: Run, now: datetime) -> None:
    """Keep the Retry list: failed and blocked source records in, all others out. Of a conflict both records are kept, so that
    whatever a person decides is decided with both sides read."""
    for source in ("left", "right"):
        target = "right" if source == "left" else "left"
        bad = f"outcome IN ('failed', 'blocked') AND (side = '{target}' OR code = 'conflict')"
        ours = (
            f"SELECT 1 FROM store_item WHERE workspace_id = {run.workspace_id} AND sync_id = {run.sync_id}"
            f" AND {source}_id = store_retry.record_id AND run_id = {run.id}"
        )
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO store_retry (workspace_id, sync_id, side, record_id, code, attempts, since)"
                f" SELECT workspace_id, sync_id, '{source}', {source}_id, MAX(code), 1, %s FROM store_item"
                f" WHERE run_id = {run.id} AND {bad} AND {source}_id <> ''"
                f" GROUP BY workspace_id, sync_id, {source}_id ON CONFLICT (sync_id, side, record_id)"
                " DO UPDATE SET code = excluded.code, attempts = store_retry.attempts + 1",
                [now],
            )
            cursor.execute(
                f"DELETE FROM store_retry WHERE sync_id = {run.sync_id} AND side = '{source}'"
                f" AND EXISTS ({ours} AND outcome NOT IN ('planned', 'not_reached')"
                f"  AND (side = '{target}' OR outcome IN ('updated', 'unchanged'))) AND NOT EXISTS ({ours} AND {bad})"
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
    waiting.drop(sync_id, side, ids)


def schema_of(connection_id: int, object: str) -> dict[str, Any] | None:
    """The last discovered schema of an object."""
    found = SchemaSnapshot.objects.filter(connection_id=connection_id, object=object)
    return found.values_list("data", flat=True).first()


def label_of(connection_id: int, object: str) -> dict[str, str]:
    """What people call an object, in "ja" and "en"; empty when the service was never asked."""
    found = SchemaSnapshot.objects.filter(connection_id=connection_id, object=CATALOGUE)
    return dict((found.values_list("data", flat=True).first() or {}).get(object) or {})


def gone_fields(connection_id: int, object: str) -> dict[str, dict[str, str]]:
    """What people called the fields ("ja", "en") that an object had once and has no longer."""
    return dict((schema_of(connection_id, object) or {}).get("gone") or {})


def save_schema(workspace_id: int, connection_id: int, object: str, revision: str, data: dict[str, Any]) -> None:
    """Keep the fields of an object as they are now, with the labels of those that are gone."""
    data = {**data, "gone": gone_since(schema_of(connection_id, object), load_schema(data))}
    SchemaSnapshot.objects.update_or_create(
        connection_id=connection_id,
        object=object,
        defaults={"workspace_id": workspace_id, "revision": revision, "data": data},
    )
