"""Amounts, currencies and rates of exchange, without a binary fraction anywhere.

Nothing here depends on the caller's decimal context: a figure is exact, or it is rounded once, where the function says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

RATE_PLACES = 9  # what the services store of a rate; digits beyond are shown as a hint, never written
_HINT_PLACES = 18
_LIMIT = 30  # digits before and behind the point; more is no amount, and would cost memory without end

# ISO 4217: how many decimals a currency has, where that is not two.
_PLACES = {
    code: places
    for places, codes in {
        0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
        3: "BHD IQD JOD KWD LYD OMN TND",
        4: "CLF UYW",
    }.items()
    for code in codes.split()
}


class Rounding(StrEnum):
    """What happens to the fraction below the last place.

    The first three are the settings of Japanese invoicing services and look at the amount without its sign, so that a credit
    note is the mirror image of the invoice it takes back: -0.5 becomes 0, -1 and -1. The vendors do not say what they do with a
    negative sum; ``FLOOR`` and ``CEILING`` are there for a service found to look at the number line instead.
    """

    OMIT = "omit"  # 切り捨て: towards zero
    ROUND_UP = "round_up"  # 切り上げ: away from zero
    ROUND = "round"  # 四捨五入: to the nearest, a half away from zero
    FLOOR = "floor"  # to the lower number
    CEILING = "ceiling"  # to the higher number


def places_of(currency: str) -> int:
    """The decimals of a currency after ISO 4217: JPY 0, USD 2, KWD 3. Raises ValueError for what is not three capitals."""
    if not re.fullmatch("[A-Z]{3}", currency):
        raise ValueError(f"not a currency code: {currency!r}")
    return _PLACES.get(currency, 2)


def exact(amount: Decimal) -> Fraction:
    """The amount, to be calculated with. Raises ValueError for infinity, not-a-number and more than 30 digits on a side."""
    scale = amount.as_tuple().exponent
    if not isinstance(scale, int):
        raise ValueError(f"not an amount: {amount}")
    if scale < -_LIMIT or amount.adjusted() >= _LIMIT:
        raise ValueError(f"more than {_LIMIT} digits before or behind the point")
    return Fraction(amount)


def rounded(amount: Decimal | Fraction, places: int, how: Rounding) -> Decimal:
    """The amount with exactly ``places`` decimals (0 to 30), rounded once from its exact value."""
    if not 0 <= places <= _LIMIT:
        raise ValueError(f"not a number of decimals: {places}")
    scaled = (exact(amount) if isinstance(amount, Decimal) else amount) * 10**places
    whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
    if _away_from_zero(scaled < 0, rest, scaled.denominator, how):
        whole += 1
    return Decimal(f"{'-' if scaled < 0 and whole else ''}{whole}E-{places}")


def _away_from_zero(negative: bool, rest: int, denominator: int, how: Rounding) -> bool:
    if how is Rounding.OMIT:
        return False
    if how is Rounding.ROUND:
        return 2 * rest >= denominator
    if how is Rounding.ROUND_UP:
        return rest > 0
    return rest > 0 and negative is (how is Rounding.FLOOR)


@dataclass(slots=True, frozen=True)
class Money:
    """An amount and the ISO 4217 code of its currency."""

    amount: Decimal
    currency: str


class Per(StrEnum):
    """Which way a rate is quoted. Services differ: with yen as base, the dollar is 0.006666667 here and 150 there."""

    FOREIGN = "foreign per base"  # so much foreign money for one unit of the base currency
    BASE = "base per foreign"  # so much base money for one unit of the foreign currency

    @property
    def other(self) -> Per:
        return Per.BASE if self is Per.FOREIGN else Per.FOREIGN


@dataclass(slots=True, frozen=True)
class Rate:
    """A rate of exchange that knows its direction. Raises ValueError for a rate that is not above zero, or for one currency
    valued differently from itself."""

    base: str
    foreign: str
    value: Decimal
    per: Per

    def __post_init__(self) -> None:
        if exact(self.value) <= 0:
            raise ValueError(f"a rate of exchange is above zero: {self.value}")
        if self.base == self.foreign and self.value != 1:
            raise ValueError(f"{self.base} against itself is 1")


@dataclass(slots=True, frozen=True)
class Inverse:
    """A rate as another service quotes it. ``hint`` is None when the figure is exact, else the figure with more places, for
    people to see."""

    rate: Rate
    hint: Decimal | None


def inverted(rate: Rate, places: int = RATE_PLACES) -> Inverse:
    """The rate quoted the other way, to the nearest of ``places`` decimals.

    Raises ValueError for a rate so large that nothing of its inverse is left.
    """
    inverse = 1 / exact(rate.value)
    value = rounded(inverse, places, Rounding.ROUND)
    if not value:
        raise ValueError(f"{rate.value} cannot be inverted to {places} places")
    other = Rate(rate.base, rate.foreign, value, rate.per.other)
    return Inverse(other, None if exact(value) == inverse else rounded(inverse, _HINT_PLACES, Rounding.ROUND))


def quoted(rate: Rate, per: Per, places: int = RATE_PLACES) -> Inverse:
    """The rate as a service wants it: quoted ``per``, with no more than ``places`` decimals (see inverted)."""
    if rate.per is not per:
        return inverted(rate, places)
    value = rounded(rate.value, places, Rounding.ROUND)
    if value == rate.value:
        return Inverse(rate, None)
    return Inverse(Rate(rate.base, rate.foreign, value, per), rate.value)


def same_rate(a: Rate, b: Rate, places: int = RATE_PLACES) -> bool:
    """Whether two services hold one rate: equal to ``places``, or either is what the other becomes when quoted its way.

    150 and 0.006666667 are one rate although 1 / 0.006666667 is not 150: inverting again at every sync would wander.
    """
    if (a.base, a.foreign) != (b.base, b.foreign):
        return False
    return _quoted_as(a, b, places) or _quoted_as(b, a, places)


def _quoted_as(rate: Rate, other: Rate, places: int) -> bool:
    try:
        return quoted(rate, other.per, places).rate.value == rounded(other.value, places, Rounding.ROUND)
    except ValueError:  # nothing is left of the inverse
        return False


def convert(money: Money, rate: Rate, how: Rounding = Rounding.ROUND, places: int | None = None) -> Money:
    """The money in the rate's other currency, rounded once to that currency's decimals (or to ``places``).

    Works from the rate as it is written, so nothing is lost by an inverse of nine places. Raises ValueError when the money is in
    neither of the two currencies.
    """
    if money.currency not in (rate.base, rate.foreign):
        raise ValueError(f"{money.currency} is neither {rate.base} nor {rate.foreign}")
    from_base = money.currency == rate.base
    target = rate.foreign if from_base else rate.base
    amount, value = exact(money.amount), exact(rate.value)
    found = amount * value if from_base == (rate.per is Per.FOREIGN) else amount / value
    return Money(rounded(found, places_of(target) if places is None else places, how), target)
