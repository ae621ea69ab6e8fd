"""A small configurable service in memory for the engine's tests: any idempotency kind, cursor, batch size, and faults."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from choai.connectors.contract import (
    Account,
    CursorKind,
    Done,
    Idempotency,
    Item,
    ObjectSpec,
    Op,
    Page,
    Refused,
    Result,
    Role,
    Spec,
    Untried,
    Window,
)
from choai.engine.ports import Link
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Field, Schema
from choai.model.values import Kind, Value
from choai.runtime.threads import in_thread
from choai.store import ledger

START = datetime(2026, 11, 1, 0, 0, tzinfo=UTC)


@dataclass
class Clock:
    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def tick(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Skewed(Clock):
    """Another clock of the same world, so much ahead of it (or behind)."""

    of: Clock = field(default_factory=Clock)
    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return self.of.now() + self.ahead


@dataclass
class Toy:
    """One service with one object "things". ``hook(name, payload)`` runs before each call and may raise or edit. ``zone`` is
    where its calendar days begin; ``late`` holds what people wrote and nobody sees yet: (until, id, values, stamp)."""

    clock: Clock
    spec: ObjectSpec
    schema: Schema
    prefix: str
    unique: tuple[str, ...] = ()
    rewrite: Callable[[str, Value], Value] = lambda _, v: v
    hook: Callable[[str, Any], None] = lambda *_: None
    after: Callable[[str, Any], None] = lambda *_: None
    account: Account | None = None
    records: dict[str, dict[str, Value]] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    next_id: int = 1
    zone: str = "UTC"
    late: list[tuple[datetime, str, dict[str, Value], datetime]] = field(default_factory=list)

    # what a person does there

    def add(self, **values: Value) -> str:
        id = f"{self.prefix}{self.next_id}"
        self.next_id += 1
        self.records[id] = {f.name: None for f in self.schema.fields} | {"id": id} | values
        self.changed[id] = self.clock.now()
        return id

    def edit(self, id: str, **values: Value) -> None:
        self.records[id].update(values)
        self.changed[id] = self.clock.now()

    def edit_unseen(self, id: str, lag: timedelta, **values: Value) -> None:
        """An edit that carries the stamp of now and shows only after ``lag``."""
        self.late.append((self.clock.now() + lag, id, values, self.clock.now()))

    def add_unseen(self, lag: timedelta, **values: Value) -> str:
        """A new record that shows only after ``lag``."""
        id = self.add(**values)
        self.late.append((self.clock.now() + lag, id, self.records.pop(id), self.changed[id]))
        return id

    def _show(self) -> None:
        """Let appear what was late until now."""
        due = [one for one in self.late if one[0] <= self.clock.now()]
        self.late = [one for one in self.late if one[0] > self.clock.now()]
        for _, id, values, stamp in sorted(due, key=lambda one: one[3]):
            self.records.setdefault(id, {}).update(values)
            self.changed[id] = stamp

    def drop(self, id: str) -> None:
        del self.records[id]

    def names(self) -> list[str]:
        return sorted(str(r["name"]) for r in self.records.values())

    # the connector's functions

    def _record(self, id: str) -> Record:
        at = self.changed[id]
        stamp: datetime | date = at
        if self.spec.cursor is CursorKind.DATE:
            stamp = at.astimezone(ZoneInfo(self.zone)).date()
        elif self.spec.cursor is not CursorKind.INSTANT:
            stamp = at.replace(second=0, microsecond=0)
        return Record(id, dict(self.records[id]), revision="1", changed_at=stamp)

    async def identify(self, session: Any) -> Account:
        return self.account or Account("1", "toy")

    async def catalogue(self, session: Any) -> list[Any]:
        return []

    async def describe(self, session: Any, object: str, known: Schema | None = None) -> Schema:
        self.calls.append("describe")
        self.hook("describe", object)
        return self.schema

    async def read(self, session: Any, object: str, window: Window, token: str | None) -> Page:
        self.calls.append("read")
        self.hook("read", (window, token))
        await asyncio.sleep(0)
        self._show()
        ids = sorted(self.records, key=lambda i: int(i.removeprefix(self.prefix)))
        if window.ids is not None:
            return Page([wished(self._record(i), window) for i in window.ids if i in self.records])
        chosen = [self._record(i) for i in ids]
        if window.since is not None:
            chosen = [r for r in chosen if r.changed_at is not None and r.changed_at >= window.since]  # type: ignore[operator]  # both of the cursor's kind
        start = int(token or 0)
        part = chosen[start : start + self.spec.page_size]
        end = start + self.spec.page_size
        marks = [r.changed_at for r in part if r.changed_at is not None]
        part = [wished(record, window) for record in part]
        page = Page(part, str(end) if end < len(chosen) else None, max(marks) if marks else None)  # type: ignore[type-var]  # one kind
        self.after("read", page)
        return page

    async def find(self, session: Any, object: str, key: str, values: Sequence[Value]) -> list[Record]:
        self.calls.append("find")
        self.hook("find", (key, values))
        return [self._record(i) for i, r in self.records.items() if r.get(key) in values]

    async def write(self, session: Any, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
        self.calls.append(f"write:{op}")
        self.hook("write", (op, items))
        await asyncio.sleep(0)
        for number, item in enumerate(items):
            error = self._refusal(item, op)
            if error is not None:
                return [Refused(i.ref, error) if n == number else Untried(i.ref) for n, i in enumerate(items)]
        done: list[Result] = [self._write(item, op) for item in items]
        self.after("write", (op, items))
        return done

    def _refusal(self, item: Item, op: Op) -> ChoaiError | None:
        if op is Op.UPDATE and item.id not in self.records:
            return ChoaiError("record_not_found", id=item.id)
        own = item.id if op is Op.UPDATE else self._by_key(item)
        for name in self.unique:
            value = item.values.get(name)
            if value and any(r[name] == value for i, r in self.records.items() if i != own):
                return ChoaiError("validation_rejected", field=name, detail="taken")
        return None

    def _by_key(self, item: Item) -> str | None:
        if item.key is None:
            return None
        name, value = item.key
        return next((i for i, r in self.records.items() if r[name] == value), None)

    def _write(self, item: Item, op: Op) -> Done:
        values = {k: self.rewrite(k, v) for k, v in item.values.items()}
        id = item.id if op is Op.UPDATE else self._by_key(item)
        created = id is None
        if id is None:
            id = self.add(**values)
        else:
            self.edit(id, **values)
        return Done(item.ref, self._record(id), created)

    def link(self, settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
        return None


def field_(name: str, role: str | None = None, **facts: Any) -> Field:
    return Field(name, facts.pop("kind", Kind.TEXT), name, name, role=role, **facts)


BOOKS = ObjectSpec(
    "things", "もの", "things", "partner", can_create=True, can_update=True, cursor=CursorKind.DATE, page_size=50, batch_size=1,
    idempotency=Idempotency.NATURAL_KEY, keys=("id", "name"),
)  # fmt: skip
CRM = ObjectSpec(
    "things", "もの", "things", "partner", can_create=True, can_update=True, cursor=CursorKind.MINUTE, page_size=40,
    batch_size=10, reads_by_id=True, idempotency=Idempotency.EXTERNAL_ID, keys=("id", "books_id"),
)  # fmt: skip


def books(clock: Clock, **changes: Any) -> Toy:
    schema = Schema(
        "things",
        (
            field_("id", "partner.id", on_create=False, on_update=False),
            field_("name", "partner.name", required=True, unique=True, max_length=30),
            field_("phone", "partner.phone"),
            field_("note", clearable=False),
            field_("url", "partner.url", on_create=False, on_update=False),
        ),
    )
    return Toy(clock, replace(BOOKS, **changes), schema, "b", unique=("name",))


def crm(clock: Clock, **changes: Any) -> Toy:
    schema = Schema(
        "things",
        (
            field_("id", on_create=False, on_update=False),
            field_("name", "partner.name", required=True),
            field_("phone", "partner.phone"),
            field_("memo"),
            field_("sync"),
            field_("books_id", unique=True),
        ),
    )
    return Toy(clock, replace(CRM, **changes), schema, "c", unique=("books_id",))


def wished(record: Record, window: Window) -> Record:
    """With the fields that were asked for only, as most services answer."""
    if window.fields is None:
        return record
    return replace(record, values={name: record.values[name] for name in window.fields if name in record.values})


def service(toy: Toy) -> Spec:
    """The service whose only object is this one."""
    return Spec("toy", Role.CRM, "トイ", "toy", "", ("key",), (), (toy.spec,), ())


class Ports:
    """The real ledger with toy services behind the connections."""

    ledger: Any = ledger

    def __init__(self, clock: Clock, toys: dict[int, Toy]) -> None:
        self.clock = clock
        self.toys = toys
        self.refuse: ChoaiError | None = None

    async def call(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        return await in_thread(fn, *args, **kwargs)

    async def open(self, workspace_id: int, connection_id: int, user_id: int | None, run_id: int | None) -> Link:
        if self.refuse is not None:
            raise self.refuse
        toy = self.toys[connection_id]
        return Link(connection_id, "toy", service(toy), toy, None, toy.account)  # type: ignore[arg-type]  # the toy needs no session

    def now(self) -> datetime:
        return self.clock.now()
