"""What waits for a person, what they decide, and what the next run does with it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pytest

from choai.connectors.contract import Idempotency
from choai.errors import ChoaiError
from choai.model.schema import Schema
from choai.store import decisions, inbox
from choai.store.models import Binding, Decision, Item, Retry, Waiting
from engine.test_other_ways import both
from engine.world import World, counts, world

pytestmark = pytest.mark.usefixtures("database")


def entries(w: World, **filters: Any) -> list[dict[str, Any]]:
    return inbox.listed(w.workspace.id, page=1, page_size=50, **filters).rows


def decide(w: World, id: str, choice: str, **args: Any) -> dict[str, Any]:
    with patch("choai.clock.now", w.clock.now):
        return decisions.decide(w.workspace.id, w.user.id, [decisions.Answer(id, choice, **args)])[0]


def conflict() -> tuple[World, str, str]:
    w = both()
    left = w.left.add(name="青空", phone="1", memo="a")
    w.run()
    right = str(w.left.records[left]["books_id"])
    w.left.edit(left, phone="左", memo="左m")
    w.right.edit(right, phone="右", note="右n")
    assert counts(w.run()) == {"blocked": 1}
    return w, left, right


def test_an_open_conflict_is_never_overwritten_by_the_next_run() -> None:
    w, left, right = conflict()
    for _ in range(3):
        assert counts(w.run()) == {"blocked": 1}
    assert (w.left.records[left]["phone"], w.right.records[right]["phone"]) == ("左", "右")
    assert set(Retry.objects.values_list("side", "record_id")) == {("left", left), ("right", right)}
    assert Waiting.objects.count() == 1


def test_a_conflict_names_its_fields_as_people_call_them() -> None:
    def named(schema: Schema, **told: tuple[str, str]) -> Schema:
        fields = [replace(f, ja=told[f.name][0], en=told[f.name][1]) if f.name in told else f for f in schema.fields]
        return replace(schema, fields=tuple(fields))

    w = both()
    w.left.schema = named(w.left.schema, phone=("電話番号", "Phone"), memo=("メモ", "Memo"))
    w.right.schema = named(w.right.schema, phone=("電話番号", "Telephone"), note=("備考", "Note"))
    left = w.left.add(name="青空", phone="1", memo="a")
    w.run()
    w.left.edit(left, phone="左", memo="左m")
    w.right.edit(str(w.left.records[left]["books_id"]), phone="右", note="右n")
    assert counts(w.run()) == {"blocked": 1}
    facts = Item.objects.get(code="conflict").facts
    assert (facts["field"], facts["field_en"]) == ("電話番号, メモ / 備考", "Phone / Telephone, Memo / Note")


@pytest.mark.parametrize("choice", ["left", "right"])
def test_a_conflict_is_settled_as_the_choice_said(choice: str) -> None:
    w, left, right = conflict()
    (entry,) = entries(w)
    assert (entry["kind"], entry["code"]) == ("conflict", "conflict")
    told = {c["key"]: {(x["side"], x["field"]): x["after"] for x in c["writes"]} for c in entry["choices"]}
    assert told == {
        "left": {("right", "phone"): "左", ("right", "note"): "左m"},
        "right": {("left", "phone"): "右", ("left", "memo"): "右n"},
    }
    decide(w, entry["id"], choice)
    assert entries(w) == []
    run = w.run()
    assert counts(run) == {"updated": 1}
    wrote = {(side, f): (w.left if side == "left" else w.right).records[left if side == "left" else right][f]
             for side, f in told[choice]}  # fmt: skip
    assert wrote == told[choice]
    assert counts(w.run()) == {}
    assert Decision.objects.get().applied_run_id == run.id
    assert not Waiting.objects.exists()
    assert not Retry.objects.exists()


def test_a_side_per_field() -> None:
    w, left, right = conflict()
    (entry,) = entries(w)
    rows = {f["left"]: f["row"] for f in entry["fields"] if f["conflict"]}
    decide(w, entry["id"], "fields", fields={str(rows["phone"]): "left", str(rows["memo"]): "right"})
    assert counts(w.run()) == {"updated": 2}
    assert (w.left.records[left]["phone"], w.right.records[right]["phone"]) == ("左", "左")
    assert (w.left.records[left]["memo"], w.right.records[right]["note"]) == ("右n", "右n")
    assert counts(w.run()) == {}


def test_a_decision_about_other_values_than_were_shown_is_asked_again() -> None:
    w, _, right = conflict()
    (entry,) = entries(w)
    decide(w, entry["id"], "left")
    w.right.edit(right, phone="新しい右")
    assert counts(w.run()) == {"blocked": 1}
    assert w.right.records[right]["phone"] == "新しい右"
    assert [e["kind"] for e in entries(w)] == ["conflict"]


def test_a_decision_is_taken_back_before_its_run_and_not_after() -> None:
    w, _, right = conflict()
    (entry,) = entries(w)
    given = decide(w, entry["id"], "left")
    decisions.take_back(w.workspace.id, w.user.id, given["decision_id"])
    assert [e["id"] for e in entries(w)] == [entry["id"]]
    assert counts(w.run()) == {"blocked": 1}
    given = decide(w, entries(w)[0]["id"], "left")
    w.run()
    assert w.right.records[right]["phone"] == "左"
    with pytest.raises(ChoaiError) as error:
        decisions.take_back(w.workspace.id, w.user.id, given["decision_id"])
    assert error.value.code == "decision_applied"


def test_a_conflict_that_settled_itself_waits_no_longer() -> None:
    w, left, right = conflict()
    w.left.edit(left, phone="右", memo="右n")
    assert counts(w.run()) == {"unchanged": 1}
    assert entries(w) == []
    assert w.right.records[right]["phone"] == "右"
    assert not Retry.objects.exists()


def ambiguous() -> tuple[World, str, list[str]]:
    w = world(to_right=False, to_left=True)
    w.left.add(name="同名", phone="a")
    w.left.add(name="同名", phone="b")
    right = w.right.add(name="同名", phone="03")
    assert counts(w.run()) == {"failed": 1}
    return w, right, sorted(w.left.records)


def test_an_ambiguous_match_is_bound_to_the_chosen_candidate() -> None:
    w, right, (_, second) = ambiguous()
    (entry,) = entries(w)
    assert entry["kind"] == "ambiguous"
    assert {c["id"]: c["values"]["phone"] for c in entry["candidates"]} == dict(zip(w.left.records, "ab", strict=True))
    offer = next(c for c in entry["choices"] if c["id"] == second)
    assert {x["field"]: (x["before"], x["after"]) for x in offer["writes"]} == {
        "phone": ("b", "03"),
        "books_id": (None, right),
    }
    decide(w, entry["id"], "bind", partner=second)
    assert counts(w.run()) == {"updated": 1}
    assert w.left.records[second]["phone"] == "03"
    assert w.left.records[second]["books_id"] == right
    assert (Binding.objects.get().left_id, Binding.objects.get().right_id) == (second, right)
    assert counts(w.run()) == {}


def test_an_ambiguous_match_may_be_created_anyway() -> None:
    w, right, _ = ambiguous()
    decide(w, entries(w)[0]["id"], "create")
    assert counts(w.run()) == {"created": 1}
    assert [r["books_id"] for r in w.left.records.values()] == [None, None, right]
    assert counts(w.run()) == {}


def test_an_ignored_record_is_left_alone_until_that_is_taken_back() -> None:
    w, right, _ = ambiguous()
    given = decide(w, entries(w)[0]["id"], "ignore")
    run = w.run()
    assert counts(run) == {"skipped": 1}
    assert [i.code for i in w.items(run)] == ["ignored_by_decision"]
    w.right.edit(right, phone="04")
    assert counts(w.run()) == {"skipped": 1}
    assert entries(w) == []
    assert [d["choice"] for d in inbox.decisions(w.workspace.id, page=1, page_size=10, state="standing").rows] == [
        "ignore"
    ]
    decisions.take_back(w.workspace.id, w.user.id, given["decision_id"])
    assert counts(w.run()) == {"failed": 1}
    assert [e["kind"] for e in entries(w)] == ["ambiguous"]


def test_a_duplicate_name_is_linked_by_a_person() -> None:
    w = world()
    taken = w.right.add(name="株式会社青空", phone="orig")
    left = w.left.add(name="㈱青空", phone="new")
    w.run()
    (entry,) = entries(w)
    assert entry["kind"] == "duplicate"
    decide(w, entry["id"], "bind", partner=taken)
    assert counts(w.run()) == {"updated": 1}
    assert w.right.records[taken]["phone"] == "new"
    assert w.left.records[left]["books_id"] == taken
    assert len(w.right.records) == 1
    assert counts(w.run()) == {}


def parked(acted: bool) -> World:
    w = world(right={"idempotency": Idempotency.NONE}, match_keys=[{"left": "books_id", "right": "id"}])
    w.left.add(name="青空")
    lost = ChoaiError("unknown_result")

    def once(*_: Any) -> None:
        w.right.after = w.right.hook = lambda *_: None
        raise lost

    def on_write(name: str, payload: Any) -> None:
        if name == "write":
            once()

    if acted:
        w.right.after = on_write
    else:
        w.right.hook = on_write
    assert counts(w.run()) == {"failed": 1}
    assert counts(w.run()) == {"failed": 1}, "never sent again before a person has looked"
    assert len(w.right.records) == int(acted)
    return w


@pytest.mark.req("CC-06")
def test_a_parked_create_that_did_happen_is_bound() -> None:
    w = parked(acted=True)
    (entry,) = entries(w)
    assert entry["kind"] == "parked"
    decide(w, entry["id"], "bind", partner="b1")
    assert counts(w.run()) == {"updated": 1}
    assert len(w.right.records) == 1
    assert Binding.objects.get().right_id == "b1"
    assert counts(w.run()) == {}


def test_a_parked_create_that_did_not_happen_is_sent_again() -> None:
    w = parked(acted=False)
    (entry,) = entries(w)
    given = decide(w, entry["id"], "again")
    decisions.take_back(w.workspace.id, w.user.id, given["decision_id"])
    assert counts(w.run()) == {"failed": 1}
    decide(w, entries(w)[0]["id"], "again")
    assert counts(w.run()) == {"created": 1}
    assert len(w.right.records) == 1
    assert counts(w.run()) == {}


def gone() -> tuple[World, str]:
    w = world()
    left = w.left.add(name="青空", phone="1")
    w.left.add(name="海", phone="2")
    w.run()
    w.right.drop(str(w.left.records[left]["books_id"]))
    w.left.edit(left, phone="9")
    w.run()
    w.left.edit(left, phone="10")
    w.run()
    assert [(e["kind"], e["left"]["id"]) for e in entries(w)] == [("missing", left)]
    return w, left


def test_a_missing_partner_is_made_again() -> None:
    w, left = gone()
    decide(w, entries(w)[0]["id"], "recreate")
    assert counts(w.run()) == {"created": 1}
    assert w.right.records[str(w.left.records[left]["books_id"])]["phone"] == "10"
    assert Binding.objects.count() == 2
    assert counts(w.run()) == {}


def test_a_missing_partner_is_unlinked_and_the_unlinking_taken_back() -> None:
    w, left = gone()
    given = decide(w, entries(w)[0]["id"], "unlink")
    assert Binding.objects.count() == 1
    decisions.take_back(w.workspace.id, w.user.id, given["decision_id"])
    assert Binding.objects.get(left_id=left).state == "missing_right"
    decide(w, entries(w)[0]["id"], "unlink")
    assert counts(w.run()) == {"skipped": 1}
    w.left.edit(left, phone="11")
    assert counts(w.run()) == {"skipped": 1}
    assert len(w.right.records) == 1


def test_a_record_made_again_under_another_id_is_relinked() -> None:
    w = world()
    left = w.left.add(name="青空", phone="1")
    w.run()
    w.right.drop(str(w.left.records[left]["books_id"]))
    new = w.right.add(name="青空", phone="old")
    w.left.edit(left, phone="2")
    w.run()
    (entry,) = entries(w)
    assert entry["kind"] == "id_changed"
    decide(w, entry["id"], "relink")
    w.run()
    assert w.right.records[new]["phone"] == "2"
    assert Binding.objects.get().right_id == new
    assert entries(w) == []
    assert counts(w.run()) == {}


def test_a_choice_that_is_not_offered_is_refused() -> None:
    w, _, _ = ambiguous()
    (entry,) = entries(w)
    for choice, args in (("left", {}), ("bind", {"partner": "nobody"}), ("bind", {})):
        with pytest.raises(ChoaiError) as error:
            decide(w, entry["id"], choice, **args)
        assert error.value.code == "not_actionable"
    assert not Decision.objects.exists()
