"""What Xero is: objects with their places in the API, settings, limits, OAuth addresses. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from choai.connectors.contract import (
    READ_ONLY,
    ActionSpec,
    Answers,
    CursorKind,
    DeleteSignal,
    HookSpec,
    Idempotency,
    Limit,
    OAuthSpec,
    ObjectSpec,
    Role,
    Spec,
)
from choai.connectors.declared import PDF, Move, address, api_address, choice, client_id, optional, steps, web_address
from choai.connectors.xero.unsure import UNSURE
from choai.model.schema import Field
from choai.model.values import Kind

API = "/api.xro/2.0"
BASE_URL = "https://api.xero.com"
WEB_URL = "https://go.xero.com"
KEY_SECONDS = 360  # Xero remembers an Idempotency-Key about six minutes
STARTER_DAY, CORE_DAY = 1000, 5000  # calls a day and organisation, by the tier of the app
IDS_A_CALL = 50  # a comma list of GUIDs goes into the address

_INVOICE_MOVES: tuple[Move, ...] = (
    ("submit", "承認待ちにする", "Submit for approval", "SUBMITTED", ("DRAFT",)),
    ("authorise", "承認する", "Approve", "AUTHORISED", ("DRAFT", "SUBMITTED")),
    ("void", "無効にする", "Void", "VOIDED", ("AUTHORISED",)),
    ("delete", "削除する", "Delete", "DELETED", ("DRAFT", "SUBMITTED")),
)
_ARCHIVING: tuple[Move, ...] = (
    ("archive", "アーカイブする", "Archive", "ARCHIVED", ("ACTIVE",)),
    ("restore", "アーカイブを解除する", "Restore", "ACTIVE", ("ARCHIVED",)),
)

MOVES: Mapping[str, tuple[Move, ...]] = {
    "contact": _ARCHIVING,
    "account": _ARCHIVING,
    "invoice": _INVOICE_MOVES,
    "bill": _INVOICE_MOVES,
    "credit_note": _INVOICE_MOVES,
    "quote": (
        ("send", "送付済みにする", "Mark as sent", "SENT", ("DRAFT",)),
        ("accept", "受諾にする", "Mark as accepted", "ACCEPTED", ("SENT",)),
        ("decline", "辞退にする", "Mark as declined", "DECLINED", ("SENT",)),
        ("delete", "削除する", "Delete", "DELETED", ("DRAFT", "SENT", "ACCEPTED", "DECLINED")),
    ),
    "purchase_order": (
        *_INVOICE_MOVES[:2],
        ("bill", "請求済みにする", "Mark as billed", "BILLED", ("AUTHORISED",)),
        ("delete", "削除する", "Delete", "DELETED", ("DRAFT", "SUBMITTED", "AUTHORISED")),
    ),
    "payment": (("reverse", "取り消す", "Remove", "DELETED", ("AUTHORISED",)),),
    "tracking_category": _ARCHIVING,
}
_EMAIL = ActionSpec(
    "email",
    "メールで送る",
    "E-mail to the contact",
    answers=Answers.NOTHING,
    states=("SUBMITTED", "AUTHORISED", "PAID"),
)
_ALLOCATE = ActionSpec(
    "allocate",
    "請求書に充当する",
    "Apply to an invoice",
    args=(
        Field("invoice", Kind.IDENTIFIER, "請求書のID", "ID of the invoice", required=True),
        Field("amount", Kind.MONEY, "金額", "Amount", required=True),
        Field("date", Kind.DATE, "日付", "Date", required=True),
    ),
    states=("AUTHORISED",),
)
_INVOICE_IT = ActionSpec(
    "invoice",
    "下書きの請求書を作る",
    "Make a draft invoice",
    answers=Answers.CREATED,
    states=("ACCEPTED",),
    makes="invoice",
)
_MORE = {
    "invoice": (_EMAIL, PDF),
    "quote": (_INVOICE_IT, PDF),
    "purchase_order": (PDF,),
    "credit_note": (_ALLOCATE, PDF),
}


@dataclass(slots=True, frozen=True)
class Place:
    """Where an object is. ``find`` says how a key is asked for: name of a parameter that takes a comma list (``IDs``), "where",
    "path", or ``=Name`` for a parameter with one value; other keys are looked for in the list."""

    path: str
    id: str
    number: str = ""  # the field that names a record on a page
    pages: str = ""  # "", "page" or "page pageSize"
    since: bool = True  # If-Modified-Since
    query: Mapping[str, str] = field(default_factory=dict)  # of every list
    units: bool = False  # unitdp=4
    find: Mapping[str, str] = field(default_factory=dict)
    search: bool = False  # searchTerm, for keys that a filter cannot hold
    bulk: bool = True  # summarizeErrors
    bare: str = ""  # which bodies are the object itself instead of a list: "create", "move", "always"
    by_path: bool = False  # an update goes to the record's own address
    always: Mapping[str, Any] = field(default_factory=dict)  # in every body
    repeats: tuple[str, ...] = ()  # what an update must carry though it does not change
    link: str = ""


_PAGED = "page pageSize"
_LINES = {"units": True, "pages": _PAGED}
_INVOICE_KEYS = {"id": "IDs", "InvoiceNumber": "InvoiceNumbers", "Reference": "where"}


def _invoices(kind: str, link: str) -> Place:
    query = {"where": f'Type=="{kind}"', "includeArchived": "true"}
    return Place(
        "Invoices", "InvoiceID", "InvoiceNumber", query=query, find=_INVOICE_KEYS, search=True, always={"Type": kind},
        link=link, **_LINES,  # type: ignore[arg-type]  # options by name
    )  # fmt: skip


_CONTACT_KEYS = {"id": "IDs", "Name": "where", "ContactNumber": "where", "AccountNumber": "where"}
PLACES: Mapping[str, Place] = {
    "contact": Place(
        "Contacts", "ContactID", "Name", pages=_PAGED, query={"includeArchived": "true"}, find=_CONTACT_KEYS,
        search=True, link="/Contacts/View/{id}",
    ),
    "invoice": _invoices("ACCREC", "/AccountsReceivable/View.aspx?InvoiceID={id}"),
    "bill": _invoices("ACCPAY", "/AccountsPayable/Edit.aspx?InvoiceID={id}"),
    "quote": Place(
        "Quotes", "QuoteID", "QuoteNumber", pages="page", find={"id": "path", "QuoteNumber": "=QuoteNumber"},
        repeats=("Contact", "Date", "LineItems"), link="/app/quotes/view/{id}",
    ),
    "purchase_order": Place(
        "PurchaseOrders", "PurchaseOrderID", "PurchaseOrderNumber", pages=_PAGED,
        find={"id": "path", "PurchaseOrderNumber": "path"}, link="/Accounts/Payable/PurchaseOrders/View/{id}/",
    ),
    "credit_note": Place(
        "CreditNotes", "CreditNoteID", "CreditNoteNumber", find={"id": "path", "CreditNoteNumber": "where"},
        link="/AccountsReceivable/ViewCreditNote.aspx?creditNoteID={id}", **_LINES,  # type: ignore[arg-type]  # as above
    ),
    "payment": Place(
        "Payments", "PaymentID", "Reference", pages=_PAGED, find={"id": "path", "Reference": "where"}, bare="move",
        link="/Bank/ViewTransaction.aspx?bankTransactionID={id}",
    ),
    "receipt": Place("Receipts", "ReceiptID", "Reference", units=True, find={"id": "path"}, bulk=False, by_path=True),
    "item": Place("Items", "ItemID", "Code", units=True, repeats=("Code",), link="/Accounts/Inventory/{id}"),
    "tax_rate": Place("TaxRates", "TaxType", "Name", since=False, bulk=False, repeats=("Name",)),
    "account": Place("Accounts", "AccountID", "Name", bulk=False, bare="create", by_path=True),
    "tracking_category": Place(
        "TrackingCategories", "TrackingCategoryID", "Name", since=False, query={"includeArchived": "true"}, bulk=False,
        bare="always", by_path=True,
    ),
    "currency": Place("Currencies", "Code", "Code", since=False, bulk=False, bare="create"),
    "user": Place("Users", "UserID", "EmailAddress"),
}  # fmt: skip


def _object(name: str, ja: str, en: str, role: str, keys: tuple[str, ...] = (), **more: Any) -> ObjectSpec:
    place = PLACES[name]
    moved = steps(MOVES.get(name, ()))
    common: dict[str, Any] = {
        "can_create": True,
        "can_update": True,
        "cursor": CursorKind.INSTANT if place.since else CursorKind.NONE,
        "overlap_seconds": 5 if place.since else 0,
        "page_size": {"": 1000, "page": 100}.get(place.pages, 200),
        "batch_size": 50 if place.bulk else 1,
        "reads_by_id": "IDs" in place.find.values(),
        "idempotency": Idempotency.HEADER,
        "key_seconds": KEY_SECONDS,
        "deletes": DeleteSignal.FLAGGED,
        "actions": (*moved, *_MORE.get(name, ())),
        "state": "Status" if moved else None,
    }
    return ObjectSpec(name, ja, en, role, keys=("id", *keys), **{**common, **more})


OBJECTS = (
    _object(
        "contact", "取引先", "Contacts", "partner", ("Name", "ContactNumber", "AccountNumber"), state="ContactStatus"
    ),
    _object("invoice", "売上請求書", "Invoices", "invoice", ("InvoiceNumber", "Reference")),
    _object("bill", "仕入請求書", "Bills", "bill", ("InvoiceNumber",)),
    _object("quote", "見積書", "Quotes", "quote", ("QuoteNumber",)),
    _object("purchase_order", "発注書", "Purchase orders", "purchase_order", ("PurchaseOrderNumber",)),
    _object("credit_note", "クレジットノート（赤伝）", "Credit notes", "credit_note", ("CreditNoteNumber",)),
    _object("payment", "入出金", "Payments", "payment", ("Reference",), can_update=False),
    _object("item", "品目", "Items", "item", ("Code",), deletes=DeleteSignal.INVISIBLE, can_delete=True),
    _object("tax_rate", "税率", "Tax rates", "tax_code", ("Name",)),
    _object("account", "勘定科目", "Accounts", "account_item", ("Code", "Name")),
    _object("tracking_category", "トラッキングカテゴリ", "Tracking categories", "section_group", ("Name",)),
    _object("currency", "通貨", "Currencies", "currency", can_update=False, deletes=DeleteSignal.INVISIBLE),
    _object("user", "ユーザー", "Users", "user", **READ_ONLY, key_seconds=0, deletes=DeleteSignal.INVISIBLE),
    _object("receipt", "領収書（経費）", "Receipts", "expense", plan_gate="receipt"),
    ObjectSpec(
        "tracking:*", "トラッキング項目", "Tracking options", "section", can_create=True, can_update=True,
        page_size=1000, idempotency=Idempotency.HEADER, key_seconds=KEY_SECONDS, keys=("id", "Name"),
        deletes=DeleteSignal.FLAGGED,
    ),
)  # fmt: skip
BY_NAME = {entry.name: entry for entry in OBJECTS}

SETTINGS = (
    client_id(
        "Xero Developerの「My Apps」で作成したアプリのClient IDです。",
        "Of the app that you made under My Apps at developer.xero.com.",
    ),
    optional(
        "client_secret", "Client Secret", "Client secret",
        "PKCEのアプリ（Mobile or desktop app）では空欄にします。",
        "Empty for an app of the kind “Mobile or desktop app” (PKCE).",
        secret=True,
    ),
    optional(
        "tenant_id", "組織のID（テナントID）", "Organisation (tenant ID)",
        "複数の組織を許可しているときに指定します。空欄のときは、最後に許可した組織を使います。",
        "When several organisations are authorised. Left empty, it is the one that was authorised last.",
        pattern=r"[0-9a-fA-F-]{36}",
    ),
    optional(
        "short_code", "組織のショートコード", "Short code of the organisation",
        "Xeroの画面へのリンクを、この組織で開くために使います（例: !23vYZ）。空欄でもリンクは使えます。",
        "Makes links open in this organisation (such as !23vYZ). Links work without it too.",
    ),
    choice(
        "receipts", ("領収書（Receipts）を使う", "Use receipts"), "no=いいえ=No|yes=はい=Yes",
        "Xeroは旧経費機能を2027年2月に廃止します。新しい連携には仕入請求書を使ってください。",
        "Xero retires its classic expenses in February 2027. Use bills for what is new.",
    ),
    optional(
        "webhook_key", "Webhooks key", "Webhooks key",
        "アプリの「Webhooks」に表示される署名用のキーです。",
        "The signing key that the app's Webhooks page shows.",
        secret=True,
    ),
    api_address(BASE_URL),
    address("login_url", "認証のアドレス", "Sign-in address", "https://login.xero.com"),
    address("identity_url", "トークンのアドレス", "Token address", "https://identity.xero.com"),
    web_address(WEB_URL),
)  # fmt: skip
SCOPES = (
    "openid", "profile", "email", "offline_access", "accounting.settings", "accounting.contacts", "accounting.invoices",
    "accounting.payments",
)  # fmt: skip

SPEC = Spec(
    service="xero",
    role=Role.ACCOUNTING,
    ja="Xero",
    en="Xero",
    base_url=BASE_URL,
    auth=("oauth", "client_credentials"),
    settings=SETTINGS,
    objects=OBJECTS,
    limits=(
        Limit("minute", 60, 60),
        Limit("day", STARTER_DAY, 86_400, reset="00:00+00:00"),
        Limit("concurrent", 5, 0),
    ),
    oauth=OAuthSpec(
        authorize_url="{login_url}/identity/connect/authorize",
        token_url="{identity_url}/connect/token",  # noqa: S106  (an address)
        # no revoke_url: at Xero a revocation drops every organisation that this user gave the app, other connections' too
        scopes=SCOPES,
        client_auth="basic",
        pkce=True,
        rotates=True,
        access_seconds=1800,
        refresh_days=60,
        client_scopes=SCOPES[4:],
    ),
    concurrency=4,
    docs="https://developer.xero.com/app/manage",
    hook=HookSpec(
        proof="signature",
        secret="webhook_key",  # noqa: S106  (the name of a setting)
        help_ja="アプリの「Webhooks」でContacts、Invoices、Credit notesを選び、このアドレスをDelivery URLに入力してください。",
        help_en="On the app's Webhooks page choose contacts, invoices and credit notes, and enter this as delivery URL.",
    ),
    unsure=UNSURE,
)
