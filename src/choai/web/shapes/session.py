"""Signing in, and what the signed-in person may do."""

from __future__ import annotations

from typing import Any

from ninja import Schema
from pydantic import Field


class UserInfo(Schema):
    id: int
    email: str
    name: str
    language: str


class WorkspaceInfo(Schema):
    id: int
    name: str
    time_zone: str
    language: str


class WorkspaceChoice(Schema):
    id: int
    name: str
    role: str


class Tie(Schema):
    """The services at both ends of a sync."""

    sync: int
    left: str
    right: str


class Session(Schema):
    """``rights``: view, run, schedule, configure, connect, administer. ``ties``: of every sync of the workspace, so that
    words for either side can name it. ``demo`` prefills the set-up of a demo installation."""

    signed_in: bool
    first_start: bool
    user: UserInfo | None = None
    workspace: WorkspaceInfo | None = None
    workspaces: list[WorkspaceChoice] = Field(default_factory=list)
    role: str | None = None
    rights: list[str] = Field(default_factory=list)
    ties: list[Tie] = Field(default_factory=list)
    demo: dict[str, Any] | None = None
    version: str


class SignIn(Schema):
    email: str = Field(max_length=254)
    password: str = Field(max_length=1000)


class FirstStart(Schema):
    workspace: str = Field(min_length=1, max_length=200)
    name: str = Field(min_length=1, max_length=100)
    email: str = Field(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")
    password: str = Field(max_length=1000)
    language: str = Field(default="ja", pattern="^(ja|en)$")


class MePatch(Schema):
    name: str | None = Field(default=None, min_length=1, max_length=100)
    language: str | None = Field(default=None, pattern="^(ja|en)$")
    current_password: str | None = Field(default=None, max_length=1000)
    new_password: str | None = Field(default=None, max_length=1000)
