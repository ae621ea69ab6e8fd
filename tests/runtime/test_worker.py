"""A worker with an engine that only counts: taking up, waiting, cancelling, faults outside the engine, stopping."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError

from choai import clock
from choai.engine.ports import Step
from choai.errors import ChoaiError
from choai.runtime import boot, control, durable, step, worker
from choai.runtime.threads import in_thread
from choai.store import ledger, workers
from choai.store.models import Item, Run, Worker
from choai.store.seal import data_folder
from runtime.scene import Scene, scene, state_of, until


class Engine:
    """Ends a run after so many steps; ``script`` holds what a step does instead."""

    def __init__(self, steps: int = 2, script: list[Any] | None = None) -> None:
        self.steps = steps
        self.script = script or []
        self.taken: dict[int, int] = {}

    async def advance(self, run_id: int, ports: Any) -> Step:
        row = await in_thread(ledger.take, run_id, clock.now())
        if row.state != "running":
            return Step(done=True)
        if row.control:
            state = "cancelled" if row.control == "cancel" else "paused"
            await in_thread(ledger.finish, run_id, state, clock.now(), code="")
            return Step(done=True)
        self.taken[run_id] = self.taken.get(run_id, 0) + 1
        if self.script and (deed := self.script.pop(0)) is not None:
            if isinstance(deed, BaseException):
                raise deed
            return deed  # type: ignore[no-any-return]  # a Step
        if self.taken[run_id] < self.steps:
            return Step(done=False)
        await in_thread(ledger.finish, run_id, "succeeded", clock.now())
        return Step(done=True)


@pytest.fixture
def stage(database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    monkeypatch.setattr(step, "AGAIN_SECONDS", 0.05)
    monkeypatch.setattr(step, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(worker, "LOOK_SECONDS", 0.2)
    step._trouble.clear()
    yield scene(syncs=2)
    worker.stop(5)


def begin(engine: Engine) -> str:
    import os

    home = boot.Home(data_folder(), os.environ.get("CHOAI_DATABASE_URL", ""))
    return worker.start(home.engine_url, advance=engine.advance, ports=object())  # type: ignore[arg-type]  # not asked


def start(stage: Scene) -> int:
    return control.start(stage.sync.id, workspace_id=stage.workspace.id, user_id=stage.user.id)


@pytest.mark.req("CC-07")
def test_a_run_is_taken_up_and_ends(stage: Scene) -> None:
    engine = Engine(3)
    worker_id = begin(engine)
    run_id = start(stage)
    until(lambda: state_of(run_id) == "succeeded")
    assert engine.taken == {run_id: 3}
    assert workers.alive() == {worker_id}
    worker.stop(5)
    assert not Worker.objects.exists()


def test_runs_that_were_left_by_another_process_are_taken_up_at_the_start(stage: Scene) -> None:
    first = start(stage)
    Run.objects.filter(id=first).update(state="running")
    engine = Engine(1)
    begin(engine)
    until(lambda: state_of(first) == "succeeded")


def test_a_second_run_of_a_sync_is_refused_and_a_run_of_a_stranger_is_not_found(stage: Scene) -> None:
    run_id = start(stage)
    with pytest.raises(ChoaiError, match="already_running"):
        start(stage)
    for deed in (control.cancel, control.pause, control.resume, control.apply_plan, control.discard, control.retry):
        with pytest.raises(ChoaiError, match="not_found"):
            deed(run_id, workspace_id=stage.workspace.id + 1, user_id=None)


def test_a_wait_is_kept_and_a_person_who_cancels_is_heard(stage: Scene) -> None:
    engine = Engine(5, [Step(done=False, wait_until=clock.now() + timedelta(hours=1))])
    begin(engine)
    run_id = start(stage)
    until(lambda: engine.taken.get(run_id) == 1)
    control.cancel(run_id, workspace_id=stage.workspace.id, user_id=stage.user.id)
    until(lambda: state_of(run_id) == "cancelled")
    assert engine.taken == {run_id: 1}
    assert Run.objects.get(id=run_id).notes == [{"code": "cancelled", "facts": {"user": "持ち主"}}]


def test_pause_and_resume(stage: Scene) -> None:
    engine = Engine(3, [Step(done=False, wait_until=clock.now() + timedelta(hours=1))])
    begin(engine)
    run_id = start(stage)
    who = {"workspace_id": stage.workspace.id, "user_id": stage.user.id}
    until(lambda: engine.taken.get(run_id) == 1)
    control.pause(run_id, **who)
    until(lambda: state_of(run_id) == "paused")
    with pytest.raises(ChoaiError, match="bad_request"):
        control.apply_plan(run_id, **who)
    control.resume(run_id, **who)
    until(lambda: state_of(run_id) == "succeeded")
    control.pause(run_id, **who)
    assert state_of(run_id) == "succeeded"


def test_cancelling_a_paused_run_closes_its_books(stage: Scene) -> None:
    run_id = start(stage)
    Run.objects.filter(id=run_id).update(state="paused", phase="apply")
    Item.objects.create(workspace=stage.workspace, run_id=run_id, sync=stage.sync, side="left", op="create")
    control.cancel(run_id, workspace_id=stage.workspace.id, user_id=None)
    begin(Engine(9))
    until(lambda: state_of(run_id) == "cancelled")
    assert Run.objects.get(id=run_id).counts == {"not_reached": 1}


def test_a_plan_is_applied_or_thrown_away(stage: Scene) -> None:
    who = {"workspace_id": stage.workspace.id, "user_id": stage.user.id}
    run_id = control.start(stage.sync.id, preview=True, trigger="preview", **who)
    Run.objects.filter(id=run_id).update(state="planned", phase="apply")
    begin(Engine(1))
    control.apply_plan(run_id, **who)
    until(lambda: state_of(run_id) == "succeeded")
    other = control.start(stage.sync.id, preview=True, trigger="preview", **who)
    until(lambda: state_of(other) == "succeeded")
    Run.objects.filter(id=other).update(state="held")
    control.discard(other, **who)
    assert state_of(other) == "cancelled"


def test_a_bug_ends_the_run_and_not_the_worker(stage: Scene, caplog: pytest.LogCaptureFixture) -> None:
    engine = Engine(2, [None, ZeroDivisionError("secret detail")])
    begin(engine)
    run_id = start(stage)
    until(lambda: state_of(run_id) == "error")
    run = Run.objects.get(id=run_id)
    assert run.error_code == "unexpected"
    assert run.error_facts["detail"] == "ZeroDivisionError"
    assert "a run ended by a bug" in caplog.text
    again = start(stage)
    until(lambda: state_of(again) == "succeeded")


@pytest.mark.req("CC-06")
def test_a_full_disk_holds_the_run_until_there_is_room(stage: Scene) -> None:
    full = [OperationalError("database or disk is full")] * 3
    engine = Engine(5, [None, *full])
    begin(engine)
    run_id = start(stage)
    until(step.trouble)
    assert list(step.trouble()) == ["disk_full"]
    until(lambda: state_of(run_id) == "succeeded")
    until(lambda: [n["code"] for n in Run.objects.get(id=run_id).notes] == ["disk_full"])
    assert step.trouble() == {}


def test_a_stopped_worker_leaves_the_run_to_the_next_one(stage: Scene) -> None:
    engine = Engine(3, [Step(done=False, wait_until=clock.now() + timedelta(seconds=2))])
    begin(engine)
    run_id = start(stage)
    until(lambda: engine.taken.get(run_id) == 1)
    worker.stop(10)
    assert state_of(run_id) == "running"
    assert durable.executor() is None
    begin(engine)
    until(lambda: state_of(run_id) == "succeeded")
    assert engine.taken == {run_id: 3}


@pytest.mark.req("FK-59")
def test_retry_selects_the_records_that_did_not_make_it(stage: Scene) -> None:
    run_id = start(stage)
    for side, left, right, outcome in (
        ("left", "", "9", "failed"),
        ("right", "5", "", "blocked"),
        ("right", "6", "", "created"),
        ("right", "7", "", "not_reached"),
    ):
        Item.objects.create(
            workspace=stage.workspace, run_id=run_id, sync=stage.sync, side=side, op="create",
            left_id=left, right_id=right, outcome=outcome,
        )  # fmt: skip
    Run.objects.filter(id=run_id).update(state="partly")
    who: dict[str, Any] = {"workspace_id": stage.workspace.id, "user_id": stage.user.id}
    again = control.retry(run_id, **who)
    run = Run.objects.get(id=again)
    assert (run.trigger, run.settings["only"]) == ("retry", {"right": ["9"], "left": ["5", "7"]})
    Run.objects.filter(id=again).update(state="partly")
    one = Item.objects.get(run_id=run_id, left_id="5").id
    assert Run.objects.get(id=control.retry(run_id, [one], **who)).settings["only"] == {"left": ["5"]}
    with pytest.raises(ChoaiError, match="not_found"):
        control.retry(run_id, [10**9], **who)


def test_a_schedule_is_started_by_hand(stage: Scene) -> None:
    who: dict[str, Any] = {"workspace_id": stage.workspace.id, "user_id": stage.user.id}
    busy = start(stage)
    batch = control.start_schedule(stage.schedule.id, **who)
    assert Run.objects.filter(batch=batch).count() == 1, "the other one is at work"
    with pytest.raises(ChoaiError, match="already_running"):
        control.start_schedule(stage.schedule.id, **who)
    stage.sync.pairing.__class__.objects.update(linked=False)
    with pytest.raises(ChoaiError, match="not_linked"):
        control.start_schedule(stage.schedule.id, **who)
    with pytest.raises(ChoaiError, match="not_found"):
        control.start_schedule(stage.schedule.id, workspace_id=0, user_id=None)
    assert state_of(busy) == "queued"
