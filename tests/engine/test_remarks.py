"""What did not simply flow is told with its record; and the policy that lets the newer record win."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from choai.connectors.contract import CursorKind
from choai.store.models import Item
from engine.world import MAPPING, World, counts, world

pytestmark = pytest.mark.usefixtures("sqlite_database")
BIND = {"duplicate_policy_left": "bind", "duplicate_policy_right": "bind"}


def told(w: World, run: Any) -> list[tuple[str, str, dict[str, Any]]]:
    return [(i.outcome, i.code, i.facts) for i in Item.objects.filter(run=run)]


def pair(policy: str, **more: Any) -> tuple[World, str, str]:
    w = world(to_left=True, conflict_policy=policy, options=BIND, **more)
    left = w.left.add(name="青空", phone="1", memo="m")
    w.run()
    return w, left, str(w.left.records[left]["books_id"])


def test_an_edit_that_lost_is_told_with_its_value() -> None:
    w, left, right = pair("left")
    w.left.edit(left, phone="左")
    w.right.edit(right, phone="右")
    run = w.run()
    [(outcome, code, facts)] = told(w, run)
    assert (outcome, code) == ("updated", "overwritten")
    assert (facts["field"], facts["value"]) == ("phone", "右")
    assert run.state == "succeeded"
    assert counts(w.run()) == {}


@pytest.mark.req("FK-22")
@pytest.mark.parametrize(
    ("field", "empty", "code"), [("phone", "keep", "empty_not_sent"), ("memo", "clear", "cannot_be_cleared")]
)
def test_an_emptied_field_that_is_not_emptied_there_is_told(field: str, empty: str, code: str) -> None:
    w = world(mapping=[{**m, "when_empty": empty} if m["left"] == field else m for m in MAPPING])
    id = w.left.add(name="青空", phone="1", memo="m")
    w.run()
    w.left.edit(id, **{field: None})
    [(outcome, met, facts)] = told(w, w.run())
    assert (outcome, met) == ("unchanged", code)
    assert facts["service"]
    assert next(iter(w.right.records.values()))["phone"] == "1"
    assert counts(w.run()) == {}


INSTANT = {"cursor": CursorKind.INSTANT}


@pytest.mark.parametrize("later", ["left", "right"])
def test_the_newer_record_wins(later: str) -> None:
    w, left, right = pair("newest", left=INSTANT, right=INSTANT)
    edits = {"left": lambda: w.left.edit(left, phone="左"), "right": lambda: w.right.edit(right, phone="右")}
    edits["left" if later == "right" else "right"]()
    w.clock.tick(seconds=1)
    edits[later]()
    assert counts(w.run()) == {"updated": 1}
    assert (w.left.records[left]["phone"], w.right.records[right]["phone"]) == (
        ("左",) * 2 if later == "left" else ("右",) * 2
    )


def test_on_one_day_nobody_is_newer_where_a_side_knows_days_only() -> None:
    w, left, right = pair("newest")
    w.right.edit(right, phone="右")
    w.clock.tick(minutes=5)
    w.left.edit(left, phone="左")
    assert counts(w.run()) == {"blocked": 1}
    w.clock.tick(days=1)
    w.left.edit(left, phone="左 2")
    assert counts(w.run()) == {"updated": 1}
    assert w.right.records[right]["phone"] == "左 2"


def test_a_service_that_answers_ids_only_does_not_bounce() -> None:
    w, left, right = pair("left")
    real = w.right._write

    def short(item: Any, op: Any) -> Any:
        done = real(item, op)
        return replace(done, record=replace(done.record, values={"id": done.record.id}), complete=False)

    w.right._write = short  # type: ignore[method-assign]  # a service that tells no values
    w.left.edit(left, phone="2")
    w.right.edit(right, note="右")
    assert counts(w.run()) == {"updated": 2}
    assert (w.left.records[left]["memo"], w.right.records[right]["phone"]) == ("右", "2")
    for _ in range(3):
        assert counts(w.run()) == {}
