"""Sums of a document. The vendor publishes no formula: lines are grouped by tax rate, and the tax of a group is rounded once,
as a qualified invoice asks for. Rounding and display of the tax are settings of the office."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal

from choai.sandbox.moneyforward.answers import Json
from choai.sandbox.moneyforward.checks import EXCISES

RATES = {"five_percent": 5, "eight_percent": 8, "eight_percent_as_reduced_tax_rate": 8, "ten_percent": 10}
_ROUNDING = {"round_down": ROUND_FLOOR, "round_up": ROUND_CEILING, "round_off": ROUND_HALF_UP}
_MILLION = Decimal(1_000_000)


def plain(value: object) -> str:
    """A price or quantity as the API shows it: ``50000``, ``1239.1``."""
    text = format(Decimal(str(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def sums(lines: Sequence[Json], config: Json, *, individual: bool, billing: bool) -> Json:
    """The amounts of a document, as texts with one decimal."""

    def whole(value: Decimal, how: str) -> Decimal:
        return value.quantize(Decimal(1), rounding=_ROUNDING[config[how]])

    internal = config["consumption_tax_display_type"] == "internal"
    groups = dict.fromkeys(EXCISES, Decimal(0))
    withheld = Decimal(0)
    for line in lines:
        amount = whole(Decimal(line["price"] or "0") * Decimal(line["quantity"] or "0"), "rounding")
        groups[line["excise"]] += amount
        withheld += amount if line.get("is_deduct_withholding_tax") else Decimal(0)
    out: dict[str, Decimal] = {}
    for name, subtotal in groups.items():
        rate = Decimal(RATES.get(name, 0))
        raw = subtotal * rate / (100 + rate) if internal else subtotal * rate / 100
        tax = whole(raw, "rounding_consumption_tax")
        out[f"excise_price_of_{name}"] = tax
        out[f"subtotal_of_{name}_excise"] = subtotal
        if billing:
            out[f"subtotal_with_tax_of_{name}_excise"] = subtotal if internal else subtotal + tax
    out["excise_price"] = sum((out[f"excise_price_of_{name}"] for name in groups), Decimal(0))
    out["subtotal_price"] = sum(groups.values(), Decimal(0))
    deducted = Decimal(0)
    if individual:
        over = max(withheld - _MILLION, Decimal(0))
        exact = (withheld - over) * Decimal("0.1021") + over * Decimal("0.2042")
        out["deduct_price"] = deducted = exact.quantize(Decimal(1), rounding=ROUND_FLOOR)
    out["total_price"] = out["subtotal_price"] + (Decimal(0) if internal else out["excise_price"]) - deducted
    return {name: f"{value:.1f}" for name, value in out.items()}
