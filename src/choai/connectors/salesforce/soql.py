"""Texts of SOQL. Names come from describe and are never quoted; values are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from choai.connectors.paging import portioned
from choai.connectors.wires import instant as as_instant
from choai.connectors.wires import moment
from choai.model.values import Kind

LONGEST = 9000  # bytes of a list of values in an address: with its headers a request may have 16,384
_ESCAPES = {"\\": "\\\\", "'": "\\'", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f"}


def literal(sent: Any, kind: Kind = Kind.TEXT) -> str:
    """A value as it travels, as a literal: dates, numbers and booleans have no quotes."""
    if isinstance(sent, bool):
        return "true" if sent else "false"
    if isinstance(sent, int | Decimal):
        return format(sent, "f")
    if kind in (Kind.DATE, Kind.DATETIME):
        return str(sent)
    return "'" + "".join(_ESCAPES.get(c, c) for c in str(sent) if c >= " " or c in _ESCAPES) + "'"


def instant(when: datetime | date) -> str:
    return moment(as_instant(when), "utc")


def portions(literals: Iterable[str]) -> Iterator[list[str]]:
    """Lists of literals that fit into one address each."""
    return portioned(literals, LONGEST)


def select(fields: Sequence[str], object: str, conditions: Sequence[str], tail: str = "") -> str:
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT {', '.join(fields)} FROM {object}{where} {tail}".rstrip()  # noqa: S608  (names of describe, literals)
