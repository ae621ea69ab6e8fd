"""Pairs of records."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from choai.web.shapes.common import Named


class BindingRow(Schema):
    """``state``: ok, missing_left, missing_right, id_changed. ``origin``: left, right (where it was created from), matched."""

    id: int
    sync: Named | None = None
    kind: str
    name: str
    left_id: str
    right_id: str
    left_link: str | None = None
    right_link: str | None = None
    state: str
    origin: str
    synced_at: datetime | None = None


class BaseField(Schema):
    left: str | None
    right: str | None
    label_ja: str
    label_en: str
    left_value: Any = None
    right_value: Any = None


class BindingDetail(BindingRow):
    fields: list[BaseField] = Field(default_factory=list)


class BindingIn(Schema):
    left_id: str = Field(min_length=1, max_length=120)
    right_id: str = Field(min_length=1, max_length=120)
