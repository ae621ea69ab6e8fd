"""Merging two records of a binding field by field, and the values of a record that is to be created.

    merge       base, left, right → what to write on either side
    fresh       a record of one side → the values of a new record on the other side
    write_back  what the service answered to a create → what goes back into the source record

All are pure: the same arguments give the same answer, and merging the outcome once more gives nothing to write.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from choai.errors import ChoaiError
from choai.model.convert import default_of, equal
from choai.model.mapping import ConflictPolicy, MappingRow, Side
from choai.model.merge_field import Conflict, Ends, Merged, Note, Rules, Unknown, merge_field, untouched
from choai.model.merge_rows import fresh_rows, merge_rows
from choai.model.pairs import Joined, Pair, gives, join
from choai.model.schema import Schema
from choai.model.values import Row, Value, Values, is_empty

__all__ = ["Conflict", "Merged", "Note", "fresh", "merge", "write_back"]


def merge(
    rows: Sequence[MappingRow],
    left_schema: Schema,
    right_schema: Schema,
    *,
    left: Values | None,
    right: Values | None,
    base_left: Values | None,
    base_right: Values | None,
    directions: AbstractSet[Side],
    policy: ConflictPolicy,
    newer: Side | None = None,
) -> Merged:
    """The three-way merge of a bound pair of records.

    ``directions`` are the sides that may be written. A side that was not read is None; its fields count as unedited. Per field:
    an edit on one side flows where the row and ``directions`` let it; edits on both sides that agree need nothing; edits
    that differ go by ``policy`` (NEWEST by ``newer``, which asks when it is None). Where only one side may be written
    the other one wins, but only when it has an edit itself. Without any base the fields meet for the first time: they go by
    direction, by policy when both sides may be written, and then an empty field gives way to a filled one.
    ``only_on_create`` and ``write_back`` rows take no part. Nothing is dropped without a conflict, a refusal or a note.
    Pass the rows as a tuple: joining them with the schemas is then done once and not for every record.
    """
    joined = join(rows, left_schema, right_schema)
    ends = Ends(left, right, base_left or {}, base_right or {})
    rules = Rules(frozenset(directions), policy, newer)
    out = Merged(refused=list(joined.broken))
    for pair in joined.pairs:
        if pair.row.only_on_create or untouched(pair, ends):
            continue
        if pair.inner is None:
            merge_field(pair, ends, rules, out)
        else:
            merge_rows(pair, pair.inner, ends, rules, out)
    _constants(joined, ends, rules, out)
    return out


def _constants(joined: Joined, ends: Ends, rules: Rules, out: Merged) -> None:
    """A constant is written when its field meets the pairing for the first time; later edits there stay."""
    for constant in joined.constants:
        side, name = constant.side, constant.field.name
        if constant.row.only_on_create or side not in rules.directions or not constant.field.on_update:
            continue
        held = ends.now(side, name)
        if isinstance(held, Unknown) or not isinstance(ends.base(side, name), Unknown):
            continue
        try:
            value = default_of(constant.row, constant.field)
        except ChoaiError as error:
            out.refused.append(error)
            continue
        if not is_empty(value) and not equal(value, held, constant.field):
            out.to(side)[name] = value


def fresh(
    rows: Sequence[MappingRow], source: Values, source_side: Side, left_schema: Schema, right_schema: Schema
) -> tuple[dict[str, Value], list[ChoaiError]]:
    """Values for a create on the other side, and the values that could not be converted.

    Holds only fields that have a value: the source's, else the row's default. ``only_on_create`` rows and constants are in.
    A ``write_back`` row is in only where the source is the side that gives (an import knows the id already).
    """
    joined = join(rows, left_schema, right_schema)
    to = source_side.other
    values: dict[str, Value] = {}
    refused = list(joined.broken)
    for name, target, pair in joined.creates[to]:
        value = source.get(name)
        if not pair.as_it_is or (not value and is_empty(value)):  # the rest is the common case: the value as it is
            if value is None and pair.row.converter is None and not pair.row.default:
                continue
            try:
                value = _fresh_value(pair, value, to, refused)
            except ChoaiError as error:
                refused.append(error)
                continue
        if value is not None:
            values[target] = value
    for constant in joined.constants:
        if constant.side is to and constant.field.on_create:
            try:
                value = default_of(constant.row, constant.field)
            except ChoaiError as error:
                refused.append(error)
                continue
            if value is not None:
                values[constant.field.name] = value
    return values, refused


def _fresh_value(pair: Pair, value: Value, to: Side, refused: list[ChoaiError]) -> Value:
    if pair.inner is not None:
        items = [item for item in value if isinstance(item, Row)] if isinstance(value, list) else []
        return fresh_rows(pair.inner, items, to, refused) or None
    arrived = pair.carry(value, to)
    return default_of(pair.row, pair.field(to)) if is_empty(arrived) else arrived


def write_back(
    rows: Sequence[MappingRow],
    answered: Values,
    target_side: Side,
    left_schema: Schema,
    right_schema: Schema,
    *,
    current: Values | None = None,
) -> dict[str, Value]:
    """What a created (or newly bound) record on ``target_side`` gives back to its source record.

    Only values that differ from ``current``, the source record's values, where those are given. An answer without the field, or
    with an empty one, gives nothing back. Raises ``value_not_convertible``.
    """
    joined = join(rows, left_schema, right_schema)
    to = target_side.other
    values: dict[str, Value] = {}
    for back in joined.backs:
        given = answered.get(back.field(target_side).name)
        if is_empty(given) or not gives(back, target_side) or not back.field(to).on_update:
            continue
        value = back.carry(given, to)
        name = back.field(to).name
        if current is None or not equal(value, current.get(name), back.field(to)):
            values[name] = value
    return values
