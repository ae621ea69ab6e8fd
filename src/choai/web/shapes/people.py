"""Users and API tokens of a workspace."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

RoleName = Literal["viewer", "operator", "configurer", "connection_owner", "administrator"]


class MemberRow(Schema):
    """``runs`` counts the syncs that run as this person."""

    id: int
    email: str
    name: str
    language: str
    role: str
    rights: list[str]
    is_me: bool
    is_active: bool
    runs: int
    created_at: datetime


class Members(Schema):
    rows: list[MemberRow]


class MemberIn(Schema):
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    name: str = Field(min_length=1, max_length=100)
    role: RoleName
    password: str | None = Field(default=None, max_length=1000)
    language: str = Field(default="ja", pattern="^(ja|en)$")


class MemberPatch(Schema):
    role: RoleName | None = None
    name: str | None = Field(default=None, min_length=1, max_length=100)
    password: str | None = Field(default=None, max_length=1000)


class TokenRow(Schema):
    id: int
    name: str
    role: str
    user: str
    created_at: datetime
    used_at: datetime | None = None
    expires_at: datetime | None = None


class Tokens(Schema):
    rows: list[TokenRow]


class TokenIn(Schema):
    name: str = Field(min_length=1, max_length=100)
    role: RoleName
    expires_at: datetime | None = None


class TokenOut(TokenRow):
    """``token`` is shown this once."""

    token: str
