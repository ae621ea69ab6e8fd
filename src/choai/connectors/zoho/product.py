"""How a Zoho finance product is described: its objects with their places in the API, and what makes of them a Spec.

Books, Invoice, Expense and Billing are one family: one envelope, one way of paging, one set of error codes. What differs is data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from choai.connectors.contract import (
    ActionSpec,
    Answers,
    CursorKind,
    DeleteSignal,
    Idempotency,
    Limit,
    ObjectSpec,
    Role,
    Spec,
)
from choai.connectors.declared import Move, optional, steps
from choai.connectors.fields import Table
from choai.connectors.zoho import centres
from choai.model.schema import Field
from choai.model.values import Kind

MINUTE, DAY = 100, 1000  # calls: any minute and organisation; a day on the free plan
# a plan's calls a day, by a word in its name
PLANS = {"standard": 2000, "professional": 5000, "premium": 10_000, "elite": 10_000, "ultimate": 10_000}

EMAIL = ActionSpec(
    "email",
    "メールで送る",
    "E-mail it",
    answers=Answers.NOTHING,
    args=(
        Field("to", Kind.TEXT, "宛先（コンマ区切り）", "To (commas between)", required=True),
        Field("subject", Kind.TEXT, "件名", "Subject"),
        Field("body", Kind.LONG_TEXT, "本文", "Text"),
    ),
)
INVOICE_IT = ActionSpec(
    "invoice", "下書きの請求書を作る", "Make a draft invoice", answers=Answers.CREATED, makes="invoice"
)
APPLY = ActionSpec(
    "apply",
    "請求書に充当する",
    "Apply to an invoice",
    states=("open",),
    args=(
        Field("invoice", Kind.IDENTIFIER, "請求書のID", "ID of the invoice", required=True),
        Field("amount", Kind.MONEY, "金額", "Amount", required=True),
    ),
)


@dataclass(slots=True, frozen=True)
class Place:
    """Where an object is and how it behaves.

    ``since`` says how changes are found: "filter" (Zoho's last_modified_time), "sorted" (newest first, until one is older),
    "rows" (the whole list without older rows) or "" (no time of change). ``find``: field → list parameter; other fields are
    looked for in the list. ``details``: lists leave fields out, each record is read by itself when one of them is wished.
    ``acts``: further actions, whose arguments are sent as they are → the call after the record's address.
    """

    path: str
    id: str
    one: str  # key of a single record
    listed: str = ""  # where its list is; the same path
    many: str = ""  # key of a list; the last part of the path
    since: str = ""
    changed: str = "last_modified_time"
    query: Mapping[str, str] = field(default_factory=dict)  # of every list
    find: Mapping[str, str] = field(default_factory=dict)
    details: bool = True
    single: bool = True  # a record has an address of its own
    number: str = ""  # a number that Zoho would give by itself: a flag goes with our own
    number_flag: str = "query"  # or "body"
    always: Mapping[str, Any] = field(default_factory=dict)  # in the body of every create
    repeats: tuple[str, ...] = ()  # what an update must carry though it does not change
    custom: bool = True  # has custom fields
    acts: Mapping[str, str] = field(default_factory=dict)
    other: Mapping[str, str] = field(default_factory=dict)  # key in lists → its name in answers to writes
    moves: tuple[Move, ...] = ()
    link: str = ""
    title: str = ""  # the field named when a record is refused as doubled


@dataclass(slots=True, frozen=True)
class Product:
    """One product of the family. ``organisation``: header that names the organisation, beside or instead of the query."""

    service: str
    base: str
    web: str
    organisation: str
    in_query: bool
    places: Mapping[str, Place]
    tables: Callable[[str], Table]
    dynamic: Callable[[str], Place | None] = lambda _: None
    probes: Mapping[str, str] = field(default_factory=dict)  # capability → list that not every edition has
    page: str = "{web}/app/{organisation}#/{path}"

    def place(self, object: str) -> Place | None:
        return self.places.get(object) or self.dynamic(object)


def kind(  # noqa: PLR0917  (a row of a table)
    place: Place, name: str, ja: str, en: str, role: str, keys: tuple[str, ...] = (), **more: Any
) -> ObjectSpec:
    """The ObjectSpec of an object."""
    moved = steps(place.moves)
    common: dict[str, Any] = {
        "can_create": True,
        "can_update": True,
        "cursor": CursorKind.INSTANT if place.since else CursorKind.NONE,
        "overlap_seconds": 5 if place.since else 0,
        "page_size": 25 if place.details else 200,
        "idempotency": Idempotency.NATURAL_KEY if keys or "stamp_field" in more else Idempotency.NONE,
        "deletes": DeleteSignal.INVISIBLE,
        "can_delete": True,
        "actions": (*moved, *more.pop("also", ())),
        "state": "status" if moved else None,
    }
    if "stamp_field" in more:
        common["idempotency"] = Idempotency.STAMP
    return ObjectSpec(name, ja, en, role, keys=("id", *keys), **{**common, **more})


ORGANISATION = optional(
    "organization_id", "組織ID", "Organisation ID",
    "複数の組織がある場合に指定します。空欄のときは、既定の組織を使います。",
    "When there are several organisations. Left empty, it is the default one.",
    pattern=r"\d+",
)  # fmt: skip
CUSTOM = optional(
    "custom_fields", "カスタム項目の追加", "Further custom fields",
    "見つからないカスタム項目を「対象:cf_項目」の形で、コンマで区切って指定します（例: contact:cf_rank）。",
    "Custom fields that were not found, as object:cf_name with commas between (such as contact:cf_rank).",
)  # fmt: skip


def spec(service: str, name: str, objects: tuple[ObjectSpec, ...], scopes: tuple[str, ...], day: int = DAY) -> Spec:
    """The Spec of a product; its name is alike in all languages."""
    return Spec(
        service=service,
        role=Role.ACCOUNTING,
        ja=name,
        en=name,
        base_url=centres.BASE_URL,
        auth=("oauth",),
        settings=(*centres.SETTINGS[:3], ORGANISATION, CUSTOM, *centres.SETTINGS[3:]),
        objects=objects,
        limits=(Limit("minute", MINUTE, 60), Limit("day", day, 86_400), Limit("concurrent", 5, 0)),
        oauth=centres.oauth(*scopes),
        places=centres.PLACES,
        concurrency=4,
        docs="https://api-console.zoho.jp/",
    )
