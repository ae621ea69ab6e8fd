"""The counts of a run, changed in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from choai.store import rows
from choai.store.models import Run


def bump(run_id: int, deltas: Mapping[str, int], **changes: Any) -> None:
    """Add to the counts of a run, in the caller's transaction."""
    run = Run.objects.select_for_update().only("counts").get(id=run_id)
    for name, by in deltas.items():
        run.counts[name] = run.counts.get(name, 0) + by
    for name, value in changes.items():
        setattr(run, name, value)
    run.save(update_fields=["counts", *changes])


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
