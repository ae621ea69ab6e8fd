"""Fields of either service change while a sync is live (toy services, both databases)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from choai.model.schema import Schema
from choai.model.values import Kind
from choai.store import drift
from choai.store.models import Binding, Run
from engine.toy import Toy
from engine.world import World, counts, world

pytestmark = [pytest.mark.usefixtures("database"), pytest.mark.req("FK-66")]


def change(toy: Toy, name: str, **facts: Any) -> None:
    fields = tuple(replace(f, **facts) if f.name == name else f for f in toy.schema.fields)
    toy.schema = Schema("things", fields, toy.schema.revision + "+")


def drop(toy: Toy, name: str) -> None:
    toy.schema = Schema("things", tuple(f for f in toy.schema.fields if f.name != name), toy.schema.revision + "-")


def live(**settings: Any) -> World:
    w = world(**settings)
    w.left.add(name="青空", phone="1")
    assert counts(w.run()) == {"created": 1}
    return w


def pause(w: World) -> drift.Pause:
    (found,) = drift.pauses(w.workspace.id).values()
    return found


def broken(run: Run) -> list[tuple[Any, ...]]:
    return [(r["row"], r["code"], r["left_ja"], r["right_ja"]) for r in run.error_facts["rows"]]


@pytest.mark.parametrize("end", ["left", "right"])
def test_a_field_gone_on_either_side_names_both_ends(end: str) -> None:
    w = live()
    toy = getattr(w, end)
    change(toy, "phone", ja="電話", en="Telephone")
    assert w.run().state == "succeeded", "a label is no part of the mapping"
    drop(toy, "phone")
    w.left.edit("c1", memo="x")
    reads = toy.calls.count("read")
    run = w.run()
    assert (run.state, run.error_code) == ("error", "field_not_found")
    told = {"left": "トイ「phone」", "right": "トイ「phone」"} | {end: "トイ「電話（phone）」"}
    assert broken(run) == [(2, "field_not_found", told["left"], told["right"])]
    assert toy.calls.count("read") == reads, "found before anything is read"
    assert pause(w).link == f"/syncs/{w.sync.id}?row=2"


def test_everything_that_broke_is_told_at_once() -> None:
    w = live()
    drop(w.left, "phone")
    drop(w.right, "note")
    run = w.run()
    assert [(row, code) for row, code, _, _ in broken(run)] == [(2, "field_not_found"), (3, "field_not_found")]


def test_a_pause_ends_with_the_next_run_and_the_pairs_are_as_they_were() -> None:
    w = live()
    kept = w.left.schema
    before = list(Binding.objects.values_list("left_id", "right_id"))
    drop(w.left, "phone")
    for _ in range(3):
        describes = w.left.calls.count("describe")
        assert w.run().error_code == "field_not_found"
        assert w.left.calls.count("describe") == describes + 1, "one look per start, nothing more"
    w.left.schema = kept
    w.left.edit("c1", phone="2")
    assert counts(w.run()) == {"updated": 1}
    assert drift.pauses(w.workspace.id) == {}
    assert list(Binding.objects.values_list("left_id", "right_id")) == before
    assert len(w.right.records) == 1


def test_a_required_field_stops_a_first_run_and_holds_back_only_new_records_later() -> None:
    w = world()
    change(w.right, "phone", required=True)
    w.sync.mapping = [r for r in w.sync.mapping if r["right"] != "phone"]
    w.sync.save()
    first = w.left.add(name="青空", memo="a")
    run = w.run()
    assert (run.state, run.error_code) == ("error", "required_unmapped")
    change(w.right, "phone", required=False)
    assert counts(w.run()) == {"created": 1}
    change(w.right, "phone", required=True)
    w.left.edit(first, memo="b")
    w.left.add(name="海")
    run = w.run()
    assert (run.state, counts(run)) == ("partly", {"updated": 1, "blocked": 1})
    assert {i.code for i in w.items(run)} == {"", "required_unmapped"}
    assert w.right.records["b1"]["note"] == "b"
    found = pause(w)
    assert (found.code, found.whole) == ("required_unmapped", False)
    change(w.right, "phone", required=False)
    assert counts(w.run()) == {"created": 1}
    assert drift.pauses(w.workspace.id) == {}


def test_a_busy_start_or_a_preview_does_not_hide_a_pause() -> None:
    w = live()
    drop(w.left, "phone")
    newest = w.run()
    Run.objects.filter(id=w.run(preview=True).id).update(state="cancelled")
    row = Run.objects.get(id=newest.id)
    row.pk = None
    row.error_code, row.error_facts, row.batch = "already_running", {}, "x"
    row.save(force_insert=True)
    assert pause(w).run.id == newest.id


def test_a_retyped_field_that_nothing_converts_pauses() -> None:
    w = live()
    change(w.right, "note", kind=Kind.FILES)
    assert next((r, left, right) for r, _, left, right in broken(w.run())) == (3, "トイ「memo」", "トイ「note」")


@pytest.mark.parametrize("rule", [{"field": "gone", "values": ["x"]}, {"field": "sync", "values": ["対象"]}])
def test_a_condition_that_nobody_can_fulfil_stops_the_run(rule: dict[str, Any]) -> None:
    from choai.model.schema import Choice

    w = live(selection={"left": [], "right": []})
    change(w.left, "sync", kind=Kind.CHOICE, choices=(Choice("いいえ", "いいえ", "no"),))
    w.sync.selection = {"left": [rule]}
    w.sync.save()
    run = w.run()
    assert (run.state, run.error_code) == ("error", "selection_broken")
    assert pause(w).link == f"/syncs/{w.sync.id}?tab=settings"
