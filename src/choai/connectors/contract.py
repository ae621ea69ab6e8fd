"""What a connector is: data (Spec) and a few functions without loops, retries, sleeping or state.

The engine loops over pages, repeats, waits and remembers. A connector's function makes the call it is asked for through
its Session, turns the service's values into model values, and says what a bad answer means.

A connector is a package ``choai.connectors.<service>`` whose ``api`` module has the functions of the Connector protocol
below and whose ``spec`` module has ``SPEC``. It is listed in registry.py.

What to raise: ``ChoaiError`` with a code of errors.toml, through ``fault`` for answers of the service. What not to raise for:
one record refused in a batch – that is a Refused result of ``write``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from choai.errors import ChoaiError
from choai.model.record import Record
from choai.model.schema import Schema
from choai.model.values import Value

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
    LISTED = "listed"  # the service lists deletes
    FLAGGED = "flagged"  # a field says so


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
    overlap_seconds: int = 0  # re-read before the cursor, for late-visible writes and coarse clocks
    page_size: int = 100
    batch_size: int = 1  # records per write call
    reads_by_id: bool = False  # read() honours Window.ids: one call re-reads up to page_size records
    has_revision: bool = False  # write() honours Item.revision
    idempotency: Idempotency = Idempotency.NONE
    keys: tuple[str, ...] = ()  # field names (or roles of custom objects) that are unique and findable
    deletes: DeleteSignal = DeleteSignal.INVISIBLE
    plan_gate: str | None = None  # capability name in Account.capabilities that must be true


@dataclass(slots=True, frozen=True)
class OAuthSpec:
    """OAuth 2.0 authorization code. Addresses may hold ``{setting}`` placeholders of the connection."""

    authorize_url: str
    token_url: str
    scopes: tuple[str, ...] = ()
    client_auth: str = "body"  # "body" or "basic"
    pkce: bool = False
    rotates: bool = False  # the refresh token changes at each use
    access_seconds: int = 3600
    refresh_days: int | None = None  # life of an idle refresh token
    refresh_early_seconds: int = 300
    extra_authorize: Mapping[str, str] = field(default_factory=dict)
    revoke_url: str | None = None


@dataclass(slots=True, frozen=True)
class SettingSpec:
    """One input of the connection form. Secret ones are sealed and never shown again."""

    name: str
    ja: str
    en: str
    required: bool = True
    secret: bool = False
    default: str | None = None
    pattern: str | None = None
    help_ja: str = ""
    help_en: str = ""
    kind: str = "text"  # "text", "url", "choice", "apps" (list of {"id","token"} for kintone tokens)
    choices: tuple[str, ...] = ()
    auth: str | None = None  # only for this auth kind


@dataclass(slots=True, frozen=True)
class Limit:
    """``count`` calls in any ``seconds``, or at once when ``seconds`` is 0. 86400 is a vendor day; ``reset`` is its
    ``HH:MM+zz:zz``. Plans may override by name through Account.limits."""

    name: str
    count: int
    seconds: int
    reset: str = "00:00+09:00"
    scope: str = "connection"  # "connection" or "app" (one counter per object)
    hard: bool = True  # False: the vendor only warns


@dataclass(slots=True, frozen=True)
class Spec:
    service: str
    role: Role
    ja: str
    en: str
    base_url: str  # vendor's own; may hold {setting} placeholders
    auth: tuple[str, ...]  # of "oauth", "api_token", "password", "key"
    settings: tuple[SettingSpec, ...]
    objects: tuple[ObjectSpec, ...]
    limits: tuple[Limit, ...]
    oauth: OAuthSpec | None = None
    concurrency: int = 4  # our own politeness, never above the vendor's
    docs: str = ""  # vendor's page about registering an app


# ---------------------------------------------------------------- what functions take and return


@dataclass(slots=True)
class Reply:
    """An answer of the service: ``data`` is the decoded JSON (numbers with a point are Decimal) or None if not JSON."""

    status: int
    headers: Mapping[str, str]  # lower-case names
    data: Any
    text: str
    method: str
    path: str


class Session(Protocol):
    """One connection's way to its service: address, authorisation, budget and clock are already in it.

    ``call`` sends one request and returns the Reply when its status is in ``ok``; otherwise it asks the connector's ``fault``
    what the answer means and raises that error. It repeats nothing that may have had an effect: a lost reply to a write raises
    ``unknown_result``. Paths are joined to the connection's base address; a path that starts with http is taken as it is.
    ``scope`` names the counter of a Limit with scope "app".
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
        query: Sequence[tuple[str, str]] | Mapping[str, str] | None = None,
        json: Any = None,
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
    """Which records to read. All None: everything. ``ids`` only where ObjectSpec.reads_by_id."""

    since: datetime | date | None = None
    ids: Sequence[str] | None = None
    fields: Sequence[str] | None = None  # a wish: the service may send more


@dataclass(slots=True)
class Page:
    """``next`` is the token of the following page or None at the end; ``watermark`` the newest change seen on it."""

    records: list[Record]
    next: str | None = None
    watermark: datetime | date | None = None
    total: int | None = None
    incomplete: str | None = None  # error code when the service says that this answer is not the whole truth


@dataclass(slots=True)
class Item:
    """One record to write. ``values`` are native model values; absent keys are not sent. UPSERT uses ``key``."""

    ref: str  # the engine's own mark, returned with the result
    values: dict[str, Value]
    id: str | None = None
    revision: str | None = None
    key: tuple[str, Value] | None = None  # (field, value)
    stamp: str | None = None  # idempotency header or stamp text, where the spec offers it


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
        """Settings learnt from an OAuth token answer (freee: the company chosen)."""
