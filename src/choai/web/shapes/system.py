"""Dashboard, health, audit and the workspace's own settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from choai.web.shapes.common import Named, Problem
from choai.web.shapes.connections import UsageRow
from choai.web.shapes.runs import RunRow
from choai.web.shapes.schedules import ScheduleCard


class ConnectionCard(Schema):
    id: int
    service: str
    name: str
    state: str
    problem: Problem | None = None
    account: str | None = None
    checked_at: datetime | None = None


class Attention(Schema):
    problem: Problem
    count: int
    link: str


class NextRun(Schema):
    """``sync``: what runs, where the schedule is that of a single sync and not one of the three kinds."""

    kind: str
    sync: Named | None = None
    at: datetime
    late: bool = False


class Dashboard(Schema):
    kinds: list[ScheduleCard]
    syncs: list[ScheduleCard]
    connections: list[ConnectionCard]
    attention: list[Attention]
    recent_runs: list[RunRow]
    next_runs: list[NextRun]


class WorkerRow(Schema):
    id: str
    host: str
    beat_age: int
    alive: bool


class Ticker(Schema):
    last_tick: datetime | None = None


class Queue(Schema):
    depth: int
    oldest_seconds: int


class QuotaRow(UsageRow):
    connection: Named


class Database(Schema):
    kind: str
    size: int | None = None


class Health(Schema):
    connections: list[ConnectionCard]
    workers: list[WorkerRow]
    ticker: Ticker
    next_runs: list[NextRun]
    queue: Queue
    quotas: list[QuotaRow]
    database: Database
    version: str


class AuditRow(Schema):
    """``number`` and ``digest``: the entry's place in the workspace's chain."""

    id: int
    number: int
    digest: str
    at: datetime
    user: str | None = None
    action: str
    subject: str
    before: Any = None
    after: Any = None


class WorkspaceSettings(Schema):
    night_window: list[str] = Field(min_length=2, max_length=2)
    retention_days: int = Field(ge=90, le=3650)
    quota_share: int = Field(ge=10, le=100, description="percent of a connection's day that batches may use")
    open_configuration: bool


class WorkspaceOut(Schema):
    id: int
    name: str
    time_zone: str
    language: str
    settings: WorkspaceSettings


class WorkspaceSettingsPatch(Schema):
    night_window: list[str] | None = Field(default=None, min_length=2, max_length=2)
    retention_days: int | None = Field(default=None, ge=90, le=3650)
    quota_share: int | None = Field(default=None, ge=10, le=100)
    open_configuration: bool | None = None


class WorkspacePatch(Schema):
    name: str | None = Field(default=None, min_length=1, max_length=200)
    time_zone: str | None = None
    language: str | None = Field(default=None, pattern="^(ja|en)$")
    settings: WorkspaceSettingsPatch | None = None
