"""One direction: what is selected, written, counted, and that a second run is quiet."""

from __future__ import annotations

import pytest

from choai.store.models import Binding, Cursor
from engine.world import counts, world

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.req("FK-23", "FK-27", "FK-29", "FK-46", "CC-05", "CC-08")
def test_creates_flow_write_back_and_second_run_is_quiet() -> None:
    w = world()
    for n in range(25):
        w.left.add(name=f"会社{n}", phone=f"03-0000-{n:04}")
    run = w.run()
    assert (run.state, counts(run)) == ("succeeded", {"created": 25})
    assert len(w.right.records) == 25
    assert {r["books_id"] for r in w.left.records.values()} == set(w.right.records)
    w.left.calls.clear()
    w.right.calls.clear()
    again = w.run()
    assert (again.state, counts(again)) == ("succeeded", {})
    assert not [c for c in w.left.calls + w.right.calls if c.startswith("write")]
    assert w.left.calls.count("read") == 1
    assert w.right.calls == ["describe"]


def test_an_edit_arrives_once() -> None:
    w = world()
    id = w.left.add(name="山田商店", phone="1")
    w.left.add(name="鈴木商店", phone="2")
    w.run()
    w.left.edit(id, phone="9")
    run = w.run()
    assert counts(run) == {"updated": 1}
    assert w.right.records[str(w.left.records[id]["books_id"])]["phone"] == "9"
    assert counts(w.run()) == {}


@pytest.mark.req("FK-51")
def test_a_new_record_with_a_name_that_exists_fails_and_overwrites_nothing() -> None:
    w = world()
    taken = w.right.add(name="株式会社青空", phone="orig")
    w.left.add(name="㈱青空", phone="new")
    w.left.add(name="海山", phone="1")
    run = w.run()
    assert run.state == "partly"
    assert counts(run) == {"created": 1, "failed": 1}
    assert [i.code for i in w.items(run) if i.outcome == "failed"] == ["duplicate_name"]
    assert w.right.records[taken]["phone"] == "orig"


@pytest.mark.parametrize("target", ["right", "left"])
def test_losing_our_own_database_creates_nothing_the_next_time(target: str) -> None:
    w = world(to_right=target == "right", to_left=target == "left")
    side = w.left if target == "right" else w.right
    for n in range(30):
        side.add(name=f"会社{n}", phone=str(n))
    assert counts(w.run()) == {"created": 30}
    Binding.objects.all().delete()
    Cursor.objects.all().delete()
    run = w.run()
    assert (run.state, counts(run)) == ("succeeded", {"updated": 30})
    assert (len(w.left.records), len(w.right.records)) == (30, 30)
    assert Binding.objects.count() == 30
    assert counts(w.run()) == {}
