"""Scheduled execution, one screen per kind (FK-32 … FK-50)."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

from choai.web.shapes.common import Named, Problem

ScheduleKind = Literal["partner", "tag", "segment"]
Direction = Literal["to_left", "to_right"]
Frequency = Literal["monthly", "weekly", "daily"]
DayOfMonth = int | Literal["last"]


class RunAs(Schema):
    """``state``: ok, reauthorise, missing (no authorisation or no longer a member), none (nobody is set)."""

    user: str | None = None
    user_id: int | None = None
    state: str


class ScheduledSync(Schema):
    id: int
    name: str
    object: str
    kind: str
    direction: str


class ScheduleResult(Schema):
    """The latest run (FK-45). ``state`` is the run state of the whole batch."""

    batch: str
    state: str
    ran_at: datetime | None = None
    ended_at: datetime | None = None
    targets: int
    succeeded: int
    failed: int
    not_reached: int = 0
    runs: list[int]
    direction: str
    trigger: str
    late_for: datetime | None = None
    problem: Problem | None = None


class ScheduleCard(Schema):
    """``sync``: whose schedule it is, where it is that of a single sync and not one of the three kinds; its result is then that
    of the sync's latest run, begun by whomever."""

    kind: str
    sync: Named | None = None
    linked: bool
    enabled: bool
    can_enable: bool
    reason: Problem | None = None
    direction: str
    frequency: str
    day: int | str
    missing_day: str
    weekday: int
    next_at: datetime | None = None
    result: ScheduleResult | None = None


class ScheduleOut(ScheduleCard):
    window: list[str]
    zone: str
    upcoming: list[datetime]
    run_as: RunAs
    updated_by: str | None = None
    updated_at: datetime | None = None
    version: int
    syncs: list[ScheduledSync]


class ScheduleCards(Schema):
    """``rows``: the three kinds of the ready-made setup; ``syncs``: all others, by name."""

    rows: list[ScheduleCard]
    syncs: list[ScheduleCard]


class ScheduleIn(Schema):
    enabled: bool
    direction: Direction
    frequency: Frequency
    day: DayOfMonth | None = None
    missing_day: Literal["last", "skip"] | None = None
    weekday: int | None = Field(default=None, ge=0, le=6)
    version: int


class RunAsIn(Schema):
    user_id: int
