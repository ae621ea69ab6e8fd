"""The org that a request sees: objects and fields that its user may see, records, ids, the clock.

Settings read here: ``hidden`` (object → fields that the user may not see; "*": the object itself).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from choai.sandbox.core import World

Json = dict[str, Any]
DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BIN_DAYS = 15


class Problem(Exception):
    """An error in the platform's words."""

    def __init__(self, code: str, message: str, *fields: str, status: int = 400, **more: Any) -> None:
        super().__init__(code)
        self.code, self.message, self.fields, self.status, self.more = code, message, list(fields), status, more

    def body(self) -> list[Json]:
        told: Json = {"message": self.message, "errorCode": self.code}
        return [{**told, **({"fields": self.fields} if self.status == 400 else {}), **self.more}]

    def entry(self) -> Json:
        """Inside ``errors`` of a collection."""
        return {"statusCode": self.code, "message": self.message, "fields": self.fields, **self.more}


def eighteen(fifteen: str) -> str:
    """An id with its three letters that tell capitals from small letters."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    parts = (fifteen[n : n + 5] for n in (0, 5, 10))
    return fifteen + "".join(letters[sum(c.isupper() << place for place, c in enumerate(part))] for part in parts)


def stamp(when: datetime) -> str:
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z")


class Org:
    def __init__(self, world: World, user: str, version: str = "65.0") -> None:
        self.world, self.user, self.version = world, user, version

    @property
    def settings(self) -> Json:
        found: Json = self.world.state["settings"]
        return found

    def now(self) -> str:
        return stamp(self.world.now())

    # ------------------------------------------------------------ objects

    def object(self, name: str, status: int = 400) -> Json:
        """An object by its name, with the fields this user may see."""
        held = self.world.state["objects"]
        found = held.get(name) or next((o for n, o in held.items() if n.lower() == name.lower()), None)
        hidden = self.settings.get("hidden", {}).get(found["name"], ()) if found else ("*",)
        if found is None or "*" in hidden:
            raise Problem("INVALID_TYPE" if status == 400 else "NOT_FOUND", _unknown(name, status), status=status)
        if not hidden:
            seen: Json = found
            return seen
        return {**found, "fields": [f for f in found["fields"] if f["name"] not in hidden]}

    def objects(self) -> Iterator[Json]:
        hidden = self.settings.get("hidden", {})
        for name in self.world.state["objects"]:
            if "*" not in hidden.get(name, ()):
                yield self.object(name)

    def field(self, held: Json, name: str) -> Json | None:
        low = name.lower()
        return next((f for f in held["fields"] if f["name"].lower() == low), None)

    # ------------------------------------------------------------ records

    def table(self, name: str) -> dict[str, Json]:
        found: dict[str, Json] = self.world.state["records"].setdefault(name, {})
        return found

    def rows(self, name: str, deleted: bool = False) -> Iterator[Json]:
        """The records of an object; with ``deleted`` those of the recycle bin too, as long as it keeps them."""
        oldest = self.world.now() - timedelta(days=BIN_DAYS)
        for row in self.table(name).values():
            if not row.get("IsDeleted") or (deleted and moment(row["SystemModstamp"]) > oldest):
                yield row

    def get(self, name: str, id: str) -> Json | None:
        """A record by its id of 15 or 18 characters; None when it is deleted."""
        row = self.table(name).get(eighteen(id) if len(id) == 15 else id)
        return None if row is None or row.get("IsDeleted") else row

    def owner_of(self, id: str) -> str | None:
        """The object whose records have ids like this one."""
        return next((n for n, o in self.world.state["objects"].items() if o["keyPrefix"] == id[:3]), None)

    def new_id(self, prefix: str) -> str:
        self.world.state["counter"] = number = self.world.state["counter"] + 1
        text = ""
        while number:
            number, rest = divmod(number, 62)
            text = DIGITS[rest] + text
        return eighteen(prefix + "5g" + text.rjust(10, "0"))

    def value(self, held: Json, row: Json, field: Json) -> Any:
        """A field of a record as it is answered: stored, or made of others."""
        name = field["name"]
        if field["type"] == "address":
            return address(row, name.removesuffix("Address"))
        if field["calculated"]:
            other, _, factor = field["calculatedFormula"].partition(" * ")
            return None if row.get(other) is None else round(row[other] * float(factor), 2)
        return row.get(name, False if field["type"] == "boolean" else None)


def address(row: Json, prefix: str) -> Json | None:
    names = ("city", "country", "postalCode", "state", "street")
    parts = {name: row.get(prefix + name[0].upper() + name[1:]) for name in names}
    if not any(parts.values()):
        return None
    return {**parts, "geocodeAccuracy": None, "latitude": None, "longitude": None}


def _unknown(name: str, status: int) -> str:
    return f"sObject type '{name}' is not supported." if status == 400 else "The requested resource does not exist"
