"""Random documents, currencies and rates against an oracle of whole numbers.

The oracle below knows nothing of choai.model.tax or of Decimal: it counts in thousandths and rounds with integer division.
``CHOAI_FULL=1`` runs 100,000 documents, else 3,000.
"""

from __future__ import annotations

import os
from collections import defaultdict
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from choai.model.money import Money, Per, Rate, Rounding, convert, inverted, rounded, same_rate
from choai.model.tax import Figure, Line, Terms, Totals, difference, totals

SHARDS = 10
DOCUMENTS = (100_000 if os.environ.get("CHOAI_FULL") else 3_000) // SHARDS
RATES = [(1000, False), (800, False), (800, True), (0, False)]  # hundredths of a percent
CURRENCIES = {"JPY": 0, "USD": 2, "KWD": 3}
decode = msgspec.json.Decoder(float_hook=Decimal).decode  # as the connectors read a service's answer


# ---------------------------------------------------------------- the oracle


def cut(top: int, bottom: int, how: str) -> int:
    """top / bottom as a whole number; bottom is above zero."""
    if how == "floor":
        return top // bottom
    if how == "ceiling":
        return -(-top // bottom)
    size = abs(top)
    size = {
        "omit": size // bottom,
        "round_up": (size + bottom - 1) // bottom,
        "round": (2 * size + bottom) // (2 * bottom),
    }[how]
    return size if top >= 0 else -size


def expected(document: dict[str, Any]) -> dict[tuple[str, int | None, bool], int]:
    """Every figure in the currency's smallest unit. Amounts of lines are counted in millionths."""
    unit = 10 ** (6 - CURRENCIES[document["currency"]])  # millionths in the smallest unit
    found: dict[tuple[str, int | None, bool], int] = defaultdict(int)
    for rate, reduced in {(line["rate"], line["reduced"]) for line in document["lines"]}:
        for name, amount in _rate_group(document, rate, reduced, unit, flagged=False).items():
            found[name, rate, reduced] = amount
            found[name, None, False] += amount
    base = 0
    for rate, reduced in {(line["rate"], line["reduced"]) for line in document["lines"] if line["withholding"]}:
        group = _rate_group(document, rate, reduced, unit, flagged=True)
        base += group["including" if document["withholding_inclusive"] else "excluding"]
    found["withholding", None, False] = _withheld(base)
    found["brought_forward", None, False] = document["brought_forward"]
    found["total", None, False] = found["including", None, False] - _withheld(base) + document["brought_forward"]
    return found


def _rate_group(document: dict[str, Any], rate: int, reduced: bool, unit: int, *, flagged: bool) -> dict[str, int]:
    how, line_how = document["rounding"], document["line_rounding"]
    millionths = []
    for line in document["lines"]:
        if (line["rate"], line["reduced"]) != (rate, reduced) or (flagged and not line["withholding"]):
            continue
        amount = line["quantity"] * line["price"]
        millionths.append(cut(amount, unit, line_how) * unit if line_how else amount)
    shown = cut(sum(millionths), unit, how)
    bottom = (10_000 + rate if document["inclusive"] else 10_000) * unit
    parts = millionths if document["per"] == "line" else [sum(millionths)]
    tax = sum(cut(amount * rate, bottom, how) for amount in parts)
    if document["inclusive"]:
        return {"including": shown, "tax": tax, "excluding": shown - tax}
    return {"excluding": shown, "tax": tax, "including": shown + tax}


def _withheld(base: int) -> int:
    yen = abs(base)
    tax = yen * 1021 // 10_000 if yen <= 1_000_000 else 102_100 + (yen - 1_000_000) * 2042 // 10_000
    return tax if base >= 0 else -tax


# ---------------------------------------------------------------- documents


def some_document(random: Random) -> dict[str, Any]:
    """Whole numbers only: quantities and prices in thousandths, up to 11 and 17 digits as the services allow."""
    currency = random.choice(["JPY", "JPY", "JPY", "USD", "KWD"])
    return {
        "currency": currency,
        "inclusive": random.random() < 0.5,
        "rounding": random.choice(["omit", "round_up", "round", "floor", "ceiling"]),
        "line_rounding": random.choice(["omit", "round_up", "round", None]),
        "per": random.choice(["rate", "rate", "line"]),
        "withholding_inclusive": random.random() < 0.5,
        "brought_forward": random.choice([0, 0, random.randint(-(10**12), 10**12)]),
        "lines": [some_line(random, currency) for _ in range(random.randint(0, 7))],
    }


def some_line(random: Random, currency: str) -> dict[str, Any]:
    rate, reduced = random.choice(RATES)
    quantity = random.choice(
        [1000, 1000 * random.randint(1, 99), random.randint(-(10**5), 10**5), random.randint(1, 10**11 - 1)]
    )
    price = random.choice([1000 * random.randint(1, 999_999), random.randint(1, 10**8), random.randint(1, 10**17 - 1)])
    if random.random() < 0.15:
        price = -price  # a discount
    withholding = currency == "JPY" and random.random() < 0.3
    return {"quantity": quantity, "price": price, "rate": rate, "reduced": reduced, "withholding": withholding}


def figure_text(count: int, places: int) -> str:
    """The number as a service writes it into JSON."""
    digits = f"{abs(count):0{places + 1}d}"
    return ("-" if count < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def over_the_wire(count: int, places: int) -> Decimal:
    answer = decode(f'{{"amount": {figure_text(count, places)}}}'.encode())["amount"]
    assert not isinstance(answer, float)
    return Decimal(answer)


def worked_out(document: dict[str, Any]) -> Totals:
    lines = [
        Line(
            over_the_wire(line["quantity"], 3),
            over_the_wire(line["price"], 3),
            over_the_wire(line["rate"], 2),
            line["reduced"],
            line["withholding"],
        )
        for line in document["lines"]
    ]
    terms = Terms(
        inclusive=document["inclusive"],
        rounding=Rounding(document["rounding"]),
        line_rounding=Rounding(document["line_rounding"]) if document["line_rounding"] else None,
        per=document["per"],
        withholding_inclusive=document["withholding_inclusive"],
        currency=document["currency"],
    )
    return totals(lines, terms, over_the_wire(document["brought_forward"], CURRENCIES[document["currency"]]))


@pytest.mark.req("CC-19", "CC-20")
@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_documents_agree_with_the_oracle(shard: int) -> None:
    random = Random(f"documents {shard}")
    seen: defaultdict[str, int] = defaultdict(int)
    for _ in range(DOCUMENTS):
        document = some_document(random)
        places = CURRENCIES[document["currency"]]
        theirs: dict[Figure, Decimal | None] = {
            Figure(name, None if rate is None else Decimal(rate) / 100, reduced): over_the_wire(count, places)
            for (name, rate, reduced), count in expected(document).items()
        }
        ours = worked_out(document)
        assert difference(ours, theirs) is None, document
        assert set(ours.figures()) <= set(theirs) | set(Totals((), *[Decimal(0)] * 6).figures()), document
        total = Figure("total")
        off = {**theirs, total: ours.total + Decimal(1).scaleb(-places)}
        assert difference(ours, off) is not None, document
        seen[document["currency"]] += 1
        seen["withheld"] += bool(ours.withholding)
        seen["17 digits"] += any(abs(line["price"]) >= 10**16 for line in document["lines"])
    assert all(seen[what] > DOCUMENTS // 20 for what in (*CURRENCIES, "withheld", "17 digits")), dict(seen)


# ---------------------------------------------------------------- rounding and rates


@given(st.integers(-(10**20), 10**20), st.integers(0, 9), st.integers(0, 6), st.sampled_from(list(Rounding)))
def test_rounding_agrees_with_the_oracle(count: int, scale: int, places: int, how: Rounding) -> None:
    amount = over_the_wire(count, scale)
    assert rounded(amount, places, how) == over_the_wire(cut(count * 10**places, 10**scale, how), places)


rates = st.integers(1, 10**18 - 1)  # in billionths: nine digits before and behind the point


@given(rates, st.sampled_from(list(Per)))
def test_rates_are_inverted_to_nine_places(billionths: int, per: Per) -> None:
    rate = Rate("JPY", "USD", over_the_wire(billionths, 9), per)
    inverse = cut(10**18, billionths, "round")
    if inverse == 0:
        with pytest.raises(ValueError, match="cannot be inverted"):
            inverted(rate)
        return
    found = inverted(rate)
    assert found.rate == Rate("JPY", "USD", over_the_wire(inverse, 9), Per.BASE if per is Per.FOREIGN else Per.FOREIGN)
    assert (found.hint is None) is (inverse * billionths == 10**18)
    assert found.hint is None or found.hint == over_the_wire(cut(10**27, billionths, "round"), 18)
    assert same_rate(rate, found.rate)
    assert same_rate(found.rate, rate)


@given(
    st.integers(-(10**15), 10**15),
    rates,
    st.sampled_from(list(Per)),
    st.permutations(sorted(CURRENCIES)),
    st.sampled_from(list(Rounding)),
)
def test_conversion_both_ways(count: int, billionths: int, per: Per, pair: list[str], how: Rounding) -> None:
    base, foreign, _ = pair
    rate = Rate(base, foreign, over_the_wire(billionths, 9), per)
    for source, target, times in ((base, foreign, per is Per.FOREIGN), (foreign, base, per is Per.BASE)):
        here, there = 10 ** CURRENCIES[source], 10 ** CURRENCIES[target]
        top, bottom = (billionths, 10**9) if times else (10**9, billionths)
        wanted = cut(count * top * there, bottom * here, how)
        found = convert(Money(over_the_wire(count, CURRENCIES[source]), source), rate, how)
        assert found == Money(over_the_wire(wanted, CURRENCIES[target]), target)
