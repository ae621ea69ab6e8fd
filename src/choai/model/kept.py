"""Whether a service kept all of what it was sent. Another spelling of it (width, case, spaces, hyphens, zeros) is no loss."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from choai.model.names import fold
from choai.model.values import Row, Value, is_empty


class Loss(StrEnum):
    CUT = "cut_by_service"  # the end of a text, or items of a list, are gone
    ROUNDED = "rounded_by_service"  # the number is another one


def loss(sent: Value, kept: Value) -> Loss | None:
    """What was lost of a value between sending it and the service's own answer; None when nothing, or when it cannot be told."""
    if sent == kept or is_empty(sent):  # the common case first
        return None
    if isinstance(sent, list):
        return _of_list(sent, kept if isinstance(kept, list) else [])
    if isinstance(sent, str):
        whole, left = _letters(sent), _letters(kept) if isinstance(kept, str) else ""
        return Loss.CUT if len(left) < len(whole) and whole.startswith(left) else None
    if is_empty(kept):
        return Loss.CUT
    if isinstance(sent, Decimal | int) and not isinstance(sent, bool):
        other = isinstance(kept, Decimal | int) and not isinstance(kept, bool) and kept != sent
        return Loss.ROUNDED if other else None
    day = type(sent) is date and isinstance(kept, date) and not isinstance(kept, datetime)
    return Loss.CUT if day and sent != kept else None


def _letters(text: str) -> str:
    """What a text says: letters and digits, width and case aside."""
    return "".join(c for c in fold(text) if c.isalnum())


def _of_list(sent: Sequence[object], kept: Sequence[object]) -> Loss | None:
    if len(kept) < len(sent):
        return Loss.CUT
    found: Loss | None = None
    for name in {name for row in sent if isinstance(row, Row) for name in row.values}:
        columns = [[row.values.get(name) for row in rows if isinstance(row, Row)] for rows in (sent, kept)]
        found = _of_column(*columns) or found
    return found


def _of_column(sent: list[Value], kept: list[Value]) -> Loss | None:
    """Rows may come back in another order: a value is lost when nothing like it is in its column and a lesser one is."""
    rest = list(kept)
    short = []
    for value in sent:
        same = next((n for n, other in enumerate(rest) if loss(value, other) is None and _says(value, other)), None)
        if same is None:
            short.append(value)
        else:
            del rest[same]
    found = [loss(value, other) for value, other in zip(short, rest, strict=False)]
    return next((one for one in found if one is not None), None)


def _says(one: Value, other: Value) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return _letters(one) == _letters(other)
    return one == other or (is_empty(one) and is_empty(other))
