"""One organisation's tables, and what every kind of record has in common: how fields are taken, kept and shown."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.xero.answers import Json, Refusal, Unreadable, as_day, day_ms, ms, stamp


@dataclass(frozen=True)
class Kind:
    """One table. ``fields`` are what a client may write: name → "text:255", "day", "number:4", "flag", "enum:A|B", "guid",
    "any". ``twins``: days that are answered as text too. ``merges`` are lists whose elements of one type are replaced."""

    name: str
    id: str
    fields: Mapping[str, str]
    number: str = ""
    twins: tuple[str, ...] = ()
    merges: Mapping[str, str] = field(default_factory=dict)
    heavy: tuple[str, ...] = ("LineItems",)
    stamped: bool = True


class Books:
    """The tables of one organisation."""

    def __init__(self, world: World, tenant: str) -> None:
        self.world = world
        self.tenant = tenant
        self.state: Json = world.state["organisations"][tenant]
        self.organisation: Json = self.state["organisation"]

    def table(self, name: str) -> dict[str, Json]:
        made: dict[str, Json] = self.state["tables"].setdefault(name, {})
        return made

    def rows(self, name: str) -> Iterable[Json]:
        return self.table(name).values()

    def first(self, name: str, **wanted: Any) -> Json | None:
        return next((r for r in self.rows(name) if all(same(r.get(k), v) for k, v in wanted.items())), None)

    def next_number(self, series: str, form: str) -> str:
        """The next free number of a series."""
        counters = self.state.setdefault("counters", {})
        counters[series] = counters.get(series, 0) + 1
        return form.format(counters[series])

    def keep(self, kind: Kind, row: Json) -> Json:
        """Put a record into its table, changed now."""
        row.setdefault(kind.id, new_id(self.world))
        if kind.stamped:
            row["UpdatedDateUTC"] = stamp(self.world)
        self.table(kind.name)[row[kind.id]] = row
        self.world.dirty = True
        return row


def new_id(world: World) -> str:
    """A GUID; the same ones in the same order for a world of the same seed."""
    world.state["serial"] += 1
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{world.state['seed']}/{world.state['serial']}"))


def same(a: Any, b: Any) -> bool:
    if isinstance(a, str) and isinstance(b, str):
        return a.strip().lower() == b.strip().lower()
    return bool(a == b)


# ---------------------------------------------------------------- what is sent


def taken(kind: Kind, body: Mapping[str, Any]) -> Json:
    """The known fields of a body. Raises Unreadable for another type, Refusal for what is too long."""
    if not isinstance(body, Mapping):
        raise Unreadable(f"A {kind.name} element must be an object")
    out: Json = {}
    wrong: list[str] = []
    for name, form in kind.fields.items():
        if name in body:
            made, complaint = _value(name, form, body[name])
            out[name] = made
            if complaint:
                wrong.append(complaint)
    if wrong:
        raise Refusal(*wrong)
    return out


def _value(name: str, form: str, value: Any) -> tuple[Any, str]:
    """The value as it is kept, and what is wrong with it."""
    what, _, more = form.partition(":")
    if value is None:
        return None, ""
    if what == "text":
        if not isinstance(value, str):
            raise Unreadable(f"{name} must be a text")
        return value, f"{name} must not be longer than {more} characters." if more and len(value) > int(more) else ""
    if what == "day":
        return as_day(value), ""
    if what == "number":
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unreadable(f"{name}: Input string '{value}' is not a valid decimal")
        return round(float(value), int(more or 2)), ""
    if what == "flag":
        if not isinstance(value, bool):
            raise Unreadable(f"{name} must be true or false")
        return value, ""
    if what == "enum" and value not in more.split("|"):
        raise Unreadable(f"Error converting value '{value}' to {name}")
    return value, ""


# ---------------------------------------------------------------- what is shown


def shown(kind: Kind, row: Json, *, heavy: bool = True) -> Json:
    """A record as it is answered: without empty keys, with Xero's dates."""
    out: Json = {}
    for name, value in row.items():
        if value in (None, "") or name.startswith("_") or (not heavy and name in kind.heavy):
            continue
        if name == "UpdatedDateUTC":
            out[name] = ms(datetime.fromisoformat(value))
        elif kind.fields.get(name) == "day" or name == "FullyPaidOnDate":
            out[name] = day_ms(value, offset=kind.name != "Quotes")
            if name in kind.twins:
                out[f"{name}String"] = f"{value}T00:00:00"
        else:
            out[name] = value
    return out
