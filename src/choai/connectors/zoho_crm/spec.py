"""What Zoho CRM is: its modules, settings, limits, scopes. Data only; data centres and sign-in are those of all Zoho products.

Objects are modules by their API names; ``*`` is every module that the organisation made. ``Accounts@123`` is a module seen
through the custom view 123: only its records are read.
"""

from __future__ import annotations

from typing import Any

from choai.connectors.contract import (
    ActionSpec,
    Answers,
    CursorKind,
    DeleteSignal,
    HookSpec,
    Idempotency,
    Limit,
    ObjectSpec,
    Role,
    Spec,
)
from choai.connectors.declared import choice
from choai.connectors.zoho import centres
from choai.connectors.zoho_crm.unsure import UNSURE

API = "/crm/v8"
BULK = "/crm/bulk/v8"
PAGE = 200  # records of a list
DETAILED = 25  # records of a page that are read one by one, for their line items
AT_ONCE = 50  # ids in one address, which may have 1,024 characters; and values of a COQL ``in``
FIELDS = 50  # of one list
BATCH = 100
BULK_ROWS = 20_000  # a full read of more goes by a bulk read job
BULK_SLICE = 20_000  # rows of a job's result that are handed over at once
BULK_WAIT = 10.0  # seconds between two looks at a job
KEPT_DAYS = 60  # of deleted records in the recycle bin
CREDITS = {"free": 5_000, "standard": 50_000, "professional": 50_000}  # a day without those for users; others: the last
CALLS = {"free": 5, "standard": 10, "professional": 15, "ultimate": 25}  # at once; others: 20
WATCH_SECONDS = 86_400  # of a notification channel; Zoho's own pages differ: a day, or a week

_COMMON: dict[str, Any] = {
    "can_create": True, "can_update": True, "cursor": CursorKind.INSTANT, "overlap_seconds": 300, "page_size": PAGE,
    "batch_size": BATCH, "reads_by_id": True, "idempotency": Idempotency.EXTERNAL_ID, "keys": ("id",),
    "deletes": DeleteSignal.LISTED, "can_delete": True,
}  # fmt: skip
_READ: dict[str, Any] = {"page_size": PAGE}


def _module(name: str, ja: str, en: str, role: str, **more: Any) -> ObjectSpec:
    return ObjectSpec(name, ja, en, role, **{**_COMMON, **more})


def _convert(name: str, ja: str, en: str, makes: str) -> ActionSpec:
    return ActionSpec(name, ja, en, answers=Answers.CREATED, makes=makes)


_TO_INVOICE = _convert("convert_to_invoice", "請求書に変換", "Convert to an invoice", "Invoices")
_TO_ORDER = _convert("convert_to_order", "受注書に変換", "Convert to a sales order", "Sales_Orders")
_PAPER: dict[str, Any] = {"page_size": DETAILED, "batch_size": DETAILED}

MODULES = (
    _module("Accounts", "取引先", "Accounts", "partner"),
    _module("Contacts", "連絡先", "Contacts", "person"),
    _module("Vendors", "仕入先", "Vendors", "vendor"),
    _module("Products", "商品", "Products", "item"),
    _module("Deals", "商談", "Deals", "deal", state="Stage"),
    _module("Quotes", "見積書", "Quotes", "quote", state="Quote_Stage", actions=(_TO_ORDER, _TO_INVOICE), **_PAPER),
    _module("Sales_Orders", "受注書", "Sales orders", "sales_order", state="Status", actions=(_TO_INVOICE,), **_PAPER),
    _module("Purchase_Orders", "発注書", "Purchase orders", "purchase_order", state="Status", **_PAPER),
    _module("Invoices", "請求書", "Invoices", "invoice", state="Status", **_PAPER),
)
VIEWED = tuple(m for m in MODULES if m.role in ("partner", "person", "vendor"))
# name → path, key of the answer, parameters
LISTS = {
    "users": ("users", "users", {"type": "AllUsers"}),
    "profiles": ("settings/profiles", "profiles", {}),
    "currencies": ("org/currencies", "currencies", {}),
}
OBJECTS = (
    *MODULES,
    *(_module(f"{m.name}@*", f"{m.ja}（ビュー）", f"{m.en} (custom view)", m.role) for m in VIEWED),
    ObjectSpec("users", "ユーザー", "Users", "user", **_READ),
    ObjectSpec("profiles", "プロファイル", "Profiles", "profile", **_READ),
    ObjectSpec("currencies", "通貨", "Currencies", "currency", **_READ),
    _module("*", "タブ", "Module", "custom"),
)
BY_NAME = {entry.name: entry for entry in OBJECTS}

TRIGGERS = choice(
    "triggers",
    ("CRMの自動化", "Automation of the CRM"),
    "none=なし=None|workflow=ワークフローのみ=Workflows only|all=承認とブループリントも=Approvals and blueprints too",
    "帳合の書き込みで動かすものです。", "What a write of Choai sets off.",
)  # fmt: skip
_AREAS = ("modules", "fields", "layouts", "custom_views", "profiles", "currencies")
SPEC = Spec(
    service="zoho_crm",
    role=Role.CRM,
    ja="Zoho CRM",
    en="Zoho CRM",
    base_url=centres.BASE_URL,
    auth=("oauth",),
    settings=(*centres.SETTINGS, TRIGGERS),
    objects=OBJECTS,
    limits=(Limit("day", CREDITS["free"], 86_400), Limit("concurrent", CALLS["free"], 0)),
    oauth=centres.oauth(
        "ZohoCRM.modules.ALL",
        *(f"ZohoCRM.settings.{area}.READ" for area in _AREAS),
        "ZohoCRM.org.READ",
        "ZohoCRM.users.READ",
        "ZohoCRM.coql.READ",
        "ZohoCRM.bulk.ALL",
        "ZohoCRM.notifications.ALL",
    ),
    concurrency=4,
    places=centres.PLACES,
    docs="https://www.zoho.com/crm/developer/docs/api/v8/register-client.html",
    unsure=UNSURE,
    hook=HookSpec(
        "token",
        subscribes=True,
        renew_seconds=WATCH_SECONDS // 4,
        help_ja="［通知を受け取る］を押すと、帳合がZoho CRMに登録し、期限の前に自動で更新します。Zohoでの設定は要りません。",
        help_en="Press “Receive notices”: Choai registers itself at Zoho CRM and renews that in time. Nothing to set at Zoho.",
    ),
)


def split(object: str) -> tuple[str, str]:
    """Module and custom view ("" without one)."""
    module, _, view = object.partition("@")
    return module, view
