"""kintone's JSON ↔ model values.

Empty is "" or null in kintone and None here, an empty list too. Numbers are decimal texts, times are cut to the minute,
options are addressed by their label, people by their login name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Ref, Row, Value, is_empty

_TEXTS = frozenset(
    {Kind.TEXT, Kind.LONG_TEXT, Kind.HTML, Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.IDENTIFIER, Kind.CHOICE}
)
_LISTS = frozenset({Kind.CHOICES, Kind.REFERENCES, Kind.ROWS, Kind.FILES})
_UNREADABLE = (ValueError, TypeError, KeyError, InvalidOperation)


# ---------------------------------------------------------------- from kintone


Reader = Callable[[Any], Value]


def readers(schema: Schema) -> dict[str, Reader | None]:
    """How each field's value is read; None where kintone's text is the value. Made once for an app, used for every record."""
    return {field.name: _reader(field) for field in schema.fields}


def record(known: Mapping[str, Reader | None], row: Mapping[str, Any], updated: str) -> Record:
    """One record of an answer. Fields that the caller may not see are not in it and stay absent. Raises ``unexpected_answer``
    for what a field's type cannot hold."""
    values: dict[str, Value] = {}
    code = ""
    try:
        for code, cell in row.items():
            if code in known:
                raw, reader = cell["value"], known[code]
                values[code] = (raw if reader is None else reader(raw)) if raw else None
        changed = row[updated]["value"] if updated in row else None
        revision = str(row["$revision"]["value"]) if "$revision" in row else None
        return Record(str(row["$id"]["value"]), values, revision, datetime.fromisoformat(changed) if changed else None)
    except _UNREADABLE as wrong:
        raise ChoaiError("unexpected_answer", field=code, detail=type(wrong).__name__) from wrong


def _reader(field: Field) -> Reader | None:
    match field.kind:
        case Kind.DECIMAL:
            return Decimal
        case Kind.DATE:
            return date.fromisoformat
        case Kind.DATETIME:
            return datetime.fromisoformat
        case Kind.TIME:
            return time.fromisoformat
        case Kind.CHOICES:
            return list
        case Kind.REFERENCE:
            return lambda raw: Ref(raw["code"], raw.get("name"))
        case Kind.REFERENCES:
            return lambda raw: [Ref(v["code"], v.get("name")) for v in raw]
        case Kind.FILES:
            return lambda raw: [Ref(v["fileKey"], v.get("name")) for v in raw]
        case Kind.ROWS:
            return _rows(field)
        case Kind.LONG_TEXT | Kind.HTML:
            return lambda raw: raw.replace("\r\n", "\n")
        case _:
            return None


def _rows(table: Field) -> Reader:
    inner = {f.name: _reader(f) for f in table.fields}

    def one(cell: Mapping[str, Any], reader: Reader | None) -> Value:
        raw = cell["value"]
        return (raw if reader is None else reader(raw)) if raw else None

    def rows(raw: Any) -> list[Row]:
        return [
            Row(str(row["id"]), {code: one(cell, inner[code]) for code, cell in row["value"].items() if code in inner})
            for row in raw
        ]

    return rows


# ---------------------------------------------------------------- to kintone


def cells(schema: Schema, values: Mapping[str, Value], *, creating: bool) -> dict[str, Any]:
    """The ``record`` of a write. kintone ignores field codes it does not know, so they are refused here: ``field_not_found``
    (the schema has no such field), ``not_writable``, ``value_not_convertible``."""
    out = {}
    for name, value in values.items():
        field = schema.get(name)
        if field is None:
            raise ChoaiError("field_not_found", object=schema.object, field=name)
        if not (field.on_create if creating else field.on_update):
            raise ChoaiError("not_writable", field=field.ja)
        out[name] = {"value": plain(field, value)}
    return out


def plain(field: Field, value: Value) -> Any:
    """A model value as kintone wants it."""
    if is_empty(value):
        return [] if field.kind in _LISTS else ""
    try:
        return _plain(field, value)
    except (AttributeError, TypeError, ValueError):
        raise ChoaiError("value_not_convertible", field=field.ja, value=str(value)[:100]) from None


def _plain(field: Field, value: Any) -> Any:
    match field.kind:
        case Kind.DECIMAL:
            return _number(value)
        case Kind.DATE:
            return value.strftime("%Y-%m-%d") if isinstance(value, datetime) else date.isoformat(value)
        case Kind.DATETIME:
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00Z") if value.tzinfo else _refuse(value)
        case Kind.TIME:
            return value.strftime("%H:%M")
        case Kind.CHOICES:
            return [_text(v) for v in value] if isinstance(value, list) else _refuse(value)
        case Kind.REFERENCE:
            return {"code": value.id}
        case Kind.REFERENCES:
            return [{"code": v.id} for v in value]
        case Kind.ROWS:
            return [_sent_row(field, row) for row in value]
        case kind if kind in _TEXTS:
            return _text(value)
        case _:
            return _refuse(value)


def _sent_row(table: Field, row: Row) -> dict[str, Any]:
    """A row with its id, so that kintone keeps it; rows that are not sent are deleted there."""
    inner = {f.name: f for f in table.fields}
    out: dict[str, Any] = {} if row.id is None else {"id": row.id}
    out["value"] = {
        name: {"value": plain(inner[name], v)}
        for name, v in row.values.items()
        if name in inner and inner[name].writable
    }
    return out


def _number(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise TypeError
    number = Decimal(value)
    return format(number, "f") if number.is_finite() else _refuse(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _refuse(value)


def _refuse(value: Any) -> Any:
    raise TypeError(type(value).__name__)


def number(text: str) -> Decimal | None:
    """For comparing keys of number fields: 1 and 1.0 are the same."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
