"""Reconciliations: the two sides of a sync laid side by side."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema

from choai.web.shapes.common import Named, Problem


class ReconciliationStarted(Schema):
    """The id of the reconciliation. Its run has the same id: /runs/{id}/events tells its progress."""

    id: int


class ReconciliationCounts(Schema):
    """``left`` and ``right``: records read. bound = agreeing + differs + missing + (moving ones that are bound)."""

    left: int = 0
    right: int = 0
    read: int = 0
    bound: int = 0
    agreeing: int = 0
    differs: int = 0
    missing: int = 0
    moving: int = 0
    only_left: int = 0
    only_right: int = 0
    not_selected_left: int = 0
    not_selected_right: int = 0


class FieldName(Schema):
    name: str
    ja: str
    en: str


class ComparedField(Schema):
    """A compared pair of fields; ``row`` is its place in the mapping, ``differing`` in how many pairs it differs."""

    row: int
    left: FieldName
    right: FieldName
    differing: int


class ReconciliationEnd(Schema):
    """One side: where it is and what people call it."""

    connection: Named
    service: str
    object: str
    label: str


class ReconciliationRow(Schema):
    """``state``: queued, running, paused, succeeded, error, stopped, cancelled. ``verdict``: agree, differ, null before the
    end. ``actions``: cancel, pause, resume."""

    id: int
    sync: Named
    kind: str
    state: str
    phase: str
    control: str
    verdict: str | None
    counts: ReconciliationCounts
    problem: Problem | None = None
    notes: list[Problem]
    started_by: str | None = None
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    actions: list[str]
    left: ReconciliationEnd
    right: ReconciliationEnd


class SumRow(Schema):
    """A sum of both sides, as exact decimal texts. ``row``: the mapping row; ``key``: the partner's name or YYYY-MM."""

    row: int
    key: str
    currency: str
    left: str
    right: str
    left_count: int
    right_count: int
    agree: bool


class Sums(Schema):
    """Empty where the mapping has no amounts, partners or dates."""

    total: list[SumRow]
    partner: list[SumRow]
    month: list[SumRow]


class ReconciliationDetail(ReconciliationRow):
    """``statement`` is the signed one, null before the end: its bytes may be kept and verified later."""

    fields: list[ComparedField]
    sums: Sums
    statement: dict[str, Any] | None


class DifferingField(Schema):
    """``left_base`` and ``right_base``: what each side held at the last sync. ``unread``: a value is not known."""

    row: int
    left_field: FieldName
    right_field: FieldName
    left: Any = None
    right: Any = None
    left_base: Any = None
    right_base: Any = None
    unread: bool


class DifferenceRow(Schema):
    """``kind``: differs, only_left, only_right, missing, moving. ``gone``: the side that lacks it (left, right, both), or ""."""

    id: int
    kind: str
    name: str
    left_id: str
    right_id: str
    left_link: str | None = None
    right_link: str | None = None
    gone: str
    fields: list[DifferingField]


class Verified(Schema):
    """``reason`` when not valid: not_a_statement, unknown_key (signed by another installation or with a key that is gone),
    changed."""

    valid: bool
    reason: str
    problem: Problem | None = None
