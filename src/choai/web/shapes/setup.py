"""The set-up checklist, presets, and masters."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema
from pydantic import Field

from choai.web.shapes.common import MappingProblem, Problem


class SetupStep(Schema):
    key: str
    done: bool
    problem: Problem | None = None
    link: str


class SetupStage(Schema):
    """``state``: done, now, locked. ``key``: connect, masters, functions (FK-03)."""

    key: str
    state: str
    steps: list[SetupStep]


class SetupNext(Schema):
    route: str


class Setup(Schema):
    """``wanted``: somebody has begun with these steps, or with nothing else."""

    stages: list[SetupStage]
    next: SetupNext
    wanted: bool = True


class PresetRow(Schema):
    key: str
    ja: str
    en: str
    text_ja: str
    text_en: str
    crm: str
    accounting: str
    kinds: list[str]
    available: bool


class Presets(Schema):
    rows: list[PresetRow]


class MasterEnd(Schema):
    """One end of a master linkage; ``label`` is the object's name for people, ``link`` opens it."""

    connection: int
    connection_name: str
    object: str
    label: str
    link: str | None = None


class LastRun(Schema):
    """The counts FK-45 shows, of one run or of the runs started together."""

    run_id: int
    state: str
    direction: str
    trigger: str
    ran_at: datetime | None = None
    targets: int
    succeeded: int
    failed: int
    problem: Problem | None = None


class MasterRow(Schema):
    """``state``: linked, disabled, unlinked, unavailable (with the reason)."""

    kind: str
    ja: str
    en: str
    directions: list[str]
    schedulable: bool
    state: str
    reason: Problem | None = None
    pairing_id: int | None = None
    sync_id: int | None = None
    left: MasterEnd | None = None
    right: MasterEnd | None = None
    bindings: int = 0
    last_run: LastRun | None = None


class Masters(Schema):
    rows: list[MasterRow]


class LinkIn(Schema):
    left_connection: int
    left_object: str = Field(min_length=1, max_length=120)
    right_connection: int


class LinkOut(Schema):
    sync_id: int
    pairing_id: int
    problems: list[MappingProblem]
