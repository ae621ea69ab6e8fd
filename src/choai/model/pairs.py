"""Mapping rows joined with the two schemas they speak of, ready to be applied to many records."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

from choai.errors import ChoaiError
from choai.model.coerce import unchanged_by_coercion
from choai.model.convert import convert
from choai.model.mapping import Flow, MappingRow, Side
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Value, is_empty

_REMEMBERED = 1000  # converted choices kept per row and direction
_CHOSEN = frozenset({Kind.CHOICE, Kind.CHOICES})
Known = dict[str | tuple[str, ...], Value]


@dataclass(slots=True, frozen=True)
class Pair:
    """A row with a field on either side. ``inner`` joins the fields of one row of a ROWS field."""

    index: int
    row: MappingRow
    left: Field
    right: Field
    as_it_is: bool
    inner: Joined | None
    _to_right: Known = field(default_factory=dict, compare=False, repr=False)
    _to_left: Known = field(default_factory=dict, compare=False, repr=False)

    def field(self, side: Side) -> Field:
        return self.left if side is Side.LEFT else self.right

    def carry(self, value: Value, to: Side) -> Value:
        """The value as the other side holds it; empty is None. Raises ``value_not_convertible``."""
        if self.as_it_is:
            return None if is_empty(value) else value
        source, target = (self.left, self.right) if to is Side.RIGHT else (self.right, self.left)
        if source.kind not in _CHOSEN or not isinstance(value, (str, list)):
            return convert(self.row, value, source, target, to)
        known = self._to_right if to is Side.RIGHT else self._to_left
        key = value if isinstance(value, str) else tuple(map(str, value))
        if key not in known:
            if len(known) >= _REMEMBERED:
                known.clear()
            known[key] = convert(self.row, value, source, target, to)
        found = known[key]
        return found.copy() if isinstance(found, list) else found


@dataclass(slots=True, frozen=True)
class Constant:
    """A row with one field only: its default goes there."""

    index: int
    row: MappingRow
    side: Side
    field: Field


@dataclass(slots=True, frozen=True)
class Joined:
    """``broken`` are rows that name a field nobody has (``field_not_found``); they are left out of the rest.

    ``creates`` are the pairs that give a new record on a side its values, as (source field, target field, pair).
    """

    pairs: tuple[Pair, ...]
    constants: tuple[Constant, ...]
    backs: tuple[Pair, ...]  # write_back rows
    broken: tuple[ChoaiError, ...]
    creates: dict[Side, tuple[tuple[str, str, Pair], ...]]


def join(rows: Sequence[MappingRow], left: Schema, right: Schema) -> Joined:
    """The rows with their fields. The answer is remembered for a tuple of rows and schemas that are the same objects."""
    if isinstance(rows, tuple):
        return _remembered(Same(rows), Same(left), Same(right))
    return _join(rows, left.fields, right.fields)


T = TypeVar("T")


class Same(Generic[T]):
    """Equal to nothing but a wrapper of the very same object: hashing a schema would cost more than joining it."""

    __slots__ = ("thing",)

    def __init__(self, thing: T) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.thing is self.thing


@lru_cache(maxsize=64)
def _remembered(rows: Same[tuple[MappingRow, ...]], left: Same[Schema], right: Same[Schema]) -> Joined:
    return _join(rows.thing, left.thing.fields, right.thing.fields)


def _join(rows: Sequence[MappingRow], left: Iterable[Field], right: Iterable[Field]) -> Joined:
    lefts, rights = {f.name: f for f in left}, {f.name: f for f in right}
    pairs: list[Pair] = []
    constants: list[Constant] = []
    backs: list[Pair] = []
    broken: list[ChoaiError] = []
    for index, row in enumerate(rows):
        named = [(side, row.field(side), fields) for side, fields in ((Side.LEFT, lefts), (Side.RIGHT, rights))]
        missing = [(side, name) for side, name, fields in named if name is not None and name not in fields]
        if missing:
            broken.extend(
                ChoaiError("field_not_found", field=name, side=side.value, row=index) for side, name in missing
            )
        elif row.left is not None and row.right is not None:
            pair = _pair(index, row, lefts[row.left], rights[row.right])
            (backs if row.write_back else pairs).append(pair)
        elif row.left is not None:
            constants.append(Constant(index, row, Side.LEFT, lefts[row.left]))
        elif row.right is not None:
            constants.append(Constant(index, row, Side.RIGHT, rights[row.right]))
    creates = {
        to: tuple(
            (pair.field(to.other).name, pair.field(to).name, pair)
            for pair in (*pairs, *(back for back in backs if gives(back, to.other)))
            if pair.row.direction.feeds(to) and pair.field(to).on_create
        )
        for to in Side
    }
    return Joined(tuple(pairs), tuple(constants), tuple(backs), tuple(broken), creates)


def gives(back: Pair, side: Side) -> bool:
    """Whether that side's service is the one that gives the value of a write_back row: the row's direction leads away
    from it or, in a row for both, its field cannot be written."""
    if back.row.direction is Flow.BOTH:
        return not back.field(side).writable
    return back.row.direction.feeds(side.other)


def _pair(index: int, row: MappingRow, left: Field, right: Field) -> Pair:
    inner = _join(row.rows, left.fields, right.fields) if left.kind is right.kind is Kind.ROWS else None
    return Pair(index, row, left, right, row.converter is None and unchanged_by_coercion(left, right), inner)
