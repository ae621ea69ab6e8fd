"""Runs, their outcomes, and their events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from choai.web.shapes.common import Named, Problem


class Progress(Schema):
    """Records so far. ``percent`` is null while the total is unknown."""

    read: int
    planned: int
    done: int
    total: int | None
    percent: int | None


class Counts(Schema):
    """Outcomes of CC-08. succeeded = created + updated + unchanged; targets = succeeded + failed (+ skipped, blocked).

    Records that were read and have no outcome of their own: equal to the base (``overlap``), not selected (``deselected``), the
    run ended before their plan (``unplanned``), read twice (``reread``), told by their pair's other record (``paired``)."""

    targets: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    blocked: int = 0
    not_reached: int = 0
    not_counted: int = 0
    succeeded: int = 0
    planned: int = 0
    read: int = 0
    overlap: int = 0
    deselected: int = 0
    unplanned: int = 0
    reread: int = 0
    paired: int = 0


class CallCount(Schema):
    connection: Named
    calls: int


class RunRow(Schema):
    """``state``: queued, running, paused, planned, held, succeeded, partly, error, stopped, cancelled.
    ``direction``: to_left, to_right, both. ``actions``: what may be done with it now (apply, discard, cancel, pause, resume,
    retry).
    ``draft``: a preview with settings that nobody has saved yet; see the sync's consequence.
    ``plan``: what a waiting plan (planned, held) would do, by side and operation: left_create, right_update …"""

    id: int
    batch: str
    sync: Named
    kind: str
    direction: str
    trigger: str
    preview: bool
    draft: bool = False
    state: str
    phase: str
    progress: Progress
    counts: Counts
    cost: list[CallCount]
    calls: list[CallCount]
    problem: Problem | None = None
    notes: list[Problem]
    late_for: datetime | None = None
    run_as: str | None = None
    started_by: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    actions: list[str] = Field(default_factory=list)
    plan: dict[str, int] = Field(default_factory=dict)


class ItemRow(Schema):
    id: int
    side: str
    op: str
    outcome: str
    name: str
    left_id: str
    right_id: str
    left_link: str | None = None
    right_link: str | None = None
    problem: Problem | None = None
    changes: int
    ended_at: datetime | None = None


class FieldChange(Schema):
    """One mapped field of an item. ``before`` and ``after`` are the target's values, ``base`` what both sides agreed on last.
    Dates are ISO texts, decimals are texts, lists are lists."""

    left: str | None
    right: str | None
    label_ja: str
    label_en: str
    before: Any = None
    after: Any = None
    base: Any = None
    changed: bool


class ItemDetail(ItemRow):
    fields: list[FieldChange]


class RetryIn(Schema):
    """Without ``items``: all that did not succeed."""

    items: list[int] | None = None


class RunEvent(Schema):
    """What the event stream of a run sends: the run as GET would answer it."""

    run: RunRow


class WorkspaceEvent(Schema):
    """Something changed: the ids of the runs that did."""

    runs: list[int]
