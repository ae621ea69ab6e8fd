"""One statement for both databases, and the database's clock: the one clock that several processes and hosts agree on.

Statements are written for PostgreSQL; ``:now`` in them is the current instant in epoch seconds. On SQLite, which has one
writer at a time, ``greatest`` is ``max`` and row locks are left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import connection, transaction

_NOW = {
    "sqlite": "((julianday('now') - 2440587.5) * 86400.0)",
    "postgresql": "extract(epoch from clock_timestamp())::double precision",
}


def rows(sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[tuple[Any, ...]]:
    """Run a statement that answers with rows (SELECT or … RETURNING)."""
    with connection.cursor() as cursor:
        cursor.execute(_in_dialect(sql, connection.vendor), values)
        return list(cursor.fetchall())


def epoch() -> float:
    """The current instant by the database's clock."""
    return float(rows("SELECT :now")[0][0])


@cache
def _in_dialect(sql: str, vendor: str) -> str:
    if vendor == "sqlite":
        sql = sql.replace("greatest(", "max(").replace(" FOR UPDATE SKIP LOCKED", "").replace(" FOR UPDATE", "")
    return sql.replace(":now", _NOW[vendor])


@contextmanager
def lasting() -> Iterator[None]:
    """A transaction that outlives a power cut. SQLite's write-ahead log is otherwise not flushed at every commit, which would
    cost more than the work; flushing it takes along what was committed before."""
    alone = connection.vendor == "sqlite" and not connection.in_atomic_block
    if alone:
        _flushed("FULL")
    try:
        with transaction.atomic():
            yield
    finally:
        if alone:
            _flushed("NORMAL")


def _flushed(how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA synchronous={how}")
