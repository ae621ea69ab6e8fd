"""Webhook addresses."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema

from choai.web.shapes.common import Problem


class HookOut(Schema):
    """``offered``: the service can tell of changes. ``proof``: signature, token, address. ``secret_*``: the setting of the
    connection that the proof needs, and whether it is set. ``reachable``: vendors only call https.

    ``subscribes``: we ask the service ourselves. ``wanted``: a person has turned that on; ``subscribed``: the service tells until
    ``expires_at`` (renewed before); ``waiting``: no sync reads from here by itself; ``problem``: why asking failed."""

    offered: bool
    address: str | None = None
    reachable: bool = False
    proof: str
    help_ja: str
    help_en: str
    secret_ja: str | None = None
    secret_en: str | None = None
    secret_set: bool = True
    heard_at: datetime | None = None
    refused_at: datetime | None = None
    refused: int = 0
    subscribes: bool = False
    wanted: bool = False
    subscribed: bool = False
    waiting: bool = False
    expires_at: datetime | None = None
    problem: Problem | None = None


class HookWish(Schema):
    """Whether the service is to be asked for notices."""

    on: bool
