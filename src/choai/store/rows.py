"""Bulk statements of the hot path, alike on SQLite and PostgreSQL: many rows a call, no ORM objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

CHUNK = 900  # SQLite allows 999 variables in older builds; ids are asked for in chunks of this size


def insert(
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    conflict: Sequence[str] = (),
    update: Sequence[str] = (),
) -> None:
    """Insert rows. With ``conflict`` columns, an existing row gets its ``update`` columns replaced (or is left alone)."""
    if not rows:
        return
    names = ", ".join(f'"{c}"' for c in columns)
    marks = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"
    if conflict:
        target = ", ".join(f'"{c}"' for c in conflict)
        changes = ", ".join(f'"{c}" = excluded."{c}"' for c in update)
        statement += f" ON CONFLICT ({target}) DO " + (f"UPDATE SET {changes}" if update else "NOTHING")
    with connection.cursor() as cursor:
        cursor.executemany(statement, rows)


def update(table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], *, key: str = "id") -> None:
    """Update by key: each row holds the column values and, last, the key."""
    if not rows:
        return
    changes = ", ".join(f'"{c}" = %s' for c in columns)
    with connection.cursor() as cursor:
        cursor.executemany(f'UPDATE {table} SET {changes} WHERE "{key}" = %s', rows)


def select(statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def select_in(statement: str, before: Sequence[Any], ids: Iterable[str | int]) -> list[tuple[Any, ...]]:
    """Rows of a query that ends in ``IN (%s)``-style ``{ids}``, asked for in chunks."""
    wanted = list(dict.fromkeys(ids))
    found: list[tuple[Any, ...]] = []
    for start in range(0, len(wanted), CHUNK):
        part = wanted[start : start + CHUNK]
        marks = ", ".join(["%s"] * len(part))
        found.extend(select(statement.replace("{ids}", marks), [*before, *part]))
    return found
