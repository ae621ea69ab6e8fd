"""One office's tables, with new ids and the present time in the forms that Money Forward shows."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta, timezone
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.moneyforward.answers import Json, missing

JST = timezone(timedelta(hours=9))


def opaque(*parts: object) -> str:
    """22 characters of base64url, like the vendor's ids; may begin with - or _."""
    digest = hashlib.sha256("/".join(map(str, parts)).encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def stamp(at: datetime) -> str:
    """``2023-03-20 13:39:28 +0900``"""
    return at.astimezone(JST).strftime("%Y-%m-%d %H:%M:%S %z")


class Books:
    """The office that a token belongs to."""

    def __init__(self, world: World, office: str, user: str = "") -> None:
        self.world = world
        self.id = office
        self.user = user
        self.held: Json = world.state["offices"][office]

    @property
    def office(self) -> Json:
        return dict(self.held["office"])

    @property
    def individual(self) -> bool:
        return bool(self.held["office"]["office_type"] == "個人")

    def table(self, name: str) -> dict[str, Json]:
        found: dict[str, Json] = self.held["tables"][name]
        return found

    def newest_first(self, name: str) -> list[Json]:
        """The order is documented nowhere; the screens show the newest first."""
        return list(reversed(self.table(name).values()))

    def row(self, name: str, id: str) -> Json:
        """Raises Refusal (404); so do the ids of other offices."""
        found = self.table(name).get(id)
        if found is None:
            raise missing()
        return found

    def new_id(self, kind: str) -> str:
        self.held["counter"] += 1
        return opaque(self.id, kind, self.held["counter"])

    def stamps(self) -> Json:
        now = self.now()
        return {"created_at": now, "updated_at": now}

    def now(self) -> str:
        return stamp(self.world.now())

    def member(self) -> Json:
        first: Any = next(iter(self.held["members"]))
        return {"member_id": first, "member_name": self.held["members"][first]}
