"""Match keys: in their order, folded as they say, never guessing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from choai.model.mapping import MatchKey, Side
from choai.model.match import Doubt, doubt_of, key_of
from choai.model.values import Ref, Row, Value

CODE, NAME = MatchKey("code", "partner_code"), MatchKey("name", "title", "name")
KEYS = (CODE, NAME)


@pytest.mark.parametrize(
    ("source", "met", "by", "doubt"),
    [
        ({"name": "㈱青空"}, {"title": "株式会社青空"}, NAME, Doubt.NONE),
        ({"name": "青空"}, {"title": "株式会社青空"}, NAME, Doubt.SIMILAR),
        ({"name": "青空㈱"}, {"title": "株式会社青空"}, NAME, Doubt.SIMILAR),
        ({"name": "澤田商店", "code": "A1"}, {"title": "沢田商店", "partner_code": "A2"}, NAME, Doubt.SIMILAR),
        ({"name": "青空", "code": "A1"}, {"title": "青空", "partner_code": "A2"}, NAME, Doubt.OTHER_CODE),
        ({"name": "青空", "code": "A1"}, {"title": "青空", "partner_code": ""}, NAME, Doubt.NONE),
        ({"name": "青空", "code": ""}, {"title": "青空", "partner_code": "A2"}, NAME, Doubt.NONE),
        ({"name": "青空", "code": 5}, {"title": "青空", "partner_code": "5"}, NAME, Doubt.NONE),
        ({"name": "青空"}, {}, NAME, Doubt.SIMILAR),  # its name is not known: nobody guesses
        ({"name": "山", "code": "A1"}, {"title": "川", "partner_code": "A1"}, CODE, Doubt.NONE),
    ],
)
def test_doubt_about_two_records_that_met(
    source: dict[str, Value], met: dict[str, Value], by: MatchKey, doubt: Doubt
) -> None:
    assert doubt_of(source, met, KEYS, by, Side.LEFT) is doubt
    turned = tuple(MatchKey(k.right, k.left, k.how) for k in KEYS)
    assert doubt_of(source, met, turned, turned[KEYS.index(by)], Side.RIGHT) is doubt


@pytest.mark.parametrize(("a", "b"), [("㈱青空", "青空"), ("澤田商店", "沢田商店"), ("ABC Co., Ltd.", "A B C")])
def test_names_that_may_be_one_meet(a: str, b: str) -> None:
    assert key_of(a, "name") == key_of(b, "name") is not None


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
