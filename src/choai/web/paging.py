"""What every list takes: page, page size, sort, search."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

Encoding = Literal["utf8", "sjis"]
Language = Literal["ja", "en"]


class PageQuery(Schema):
    """``sort`` is a column's name, with a minus in front for descending. ``q`` searches names and ids."""

    page: int = Field(default=1, ge=1, le=100_000)
    page_size: int = Field(default=50, ge=1, le=200)
    sort: str = Field(default="", max_length=40)
    q: str = Field(default="", max_length=200)


class RunQuery(PageQuery):
    sync: int | None = None
    kind: str | None = None
    state: str | None = Field(default=None, description="one state or several, joined by commas")
    trigger: str | None = None
    batch: str | None = None
    since: datetime | None = None
    until: datetime | None = None


class ItemQuery(PageQuery):
    """``outcome``: one or several, joined by commas; succeeded and targets stand for their sums."""

    outcome: str | None = None
    op: str | None = None
    side: Literal["left", "right"] | None = None
    code: str | None = None


class BindingQuery(PageQuery):
    sync: int | None = None
    kind: str | None = None
    state: str | None = None


class AuditQuery(PageQuery):
    action: str | None = None
    user: int | None = None
    since: datetime | None = None
    until: datetime | None = None


class ReconciliationQuery(PageQuery):
    sync: int | None = None
    verdict: Literal["agree", "differ"] | None = None


class DifferenceQuery(PageQuery):
    """``kind``: differs, only_left, only_right, missing, moving; one or several, joined by commas."""

    kind: str | None = None
