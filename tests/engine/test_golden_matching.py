"""The golden set of names through whole runs: certain names are tied, doubtful ones wait for a person, others are created."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from choai.engine.choices import KINDS
from choai.model.names import loose_key
from choai.model.schema import Schema
from choai.store import decisions, inbox, pairs
from choai.store.models import Binding, Item, Waiting
from engine.test_decisions import decide, entries
from engine.toy import Toy, field_
from engine.world import KEYS, MAPPING, World, counts, world

pytestmark = pytest.mark.usefixtures("database")

GOLDEN: dict[str, list[list[str]]] = tomllib.loads(
    (Path(__file__).parent.parent / "model" / "golden_names.toml").read_text("utf-8")
)
Pair = tuple[str, str, str]  # what a person says of them, a name of the CRM, a name of the books


def pairs_said() -> list[Pair]:
    """Every spelling of a row beside its first, every doubtful and every other pair."""
    same = [("same", row[n], row[0]) for row in GOLDEN["same"] for n in range(1, len(row))]
    return [*same, *((said, a, b) for said in ("ask", "different") for a, b in GOLDEN[said])]


def one_run() -> list[Pair]:
    """As many of them as can be in one run without a name meeting one of another pair."""
    said = [(pair, {loose_key(pair[1]), loose_key(pair[2])}) for pair in pairs_said()]
    often = Counter(mark for _, marks in said for mark in marks)
    said.sort(key=lambda one: sum(often[mark] for mark in one[1]))
    out: list[Pair] = []
    used: set[str] = set()
    for pair, marks in said:
        if all(marks) and pair[1] != pair[2] and not marks & used:
            out.append(pair)
            used |= marks
    return out


GROUP = one_run()


def long_names(toy: Toy) -> None:
    toy.schema = Schema("things", tuple(replace(f, max_length=None) for f in toy.schema.fields))


def meeting(group: list[Pair], **settings: Any) -> World:
    """The CRM holds the one name of each pair, the books the other."""
    w = world(duplicate_policy="bind", **settings)
    long_names(w.right)
    for said, a, b in group:
        w.left.add(name=a, memo=said)
        w.right.add(name=b)
    return w


def bound_pairs(w: World) -> set[tuple[str, str]]:
    found = Binding.objects.filter(pairing=w.pairing).values_list("left_id", "right_id")
    return {(a.removeprefix("c"), b.removeprefix("b")) for a, b in found}


def numbers(group: list[Pair], *which: str) -> list[str]:
    return [str(n) for n, (said, _, _) in enumerate(group, 1) if said in which]


def answers() -> Iterator[str]:
    while True:
        yield from ("bind", "create", "ignore")


def test_the_set_is_as_large_as_promised() -> None:
    assert len({name for _, a, b in GROUP for name in (a, b)}) >= 500
    assert min(Counter(said for said, _, _ in GROUP).values()) >= 80


def test_certain_is_tied_doubtful_waits_and_other_is_created() -> None:
    group = GROUP
    w = meeting(group)
    said = {s: numbers(group, s) for s in ("same", "ask", "different")}
    run = w.run()
    expected = {"updated": len(said["same"]), "failed": len(said["ask"]), "created": len(said["different"])}
    assert counts(run) == {k: n for k, n in expected.items() if n}
    codes = dict(Item.objects.filter(run=run).exclude(code="").values_list("left_id", "code"))
    assert codes == {f"c{n}": "similar_name" for n in said["ask"]}
    assert {pair for pair in bound_pairs(w) if pair[0] == pair[1]} == {(n, n) for n in said["same"]}
    assert len(w.right.records) == len(group) + len(said["different"])
    assert {e["left"]["id"] for e in inbox.listed(w.workspace.id, page=1, page_size=500).rows} == set(codes)
    assert counts(w.run()).get("created", 0) == 0, "asked, not created by the next run either"

    wished = dict(zip(said["ask"], answers(), strict=False))
    waiting = {e["left"]["id"][1:]: e for e in inbox.listed(w.workspace.id, page=1, page_size=500).rows}
    with patch("choai.clock.now", w.clock.now):
        given = [
            decisions.Answer(waiting[n]["id"], choice, f"b{n}" if choice == "bind" else None)
            for n, choice in wished.items()
        ]
        decisions.decide(w.workspace.id, w.user.id, given)
    before = len(w.right.records)
    run = w.run()
    chosen = {c: [n for n, choice in wished.items() if choice == c] for c in ("bind", "create", "ignore")}
    expected = {"updated": len(chosen["bind"]), "created": len(chosen["create"]), "skipped": len(chosen["ignore"])}
    assert counts(run) == {k: n for k, n in expected.items() if n}
    assert len(w.right.records) == before + len(chosen["create"])
    assert {(n, n) for n in chosen["bind"]} <= bound_pairs(w)
    assert not Waiting.objects.filter(sync=w.sync).exists()
    assert sum(counts(w.run()).values()) == 0, "silence"


def doubtful(name: str = "沢田商店", **settings: Any) -> World:
    w = meeting([("ask", "澤田商店", name)], **settings)
    w.run()
    return w


@pytest.mark.parametrize("policy", ["fail", "bind", "skip"])
def test_no_policy_decides_what_is_in_doubt(policy: str) -> None:
    w = world(duplicate_policy=policy)
    w.left.add(name="澤田商店")
    w.right.add(name="沢田商店")
    assert counts(w.run()) == {"failed": 1}
    (entry,) = entries(w)
    assert (entry["kind"], entry["code"]) == ("ambiguous", "similar_name")
    assert (entry["facts"]["other"], entry["facts"]["candidates"]) == ("沢田商店", "b1")
    assert [(c["key"], c["id"]) for c in entry["choices"]] == [("bind", "b1"), ("create", None), ("ignore", None)]


def test_who_wants_another_one_of_each_gets_it() -> None:
    w = world(duplicate_policy="clone")
    w.left.add(name="澤田商店")
    w.right.add(name="沢田商店")
    assert counts(w.run()) == {"created": 1}


def test_the_same_name_is_tied_beside_a_similar_one() -> None:
    w = world(duplicate_policy="bind")
    w.left.add(name="㈱青空")
    w.right.add(name="青空株式会社")
    right = w.right.add(name="株式会社青空")
    w.right.add(name="有限会社青空")
    assert counts(w.run()) == {"updated": 1}
    assert Binding.objects.get().right_id == right


def test_a_similar_name_that_belongs_to_another_record_is_not_offered() -> None:
    w = world(duplicate_policy="bind")
    w.left.add(name="沢田商店")
    w.right.add(name="沢田商店")
    w.run()
    w.left.add(name="澤田商店")
    assert counts(w.run()) == {"failed": 1}
    (entry,) = entries(w)
    assert [c["key"] for c in entry["choices"]] == ["create", "ignore"]
    assert [(c["id"], c["bound_to"]) for c in entry["candidates"]] == [("b1", "c1")]
    decide(w, entry["id"], "create")
    assert counts(w.run()) == {"created": 1}
    assert sum(counts(w.run()).values()) == 0


def test_two_similar_names_that_are_both_new_are_not_both_created_unasked() -> None:
    w = world(duplicate_policy="bind")
    w.left.add(name="沢田商店")
    w.left.add(name="澤田商店")
    run = w.run()
    assert counts(run) == {"created": 1, "failed": 1}
    assert [i.code for i in w.items(run) if i.code] == ["duplicate_in_source"]
    assert counts(w.run()) == {"failed": 1}
    assert [e["code"] for e in entries(w)] == ["similar_name"]


def test_a_long_target_that_is_not_scanned_still_knows_the_names_of_what_is_bound() -> None:
    w = world(duplicate_policy="bind", right={"page_size": 1})
    for n in range(11):
        w.left.add(name=f"第{n}商店")
    w.left.add(name="株式会社沢田商店")
    assert counts(w.run()) == {"created": 12}
    w.left.add(name="澤田商店")
    w.left.add(name="㈱沢田商店")
    w.left.add(name="別の商店")
    run = w.run()
    assert run.work["scanned"] == []
    assert counts(run) == {"created": 1, "failed": 2}
    assert {i.name: i.code for i in w.items(run) if i.code} == {
        "澤田商店": "similar_name",
        "㈱沢田商店": "already_linked_elsewhere",
    }


CODED = [*MAPPING, {"left": "sync", "right": "code"}]
CODES = [KEYS[0], {"left": "sync", "right": "code"}, KEYS[1]]


def coded(**ours: Any) -> World:
    w = world(duplicate_policy="bind", mapping=CODED, match_keys=CODES)
    w.right.schema = Schema("things", (*w.right.schema.fields, field_("code", "partner.code")))
    w.left.add(**ours)
    return w


def test_an_equal_code_is_certain_whatever_the_name() -> None:
    w = coded(name="山川商事", sync="A1")
    w.right.add(name="旧山川", code="A1")
    assert counts(w.run()) == {"updated": 1}
    assert w.right.records["b1"]["name"] == "山川商事"


def test_one_name_and_two_codes_are_two_companies_until_a_person_says_otherwise() -> None:
    w = coded(name="山川商事", sync="A1")
    w.right.add(name="山川商事", code="B7")
    assert counts(w.run()) == {"failed": 1}
    (entry,) = entries(w)
    assert (entry["kind"], entry["code"]) == ("ambiguous", "same_name_other_code")
    assert [entry["facts"][f] for f in ("key", "value", "theirs")] == ["code", "A1", "B7"]
    decide(w, entry["id"], "bind", partner="b1")
    assert counts(w.run()) == {"updated": 1}
    assert w.right.records["b1"]["code"] == "A1"


def test_both_ways_a_doubtful_pair_is_asked_and_one_answer_settles_it() -> None:
    w = meeting([("ask", "澤田商店", "沢田商店")], to_left=True)
    w.run()
    both = entries(w)
    assert {e["side"] for e in both} == {"left", "right"}
    decide(w, both[0]["id"], "bind", partner=both[0]["candidates"][0]["id"])
    w.run()
    assert entries(w) == []
    assert (len(w.left.records), len(w.right.records)) == (1, 1)
    assert sum(counts(w.run()).values()) == 0


def tied() -> World:
    """A doubtful pair that somebody has tied, and a third record of that name."""
    w = doubtful()
    decide(w, entries(w)[0]["id"], "bind", partner="b1")
    w.run()
    w.run()
    assert w.left.records["c1"]["books_id"] == "b1"
    return w


def test_a_tie_that_is_undone_is_made_again_by_the_id_the_record_still_holds() -> None:
    w = tied()
    pairs.unlink(w.workspace.id, w.user.id, Binding.objects.get().id)
    assert counts(w.run()) == {"updated": 1}, "looked at although nobody edited it"
    assert (Binding.objects.get().left_id, Binding.objects.get().right_id) == ("c1", "b1")


def test_records_that_are_not_one_are_matched_anew_and_never_with_each_other() -> None:
    w = tied()
    other = w.right.add(name="沢田商店")
    w.right.edit("b1", name="別の店")
    pairs.unlink(w.workspace.id, w.user.id, Binding.objects.get().id, apart=True)
    assert counts(w.run()) == {"failed": 1}
    (entry,) = entries(w)
    assert [c["id"] for c in entry["candidates"]] == [other]
    decide(w, entry["id"], "bind", partner=other)
    assert counts(w.run()) == {"updated": 1}
    assert (Binding.objects.get().right_id, w.left.records["c1"]["books_id"]) == (other, other)
    assert sum(counts(w.run()).values()) == 0


def test_that_two_records_are_not_one_can_be_taken_back() -> None:
    w = tied()
    pairs.unlink(w.workspace.id, w.user.id, Binding.objects.get().id, apart=True)
    (standing,) = inbox.decisions(w.workspace.id, page=1, page_size=9, state="standing").rows
    assert (standing["choice"], standing["left_id"], standing["right_id"]) == ("apart", "c1", "b1")
    decisions.take_back(w.workspace.id, w.user.id, standing["id"])
    assert counts(w.run()) == {"updated": 1}
    assert Binding.objects.get().right_id == "b1"


def test_kinds_know_every_doubt() -> None:
    assert {KINDS[code] for code in ("ambiguous_match", "similar_name", "same_name_other_code")} == {"ambiguous"}


def test_codes_that_were_shifted_are_asked_about() -> None:
    """By its code each record meets another company, by its name the right one: the keys contradict each other."""
    w = coded(name="株式会社旧社名", sync="X7")
    w.right.add(name="株式会社新社名", code="X7")  # nobody else has the old name: here the code is certain
    for n, name in enumerate(("青山商事", "赤羽建設", "秋田物産")):
        w.left.add(name=f"株式会社{name}", sync=f"A{n}")
        w.right.add(name=f"株式会社{name}", code=f"A{n + 1}")
    run = w.run()
    codes = {i.name: i.code for i in w.items(run)}
    assert codes["株式会社赤羽建設"] == codes["株式会社秋田物産"] == "ambiguous_match"
    assert codes["株式会社青山商事"] == "same_name_other_code"
    assert counts(run) == {"updated": 1, "failed": 3}
    assert counts(w.run()) == {"failed": 3}
