"""The day's calls of a service are used: the batch pauses, says so and when it goes on, and does the rest by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from choai import clock
from choai.runtime import control, worker
from choai.store.ledger.run import REST
from choai.store.models import Run
from integration.scene import OUT, Scene, counts


@pytest.fixture(autouse=True)
def _real_clock() -> Iterator[None]:
    yield
    clock.set_clock(None)


@pytest.fixture
def spent(partners: Scene) -> tuple[Scene, Run]:
    """60 companies for a day of 100 calls, of which the sync may use 90 %: a run that paused on the way."""
    s = partners
    s.card_companies(60)
    sync = s.sync()
    sync.options = {**sync.options, "quota_share": 0.5}
    sync.save()
    s.adjust(s.right, limits={"day": 100, "minute": 90_000}, quota_share=0.9)
    return s, s.run(OUT)


def pass_reset(run: Run) -> datetime:
    assert run.goes_on_at is not None
    later = run.goes_on_at + timedelta(seconds=1)
    clock.set_clock(lambda: later)
    return later


@pytest.mark.req("FK-64")
def test_it_says_so_and_goes_on_after_the_reset(spent: tuple[Scene, Run]) -> None:
    s, run = spent
    assert (run.state, run.error_code) == ("stopped", "budget_spent")
    assert sum(n for line, n in s.books.world.calls.items() if " /api/1/" in line) <= 50, "the sync's own share"
    assert run.counts["created"] + run.counts["not_reached"] == 60
    shown = s.told(run)
    note = next(n for n in shown["notes"] if n["code"] == REST)
    assert run.goes_on_at is not None
    assert f"{run.goes_on_at.astimezone():%M}" in note["title"]
    assert "cancel" in shown["actions"]
    assert run.error_facts["until"] == (run.goes_on_at - timedelta(minutes=1)).isoformat()
    assert worker.go_on() == [], "not before the reset"
    s.adjust(s.right, limits={"day": 1000, "minute": 90_000})
    pass_reset(run)
    [started] = worker.go_on()
    assert worker.go_on() == [], "once"
    rest = Run.objects.get(id=started)
    assert (rest.trigger, rest.state, rest.settings["to_right"]) == ("rest", "queued", True)
    rest = s.go(started)
    assert (rest.state, counts(rest)) == ("succeeded", {"created": run.counts["not_reached"]})
    assert len(s.rows()) == 60
    s.told(rest)


@pytest.mark.req("FK-64")
def test_a_newer_run_does_the_rest_instead(spent: tuple[Scene, Run]) -> None:
    s, run = spent
    s.adjust(s.right, limits={"day": 1000, "minute": 90_000})
    assert s.run(OUT).state == "succeeded"
    pass_reset(run)
    assert worker.go_on() == []
    run.refresh_from_db()
    assert run.goes_on_at is None
    assert len(s.rows()) == 60


@pytest.mark.req("FK-64")
def test_it_waits_for_another_run_of_the_sync_and_not_for_ever(spent: tuple[Scene, Run]) -> None:
    s, run = spent
    pass_reset(run)
    compared = control.start_reconcile(run.sync_id, workspace_id=s.workspace_id, user_id=s.user_id)
    assert worker.go_on() == []
    Run.objects.filter(id=compared).update(state="cancelled")
    run.refresh_from_db()
    pass_reset(run)
    assert len(worker.go_on()) == 1


@pytest.mark.req("FK-43", "FK-64")
def test_a_person_calls_the_rest_off(spent: tuple[Scene, Run]) -> None:
    s, run = spent
    reset = pass_reset(run)
    control.cancel(run.id, workspace_id=s.workspace_id, user_id=s.user_id)
    assert worker.go_on() == []
    run.refresh_from_db()
    assert ("cancel" in s.told(run)["actions"], run.state) == (False, "stopped")
    assert [n["code"] for n in run.notes] == ["cancelled"]
    run.goes_on_at = reset - timedelta(seconds=1)
    run.save()
    pairing = s.sync().pairing
    pairing.linked = False
    pairing.save()
    assert worker.go_on() == [], "nor when the link was disabled"
    run.refresh_from_db()
    assert run.goes_on_at is None


def test_a_preview_has_no_rest(partners: Scene) -> None:
    s = partners
    s.card_companies(60)
    s.adjust(s.right, limits={"day": 2, "minute": 90_000}, quota_share=0.5)
    run = s.run(OUT, preview=True)
    assert (run.state, run.error_code) == ("stopped", "budget_spent")
    assert run.goes_on_at is None
    assert REST not in [n["code"] for n in run.notes]
