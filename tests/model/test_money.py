"""Amounts are exact or rounded once; a rate knows which way it is quoted."""

from __future__ import annotations

from decimal import Decimal, localcontext
from fractions import Fraction

import pytest

from choai.model.money import (
    Inverse,
    Money,
    Per,
    Rate,
    Rounding,
    convert,
    exact,
    inverted,
    places_of,
    quoted,
    rounded,
    same_rate,
)

D = Decimal
DOLLAR = Rate("JPY", "USD", D(150), Per.BASE)
SAME_DOLLAR = Rate("JPY", "USD", D("0.006666667"), Per.FOREIGN)


@pytest.mark.req("CC-19")
@pytest.mark.parametrize(("code", "places"), [("JPY", 0), ("KRW", 0), ("USD", 2), ("EUR", 2), ("KWD", 3), ("CLF", 4)])
def test_a_currency_has_its_decimals(code: str, places: int) -> None:
    assert places_of(code) == places


@pytest.mark.parametrize("code", ["", "usd", "US", "円", "USD "])
def test_what_is_no_currency_has_none(code: str) -> None:
    with pytest.raises(ValueError, match="not a currency"):
        places_of(code)


ROUNDED = {  # omit, round_up, round, floor, ceiling
    "1.4": "1 2 1 1 2",
    "1.5": "1 2 2 1 2",
    "2.5": "2 3 3 2 3",
    "1.000000000000000000001": "1 2 1 1 2",
    "1.499999999999999999999": "1 2 1 1 2",
    "7": "7 7 7 7 7",
    "0": "0 0 0 0 0",
    "-0.4": "0 -1 0 -1 0",
    "-0.5": "0 -1 -1 -1 0",
    "-1.5": "-1 -2 -2 -2 -1",
    "-7.0": "-7 -7 -7 -7 -7",
}


@pytest.mark.req("CC-20")
@pytest.mark.parametrize(("amount", "expected"), ROUNDED.items())
def test_rounding(amount: str, expected: str) -> None:
    assert [str(rounded(D(amount), 0, how)) for how in Rounding] == expected.split()


@pytest.mark.parametrize(
    ("amount", "places", "text"),
    [
        ("1.005", 2, "1.01"),
        ("1.0045", 3, "1.005"),
        ("-1", 2, "-1.00"),
        ("0.1", 2, "0.10"),
        ("12345678901234567.89", 1, "12345678901234567.9"),
    ],
)
def test_rounding_gives_exactly_the_places(amount: str, places: int, text: str) -> None:
    assert str(rounded(D(amount), places, Rounding.ROUND)) == text


def test_a_third_is_rounded_from_its_exact_value() -> None:
    assert rounded(Fraction(2, 3), 4, Rounding.ROUND) == D("0.6667")
    assert rounded(Fraction(1, 3), 4, Rounding.ROUND_UP) == D("0.3334")


def test_the_callers_context_changes_nothing() -> None:
    with localcontext(prec=3, rounding="ROUND_FLOOR"):
        assert str(rounded(D("123456789.125"), 2, Rounding.ROUND)) == "123456789.13"
        assert convert(Money(D("1234567.89"), "USD"), DOLLAR).amount == 185185184
        assert inverted(DOLLAR).rate.value == D("0.006666667")


@pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1E+30", "1E-31", "1E+999999"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match=r"not an amount|more than 30 digits"):
        exact(D(amount))


@pytest.mark.parametrize("places", [-1, 31])
def test_places_have_a_limit(places: int) -> None:
    with pytest.raises(ValueError, match="decimals"):
        rounded(D(1), places, Rounding.OMIT)


@pytest.mark.parametrize("value", ["0", "-150", "NaN"])
def test_a_rate_is_above_zero(value: str) -> None:
    with pytest.raises(ValueError, match=r"above zero|not an amount"):
        Rate("JPY", "USD", D(value), Per.BASE)


def test_a_currency_is_worth_itself() -> None:
    itself = Rate("JPY", "JPY", D("1.0"), Per.FOREIGN)
    assert convert(Money(D(5), "JPY"), itself) == Money(D(5), "JPY")
    with pytest.raises(ValueError, match="against itself"):
        Rate("JPY", "JPY", D(2), Per.FOREIGN)


def test_an_exact_inverse_has_no_hint() -> None:
    yen = Rate("USD", "JPY", D(100), Per.FOREIGN)
    assert inverted(yen) == Inverse(Rate("USD", "JPY", D("0.01"), Per.BASE), None)
    assert inverted(inverted(yen).rate).rate == yen


def test_an_inverse_of_more_than_nine_places_has_a_hint() -> None:
    assert inverted(DOLLAR) == Inverse(SAME_DOLLAR, D("0.006666666666666667"))
    assert str(inverted(Rate("JPY", "USD", D(3), Per.BASE), 6).rate.value) == "0.333333"


def test_nothing_is_left_of_a_very_large_rate() -> None:
    huge = Rate("USD", "VND", D(10) ** 10, Per.FOREIGN)
    with pytest.raises(ValueError, match="cannot be inverted"):
        inverted(huge)
    assert not same_rate(huge, Rate("USD", "VND", D("0.000000001"), Per.BASE))


def test_a_rate_as_a_service_wants_it() -> None:
    fine = Rate("JPY", "USD", D("150.1234567891"), Per.BASE)
    assert quoted(fine, Per.BASE) == Inverse(Rate("JPY", "USD", D("150.123456789"), Per.BASE), fine.value)
    assert quoted(DOLLAR, Per.BASE) == Inverse(DOLLAR, None)
    assert quoted(DOLLAR, Per.FOREIGN).rate == SAME_DOLLAR
    assert quoted(DOLLAR, Per.FOREIGN, 6).rate.value == D("0.006667")


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        (DOLLAR, SAME_DOLLAR, True),
        (DOLLAR, DOLLAR, True),
        (DOLLAR, Rate("JPY", "USD", D("150.0000000001"), Per.BASE), True),
        (DOLLAR, Rate("JPY", "USD", D("150.000000001"), Per.BASE), False),
        (DOLLAR, Rate("JPY", "USD", D("0.006666666"), Per.FOREIGN), False),
        (DOLLAR, Rate("JPY", "USD", D(150), Per.FOREIGN), False),
        (DOLLAR, Rate("JPY", "EUR", D(150), Per.BASE), False),
        (DOLLAR, Rate("USD", "JPY", D(150), Per.BASE), False),
    ],
)
def test_whether_two_services_hold_one_rate(a: Rate, b: Rate, same: bool) -> None:
    assert same_rate(a, b) is same
    assert same_rate(b, a) is same


def test_conversion_goes_both_ways_whichever_way_the_rate_is_quoted() -> None:
    assert convert(Money(D("100.01"), "USD"), DOLLAR) == Money(D(15002), "JPY")
    assert convert(Money(D(15002), "JPY"), DOLLAR) == Money(D("100.01"), "USD")
    assert convert(Money(D("100.01"), "USD"), SAME_DOLLAR) == Money(D(15001), "JPY")  # 15001.499…
    assert convert(Money(D(15002), "JPY"), SAME_DOLLAR) == Money(D("100.01"), "USD")
    dinar = Rate("KWD", "JPY", D("0.002046"), Per.BASE)
    assert convert(Money(D(1000), "JPY"), dinar) == Money(D("2.046"), "KWD")
    assert convert(Money(D("0.001"), "KWD"), dinar, Rounding.ROUND_UP) == Money(D(1), "JPY")


def test_conversion_to_other_places_than_the_currencys() -> None:
    assert convert(Money(D("0.333"), "USD"), DOLLAR, places=2).amount == D("49.95")
    assert convert(Money(D("0.333"), "USD"), DOLLAR, Rounding.OMIT).amount == 49


def test_a_third_currency_is_not_converted() -> None:
    with pytest.raises(ValueError, match="EUR is neither"):
        convert(Money(D(1), "EUR"), DOLLAR)
