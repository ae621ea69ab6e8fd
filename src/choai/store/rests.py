"""What a run left because the day's calls of a service were used: it is done by itself after the service's reset (FK-64).

``Run.goes_on_at`` is the instant; whoever clears it has the rest to begin, so that any number of workers may look. The rest is a
run of its own with the same directions and records, and only where nothing newer has taken its place.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from choai.errors import ChoaiError
from choai.store import runs
from choai.store.ledger.run import REST
from choai.store.models import Run

AGAIN = timedelta(minutes=1)  # while another run or a comparison of the sync is at work


def due(now: datetime) -> list[int]:
    """Runs whose rest is to be begun, oldest first."""
    return list(Run.objects.filter(goes_on_at__lte=now).order_by("goes_on_at", "id").values_list("id", flat=True))


@transaction.atomic
def begin(run_id: int, now: datetime) -> int | None:
    """Begin the rest of a run and answer its run; None when it is begun already, not wanted any more (a newer run did it, the
    link or the schedule was disabled), or has to wait for another run of the sync."""
    run = Run.objects.select_for_update().filter(id=run_id, goes_on_at__lte=now).first()
    if run is None:
        return None
    wanted = not _overtaken(run) and (run.schedule is None or run.schedule.enabled)
    started = None
    try:
        if wanted:
            with transaction.atomic():
                started = runs.create_run(
                    run.sync_id,
                    workspace_id=run.workspace_id,
                    trigger="rest",
                    user_id=None,
                    to_left=bool(run.settings["to_left"]),
                    to_right=bool(run.settings["to_right"]),
                    only=run.settings.get("only"),
                    schedule_id=run.schedule_id,
                )
    except ChoaiError as error:
        if error.code == "already_running":
            Run.objects.filter(id=run_id).update(goes_on_at=now + AGAIN)
            return None
    Run.objects.filter(id=run_id).update(goes_on_at=None)
    return started


def drop(run_id: int) -> None:
    """A person does not want the rest."""
    run = Run.objects.filter(id=run_id, goes_on_at__isnull=False).first()
    if run is not None:
        kept = [note for note in run.notes if note["code"] != REST]
        Run.objects.filter(id=run_id).update(goes_on_at=None, notes=kept)


def _overtaken(run: Run) -> bool:
    """A newer run over the same records or over all of them has begun since."""
    newer = Run.objects.filter(sync_id=run.sync_id, id__gt=run.id, preview=False).exclude(trigger="reconcile")
    return any(
        "undo" not in later.settings and later.settings.get("only") in (None, run.settings.get("only"))
        for later in newer.exclude(state="error").only("settings")
    )
