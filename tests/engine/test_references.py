"""A record that refers to another one refers to its partner on the other side, or waits for it."""

from __future__ import annotations

import pytest

from choai import clock
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref
from choai.store.models import Binding, Pairing
from engine.toy import Toy
from engine.world import MAPPING, World, counts, world

pytestmark = pytest.mark.usefixtures("database")


def with_owner(toy: Toy) -> None:
    owner = Field("owner", Kind.REFERENCE, "担当", "owner", target="people")
    toy.schema = Schema(toy.schema.object, (*toy.schema.fields, owner))


def scene(**settings: object) -> World:
    """Things with an owner; people are paired elsewhere: 1 with p1, 2 with nobody yet."""
    w = world(mapping=[*MAPPING, {"left": "owner", "right": "owner"}], **settings)
    with_owner(w.left)
    with_owner(w.right)
    people = Pairing.objects.create(
        workspace=w.workspace, kind="people", left_connection=w.pairing.left_connection, left_object="people",
        right_connection=w.pairing.right_connection, right_object="people",
    )  # fmt: skip
    tie(people, "1", "p1")
    return w


def tie(people: Pairing, left: str, right: str) -> None:
    Binding.objects.create(
        workspace=people.workspace, pairing=people, left_id=left, right_id=right, created_at=clock.now()
    )


def test_a_reference_arrives_as_the_partner_and_the_second_run_is_quiet() -> None:
    w = scene()
    id = w.left.add(name="青空", owner=Ref("1", "山田"))
    assert counts(w.run()) == {"created": 1}
    right = str(w.left.records[id]["books_id"])
    assert w.right.records[right]["owner"] == Ref("p1")
    assert counts(w.run()) == {}
    w.left.edit(id, phone="9")
    assert counts(w.run()) == {"updated": 1}
    assert w.right.records[right]["owner"] == Ref("p1")
    assert counts(w.run()) == {}


def test_a_record_whose_reference_has_no_partner_is_blocked_by_it_and_follows() -> None:
    w = scene()
    w.left.add(name="待つ", owner=Ref("2", "鈴木"))
    w.left.add(name="青空", owner=Ref("1"))
    w.left.add(name="なし")
    run = w.run()
    assert counts(run) == {"created": 2, "blocked": 1}
    item = next(i for i in w.items(run) if i.outcome == "blocked")
    assert (item.code, item.facts["name"], item.facts["field_ja"]) == ("blocked_by", "鈴木", "担当")
    assert w.right.names() == ["なし", "青空"]
    tie(Pairing.objects.get(kind="people"), "2", "p2")
    assert counts(w.run()) == {"created": 1}
    assert {r["owner"] for r in w.right.records.values()} == {None, Ref("p1"), Ref("p2")}
    assert counts(w.run()) == {}


def test_the_way_back_and_both_ways() -> None:
    both = {"duplicate_policy_left": "bind", "duplicate_policy_right": "bind"}
    w = scene(to_left=True, to_right=True, options=both)
    id = w.right.add(name="海", owner=Ref("p1"))
    w.right.add(name="知らない", owner=Ref("p9"))
    assert counts(w.run()) == {"created": 1, "blocked": 1}
    left = next(i for i, r in w.left.records.items() if r["name"] == "海")
    assert w.left.records[left]["owner"] == Ref("1")
    tie(Pairing.objects.get(kind="people"), "2", "p2")
    w.left.edit(left, owner=Ref("2"))
    w.right.edit(id, phone="5")
    run = w.run()
    assert {k: v for k, v in counts(run).items() if k != "blocked"} == {"updated": 2}
    assert (w.right.records[id]["owner"], w.left.records[left]["phone"]) == (Ref("p2"), "5")
    w.right.records = {k: v for k, v in w.right.records.items() if k == id}
    assert counts(w.run()) == {}


def test_a_mapping_without_references_leaves_the_connectors_alone() -> None:
    w = world()
    seen: list[str] = []
    real = w.left.read

    async def read(*args: object) -> object:
        seen.append("read")
        return await real(*args)  # type: ignore[arg-type]  # handed on as it came

    w.left.read = read  # type: ignore[method-assign,assignment]  # to see that the toy itself is called
    w.left.add(name="青空")
    assert counts(w.run()) == {"created": 1}
    assert seen
