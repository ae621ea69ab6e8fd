"""The values a record may hold, and the three states of a field.

A field of a record is *present* (a value), *empty* (``None``: the service says there is nothing) or *absent*
(no key in the mapping: nobody read it). The three are never confused: absent is unknown and is never written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias


class Kind(StrEnum):
    """What a field holds. The Python type of a present value is given behind each kind."""

    TEXT = "text"  # str, one line
    LONG_TEXT = "long_text"  # str, line ends as \n
    HTML = "html"  # str
    EMAIL = "email"  # str
    PHONE = "phone"  # str
    URL = "url"  # str
    IDENTIFIER = "identifier"  # str, an id given by a service
    BOOLEAN = "boolean"  # bool
    INTEGER = "integer"  # int
    DECIMAL = "decimal"  # Decimal
    MONEY = "money"  # Decimal; the currency stands in the field or beside it
    DATE = "date"  # date, a calendar day without zone
    TIME = "time"  # time
    DATETIME = "datetime"  # aware datetime
    CHOICE = "choice"  # str, one of Field.choices
    CHOICES = "choices"  # list[str]
    REFERENCE = "reference"  # Ref
    REFERENCES = "references"  # list[Ref]
    ROWS = "rows"  # list[Row]: line items, subtables
    FILES = "files"  # list[Ref], never written


@dataclass(slots=True, frozen=True)
class Ref:
    """A pointer to a record of another object. Equal when the ids are equal; the label is only for people."""

    id: str
    label: str | None = field(default=None, compare=False)


@dataclass(slots=True)
class Row:
    """One row of a ROWS field. ``id`` is the service's row identity, None for a row not yet saved there."""

    id: str | None
    values: dict[str, Value]


Value: TypeAlias = None | str | bool | int | Decimal | date | datetime | time | Ref | list[str] | list[Ref] | list[Row]
Values: TypeAlias = Mapping[str, Value]


def is_empty(value: Value) -> bool:
    """Whether a present key holds nothing: None, an empty text or an empty list."""
    return not value and (value is None or isinstance(value, str | list))
