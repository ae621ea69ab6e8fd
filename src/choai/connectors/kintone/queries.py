"""Texts of the query language. Literals only: functions such as TODAY() depend on the caller's time zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from choai.connectors.kintone.spec import PAGE


def literal(text: str) -> str:
    """A quoted string. Raw control characters are a syntax error in kintone, so they are escaped or dropped."""
    safe = text.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t").replace("\n", "\\n")
    return '"' + "".join(c for c in safe if c >= " ") + '"'


def one_of(field: str, texts: Iterable[str]) -> str:
    return f"{field} in ({', '.join(literal(t) for t in texts)})"


def since(field: str, when: datetime) -> str:
    """Changed in or after that minute: update times have no seconds."""
    return f'{field} >= "{when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00Z")}"'


def page(conditions: Iterable[str], after: str | None) -> str:
    """The next page in the order of ``$id``, which has no ceiling and can be asked for again."""
    parts = [*conditions, *([f'$id > "{after}"'] if after else [])]
    return f"{' and '.join(parts)} order by $id asc limit {PAGE}".strip()
