"""Totals of a document as an accounting service works them out, to be compared with the service's before anything is issued.

The service's own figures are what is stored and shown; these only say whether both would print the same document.
A qualified invoice rounds its tax once per rate and document (National Tax Agency, Q&A on the invoice system, 端数処理); older
documents and some services round it line by line. Nothing is said there of how a fraction is rounded: that is a setting.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

from choai.model.money import Rounding, exact, places_of, rounded

_YEN = "JPY"
_WITHHOLDING_STEP = 1_000_000  # yen
_WITHHOLDING_RATES = Fraction(1021, 10_000), Fraction(2042, 10_000)  # with the special tax for reconstruction

Name = Literal["total", "including", "tax", "excluding", "withholding", "brought_forward"]


@dataclass(slots=True, frozen=True)
class Line:
    """One line of a document. A discount is a line with a negative price or quantity, at the rate of what it discounts.

    ``rate`` is in percent. ``reduced`` marks Japan's reduced rate: 8 % and 8 % reduced are two rates. ``withholding``: income tax
    is withheld from this line.
    """

    quantity: Decimal
    unit_price: Decimal
    rate: Decimal
    reduced: bool = False
    withholding: bool = False


@dataclass(slots=True, frozen=True)
class Terms:
    """How a document is worked out.

    ``inclusive``: prices contain the tax (内税). ``line_rounding`` rounds quantity times price; None keeps all decimals until
    the sum, which ``rounding`` then rounds like the tax. ``per``: the tax is rounded once per rate, or on every line.
    ``withholding_inclusive``: income tax is withheld from the amount with tax, else from the amount without (allowed when the
    document states the tax). ``places`` is for a service that keeps other decimals than the currency has.
    """

    inclusive: bool
    rounding: Rounding = Rounding.OMIT
    line_rounding: Rounding | None = Rounding.OMIT
    per: Literal["rate", "line"] = "rate"
    withholding_inclusive: bool = False
    currency: str = _YEN
    places: int | None = None

    @property
    def decimals(self) -> int:
        return places_of(self.currency) if self.places is None else self.places


@dataclass(slots=True, frozen=True)
class Group:
    """What a document states for one tax rate."""

    rate: Decimal
    reduced: bool
    excluding: Decimal
    tax: Decimal
    including: Decimal


class Figure(NamedTuple):
    """One figure of a document: of the whole, or, with a rate, of that rate's group."""

    name: Name
    rate: Decimal | None = None
    reduced: bool = False


@dataclass(slots=True, frozen=True)
class Totals:
    """The foot of a document. ``groups`` have the highest rate first, a plain rate before a reduced one.

    ``total`` is what is to be paid: including - withholding + brought_forward.
    """

    groups: tuple[Group, ...]
    excluding: Decimal
    tax: Decimal
    including: Decimal
    withholding: Decimal
    brought_forward: Decimal
    total: Decimal

    def figures(self) -> dict[Figure, Decimal]:
        """Every figure by name, those of the whole document first."""
        found = {
            Figure("total"): self.total,
            Figure("including"): self.including,
            Figure("tax"): self.tax,
            Figure("excluding"): self.excluding,
            Figure("withholding"): self.withholding,
            Figure("brought_forward"): self.brought_forward,
        }
        for group in self.groups:
            found[Figure("including", group.rate, group.reduced)] = group.including
            found[Figure("tax", group.rate, group.reduced)] = group.tax
            found[Figure("excluding", group.rate, group.reduced)] = group.excluding
        return found


@dataclass(slots=True, frozen=True)
class Difference:
    """The first figure in which two workings of one document part."""

    figure: Figure
    ours: Decimal
    theirs: Decimal


def totals(lines: Sequence[Line], terms: Terms, brought_forward: Decimal = Decimal(0)) -> Totals:
    """The totals of a document, rounded only where ``terms`` say.

    Raises ValueError for a negative rate, for an amount brought forward with more decimals than the currency has, and for
    withholding in another currency than yen (its steps are yen).
    """
    groups = _groups(lines, terms)
    including, tax, excluding = (
        _sum((getattr(group, name) for group in groups), terms) for name in ("including", "tax", "excluding")
    )
    withheld = _sum([_withheld(lines, terms)], terms)
    carried = rounded(brought_forward, terms.decimals, Rounding.OMIT)
    if carried != brought_forward:
        raise ValueError(f"{brought_forward} has more decimals than {terms.currency}")
    total = _sum((including, withheld.copy_negate(), carried), terms)
    return Totals(groups, excluding, tax, including, withheld, carried, total)


def withholding(base: Decimal) -> Decimal:
    """The income tax withheld from one payment of fees and charges (報酬・料金) of ``base`` yen, in whole yen.

    10.21 % up to 1,000,000 yen, and 102,100 yen plus 20.42 % of what is above; fractions of a yen are dropped (National Tax
    Agency, answers No. 2795 and 2798). A negative base is a payment taken back: the same amount, negative.
    """
    amount = abs(exact(base))
    low, high = _WITHHOLDING_RATES
    tax = min(amount, Fraction(_WITHHOLDING_STEP)) * low + max(amount - _WITHHOLDING_STEP, Fraction(0)) * high
    return rounded(tax if base > 0 else -tax, 0, Rounding.OMIT)


def difference(ours: Totals, theirs: Mapping[Figure, Decimal | None]) -> Difference | None:
    """Where the service's figures part from ours; None when every figure it states agrees. One yen is a difference.

    A figure absent from ``theirs`` is not stated and not compared; None means the service has nothing there, which is zero. A
    figure of a rate that the document does not have is a difference unless it is zero. Raises ValueError when no total is
    stated: then nothing can be said to agree.
    """
    if Figure("total") not in theirs:
        raise ValueError("the service states no total")
    mine = ours.figures()
    foreign = [figure for figure in theirs if figure not in mine]
    for figure in (*mine, *foreign):
        if figure in theirs:
            stated = theirs[figure] or Decimal(0)
            own = mine.get(figure, Decimal(0))
            if own != stated:
                return Difference(figure, own, stated)
    return None


def _groups(lines: Iterable[Line], terms: Terms) -> tuple[Group, ...]:
    amounts: dict[tuple[Decimal, bool], list[Fraction]] = {}
    for line in lines:
        if line.rate < 0:
            raise ValueError(f"a tax rate is not below zero: {line.rate}")
        amounts.setdefault((line.rate, line.reduced), []).append(_line_amount(line, terms))
    order = sorted(amounts, key=lambda key: (-key[0], key[1]))
    return tuple(_group(rate, reduced, amounts[rate, reduced], terms) for rate, reduced in order)


def _line_amount(line: Line, terms: Terms) -> Fraction:
    amount = exact(line.quantity) * exact(line.unit_price)
    if terms.line_rounding is None:
        return amount
    return Fraction(rounded(amount, terms.decimals, terms.line_rounding))


def _group(rate: Decimal, reduced: bool, amounts: Sequence[Fraction], terms: Terms) -> Group:
    stated = rounded(sum(amounts, Fraction(0)), terms.decimals, terms.rounding)
    taxed = amounts if terms.per == "line" else [sum(amounts, Fraction(0))]
    percent = exact(rate)
    part = percent / (100 + percent) if terms.inclusive else percent / 100
    tax = _sum((rounded(amount * part, terms.decimals, terms.rounding) for amount in taxed), terms)
    other = _sum((stated, tax.copy_negate() if terms.inclusive else tax), terms)
    excluding, including = (other, stated) if terms.inclusive else (stated, other)
    return Group(rate, reduced, excluding, tax, including)


def _withheld(lines: Iterable[Line], terms: Terms) -> Decimal:
    flagged = [line for line in lines if line.withholding]
    if not flagged:
        return Decimal(0)
    if terms.currency != _YEN:
        raise ValueError(f"withholding is worked out in yen, not in {terms.currency}")
    groups = _groups(flagged, terms)
    return withholding(_sum((g.including if terms.withholding_inclusive else g.excluding for g in groups), terms))


def _sum(amounts: Iterable[Decimal], terms: Terms) -> Decimal:
    """Exact: every amount has the document's decimals already."""
    return rounded(sum((Fraction(amount) for amount in amounts), Fraction(0)), terms.decimals, Rounding.OMIT)
