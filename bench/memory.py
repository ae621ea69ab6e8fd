"""Two services in memory with 30 fields a record, made for measuring the engine and nothing else.

Records are computed from their number, so that a million of them take no memory; what was written is counted, not kept.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from bench.records import KINDS, RANKS, START, values_of
from choai.connectors.contract import (
    Account,
    CursorKind,
    Done,
    Idempotency,
    Item,
    ObjectSpec,
    Op,
    Page,
    Result,
    Role,
    Spec,
    Window,
)
from choai.engine.ports import Link
from choai.model.record import Record
from choai.model.schema import Choice, Field, Schema
from choai.model.values import Kind, Value
from choai.runtime.threads import in_thread
from choai.store import ledger

PAGE, BATCH = 200, 100


def schema(name: str, *, key: str | None = None) -> Schema:
    choices = tuple(Choice(r, r) for r in RANKS)
    roles = {"name": "partner.name"}
    fields = [
        Field(n, kind, n, n, role=roles.get(n), required=n == "name", choices=choices if kind is Kind.CHOICE else ())
        for n, kind in KINDS.items()
    ]
    own = Field("id", Kind.IDENTIFIER, "id", "id", role="partner.id", on_create=False, on_update=False, unique=True)
    keys = [Field(key, Kind.TEXT, key, key, unique=True)] if key else []
    return Schema(name, (own, *fields, *keys))


MAPPING = [{"left": n, "right": n} for n in KINDS] + [{"left": "id", "right": "source_id", "direction": "to_right"}]
KEYS = [{"left": "id", "right": "source_id"}, {"left": "name", "right": "name", "how": "name"}]
SPEC = ObjectSpec(
    "partners", "取引先", "partners", "partner", can_create=True, can_update=True, cursor=CursorKind.MINUTE, page_size=PAGE,
    batch_size=BATCH, idempotency=Idempotency.EXTERNAL_ID, keys=("id", "source_id"),
)  # fmt: skip


@dataclass
class Clock:
    """A clock that stands still while a run works, so that no run depends on how fast this machine is."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at

    def tick(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Service:
    """What both services share: the calls they got and the CPU seconds they took themselves."""

    spec: ObjectSpec
    schema: Schema
    calls: Counter[str] = field(default_factory=Counter)
    cpu: float = 0.0

    @contextmanager
    def called(self, name: str) -> Iterator[None]:
        self.calls[name] += 1
        start = time.thread_time()
        yield
        self.cpu += time.thread_time() - start

    async def describe(self, session: Any, object: str, known: Schema | None = None) -> Schema:
        with self.called("describe"):
            return self.schema


@dataclass
class Source(Service):
    """``count`` records, ``changed`` of them edited at ``edited_at``."""

    count: int = 0
    changed: range = range(0)
    edited_at: datetime = START

    async def read(self, session: Any, object: str, window: Window, token: str | None) -> Page:
        with self.called("read"):
            numbers: Sequence[int] = range(1, self.count + 1)
            if window.since is not None:
                numbers = self.changed if self.edited_at >= window.since else ()  # type: ignore[operator]  # an instant
            start = int(token or 0)
            part = [self._record(n) for n in numbers[start : start + PAGE]]
            end = start + PAGE
            newest = max((r.changed_at for r in part if r.changed_at), default=None)
            return Page(part, str(end) if end < len(numbers) else None, newest)

    def _record(self, number: int) -> Record:
        edited = number in self.changed
        at = self.edited_at if edited else START - timedelta(days=30)
        return Record(f"c{number}", values_of(number, int(edited)), revision="1", changed_at=at)


@dataclass
class Target(Service):
    """Answers what it is given and forgets it."""

    written: Counter[str] = field(default_factory=Counter)

    async def read(self, session: Any, object: str, window: Window, token: str | None) -> Page:
        with self.called("read"):
            return Page([])

    async def find(self, session: Any, object: str, key: str, values: Sequence[Value]) -> list[Record]:
        with self.called("find"):
            return []

    async def write(self, session: Any, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
        with self.called("write"):
            self.written[op.value] += len(items)
            return [self._done(item, op) for item in items]

    def _done(self, item: Item, op: Op) -> Done:
        id = item.id or f"b{item.values['source_id']}"
        return Done(item.ref, Record(id, {**item.values, "id": id}), op is not Op.UPDATE, complete=op is not Op.UPDATE)


class Ports:
    """The product's ledger with these services behind the connections."""

    ledger: Any = ledger

    def __init__(self, clock: Clock, services: dict[int, Service]) -> None:
        self.clock, self.services = clock, services

    async def call(self, fn: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        return await in_thread(fn, *args, **kwargs)

    async def open(self, workspace_id: int, connection_id: int, user_id: int | None, run_id: int | None) -> Link:
        service: Any = self.services[connection_id]
        spec = Spec("memory", Role.CRM, "記憶", "memory", "", ("key",), (), (service.spec,), ())
        session: Any = None  # nothing here makes a call
        return Link(connection_id, "memory", spec, service, session, Account("1", "memory"))

    def now(self) -> datetime:
        return self.clock.now()
