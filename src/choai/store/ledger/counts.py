"""The counts of a run, changed in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from choai.store import rows
from choai.store.models import Run, Staged
from choai.store.rows import as_json, from_json

_JSON = ("work", "cost")


def bump(run_id: int, deltas: Mapping[str, int], **changes: Any) -> None:
    """Add to the counts of a run, in the caller's transaction."""
    lock = " FOR UPDATE" if connection.vendor == "postgresql" else ""
    counts = from_json(rows.select(f"SELECT counts FROM store_run WHERE id = %s{lock}", [run_id])[0][0])
    for name, by in deltas.items():
        counts[name] = counts.get(name, 0) + by
    values = [as_json(counts), *(as_json(v) if name in _JSON else v for name, v in changes.items()), run_id]
    rows.update("store_run", ("counts", *changes), [values])


def close_books(run: Run) -> None:
    """Count, before the staged records go, what this ended run read and no outcome speaks of: records that stood on more than
    one page (``reread``), and those whose plan the run did not reach (``unplanned``). The caller saves the run.

    read = overlap + deselected + reread + unplanned + paired + (outcomes − both_ways), for every run that reads.
    """
    if run.trigger == "reconcile" or "undo" in run.settings:
        return
    staged = {side: Staged.objects.filter(run_id=run.id, side=side, target=True) for side in ("left", "right")}
    kept = sum(rows.count() for rows in staged.values())
    _note(run, "reread", run.counts.get("staged", 0) - kept)
    if run.phase in ("apply", "settle", "done"):
        return
    planning = run.phase == "plan"
    sources = [side for side in ("left", "right") if run.settings.get("to_right" if side == "left" else "to_left")]
    left = 0
    for number, side in enumerate(sources):
        rest = staged[side]
        if planning and number < run.work.get("side", 0):
            continue
        if planning and number == run.work.get("side", 0):
            rest = rest.filter(id__gt=run.work.get("seq", 0))
        left += rest.count()
    _note(run, "unplanned", left)


def _note(run: Run, name: str, count: int) -> None:
    if count > 0:
        run.counts[name] = count


def recount(outcomes: Mapping[int, str], now: datetime) -> None:
    """Move items between the counts of their runs; to be called before the items themselves change."""
    deltas: dict[int, dict[str, int]] = {}
    for id, run_id, old in rows.select_in(
        "SELECT id, run_id, outcome FROM store_item WHERE id IN ({ids})", [], outcomes
    ):
        new = outcomes[id]
        if new == old:
            continue
        of_run = deltas.setdefault(run_id, {})
        if old != "planned":
            of_run[old] = of_run.get(old, 0) - 1
        of_run[new] = of_run.get(new, 0) + 1
    for run_id, changed in deltas.items():
        bump(run_id, changed, beat_at=now)
