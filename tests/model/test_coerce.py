"""Implicit conversions between kinds: what is safe is done, what is not is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest

from choai.model.coerce import coerce, convertible, parse_date, parse_datetime, parse_number, plain_number, text_of
from choai.model.schema import Choice, Field
from choai.model.values import Kind, Ref, Row, Value

RANKS = (Choice("1", "優良", "Good"), Choice("2", "普通", "Normal"), Choice("3", "要注意", "Watch"))
NAMES = (Choice("優良", "優良"), Choice("普通", "普通"))
TRUTH = (Choice("する", "する"), Choice("しない", "しない"))


def field(kind: Kind, choices: tuple[Choice, ...] = ()) -> Field:
    return Field("f", kind, "項目", "Field", choices=choices)


def turn(
    value: Value, source: Kind, target: Kind, ours: tuple[Choice, ...] = (), theirs: tuple[Choice, ...] = ()
) -> Value:
    return coerce(value, field(source, ours), field(target, theirs))


NOON_JST = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        ("", Kind.TEXT, Kind.INTEGER, None),
        ([], Kind.CHOICES, Kind.TEXT, None),
        ("a\r\nb", Kind.LONG_TEXT, Kind.LONG_TEXT, "a\r\nb"),
        ("a\r\n b", Kind.LONG_TEXT, Kind.TEXT, "a b"),
        ("a\nb", Kind.HTML, Kind.HTML, "a\nb"),
        ("<p><b>a</b> &amp; b<br>c</p>", Kind.HTML, Kind.LONG_TEXT, "a & b\nc"),
        ("a < b\nc", Kind.LONG_TEXT, Kind.HTML, "a &lt; b<br>c"),
        ("<p></p>", Kind.HTML, Kind.TEXT, None),
        (5, Kind.INTEGER, Kind.TEXT, "5"),
        (Decimal("10.50"), Kind.DECIMAL, Kind.TEXT, "10.5"),
        (True, Kind.BOOLEAN, Kind.TEXT, "true"),
        (False, Kind.BOOLEAN, Kind.TEXT, "false"),
        (date(2026, 4, 1), Kind.DATE, Kind.TEXT, "2026-04-01"),
        (time(9, 30), Kind.TIME, Kind.TEXT, "09:30:00"),
        (NOON_JST, Kind.DATETIME, Kind.TEXT, "2026-04-01T12:00:00+09:00"),
        (Ref("7", "営業部"), Kind.REFERENCE, Kind.TEXT, "営業部"),
        (Ref("7"), Kind.REFERENCE, Kind.TEXT, "7"),
        (Ref("7", "営業部"), Kind.REFERENCE, Kind.IDENTIFIER, "7"),
        ([Ref("7", "営業部"), Ref("8")], Kind.REFERENCES, Kind.TEXT, "営業部、8"),
        ("１，２３４", Kind.TEXT, Kind.INTEGER, 1234),
        (Decimal("3.00"), Kind.DECIMAL, Kind.INTEGER, 3),
        (True, Kind.BOOLEAN, Kind.INTEGER, 1),
        (Ref("12"), Kind.REFERENCE, Kind.INTEGER, 12),
        (5, Kind.INTEGER, Kind.MONEY, Decimal(5)),
        ("¥1,234.50", Kind.TEXT, Kind.MONEY, Decimal("1234.50")),
        ("はい", Kind.TEXT, Kind.BOOLEAN, True),
        ("0", Kind.TEXT, Kind.BOOLEAN, False),
        (1, Kind.INTEGER, Kind.BOOLEAN, True),
        (False, Kind.BOOLEAN, Kind.BOOLEAN, False),
        ("2026/4/1", Kind.TEXT, Kind.DATE, date(2026, 4, 1)),
        ("2026-03-31T16:00:00Z", Kind.TEXT, Kind.DATE, date(2026, 4, 1)),
        (date(2026, 4, 1), Kind.DATE, Kind.DATE, date(2026, 4, 1)),
        (datetime(2026, 3, 31, 16, tzinfo=UTC), Kind.DATETIME, Kind.DATE, date(2026, 4, 1)),
        (NOON_JST, Kind.DATETIME, Kind.TIME, time(12)),
        ("9:30", Kind.TEXT, Kind.TIME, time(9, 30)),
        (time(9), Kind.TIME, Kind.TIME, time(9)),
        (NOON_JST, Kind.DATETIME, Kind.DATETIME, NOON_JST),
        ("2026/04/01 12:00", Kind.TEXT, Kind.DATETIME, NOON_JST),
        ("2026-04-01", Kind.TEXT, Kind.DATETIME, datetime(2026, 3, 31, 15, tzinfo=UTC)),
        (date(2026, 4, 1), Kind.DATE, Kind.DATETIME, datetime(2026, 3, 31, 15, tzinfo=UTC)),
        ("12 ", Kind.TEXT, Kind.REFERENCE, Ref("12")),
        (Decimal("12.0"), Kind.DECIMAL, Kind.REFERENCE, Ref("12")),
        ([Ref("12")], Kind.REFERENCES, Kind.REFERENCE, Ref("12")),
        (Ref("12"), Kind.REFERENCE, Kind.REFERENCES, [Ref("12")]),
        ([Ref("12"), Ref("13")], Kind.REFERENCES, Kind.REFERENCES, [Ref("12"), Ref("13")]),
        ("anything", Kind.TEXT, Kind.CHOICE, "anything"),
        (7, Kind.INTEGER, Kind.CHOICE, "7"),
    ],
)
def test_safe_conversions(value: Value, source: Kind, target: Kind, expected: Value) -> None:
    result = turn(value, source, target)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("value", "source", "ours", "target", "theirs", "expected"),
    [
        ("1", Kind.CHOICE, RANKS, Kind.TEXT, (), "優良"),
        ("9", Kind.CHOICE, RANKS, Kind.TEXT, (), "9"),
        ("1", Kind.CHOICE, RANKS, Kind.CHOICE, NAMES, "優良"),
        ("優良", Kind.CHOICE, NAMES, Kind.CHOICE, RANKS, "1"),
        ("2", Kind.TEXT, (), Kind.CHOICE, RANKS, "2"),
        (" good", Kind.TEXT, (), Kind.CHOICE, RANKS, "1"),
        (["普通"], Kind.CHOICES, NAMES, Kind.CHOICE, RANKS, "2"),
        ("1", Kind.CHOICE, RANKS, Kind.INTEGER, (), 1),
        ("x", Kind.CHOICE, (Choice("x", "100", "100"),), Kind.DECIMAL, (), Decimal(100)),
        (True, Kind.BOOLEAN, (), Kind.CHOICE, TRUTH, "する"),
        (False, Kind.BOOLEAN, (), Kind.CHOICE, TRUTH, "しない"),
        ("しない", Kind.CHOICE, TRUTH, Kind.BOOLEAN, (), False),
        ("優良、普通", Kind.TEXT, (), Kind.CHOICES, NAMES, ["優良", "普通"]),
        ("優良; 普通,", Kind.TEXT, (), Kind.CHOICES, RANKS, ["1", "2"]),
        (["1", "3"], Kind.CHOICES, RANKS, Kind.TEXT, (), "優良、要注意"),
        (["優良"], Kind.CHOICES, NAMES, Kind.CHOICES, RANKS, ["1"]),
        ("2", Kind.CHOICE, RANKS, Kind.CHOICES, NAMES, ["普通"]),
        ([Ref("a", "優良")], Kind.REFERENCES, (), Kind.CHOICES, RANKS, ["1"]),
        (Ref("a", "優良"), Kind.REFERENCE, (), Kind.CHOICE, RANKS, "1"),
    ],
)
def test_choices_meet_by_label_then_by_value(
    value: Value, source: Kind, ours: tuple[Choice, ...], target: Kind, theirs: tuple[Choice, ...], expected: Value
) -> None:
    assert turn(value, source, target, ours, theirs) == expected


@pytest.mark.parametrize(
    ("value", "source", "target", "theirs"),
    [
        ("1.5", Kind.TEXT, Kind.INTEGER, ()),
        (Decimal("1.5"), Kind.DECIMAL, Kind.INTEGER, ()),
        (Decimal("NaN"), Kind.DECIMAL, Kind.INTEGER, ()),
        ("1,5", Kind.TEXT, Kind.DECIMAL, ()),
        ("abc", Kind.TEXT, Kind.DECIMAL, ()),
        (True, Kind.BOOLEAN, Kind.DECIMAL, ()),
        (date(2026, 1, 1), Kind.DATE, Kind.DECIMAL, ()),
        ("多分", Kind.TEXT, Kind.BOOLEAN, ()),
        (2, Kind.INTEGER, Kind.BOOLEAN, ()),
        ("2026-02-30", Kind.TEXT, Kind.DATE, ()),
        (5, Kind.INTEGER, Kind.DATE, ()),
        (5, Kind.INTEGER, Kind.TIME, ()),
        (5, Kind.INTEGER, Kind.DATETIME, ()),
        ("x", Kind.TEXT, Kind.CHOICE, RANKS),
        (["a", "b"], Kind.CHOICES, Kind.CHOICE, ()),
        (True, Kind.BOOLEAN, Kind.CHOICE, RANKS),
        (True, Kind.BOOLEAN, Kind.REFERENCE, ()),
        ([Ref("1"), Ref("2")], Kind.REFERENCES, Kind.REFERENCE, ()),
        (["a、b"], Kind.CHOICES, Kind.TEXT, ()),
        ([Row(None, {})], Kind.ROWS, Kind.TEXT, ()),
        ([Row(None, {})], Kind.ROWS, Kind.CHOICES, ()),
        ("x", Kind.TEXT, Kind.ROWS, ()),
        ("x", Kind.TEXT, Kind.FILES, ()),
    ],
)
def test_what_is_not_safe_is_refused(value: Value, source: Kind, target: Kind, theirs: tuple[Choice, ...]) -> None:
    with pytest.raises(ValueError):
        turn(value, source, target, (), theirs)


def test_a_rank_is_no_truth() -> None:
    with pytest.raises(ValueError):
        turn("1", Kind.CHOICE, Kind.BOOLEAN, RANKS)


def test_one_label_for_two_choices_is_never_guessed() -> None:
    twice = (Choice("1", "東京"), Choice("2", "東京"))
    with pytest.raises(ValueError):
        turn("東京", Kind.TEXT, Kind.CHOICE, (), twice)
    assert turn("2", Kind.TEXT, Kind.CHOICE, (), twice) == "2"


@pytest.mark.parametrize(
    ("text", "number"),
    [("△1,500", "-1500"), ("▲3", "-3"), ("−2.5", "-2.5"), ("1,234円", "1234"), ("+7", "7"), ("$1.00", "1.00")],
)
def test_parse_number(text: str, number: str) -> None:
    assert parse_number(text) == Decimal(number)


@pytest.mark.parametrize(
    ("number", "text"),
    [("100", "100"), ("1E+3", "1000"), ("0.00", "0"), ("-0.0", "0"), ("-0", "0"), ("1.2300", "1.23")],
)
def test_plain_number(number: str, text: str) -> None:
    assert plain_number(Decimal(number)) == text


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-01",
        "2026/4/1",
        "2026年4月1日",
        "20260401",
        "令和8年4月1日",
        "R8.4.1",
        "２０２６．４．１",
        "平成38-04-01",
    ],
)
def test_parse_date(text: str) -> None:
    assert parse_date(text) == date(2026, 4, 1)


def test_eras_begin_with_a_first_year() -> None:
    assert parse_date("令和元年5月1日") == date(2019, 5, 1)
    assert parse_date("S64/1/7") == date(1989, 1, 7)
    with pytest.raises(ValueError):
        parse_date("明治元年1月1日")


def test_a_text_without_offset_is_local_time() -> None:
    assert parse_datetime("2026-04-01 12:00").astimezone(UTC) == NOON_JST
    assert parse_datetime("2026-04-01T03:00:00z") == NOON_JST
    assert parse_datetime("2026-04-01 03:00", "UTC") == NOON_JST


def test_kinds_that_may_meet() -> None:
    assert convertible(field(Kind.TEXT), field(Kind.DATE))
    assert convertible(field(Kind.TIME), field(Kind.TIME))
    assert not convertible(field(Kind.DATE), field(Kind.INTEGER))
    assert not convertible(field(Kind.ROWS), field(Kind.ROWS))
    assert not convertible(field(Kind.TEXT), field(Kind.FILES))


def test_an_item_of_a_list_is_named_by_its_label() -> None:
    assert text_of(["1"], field(Kind.CHOICES, RANKS)) == "優良"
