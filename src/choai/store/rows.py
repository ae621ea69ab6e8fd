"""Bulk statements of the hot path, alike on SQLite and PostgreSQL: many rows a call, no ORM objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

COPIED = 50  # fewer rows than this are inserted one by one on PostgreSQL as well
CHUNK = 900  # SQLite allows 999 variables in older builds; ids are asked for in chunks of this size


_encode = msgspec.json.encode


def as_json(value: Any) -> str:
    """JSON text for a raw statement."""
    return _encode(value).decode()


def from_json(column: Any) -> Any:
    """What a JSON column holds, as a raw statement answers it."""
    return msgspec.json.decode(column) if isinstance(column, (str, bytes)) else column


def instant(moment: datetime) -> Any:
    """An instant as a raw statement takes it, made once for many rows: SQLite's driver would turn it into text each time."""
    return moment.isoformat(" ") if connection.vendor == "sqlite" else moment


def insert(
    table: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Any]],
    *,
    conflict: Sequence[str] = (),
    update: Sequence[str] = (),
) -> None:
    """Insert rows, inside the caller's transaction. With ``conflict`` columns, an existing row gets its ``update`` columns
    replaced (or is left alone)."""
    if not rows:
        return
    names = ", ".join(f'"{c}"' for c in columns)
    end = ""
    if conflict:
        target = ", ".join(f'"{c}"' for c in conflict)
        changes = ", ".join(f'"{c}" = excluded."{c}"' for c in update)
        end = f" ON CONFLICT ({target}) DO " + (f"UPDATE SET {changes}" if update else "NOTHING")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql" and len(rows) > COPIED:
            if update:  # one statement may not touch a row twice: the last of equals wins, as it does row by row
                places = [list(columns).index(c) for c in conflict]
                rows = list({tuple(row[n] for n in places): row for row in rows}.values())
            _copied(cursor, table, names, rows, end)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks}){end}", rows)


def _copied(cursor: Any, table: str, names: str, rows: Sequence[Sequence[Any]], end: str) -> None:
    """PostgreSQL's COPY: a third of the work of inserting row by row. What may conflict takes the way through a temporary
    table. Must run inside a transaction."""
    into = "arriving" if end else table
    if end:
        cursor.execute(f"CREATE TEMP TABLE arriving ON COMMIT DROP AS SELECT {names} FROM {table} WITH NO DATA")
    with cursor.copy(f"COPY {into} ({names}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    if end:
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {names} FROM arriving{end}")
        cursor.execute("DROP TABLE arriving")


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
