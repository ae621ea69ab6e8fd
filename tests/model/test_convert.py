"""Named converters, defaults, and when two values count as the same."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from choai.errors import ChoaiError, catalogue
from choai.model.convert import CONVERTERS, convert, default_of, equal, shown
from choai.model.mapping import MappingRow, Side
from choai.model.schema import Choice, Field
from choai.model.values import Kind, Ref, Row, Value

CODES = tuple(Choice(str(n), name, "") for n, name in ((-1, "未設定"), (0, "北海道"), (12, "東京都"), (25, "京都府")))
NAMES = tuple(Choice(name, name, name) for name in ("北海道", "東京都", "京都府"))
TAGS = (Choice("a", "優良"), Choice("b", "普通"), Choice("c", "休眠"))


def field(kind: Kind, choices: tuple[Choice, ...] = ()) -> Field:
    return Field("f", kind, "項目", "Field", choices=choices)


TEXT = field(Kind.TEXT)


def turn(
    converter: str,
    given: Value,
    to: Side = Side.RIGHT,
    source: Field = TEXT,
    target: Field = TEXT,
    **options: object,
) -> Value:
    return convert(MappingRow("f", "f", converter=converter, options=options), given, source, target, to)


@pytest.mark.parametrize(
    ("converter", "value", "expected"),
    [
        ("trim", "  山田 ", "山田"),
        ("trim", "   ", None),
        ("fold_width", "ＡＢＣ　１２３ ﾔﾏﾀﾞ ㈱", "ABC 123 ヤマダ ㈱"),
        ("upper", "abc", "ABC"),
        ("lower", "ABC", "abc"),
        ("phone_digits", "０３（1234）５６７８", "0312345678"),
        ("phone_digits", "+81-3-1234-5678", "+81312345678"),
        ("zip_hyphen", "〒１００−０００５", "100-0005"),
        ("zip_hyphen", "1000005", "100-0005"),
        ("registration_number", "1234567890123", "T1234567890123"),
        ("registration_number", "ｔ 1234-5678-90123", "T1234567890123"),
        ("trim", None, None),
    ],
)
def test_text_converters_work_both_ways(converter: str, value: Value, expected: Value) -> None:
    assert turn(converter, value) == expected
    assert turn(converter, value, Side.LEFT) == expected


@pytest.mark.parametrize(
    ("converter", "value"),
    [
        ("phone_digits", "内線なし"),
        ("zip_hyphen", "12345"),
        ("registration_number", "T123"),
        ("prefecture", "カリフォルニア"),
        ("choice_map", "A"),
    ],
)
def test_values_without_counterpart_are_refused(converter: str, value: str) -> None:
    with pytest.raises(ChoaiError) as caught:
        turn(converter, value)
    assert caught.value.code == "value_not_convertible"
    assert caught.value.facts["field"] == "f"
    assert caught.value.facts["field_ja"] == "項目"
    assert caught.value.facts["value"] == value


def test_a_text_converter_reads_labels_and_numbers_as_text() -> None:
    assert turn("trim", "a", source=field(Kind.CHOICE, TAGS)) == "優良"
    assert turn("trim", 5, source=field(Kind.INTEGER), target=field(Kind.INTEGER)) == 5
    assert turn("upper", "good", target=field(Kind.CHOICE, (Choice("1", "", "GOOD"),))) == "1"


@pytest.mark.parametrize(
    ("source", "target", "value", "expected"),
    [
        (field(Kind.CHOICE, NAMES), field(Kind.CHOICE, CODES), "東京都", "12"),
        (field(Kind.TEXT), field(Kind.CHOICE, CODES), "東京", "12"),
        (field(Kind.TEXT), field(Kind.INTEGER), "京都", 25),
        (field(Kind.TEXT), field(Kind.TEXT), "北海道", "0"),
    ],
)
def test_prefecture_to_code(source: Field, target: Field, value: str, expected: Value) -> None:
    assert turn("prefecture", value, source=source, target=target) == expected


def test_prefecture_to_name() -> None:
    codes = field(Kind.CHOICE, CODES)
    assert turn("prefecture", "12", Side.LEFT, codes, field(Kind.CHOICE, NAMES)) == "東京都"
    assert turn("prefecture", "12", Side.LEFT, codes, suffix="without") == "東京"
    assert turn("prefecture", "0", Side.LEFT, codes, suffix="without") == "北海道"
    assert turn("prefecture", 25, Side.LEFT, field(Kind.INTEGER)) == "京都府"
    assert turn("prefecture", "-1", Side.LEFT, codes) is None
    assert turn("prefecture", "東京", Side.LEFT) == "東京都"
    for nonsense in ("47", "99", "x"):
        with pytest.raises(ChoaiError):
            turn("prefecture", nonsense, Side.LEFT)


def test_choice_map() -> None:
    table = {"A": "1", "B": "2", "C": "2"}
    assert turn("choice_map", "A", table=table) == "1"
    assert turn("choice_map", " ｂ", table=table) == "2"
    assert turn("choice_map", "2", Side.LEFT, table=table) == "B"
    assert turn("choice_map", "a", source=field(Kind.CHOICE, TAGS), table={"優良": "1"}) == "1"
    assert turn("choice_map", "x", table=table, other="keep") == "x"
    assert turn("choice_map", "x", table=table, other="empty") is None
    with pytest.raises(ChoaiError):
        turn("choice_map", "x", table=table)


def test_date_format() -> None:
    day, moment = field(Kind.DATE), field(Kind.DATETIME)
    assert turn("date_format", date(2026, 4, 1), source=day, pattern="YYYY年M月D日") == "2026年4月1日"
    assert turn("date_format", date(2026, 4, 1), source=day) == "2026/04/01"
    assert turn("date_format", "２０２６年４月１日", target=day, pattern="YYYY年M月D日") == date(2026, 4, 1)
    assert turn("date_format", "2026/04", target=day, pattern="YYYY/MM") == date(2026, 4, 1)
    assert turn("date_format", "20260401 12:30", target=moment, pattern="YYYYMMDD hh:mm") == datetime(
        2026, 4, 1, 3, 30, tzinfo=UTC
    )
    assert turn("date_format", "09:05", target=field(Kind.TIME), pattern="hh:mm") == time(9, 5)
    for wrong in ("2026-04-01", "2026/13/01"):
        with pytest.raises(ChoaiError):
            turn("date_format", wrong, target=day)
    with pytest.raises(ChoaiError):
        turn("date_format", "2026", target=day, pattern="YYYY")
    with pytest.raises(ChoaiError):
        turn("date_format", 5, source=field(Kind.INTEGER))


def test_a_part_named_twice_must_agree() -> None:
    pattern = "YYYY/MM/DD(YYYY)"
    day = field(Kind.DATE)
    assert turn("date_format", "2026/04/01(2026)", target=day, pattern=pattern) == date(2026, 4, 1)
    with pytest.raises(ChoaiError):
        turn("date_format", "2026/04/01(2025)", target=day, pattern=pattern)


def test_constant_goes_one_way() -> None:
    assert turn("constant", "x", value="法人") == "法人"
    assert turn("constant", None, value="5", target=field(Kind.INTEGER)) == 5
    with pytest.raises(ChoaiError) as caught:
        turn("constant", "x", Side.LEFT, value="法人")
    assert caught.value.code == "converter_one_way"


def test_first_of_choices_follows_the_order_of_the_field() -> None:
    several = field(Kind.CHOICES, TAGS)
    assert turn("first_of_choices", ["c", "b"], source=several) == "普通"
    assert turn("first_of_choices", ["zz", "c"], source=several, target=field(Kind.CHOICE, TAGS)) == "c"
    assert turn("first_of_choices", "b", Side.LEFT, field(Kind.CHOICE, TAGS), several) == ["b"]
    assert turn("first_of_choices", [Ref("1")], source=field(Kind.REFERENCES)) is None


def test_boolean_map() -> None:
    yes_no: dict[str, Any] = {"true": "する", "false": "しない"}
    truth = field(Kind.BOOLEAN)
    box = field(Kind.CHOICES, (Choice("する", "する"),))
    assert turn("boolean_map", True, source=truth, **yes_no) == "する"
    assert turn("boolean_map", False, source=truth, **yes_no) == "しない"
    assert turn("boolean_map", False, source=truth, true="する") is None
    assert turn("boolean_map", "する", target=truth, **yes_no) is True
    assert turn("boolean_map", "しない", target=truth, **yes_no) is False
    assert turn("boolean_map", None, target=truth, **yes_no) is None
    assert turn("boolean_map", None, target=truth, **yes_no, empty_is_false=True) is False
    assert turn("boolean_map", ["する"], source=box, target=truth, **yes_no) is True
    assert turn("boolean_map", ["他"], source=box, target=truth, **yes_no) is False
    with pytest.raises(ChoaiError):
        turn("boolean_map", "たぶん", target=truth, **yes_no)


def test_join_and_split() -> None:
    several = field(Kind.CHOICES, TAGS)
    assert turn("join", ["a", "c"], source=several, separator="/") == "優良/休眠"
    assert turn("join", "普通/休眠", Side.LEFT, target=several, separator="/") == ["b", "c"]
    assert turn("split", "優良, 普通", target=several) == ["a", "b"]
    assert turn("split", ["a"], Side.LEFT, several) == "優良"
    assert turn("split", ["a"], source=several, target=several) == ["a"]
    assert turn("join", "優良", source=TEXT) == "優良"
    with pytest.raises(ChoaiError):
        turn("join", ["x/y"], source=field(Kind.CHOICES), separator="/")


def test_an_unknown_converter_has_a_code() -> None:
    with pytest.raises(ChoaiError) as caught:
        turn("telepathy", "x")
    assert caught.value.code == "converter_unknown"


@pytest.mark.parametrize("name", CONVERTERS)
def test_converters_are_described(name: str) -> None:
    known = CONVERTERS[name]
    assert known.name == name
    assert known.ja
    assert known.en
    assert all(option.ja and option.en for option in known.options)
    assert all(option.kind in ("text", "table", "flag", "choice") for option in known.options)


def test_zone_of_a_row() -> None:
    row = MappingRow("f", "f", options={"zone": "America/New_York"})
    moment = datetime(2026, 4, 1, 3, tzinfo=UTC)
    assert convert(row, moment, field(Kind.DATETIME), field(Kind.DATE), Side.RIGHT) == date(2026, 3, 31)


def test_defaults_are_read_by_the_target() -> None:
    assert default_of(MappingRow(None, "f"), TEXT) is None
    assert default_of(MappingRow(None, "f", default=""), TEXT) is None
    assert default_of(MappingRow(None, "f", default="5"), field(Kind.INTEGER)) == 5
    assert default_of(MappingRow(None, "f", default="普通"), field(Kind.CHOICE, TAGS)) == "b"
    with pytest.raises(ChoaiError) as caught:
        default_of(MappingRow(None, "f", default="x"), field(Kind.INTEGER))
    assert caught.value.code == "value_not_convertible"


JST = timezone(timedelta(hours=9))
NOON = datetime(2026, 4, 1, 3, 0, 30, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (None, ""),
        ("", []),
        (5, Decimal("5.00")),
        ("a\r\nb\rc", "a\nb\nc"),
        (["a", "b"], ["b", "a"]),
        ([Ref("1", "x")], [Ref("1", "y")]),
        (Ref("1", "x"), Ref("1")),
        (NOON, NOON.astimezone(JST)),
        (date(2026, 4, 1), date(2026, 4, 1)),
        ([Row("1", {"p": "x", "q": None})], [Row("1", {"p": "x"})]),
        ([Row(None, {"p": "x"})], [Row("1", {"p": "x"})]),
        (True, True),
    ],
)
def test_the_same(a: Value, b: Value) -> None:
    assert equal(a, b)
    assert equal(b, a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (None, "x"),
        (0, None),
        (False, None),
        (True, 1),
        (True, False),
        ("5", 5),
        ("a ", "a"),
        (["a"], ["a", "b"]),
        (["a"], [Ref("a")]),
        ([Row("1", {})], ["1"]),
        ([Row("1", {"p": "x"})], [Row("2", {"p": "x"})]),
        ([Row("1", {"p": "x"})], [Row("1", {"p": "y"})]),
        ([Row("1", {}), Row("2", {})], [Row("2", {}), Row("1", {})]),
        (NOON, NOON + timedelta(seconds=1)),
        (NOON, NOON.date()),
        (Ref("1"), Ref("2")),
    ],
)
def test_not_the_same(a: Value, b: Value) -> None:
    assert not equal(a, b)
    assert not equal(b, a)


@pytest.mark.parametrize(
    ("granularity", "later"),
    [("second", timedelta(milliseconds=300)), ("minute", timedelta(seconds=9)), ("day", timedelta(hours=9))],
)
def test_an_instant_is_cut_to_what_the_service_keeps(granularity: str, later: timedelta) -> None:
    known = Field("f", Kind.DATETIME, "f", "f", granularity=granularity)
    assert equal(NOON, NOON + later, known)
    assert not equal(NOON, NOON + later * 10, known)
    assert not equal(NOON, NOON + later)


def test_rows_compare_their_fields_by_their_own_rules() -> None:
    minute = Field("at", Kind.DATETIME, "at", "at", granularity="minute")
    lines = Field("lines", Kind.ROWS, "明細", "Lines", fields=(minute,))
    a, b = [Row("1", {"at": NOON})], [Row("1", {"at": NOON.replace(second=0)})]
    assert equal(a, b, lines)
    assert not equal(a, b)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (Decimal("1.50"), "1.50"),
        (Ref("1", "営業部"), "営業部"),
        (Ref("1"), "1"),
        (["a", "b"], "a、b"),
        ([Ref("1")], "1"),
        ([Row(None, {})], "…"),
        ("x" * 81, "x" * 79 + "…"),
    ],
)
def test_shown(value: Value, text: str) -> None:
    assert shown(value) == text


def test_the_codes_used_here_are_in_the_catalogue() -> None:
    assert {"value_not_convertible", "converter_unknown", "converter_one_way"} <= set(catalogue())
