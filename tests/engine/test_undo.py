"""Undoing a run: CRM updates are put back, everything else is listed, and counts add up."""

from __future__ import annotations

from typing import Any

import pytest

from choai.errors import ChoaiError
from choai.store import undo
from choai.store.models import Run
from engine.test_other_ways import both
from engine.world import World, counts, world

pytestmark = pytest.mark.usefixtures("database")


def preview(w: World, run: Run) -> dict[str, Any]:
    return undo.preview(w.workspace.id, run.id, page=1, page_size=50)


def undone(w: World, run: Run) -> Run:
    back = w.go(undo.start(w.workspace.id, w.user.id, run.id))
    w.clock.tick(minutes=30)
    return back


def edited(n: int = 3) -> tuple[World, Run, list[tuple[str, str]]]:
    """Partners in step, then renamed phones on the accounting side, taken over by the CRM."""
    w = both()
    lefts = [w.left.add(name=f"会社{i}", phone=f"old{i}") for i in range(n)]
    w.run()
    pairs = [(left, str(w.left.records[left]["books_id"])) for left in lefts]
    for i, (_, right) in enumerate(pairs):
        w.right.edit(right, phone=f"new{i}")
    run = w.run()
    assert counts(run) == {"updated": n}
    return w, run, pairs


@pytest.mark.req("CC-12")
def test_updates_of_the_crm_are_put_back_and_stay_so() -> None:
    w, run, pairs = edited()
    shown = preview(w, run)
    assert shown["totals"] == {"put_back": 3, "listed": 0, "created": 0, "tied": 0}
    assert [i["action"] for i in shown["items"].rows] == ["put_back"] * 3
    assert shown["items"].rows[0]["fields"][0] == {
        "field": "phone", "label_ja": "phone", "label_en": "phone", "previous": "old0", "wrote": "new0", "now": "new0",
        "put_back": True,
    }  # fmt: skip
    back = undone(w, run)
    assert (back.state, back.trigger, counts(back)) == ("succeeded", "undo", {"updated": 3})
    assert [w.left.records[left]["phone"] for left, _ in pairs] == ["old0", "old1", "old2"]
    assert [w.right.records[right]["phone"] for _, right in pairs] == ["new0", "new1", "new2"]
    w.left.calls.clear()
    w.right.calls.clear()
    assert counts(w.run()) == {}
    assert not [c for c in w.left.calls + w.right.calls if c.startswith("write")]


def test_undoing_twice_is_refused_and_an_undo_can_be_undone() -> None:
    w, run, pairs = edited(1)
    back = undone(w, run)
    assert preview(w, run)["undone_by"] == back.id
    with pytest.raises(ChoaiError) as error:
        undo.start(w.workspace.id, w.user.id, run.id)
    assert (error.value.code, error.value.facts["run"]) == ("undone_already", back.id)
    undone(w, back)
    assert w.left.records[pairs[0][0]]["phone"] == "new0"


def test_what_was_changed_since_is_left_alone_and_said() -> None:
    w, run, pairs = edited()
    w.left.edit(pairs[1][0], phone="私が直した")
    back = undone(w, run)
    assert counts(back) == {"updated": 2, "skipped": 1}
    assert [i.code for i in w.items(back) if i.outcome == "skipped"] == ["undo_changed_since"]
    assert w.left.records[pairs[1][0]]["phone"] == "私が直した"


def test_a_record_that_is_gone_is_a_failure_of_its_own() -> None:
    w, run, pairs = edited(2)
    w.left.drop(pairs[0][0])
    back = undone(w, run)
    assert counts(back) == {"updated": 1, "failed": 1}
    assert [i.code for i in w.items(back) if i.outcome == "failed"] == ["record_not_found"]


def test_a_service_that_rewrites_what_it_is_given_is_no_later_change() -> None:
    w = both()
    left = w.left.add(name="青空", phone="1")
    w.run()
    w.left.rewrite = lambda name, value: value.upper() if isinstance(value, str) else value
    w.right.edit(str(w.left.records[left]["books_id"]), phone="ab")
    run = w.run()
    assert w.left.records[left]["phone"] == "AB"
    assert counts(undone(w, run)) == {"updated": 1}
    assert w.left.records[left]["phone"] == "1"


@pytest.mark.req("CC-12")
def test_the_accounts_and_new_records_are_listed_with_their_previous_values_and_not_touched() -> None:
    w, _, pairs = edited(2)
    w.left.edit(pairs[0][0], phone="会計へ")
    w.right.edit(pairs[1][1], phone="CRMへ")
    w.left.add(name="新会社")
    run = w.run()
    assert counts(run) == {"updated": 2, "created": 1}
    shown = preview(w, run)
    assert shown["totals"] == {"put_back": 1, "listed": 1, "created": 1, "tied": 0}
    by = {i["action"]: i for i in shown["items"].rows}
    assert set(by) == {"put_back", "listed", "created"}
    assert [(f["previous"], f["wrote"]) for f in by["listed"]["fields"]] == [("new0", "会計へ")]
    writes = len([c for c in w.right.calls if c.startswith("write")])
    back = undone(w, run)
    assert counts(back) == {"updated": 1, "skipped": 2}
    assert {i.code for i in w.items(back)} == {"", "undo_listed_only", "undo_creation_stays"}
    assert len([c for c in w.right.calls if c.startswith("write")]) == writes
    assert sum(counts(back).values()) == sum(shown["totals"].values()) == 3


def test_a_run_without_crm_updates_cannot_be_undone() -> None:
    w = world()
    w.left.add(name="青空")
    run = w.run()
    assert preview(w, run)["possible"] is False
    with pytest.raises(ChoaiError) as error:
        undo.start(w.workspace.id, w.user.id, run.id)
    assert error.value.code == "nothing_to_undo"


def test_a_lost_reply_while_undoing_is_settled() -> None:
    w, run, pairs = edited(1)

    def lose(name: str, payload: Any) -> None:
        if name == "write":
            w.left.after = lambda *_: None
            raise ChoaiError("unknown_result")

    w.left.after = lose
    assert counts(undone(w, run)) == {"updated": 1}
    assert w.left.records[pairs[0][0]]["phone"] == "old0"
