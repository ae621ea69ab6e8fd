"""Changing what was set up: what an edit would do is the plan of a preview with settings nobody has saved (G18)."""

from __future__ import annotations

from typing import Any

import pytest

from choai.errors import ChoaiError
from choai.store import drafts, runs, syncs
from choai.store.models import Binding, Cursor, Run, Sync
from engine.world import KEYS, MAPPING, World, counts, world

pytestmark = pytest.mark.usefixtures("database")

PLAIN: list[dict[str, Any]] = [r for r in MAPPING if r["left"] != "memo"]
FLAG = {"all": [], "left": [{"field": "sync", "values": ["する"]}], "right": []}


def draft(w: World, **fields: Any) -> Run:
    sync = Sync.objects.get(id=w.sync.id)
    id = drafts.begin(w.workspace.id, w.user.id, sync.id, version=sync.version, fields=fields)
    return w.go(id)


def told(w: World, run: Run) -> dict[str, Any]:
    return drafts.facts(w.workspace.id, w.sync.id, run.id)


def save(w: World, run: Run, *, apply: bool) -> Run:
    drafts.save(w.workspace.id, w.user.id, w.sync.id, run.id, apply=apply)
    if apply:
        assert runs.go_on(run.id, workspace_id=w.workspace.id, states=("planned",))
        run = w.go(run.id)
    w.clock.tick(minutes=30)
    return run


def bases() -> list[Any]:
    rows = Binding.objects.order_by("id")
    return [(b.left_id, b.right_id, bytes(b.left_base), bytes(b.right_base), bytes(b.left_print)) for b in rows]


def cursors() -> list[Any]:
    return list(Cursor.objects.order_by("side").values_list("side", "value"))


def synced(n: int = 6, **settings: Any) -> World:
    """Records that agree, all with a note on the left and some with one on the right."""
    w = world(mapping=PLAIN, **settings)
    for i in range(n):
        w.left.add(name=f"会社{i}", phone="1", memo=f"メモ{i}", sync="する" if i % 2 else "しない")
    assert counts(w.run()) == {"created": n}
    for i, id in enumerate(w.right.records):
        w.right.records[id]["note"] = f"メモ{i}" if i < 2 else "古い"
    assert counts(w.run()) == {}
    return w


def test_a_newly_mapped_field_is_shown_record_by_record_and_only_what_differs_is_written() -> None:
    w = synced()
    before, places = bases(), cursors()
    run = draft(w, mapping=MAPPING)
    assert run.state == "planned"
    facts = told(w, run)
    assert facts["writes"]["right"] == {"create": 0, "update": 4, "bind": 0}
    assert facts["unchanged"] == 2
    assert [(f["side"], f["field"], f["count"]) for f in facts["fields"]] == [("right", "note", 4)]
    assert facts["relook"] == ["field_added"]
    assert {(s["before"]["note"], s["after"]["note"]) for s in facts["samples"]} == {
        ("古い", f"メモ{i}") for i in range(2, 6)
    }
    assert (bases(), cursors()) == (before, places)
    assert Sync.objects.get().mapping == PLAIN
    assert not any(call.startswith("write") for call in w.right.calls[-20:] if call != "write:create")
    run = save(w, run, apply=True)
    assert counts(run) == {"updated": 4, "unchanged": 2}
    assert [r["note"] for r in w.right.records.values()] == [f"メモ{i}" for i in range(6)]
    assert Sync.objects.get().mapping == MAPPING
    assert Binding.objects.count() == 6
    assert counts(w.run()) == {}


def test_records_that_agreed_on_a_new_field_are_edited_as_if_it_had_always_been_mapped() -> None:
    """Their bases are taken over with the plan: an edit of one side flows, and is no conflict of two values that never met."""
    w = synced(to_left=True)
    for i, id in enumerate(w.right.records):
        w.right.edit(id, note=f"メモ{i}")
    w.run()
    run = save(w, draft(w, mapping=MAPPING), apply=True)
    assert counts(run) == {"unchanged": 6}
    w.right.edit("b1", note="経理が変えた")
    run = w.run()
    assert counts(run) == {"updated": 1}
    assert w.left.records["c1"]["memo"] == "経理が変えた"


def test_only_saving_makes_the_next_run_compare_everything_once_and_moves_no_cursor() -> None:
    w = synced()
    places, before = cursors(), bases()
    run = draft(w, mapping=MAPPING)
    save(w, run, apply=False)
    assert Run.objects.get(id=run.id).state == "cancelled"
    assert (cursors(), bases()) == (places, before)
    assert Sync.objects.get().resync
    run = w.run()
    assert counts(run) == {"updated": 4, "unchanged": 2}
    assert not Sync.objects.get().resync
    assert counts(w.run()) == {}


def test_a_discarded_draft_leaves_no_trace() -> None:
    w = synced()
    before, places = bases(), cursors()
    run = draft(w, mapping=[r for r in PLAIN if r["left"] != "phone"])
    assert runs.discard(run.id, workspace_id=w.workspace.id)
    assert (bases(), cursors()) == (before, places)
    w.left.edit("c1", phone="2")
    assert counts(w.run()) == {"updated": 1}
    assert w.right.records["b1"]["phone"] == "2"


def test_records_that_leave_the_selection_stay_bound_and_alone_and_come_back_with_what_they_missed() -> None:
    w = synced()
    run = draft(w, selection=FLAG)
    facts = told(w, run)
    assert (facts["leaving"], facts["entering"], facts["relook"]) == (3, 0, [])
    assert {s["code"] for s in facts["samples"]} == {"leaves_selection"}
    assert facts["writes"]["right"] == {"create": 0, "update": 0, "bind": 0}
    save(w, run, apply=False)
    assert not Sync.objects.get().resync
    w.left.edit("c1", phone="9")
    w.left.edit("c2", phone="9")
    assert counts(w.run()) == {"updated": 1}
    assert (w.right.records["b1"]["phone"], w.right.records["b2"]["phone"]) == ("1", "9")
    assert Binding.objects.filter(state="ok").count() == 6
    facts = told(w, run := draft(w, selection={"all": [], "left": [], "right": []}))
    assert (facts["leaving"], facts["entering"], facts["relook"]) == (0, 3, ["selection_widened"])
    assert counts(save(w, run, apply=True)) == {"updated": 1}
    assert w.right.records["b1"]["phone"] == "9"
    assert len(w.right.records) == 6


def test_a_widened_filter_creates_what_comes_in() -> None:
    w = world(mapping=PLAIN, selection=FLAG)
    for i in range(6):
        w.left.add(name=f"会社{i}", sync="する" if i % 2 else "しない")
    w.run()
    run = draft(w, selection={"all": [], "left": [], "right": []})
    facts = told(w, run)
    assert (facts["entering"], facts["writes"]["right"]["create"]) == (3, 3)
    save(w, run, apply=False)
    assert counts(w.run()) == {"created": 3}


def test_two_way_a_pair_with_a_deselected_record_is_left_alone_and_no_edit_of_it_is_lost() -> None:
    w = synced(to_left=True)
    save(w, draft(w, selection=FLAG), apply=False)
    w.left.edit("c1", phone="7")
    w.right.edit("b1", phone="8", name="改名")
    run = w.run()
    assert counts(run) == {"skipped": 1}
    assert [i.code for i in w.items(run)] == ["partner_not_selected"]
    assert (w.left.records["c1"]["phone"], w.right.records["b1"]["phone"]) == ("7", "8")
    assert Binding.objects.count() == 6


def test_a_direction_switched_on_shows_what_would_come_over() -> None:
    w = synced()
    w.right.edit("b1", phone="右で変更")
    w.right.add(name="右だけ")
    run = draft(w, to_left=True)
    facts = told(w, run)
    assert facts["writes"]["left"] == {"create": 1, "update": 1, "bind": 0}
    assert facts["relook"] == ["direction_added"]
    run = save(w, run, apply=True)
    assert counts(run) == {"created": 1, "updated": 1}
    assert w.left.records["c1"]["phone"] == "右で変更"
    assert counts(w.run()) == {}


def test_match_keys_and_policies_have_consequences_too() -> None:
    w = world(mapping=PLAIN, duplicate_policy="fail")
    w.right.add(name="青空", phone="3")
    w.left.add(name="青空㈱", phone="1")
    w.left.add(name="青空", phone="4")
    assert counts(w.run())["failed"] >= 1
    facts = told(w, run := draft(w, duplicate_policy="bind"))
    assert facts["writes"]["right"]["bind"] == 1
    assert facts["relook"] == ["duplicates_changed"]
    facts = told(w, draft(w, duplicate_policy="bind", match_keys=[KEYS[0]]))
    assert facts["relook"] == ["keys_changed", "duplicates_changed"]
    assert Run.objects.get(id=run.id).state == "cancelled"  # the newer plan took its place
    assert Sync.objects.get().duplicate_policy == "fail"


def test_only_the_very_plan_of_saved_settings_can_be_applied() -> None:
    w = synced()
    run = draft(w, mapping=MAPPING)
    assert not runs.go_on(run.id, workspace_id=w.workspace.id, states=("planned",))
    other = syncs.change(w.workspace.id, w.user.id, w.sync.id, version=1, changes={"name": "別名"})
    assert other.version == 2
    with pytest.raises(ChoaiError) as refused:
        drafts.save(w.workspace.id, w.user.id, w.sync.id, run.id, apply=True)
    assert refused.value.code == "conflict_edit"
    assert told(w, run)["outdated"]
    assert Sync.objects.get().mapping == PLAIN
    assert Run.objects.get(id=run.id).state == "planned"
    with pytest.raises(ChoaiError) as refused:
        drafts.begin(w.workspace.id, w.user.id, w.sync.id, version=2, fields={"mapping": PLAIN})
    assert refused.value.code == "bad_request"


def test_a_stopped_application_is_made_up_for_by_the_next_run() -> None:
    w = synced(15)
    run = draft(w, mapping=MAPPING)
    drafts.save(w.workspace.id, w.user.id, w.sync.id, run.id, apply=True)
    assert runs.go_on(run.id, workspace_id=w.workspace.id, states=("planned",))
    seen = 0

    def hook(name: str, _: Any) -> None:
        nonlocal seen
        seen += name == "write"
        if seen == 5:
            raise ChoaiError("maintenance")

    w.right.hook = hook
    run = w.go(run.id)
    assert run.state == "stopped"
    assert Sync.objects.get().resync
    w.right.hook = lambda *_: None
    w.clock.tick(hours=3)
    w.run()
    assert [r["note"] for r in w.right.records.values()] == [f"メモ{i}" for i in range(15)]
    assert counts(w.run()) == {}
