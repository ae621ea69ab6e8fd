"""What the engine needs from the outside world, as protocols. store/ledger.py and runtime/ports.py implement them.

Ledger functions are plain and synchronous, one transaction each, one call per page or batch; ``Ports.call`` runs them off the
event loop. Nothing that crosses these lines is an ORM object.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ParamSpec, Protocol, TypeVar, cast

from choai.connectors.contract import Account, Connector, Further, Gone, ObjectSpec, Page, Session, Spec, Window
from choai.errors import ChoaiError
from choai.model.mapping import Side
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Value

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(slots=True)
class Link:
    """An opened connection: the connector and a session that already has authorisation, budget and clock."""

    connection_id: int
    name: str
    spec: Spec
    connector: Connector
    session: Session
    account: Account | None
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class End:
    """One end of a run's pairing."""

    side: Side
    object: str
    link: Link
    spec: ObjectSpec
    label: Mapping[str, str] = field(default_factory=dict)  # what people call the object: "ja", "en"

    def told(self) -> dict[str, str]:
        """The facts by which texts name this place."""
        ja, en = self.label.get("ja") or self.spec.ja, self.label.get("en") or self.spec.en
        spec = self.link.spec
        told = {"service": spec.ja, "service_en": spec.en, "connection": self.link.name, "object": ja, "object_en": en}
        return told | ({"app": ja, "app_en": en} if self.spec.role == "app" else {})

    async def asked(self, call: Awaitable[T]) -> T:
        """The answer to a call of this end's connector; its errors say where they happened."""
        try:
            return await call
        except ChoaiError as error:
            if error.facts.get("object") == self.object:
                del error.facts["object"]
            error.facts = {**self.told(), **error.facts}
            raise

    async def read(self, window: Window, token: str | None = None) -> Page:
        """One page."""
        return await self.asked(self.link.connector.read(self.link.session, self.object, window, token))

    async def deleted(self, since: datetime, token: str | None) -> Gone:
        """One page of deletes, where the service lists them."""
        connector = cast("Further", self.link.connector)
        return await self.asked(connector.deleted(self.link.session, self.object, since, token))

    async def find(self, key: str, values: Sequence[Value]) -> list[Record]:
        """Records by key."""
        return await self.asked(self.link.connector.find(self.link.session, self.object, key, values))

    async def describe(self, known: Schema | None) -> Schema:
        """The fields as they are now."""
        return await self.asked(self.link.connector.describe(self.link.session, self.object, known))


@dataclass(slots=True)
class RunRow:
    """A run as the engine sees it."""

    id: int
    workspace_id: int
    sync_id: int
    pairing_id: int
    preview: bool
    trigger: str
    state: str
    phase: str
    control: str
    settings: dict[str, Any]
    work: dict[str, Any]
    counts: dict[str, int]
    run_as_id: int | None
    time_zone: str
    started_at: datetime | None


@dataclass(slots=True)
class BindingRow:
    id: int
    left_id: str
    right_id: str
    name: str
    left_base: bytes
    right_base: bytes
    left_print: bytes
    right_print: bytes
    state: str

    def id_on(self, side: Side) -> str:
        return self.left_id if side is Side.LEFT else self.right_id

    def base(self, side: Side) -> bytes:
        return self.left_base if side is Side.LEFT else self.right_base

    def print(self, side: Side) -> bytes:
        return self.left_print if side is Side.LEFT else self.right_print


@dataclass(slots=True)
class StagedRow:
    seq: int
    record_id: str
    revision: str
    changed_at: str
    print: bytes
    values: bytes
    target: bool = True


@dataclass(slots=True)
class ItemRow:
    """A planned write or an outcome. ``id`` is 0 until stored."""

    side: Side
    op: str
    left_id: str = ""
    right_id: str = ""
    name: str = ""
    key: str = ""
    revision: str = ""
    source: bytes = b""
    before: bytes = b""
    after: bytes = b""
    outcome: str = "planned"
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    id: int = 0
    held: str = ""  # the target's revision as it was just seen; not stored
    gives: bool = False  # a tie that gives something back to its source; not stored
    staged: bool = False  # the source is as the staging table has it
    print: bytes = b""  # the fingerprint of a source that is staged; empty when it was read only to be matched against

    @property
    def source_id(self) -> str:
        return self.left_id if self.side is Side.RIGHT else self.right_id

    @property
    def target_id(self) -> str:
        return self.right_id if self.side is Side.RIGHT else self.left_id


@dataclass(slots=True)
class ReadPage:
    """A page of a side, with everything that follows from it; committed as one. ``next`` is the following page's token,
    ``ids`` the packed ids of a full scan, ``candidates`` are (match key, folded value, record id)."""

    side: Side
    number: int
    next: str | None
    staged: Sequence[StagedRow]
    items: Sequence[ItemRow] = ()
    candidates: Sequence[tuple[int, str, str]] = ()
    ids: bytes = b""


@dataclass(slots=True)
class IntentRow:
    item_id: int
    side: Side
    op: str
    source_id: str
    target_id: str = ""
    key: dict[str, Any] = field(default_factory=dict)
    payload: bytes = b""
    id: int = 0
    run_id: int = 0
    state: str = "open"
    created_at: datetime | None = None


@dataclass(slots=True)
class Settled:
    """How one item ended, committed together: outcome, binding with base, and the intent's end."""

    item_id: int
    outcome: str
    side: Side
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)
    left_id: str = ""
    right_id: str = ""
    name: str = ""
    left_base: bytes | None = None
    right_base: bytes | None = None
    left_print: bytes = b""
    right_print: bytes = b""
    bind: bool = False
    origin: str = "matched"
    intent_state: str = "done"
    after: bytes | None = None


@dataclass(slots=True, frozen=True)
class PastRow:
    """An item of an earlier run. ``answer`` holds, packed, the target's values as its service answered then, empty when something
    was synced since; ``known`` the target's values as last known."""

    item: ItemRow
    answer: bytes
    known: bytes


@dataclass(slots=True, frozen=True)
class DecisionRow:
    """What a person decided about a record; see store/models/inbox.py. ``lasting``: the record is left alone until that is taken
    back."""

    id: int
    side: Side
    left_id: str
    right_id: str
    kind: str
    choice: str
    args: Mapping[str, Any]
    lasting: bool


@dataclass(slots=True)
class Step:
    """What ``advance`` says after one step. ``wait_until``: go on then (a budget or a throttle)."""

    done: bool
    wait_until: datetime | None = None


class Ports(Protocol):
    """``ledger`` is the module choai.store.ledger; its functions are listed there."""

    ledger: Any

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T: ...

    async def open(self, workspace_id: int, connection_id: int, user_id: int | None, run_id: int | None) -> Link:
        """Raises run_as_without_authority, connection_not_ready, reauthorise."""

    def now(self) -> datetime: ...
