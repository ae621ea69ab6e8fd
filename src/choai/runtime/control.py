"""What a person, the API, the command line or the ticker may do with runs.

Plain synchronous functions, one transaction each; call them from a worker thread when on an event loop. They write to the
ledger only. A worker takes the run up: at once when it lives in this process, else within a second. Every function names
the workspace, and a run of another workspace is ``not_found`` (CC-02).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.db import transaction

from choai.errors import ChoaiError
from choai.runtime import bell
from choai.store import drafts, ledger, reconcile, rests, runs
from choai.store.models import Item, Run, Schedule, Sync, User

RETRIED = ("failed", "blocked", "not_reached")


def start(
    sync_id: int,
    *,
    workspace_id: int,
    user_id: int | None,
    trigger: str = "manual",
    preview: bool = False,
    to_left: bool | None = None,
    to_right: bool | None = None,
    batch: str | None = None,
) -> int:
    """Begin a run of a sync and answer its id. ``to_left``/``to_right`` None: as the sync is set.

    Raises not_found, link_disabled, already_running.
    """
    run_id = runs.create_run(
        sync_id,
        workspace_id=workspace_id,
        trigger=trigger,
        user_id=user_id,
        preview=preview,
        to_left=to_left,
        to_right=to_right,
        batch=batch,
    )
    bell.ring()
    return run_id


def start_reconcile(sync_id: int, *, workspace_id: int, user_id: int | None) -> int:
    """Begin to lay the two sides of a sync side by side; answers the id of the reconciliation, which is its run's too.

    Raises not_found, already_running.
    """
    run_id = reconcile.create(sync_id, workspace_id=workspace_id, user_id=user_id)
    bell.ring()
    return run_id


def start_draft(sync_id: int, *, workspace_id: int, user_id: int, version: int, fields: Mapping[str, Any]) -> int:
    """Begin the preview of what edits of a sync would do; answers its run. Nothing is saved. Raises what drafts.begin raises."""
    run_id = drafts.begin(workspace_id, user_id, sync_id, version=version, fields=fields)
    bell.ring()
    return run_id


def save_draft(sync_id: int, run_id: int, *, workspace_id: int, user_id: int, apply: bool) -> None:
    """Save the edits that a preview was made with and, with ``apply``, carry out exactly its plan; both or neither.

    Raises not_found, not_actionable, conflict_edit, already_running.
    """
    with transaction.atomic():
        drafts.save(workspace_id, user_id, sync_id, run_id, apply=apply)
        if apply:
            runs.go_on(run_id, workspace_id=workspace_id, states=("planned",))
    bell.ring()


def start_schedule(
    schedule_id: int, *, workspace_id: int, user_id: int | None, trigger: str = "manual", preview: bool = False
) -> str:
    """Begin one run for each linked sync of a schedule, whether it is enabled or not; answers their batch id.

    Raises not_found, not_linked (no sync is linked), already_running (every linked sync is at work).
    """
    if not Schedule.objects.filter(id=schedule_id, workspace_id=workspace_id).exists():
        raise ChoaiError("not_found", what="schedule", id=schedule_id)
    syncs = list(
        Sync.objects.filter(schedule_id=schedule_id, workspace_id=workspace_id, pairing__linked=True)
        .order_by("id")
        .values_list("id", flat=True)
    )
    if not syncs:
        raise ChoaiError("not_linked", id=schedule_id)
    batch = uuid4().hex
    busy: ChoaiError | None = None
    started = 0
    with transaction.atomic():
        for sync_id in syncs:
            try:
                runs.create_run(
                    sync_id,
                    workspace_id=workspace_id,
                    trigger=trigger,
                    user_id=user_id,
                    preview=preview,
                    batch=batch,
                    schedule_id=schedule_id,
                )
                started += 1
            except ChoaiError as error:
                if error.code != "already_running":
                    raise
                busy = error
    if busy is not None and not started:
        raise busy
    bell.ring()
    return batch


def cancel(run_id: int, *, workspace_id: int, user_id: int | None) -> None:
    """End the run after the batch at work; what was written stays, the rest is "not reached". Of an ended run whose rest is still
    to be done by itself, that is called off; no effect on any other ended run."""
    run = _run(run_id, workspace_id)
    if run.state in ("planned", "held"):
        runs.discard(run_id, workspace_id=workspace_id)
        return
    if run.goes_on_at is not None:
        rests.drop(run_id)
        _note_who(run_id, user_id)
        return
    if run.state == "paused":  # nobody is at work on it: let the engine close its books
        runs.go_on(run_id, workspace_id=workspace_id, states=("paused",))
    if runs.set_control(run_id, "cancel", workspace_id=workspace_id):
        _note_who(run_id, user_id)
    bell.ring()


def pause(run_id: int, *, workspace_id: int, user_id: int | None) -> None:
    """Halt the run after the batch at work until ``resume`` or ``cancel``. No effect on an ended run."""
    if _run(run_id, workspace_id).state in ("queued", "running"):
        runs.set_control(run_id, "pause", workspace_id=workspace_id)
        bell.ring()


def resume(run_id: int, *, workspace_id: int, user_id: int | None) -> None:
    """Let a paused run go on where it was; takes back a pause that was not honoured yet."""
    run = _run(run_id, workspace_id)
    if run.state == "paused":
        runs.go_on(run_id, workspace_id=workspace_id, states=("paused",))
    elif run.control == "pause":
        runs.set_control(run_id, "", workspace_id=workspace_id)
    bell.ring()


def apply_plan(run_id: int, *, workspace_id: int, user_id: int | None) -> None:
    """Let a previewed (``planned``) or braked (``held``) run go on with exactly the plan that was shown.

    Raises already_running when another run of the sync is at work, bad_request when the run waits for no decision.
    """
    _run(run_id, workspace_id)
    if not runs.go_on(run_id, workspace_id=workspace_id, states=("planned", "held")):
        raise ChoaiError("bad_request", detail="run waits for no decision")
    bell.ring()


def discard(run_id: int, *, workspace_id: int, user_id: int | None) -> None:
    """Drop a ``planned`` or ``held`` run: nothing of its plan will be written. No effect on any other run."""
    if _run(run_id, workspace_id).state in ("planned", "held"):
        runs.discard(run_id, workspace_id=workspace_id)


def retry(run_id: int, item_ids: Sequence[int] | None = None, *, workspace_id: int, user_id: int | None) -> int:
    """Begin a new run of only the records of these items, or of all items that failed, were blocked or not reached.

    The run has the directions of the first one. Raises not_found (no such item), already_running.
    """
    run = _run(run_id, workspace_id)
    items = Item.objects.filter(run_id=run_id, workspace_id=workspace_id)
    items = items.filter(outcome__in=RETRIED) if item_ids is None else items.filter(id__in=list(item_ids))
    only: dict[str, list[str]] = defaultdict(list)
    for side, left_id, right_id, code in items.order_by("id").values_list("side", "left_id", "right_id", "code"):
        for source, record_id in (("left", left_id), ("right", right_id)):
            # a conflict is looked at with both its records read, any other item with the one it reads from
            if record_id and (source != side or code == "conflict"):
                only[source].append(record_id)
    if not only:
        raise ChoaiError("not_found", what="item", id=run_id)
    new_id = runs.create_run(
        run.sync_id,
        workspace_id=workspace_id,
        trigger="retry",
        user_id=user_id,
        to_left=run.settings.get("to_left"),
        to_right=run.settings.get("to_right"),
        only=only,
    )
    bell.ring()
    return new_id


def _run(run_id: int, workspace_id: int) -> Run:
    run = Run.objects.filter(id=run_id, workspace_id=workspace_id).first()
    if run is None:
        raise ChoaiError("not_found", what="run", id=run_id)
    return run


def _note_who(run_id: int, user_id: int | None) -> None:
    """The run says who wanted its end."""
    user = None if user_id is None else User.objects.filter(id=user_id).first()
    if user is not None:
        ledger.note(run_id, "cancelled", {"user": str(user)})
