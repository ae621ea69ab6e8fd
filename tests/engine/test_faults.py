"""Bad input and faults: each ends with its code, nothing twice, nothing lost, counts that add up."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest

from choai.connectors.contract import Idempotency
from choai.errors import ChoaiError
from choai.store import runs
from choai.store.models import Binding, Retry, Run, Staged
from engine.world import World, counts, world

pytestmark = pytest.mark.usefixtures("database")


def once(error: Exception, *, skip: int = 0, when: str = "write") -> Any:
    """A hook that raises the first time after ``skip`` calls of that name."""
    state = {"n": 0}

    def hook(name: str, _: Any) -> None:
        if name == when:
            state["n"] += 1
            if state["n"] == skip + 1:
                raise error

    return hook


def codes(w: World, run: Run) -> list[str]:
    return sorted(i.code for i in w.items(run) if i.code)


@pytest.mark.req("CC-06", "FK-23")
def test_lost_reply_after_a_create_by_natural_key_is_adopted() -> None:
    w = world()
    for n in range(12):
        w.left.add(name=f"会社{n}")
    w.right.after = once(ChoaiError("unknown_result"), skip=3)
    run = w.run()
    assert (run.state, counts(run)) == ("succeeded", {"created": 12})
    assert len(w.right.records) == 12
    assert counts(w.run()) == {}


@pytest.mark.req("CC-06")
def test_lost_reply_before_the_service_acted_is_sent_again() -> None:
    w = world()
    w.left.add(name="青空")
    w.right.hook = once(ChoaiError("unknown_result"))
    assert counts(w.run()) == {"created": 1}
    assert len(w.right.records) == 1


def test_lost_reply_without_any_key_is_parked_and_never_sent_again() -> None:
    w = world(right={"idempotency": Idempotency.NONE})
    w.left.add(name="青空")
    w.right.after = once(ChoaiError("unknown_result"))
    run = w.run()
    assert counts(run) == {"failed": 1}
    assert codes(w, run) == ["ambiguous_intent"]
    assert len(w.right.records) == 1


@pytest.mark.req("FK-23")
def test_a_failed_write_back_is_a_failure_and_the_next_run_adopts() -> None:
    w = world()
    w.left.add(name="青空")
    w.left.hook = once(ChoaiError("no_permission"))
    run = w.run()
    assert counts(run) == {"failed": 1}
    assert codes(w, run) == ["write_back_failed"]
    run = w.run()
    assert run.state == "succeeded"
    assert len(w.right.records) == 1
    assert next(iter(w.left.records.values()))["books_id"] == "b1"
    assert counts(w.run()) == {}
    assert not Retry.objects.exists()


@pytest.mark.req("FK-47", "FK-61")
def test_one_refused_record_does_not_stop_its_batch() -> None:
    w = world(to_right=False, to_left=True)
    for n in range(30):
        w.right.add(name=f"会社{n}")

    def hook(name: str, payload: Any) -> None:
        if name == "write" and any(i.values.get("name") == "会社7" for i in payload[1]):
            raise ChoaiError("lookup_failed")

    w.left.hook = hook
    run = w.run()
    assert (run.state, counts(run)) == ("partly", {"created": 29, "failed": 1})
    assert codes(w, run) == ["lookup_failed"]
    w.left.hook = lambda *_: None
    assert counts(w.run()) == {"created": 1}


@pytest.mark.req("FK-18", "FK-27")
def test_what_cannot_be_sent_is_told_per_record() -> None:
    w = world()
    w.left.add(name="あ" * 31)
    w.left.add(name=None, phone="1")
    w.left.add(name="よい")
    run = w.run()
    assert counts(run) == {"created": 1, "failed": 1, "skipped": 1}
    assert codes(w, run) == ["required_missing", "too_long"]


@pytest.mark.req("FK-27")
def test_records_without_the_flag_are_not_selected() -> None:
    w = world(selection={"left": [{"field": "sync", "values": ["する"]}]})
    w.left.add(name="はい", sync="する")
    w.left.add(name="いいえ", sync="しない")
    run = w.run()
    assert counts(run) == {"created": 1}
    assert run.counts["deselected"] == 1
    assert run.counts["read"] == 2


@pytest.mark.req("FK-52")
def test_edited_before_its_turn_goes_out_new_and_after_its_turn_counts_as_failed_and_follows() -> None:
    w = world(options={"recheck_seconds": 0}, right={"page_size": 500})
    ids = [w.left.add(name=f"会社{n}", phone="旧") for n in range(60)]
    state = {"writes": 0}

    def hook(name: str, _: Any) -> None:
        if name == "write":
            state["writes"] += 1
            if state["writes"] == 1:
                w.clock.tick(minutes=2)
                w.left.edit(ids[59], phone="前")
            if state["writes"] == 60:
                w.left.edit(ids[0], phone="後")

    w.right.hook = hook
    run = w.run()
    assert counts(run) == {"created": 59, "failed": 1}
    assert codes(w, run) == ["changed_during_run"]
    phones = {r["name"]: r["phone"] for r in w.right.records.values()}
    assert (phones["会社59"], phones["会社0"]) == ("前", "旧")
    w.right.hook = lambda *_: None
    assert counts(w.run()) == {"updated": 1}
    assert {r["name"]: r["phone"] for r in w.right.records.values()}["会社0"] == "後"


@pytest.mark.req("FK-52")
def test_a_long_run_looks_at_its_source_now_and_then_and_not_before_every_wave() -> None:
    w = world(left={"reads_by_id": False}, right={"page_size": 500})
    for n in range(100):
        w.left.add(name=f"会社{n}")
    reads: list[int] = []

    def hook(name: str, _: Any) -> None:
        if name == "write":
            w.clock.tick(seconds=2)
            reads.append(w.left.calls.count("read"))

    w.right.hook = hook
    assert counts(w.run()) == {"created": 100}
    # 200 seconds, a look every 20 of them at most; the run itself began with one page
    assert 3 < reads[-1] - reads[0] <= 10


@pytest.mark.req("FK-53", "FK-54")
def test_a_record_deleted_before_its_turn_is_not_counted() -> None:
    w = world(options={"recheck_seconds": 0})
    w.left.add(name="残る")
    gone = w.left.add(name="消える")
    run_id = w.start()

    def after(name: str, _: Any) -> None:
        if name == "read" and gone in w.left.records:
            w.left.drop(gone)

    w.left.after = after
    run = w.go(run_id)
    assert counts(run) == {"created": 1, "not_counted": 1}
    assert w.right.names() == ["残る"]


@pytest.mark.req("FK-60", "CC-22")
def test_absence_is_a_mark_and_an_empty_answer_is_not_believed() -> None:
    w = world(to_right=False, to_left=True, selection={"all": ["right"]})
    ids = [w.right.add(name=f"タグ{n}") for n in range(40)]
    assert counts(w.run()) == {"created": 40}
    w.right.drop(ids[0])
    run = w.run()
    assert counts(run) == {"unchanged": 39}
    assert Binding.objects.filter(state="missing_right").count() == 1
    assert len(w.left.records) == 40
    kept, w.right.records = w.right.records, {}
    run = w.run()
    assert (run.state, run.error_code) == ("error", "empty_source")
    w.right.records = dict(list(kept.items())[:10])
    run = w.run()
    assert (run.state, run.error_code) == ("error", "incomplete_answer")
    assert Binding.objects.filter(state="missing_right").count() == 1


@pytest.mark.req("FK-21", "FK-47")
def test_an_update_of_a_partner_that_is_gone_fails_with_its_reason() -> None:
    w = world()
    id = w.left.add(name="青空", phone="1")
    w.run()
    w.right.records.clear()
    w.left.edit(id, phone="2")
    run = w.run()
    assert (counts(run), codes(w, run)) == ({"failed": 1}, ["record_not_found"])


@pytest.mark.req("CC-10")
def test_the_brake_asks_before_it_changes_many() -> None:
    w = world()
    ids = [w.left.add(name=f"会社{n}", phone="旧") for n in range(40)]
    w.run()
    for id in ids[:21]:
        w.left.edit(id, phone="新")
    run_id = w.start()
    run = w.go(run_id)
    assert (run.state, run.error_code) == ("held", "brake")
    assert {r["phone"] for r in w.right.records.values()} == {"旧"}
    assert runs.go_on(run_id, workspace_id=w.workspace.id, states=("held",))
    run = w.go(run_id)
    assert (run.state, counts(run)) == ("succeeded", {"updated": 21})


@pytest.mark.req("CC-09")
def test_a_preview_is_the_plan_that_is_applied_and_refuses_what_changed_since() -> None:
    w = world()
    a = w.left.add(name="青空")
    w.left.add(name="海")
    run_id = w.start(preview=True)
    run = w.go(run_id)
    assert (run.state, run.counts.get("planned")) == ("planned", 2)
    assert not w.right.records
    assert sum(run.cost.values()) > 0
    w.clock.tick(minutes=5)
    w.left.edit(a, name="青空改")
    runs.go_on(run_id, workspace_id=w.workspace.id, states=("planned",))
    run = w.go(run_id)
    assert counts(run) == {"created": 1, "failed": 1}
    assert codes(w, run) == ["changed_since_plan"]
    assert w.right.names() == ["海"]


@pytest.mark.req("FK-31", "FK-56")
def test_maintenance_at_the_start_executes_nothing_and_moves_nothing() -> None:
    w = world()
    w.left.add(name="青空")
    w.left.hook = once(ChoaiError("maintenance", until=w.clock.at + timedelta(hours=3)), when="describe")
    run = w.run()
    assert (run.state, run.error_code, counts(run)) == ("error", "maintenance", {})
    assert counts(w.run()) == {"created": 1}


@pytest.mark.req("FK-56", "CC-08")
def test_maintenance_in_the_middle_keeps_what_was_done_and_the_rest_follows() -> None:
    w = world()
    for n in range(60):
        w.left.add(name=f"会社{n}")
    w.right.hook = once(ChoaiError("maintenance", until=w.clock.at + timedelta(hours=3)), skip=40)
    run = w.run()
    assert (run.state, run.error_code) == ("stopped", "maintenance")
    assert run.counts["created"] + run.counts["not_reached"] == 60
    assert run.counts["created"] == len(w.right.records)
    assert run.counts["created"] >= 40
    again = w.run()
    assert again.state == "succeeded"
    assert len(w.right.records) == 60
    assert again.counts["created"] == run.counts["not_reached"]


@pytest.mark.req("FK-63")
def test_a_throttle_waits_and_is_no_failure() -> None:
    w = world()
    for n in range(5):
        w.left.add(name=f"会社{n}")
    w.right.hook = once(ChoaiError("burst_blocked", until=w.clock.at + timedelta(minutes=10)), skip=2)
    before = w.clock.at
    run = w.go(w.start())
    assert (run.state, counts(run)) == ("succeeded", {"created": 5})
    assert w.clock.at - before >= timedelta(minutes=10)
    assert [n["code"] for n in run.notes] == ["burst_blocked"]


@pytest.mark.req("FK-55", "FK-57", "FK-58")
@pytest.mark.parametrize("code", ["app_not_found", "ip_blocked", "reauthorise", "no_permission"])
def test_what_the_run_stands_on_is_gone(code: str) -> None:
    w = world()
    for n in range(60):
        w.left.add(name=f"会社{n}")
    w.left.hook = once(ChoaiError(code), when="read")
    run = w.run()
    assert (run.state, run.error_code, counts(run)) == ("error", code, {})
    w.right.hook = once(ChoaiError(code), skip=40)
    run = w.run()
    if code == "no_permission":  # of one record: its own failure
        assert counts(run) == {"created": 59, "failed": 1}
        return
    assert (run.state, run.error_code) == ("error", code)
    assert run.counts["created"] == len(w.right.records)
    w.run()
    assert len(w.right.records) == 60


@pytest.mark.req("FK-07")
def test_a_run_as_user_without_authority_executes_nothing() -> None:
    w = world()
    w.ports.refuse = ChoaiError("run_as_without_authority", user="山田")
    run = w.run()
    assert (run.state, run.error_code) == ("error", "run_as_without_authority")


@pytest.mark.req("FK-50")
def test_no_targets_is_a_success() -> None:
    run = world().run()
    assert (run.state, counts(run)) == ("succeeded", {})


@pytest.mark.req("FK-66", "FK-65")
def test_a_mapping_that_cannot_work_is_found_before_the_first_record() -> None:
    w = world(mapping=[{"left": "phone", "right": "phone"}])
    w.left.add(name="青空")
    run = w.run()
    assert (run.state, run.error_code) == ("error", "required_unmapped")
    w.sync.mapping = [{"left": "name", "right": "name"}, {"left": "消えた", "right": "phone"}]
    w.sync.save()
    run = w.run()
    assert (run.state, run.error_code) == ("error", "field_not_found")


def test_cancel_and_pause_are_honoured_within_one_wave() -> None:
    w = world()
    for n in range(100):
        w.left.add(name=f"会社{n}")
    run_id = w.start()

    asked = []

    def hook(name: str, _: Any) -> None:
        if name == "write" and len(w.right.records) >= 3 and not asked:
            asked.append(True)
            ask = partial(runs.set_control, run_id, "pause", workspace_id=w.workspace.id)
            person = Thread(target=ask)
            person.start()
            person.join()

    w.right.hook = hook
    run = w.go(run_id)
    assert run.state == "paused"
    assert run.counts["created"] < 100
    w.right.hook = lambda *_: None
    runs.go_on(run_id, workspace_id=w.workspace.id, states=("paused",))
    run = w.go(run_id)
    assert counts(run) == {"created": 100}
    w.left.add(name="もう一社")
    run_id = w.start()
    runs.set_control(run_id, "cancel", workspace_id=w.workspace.id)
    run = w.go(run_id)
    assert run.state == "cancelled"
    assert counts(w.run()) == {"created": 1}


@pytest.mark.req("FK-59", "FK-27")
def test_what_failed_is_tried_again_and_its_mark_goes() -> None:
    w = world()
    w.right.add(name="青空")
    id = w.left.add(name="青空")
    assert counts(w.run()) == {"failed": 1}
    assert Retry.objects.get().record_id == id
    assert counts(w.run()) == {"failed": 1}
    assert Retry.objects.get().attempts == 2
    w.right.records.clear()
    assert counts(w.run()) == {"created": 1}
    assert not Retry.objects.exists()
    assert counts(w.run()) == {}


def test_retry_of_single_records() -> None:
    w = world()
    w.right.add(name="青空")
    id = w.left.add(name="青空")
    w.run()
    w.right.records.clear()
    run = w.run(only={"left": [id]})
    assert counts(run) == {"created": 1}
    assert not Retry.objects.exists()


def test_a_discarded_preview_leaves_nothing_behind() -> None:
    w = world()
    w.left.add(name="青空")
    first = w.go(w.start(preview=True))
    assert Staged.objects.exists()
    second = w.go(w.start(preview=True))
    first.refresh_from_db()
    assert (first.state, first.counts["not_reached"]) == ("cancelled", 1)
    assert runs.discard(second.id, workspace_id=w.workspace.id)
    assert not Staged.objects.exists()
    assert not Retry.objects.exists()
    assert not runs.discard(second.id, workspace_id=w.workspace.id)
    assert counts(w.run()) == {"created": 1}


def test_a_new_record_with_the_name_of_a_bound_one_is_told_whose_name_it_is() -> None:
    w = world()
    w.left.add(name="株式会社青空", phone="1")
    w.run()
    w.left.add(name="㈱青空")
    run = w.run()
    assert counts(run) == {"failed": 1}
    item = next(i for i in w.items(run) if i.code == "already_linked_elsewhere")  # it cannot be tied to that one
    assert (item.facts["id"], item.facts["name"], item.facts["other"]) == ("b1", "株式会社青空", "c1")
