"""Import, ties by name, both directions at once, conflicts."""

from __future__ import annotations

import pytest

from choai.model.values import Value
from choai.store.models import Binding
from engine.world import World, counts, world

pytestmark = pytest.mark.usefixtures("database")


def to_left(**settings: object) -> World:
    return world(to_right=False, to_left=True, **settings)


@pytest.mark.req("FK-24", "FK-25", "FK-28", "FK-29")
def test_import_creates_by_external_id_and_an_edit_on_the_day_of_the_run_arrives_once() -> None:
    w = to_left()
    ids = [w.right.add(name=f"取引先{n}", phone=str(n)) for n in range(60)]
    run = w.run()
    assert counts(run) == {"created": 60}
    assert {r["books_id"] for r in w.left.records.values()} == set(ids)
    w.right.edit(ids[3], phone="後で")
    run = w.run()
    assert counts(run) == {"updated": 1}
    assert counts(w.run()) == {}
    assert len(w.left.records) == 60


def test_import_ties_what_has_one_name_and_never_guesses() -> None:
    w = to_left(options={"duplicate_policy_left": "bind"})
    tied = w.left.add(name="株式会社 青空", memo="mine")
    w.left.add(name="同名")
    w.left.add(name="同名")
    a = w.right.add(name="㈱青空", phone="03")
    w.right.add(name="同名")
    run = w.run()
    assert counts(run) == {"updated": 1, "failed": 1}
    assert [i.code for i in w.items(run) if i.outcome == "failed"] == ["ambiguous_match"]
    assert w.left.records[tied]["books_id"] == a
    assert w.left.records[tied]["phone"] == "03"
    assert w.left.records[tied]["name"] == "㈱青空"
    assert Binding.objects.get().left_id == tied
    assert counts(w.run()) == {"failed": 1}


def test_upload_ties_a_record_that_names_its_partner_and_writes_nothing_when_they_agree() -> None:
    w = world()
    other = w.right.add(name="青空", phone="03")
    w.left.add(name="青空", phone="03", books_id=other)
    run = w.run()
    assert (run.state, counts(run)) == ("succeeded", {"updated": 1})
    assert not [c for c in w.right.calls if c.startswith("write")]
    assert counts(w.run()) == {}


@pytest.mark.req("FK-27", "FK-46")
def test_many_records_for_one_partner_are_listed_and_not_counted_as_targets() -> None:
    w = world()
    w.left.unique = ()
    other = w.right.add(name="青空")
    w.left.add(name="青空", books_id=other)
    w.left.add(name="青空 支店", books_id=other)
    run = w.run()
    assert counts(run) == {"skipped": 2}, "whose content is right cannot be known"
    assert {i.code for i in w.items(run)} == {"many_to_one"}


def both(policy: str = "ask") -> World:
    return world(
        to_left=True,
        conflict_policy=policy,
        options={"duplicate_policy_left": "bind", "duplicate_policy_right": "bind"},
    )


def test_two_way_edits_of_different_fields_both_survive() -> None:
    w = both()
    left = w.left.add(name="青空", phone="1", memo="m")
    w.right.add(name="海", phone="5")
    run = w.run()
    assert counts(run) == {"created": 2}
    right = str(w.left.records[left]["books_id"])
    assert counts(w.run()) == {}
    w.left.edit(left, phone="左")
    w.right.edit(right, note="右")
    run = w.run()
    assert counts(run) == {"updated": 2}
    assert (w.left.records[left]["phone"], w.left.records[left]["memo"]) == ("左", "右")
    assert (w.right.records[right]["phone"], w.right.records[right]["note"]) == ("左", "右")
    assert counts(w.run()) == {}


def test_a_conflict_waits_for_a_person_and_nothing_is_written() -> None:
    w = both()
    left = w.left.add(name="青空", phone="1")
    w.run()
    right = str(w.left.records[left]["books_id"])
    w.left.edit(left, phone="左")
    w.right.edit(right, phone="右")
    run = w.run()
    assert (run.state, counts(run)) == ("partly", {"blocked": 1})
    assert w.right.records[right]["phone"] == "右"
    w.sync.conflict_policy = "left"
    w.sync.save()
    assert counts(w.run()) == {"updated": 1}
    assert w.right.records[right]["phone"] == "左"
    assert counts(w.run()) == {}


def test_a_service_that_rewrites_values_does_not_bounce() -> None:
    def rewrite(name: str, value: Value) -> Value:
        return value.replace("-", "") if name == "phone" and isinstance(value, str) else value

    w = both()
    w.right.rewrite = rewrite
    left = w.left.add(name="青空", phone="03-1234")
    w.run()
    for _ in range(3):
        w.left.calls.clear()
        w.right.calls.clear()
        assert counts(w.run()) == {}
        assert not [c for c in w.left.calls + w.right.calls if c.startswith("write")]
    w.left.edit(left, phone="03-9999")
    assert counts(w.run()) == {"updated": 1}
    assert counts(w.run()) == {}
