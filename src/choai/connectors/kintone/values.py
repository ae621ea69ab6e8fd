"""kintone's JSON ↔ model values: every value is a cell, ``{"value": …}``.

Empty is "", null or an empty list. Numbers are decimal texts, times are cut to the minute, options are addressed by their
label, people by their login name.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from choai.connectors.fields import Column, Table
from choai.connectors.wires import JSON, Wire, many, numbers_as_text, refs
from choai.model.schema import Field, Schema
from choai.model.values import Kind

_PEOPLE = refs("code", "name", as_object=True)


def _refuse(value: Any) -> Any:
    raise TypeError(type(value).__name__)


def _day(value: date) -> str:
    return value.strftime("%Y-%m-%d") if isinstance(value, datetime) else date.isoformat(value)


def _minute(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00Z") if value.tzinfo else _refuse(value)


def _lines(raw: str) -> str:
    return raw.replace("\r\n", "\n")


_PLAIN = Wire(None, JSON[Kind.TEXT].write, "")  # texts arrive as texts
WIRES = {
    **{kind: replace(_PLAIN, write=_refuse) for kind in Kind},
    **dict.fromkeys((Kind.TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.IDENTIFIER, Kind.CHOICE), _PLAIN),
    **dict.fromkeys((Kind.LONG_TEXT, Kind.HTML), replace(_PLAIN, read=_lines)),
    Kind.DECIMAL: replace(numbers_as_text(), read=Decimal),
    Kind.DATE: Wire(date.fromisoformat, _day, ""),
    Kind.DATETIME: Wire(datetime.fromisoformat, _minute, ""),
    Kind.TIME: Wire(time.fromisoformat, lambda value: value.strftime("%H:%M"), ""),
    Kind.CHOICES: many(_PLAIN),
    Kind.REFERENCE: replace(_PEOPLE, empty=""),
    Kind.REFERENCES: many(_PEOPLE),
    Kind.FILES: replace(many(refs("fileKey", "name")), write=_refuse),
}


def table(schema: Schema, updated: str) -> Table:
    """What reads and writes the records of an app. ``updated`` is the code of its time of change, "" when it has none."""
    columns = tuple(_column(field) for field in schema.fields)
    changed = (updated, "value") if updated else None
    revision = ("$revision", "value")
    return Table(schema.object, columns, ("$id", "value"), changed, revision=revision, wires=WIRES, sends_empty=True)


def _column(field: Field, *before: str) -> Column:
    """The column of a field; field codes hold any character, so that paths are tuples. A row keeps its cells under "value"."""
    inner = tuple(_column(f, "value") for f in field.fields)
    return Column(field, (*before, field.name, "value"), inner=inner, row_id=("id",) if inner else ())


def number(text: str) -> Decimal | None:
    """For comparing keys of number fields: 1 and 1.0 are the same."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None
