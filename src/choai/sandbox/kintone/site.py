"""One kintone environment: its apps and users, who may do what, and the indexes that keep 100,000 records fast.

Everything lasting is in ``world.state``; a Site only caches. Shape of an app in the state:

    {"id": "1", "name", "name_en", "code", "description", "guest_space": null | "3", "revision": 5, "fields": {code: properties},
     "en": {code: English label}, "records": {"12": record}, "next_record": 13, "next_row": 7, "status": process settings,
     "views": […], "pending": null | fields of the preview, "created", "modified"}
    record = {"id": 12, "rev": 3, "created", "updated", "creator", "modifier", "values": {code: value}, "comments": […],
              "state": null | status, "assignees": […]}
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.kintone.answers import ApiError

Json = dict[str, Any]

PERMISSIONS = ("view", "add", "edit", "delete")
ADMINISTRATOR = "Administrator"
NOT_IN_RECORDS = frozenset({"REFERENCE_TABLE", "GROUP", "LABEL", "SPACER", "HR"})
SYSTEM = frozenset(
    {"RECORD_NUMBER", "CREATOR", "CREATED_TIME", "MODIFIER", "UPDATED_TIME", "STATUS", "STATUS_ASSIGNEE"}
)


@dataclass(slots=True)
class Caller:
    """Who calls. ``space`` is the guest space named by the path."""

    kind: str  # token, password, oauth, control
    user: str
    tokens: tuple[str, ...] = ()
    language: str = "ja"
    space: str | None = None


@dataclass(slots=True)
class Index:
    """Record ids in order and the values of unique fields. Rebuilt when the number of records tells that it is stale."""

    ids: list[int]
    unique: dict[str, dict[str, int]] = field(default_factory=dict)

    def add(self, id: int) -> None:
        if not self.ids or id > self.ids[-1]:
            self.ids.append(id)
        else:
            bisect.insort(self.ids, id)

    def remove(self, id: int) -> None:
        at = bisect.bisect_left(self.ids, id)
        if at < len(self.ids) and self.ids[at] == id:
            del self.ids[at]


class Site:
    def __init__(self, world: World) -> None:
        self.world = world
        self.running = 0
        self._indexes: dict[str, Index] = {}

    @property
    def state(self) -> Json:
        return self.world.state

    @property
    def settings(self) -> Json:
        settings: Json = self.state.setdefault("settings", {})
        return settings

    def now(self) -> datetime:
        return self.world.now()

    def minute(self) -> str:
        """Stamp of CREATED_TIME and UPDATED_TIME: seconds are always 00."""
        return stamp(self.now())

    # ------------------------------------------------------------ apps and rights

    def app(self, id: object, caller: Caller | None = None) -> Json:
        """Raises GAIA_AP01 for an app that is not there, GAIA_IL23 for the wrong kind of path."""
        key = str(id)
        app: Json | None = self.state["apps"].get(key)
        if app is None or key in map(str, self.settings.get("deleted_apps", ())):
            raise ApiError("GAIA_AP01", id=key)
        if caller is not None and caller.kind != "control" and app["guest_space"] != caller.space:
            raise ApiError("GAIA_IL23", status=self._old_status())
        return app

    def allow(self, caller: Caller, app: Json, need: str) -> None:
        """Raise unless the caller has this right (view, add, edit, delete, admin) on the app."""
        if caller.kind == "control":
            return
        if caller.kind == "token":
            self._allow_token(caller, app, need)
            return
        user = self.state["users"][caller.user]
        if app["guest_space"] is not None and app["guest_space"] not in user.get("guest_spaces", ()):
            raise ApiError("CB_NO02")
        if need in self.settings.get("denied", {}).get(caller.user, {}).get(app["id"], ()):
            raise ApiError("CB_NO02")
        rights = user.get("apps", {}).get(app["id"], PERMISSIONS)
        if need not in rights and not user.get("admin"):
            raise ApiError("CB_NO02")

    def _allow_token(self, caller: Caller, app: Json, need: str) -> None:
        tokens = self.state["tokens"]
        mine = [tokens[t] for t in caller.tokens if t in tokens and tokens[t]["app"] == app["id"]]
        if len(mine) != 1 or mine[0].get("revoked") or not mine[0].get("deployed", True):
            raise ApiError("GAIA_IA02", status=self._old_status())
        if need not in mine[0]["permissions"]:
            raise ApiError("GAIA_NO01")

    def may(self, caller: Caller, app: Json, need: str) -> bool:
        try:
            self.allow(caller, app, need)
        except ApiError:
            return False
        return True

    def field_right(self, caller: Caller, app: Json, code: str) -> str:
        """edit, view or none: the field's access list for this caller ("*" stands for everybody, "token" for tokens)."""
        rules = self.settings.get("field_acl", {}).get(app["id"], {}).get(code, {})
        who = "token" if caller.kind == "token" else caller.user
        right: str = rules.get(who, rules.get("*", "edit"))
        return "edit" if caller.kind == "control" else right

    def _old_status(self) -> int:
        """Token and guest-path errors were HTTP 520 for years; ``settings.legacy_520`` brings that back."""
        return 520 if self.settings.get("legacy_520") else 400

    def user(self, code: str) -> Json:
        """{"code", "name"} as it stands in records and apps."""
        known = self.state["users"].get(code)
        return {"code": code, "name": known["name"] if known else code}

    # ------------------------------------------------------------ daily counter (per app, from 09:00 JST = 00:00 UTC)

    def daily(self) -> dict[str, int]:
        day = self.now().astimezone(UTC).date().isoformat()
        daily = self.state.setdefault("daily", {"day": day, "counts": {}})
        if daily["day"] != day:
            daily["day"], daily["counts"] = day, {}
        counts: dict[str, int] = daily["counts"]
        return counts

    def count(self, app: Json) -> None:
        counts = self.daily()
        counts[app["id"]] = counts.get(app["id"], 0) + 1

    # ------------------------------------------------------------ indexes

    def index(self, app: Json) -> Index:
        index = self._indexes.get(app["id"])
        if index is None or len(index.ids) != len(app["records"]):
            index = self._indexes[app["id"]] = self._build(app)
        return index

    def forget(self, app: Json) -> None:
        self._indexes.pop(app["id"], None)

    def _build(self, app: Json) -> Index:
        index = Index(sorted(int(i) for i in app["records"]))
        for code in unique_fields(app):
            index.unique[code] = {
                r["values"][code]: r["id"] for r in app["records"].values() if r["values"].get(code) not in ("", None)
            }
        return index

    def holder(self, app: Json, code: str, value: Any) -> int | None:
        """Id of the record whose unique field has this value."""
        index = self.index(app)
        held = index.unique.get(code, {}).get(value)
        if held is not None and app["records"].get(str(held), {}).get("values", {}).get(code) != value:
            self.forget(app)  # somebody edited the state behind our back
            held = self.index(app).unique.get(code, {}).get(value)
        return held


def unique_fields(app: Json) -> list[str]:
    return [code for code, f in app["fields"].items() if f.get("unique")]


def code_of(app: Json, type: str) -> str:
    """The code of a system field (they can be renamed)."""
    return next((code for code, f in app["fields"].items() if f["type"] == type), "")


def table_of(app: Json) -> dict[str, str]:
    """Inner field code → code of its table."""
    return {i: code for code, f in app["fields"].items() if f["type"] == "SUBTABLE" for i in f["fields"]}


def stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:00Z")
