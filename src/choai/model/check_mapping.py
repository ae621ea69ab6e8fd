"""A mapping against the two schemas it speaks of: what would fail on every record is found before the first run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Literal

from choai.errors import ChoaiError
from choai.model.coerce import convertible
from choai.model.convert import CONVERTERS, Converter, default_of
from choai.model.mapping import Flow, MappingRow, MatchKey, Side
from choai.model.schema import Field, Schema
from choai.model.values import Kind

Severity = Literal["error", "warning"]


@dataclass(slots=True, frozen=True)
class Problem:
    """``code`` and ``facts`` as in a ChoaiError; ``row`` is the index of the mapping row, None for the mapping as a whole.

    An error stops the mapping from being used; a warning is shown.
    """

    code: str
    row: int | None = None
    severity: Severity = "error"
    facts: dict[str, object] = field(default_factory=dict)


def check_mapping(
    rows: Sequence[MappingRow],
    left: Schema,
    right: Schema,
    directions: AbstractSet[Side],
    *,
    keys: Sequence[MatchKey] = (),
    unique_on: AbstractSet[Side] = frozenset(),
) -> list[Problem]:
    """Everything that is wrong or doubtful, row by row and then as a whole.

    ``directions`` are the sides that may be written: a row into the other side is of no consequence. ``unique_on`` are the sides
    where records can only be recognised by a field that prohibits duplicates (kintone, FK-65). Required fields that nothing
    feeds are found here (FK-66).
    """
    schemas = {Side.LEFT: left, Side.RIGHT: right}
    problems: list[Problem] = []
    for index, row in enumerate(rows):
        problems += _row(index, row, schemas, directions)
    for side in Side:
        if side in directions:
            problems += _fed(rows, schemas, side)
    problems += [p for key in keys for p in _key(key, schemas)]
    for side in Side:
        if side in unique_on and not _has_key(rows, schemas, side):
            problems.append(_problem("key_field_missing", None, side=side.value, app=schemas[side].object))
    return problems


def check_references(
    rows: Sequence[MappingRow], left: Schema, right: Schema, tied: AbstractSet[tuple[str, str]]
) -> list[Problem]:
    """A warning for each reference, inside rows too, between objects (left, right) that are not ``tied`` by a sync: nobody knows
    the partner of what it points to, so that records which use it wait. ``target`` and ``other`` are the two objects."""
    problems: list[Problem] = []
    for index, row in enumerate(rows):
        a, b = left.get(row.left or ""), right.get(row.right or "")
        if a is None or b is None:
            continue
        if a.kind is b.kind is Kind.ROWS:
            inner = Schema(a.name, a.fields), Schema(b.name, b.fields)
            found = check_references(row.rows, *inner, tied)
            problems += [_inside(p, index, a) for p in found]
        elif {a.kind, b.kind} <= _REFERRING and all(both := (a.target or "", b.target or "")) and both not in tied:
            problems.append(_problem("reference_not_synced", index, a, "warning", target=both[0], other=both[1]))
    return problems


_REFERRING = {Kind.REFERENCE, Kind.REFERENCES}
_REMOVED = {
    "detail_ja": "項目がなくなったか、フィールドコードが変わりました",
    "detail_en": "it was removed or its code was changed",
}


def check_selection(
    selection: Mapping[Side, Sequence[Mapping[str, object]]], schemas: Mapping[Side, Schema]
) -> list[Problem]:
    """Conditions that no record can fulfil any more: their field is gone, or a choice they ask for is. They would leave out
    records without a word."""
    problems: list[Problem] = []
    for side, rules in selection.items():
        for rule in rules:
            known = schemas[side].get(str(rule["field"]))
            if known is None:
                facts = {"field": rule["field"], "side": side.value, **_REMOVED}
                problems.append(Problem("selection_broken", None, facts=facts))
            elif lost := _lost_choices(known, rule.get("values")):
                ja, en = "」「".join(lost), "”, “".join(lost)
                told = {"detail_ja": f"選択肢「{ja}」がなくなりました", "detail_en": f"the choice “{en}” was removed"}
                found = _problem("selection_broken", None, known, side=side.value)
                problems.append(replace(found, facts={**found.facts, **told}))
    return problems


def _lost_choices(known: Field, values: object) -> list[str]:
    wanted = {str(v) for v in values} if isinstance(values, (list, tuple)) else set()
    return sorted(wanted - {choice.value for choice in known.choices} - {""}) if known.choices else []


def _problem(
    code: str, index: int | None, known: Field | None = None, severity: Severity = "error", **facts: object
) -> Problem:
    if known is not None:
        facts = {"field": known.name, "field_ja": known.ja, "field_en": known.en, **facts}
    return Problem(code, index, severity, facts)


# ---------------------------------------------------------------- one row


def _row(index: int, row: MappingRow, schemas: dict[Side, Schema], directions: AbstractSet[Side]) -> Iterator[Problem]:
    named = {side: name for side in Side if (name := row.field(side)) is not None}
    fields = {side: known for side, name in named.items() if (known := schemas[side].get(name)) is not None}
    for side, name in named.items():
        if side not in fields:
            yield _problem("field_not_found", index, field=name, side=side.value)
    if not named:
        yield _problem("mapping_row_empty", index)
    for side, known in fields.items():
        if known.reason:
            yield _problem(known.reason, index, known, side=side.value)
    if len(fields) < len(named) or any(known.reason for known in fields.values()):
        return
    for to in targets(row, fields):
        if to in directions:
            yield from _into(index, row, fields[to], fields.get(to.other), to)
    if len(fields) == 2:
        yield from _converter(index, row)
        if fields[Side.LEFT].kind is fields[Side.RIGHT].kind is Kind.ROWS:
            yield from _inner(index, row, fields, directions)


def targets(row: MappingRow, fields: dict[Side, Field]) -> list[Side]:
    """The sides that a row writes. A constant writes its only field; a write_back row for both writes the writable one."""
    if len(fields) == 1:
        return list(fields)
    if row.write_back and row.direction is Flow.BOTH:
        return [side for side in Side if fields[side].writable]
    return [side for side in fields if row.direction.feeds(side)]


def _into(index: int, row: MappingRow, target: Field, source: Field | None, to: Side) -> Iterator[Problem]:
    if not target.writable or target.kind is Kind.FILES:
        yield _problem("not_writable", index, target, side=to.value)
    elif not target.on_update and not row.only_on_create and not row.write_back:
        yield _problem("fixed_after_create", index, target, "warning", side=to.value)
    if source is not None and not _kinds_meet(row, source, target, to):
        yield _problem(
            "kinds_not_convertible", index, target, source=source.name, source_ja=source.ja, source_en=source.en
        )
    elif source is not None and source.kind in (Kind.LONG_TEXT, Kind.HTML) and target.kind is Kind.TEXT:
        yield _problem("line_ends_lost", index, target, "warning")
    if row.default:
        try:
            default_of(row, target)
        except ChoaiError as error:
            yield Problem(error.code, index, "error", dict(error.facts))
    elif source is None:
        yield _problem("constant_without_value", index, target)


def _kinds_meet(row: MappingRow, source: Field, target: Field, to: Side) -> bool:
    if source.kind is Kind.ROWS and target.kind is Kind.ROWS:
        return row.converter is None
    converter = CONVERTERS.get(row.converter) if row.converter else None
    if converter is None:
        return convertible(source, target)
    kinds = (converter.left_kinds, converter.right_kinds)
    ours, theirs = kinds if to is Side.RIGHT else kinds[::-1]
    return source.kind in ours and target.kind in theirs


def _converter(index: int, row: MappingRow) -> Iterator[Problem]:
    if row.converter is None:
        return
    converter = CONVERTERS.get(row.converter)
    if converter is None:
        yield _problem("converter_unknown", index, converter=row.converter)
        return
    for side, step in ((Side.RIGHT, converter.to_right), (Side.LEFT, converter.to_left)):
        if row.direction.feeds(side) and step is None:
            yield _problem("converter_one_way", index, converter=row.converter)
    for option in wrong_options(converter, row.options):
        yield _problem("converter_options", index, converter=row.converter, option=option)


def wrong_options(converter: Converter, options: dict[str, object]) -> list[str]:
    """Names of options that are missing, unknown or of the wrong type. Every converter also takes ``zone``."""
    specs = {spec.name: spec for spec in converter.options}
    wrong = [name for name in options if name not in specs and name != "zone"]
    for spec in converter.options:
        value = options.get(spec.name)
        if value is None or value == "":
            if spec.required:
                wrong.append(spec.name)
        elif spec.kind == "table":
            if not isinstance(value, dict) or not value or not all(isinstance(v, str) for v in value.values()):
                wrong.append(spec.name)
        elif spec.kind == "flag":
            if not isinstance(value, bool):
                wrong.append(spec.name)
        elif not isinstance(value, str) or (spec.choices and value not in spec.choices):
            wrong.append(spec.name)
    return wrong


def _inner(index: int, row: MappingRow, fields: dict[Side, Field], directions: AbstractSet[Side]) -> Iterator[Problem]:
    """The fields inside line items, by the same rules; a problem there belongs to the outer row."""
    if not row.rows:
        yield _problem("rows_unmapped", index, fields[Side.LEFT])
        return
    written = {side for side in directions if row.direction.feeds(side)}
    inner = {side: Schema(known.name, known.fields) for side, known in fields.items()}
    for problem in check_mapping(row.rows, inner[Side.LEFT], inner[Side.RIGHT], written):
        yield _inside(problem, index, fields[Side.LEFT])


def _inside(problem: Problem, index: int, outer: Field) -> Problem:
    return replace(problem, row=index, facts={**problem.facts, "inner": problem.row, "inside": outer.name})


# ---------------------------------------------------------------- the mapping as a whole


def _fed(rows: Sequence[MappingRow], schemas: dict[Side, Schema], side: Side) -> Iterator[Problem]:
    """Fields of one side that two rows feed, and required ones that none feeds."""
    feeders: dict[str, list[int]] = {}
    for index, row in enumerate(rows):
        fields = {s: f for s in Side if (name := row.field(s)) is not None and (f := schemas[s].get(name)) is not None}
        if side in targets(row, fields):
            feeders.setdefault(fields[side].name, []).append(index)
    for known in schemas[side].fields:
        by = feeders.get(known.name, [])
        for index in by[1:]:
            yield _problem("fed_twice", index, known, first=by[0] + 1, side=side.value)
        if not by and known.required and known.on_create and not known.has_default:
            yield _problem("required_unmapped", None, known, side=side.value)


def _key(key: MatchKey, schemas: dict[Side, Schema]) -> Iterator[Problem]:
    for side, name in ((Side.LEFT, key.left), (Side.RIGHT, key.right)):
        known = schemas[side].get(name)
        if known is None:
            yield _problem("match_key_missing", None, field=name, side=side.value)
        elif known.reason:
            yield _problem(known.reason, None, known, side=side.value)


def _has_key(rows: Sequence[MappingRow], schemas: dict[Side, Schema], side: Side) -> bool:
    names = {row.field(side) for row in rows if row.field(side.other) is not None}
    return any(known.unique and known.name in names for known in schemas[side].fields)
