"""Schedules by a set clock: on time, late, contested, in conflict."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from choai import clock
from choai.model.schedule import due
from choai.runtime import control, ticker
from choai.store.models import Pairing, Run, Schedule, Sync
from runtime.scene import scene

DAILY = {"kind": "daily", "zone": "Asia/Tokyo", "window": ["01:00", "05:00"], "slot": 30, "direction": "to_left"}


@pytest.fixture(autouse=True)
def _real_clock() -> Iterator[None]:
    yield
    clock.set_clock(None)


def at(text: str) -> datetime:
    """The clock shows this time in Tokyo."""
    moment = datetime.fromisoformat(f"{text}+09:00").astimezone(UTC)
    clock.set_clock(lambda: moment)
    return moment


def runs() -> list[tuple[str, str, datetime | None]]:
    return list(Run.objects.order_by("id").values_list("trigger", "state", "late_for"))


def finish() -> None:
    Run.objects.filter(state="queued").update(state="succeeded")


@pytest.mark.req("FK-39", "FK-35")
def test_a_daily_schedule_runs_once_a_night_at_its_slot(database: str) -> None:
    begun = at("2026-11-20T12:00")
    stage = scene(syncs=2, enabled=True, data=DAILY, planned_at=begun)
    assert ticker.tick() == []
    stage.schedule.refresh_from_db()
    assert stage.schedule.next_at == datetime(2026, 11, 20, 16, 30, tzinfo=UTC)
    at("2026-11-21T01:29:59")
    assert ticker.tick() == []
    at("2026-11-21T01:30:01")
    [batch] = ticker.tick()
    assert (
        list(Run.objects.values_list("batch", "trigger", "state", "run_as_id"))
        == [(batch, "schedule", "queued", stage.user.id)] * 2
    )
    assert ticker.tick() == []
    finish()
    at("2026-11-22T01:30")
    assert len(ticker.tick()) == 1
    assert Run.objects.count() == 4


@pytest.mark.req("FK-44")
def test_after_downtime_there_is_one_late_run_inside_the_window(database: str) -> None:
    begun = at("2026-11-16T12:00")
    scene(enabled=True, data=DAILY, planned_at=begun)
    ticker.tick()
    at("2026-11-20T09:00")  # four nights later, by day
    assert ticker.tick() == []
    at("2026-11-20T18:00")
    assert ticker.tick() == []
    at("2026-11-21T01:30:05")
    assert len(ticker.tick()) == 1
    [(trigger, state, late_for)] = runs()
    assert (trigger, state) == ("late", "queued")
    assert late_for == datetime(2026, 11, 19, 15, tzinfo=UTC), "the night of the 20th, the latest that was missed"
    finish()
    at("2026-11-21T04:30")
    assert ticker.tick() == []
    at("2026-11-22T01:30:05")
    assert len(ticker.tick()) == 1
    assert [r[0] for r in runs()] == ["late", "schedule"]


@pytest.mark.req("FK-43")
def test_a_disabled_schedule_does_not_run(database: str) -> None:
    begun = at("2026-11-20T12:00")
    scene(enabled=False, data=DAILY, planned_at=begun, next_at=begun)
    at("2026-11-21T01:30")
    assert ticker.tick() == []
    assert runs() == []


def test_each_planned_start_happens_once_however_many_workers_tick(database: str) -> None:
    begun = at("2026-11-20T12:00")
    for _ in range(5):
        scene(enabled=True, data=DAILY, planned_at=begun)
    ticker.tick()
    at("2026-11-21T01:30:01")
    gate = threading.Barrier(4)
    failures: list[BaseException] = []

    def worker() -> None:
        from django.db import connection

        try:
            gate.wait()
            ticker.tick()
        except BaseException as error:  # noqa: BLE001  shown by the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=worker) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert runs() == [("schedule", "queued", None)] * 5


def test_an_edit_that_is_saved_meanwhile_wins(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = at("2026-11-20T12:00")
    stage = scene(enabled=True, data=DAILY, planned_at=begun)
    ticker.tick()
    at("2026-11-21T01:30:01")
    real = due

    def edited_meanwhile(*args: object) -> object:
        Schedule.objects.filter(id=stage.schedule.id).update(enabled=False, version=2)
        return real(*args)  # type: ignore[arg-type]  # handed through

    monkeypatch.setattr("choai.runtime.ticker.due", edited_meanwhile)
    assert ticker.tick() == []
    assert runs() == []


@pytest.mark.req("FK-55")
def test_an_unlinked_kind_is_out_of_scope_and_a_busy_sync_is_not_started_twice(database: str) -> None:
    begun = at("2026-11-20T12:00")
    stage = scene(syncs=3, enabled=True, data=DAILY, planned_at=begun)
    first, second, third = Sync.objects.order_by("id")
    Pairing.objects.filter(id=first.pairing_id).update(linked=False)
    control.start(second.id, workspace_id=stage.workspace.id, user_id=stage.user.id)
    ticker.tick()
    at("2026-11-21T01:30:01")
    [batch] = ticker.tick()
    found = Run.objects.filter(batch=batch).order_by("id").values_list("sync_id", "state", "error_code")
    assert list(found) == [(second.id, "error", "already_running"), (third.id, "queued", "")]
    assert not Run.objects.filter(sync=first).exists()


def test_a_broken_schedule_does_not_stop_the_others(database: str) -> None:
    begun = at("2026-11-20T12:00")
    scene(enabled=True, data={"kind": "daily", "zone": "Mars/Olympus"}, planned_at=begun)
    scene(enabled=True, data={"kind": "weekly", "weekday": 5, "window": ["01:00", "05:00"]}, planned_at=begun)
    ticker.tick()
    at("2026-11-21T01:00:01")
    assert len(ticker.tick()) == 1
    assert ticker.last_tick() == clock.now()
    assert runs() == [("schedule", "queued", None)]
    assert clock.now() - begun < timedelta(days=1)
