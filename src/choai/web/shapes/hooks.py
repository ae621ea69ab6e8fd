"""Webhook addresses."""

from __future__ import annotations

from datetime import datetime

from ninja import Schema


class HookOut(Schema):
    """``offered``: the service can tell of changes. ``proof``: signature, token, address. ``secret_*``: the setting of the
    connection that the proof needs, and whether it is set. ``reachable``: vendors only call https."""

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
