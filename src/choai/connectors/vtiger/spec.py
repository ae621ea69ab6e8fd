"""What Vtiger is: its objects, settings, limits, and the two doors. Data only.

The open-source product is reached at ``webservice.php`` with a session, Vtiger Cloud at its REST address with name and access
key; both have the same modules and query language.
"""

from __future__ import annotations

from typing import Any

from choai.connectors.contract import (
    READ_ONLY,
    CursorKind,
    Idempotency,
    Limit,
    ObjectSpec,
    Role,
    SettingSpec,
    SignInSpec,
    Spec,
)
from choai.connectors.declared import address, choice, optional
from choai.connectors.vtiger.unsure import UNSURE

PAGE = 100  # rows of a query at most, whatever LIMIT says
OVERLAP_SECONDS = 60  # the clock ticks in seconds, and a long request shows after its stamp
CLOUD = {"minute": 30, "hour": 1000, "day": 10_000}  # of the smallest edition; the answers tell what there is
OWN = {"minute": 600, "hour": 36_000, "day": 864_000}  # no limit is known: our own politeness
INVENTORY = ("Quotes", "SalesOrder", "PurchaseOrder", "Invoice")
PRICED = ("Products", "Services")


def _object(name: str, ja: str, en: str, role: str, *keys: str, **more: Any) -> ObjectSpec:
    """Nothing in Vtiger keeps a mark of ours, and only names of organizations are unique: a create is looked for by the key
    that matched nothing before it."""
    known: dict[str, Any] = {
        "can_create": True, "can_update": True, "cursor": CursorKind.INSTANT, "overlap_seconds": OVERLAP_SECONDS,
        "idempotency": Idempotency.NATURAL_KEY, "can_delete": True,
    }  # fmt: skip
    return ObjectSpec(name, ja, en, role, page_size=PAGE, reads_by_id=True, keys=("id", *keys), **{**known, **more})


_READ: dict[str, Any] = {**READ_ONLY, "cursor": CursorKind.NONE}
OBJECTS = (
    _object("Accounts", "取引先（組織）", "Organizations", "partner", "accountname"),
    _object("Contacts", "連絡先", "Contacts", "person", "email", "lastname"),
    _object("Vendors", "仕入先", "Vendors", "vendor", "vendorname"),
    _object("Products", "商品", "Products", "item", "productcode", "productname"),
    _object("Services", "サービス", "Services", "service", "servicename"),
    _object("Potentials", "案件", "Opportunities", "deal", "potentialname"),
    _object("Quotes", "見積", "Quotes", "quote", "subject", state="quotestage"),
    _object("SalesOrder", "受注", "Sales orders", "order", "subject", state="sostatus"),
    _object("PurchaseOrder", "発注", "Purchase orders", "purchase_order", "subject", state="postatus"),
    _object("Invoice", "請求書", "Invoices", "invoice", "subject", state="invoicestatus"),
    _object("Tax", "税", "Taxes", "tax_code", "taxlabel", **_READ),
    _object("Currency", "通貨", "Currencies", "currency", "currency_code", **_READ),
    _object("Users", "ユーザー", "Users", "user", "user_name", **_READ),
    _object("*", "モジュール", "Module", "custom"),
)

SETTINGS = (
    SettingSpec(
        "site", "Vtigerのアドレス", "Address of Vtiger", kind="url",
        help_ja="ブラウザーで開いているVtigerのアドレス（index.phpの前まで）です。"
        "例：https://crm.example.com、https://example.od1.vtiger.com",
        help_en="Under which you open Vtiger, up to index.php: https://crm.example.com, https://example.od1.vtiger.com",
    ),
    SettingSpec(
        "username", "ユーザー名", "User name", auth="session",
        help_ja="連携に使うユーザーです。連携専用に作り、管理者の権限と、通貨の小数の桁数を設定してください。",
        help_en="Of the user who acts. Make one for this purpose: an administrator, with the number of currency decimals set.",
    ),
    SettingSpec(
        "cloud_user", "ユーザー名（メールアドレス）", "User name (e-mail address)", auth="basic",
        help_ja="Vtiger Cloudにログインするときのユーザー名です。",
        help_en="With which the user signs in to Vtiger Cloud.",
    ),
    SettingSpec(
        "access_key", "アクセスキー", "Access key", secret=True,
        help_ja="Vtigerの［個人設定］に表示される、16文字のキーです。パスワードではありません。",
        help_en="16 characters shown under My Preferences. Not the password.",
    ),
    optional(
        "decimals", "通貨の小数の桁数", "Currency decimals",
        "連携に使うユーザーの「通貨の小数の桁数」と同じ値にします。Vtigerは、書き込まれた金額をこの桁数に丸めます。",
        "As in the preferences of the user who acts. Vtiger rounds every amount that is written to it.",
        default="2", pattern="[0-5]",
    ),
    optional(
        "line_item", "品目のない明細に使う商品・サービス", "Item of lines without one",
        "Vtigerの見積・受注・発注・請求書の明細には、商品かサービスが必要です。品目のない明細に使うもののID"
        "（例：26x20）を入力します。空欄では、そのような書類を登録しません。",
        "Lines in Vtiger need a product or service. The id (such as 26x20) of the one that stands for lines that have "
        "none; without it such documents are refused.",
        pattern="[0-9]+x[0-9]+",
    ),
    optional(
        "owner", "担当者のID", "Id of the owner",
        "帳合が登録するレコードの担当者（ユーザー19x…、グループ20x…）です。空欄では連携に使うユーザーになります。",
        "Of records that Choai creates: a user (19x…) or group (20x…). Empty: the user who acts.",
        pattern="(19|20)x[0-9]+",
    ),
    optional(
        "server_zone", "サーバーの標準時", "Time zone of the server",
        "Vtigerの設定ファイルの $default_timezone です。変更していなければUTCです。",
        "$default_timezone of Vtiger's configuration; UTC unless it was changed.",
        default="UTC", pattern=r"[A-Za-z_]+(/[A-Za-z_+\-0-9]+)*",
    ),
    choice(
        "four_byte", ("絵文字と𠮷などの文字", "Characters beyond the basic plane"),
        "refuse=そのレコードを送らない=Do not send the record|send=そのまま送る（utf8mb4）=Send (utf8mb4)",
        "通常のデータベースでは、絵文字や「𠮷」は「?」に変わります。データベースをutf8mb4にした場合だけ送れます。",
        "A usual database turns emoji and rare kanji into question marks; one in utf8mb4 keeps them.",
    ),
    address("base_url", "接続先（通常は空欄）", "Address to call (usually empty)"),
    optional("vtiger_version", "Vtigerの版", "Version of Vtiger", learnt=True),
    optional("user_id", "ユーザーID", "User id", learnt=True),
)  # fmt: skip

SPEC = Spec(
    service="vtiger",
    role=Role.CRM,
    ja="Vtiger CRM",
    en="Vtiger CRM",
    base_url="{site}",
    auth=("session", "basic"),
    settings=SETTINGS,
    objects=OBJECTS,
    limits=(
        Limit("minute", CLOUD["minute"], 60),
        Limit("hour", CLOUD["hour"], 3600),
        Limit("day", CLOUD["day"], 86_400),
    ),
    concurrency=2,  # the server works off one session's requests one after the other
    docs="https://help.vtiger.com/article/147111249-Rest-API-Manual",
    unsure=UNSURE,
    sign_in=SignInSpec(parameter="sessionName", seconds=1200),  # idle ones are usually gone after 24 minutes
)
