"""What only some services have: actions, listed deletes, webhooks, a sign-in of their own. Import it from contract.py."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from choai.model.record import Record
from choai.model.values import Value

if TYPE_CHECKING:
    from choai.connectors.contract import Reply, Session


@dataclass(slots=True)
class Gone:
    """One page of deletes: the ids of records that were deleted (for good or into a bin) since."""

    ids: list[str]
    next: str | None = None
    incomplete: str | None = None  # error code when the list does not reach back to the instant that was asked for


@dataclass(slots=True, frozen=True)
class Document:
    """A file that an action answers."""

    content: bytes = field(repr=False)
    content_type: str = "application/pdf"
    name: str = ""


@dataclass(slots=True)
class Acted:
    """What an action did, by ActionSpec.answers; ``made`` is (object, id) of another record. ``record`` may also be told with
    the other two."""

    record: Record | None = None
    document: Document | None = None
    made: tuple[str, str] | None = None


@dataclass(slots=True, frozen=True)
class SignedIn:
    """A session of the service's own. ``facts`` are settings learnt on the way (version of the server, id of the user)."""

    token: str = field(repr=False)
    seconds: float | None = None  # of life
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True, frozen=True)
class Heard:
    """A genuine webhook call: which records of which objects changed (an object without ids: something of it did). ``mark`` is
    the same for a repetition of the same call. The answer is what the service wants to hear."""

    changed: Mapping[str, Sequence[str]]
    mark: str = ""
    status: int = 200
    answer: bytes = b""


@dataclass(slots=True, frozen=True)
class Forged:
    """A webhook call that is not genuine. Nothing of it is used; the service (or whoever it is) gets the status."""

    status: int = 401
    why: str = ""


@dataclass(slots=True, frozen=True)
class Subscription:
    """Webhooks as the service knows them. ``expires_at`` None: until taken back."""

    id: str
    expires_at: datetime | None = None


class Further(Protocol):
    """What only some services have. A module that has one of these declares it in its spec: ``act`` by ObjectSpec.actions,
    ``deleted`` by DeleteSignal.LISTED, ``heard`` and ``subscribe`` by Spec.hook, ``sign_in`` by Spec.sign_in."""

    async def act(self, session: Session, object: str, id: str, action: str, args: Mapping[str, Value]) -> Acted:
        """Do what ActionSpec ``action`` says. One to a few calls; a lost reply raises ``unknown_result``."""

    async def deleted(self, session: Session, object: str, since: datetime, token: str | None) -> Gone:
        """One page of the records deleted since. More than asked for does no harm: only bound records are marked."""

    async def sign_in(self, session: Session, secrets: Mapping[str, Any]) -> SignedIn:
        """A new session. The calls of this ``session`` carry no authorisation. Raises ``reauthorise`` when name, password or
        key are wrong."""

    def good(self, reply: Reply) -> bool:
        """Whether an answer with a good status is one (Vtiger: ``success``). Only services that need it have this."""

    def heard(
        self, settings: Mapping[str, Any], secrets: Mapping[str, Any], headers: Mapping[str, str], body: bytes
    ) -> Heard | Forged:
        """A call at the connection's webhook address; ``headers`` have lower-case names. No calls, no state. The secret part of
        the address was compared already."""

    async def subscribe(
        self, session: Session, objects: Sequence[str], address: str, secret: str, known: Subscription | None
    ) -> Subscription:
        """Ask for webhooks about these objects, or renew what is known. The calls carry ``secret``, which ``heard`` finds in
        its secrets under ``hooks.TOKEN``."""

    async def unsubscribe(self, session: Session, known: Subscription) -> None:
        """Take it back. Nothing is wrong when the service has forgotten it by itself."""
