"""What a connector is: data (Spec) and a few functions without loops, retries, sleeping or state.

The engine loops over pages, repeats, waits and remembers. A connector's function makes the call it is asked for through
its Session, turns the service's values into model values, and says what a bad answer means.

A connector is a package ``choai.connectors.<service>`` whose ``api`` module has the functions of the Connector protocol
below and whose ``spec`` module has ``SPEC``. It is listed in registry.py. What only some services have (actions, listed deletes,
webhooks, a sign-in of their own) are the functions of Further (further.py); the spec (its smaller parts: declared.py) declares
what a module has.

What to raise: ``ChoaiError`` with a code of errors.toml, through ``fault`` for answers of the service. What not to raise for:
one record refused in a batch – that is a Refused result of ``write``.

What connectors share beside this file: ``declared.py`` (settings and actions alike everywhere), ``fields.py`` (a table of
fields → schema, record, body) with ``wires.py`` (JSON values ↔ model values) and ``naming.py`` (roles by label), ``reading.py``
(catalogues, records with addresses, pages, look-ups), ``batches.py`` (one record per call, mixed answers, upsert keys),
``paging.py`` (page tokens), ``faults.py`` (pauses, statuses without a code), ``hooks.py`` (signatures).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from choai.connectors.declared import OWN_WAYS, ActionSpec, Answers, HookSpec, Limit, OAuthSpec, SettingSpec, SignInSpec
from choai.connectors.further import Acted, Document, Forged, Further, Gone, Heard, SignedIn, Subscription
from choai.connectors.unsure import Unsure
from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Value

__all__ = [
    "OWN_WAYS",
    "READ_ONLY",
    "Account",
    "Acted",
    "ActionSpec",
    "Answers",
    "Connector",
    "CursorKind",
    "DeleteSignal",
    "Document",
    "Done",
    "Forged",
    "Further",
    "Gone",
    "Heard",
    "HookSpec",
    "Idempotency",
    "Item",
    "Limit",
    "OAuthSpec",
    "ObjectInfo",
    "ObjectSpec",
    "Op",
    "Page",
    "Pairs",
    "Part",
    "Refused",
    "Reply",
    "Result",
    "Role",
    "Session",
    "SettingSpec",
    "SignInSpec",
    "SignedIn",
    "Spec",
    "Subscription",
    "Unknown",
    "Unsure",
    "Untried",
    "Window",
]

# ---------------------------------------------------------------- data: what a service is


class Role(StrEnum):
    CRM = "crm"
    ACCOUNTING = "accounting"


class CursorKind(StrEnum):
    """Granularity of a service's "changed since" filter for an object."""

    NONE = "none"  # no filter: full scan, compared by fingerprint
    DATE = "date"  # calendar day, inclusive (freee: JST)
    MINUTE = "minute"  # kintone
    INSTANT = "instant"


class Idempotency(StrEnum):
    """How a create can be asked about after a lost reply, best first (design §5)."""

    HEADER = "header"
    EXTERNAL_ID = "external_id"  # upsert on a unique field we write
    STAMP = "stamp"
    NATURAL_KEY = "natural_key"  # a key proved unique before the create
    NONE = "none"


class DeleteSignal(StrEnum):
    """How a deleted record shows."""

    INVISIBLE = "invisible"  # only by its absence from a full scan
    LISTED = "listed"  # the service lists deletes: function ``deleted``
    FLAGGED = "flagged"  # still in lists, and ``read`` says so by Record.archived


class Op(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    UPSERT = "upsert"


@dataclass(slots=True, frozen=True)
class ObjectSpec:
    """One kind of record. ``name`` may hold ``*`` for objects discovered at run time (kintone ``app:*``)."""

    name: str
    ja: str
    en: str
    role: str  # "partner", "tag", "segment", "item", "section", "account_item", "tax_code", "app" …
    can_create: bool = False
    can_update: bool = False
    cursor: CursorKind = CursorKind.NONE
    overlap_seconds: int = (
        0  # a write that shows at most so long after its stamp is not missed: re-read before the cursor
    )
    page_size: int = 100
    batch_size: int = 1  # records per write call
    reads_by_id: bool = False  # read() honours Window.ids: one call re-reads up to page_size records
    has_revision: bool = False  # write() honours Item.revision
    idempotency: Idempotency = Idempotency.NONE
    keys: tuple[str, ...] = ()  # field names (or roles of custom objects) that are unique and findable
    deletes: DeleteSignal = DeleteSignal.INVISIBLE
    hides_archived: bool = False  # lists leave out records that can still be read by id
    plan_gate: str | None = None  # capability name in Account.capabilities that must be true
    key_seconds: int = 0  # HEADER: how long the service remembers a key
    stamp_field: str | None = None  # STAMP: where write() puts Item.stamp; a mapped field is never stamped
    actions: tuple[ActionSpec, ...] = ()
    state: str | None = None  # name of the field that holds the state of a document
    can_delete: bool = False  # the service lets records be deleted; Choai never does it by itself


# options of an object that Choai only reads
READ_ONLY: Mapping[str, Any] = {
    "can_create": False, "can_update": False, "can_delete": False, "idempotency": Idempotency.NONE,
}  # fmt: skip


@dataclass(slots=True, frozen=True)
class Spec:
    service: str
    role: Role
    ja: str
    en: str
    base_url: str  # vendor's own; may hold {setting} placeholders
    # "oauth" (a person's consent), "client_credentials", "jwt_bearer", "session" (see SignInSpec), or whatever ``authorise``
    # makes headers of: "api_token", "password", "key", "basic"
    auth: tuple[str, ...]
    settings: tuple[SettingSpec, ...]
    objects: tuple[ObjectSpec, ...]
    limits: tuple[Limit, ...]
    oauth: OAuthSpec | None = None
    concurrency: int = 4  # our own politeness, never above the vendor's
    docs: str = ""  # vendor's page about registering an app
    # placeholder → (choice setting, address by choice), for services with data centres; a setting of the same name wins
    places: Mapping[str, tuple[str, Mapping[str, str]]] = field(default_factory=dict)
    # learnt settings that say whose account it is: a consent for another one is refused (wrong_company)
    identity: tuple[str, ...] = ()
    sign_in: SignInSpec | None = None
    hook: HookSpec | None = None
    unsure: tuple[Unsure, ...] = ()  # what the vendor's documents leave open; see unsure.py


# ---------------------------------------------------------------- what functions take and return


@dataclass(slots=True)
class Reply:
    """An answer of the service: ``data`` is the decoded JSON (numbers with a point are Decimal) or None if not JSON; ``body``
    then holds the bytes of a good answer (PDF, CSV)."""

    status: int
    headers: Mapping[str, str]  # lower-case names
    data: Any
    text: str
    method: str
    path: str
    body: bytes = b""


Pairs = Sequence[tuple[str, str]] | Mapping[str, str]


@dataclass(slots=True, frozen=True)
class Part:
    """One part of a multipart/form-data body; with ``filename`` a file."""

    name: str
    content: bytes | str
    filename: str | None = None
    content_type: str | None = None


class Session(Protocol):
    """One connection's way to its service: address, authorisation, budget and clock are already in it.

    ``call`` sends one request and returns the Reply when its status is in ``ok``; otherwise it asks the connector's ``fault``
    what the answer means and raises that error. It repeats nothing that may have had an effect: a lost reply to a write raises
    ``unknown_result``. Paths are joined to the connection's base address; a path that starts with http is taken as it is.
    ``scope`` names the counter of a Limit with scope "app".

    One body at most: ``json``, ``form`` (urlencoded), ``parts`` (multipart) or ``body`` with its type in ``headers``. Where a
    service puts failures into good statuses, the connector's ``good`` says so and ``fault`` is asked all the same.
    """

    settings: Mapping[str, Any]
    account: Account | None
    memo: dict[str, Any]  # the connector's own notebook (field metadata …), for as long as the link is open
    calls: int  # requests sent through this session

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Pairs | None = None,
        json: Any = None,
        form: Pairs | None = None,
        parts: Sequence[Part] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        effect: bool | None = None,  # default: True unless the method is GET
        ok: tuple[int, ...] = (200, 201, 204),
        scope: str | None = None,
        auth: Mapping[str, str] | None = None,  # replaces the connection's own authorisation headers
    ) -> Reply: ...

    def now(self) -> datetime: ...


@dataclass(slots=True)
class Account:
    """Who and what a connection is linked to, as ``identify`` found it."""

    id: str
    name: str
    user_id: str | None = None
    user_name: str | None = None
    plan: str | None = None
    currency: str | None = None
    time_zone: str = "Asia/Tokyo"
    capabilities: dict[str, bool] = field(default_factory=dict)  # e.g. partner_code, segment_1, scheduled_sync
    reasons: dict[str, str] = field(default_factory=dict)  # capability → error code why it is false
    limits: dict[str, int] = field(default_factory=dict)  # limit name → count under this plan
    choices: list[dict[str, str]] = field(default_factory=list)  # other accounts the user may pick: id, name, note


@dataclass(slots=True)
class ObjectInfo:
    """One object a connection offers. ``spec`` is the ObjectSpec's name it follows."""

    name: str
    ja: str
    en: str
    spec: str
    available: bool = True
    reason: str | None = None  # error code when not available
    note: str | None = None


@dataclass(slots=True)
class Window:
    """Which records to read. All None: everything. ``ids`` only where ObjectSpec.reads_by_id. ``patient``: whoever asks honours
    Page.wait_seconds; only then may an export job be begun."""

    since: datetime | date | None = None
    ids: Sequence[str] | None = None
    fields: Sequence[str] | None = None  # a wish: the service may send more
    patient: bool = False


@dataclass(slots=True)
class Page:
    """``next`` is the token of the following page or None at the end; ``watermark`` the newest change seen on it.

    ``wait_seconds``: the service is still preparing (an export job): no records yet, ask again with ``next`` after that time.
    The token carries the job's id; a job that is gone may be begun again from the start of the window.
    """

    records: list[Record]
    next: str | None = None
    watermark: datetime | date | None = None
    total: int | None = None
    incomplete: str | None = None  # error code when the service says that this answer is not the whole truth
    wait_seconds: float | None = None


@dataclass(slots=True)
class Item:
    """One record to write. ``values`` are native model values; absent keys are not sent. UPSERT uses ``key``."""

    ref: str  # the engine's own mark, returned with the result
    values: dict[str, Value]
    id: str | None = None
    revision: str | None = None
    key: tuple[str, Value] | None = None  # (field, value)
    stamp: str | None = None  # of creates. HEADER: the call's key, alike on all its items; STAMP: text for stamp_field


@dataclass(slots=True)
class Done:
    """Written. ``record`` is the service's answer: full when ``complete``, else only what the answer told."""

    ref: str
    record: Record
    created: bool
    complete: bool = True


@dataclass(slots=True)
class Refused:
    """The service said no to this record; nothing was written for it."""

    ref: str
    error: ChoaiError


@dataclass(slots=True)
class Untried:
    """Nothing was written for this record because a neighbour in the same call was refused."""

    ref: str


@dataclass(slots=True)
class Unknown:
    """The reply was lost: the service may or may not have acted."""

    ref: str
    error: ChoaiError


Result = Done | Refused | Untried | Unknown


class Connector(Protocol):
    """The functions of ``choai.connectors.<service>.api``."""

    async def identify(self, session: Session) -> Account:
        """Who, which account, plan, rights. One to a few calls."""

    async def catalogue(self, session: Session) -> list[ObjectInfo]:
        """The objects this connection offers, unavailable ones with their reason."""

    async def describe(self, session: Session, object: str, known: Schema | None = None) -> Schema:
        """The fields of an object as they are now. ``known`` is what was found the last time: a service with a revision of
        its definitions may answer it again and save calls. Raises ``object_not_found`` when the object is gone."""

    async def read(self, session: Session, object: str, window: Window, token: str | None) -> Page:
        """One page."""

    async def find(self, session: Session, object: str, key: str, values: Sequence[Value]) -> list[Record]:
        """Records whose ``key`` field equals one of the values exactly. At most page_size values at a time."""

    async def write(self, session: Session, object: str, op: Op, items: Sequence[Item]) -> list[Result]:
        """One result per item, in order. At most batch_size items. A call-level failure raises; a lost reply raises
        ``unknown_result`` (the caller makes every item Unknown)."""

    def link(self, settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
        """Address a person can open."""

    def authorise(self, settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
        """Request headers for the kinds that are not OAuth (tokens, passwords); for OAuth extra headers only.
        ``secrets`` holds the sealed settings opened, and ``access_token`` for OAuth."""

    def fault(self, reply: Reply) -> ChoaiError:
        """What a bad answer means: code first, the vendor's text only as detail. Codes that matter to the caller:
        token_expired (refresh and repeat once), reauthorise, throttled (fact ``until``), maintenance, ip_blocked …"""

    def granted(self, token: Mapping[str, Any]) -> dict[str, Any]:
        """Settings learnt from an OAuth token answer (freee: the company chosen), at consent and at every refresh."""
