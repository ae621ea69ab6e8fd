"""Shapes every resource uses."""

from __future__ import annotations

from typing import Any, Generic, TypeVar

from ninja import Schema
from pydantic import Field

T = TypeVar("T")


class Problem(Schema):
    """A code of the error catalogue with its texts in the reader's language."""

    code: str
    title: str
    cause: str
    next: str
    who: str
    recovery: str
    facts: dict[str, Any] = Field(default_factory=dict)


class FieldProblem(Schema):
    """One input that was not understood. ``field`` is a dotted path."""

    field: str
    message: str


class Fault(Problem):
    """The body of every answer that is not a success. ``id`` finds the entry in the server's log."""

    id: str
    fields: list[FieldProblem] = Field(default_factory=list)


class Listing(Schema, Generic[T]):
    """One page of a list. ``total`` is null where counting would cost more than the page."""

    rows: list[T]
    total: int | None
    page: int
    page_size: int


class Named(Schema):
    id: int
    name: str


class Ok(Schema):
    ok: bool = True


class Started(Schema):
    run_id: int


class StartedMany(Schema):
    runs: list[int]
    batch: str | None = None


class PreviewIn(Schema):
    preview: bool = False


class MappingProblem(Schema):
    """A fault of a mapping. ``row`` is the index of the row it is about, null for the mapping as a whole."""

    severity: str
    row: int | None = None
    problem: Problem
