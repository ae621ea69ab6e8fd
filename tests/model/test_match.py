"""Match keys: in their order, folded as they say, never guessing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from choai.model.mapping import MatchKey, Side
from choai.model.match import Match, build_index, key_of, match
from choai.model.values import Ref, Row, Value

CODE, NAME, MAIL = (
    MatchKey("code", "partner_code"),
    MatchKey("name", "title", "name"),
    MatchKey("mail", "email", "text"),
)
KEYS = (CODE, NAME, MAIL)
PARTNERS: list[tuple[str, dict[str, Value]]] = [
    ("1", {"partner_code": "A1", "title": "株式会社山田商店"}),
    ("2", {"partner_code": "A2", "title": "山田商店㈱", "email": "INFO@example.jp"}),
    ("3", {"partner_code": "", "title": "アサヒ", "email": None}),
    ("4", {"partner_code": None, "title": ""}),
]
INDEX = build_index(PARTNERS, KEYS, Side.RIGHT)


def test_the_first_key_that_finds_anything_decides() -> None:
    assert match({"code": "A2", "name": "アサヒ"}, KEYS, Side.LEFT, INDEX) == Match("one", ("2",), CODE)
    assert match({"code": "A9", "name": "㈱アサヒ"}, KEYS, Side.LEFT, INDEX) == Match("one", ("3",), NAME)
    assert match({"name": "x", "mail": "info@EXAMPLE.jp"}, KEYS, Side.LEFT, INDEX) == Match("one", ("2",), MAIL)


def test_several_are_told_and_never_chosen_from() -> None:
    assert match({"name": "(株)山田商店"}, KEYS, Side.LEFT, INDEX) == Match("several", ("1", "2"), NAME)


def test_nothing_empty_ever_matches() -> None:
    for values in ({}, {"code": "", "name": None, "mail": " "}, {"name": "山田"}):
        assert match(values, KEYS, Side.LEFT, INDEX) == Match("none")


def test_the_other_way_round() -> None:
    index = build_index([("c", {"code": "A1"})], KEYS, Side.LEFT)
    assert match({"partner_code": "A1"}, KEYS, Side.RIGHT, index) == Match("one", ("c",), CODE)


def test_records_come_and_go() -> None:
    index = build_index(PARTNERS, KEYS, Side.RIGHT)
    index.add("3", {"title": "アサヒ"})
    assert match({"name": "アサヒ"}, KEYS, Side.LEFT, index).ids == ("3",)
    index.remove("3", {"title": "アサヒ"})
    index.remove("3", {"title": "アサヒ"})
    assert match({"name": "アサヒ"}, KEYS, Side.LEFT, index).kind == "none"


def test_other_lookups_than_an_index() -> None:
    assert match({"code": "A1"}, KEYS, Side.LEFT, {CODE: {"A1": ["7"]}}).ids == ("7",)
    assert match({"code": "A1"}, KEYS, Side.LEFT, lambda key, mark: [f"{key.right}={mark}"]).ids == ("partner_code=A1",)


@pytest.mark.parametrize(
    ("value", "how", "key"),
    [
        (" A1 ", "exact", "A1"),
        ("a1", "exact", "a1"),
        (5, "exact", "5"),
        (Decimal("5.0"), "exact", "5"),
        (Ref("5", "x"), "exact", "5"),
        (date(2026, 4, 1), "exact", "2026-04-01"),
        (
            datetime(2026, 4, 1, 9, tzinfo=timezone(timedelta(hours=9))),
            "exact",
            datetime(2026, 4, 1, tzinfo=UTC).isoformat(),
        ),
        ("Ａ 1", "text", "a 1"),
        ("㈱Ａ 1", "name", "a1"),
        ("  ", "exact", None),
        ("　", "text", None),
        (["a"], "exact", None),
        ([Row(None, {})], "exact", None),
        (None, "name", None),
    ],
)
def test_key_of(value: Value, how: str, key: str | None) -> None:
    assert key_of(value, how) == key


def test_an_unknown_way_to_match_is_an_error() -> None:
    with pytest.raises(ValueError):
        key_of("x", "soundex")
