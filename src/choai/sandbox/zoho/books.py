"""The state of one organisation: tables of rows, ids, stamps, custom fields, numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.zoho.answers import Json, Refusal

JST = timezone(timedelta(hours=9))
STAMP = "%Y-%m-%dT%H:%M:%S%z"


@dataclass(frozen=True)
class Move:
    """A call beside a record: ``POST /invoices/{id}/status/sent``."""

    path: str
    to: str
    states: tuple[str, ...]
    message: str
    status: int = 200


@dataclass(frozen=True)
class Kind:
    """A resource. ``fields``: name → rule ("text:200", number, int, flag, date, "ref:table", list, group, any); ``shown`` are the
    keys of list rows; ``filters`` the list parameters that ask for an equal value; ``unique``: field → code."""

    path: str
    id: str
    one: str
    fields: Mapping[str, str]
    required: tuple[str, ...] = ()
    shown: tuple[str, ...] = ()
    many: str = ""
    name: str = ""  # for messages
    filters: tuple[str, ...] = ()
    since: bool = False
    changed: str = "last_modified_time"
    sorts: tuple[str, ...] = ("created_time",)
    unique: Mapping[str, int] = field(default_factory=dict)
    prefix: str = ""  # of automatic numbers
    number: str = ""
    moves: tuple[Move, ...] = ()
    again: tuple[str, ...] = ()  # demanded by an update too
    fill: Callable[[Books, Json, Json | None], None] = lambda books, row, before: None
    may_delete: Callable[[Books, Json], None] = lambda books, row: None
    created: int = 201
    area: str = ""
    own_id: str = ""  # a code that the caller gives stands for the id (plans)
    status: str = ""  # of a new record
    mailed: str = ""  # state after it was e-mailed; not empty: it can be
    listed: bool = True
    codes: tuple[str, ...] = ()  # states in which it can be edited; empty: all
    custom_in_lists: bool = False
    reads_only: bool = False

    @property
    def key(self) -> str:
        return self.many or self.path.rsplit("/", 1)[-1]

    @property
    def title(self) -> str:
        return self.name or self.one.replace("_", " ").capitalize()


class Books:
    """One organisation's data."""

    def __init__(self, world: World, organisation: str) -> None:
        self.world = world
        self.organisation = organisation
        self.state: Json = world.state["organizations"][organisation]

    def table(self, path: str) -> dict[str, Json]:
        made: dict[str, Json] = self.state["tables"].setdefault(path, {})
        return made

    def rows(self, path: str) -> list[Json]:
        return list(self.table(path).values())

    def get(self, path: str, id: Any) -> Json:
        """Raises Refusal when it is not there."""
        found = self.table(path).get(str(id))
        if found is None:
            raise Refusal(f"Invalid value passed for {path.rsplit('/', 1)[-1]}")
        return found

    def new_id(self) -> str:
        self.state["next"] = self.state.get("next", 982_000_000_900_000) + 1
        return str(self.state["next"])

    def now(self) -> str:
        return self.world.now().astimezone(JST).strftime(STAMP)

    def today(self) -> str:
        return self.world.now().astimezone(JST).date().isoformat()

    def number(self, kind: Kind) -> str:
        """The next automatic number that is free."""
        taken = {row.get(kind.number) for row in self.rows(kind.path)}
        counters: dict[str, int] = self.state.setdefault("numbers", {})
        while True:
            counters[kind.path] = counters.get(kind.path, 0) + 1
            made = f"{kind.prefix}{counters[kind.path]:06d}"
            if made not in taken:
                return made

    @property
    def precision(self) -> int:
        return int(self.state["organization"].get("price_precision", 0))

    def rounded(self, amount: float, precision: int | None = None) -> float | int:
        made = round(amount + 1e-9, self.precision if precision is None else precision)
        return int(made) if made == int(made) else made

    # ------------------------------------------------------------ custom fields

    def custom(self, path: str) -> list[Json]:
        made: list[Json] = self.state["customfields"].setdefault(path, [])
        return made


def edit(world: World, path: str, id: str, organisation: str = "", delete: bool = False, **values: Any) -> None:
    """A person changes or deletes a record on the screens."""
    books = Books(world, organisation or next(iter(world.state["organizations"])))
    if delete:
        del books.table(path)[id]
    else:
        row = books.table(path)[id]
        row.update(values)
        row["_changed"] = books.now()
    world.dirty = True


def add_custom_field(world: World, path: str, label: str, data_type: str = "string", *, unique: bool = False) -> str:
    """A person adds a custom field to a module of the first organisation; its api_name."""
    books = Books(world, next(iter(world.state["organizations"])))
    fields = books.custom(path)
    number = books.new_id()
    name = f"cf_{label.lower()}" if label.isascii() else f"cf_{number[-6:]}"
    fields.append(
        {
            "customfield_id": number,
            "api_name": name,
            "label": label,
            "data_type": data_type,
            "index": len(fields) + 1,
            "unique": unique,
        }
    )
    return name
