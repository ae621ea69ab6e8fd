"""Services and connections."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema
from pydantic import Field

from choai.web.shapes.common import Named, Problem


class ChoiceRow(Schema):
    value: str
    ja: str
    en: str


class SettingRow(Schema):
    name: str
    ja: str
    en: str
    required: bool
    secret: bool
    default: str | None
    pattern: str | None
    help_ja: str
    help_en: str
    kind: str
    choices: list[ChoiceRow]
    auth: str | None


class ObjectRow(Schema):
    name: str
    ja: str
    en: str
    role: str
    can_create: bool
    can_update: bool
    cursor: str


class LimitRow(Schema):
    name: str
    count: int
    seconds: int
    reset: str
    scope: str
    hard: bool


class ServiceRow(Schema):
    service: str
    role: str
    ja: str
    en: str
    auth: list[str]
    settings: list[SettingRow]
    oauth: bool
    redirect_uri: str
    docs: str
    objects: list[ObjectRow]
    limits: list[LimitRow]


class AccountChoice(Schema):
    id: str
    name: str
    note: str = ""


class AccountInfo(Schema):
    id: str
    name: str
    user_name: str | None = None
    plan: str | None = None
    currency: str | None = None
    capabilities: dict[str, bool] = Field(default_factory=dict)
    reasons: dict[str, str] = Field(default_factory=dict)
    choices: list[AccountChoice] = Field(default_factory=list)


class PeopleCount(Schema):
    authorised: int
    missing: int


class UsageRow(Schema):
    """How much of a limit is spent; ``share`` is 0..1."""

    name: str
    limit: int
    used: int
    resets_at: datetime | None = None
    share: str


class ConnectionRow(Schema):
    """``state``: new, ready, reauthorise, blocked, error. ``authorised``: whether the reader's own authorisation is in order."""

    id: int
    service: str
    name: str
    auth: str
    state: str
    problem: Problem | None = None
    account: AccountInfo | None = None
    authorised: bool
    people: PeopleCount
    used_by: list[Named]
    usage: list[UsageRow]
    checked_at: datetime | None = None
    refreshed_at: datetime | None = None
    expires_hint: datetime | None = None
    created_by: str | None = None
    version: int


class ConnectionDetail(ConnectionRow):
    """``settings`` are the ones that are not secret; ``secrets`` names the sealed ones that are set."""

    settings: dict[str, Any]
    secrets: list[str]


class ConnectionIn(Schema):
    service: str
    name: str = Field(min_length=1, max_length=200)
    auth: str
    settings: dict[str, Any] = Field(default_factory=dict)


class ConnectionPatch(Schema):
    """Secret settings left out keep their value."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    settings: dict[str, Any] | None = None
    version: int


class AuthoriseIn(Schema):
    """``back`` is the path of the screen to return to."""

    back: str = Field(default="/", max_length=300)


class AuthoriseOut(Schema):
    url: str


class AccountIn(Schema):
    account_id: str = Field(min_length=1, max_length=100)


class ObjectChoice(Schema):
    name: str
    ja: str
    en: str
    spec: str
    available: bool
    reason: Problem | None = None
    note: str | None = None


class ObjectChoices(Schema):
    rows: list[ObjectChoice]


class FieldRow(Schema):
    name: str
    kind: str
    ja: str
    en: str
    role: str | None = None
    required: bool = False
    on_create: bool = True
    on_update: bool = True
    clearable: bool = True
    unique: bool = False
    max_length: int | None = None
    pattern: str | None = None
    has_default: bool = False
    granularity: str | None = None
    choices: list[ChoiceRow] = Field(default_factory=list)
    target: str | None = None
    fields: list[FieldRow] = Field(default_factory=list)
    note: str | None = None


class SchemaOut(Schema):
    object: str
    revision: str
    fields: list[FieldRow]
    taken_at: datetime | None = None


class PersonRow(Schema):
    """``state``: ok, reauthorise, missing."""

    user: Named
    authorised: bool
    state: str
    service_user: str
    is_me: bool


class People(Schema):
    rows: list[PersonRow]


class Outbound(Schema):
    addresses: list[str]


# ------------------------------------------------------------------ a look at the account


class LookedObject(Schema):
    """One object as it was looked at: fields, rows of its first page. ``total`` where the service tells it."""

    name: str
    label: str
    fields: int
    rows: int
    more: bool
    total: int | None
    writes: bool
    used: bool
    available: bool
    problem: Problem | None


class KeptLimit(Schema):
    name: str
    count: int
    seconds: int


class LimitHeader(Schema):
    name: str
    value: str


class WantedSetting(Schema):
    """A setting that ought to be another one."""

    name: str
    label: str
    now: str
    value: str


class LookedFact(Schema):
    """Something the vendor's documents leave open. ``state``: settled (``answer``), untold, failed (``problem``) or open
    (``how``)."""

    fact: str
    question: str
    state: str
    answer: str
    assumed: str
    how: str
    problem: Problem | None
    wanted: list[WantedSetting]


class CheckOut(Schema):
    """What a look at an account found. ``sound``: whether everything can be read that is offered or used."""

    sound: bool
    objects: list[LookedObject]
    limits: list[KeptLimit]
    headers: list[LimitHeader]
    facts: list[LookedFact]
    calls: int
