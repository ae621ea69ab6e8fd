"""Setting up any CRM with any accounting service."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Schema
from pydantic import Field

from choai.web.shapes.common import MappingProblem, Problem
from choai.web.shapes.schedules import DayOfMonth, Direction, Frequency
from choai.web.shapes.syncs import MappingOut, MappingRowIn, MatchKeyRow, ProposalRow


class ObjectOption(Schema):
    """An object that may hold the topic. ``likely``: its service or its name says so."""

    name: str
    ja: str
    en: str
    available: bool
    reason: Problem | None = None
    likely: bool


class KnownSync(Schema):
    """Two objects that a sync pairs already."""

    left: str
    right: str
    sync_id: int


class TopicRow(Schema):
    """Something to sync. ``offered``: both sides have an object for it; ``left``/``right``: the suggested ones, null when nothing
    says which. ``sync_id``: the suggested ones are paired already."""

    key: str
    ja: str
    en: str
    offered: bool
    left: str | None = None
    right: str | None = None
    left_objects: list[ObjectOption]
    right_objects: list[ObjectOption]
    sync_id: int | None = None


class TopicRows(Schema):
    rows: list[TopicRow]
    known: list[KnownSync]


class PairIn(Schema):
    left_connection: int
    left_object: str = Field(min_length=1, max_length=120)
    right_connection: int
    right_object: str = Field(min_length=1, max_length=120)
    topic: str = Field(min_length=1, max_length=40)


class PairDraft(Schema):
    """``mapping.rows`` are taken unless a person says otherwise, ``maybe`` only when one accepts them. ``offered`` are the
    directions there may be; ``brake``: a plan that changes more than ``share`` percent and ``minimum`` records asks first."""

    topic: str
    name: str
    left_label: str
    right_label: str
    mapping: MappingOut
    maybe: list[ProposalRow]
    offered: list[Direction]
    directions: list[Direction]
    duplicate_policy: str
    conflict_policy: str
    brake: dict[str, int]
    sync_id: int | None = None


class PairCheckIn(PairIn):
    rows: list[MappingRowIn]
    match_keys: list[MatchKeyRow] = Field(default_factory=list)
    directions: list[Direction] = Field(min_length=1)


class PairProblems(Schema):
    problems: list[MappingProblem]


class Timing(Schema):
    enabled: bool = False
    frequency: Frequency = "daily"
    day: DayOfMonth | None = None
    missing_day: Literal["last", "skip"] | None = None
    weekday: int | None = Field(default=None, ge=0, le=6)


class PairCreateIn(PairCheckIn):
    name: str = Field(min_length=1, max_length=200)
    duplicate_policy: Literal["fail", "bind", "skip", "clone"] = "bind"
    conflict_policy: Literal["left", "right", "newest", "ask"] = "ask"
    options: dict[str, Any] = Field(default_factory=dict)
    schedule: Timing = Field(default_factory=Timing)


class PairCreated(Schema):
    """``created`` is false for a sync that was there already; it is left as it is."""

    sync_id: int
    pairing_id: int
    created: bool


class TimingOut(Schema):
    enabled: bool
    can_enable: bool
    reason: Problem | None = None
    frequency: Frequency
    day: DayOfMonth
    missing_day: str
    weekday: int
    next_at: datetime | None = None
    window: list[str]
    zone: str
    version: int


class TimingIn(Timing):
    version: int
