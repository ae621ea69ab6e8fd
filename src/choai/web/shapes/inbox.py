"""What waits for a person, what they may answer, and undoing runs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from choai.web.shapes.common import Named, Problem
from choai.web.shapes.runs import FieldChange, ItemRow


class PlannedWrite(Schema):
    """One field that a choice writes. ``side``: left or right."""

    side: str
    field: str
    before: Any = None
    after: Any = None


class InboxChoice(Schema):
    """An answer an entry offers. ``id``: the partner that a ``bind`` means (to be sent as ``partner``); ``open_id``: the person
    tells or searches it."""

    key: str
    id: str | None = None
    open_id: bool = False
    label_ja: str
    label_en: str
    writes: list[PlannedWrite]


class SideRecord(Schema):
    id: str
    link: str | None = None
    values: dict[str, Any]


class SideField(Schema):
    """One mapped pair of fields: what both sides hold beside what they agreed on last. ``row``: index of the mapping row, to be
    named in ``fields`` of a decision."""

    row: int
    left: str
    right: str
    label_ja: str
    label_en: str
    left_value: Any = None
    right_value: Any = None
    left_base: Any = None
    right_base: Any = None
    conflict: bool


class CandidateRow(Schema):
    """``bound_to``: the record that it belongs to already; then it cannot be chosen."""

    id: str
    side: str
    name: str
    link: str | None = None
    values: dict[str, Any]
    bound_to: str | None = None


class DecisionRow(Schema):
    """``state``: waiting (the next run takes it up), applied, standing (lasts until it is taken back), undone."""

    id: int
    kind: str
    choice: str
    partner: str | None = None
    fields: dict[str, str] = Field(default_factory=dict)
    name: str
    sync_id: int
    side: str
    left_id: str
    right_id: str
    by: str | None = None
    at: datetime
    state: str
    run_id: int | None = None
    undone_at: datetime | None = None


class BrokenRow(Schema):
    """A row of a mapping (counted from 1; null: the mapping as a whole) that no longer fits, with both its ends."""

    row: int | None = None
    left_ja: str | None = None
    left_en: str | None = None
    right_ja: str | None = None
    right_en: str | None = None
    problem: Problem


class InboxRow(Schema):
    """One thing that waits. ``kind``: conflict, ambiguous, duplicate, elsewhere, id_changed, missing, parked, many, write_back
    (records); held, drift (runs); connection. ``link``: where it is shown in full, of a drift where it is put right; a connection
    has no choices, it is put right there. ``breaks``: what a drift has broken; ``whole``: the sync stands still, else only new
    records wait."""

    id: str
    kind: str
    problem: Problem
    name: str
    since: datetime
    link: str
    sync: Named | None = None
    run_id: int | None = None
    item_id: int | None = None
    side: str | None = None
    left: SideRecord | None = None
    right: SideRecord | None = None
    fields: list[SideField]
    candidates: list[CandidateRow]
    choices: list[InboxChoice]
    decision: DecisionRow | None = None
    breaks: list[BrokenRow] = Field(default_factory=list)
    whole: bool = True


class InboxCounts(Schema):
    total: int
    kinds: dict[str, int]


class DecideIn(Schema):
    """``partner``: the chosen record of a ``bind``. ``fields``: with the choice "fields", mapping row → left or right."""

    choice: str = Field(max_length=20)
    partner: str | None = Field(default=None, max_length=120)
    fields: dict[str, str] = Field(default_factory=dict)


class DecideOne(DecideIn):
    id: str = Field(max_length=40)


class DecideMany(Schema):
    decisions: list[DecideOne] = Field(min_length=1, max_length=500)


class Given(Schema):
    """``decision_id`` is null for runs: what was chosen has happened."""

    id: str
    decision_id: int | None = None


class Decided(Schema):
    """``runs`` of plans that were answered have begun. ``soon``: a run carries the answers to records out as soon as the time to
    take them back is over; else the sync's next run does."""

    decisions: list[Given]
    runs: list[int]
    soon: bool = False


class TakeBackIn(Schema):
    decision_id: int | None = None
    decision_ids: list[int] = Field(default_factory=list, max_length=500)


class FoundRecords(Schema):
    rows: list[CandidateRow]


class UndoField(Schema):
    field: str
    label_ja: str
    label_en: str
    previous: Any = None
    wrote: Any = None
    now: Any = None
    put_back: bool


class UndoItem(Schema):
    """``action``: put_back, changed_since, unknown (previous value not on record), listed (accounts: previous values only),
    created (stays), tied (nothing was written), as_it_was."""

    item_id: int
    side: str
    op: str
    name: str
    left_id: str
    right_id: str
    left_link: str | None = None
    right_link: str | None = None
    action: str
    problem: Problem | None = None
    fields: list[UndoField]


class UndoTotals(Schema):
    put_back: int
    listed: int
    created: int
    tied: int


class UndoPreview(Schema):
    """The reverse plan. ``totals`` add up to what the run created and updated; records changed since are counted under put_back
    until the undoing run has read them."""

    run_id: int
    possible: bool
    undone_by: int | None = None
    totals: UndoTotals
    rows: list[UndoItem]
    total: int | None
    page: int
    page_size: int


class TraceRun(Schema):
    id: int
    trigger: str
    started_by: str | None = None
    run_as: str | None = None
    started_at: datetime


class TraceRow(ItemRow):
    run: TraceRun
    fields: list[FieldChange]


class AuditVerdict(Schema):
    """``broken``: number of the first entry that is not as it was written, ``reason``: changed, unlinked, missing, cut."""

    intact: bool
    entries: int
    head: str
    broken: int | None = None
    reason: str = ""
    at: datetime | None = None
