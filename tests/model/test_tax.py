"""Totals of documents as accounting services print them, worked out by hand here."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from choai.model.money import Rounding
from choai.model.tax import Difference, Figure, Group, Line, Terms, Totals, difference, totals, withholding

D = Decimal


def line(price: str | int, quantity: str | int = 1, rate: int | str = 10, **more: Any) -> Line:
    return Line(D(quantity), D(price), D(rate), **more)


def foot(found: Totals) -> tuple[str, str, str, str]:
    return str(found.excluding), str(found.tax), str(found.including), str(found.total)


@pytest.mark.req("CC-20")
def test_tax_on_top_is_rounded_once_per_rate() -> None:
    # 333 + 333 + 333 = 999 → 99.9; by line it would be 3 × 33
    lines = [line(333)] * 3 + [line(105, rate=8, reduced=True), line(105, rate=8), line(50, rate=0)]
    found = totals(lines, Terms(inclusive=False))
    assert found.groups == (
        Group(D(10), False, D(999), D(99), D(1098)),
        Group(D(8), False, D(105), D(8), D(113)),
        Group(D(8), True, D(105), D(8), D(113)),
        Group(D(0), False, D(50), D(0), D(50)),
    )
    assert foot(found) == ("1259", "115", "1374", "1374")


@pytest.mark.req("CC-20")
@pytest.mark.parametrize(
    ("how", "per", "tax"),
    [
        (Rounding.OMIT, "rate", 99),
        (Rounding.ROUND, "rate", 100),
        (Rounding.ROUND_UP, "rate", 100),
        (Rounding.OMIT, "line", 99),
        (Rounding.ROUND, "line", 99),
        (Rounding.ROUND_UP, "line", 102),
    ],
)
def test_how_and_how_often_tax_is_rounded(how: Rounding, per: Any, tax: int) -> None:
    found = totals([line(333)] * 3, Terms(inclusive=False, rounding=how, per=per))
    assert (found.tax, found.including) == (tax, 999 + tax)


@pytest.mark.req("CC-20")
@pytest.mark.parametrize(("how", "per", "tax"), [("omit", "rate", 90), ("round", "rate", 91), ("omit", "line", 90)])
def test_tax_within_is_taken_out_of_the_price(how: str, per: Any, tax: int) -> None:
    found = totals([line(333)] * 3, Terms(inclusive=True, rounding=Rounding(how), per=per))  # 999 × 10 / 110 = 90.81…
    assert foot(found) == (str(999 - tax), str(tax), "999", "999")


def test_line_amounts_are_rounded_by_their_own_setting() -> None:
    lines = [line("10.5", "0.333")] * 2  # 3.4965 each
    by_line = {how: totals(lines, Terms(inclusive=False, line_rounding=how)).excluding for how in Rounding}
    assert [by_line[how] for how in (Rounding.OMIT, Rounding.ROUND, Rounding.ROUND_UP)] == [6, 6, 8]
    assert totals(lines, Terms(inclusive=False, line_rounding=None)).excluding == 6  # 6.993
    assert totals(lines, Terms(False, Rounding.ROUND, line_rounding=None)).excluding == 7


def test_discounts_and_credit_notes_mirror_the_invoice() -> None:
    invoice = totals([line(1005), line(-101)], Terms(inclusive=False))
    credit = totals([line(-1005), line(101)], Terms(inclusive=False))
    assert foot(invoice) == ("904", "90", "994", "994")
    assert foot(credit) == ("-904", "-90", "-994", "-994")
    floor = totals([line(-1005), line(101)], Terms(inclusive=False, rounding=Rounding.FLOOR))
    assert floor.tax == -91


def test_currencies_with_decimals() -> None:
    dollars = totals([line("19.99", 3, "7.25")], Terms(False, Rounding.ROUND, Rounding.ROUND, currency="USD"))
    assert foot(dollars) == ("59.97", "4.35", "64.32", "64.32")
    dinars = totals([line("1.2345", 1, 5)], Terms(False, Rounding.ROUND, Rounding.ROUND, currency="KWD"))
    assert foot(dinars) == ("1.235", "0.062", "1.297", "1.297")
    cents_of_yen = totals([line("10.55")], Terms(False, line_rounding=Rounding.ROUND, places=2))
    assert foot(cents_of_yen) == ("10.55", "1.05", "11.60", "11.60")


def test_what_was_brought_forward_is_added_last() -> None:
    found = totals([line(1000)], Terms(inclusive=False), D(-300))
    assert (found.brought_forward, found.total) == (-300, 800)
    with pytest.raises(ValueError, match="more decimals"):
        totals([], Terms(inclusive=False), D("0.5"))


def test_a_document_without_lines_is_nothing() -> None:
    assert foot(totals([], Terms(inclusive=False))) == ("0", "0", "0", "0")


@pytest.mark.parametrize(
    ("base", "tax"),
    [
        (0, 0),
        (9, 0),
        (10, 1),
        (55_555, 5_672),
        (100_000, 10_210),
        (1_000_000, 102_100),
        (1_000_001, 102_100),
        (1_000_005, 102_101),
        (1_500_000, 204_200),
        (-1_500_000, -204_200),
        (-9, 0),
    ],
)
def test_withholding(base: int, tax: int) -> None:
    assert str(withholding(D(base))) == str(tax)


@pytest.mark.parametrize(
    ("terms", "withheld"),
    [
        (Terms(inclusive=False), 10_210),
        (Terms(inclusive=False, withholding_inclusive=True), 11_231),
        (Terms(inclusive=True), 9_281),  # 100,000 - 9,090 = 90,910
        (Terms(inclusive=True, withholding_inclusive=True), 10_210),
    ],
)
def test_withholding_is_taken_from_the_flagged_lines_only(terms: Terms, withheld: int) -> None:
    found = totals([line(60_000, withholding=True), line(40_000, withholding=True), line(5_000)], terms)
    assert found.withholding == withheld
    assert found.total == found.including - withheld


def test_withholding_is_a_matter_of_yen() -> None:
    with pytest.raises(ValueError, match="in yen"):
        totals([line(1, withholding=True)], Terms(inclusive=False, currency="USD"))


def test_a_tax_rate_is_not_negative() -> None:
    with pytest.raises(ValueError, match="tax rate"):
        totals([line(1, rate=-1)], Terms(inclusive=False))


OURS = totals([line(1000), line(500, rate=8, reduced=True)], Terms(inclusive=False))


@pytest.mark.req("CC-19")
def test_equal_documents_agree() -> None:
    assert difference(OURS, OURS.figures()) is None
    assert difference(OURS, {Figure("total"): D("1640.0")}) is None
    assert difference(OURS, {**OURS.figures(), Figure("tax", D(0)): None, Figure("tax", D("8.0")): D(0)}) is None


@pytest.mark.parametrize("figure", OURS.figures())
@pytest.mark.parametrize("yen", [1, -1])
def test_one_yen_holds_the_document(figure: Figure, yen: int) -> None:
    theirs = OURS.figures()[figure] + yen
    assert difference(OURS, {**OURS.figures(), figure: theirs}) == Difference(figure, OURS.figures()[figure], theirs)


def test_a_figure_the_service_lacks_or_adds_is_a_difference() -> None:
    figure = Figure("tax", D(8), True)
    assert difference(OURS, {**OURS.figures(), figure: None}) == Difference(figure, D(40), D(0))
    plain = Figure("tax", D(8))
    assert difference(OURS, {**OURS.figures(), plain: D(40)}) == Difference(plain, D(0), D(40))


def test_nothing_agrees_without_a_total() -> None:
    with pytest.raises(ValueError, match="no total"):
        difference(OURS, {Figure("tax"): D(140)})
