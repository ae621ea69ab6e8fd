"""How long things are kept: ended runs and their items for the workspace's retention (FK-49), sessions until they expire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from choai.store import people
from choai.store.models import (
    ENDED_RUNS,
    Candidate,
    Difference,
    Intent,
    Item,
    Page,
    Run,
    Staged,
    Tally,
    Waiting,
    Workspace,
)

DAYS = 400
CHUNK = 5000  # items deleted in one transaction: the database stays open to others in between


def forget(now: datetime, *, stop: Callable[[], bool] = lambda: False) -> int:
    """Delete what is older than its workspace keeps it; answers the number of runs. ``stop`` is asked between two runs."""
    count = 0
    for place in Workspace.objects.order_by("id"):
        before = now - timedelta(days=int(place.settings.get("retention_days", DAYS)))
        for run_id in _old_runs(place.id, before):
            if stop():
                return count
            forget_run(run_id)
            count += 1
    people.forget_old_sessions(now)
    return count


def _old_runs(workspace_id: int, before: datetime) -> list[int]:
    """Ended runs from before then. The newest ended run of a sync stays, it is the result that its screen shows (FK-43), and
    so does the newest comparison."""
    old: list[int] = []
    everything = Run.objects.filter(workspace_id=workspace_id, state__in=ENDED_RUNS)
    for ended in (everything.exclude(trigger="reconcile"), everything.filter(trigger="reconcile")):
        aged = dict(ended.filter(created_at__lt=before).order_by("id").values_list("id", "sync_id"))
        newest = {
            s: ended.filter(sync_id=s).order_by("-id").values_list("id", flat=True)[0] for s in set(aged.values())
        }
        old += [run_id for run_id, sync_id in aged.items() if newest[sync_id] != run_id]
    return sorted(old)


def forget_run(run_id: int) -> None:
    """Delete a run with all that hangs on it, in small transactions; a killed deletion goes on the next time."""
    while True:
        with transaction.atomic():
            ids = list(Item.objects.filter(run_id=run_id).order_by("id").values_list("id", flat=True)[:CHUNK])
            if not ids:
                break
            span = {"run_id": run_id, "item_id__lte": ids[-1]}
            Intent.objects.filter(**span).delete()
            Waiting.objects.filter(**span).delete()
            Item.objects.filter(run_id=run_id, id__lte=ids[-1])._raw_delete("default")
    for part in (Difference, Tally):
        while ids := list(part.objects.filter(reconciliation_id=run_id).values_list("id", flat=True)[:CHUNK]):
            part.objects.filter(id__in=ids)._raw_delete("default")
    with transaction.atomic():
        for table in (Page, Staged, Candidate):
            table.objects.filter(run_id=run_id)._raw_delete("default")
        Intent.objects.filter(run_id=run_id).delete()
        Run.objects.filter(id=run_id).delete()
