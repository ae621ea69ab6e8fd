"""What every part of the imitation shares: whose call it is, what this version does, the errors, records and ids.

What differs between versions follows ``settings.version`` ("8.2.0"); a setting of the quirk's name wins over it:

    nulls           empty references and dates are null
    no_inventory    quotes, orders and invoices cannot be created; their lines cannot be changed without damage
    no_count        count(*) answers nothing
    array_parent    lines of a retrieved document name their parent "7xArray"
    wipes_prices    a revise of a product that does not repeat prices and taxes loses them
    broken_php      sync, logout, convertlead … end in HTTP 500
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.vtiger.catalog import BY_PREFIX, MODULES, PREFIX, TABLES, Json, fields

Version = tuple[int, ...]
QUIRKS: dict[str, Callable[[Version], bool]] = {
    "nulls": lambda v: v >= (8, 3),
    "no_inventory": lambda v: v[:3] == (8, 3, 0),
    "no_count": lambda v: v[:3] == (8, 3, 0),
    "array_parent": lambda v: v < (8, 3),
    "wipes_prices": lambda v: v < (8, 3),
    "broken_php": lambda v: v >= (7, 5),
}


class Wrong(Exception):
    """``{"success": false}`` with this code and message."""

    def __init__(self, code: str | int, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class Broken(Exception):
    """PHP ends: HTTP 500, empty body."""


def denied(what: str = "") -> Wrong:
    return Wrong("ACCESS_DENIED", f"Permission to perform the operation is denied{what}")


INCORRECT = ("INVALID_ID_ATTRIBUTE", "Id specified is incorrect")


@dataclass
class Site:
    """One call: the world, who calls, and by which door."""

    world: World
    user: Json
    cloud: bool = False

    @property
    def state(self) -> Json:
        return self.world.state

    @property
    def settings(self) -> Json:
        held: Json = self.state["settings"]
        return held

    def quirk(self, name: str) -> bool:
        if name in self.settings:
            return bool(self.settings[name])
        version = tuple(int(part) for part in str(self.settings.get("version", "8.2.0")).split("."))
        return not self.cloud and QUIRKS[name](version)

    @property
    def admin(self) -> bool:
        return bool(self.user["is_admin"] == "on")

    @property
    def user_id(self) -> str:
        return f"{PREFIX['Users']}x{self.user['id']}"

    def now(self) -> str:
        return self.world.now().astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")

    # ------------------------------------------------------------ modules and records

    def fields(self, module: str) -> list[Json]:
        return fields(self.state, module)

    def visible(self, module: str) -> bool:
        known = module in MODULES or module in TABLES
        return known and module not in self.state["off"] and (module != "Users" or self.admin)

    def demand(self, module: str) -> None:
        if module == "Users" and not self.admin:
            raise denied()
        if not self.visible(module):
            raise denied(f" for name : {module}")

    def rows(self, module: str) -> dict[str, Json]:
        """Records of a module by number, deleted ones among them; rows of a table."""
        if module in MODULES:
            held: dict[str, Json] = self.state["records"].setdefault(module, {})
            return held
        tables: dict[str, dict[str, Json]] = {
            **self.state["tables"],
            "Users": self.state["users"],
            "Currency": self.state["currencies"],
            "Tax": self.state["taxes"],
        }
        return tables.get(module, {})

    def alive(self, module: str) -> Iterator[tuple[str, Json]]:
        for number, row in self.rows(module).items():
            if not row.get("_deleted"):
                yield number, row

    def find(self, id: Any) -> tuple[str, str, Json]:
        """(module, number, row) of an id that may be read, or the error that the service gives."""
        found = re.match(r"(\d+)x(\d+)", str(id or ""))
        if found is None:
            raise denied() if str(id).isdigit() else denied(" for id")
        prefix, number = found.groups()
        module = BY_PREFIX.get(prefix)
        if module is None:
            raise denied(" for id")
        row = self.rows(module).get(number)
        if (
            row is None
            and any(number in self.rows(other) for other in MODULES if other != module)
            and module in MODULES
        ):
            raise Wrong(*INCORRECT)
        if row is None or row.get("_deleted") or (module == "Users" and not self.admin):
            raise denied()
        if not self.may_read(row):
            raise Wrong("ACCESS_DENIED", "Permission to read given object is denied")
        return module, number, row

    def may_read(self, row: Json) -> bool:
        return self.admin or not row.get("_private")

    def new_number(self) -> str:
        self.state["sequence"] += 1
        return str(self.state["sequence"])


def id_of(module: str, number: str) -> str:
    return f"{PREFIX[module]}x{number}"
