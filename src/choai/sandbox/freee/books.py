"""The tables of the imitated companies, with their look-ups.

Rows live in ``world.state["tables"]["<company>/<kind>"]`` as plain dicts in the order of their ids; keys that begin with
an underscore are the imitation's own (``_archived``, ``_used``) and never leave it. Indexes stand beside the state.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta, timezone
from typing import Any
from weakref import WeakKeyDictionary

from choai.sandbox.core import World
from choai.sandbox.freee.plans import PLANS, Plan

JST = timezone(timedelta(hours=9), "JST")
Row = dict[str, Any]


class Table:
    """Rows of one kind of one company. Names are unique where ``add`` and ``change`` are asked to keep them so."""

    def __init__(self, rows: list[Row]) -> None:
        self.rows = rows
        self.reindex()

    def reindex(self) -> None:
        """Read the rows anew, after somebody changed the state from outside."""
        self.by_id = {row["id"]: row for row in self.rows}
        self.by_name = {row["name"]: row for row in self.rows if "name" in row}
        self.by_code = {row["code"]: row for row in self.rows if row.get("code")}
        self._views: dict[tuple[str | None, str | None], list[Row]] = {}

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self.by_id[row["id"]] = row
        self._enter(row)

    def change(self, row: Row, values: Row) -> None:
        self._leave(row)
        row.update(values)
        self._enter(row)

    def remove(self, row: Row) -> None:
        self.rows.remove(row)
        del self.by_id[row["id"]]
        self._leave(row)

    def view(self, start: str | None, end: str | None) -> list[Row]:
        """Rows a list shows: not archived, updated within the days given (inclusive)."""
        if (start, end) not in self._views:
            if len(self._views) > 8:
                self._views.clear()
            self._views[start, end] = [
                row
                for row in self.rows
                if not row.get("_archived")
                and (start is None or row["update_date"] >= start)
                and (end is None or row["update_date"] <= end)
            ]
        return self._views[start, end]

    def _enter(self, row: Row) -> None:
        if "name" in row:
            self.by_name[row["name"]] = row
        if row.get("code"):
            self.by_code[row["code"]] = row
        self._views.clear()

    def _leave(self, row: Row) -> None:
        if self.by_name.get(row.get("name")) is row:
            del self.by_name[row["name"]]
        if self.by_code.get(row.get("code")) is row:
            del self.by_code[row["code"]]
        self._views.clear()


class Books:
    """All tables and company settings of one world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._tables: dict[str, Table] = {}

    def table(self, kind: str, company: int) -> Table:
        name = f"{company}/{kind}"
        rows = self.world.state["tables"].setdefault(name, [])
        table = self._tables.get(name)
        if table is None or table.rows is not rows:
            table = self._tables[name] = Table(rows)
        elif len(table.rows) != len(table.by_id):
            table.reindex()
        return table

    def setting(self, name: str, company: int | None = None) -> Any:
        """A setting: the company's own entry under ``settings.companies``, else the installation's, else the seed's."""
        state = self.world.state
        settings = state["settings"]
        if company is not None:
            own = settings.get("companies", {}).get(str(company), {})
            if name in own:
                return own[name]
        if name in settings:
            return settings[name]
        seed: Row = state["companies"].get(str(company), {})
        return seed.get("settings", {}).get(name)

    def plan(self, company: int) -> Plan:
        return PLANS[self.setting("plan", company)]

    def today(self) -> date:
        return self.world.now().astimezone(JST).date()

    def next_id(self) -> int:
        self.world.state["sequence"] += 1
        number: int = self.world.state["sequence"]
        return number


_books: WeakKeyDictionary[World, Books] = WeakKeyDictionary()


def books(world: World) -> Books:
    """The books of a world, always the same ones."""
    if world not in _books:
        _books[world] = Books(world)
    return _books[world]


def public(row: Row, without: Iterable[str] = ()) -> Row:
    """The row without the imitation's own keys and those named."""
    return {k: v for k, v in row.items() if k[0] != "_" and k not in without}
