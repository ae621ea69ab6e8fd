"""Runs as people list them. Texts are added by whoever shows them; here are states, counts and codes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet

from choai.errors import ChoaiError
from choai.store.models import Connection, Run
from choai.store.pages import Found, found, ordering

OUTCOMES = ("created", "updated", "unchanged", "skipped", "failed", "blocked", "not_reached", "not_counted")
_SORTS = {
    "id": (),
    "created_at": (),
    "started_at": ("started_at",),
    "state": ("state",),
    "kind": ("sync__pairing__kind",),
}
_WORST_FIRST = (
    "error",
    "running",
    "queued",
    "paused",
    "held",
    "planned",
    "stopped",
    "cancelled",
    "partly",
    "succeeded",
)


def counts_of(raw: Mapping[str, int]) -> dict[str, int]:
    """All counts of CC-08. succeeded = created + updated + unchanged; targets = succeeded + failed + skipped + blocked."""
    counts = {name: int(raw.get(name, 0)) for name in OUTCOMES}
    counts["succeeded"] = counts["created"] + counts["updated"] + counts["unchanged"]
    counts["targets"] = counts["succeeded"] + counts["failed"] + counts["skipped"] + counts["blocked"]
    counts["planned"] = int(raw.get("planned", 0))
    counts["read"] = int(raw.get("read", 0)) or int(raw.get("read_left", 0)) + int(raw.get("read_right", 0))
    for name in ("overlap", "deselected", "unplanned", "reread", "paired"):
        counts[name] = int(raw.get(name, 0))
    return counts


def direction_of(settings: Mapping[str, Any]) -> str:
    if settings.get("to_left") and settings.get("to_right"):
        return "both"
    return "to_left" if settings.get("to_left") else "to_right"


def _rows(workspace_id: int) -> QuerySet[Run]:
    return (
        Run.objects.select_related("sync", "sync__pairing", "run_as", "started_by")
        .filter(workspace_id=workspace_id)
        .defer("sync__mapping", "sync__selection")
    )


def listed(
    workspace_id: int,
    *,
    page: int,
    page_size: int,
    sort: str = "",
    q: str = "",
    sync: int | None = None,
    kind: str | None = None,
    state: str | None = None,
    trigger: str | None = None,
    batch: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Found:
    """Runs, newest first. ``kind`` "segment" finds all three axes. Runs that only compare have a list of their own and are
    here when ``trigger`` asks for them."""
    rows = _rows(workspace_id) if trigger else _rows(workspace_id).exclude(trigger="reconcile")
    wanted: dict[str, Any] = {
        "sync_id": sync,
        "batch": batch,
        "trigger": trigger,
        "created_at__gte": since,
        "created_at__lt": until,
        "state__in": state.split(",") if state else None,
        "sync__name__icontains": q or None,
        "sync__pairing__kind__in": [kind, *(f"{kind}_{n}" for n in (1, 2, 3))] if kind else None,
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    answer = found(rows.order_by(*ordering(sort, _SORTS, "-id")), page, page_size, facts)
    return _named(answer)


def one(workspace_id: int, run_id: int) -> dict[str, Any]:
    """Raises not_found."""
    row = _rows(workspace_id).filter(id=run_id).first()
    if row is None:
        raise ChoaiError("not_found", what="run", id=run_id)
    return _named(Found([facts(row)], 1)).rows[0]


def latest_of_syncs(workspace_id: int, sync_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
    """The newest run of each sync that is no preview and no comparison."""
    answer: dict[int, dict[str, Any]] = {}
    written = _rows(workspace_id).filter(preview=False).exclude(trigger="reconcile")
    for sync_id in sync_ids:  # a workspace has a dozen syncs; each look-up is one step in an index
        row = written.filter(sync_id=sync_id).order_by("-id").first()
        if row is not None:
            answer[sync_id] = facts(row)
    return answer


def facts(run: Run) -> dict[str, Any]:
    """A run for people, without texts."""
    counts = counts_of(run.counts)
    return {
        "id": run.id,
        "batch": run.batch,
        "sync": {"id": run.sync_id, "name": run.sync.name},
        "kind": run.sync.pairing.kind,
        "direction": direction_of(run.settings),
        "trigger": run.trigger,
        "preview": run.preview,
        "draft": not run.settings.get("draft", {"saved": True})["saved"],
        "state": run.state,
        "phase": run.phase,
        "control": run.control,
        "progress": _progress(run, counts),
        "counts": counts,
        "cost": run.cost,
        "calls": run.calls,
        "code": run.error_code,
        "facts": run.error_facts,
        "notes": run.notes,
        "late_for": run.late_for,
        "run_as": str(run.run_as) if run.run_as else None,
        "started_by": str(run.started_by) if run.started_by else None,
        "created_at": run.created_at,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "actions": _actions(run, counts),
        "plan": plan_counts(run) if run.state in ("planned", "held") else {},
    }


def plan_counts(run: Run) -> dict[str, int]:
    """What a waiting plan would do: items by side and operation, as "left_create", "right_update" …"""
    rows = run.items.filter(outcome="planned").values_list("side", "op").annotate(n=Count("id")).order_by()
    return {f"{side}_{op}": n for side, op, n in rows}


def _progress(run: Run, counts: Mapping[str, int]) -> dict[str, int | None]:
    """Records so far. The total is known once everything is planned: what has ended and what still waits to be written."""
    done = sum(counts[name] for name in OUTCOMES)
    total = percent = None
    if run.ended_at is not None:
        total, percent = done, 100
    elif run.phase in ("apply", "settle", "done") or run.state in ("planned", "held"):
        total = done + run.items.filter(outcome="planned").count()
        percent = min(99, 100 * done // total) if total else None
    return {"read": counts["read"], "planned": counts["planned"], "done": done, "total": total, "percent": percent}


def _actions(run: Run, counts: Mapping[str, int]) -> list[str]:
    """What may be done with the run now."""
    if run.state == "planned" and not run.settings.get("draft", {"saved": True})["saved"]:
        return ["discard"]  # its settings are to be saved first: store/drafts.py
    if run.state in ("planned", "held"):
        return ["apply", "discard"]
    if run.state in ("queued", "running"):
        return ["cancel", "resume"] if run.control == "pause" else ["cancel", "pause"] if not run.control else []
    if run.state == "paused":
        return ["resume", "cancel"]
    if run.trigger == "undo":
        return []
    if run.goes_on_at is not None:
        return ["retry", "cancel"]
    return ["retry"] if counts["failed"] + counts["blocked"] + counts["not_reached"] else []


def _named(answer: Found) -> Found:
    """Replace connection ids in cost and calls by id and name."""
    ids = {int(i) for row in answer.rows for i in (*row["cost"], *row["calls"])}
    names = dict(Connection.objects.filter(id__in=ids).values_list("id", "name"))
    for row in answer.rows:
        for part in ("cost", "calls"):
            row[part] = [
                {"connection": {"id": int(i), "name": names.get(int(i), "–")}, "calls": n} for i, n in row[part].items()
            ]
    return answer


# ------------------------------------------------------------------ batches: runs started together


def batch_facts(runs: list[Run]) -> dict[str, Any]:
    """The runs of one batch as one result (FK-45): counts added up, the worst state, the first problem."""
    together = dict.fromkeys(("targets", "succeeded", "failed", "not_reached"), 0)
    for run in runs:
        counts = counts_of(run.counts)
        for name in together:
            together[name] += counts[name]
    first = runs[0]
    trouble = next((r for r in runs if r.error_code), None)
    ended = [r.ended_at for r in runs]
    return {
        "batch": first.batch,
        "state": min((r.state for r in runs), key=_WORST_FIRST.index),
        "ran_at": min(r.started_at or r.created_at for r in runs),
        "ended_at": max((e for e in ended if e), default=None) if all(ended) else None,
        **together,
        "runs": sorted(r.id for r in runs),
        "direction": direction_of(first.settings),
        "trigger": first.trigger,
        "late_for": first.late_for,
        "code": trouble.error_code if trouble else "",
        "facts": trouble.error_facts if trouble else {},
    }


def batches(workspace_id: int, schedule_id: int, *, page: int, page_size: int) -> Found:
    """Results of a schedule, newest first. Previews are no results."""
    all_runs = Run.objects.filter(workspace_id=workspace_id, schedule_id=schedule_id, preview=False)
    names: list[str] = []
    start, end = (page - 1) * page_size, page * page_size
    for batch in all_runs.order_by("-id").values_list("batch", flat=True).iterator(chunk_size=500):
        if batch not in names[-8:]:  # the runs of a batch stand together
            names.append(batch)
            if len(names) > end:
                break
    wanted = names[start:end]
    by_batch: dict[str, list[Run]] = {name: [] for name in wanted}
    for run in all_runs.filter(batch__in=wanted).order_by("id"):
        by_batch[run.batch].append(run)
    total = all_runs.values("batch").distinct().count()
    return Found([batch_facts(by_batch[name]) for name in wanted], total)


def ids_of_batch(workspace_id: int, batch: str) -> list[int]:
    return list(Run.objects.filter(workspace_id=workspace_id, batch=batch).order_by("id").values_list("id", flat=True))


def marks(workspace_id: int, newest: int = 50) -> dict[int, tuple[object, ...]]:
    """What of the newest runs differs when they changed: for listeners."""
    rows = Run.objects.filter(workspace_id=workspace_id).order_by("-id")
    return {
        row[0]: row[1:] for row in rows.values_list("id", "state", "phase", "control", "beat_at", "ended_at")[:newest]
    }
