from __future__ import annotations

import pytest

from choai.model.names import company_key
from choai.sandbox.people import companies, prefectures, segment_names, tag_names


def test_a_longer_list_starts_with_the_shorter_one() -> None:
    assert companies(1, 520) == companies(1, 620)[:520]
    assert companies(1, 0) == []
    assert companies(1, 50) != companies(2, 50)


def test_names_are_believable_and_different() -> None:
    people = companies(3, 6000)
    assert len({p.stem for p in people}) == len({p.name for p in people}) == 6000
    assert all(1 <= len(p.name) <= 60 for p in people)


def test_registration_numbers_have_the_right_check_digit() -> None:
    numbers = [p.registration for p in companies(1, 300) if p.registration]
    assert len(numbers) > 200
    for number in numbers:
        digit, body = int(number[1]), number[2:]
        total = sum(int(d) * (1 if n % 2 == 0 else 2) for n, d in enumerate(reversed(body)))
        assert (len(number), digit) == (14, 9 - total % 9)


@pytest.mark.parametrize("style", range(8))
def test_every_spelling_folds_to_the_same_name(style: int) -> None:
    for person in companies(1, 400):
        assert company_key(person.spelling(style)) == company_key(person.name), (person.name, person.spelling(style))


def test_lists() -> None:
    assert len(prefectures()) == 47
    assert len(set(tag_names())) == len(tag_names()) >= 88
    assert max(map(len, tag_names())) <= 30
    for axis in (1, 2, 3):
        assert len(set(segment_names(axis))) == len(segment_names(axis)) >= 40
