"""A person's verdicts on pairs of names (golden_names.toml). Not one name may be taken for another's by mistake."""

from __future__ import annotations

import tomllib
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from choai.model.names import _ALIKE, _ONE_SHAPE, _SHAPES, Verdict, company_key, loose_key, verdict

GOLDEN: dict[str, list[list[str]]] = tomllib.loads(Path(__file__).with_name("golden_names.toml").read_text("utf-8"))
SAME = [pair for group in GOLDEN["same"] for pair in combinations(group, 2)]
ASK = [(a, b) for a, b in GOLDEN["ask"]]
DIFFERENT = [(a, b) for a, b in GOLDEN["different"]]


def wrong(pairs: list[tuple[str, str]], wanted: Verdict) -> list[tuple[str, str, Verdict]]:
    return [(a, b, said) for a, b in pairs if (said := verdict(a, b)) is not wanted]


def test_the_golden_set_is_large_enough() -> None:
    assert len(GOLDEN["same"]) + len(ASK) + len(DIFFERENT) >= 300
    assert min(len(GOLDEN["same"]), len(ASK), len(DIFFERENT)) >= 100
    assert all(len(group) == len(set(group)) for group in GOLDEN["same"])


def test_no_two_names_are_taken_for_one() -> None:
    """The rule without exception: what a person would ask about or tell apart is never *same*."""
    taken = [(a, b) for a, b in [*ASK, *DIFFERENT] if verdict(a, b) is Verdict.SAME]
    assert taken == []


def test_no_two_groups_are_taken_for_one() -> None:
    names = [group[0] for group in GOLDEN["same"]]
    taken = [(a, b) for a, b in combinations(names, 2) if verdict(a, b) is Verdict.SAME]
    assert taken == []


def test_spellings_of_one_name_are_the_same() -> None:
    assert wrong(SAME, Verdict.SAME) == []


def test_likely_names_are_asked_about() -> None:
    assert wrong(ASK, Verdict.ASK) == []


def test_other_names_are_different() -> None:
    assert wrong(DIFFERENT, Verdict.DIFFERENT) == []


def test_a_verdict_does_not_depend_on_who_is_asked_first() -> None:
    assert [(a, b) for a, b in [*SAME, *ASK, *DIFFERENT] if verdict(a, b) is not verdict(b, a)] == []


def test_keys_go_from_strict_to_loose() -> None:
    """An index by loose_key finds every candidate that verdict does not rule out; company_key finds every certain one."""
    for a, b in [*SAME, *ASK, *DIFFERENT]:
        said = verdict(a, b)
        if said is Verdict.SAME:
            assert company_key(a) == company_key(b), (a, b)
        if company_key(a) == company_key(b) != "":
            assert said is not Verdict.DIFFERENT, (a, b)
        assert (loose_key(a) == loose_key(b) != "") == (said is not Verdict.DIFFERENT), (a, b)


def test_shapes_of_one_kanji_are_those_that_an_old_character_set_could_not_tell_apart() -> None:
    """JIS X 0208 has the second of each pair and not the first, so the first could only ever be typed as the second."""
    for shape, plain in _SHAPES.split():
        assert plain.encode("shift_jis")
        with pytest.raises(UnicodeEncodeError):
            shape.encode("shift_jis")
    assert not set(map(chr, _ONE_SHAPE)) & set(_ONE_SHAPE.values())
    assert not set(map(chr, _ALIKE)) & set(_ALIKE.values())


names = st.text(
    alphabet="山田髙高澤沢々ケヶがガ株式会社有限(株)㈱一1-ー・ヴァばバ 　the&andAa.,é'Inc本社御中様", max_size=14
)


@settings(deadline=None)
@given(names, names)
def test_verdicts_hold_together_for_any_text(a: str, b: str) -> None:
    said = verdict(a, b)
    assert said is verdict(b, a)
    assert (loose_key(a) == loose_key(b) != "") == (said is not Verdict.DIFFERENT)
    if company_key(a) == company_key(b) != "":
        assert said is not Verdict.DIFFERENT
    if said is Verdict.SAME:
        assert company_key(a) == company_key(b)


@settings(deadline=None)
@given(names, st.sampled_from([" 御中", "　様", "\u200b", "　"]))
def test_what_says_nothing_behind_a_name_changes_nothing(name: str, nothing: str) -> None:
    named = f"光{name}堂"
    assert verdict(named, named + nothing) is Verdict.SAME
