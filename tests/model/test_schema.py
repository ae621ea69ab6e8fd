"""Looking fields up, and mapping rows joined with them."""

from __future__ import annotations

from datetime import UTC, datetime

from choai.model.mapping import Flow, MappingRow, Side
from choai.model.pairs import join
from choai.model.record import Record
from choai.model.schema import Choice, Field, Schema
from choai.model.values import Kind, is_empty

NAME = Field("name", Kind.TEXT, "名前", "Name", role="partner.name")
RANK = Field("rank", Kind.CHOICE, "ランク", "Rank", on_create=False, on_update=False)
SCHEMA = Schema("o", (NAME, RANK))


def test_fields_by_name_and_role() -> None:
    assert SCHEMA.get("name") is NAME
    assert SCHEMA.get("gone") is None
    assert SCHEMA.with_role("partner.name") is NAME
    assert SCHEMA.with_role("partner.code") is None
    assert NAME.writable
    assert not RANK.writable


def test_directions() -> None:
    assert [side for side in Side if Flow.BOTH.feeds(side)] == [Side.LEFT, Side.RIGHT]
    assert [side for side in Side if Flow.TO_LEFT.feeds(side)] == [Side.LEFT]
    assert [side for side in Side if Flow.TO_RIGHT.feeds(side)] == [Side.RIGHT]
    assert Side.LEFT.other is Side.RIGHT
    assert Side.RIGHT.other is Side.LEFT
    assert MappingRow("a", "b").field(Side.RIGHT) == "b"


def test_a_record_is_present_empty_or_absent() -> None:
    record = Record("1", {"name": "", "rank": None}, changed_at=datetime(2026, 4, 1, tzinfo=UTC))
    assert is_empty(record.values["name"])
    assert "memo" not in record.values


def test_a_join_is_remembered_for_the_same_objects() -> None:
    rows = (MappingRow("name", "name"),)
    assert join(rows, SCHEMA, SCHEMA) is join(rows, SCHEMA, SCHEMA)
    assert join(rows, SCHEMA, Schema("o", (NAME, RANK))) is not join(rows, SCHEMA, SCHEMA)
    assert join(list(rows), SCHEMA, SCHEMA) is not join(list(rows), SCHEMA, SCHEMA)


def test_converted_choices_are_remembered_but_not_without_end() -> None:
    choices = tuple(Choice(str(n), f"label {n}") for n in range(3))
    left = Schema("l", (Field("rank", Kind.CHOICE, "ランク", "Rank", choices=choices),))
    right = Schema("r", (Field("rank", Kind.TEXT, "ランク", "Rank"),))
    (pair,) = join((MappingRow("rank", "rank"),), left, right).pairs
    assert [pair.carry("1", Side.RIGHT) for _ in range(2)] == ["label 1"] * 2
    for n in range(1500):
        assert pair.carry(f"x{n}", Side.RIGHT) == f"x{n}"
    assert pair.carry("1", Side.RIGHT) == "label 1"
    assert pair.carry("label 2", Side.LEFT) == "2"
