"""A record as one side holds it at one instant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from choai.model.values import Value


@dataclass(slots=True)
class Record:
    """``values`` holds only what was read: a key that is not there is absent, a None is empty (see values.py).

    ``revision`` is the service's optimistic-lock token, if it has one. ``changed_at`` is the service's own stamp in the
    service's own granularity: an aware datetime, a JST calendar date (freee), or None when there is none.
    """

    id: str
    values: dict[str, Value]
    revision: str | None = None
    changed_at: datetime | date | None = None
    archived: bool = False
