"""Syncs and their mappings."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from choai.web.shapes.common import MappingProblem, Problem
from choai.web.shapes.connections import SchemaOut
from choai.web.shapes.schedules import RunAs
from choai.web.shapes.setup import LastRun


class SyncEnd(Schema):
    connection: int
    connection_name: str
    service: str
    object: str
    label: str
    deep_link: str | None = None


class MatchKeyRow(Schema):
    left: str
    right: str
    how: Literal["exact", "text", "name"] = "exact"


class SyncRow(Schema):
    id: int
    name: str
    preset: str
    kind: str
    pairing: int
    linked: bool
    left: SyncEnd
    right: SyncEnd
    directions: list[str]
    last_run: LastRun | None = None
    bindings: int
    version: int
    paused: Problem | None = None  # what stopped it, until that is put right


class SyncScheduleInfo(Schema):
    id: int
    kind: str
    enabled: bool
    next_at: datetime | None = None


class SyncDetail(SyncRow):
    """``resync``: the next run compares all records, not only those that have changed."""

    duplicate_policy: str
    conflict_policy: str
    delete_policy: str
    selection: dict[str, Any]
    match_keys: list[MatchKeyRow]
    options: dict[str, Any]
    run_as: RunAs
    schedule: SyncScheduleInfo | None = None
    resync: bool


class SyncPatch(Schema):
    name: str | None = Field(default=None, min_length=1, max_length=200)
    directions: list[Literal["to_left", "to_right"]] | None = None
    duplicate_policy: Literal["fail", "bind", "skip", "clone"] | None = None
    conflict_policy: Literal["left", "right", "newest", "ask"] | None = None
    delete_policy: Literal["mark"] | None = None
    selection: dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    run_as: int | None = None
    version: int


class MappingRowIn(Schema):
    left: str | None = None
    right: str | None = None
    direction: Literal["both", "to_right", "to_left"] = "both"
    converter: str | None = None
    options: dict[str, Any] = Field(default_factory=dict)
    default: str | None = None
    only_on_create: bool = False
    write_back: bool = False
    when_empty: Literal["keep", "clear"] = "keep"
    rows: list[MappingRowIn] = Field(default_factory=list)


class MappingRowOut(MappingRowIn):
    """``status``: ok, warning, error."""

    status: str = "ok"


class ProposalRow(MappingRowIn):
    """A row nobody has accepted yet, with how sure the proposal is (0 to 100) and why."""

    score: int
    why: str


class ConverterOption(Schema):
    name: str
    ja: str
    en: str
    kind: str = "text"
    choices: list[str] = Field(default_factory=list)
    required: bool = False


class ConverterRow(Schema):
    name: str
    ja: str
    en: str
    left_kinds: list[str]
    right_kinds: list[str]
    two_way: bool
    options: list[ConverterOption]


class MappingOut(Schema):
    rows: list[MappingRowOut]
    left: SchemaOut
    right: SchemaOut
    converters: list[ConverterRow]
    match_keys: list[MatchKeyRow]
    problems: list[MappingProblem]
    directions: list[str]
    version: int


class MappingCheckIn(Schema):
    rows: list[MappingRowIn]
    match_keys: list[MatchKeyRow] = Field(default_factory=list)


class MappingIn(MappingCheckIn):
    version: int


class MappingProblems(Schema):
    problems: list[MappingProblem]


class Proposals(Schema):
    rows: list[ProposalRow]


class SyncRunIn(Schema):
    preview: bool = False
    direction: Literal["to_left", "to_right", "both"] | None = None
