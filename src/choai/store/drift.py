"""Syncs that stand still because something they rest on has changed in a service: paused until that is put right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from choai.engine.drift import HELD
from choai.store.models import Run, Sync

_PLACES = frozenset({"app_not_found", "object_not_found", "schema_drift", "key_field_missing", "field_not_found", HELD})
_ASIDE = ("reconcile", "undo")  # triggers of runs that say nothing about the sync's settings


@dataclass(slots=True, frozen=True)
class Pause:
    """The newest run of a sync and what stopped it. ``whole``: nothing of the sync runs; else only new records are held back."""

    run: Run
    code: str
    facts: dict[str, Any]
    whole: bool

    @property
    def link(self) -> str:
        """Where it is put right: the mapping at the first broken row, or the settings with the condition."""
        first = next(iter(self.rows), None)
        if self.code == "selection_broken":
            return f"/syncs/{self.run.sync_id}?tab=settings"
        row = first["row"] if first is not None else None
        return f"/syncs/{self.run.sync_id}?row={row}" if row else f"/syncs/{self.run.sync_id}"

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Both ends of everything that no longer fits (engine/drift.py)."""
        return list(self.facts.get("rows") or [])


def pauses(workspace_id: int, sync_ids: Iterable[int] | None = None) -> dict[int, Pause]:
    """The paused syncs of a workspace, by id. A sync that has a newer run at work is not among them."""
    if sync_ids is None:
        sync_ids = Sync.objects.filter(workspace_id=workspace_id).order_by("id").values_list("id", flat=True)
    runs = Run.objects.filter(workspace_id=workspace_id, preview=False).exclude(trigger__in=_ASIDE)
    runs = runs.exclude(state="error", error_code="already_running").select_related("sync", "sync__pairing")
    out = {}
    for sync_id in sync_ids:  # a workspace has a dozen syncs; each look-up is one step in an index
        newest = runs.filter(sync_id=sync_id).order_by("-id").first()
        found = _of(newest) if newest is not None else None
        if found is not None:
            out[sync_id] = found
    return out


def _of(run: Run) -> Pause | None:
    if run.state == "error" and (run.error_code in _PLACES or run.error_facts.get("rows")):
        return Pause(run, run.error_code, dict(run.error_facts), whole=True)
    held = next((note for note in run.notes if note["code"] == HELD), None)
    if held is not None and run.ended_at is not None:
        return Pause(run, HELD, dict(held.get("facts") or {}), whole=False)
    return None
