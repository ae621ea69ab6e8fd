"""What happens to a value between two mapped fields, and when two values count as the same.

A row without a converter uses the implicit coercions of coerce.py. A named converter (converters.py) runs first; what it
gives is then coerced to the target's kind. Whether the result *fits* the target (length, choices, range) is check.py's question.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

from choai.errors import ChoaiError
from choai.model.coerce import ZONE, coerce, text_of
from choai.model.converters import CONVERTERS, Converter, Options, OptionSpec
from choai.model.mapping import MappingRow, Side
from choai.model.schema import Field
from choai.model.values import Kind, Ref, Row, Value, is_empty

__all__ = ["CONVERTERS", "Converter", "OptionSpec", "Options", "convert", "default_of", "equal", "shown"]


def convert(row: MappingRow, value: Value, source: Field, target: Field, direction: Side) -> Value:
    """The value as the target holds it, None when it is (or becomes) empty. ``direction`` is the side it goes to.

    Raises ``value_not_convertible`` or ``not_a_choice`` (facts: field, value) when the value has no counterpart there, and
    ``converter_unknown`` / ``converter_one_way`` when the row itself is wrong (check_mapping finds those earlier).
    """
    zone = str(row.options.get("zone", ZONE))
    try:
        if row.converter is None:
            return coerce(value, source, target, zone)
        converter = CONVERTERS.get(row.converter)
        if converter is None:
            raise ChoaiError("converter_unknown", converter=row.converter, **_names(target))
        step = converter.to_right if direction is Side.RIGHT else converter.to_left
        if step is None:
            raise ChoaiError("converter_one_way", converter=row.converter, **_names(target))
        if is_empty(value) and not converter.takes_empty:
            return None
        if converter.on_text and not is_empty(value):
            value = text_of(value, source, zone)
        result = step(value, row.options, source, target)
        return coerce(result, source if converter.keeps_choices else _MADE, target, zone)
    except (ValueError, ArithmeticError, KeyError, TypeError) as reason:
        code = _refusal(target) if row.converter is None else "value_not_convertible"
        raise ChoaiError(
            code, value=shown(value), converter=row.converter, detail=str(reason), **_names(target)
        ) from reason


# What a converter gives: text that means a choice by its value or label, and nothing of the source's own choices.
_MADE = Field("made", Kind.LONG_TEXT, "変換した値", "Converted")


def default_of(row: MappingRow, target: Field) -> Value:
    """The row's default (text) as the target's kind, None when it has none. Raises as ``convert`` does."""
    if row.default is None or row.default == "":
        return None
    try:
        return coerce(row.default, _TYPED, target, str(row.options.get("zone", ZONE)))
    except ValueError as reason:
        raise ChoaiError(_refusal(target), value=row.default, detail=str(reason), **_names(target)) from reason


def _refusal(target: Field) -> str:
    """Of a field with choices it is the choice that lacks: it can be added there."""
    return "not_a_choice" if target.kind in (Kind.CHOICE, Kind.CHOICES) and target.choices else "value_not_convertible"


_TYPED = Field("default", Kind.LONG_TEXT, "既定値", "Default")


def _names(target: Field) -> dict[str, str]:
    return {"field": target.name, "field_ja": target.ja, "field_en": target.en}


def shown(value: Value) -> str:
    """A value for a message: short text, never more than 80 characters."""
    if isinstance(value, list):
        text = "、".join(v if isinstance(v, str) else (v.label or v.id) if isinstance(v, Ref) else "…" for v in value)
    elif isinstance(value, Ref):
        text = value.label or value.id
    else:
        text = "" if value is None else str(value)
    return text if len(text) <= 80 else text[:79] + "…"


# ---------------------------------------------------------------- the same


def equal(a: Value, b: Value, field: Field | None = None) -> bool:
    """Whether a service that holds ``a`` holds ``b``: the equality that decides if a field was changed.

    Empty is None, "" and [] alike. Numbers compare by value, instants in UTC cut to the field's granularity, texts exactly but
    for the line end, choices and references as sets, rows in order by identity (where both have one) and content.
    """
    if a is b:
        return True
    if isinstance(a, str) and isinstance(b, str):
        return a == b or _lines(a) == _lines(b)
    if is_empty(a) or is_empty(b):
        return is_empty(a) and is_empty(b)
    if isinstance(a, bool) or isinstance(b, bool):
        return False  # True is not 1; two equal truths are one object and were seen above
    if isinstance(a, datetime) and isinstance(b, datetime):
        return _cut(a, field) == _cut(b, field)
    if isinstance(a, list) and isinstance(b, list):
        return _equal_lists(a, b, field)
    if isinstance(a, (int, Decimal)) and isinstance(b, (int, Decimal)):
        return a == b
    return type(a) is type(b) and a == b


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _cut(moment: datetime, field: Field | None) -> datetime:
    moment = moment.astimezone(UTC)
    granularity = field.granularity if field else None
    if granularity == "day":
        return moment.replace(hour=0, minute=0, second=0, microsecond=0)
    if granularity == "minute":
        return moment.replace(second=0, microsecond=0)
    if granularity == "second":
        return moment.replace(microsecond=0)
    return moment


def _equal_lists(
    a: list[str] | list[Ref] | list[Row], b: list[str] | list[Ref] | list[Row], field: Field | None
) -> bool:
    if len(a) != len(b):
        return False
    if isinstance(a[0], Row) or isinstance(b[0], Row):
        return all(
            isinstance(x, Row) and isinstance(y, Row) and same_row(x, y, field) for x, y in zip(a, b, strict=True)
        )
    return {_key(x) for x in a} == {_key(y) for y in b}


def _key(item: str | Ref | Row) -> object:
    return ("ref", item.id) if isinstance(item, Ref) else item


def same_row(a: Row, b: Row, field: Field | None) -> bool:
    """Whether two rows are one row with one content; a row without an id is nobody in particular. A key that one
    of them lacks counts as empty."""
    if a.id is not None and b.id is not None and a.id != b.id:
        return False
    fields = {f.name: f for f in field.fields} if field else {}
    return all(
        equal(a.values.get(name), b.values.get(name), fields.get(name)) for name in a.values.keys() | b.values.keys()
    )
