"""What can be known to be wrong before anything is sent: values against a schema, a mapping against two schemas."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache

from choai.errors import ChoaiError
from choai.model.check_mapping import Problem, check_mapping
from choai.model.coerce import TEXTS, plain_number
from choai.model.convert import shown
from choai.model.pairs import Same
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Row, Value, Values, is_empty

__all__ = ["Problem", "check", "check_mapping"]


def check(values: Values, schema: Schema, creating: bool) -> list[ChoaiError]:
    """Every reason why the service would refuse these values, in the order of the schema and then for unknown fields (FK-18).

    ``values`` are what would be sent: all of a new record when ``creating``, else only the fields that change. Facts of
    each error: ``field`` with ``field_ja`` and ``field_en``, and what the code's texts need (length, max, min, value, pattern);
    in line items also ``row``, counted from 1.
    """
    quick = _quick(Same(schema))[creating]
    kinds, required = quick.kinds, quick.required
    odd = {name for name, v in values.items() if type(v) is not kinds.get(name) or not (v or v == 0)}
    odd.update(name for name, most in quick.longest if isinstance(v := values.get(name), str) and len(v) > most)
    if not odd and required <= values.keys():
        return []
    errors: list[ChoaiError] = []
    for known in schema.fields:
        if known.name in odd:
            value = values[known.name]
            if (known.on_create if creating else known.on_update) and (value or not is_empty(value)):
                _CHECKS[known.kind](known, value, errors)
            else:
                _unsendable(known, creating, errors)
        elif known.name in required and known.name not in values:
            errors.append(_error("required_missing", known))
    return errors + [ChoaiError("field_not_found", field=name) for name in values if schema.get(name) is None]


@dataclass(slots=True, frozen=True)
class _Quick:
    """What needs no closer look: by field, the type of which any value will do that is not empty, how long a text may be
    then, and the fields that must be there."""

    kinds: dict[str, type]
    longest: tuple[tuple[str, int], ...]
    required: frozenset[str]


@lru_cache(maxsize=64)
def _quick(schema: Same[Schema]) -> tuple[_Quick, _Quick]:
    """When a record changes, and when one is created."""
    fields = schema.thing.fields
    free = [f for f in fields if f.kind in _SIMPLE and (f.min_length, f.pattern, f.minimum, f.maximum) == (None,) * 4]
    needed = frozenset(f.name for f in fields if f.required and f.on_create and not f.has_default)

    def of(chosen: list[Field], required: frozenset[str]) -> _Quick:
        longest = tuple((f.name, f.max_length) for f in chosen if f.max_length is not None)
        return _Quick({f.name: _SIMPLE[f.kind] for f in chosen}, longest, required)

    return of([f for f in free if f.on_update], frozenset()), of([f for f in free if f.on_create], needed)


def _error(code: str, known: Field, **facts: object) -> ChoaiError:
    return ChoaiError(code, field=known.name, field_ja=known.ja, field_en=known.en, **facts)


def _unsendable(known: Field, creating: bool, errors: list[ChoaiError]) -> None:
    """An empty value, or any value of a field that may not be sent."""
    if not (known.on_create if creating else known.on_update):
        errors.append(_error("not_writable", known))
    elif known.required and not (creating and known.has_default):
        errors.append(_error("required_missing", known))
    elif not creating and not known.clearable:
        errors.append(_error("cannot_be_cleared", known))


def _text(known: Field, value: Value, errors: list[ChoaiError]) -> None:
    if not isinstance(value, str):
        errors.append(_error("value_not_convertible", known, value=shown(value)))
        return
    if known.max_length is not None and len(value) > known.max_length:
        errors.append(_error("too_long", known, length=len(value), max=known.max_length, value=shown(value)))
    if known.min_length is not None and len(value) < known.min_length:
        errors.append(_error("too_short", known, length=len(value), min=known.min_length, value=shown(value)))
    if known.pattern is not None and not _compiled(known.pattern).fullmatch(value):
        errors.append(_error("pattern_mismatch", known, pattern=known.pattern, value=shown(value)))


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _number(known: Field, value: Value, errors: list[ChoaiError]) -> None:
    right = int if known.kind is Kind.INTEGER else (int, Decimal)
    if not isinstance(value, (int, Decimal)) or isinstance(value, bool) or not isinstance(value, right):
        errors.append(_error("value_not_convertible", known, value=shown(value)))
        return
    number = Decimal(value)
    low = known.minimum is not None and number < Decimal(known.minimum)
    high = known.maximum is not None and number > Decimal(known.maximum)
    if not number.is_finite() or low or high:
        errors.append(_error("out_of_range", known, value=shown(value), min=known.minimum, max=known.maximum))
    elif known.decimals is not None and _places(number) > known.decimals:
        errors.append(_error("too_many_decimals", known, value=shown(value), max=known.decimals))


def _places(number: Decimal) -> int:
    """Digits after the point that say something."""
    return len(plain_number(number).partition(".")[2])


def _choice(known: Field, value: Value, errors: list[ChoaiError]) -> None:
    if not isinstance(value, str):
        errors.append(_error("value_not_convertible", known, value=shown(value)))
    elif known.choices and not any(choice.value == value for choice in known.choices):
        errors.append(_error("not_a_choice", known, value=shown(value)))


def _choices(known: Field, value: Value, errors: list[ChoaiError]) -> None:
    if not isinstance(value, list):
        errors.append(_error("value_not_convertible", known, value=shown(value)))
        return
    for item in value:
        _choice(known, item if isinstance(item, str) else None, errors)


def _of_type(*types: type) -> Callable[[Field, Value, list[ChoaiError]], None]:
    def holds(known: Field, value: Value, errors: list[ChoaiError]) -> None:
        if type(value) not in types:
            errors.append(_error("value_not_convertible", known, value=shown(value)))

    return holds


def _instant(known: Field, value: Value, errors: list[ChoaiError]) -> None:
    if not isinstance(value, datetime) or value.tzinfo is None:
        errors.append(_error("value_not_convertible", known, value=shown(value)))


def _references(known: Field, value: Value, errors: list[ChoaiError]) -> None:
    items: list[object] = [*value] if isinstance(value, list) else [None]
    if not all(isinstance(item, Ref) for item in items):
        errors.append(_error("value_not_convertible", known, value=shown(value)))


def _rows(known: Field, value: Value, errors: list[ChoaiError]) -> None:
    if not isinstance(value, list):
        errors.append(_error("value_not_convertible", known, value=shown(value)))
        return
    inner = _inner(Same(known))
    for number, item in enumerate(value, 1):
        if not isinstance(item, Row):
            errors.append(_error("value_not_convertible", known, value=str(item), row=number))
            continue
        # A row already in the service keeps what is not sent, and may carry what only the service writes and what is empty there
        # though nobody could empty it.
        sent = {name: v for name, v in item.values.items() if item.id is None or _touchable(inner, name, v)}
        for error in check(sent, inner, creating=item.id is None):
            facts = dict(error.facts)
            facts["row"] = number
            facts["field"] = f"{known.name}/{facts['field']}"
            facts.update({f: f"{getattr(known, f[-2:])}/{facts[f]}" for f in ("field_ja", "field_en") if f in facts})
            errors.append(ChoaiError(error.code, **facts))


@lru_cache(maxsize=64)
def _inner(known: Same[Field]) -> Schema:
    return Schema(known.thing.name, known.thing.fields)


def _touchable(inner: Schema, name: str, value: Value) -> bool:
    known = inner.get(name)
    return known is None or (known.on_update and (known.clearable or known.required or not is_empty(value)))


def _never(known: Field, value: Value, errors: list[ChoaiError]) -> None:
    errors.append(_error("not_writable", known))


_SIMPLE: dict[Kind, type] = {
    **dict.fromkeys(TEXTS, str), Kind.BOOLEAN: bool, Kind.INTEGER: int, Kind.DATE: date, Kind.TIME: time, Kind.REFERENCE: Ref,
}  # fmt: skip
_CHECKS: dict[Kind, Callable[[Field, Value, list[ChoaiError]], None]] = {
    **dict.fromkeys(TEXTS, _text),
    Kind.BOOLEAN: _of_type(bool),
    Kind.INTEGER: _number,
    Kind.DECIMAL: _number,
    Kind.MONEY: _number,
    Kind.DATE: _of_type(date),
    Kind.TIME: _of_type(time),
    Kind.DATETIME: _instant,
    Kind.CHOICE: _choice,
    Kind.CHOICES: _choices,
    Kind.REFERENCE: _of_type(Ref),
    Kind.REFERENCES: _references,
    Kind.ROWS: _rows,
    Kind.FILES: _never,
}
