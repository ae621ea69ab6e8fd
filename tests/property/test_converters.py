"""Names, conversions and equality, for any text."""

from __future__ import annotations

import string
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from choai.errors import ChoaiError
from choai.model.convert import CONVERTERS, convert, equal
from choai.model.mapping import MappingRow, Side
from choai.model.match import key_of
from choai.model.names import company_key, fold, same_company
from choai.model.prefectures import PREFECTURES
from choai.model.schema import Choice, Field
from choai.model.values import Kind, Ref, Row, Value

japanese = st.text(alphabet="山田商店株式会社有限(株)㈱ 　ｱｲｳアイウーｰ-－ABcａｂ１2.,・御中様", max_size=12)
texts = st.text(max_size=20) | japanese


@given(texts)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert company_key(company_key(text)) == company_key(text)


FORMS = ("株式会社", "㈱", "(株)", "（株）", "有限会社", "㈲")


@given(
    st.text(alphabet="山田商店ヤマダ工業東西南北", min_size=2, max_size=8),
    st.sampled_from(FORMS),
)
def test_a_form_before_or_behind_is_no_difference(name: str, form: str) -> None:
    for variant in (form + name, name + form, f"{form} {name}", f"{name}　{form} 御中"):
        assert same_company(variant, name)


SAMPLES: dict[str, tuple[dict[str, object], st.SearchStrategy[Value], Kind, Kind]] = {
    "trim": ({}, texts, Kind.TEXT, Kind.TEXT),
    "fold_width": ({}, texts, Kind.TEXT, Kind.TEXT),
    "upper": ({}, texts, Kind.TEXT, Kind.TEXT),
    "lower": ({}, texts, Kind.TEXT, Kind.TEXT),
    "choice_map": (
        {"table": {"A": "1", "B": "2", "C": "2"}},
        st.sampled_from(["A", "B", "C", "a"]),
        Kind.TEXT,
        Kind.TEXT,
    ),
    "prefecture": ({}, st.sampled_from([*PREFECTURES, "東京", "大阪", "京都"]), Kind.TEXT, Kind.TEXT),
    "phone_digits": ({}, st.from_regex(r"[+]?[0-9]{2,4}-[0-9]{4}-[0-9]{4}", fullmatch=True), Kind.PHONE, Kind.PHONE),
    "zip_hyphen": ({}, st.from_regex(r"[0-9]{3}[-－]?[0-9]{4}", fullmatch=True), Kind.TEXT, Kind.TEXT),
    "registration_number": ({}, st.from_regex(r"[TtＴ]?[0-9]{13}", fullmatch=True), Kind.TEXT, Kind.TEXT),
    "date_format": ({"pattern": "YYYY年M月D日"}, st.dates(date(1900, 1, 1)), Kind.DATE, Kind.TEXT),
    "first_of_choices": (
        {},
        st.lists(st.sampled_from("ABC"), min_size=1, max_size=3, unique=True),
        Kind.CHOICES,
        Kind.CHOICE,
    ),
    "boolean_map": ({"true": "する", "false": "しない"}, st.booleans(), Kind.BOOLEAN, Kind.TEXT),
    "join": ({"separator": "/"}, st.lists(st.text("abc", min_size=1), min_size=1, max_size=3), Kind.CHOICES, Kind.TEXT),
    "split": ({"separator": "/"}, st.text("abc/ ", max_size=9), Kind.TEXT, Kind.CHOICES),
}


def test_every_two_way_converter_has_a_sample() -> None:
    two_way = {name for name, c in CONVERTERS.items() if c.to_left is not None and c.to_right is not None}
    assert two_way == set(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
@given(data=st.data())
def test_there_and_back_and_there_again_is_there(name: str, data: st.DataObject) -> None:
    options, values, left_kind, right_kind = SAMPLES[name]
    left, right = Field("l", left_kind, "l", "l"), Field("r", right_kind, "r", "r")
    row = MappingRow("l", "r", converter=name, options=options)
    value = data.draw(values)
    there = convert(row, value, left, right, Side.RIGHT)
    back = convert(row, there, right, left, Side.LEFT)
    assert equal(convert(row, back, left, right, Side.RIGHT), there, right)


ANY_VALUES: dict[Kind, st.SearchStrategy[Value]] = {
    Kind.TEXT: texts.filter(lambda t: bool(t) and "\n" not in t and "\r" not in t),
    Kind.LONG_TEXT: texts.filter(lambda t: bool(t) and "\r" not in t),
    Kind.INTEGER: st.integers(),
    Kind.DECIMAL: st.decimals(allow_nan=False, allow_infinity=False, places=4),
    Kind.MONEY: st.decimals(allow_nan=False, allow_infinity=False, places=2),
    Kind.BOOLEAN: st.booleans(),
    Kind.DATE: st.dates(),
    Kind.DATETIME: st.datetimes(datetime(1900, 1, 2), datetime(2100, 1, 1), timezones=st.just(UTC)),
    Kind.TIME: st.times(),
    Kind.REFERENCE: st.builds(Ref, st.text(string.digits, min_size=1)),
    Kind.CHOICE: st.sampled_from(["a", "b"]),
    Kind.CHOICES: st.lists(st.sampled_from(["a", "b"]), min_size=1, unique=True),
}
CHOICES = (Choice("a", "あ", "A"), Choice("b", "い", "B"))


def field(kind: Kind) -> Field:
    return Field("f", kind, "f", "f", choices=CHOICES if kind in (Kind.CHOICE, Kind.CHOICES) else ())


@pytest.mark.parametrize("kind", ANY_VALUES)
@given(data=st.data())
def test_a_value_survives_its_own_kind_and_long_text(kind: Kind, data: st.DataObject) -> None:
    row = MappingRow("l", "r")
    value = data.draw(ANY_VALUES[kind])
    ours, text = field(kind), Field("t", Kind.LONG_TEXT, "t", "t")
    assert equal(convert(row, value, ours, ours, Side.RIGHT), value, ours)
    there = convert(row, value, ours, text, Side.RIGHT)
    assert equal(convert(row, there, text, ours, Side.LEFT), value, ours)


@given(st.sampled_from(list(ANY_VALUES)), st.sampled_from(list(ANY_VALUES)), st.data())
def test_a_conversion_ends_in_a_value_or_in_a_code(source: Kind, target: Kind, data: st.DataObject) -> None:
    value = data.draw(ANY_VALUES[source])
    codes: list[str] = []
    made: Value = None
    try:
        made = convert(MappingRow("l", "r"), value, field(source), field(target), Side.RIGHT)
    except ChoaiError as error:
        codes = [error.code]
    lacking = "not_a_choice" if target in (Kind.CHOICE, Kind.CHOICES) else "value_not_convertible"
    assert codes in ([], [lacking])
    assert made is None or equal(made, made, field(target))


scalars = st.one_of(*ANY_VALUES.values(), st.none(), st.just(""), st.just([]))


@given(scalars, scalars)
def test_equality_is_symmetric(a: Value, b: Value) -> None:
    assert equal(a, a)
    assert equal(a, b) == equal(b, a)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3))
def test_equal_numbers_have_one_key_and_one_text(number: Decimal) -> None:
    longer = Decimal(f"{number:f}00")
    assert equal(number, longer)
    assert key_of(number) == key_of(longer)


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 59))
def test_what_a_service_cuts_off_is_no_change(moment: datetime, seconds: int) -> None:
    minute = Field("f", Kind.DATETIME, "f", "f", granularity="minute")
    cut = moment.replace(second=0, microsecond=0)
    assert equal(moment, cut, minute)
    assert equal(cut, cut + timedelta(seconds=seconds), minute)


@given(st.lists(st.text(max_size=2), max_size=4))
def test_rows_are_equal_in_order_only(cells: list[str]) -> None:
    rows = [Row(str(n), {"p": cell}) for n, cell in enumerate(cells)]
    assert equal(rows, [Row(r.id, dict(r.values)) for r in rows])
    if len(rows) > 1:
        assert not equal(rows, rows[::-1])
