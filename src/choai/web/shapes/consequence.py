"""What an edit of a sync would do."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Schema

from choai.web.shapes.runs import ItemDetail, RunRow
from choai.web.shapes.syncs import MappingRowIn, MatchKeyRow


class DraftIn(Schema):
    """Settings as they are in the form; what is left out stays as it is saved."""

    version: int
    directions: list[Literal["to_left", "to_right"]] | None = None
    duplicate_policy: Literal["fail", "bind", "skip", "clone"] | None = None
    conflict_policy: Literal["left", "right", "newest", "ask"] | None = None
    selection: dict[str, Any] | None = None
    options: dict[str, Any] | None = None
    rows: list[MappingRowIn] | None = None
    match_keys: list[MatchKeyRow] | None = None


class WritesOf(Schema):
    create: int
    update: int
    bind: int


class Writes(Schema):
    left: WritesOf
    right: WritesOf


class FieldWrites(Schema):
    """A field of records that exist, and in how many of them it would be written."""

    side: str
    field: str
    ja: str
    en: str
    count: int


class ConsequenceOut(Schema):
    """``changed``: fields of the sync that differ. ``leaving``: bound records that would fall out of the selection; they stay
    bound and are left alone. ``entering``: records that would come in. ``relook``: why the next run compares all records when
    only the settings are saved: field_added, selection_widened, direction_added, keys_changed, duplicates_changed.
    ``outdated``: somebody saved other settings meanwhile. ``run.cost``: the calls that carrying out takes."""

    run: RunRow
    changed: list[str]
    relook: list[str]
    saved: bool
    outdated: bool
    leaving: int
    entering: int
    conflicts: int
    failed: int
    unchanged: int
    writes: Writes
    fields: list[FieldWrites]
    samples: list[ItemDetail]


class DraftSave(Schema):
    """``apply``: carry out the plan that was shown, too."""

    apply: bool = False
