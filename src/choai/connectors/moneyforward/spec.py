"""What Money Forward クラウド請求書 (API v3) is: objects with their places in the API, settings, limits, OAuth addresses.

Data only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from choai.connectors.contract import (
    ActionSpec,
    Answers,
    CursorKind,
    Idempotency,
    Limit,
    OAuthSpec,
    ObjectSpec,
    Role,
    Spec,
)
from choai.connectors.declared import CLIENT_SECRET, PDF, address, api_address, choice, client_id, web_address
from choai.connectors.moneyforward.unsure import UNSURE
from choai.model.schema import Field
from choai.model.values import Kind

API = "/api/v3"
BASE_URL = "https://invoice.moneyforward.com"
AUTH_URL = "https://api.biz.moneyforward.com"


@dataclass(slots=True, frozen=True)
class Place:
    """Where an object is. ``find``: key → query parameter of the list; ``many``: it takes several values at once. ``create``:
    where new ones go when that is not the list. ``since``: the list can be asked for what changed since a day."""

    path: str
    find: Mapping[str, str] | None = None
    many: bool = False
    create: str = ""
    since: bool = False
    link: str = ""


_NAMED = {"code": "code", "name": "name"}
PLACES: Mapping[str, Place] = {
    "partner": Place("partners", _NAMED, many=True, link="/partners/{id}"),
    "department": Place("partners"),
    "item": Place("items", _NAMED, many=True, link="/items/{id}/edit"),
    "quote": Place("quotes", {"quote_number": "document_number"}, since=True, link="/quotes/{id}/edit"),
    "billing": Place(
        "billings", {"billing_number": "document_number"}, create="invoice_template_billings", since=True,
        link="/billings/{id}/edit",
    ),
    "sent_history": Place("sent_histories"),
}  # fmt: skip

# action → method, end of the address, body
STEPS: Mapping[str, tuple[str, str, Mapping[str, str]]] = {
    "mark_unset": ("PUT", "payment_status", {"payment_status": "0"}),
    "mark_unpaid": ("PUT", "payment_status", {"payment_status": "1"}),
    "mark_paid": ("PUT", "payment_status", {"payment_status": "2"}),
    "mark_lost": ("PUT", "order_status", {"order_status": "-1"}),
    "mark_undecided": ("PUT", "order_status", {"order_status": "0"}),
    "mark_not_ordered": ("PUT", "order_status", {"order_status": "1"}),
    "mark_ordered": ("PUT", "order_status", {"order_status": "2"}),
    "post": ("POST", "posting", {}),
    "cancel_post": ("DELETE", "posting", {}),
}


def _mark(name: str, ja: str, en: str) -> ActionSpec:
    return ActionSpec(name, f"「{ja}」にする", f"Mark as {en}", idempotent=True, asks=False)


_ALWAYS = (
    PDF,
    ActionSpec(
        "post",
        "郵送を依頼する（有料）",
        "Send by post (costs money)",
        args=(
            Field("upload_to_cloud_box", Kind.BOOLEAN, "クラウドBoxに保存する", "Keep in Cloud Box", has_default=True),
        ),
    ),
    ActionSpec("cancel_post", "郵送を取り消す", "Cancel sending by post"),
)
BILLING_ACTIONS = (
    _mark("mark_paid", "入金済み", "paid"),
    _mark("mark_unpaid", "未入金", "unpaid"),
    _mark("mark_unset", "未設定", "not set"),
    *_ALWAYS,
)
QUOTE_ACTIONS = (
    _mark("mark_ordered", "受注済み", "ordered"),
    _mark("mark_not_ordered", "未受注", "not ordered"),
    _mark("mark_lost", "失注", "lost"),
    _mark("mark_undecided", "未設定", "not set"),
    ActionSpec("convert", "請求書に変換する", "Make a billing of it", answers=Answers.CREATED, makes="billing"),
    *_ALWAYS,
)


def _object(name: str, ja: str, en: str, role: str, keys: tuple[str, ...] = (), **more: Any) -> ObjectSpec:
    """Documents and partners are stamped in their internal note (``memo``); the rest is known by what it holds."""
    stamped = name in ("partner", "quote", "billing")
    document: dict[str, Any] = {"cursor": CursorKind.INSTANT, "overlap_seconds": 60} if PLACES[name].since else {}
    return ObjectSpec(
        name, ja, en, role, keys=("id", *keys), can_create=True, can_update=True, can_delete=True,
        idempotency=Idempotency.STAMP if stamped else Idempotency.NATURAL_KEY, stamp_field="memo" if stamped else None,
        **document, **more,
    )  # fmt: skip


OBJECTS = (
    _object("partner", "取引先", "Partners", "partner", ("code", "name")),
    _object("department", "取引先の部門・担当者", "Departments of partners", "person"),
    _object("item", "品目", "Items", "item", ("code", "name")),
    _object("quote", "見積書", "Quotes", "quote", ("quote_number",), actions=QUOTE_ACTIONS, state="order_status"),
    _object(
        "billing", "請求書", "Billings", "invoice", ("billing_number",), actions=BILLING_ACTIONS, state="payment_status"
    ),
    ObjectSpec("sent_history", "送付履歴", "Sending history", "sending"),
)
BY_NAME = {entry.name: entry for entry in OBJECTS}

SETTINGS = (
    client_id(
        "マネーフォワード クラウドの「アプリポータル」で登録したアプリのClient IDです。",
        "Of the app that you registered in the app portal (アプリポータル) of マネーフォワード クラウド.",
    ),
    CLIENT_SECRET,
    choice(
        "client_auth", ("クライアント認証方式", "Client authentication"), "basic=CLIENT_SECRET_BASIC|body=CLIENT_SECRET_POST",
        "アプリポータルの設定に合わせます。", "As in the app portal.",
    ),
    api_address(BASE_URL),
    address("auth_url", "認証のアドレス", "Sign-in address", AUTH_URL),
    web_address(BASE_URL),
)  # fmt: skip

SPEC = Spec(
    service="moneyforward",
    role=Role.ACCOUNTING,
    ja="マネーフォワード クラウド請求書",
    en="Money Forward Cloud Invoice",
    base_url=BASE_URL,
    auth=("oauth",),
    settings=SETTINGS,
    objects=OBJECTS,
    # 3 a second is the figure published for creating and changing documents; it is kept for every call
    limits=(Limit("second", 3, 1),),
    oauth=OAuthSpec(
        authorize_url="{auth_url}/authorize",
        token_url="{auth_url}/token",  # noqa: S106  (an address)
        revoke_url="{auth_url}/token/revoke",
        scopes=("mfc/invoice/data.read", "mfc/invoice/data.write"),
        client_auth="{client_auth}",
        pkce=True,
        rotates=True,
        access_seconds=3600,
        refresh_days=540,
    ),
    concurrency=2,
    docs="https://biz.moneyforward.com/support/app-portal/guide/g011.html",
    unsure=UNSURE,
)
