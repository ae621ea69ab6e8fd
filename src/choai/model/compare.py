"""Two records of a binding laid side by side: which mapped fields do not say the same.

Nothing is excused: a field that is empty on one side only differs, whatever the mapping says about emptied sources, and a
field that was not read cannot be said to agree. Values are compared as the merge compares them, after conversion.
Rows that only fill in a new record, and constants, are no agreement between two fields and are left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from choai.errors import ChoaiError
from choai.model.mapping import MappingRow, Side
from choai.model.merge_field import agree
from choai.model.merge_rows import rows_agree
from choai.model.pairs import Pair, join
from choai.model.schema import Schema
from choai.model.values import Kind, Ref, Value, Values, is_empty

_AMOUNTS = (Kind.MONEY, Kind.DECIMAL)
_DATES = (Kind.DATE, Kind.DATETIME)
_PARTNERS = ("partner", "customer", "contact", "account")


@dataclass(slots=True, frozen=True)
class Gap:
    """One pair of fields that does not agree. ``unread``: a side's value is not known."""

    pair: Pair
    unread: bool = False


@dataclass(slots=True, frozen=True)
class Amount:
    """An amount of one record that goes into the sums."""

    pair: int
    value: Decimal
    currency: str
    partner: str | None  # None: the mapping has no partner to group by; "" where the record names none
    month: str | None


@dataclass(slots=True, frozen=True)
class Axes:
    """What is summed, and by what."""

    amounts: tuple[Pair, ...]
    partner: Pair | None
    day: Pair | None
    currency: Pair | None


def compared(rows: Sequence[MappingRow], left: Schema, right: Schema) -> tuple[Pair, ...]:
    """The pairs of fields that must agree, in the mapping's order."""
    joined = join(rows, left, right)
    pairs = [pair for pair in joined.pairs if not pair.row.only_on_create] + list(joined.backs)
    return tuple(sorted(pairs, key=lambda pair: pair.index))


def gaps(pairs: Sequence[Pair], left: Values, right: Values) -> list[Gap]:
    """The pairs whose values do not say the same."""
    out = []
    for pair in pairs:
        if pair.left.name not in left or pair.right.name not in right:
            out.append(Gap(pair, unread=True))
        elif not _same(pair, left[pair.left.name], right[pair.right.name]):
            out.append(Gap(pair))
    return out


def _same(pair: Pair, left: Value, right: Value) -> bool:
    if is_empty(left) or is_empty(right):
        return is_empty(left) and is_empty(right)
    if pair.inner is not None:
        return rows_agree(pair.inner, left, right)
    return agree(pair, {Side.LEFT: left, Side.RIGHT: right})


# ---------------------------------------------------------------- sums


def axes(pairs: Sequence[Pair]) -> Axes:
    """Amounts among the pairs, and the first partner, date and currency beside them."""
    return Axes(
        amounts=tuple(p for p in pairs if p.left.kind in _AMOUNTS and p.right.kind in _AMOUNTS),
        partner=next((p for p in pairs if _names_partner(p)), None),
        day=next((p for p in pairs if p.left.kind in _DATES and p.right.kind in _DATES), None),
        currency=next((p for p in pairs if _role(p, "currency", "currency_code")), None),
    )


def _names_partner(pair: Pair) -> bool:
    """A reference to a partner, or a field that holds the name of one; a partner's own name is none."""
    ends = [f for f in (pair.left, pair.right) if f.kind is Kind.REFERENCE]
    named = any((f.target or "").rstrip("s").lower() in _PARTNERS for f in ends)
    return named or _role(pair, "partner", "partner_name", "customer", "customer_name", "contact_name")


def _role(pair: Pair, *ends: str) -> bool:
    return any(
        f.role is not None and "." in f.role and f.role.split(".", 1)[1] in ends and not f.role.startswith("partner.")
        for f in (pair.left, pair.right)
    )


def amounts(wanted: Axes, side: Side, values: Values, zone: str) -> list[Amount]:
    """What a record adds to the sums of its side; dates with a clock fall into the month of ``zone``."""
    out = []
    partner = _group(wanted.partner, side, values)
    month = _month(wanted.day, side, values, zone)
    currency = _group(wanted.currency, side, values) or ""
    for pair in wanted.amounts:
        value = values.get(pair.field(side).name)
        if isinstance(value, Decimal | int) and not isinstance(value, bool):
            out.append(Amount(pair.index, Decimal(value), currency, partner, month))
    return out


def _group(pair: Pair | None, side: Side, values: Values) -> str | None:
    """The group a record belongs to, spelt as the right side spells it, so that both sides meet."""
    if pair is None:
        return None
    value = values.get(pair.field(side).name)
    if side is Side.LEFT and not is_empty(value):
        with suppress(ChoaiError):  # without a counterpart there it is a group of its own
            value = pair.carry(value, Side.RIGHT)
    if is_empty(value):
        return ""
    return (value.label or value.id) if isinstance(value, Ref) else str(value)


def _month(pair: Pair | None, side: Side, values: Values, zone: str) -> str | None:
    if pair is None:
        return None
    value = values.get(pair.field(side).name)
    if isinstance(value, datetime):
        value = value.astimezone(ZoneInfo(zone)).date()
    return f"{value.year:04}-{value.month:02}" if isinstance(value, date) else ""
