"""What is kept how long, on both databases."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from choai import clock
from choai.store import retention, workers
from choai.store.models import Intent, Item, Page, Run, Staged, Worker, Workspace
from runtime.scene import Scene, scene

NOW = clock.now()


def run_of(stage: Scene, days: int, state: str = "succeeded", **more: Any) -> Run:
    sync = stage.sync
    run = Run.objects.create(
        workspace=stage.workspace,
        sync=sync,
        batch="b",
        trigger="manual",
        state=state,
        created_at=NOW - timedelta(days=days),
        **more,
    )
    for number in range(3):
        item = Item.objects.create(
            workspace=stage.workspace, run=run, sync=sync, side="left", op="create", name=str(number)
        )
        facts = {
            "workspace": stage.workspace,
            "pairing": sync.pairing,
            "side": "left",
            "op": "create",
            "created_at": NOW,
        }
        Intent.objects.create(run=run, item=item, source_id="1", **facts)
    Page.objects.create(run=run, side="left", number=1)
    Staged.objects.create(run=run, side="left", record_id="1")
    return run


@pytest.mark.req("FK-49")
def test_old_runs_go_with_all_that_hangs_on_them(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "CHUNK", 2)
    stage = scene()
    old, waiting, fresh = run_of(stage, 401), run_of(stage, 500, "planned"), run_of(stage, 399)
    assert retention.forget(NOW) == 1
    assert set(Run.objects.values_list("id", flat=True)) == {waiting.id, fresh.id}
    for table in (Item, Intent, Page, Staged):
        assert not table.objects.filter(run_id=old.id).exists()
        assert table.objects.filter(run_id=fresh.id).exists()


@pytest.mark.req("FK-43")
def test_the_latest_result_of_a_sync_stays_and_each_workspace_has_its_own_time(database: str) -> None:
    stage, other = scene(), scene()
    Workspace.objects.filter(id=other.workspace.id).update(settings={"retention_days": 90})
    run_of(stage, 900)
    latest = run_of(stage, 800)
    run_of(other, 200)
    kept = run_of(other, 100)
    assert retention.forget(NOW, stop=lambda: True) == 0
    assert retention.forget(NOW) == 2
    assert set(Run.objects.values_list("id", flat=True)) == {latest.id, kept.id}


def test_workers_are_alive_as_long_as_they_beat(database: str) -> None:
    workers.beat("w-1", "host", 1, NOW)
    workers.beat("w-1", "host", 1, NOW)
    workers.beat("w-2", "host", 2, NOW)
    Worker.objects.filter(id="w-2").update(beat=1.0)
    assert workers.alive() == {"w-1"}
    workers.forget_dead()
    assert set(Worker.objects.values_list("id", flat=True)) == {"w-1"}
    workers.beat("w-3", "host", 3, NOW)
    workers.forget_others("w-3")
    assert workers.alive() == {"w-3"}
    workers.leave("w-3")
    assert workers.alive() == set()


@pytest.mark.usefixtures("database")
def test_an_old_comparison_goes_with_all_it_found_and_the_newest_stays() -> None:
    from choai.engine.reconcile import Compared, Difference
    from choai.model.compare import Amount
    from choai.model.mapping import Side
    from choai.store import ledger, reconcile
    from choai.store.models import Difference as Stored
    from choai.store.models import Reconciliation, Run, Tally

    place = scene()
    ids = []
    for _ in range(2):
        id = reconcile.create(place.sync.id, workspace_id=place.workspace.id, user_id=None)
        found = Compared(0, [Difference("differs", "1", "2")], [(Side.LEFT, Amount(0, Decimal(1), "", None, None))])
        ledger.commit_compared(id, found, {}, "compare", {}, now=NOW)
        Run.objects.filter(id=id).update(state="succeeded", created_at=NOW - timedelta(days=900))
        ids.append(id)
    assert retention.forget(NOW) == 1
    assert list(Reconciliation.objects.values_list("pk", flat=True)) == ids[1:]
    assert Stored.objects.count() == Tally.objects.count() == 1
