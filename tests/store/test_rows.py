"""Bulk statements, on both databases: few rows and many rows end up the same, however they travel."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction

from choai.store import rows
from choai.store.models import Staged
from store.rows import a_connection, a_run, a_workspace

COLUMNS = ("run_id", "side", "record_id", "revision", "changed_at", "print", "values", "target")


@pytest.fixture
def run(database: str) -> int:
    return a_run(a_connection(a_workspace()))


def read(run: int, *numbers: int, revision: str = "1") -> list[tuple[Any, ...]]:
    """Staged rows with everything that could be lost on the way: bytes, tabs, line ends, a backslash."""
    return [(run, "left", f"r{n}", revision, "a\tb\\N", b"\x00\\\xff", b'{"a":"\\n"}', True) for n in numbers]


def insert(found: list[tuple[Any, ...]], *update: str) -> None:
    with transaction.atomic():
        rows.insert("store_staged", COLUMNS, found, conflict=("run_id", "side", "record_id"), update=update)


@pytest.mark.parametrize("count", [3, rows.COPIED + 50])
def test_values_arrive_as_they_were(run: int, count: int) -> None:
    with transaction.atomic():
        rows.insert("store_staged", COLUMNS, read(run, *range(count)))
    held = Staged.objects.filter(run_id=run).order_by("id")
    assert [s.record_id for s in held] == [f"r{n}" for n in range(count)]
    assert {(s.changed_at, bytes(s.print), bytes(s.values), s.target) for s in held} == {
        ("a\tb\\N", b"\x00\\\xff", b'{"a":"\\n"}', True)
    }


@pytest.mark.parametrize("count", [3, rows.COPIED + 50])
def test_an_existing_row_is_replaced_or_left_alone(run: int, count: int) -> None:
    insert(read(run, *range(count)))
    insert(read(run, *range(count), revision="2"))
    assert set(Staged.objects.values_list("revision", flat=True)) == {"1"}
    insert(read(run, *range(count), revision="2"), "revision")
    assert set(Staged.objects.values_list("revision", flat=True)) == {"2"}
    assert Staged.objects.count() == count


@pytest.mark.parametrize("count", [3, rows.COPIED + 50])
def test_the_last_of_equals_wins(run: int, count: int) -> None:
    insert([*read(run, *range(count)), *read(run, 0, 1, revision="2")], "revision")
    held = dict(Staged.objects.values_list("record_id", "revision"))
    assert (held["r0"], held["r1"], held["r2"], len(held)) == ("2", "2", "1", count)
