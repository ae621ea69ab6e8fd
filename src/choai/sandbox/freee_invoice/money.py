"""The sums of a document. freee publishes no formula: lines are grouped by tax rate, and the tax of a group is rounded once, as a
qualified invoice asks for. Income tax of 10.21 % is withheld from the lines that say so (20.42 % above a million yen)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, ROUND_HALF_UP, ROUND_UP, Decimal
from typing import Any

Row = dict[str, Any]
GROUPS = ("10", "8", "8_reduced", "0")
_ROUNDING = {"omit": ROUND_DOWN, "round_up": ROUND_UP, "round": ROUND_HALF_UP}
_MILLION = Decimal(1_000_000)


def rounded(value: Decimal, how: str | None) -> int:
    return int(value.quantize(Decimal(1), rounding=_ROUNDING[how or "omit"]))


def group_of(line: Row) -> str:
    """One of GROUPS."""
    return f"{int(line['tax_rate'])}{'_reduced' if line['reduced_tax_rate'] else ''}"


def line_amount(line: Row, how: str | None) -> int:
    return rounded(Decimal(str(line["unit_price"] or 0)) * Decimal(str(line["quantity"] or 0)), how)


def sums(lines: Sequence[Row], head: Mapping[str, Any]) -> Row:
    """The amounts of a document; ``amount_excluding_tax`` of its lines is filled in."""
    inside = head["tax_entry_method"] == "in"
    shown = dict.fromkeys(GROUPS, 0)
    withheld = {"in": 0, "out": 0}
    for line in lines:
        if line["type"] == "text":
            continue
        amount, rate = line_amount(line, head.get("line_amount_fraction")), Decimal(str(line["tax_rate"]))
        without = rounded(amount * 100 / (100 + rate), head["tax_fraction"]) if inside else amount
        line["amount_excluding_tax"] = without
        shown[group_of(line)] += amount
        if line["withholding"]:
            withheld["out"] += without
            withheld["in"] += amount if inside else rounded(amount * (100 + rate) / 100, head["tax_fraction"])
    out: Row = {}
    used = {group_of(line) for line in lines if line["type"] == "item"}
    for name, amount in shown.items():
        rate = Decimal(name.partition("_")[0])
        tax = rounded(amount * rate / ((100 + rate) if inside else 100), head["tax_fraction"])
        parts = (amount - tax, tax, amount) if inside else (amount, tax, amount + tax)
        for part, value in zip(("excluding_tax", "tax", "including_tax"), parts, strict=True):
            out[f"amount_{part}_{name}"] = value if name in used else None
            out[f"amount_{part}"] = out.get(f"amount_{part}", 0) + value
    base = Decimal(withheld[head["withholding_tax_entry_method"]])
    income_tax = min(base, _MILLION) * Decimal("0.1021") + max(base - _MILLION, Decimal(0)) * Decimal("0.2042")
    out["amount_withholding_tax"] = (
        rounded(income_tax, "omit") if any(line.get("withholding") for line in lines) else None
    )
    forward = head.get("amount_brought_forward") or 0
    out["total_amount"] = out["amount_including_tax"] - (out["amount_withholding_tax"] or 0) + forward
    return out
