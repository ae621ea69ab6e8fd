"""What Mazrica Sales (formerly Senses) is: objects, settings, limits.

The vendor publishes little beyond addresses and limits. What is not known for certain is a setting with a safe default, or is
tried out by ``identify``: see README.md.
"""

from __future__ import annotations

from choai.connectors.contract import CursorKind, Idempotency, Limit, ObjectSpec, Role, SettingSpec, Spec
from choai.connectors.declared import address, api_address, choice, optional
from choai.connectors.senses.unsure import UNSURE

DAILY = 10_000  # requests; the count begins anew at 00:00 UTC
PAGE = 100  # rows a list answers unless asked for another number
OVERLAP_SECONDS = 300  # how long after its stamp a record may show is not documented
NO, YES = "no", "yes"

# object → its word in paths and answers
PLURALS = {"customer": "customers", "contact": "contacts", "deal": "deals", "user": "users"}


def _writable(name: str, ja: str, en: str, role: str, *, can_delete: bool) -> ObjectSpec:
    """Names are not unique in Mazrica Sales: a create is looked for by the key that matched nothing before it."""
    return ObjectSpec(
        name, ja, en, role, can_create=True, can_update=True, cursor=CursorKind.INSTANT, overlap_seconds=OVERLAP_SECONDS,
        page_size=PAGE, idempotency=Idempotency.NATURAL_KEY, keys=("id", "name"), can_delete=can_delete,
    )  # fmt: skip


OBJECTS = (
    _writable("customer", "取引先", "Customers", "partner", can_delete=True),
    _writable("contact", "コンタクト", "Contacts", "person", can_delete=False),
    _writable("deal", "案件", "Deals", "deal", can_delete=True),
    ObjectSpec("user", "担当者", "Users", "user", page_size=PAGE, keys=("id", "email")),
    ObjectSpec("deal_type", "案件タイプ", "Deal types", "deal_type", page_size=1000, keys=("id", "name")),
    ObjectSpec("phase", "フェーズ", "Phases", "phase", page_size=1000, keys=("id", "name")),
    ObjectSpec("product", "商品", "Products", "item", page_size=1000, keys=("id", "name")),
)

SETTINGS = (
    SettingSpec(
        "api_key", "APIキー", "API key", secret=True,
        help_ja="Mazrica Salesの管理者設定にある「API設定」で発行します。APIを利用できるプラン（Growth以上）が必要です。",
        help_en="Issued in Mazrica Sales under 管理者設定 > API設定. The plan must include the API (Growth or higher).",
    ),
    optional(
        "daily_limit", "1日の呼び出し上限", "Calls a day",
        "契約で別の回数が定められているときだけ変更します。日本時間の午前9時に数え直されます。",
        "Change it only when your contract names another number. It starts afresh at 00:00 UTC.",
        default=str(DAILY), pattern=r"[1-9][0-9]{0,6}",
    ),
    optional(
        "page_rows", "1回に読み取る件数", "Rows per call",
        "通常は100です。1,000まで使えるとされていますが、確かではありません。",
        "Usually 100. Up to 1,000 is said to work, which is not certain.",
        default=str(PAGE), pattern=r"[1-9][0-9]{1,2}|1000",
    ),
    choice(
        "amount_line", ("商品内訳のない案件", "Deals without product details"),
        "yes=契約金額を1行の明細とする=The amount is one line|no=明細なしのまま=No lines",
    ),
    choice(
        "custom_writes", ("詳細項目への書き込み", "Write custom items"), "no=しない=No|yes=する=Yes",
        "書き込みの形式は公開資料で確かめられていません。「する」にする前に、試験用のレコードで確認してください。",
        "The form of such writes is not documented. Try it on a test record before saying yes.",
    ),
    choice(
        "deal_form", ("案件を登録・更新するときの形式", "Form of writes of deals"),
        "mixed=登録は入れ子、更新は平ら=Nested for creates, flat for updates|nested=入れ子=Nested|flat=平ら=Flat",
        "登録や更新が受け付けられないときに変更します。", "Change it when writes of deals are refused.",
    ),
    address(
        "web_url", "画面のアドレス", "Address of the screens",
        help_ja="ブラウザーで開いているMazrica Salesのアドレス（最初の / まで）です。"
        "レコードを開くリンクに使います。空欄ではリンクを表示しません。",
        help_en="Under which you open Mazrica Sales, up to the first slash. Without it there are no links.",
    ),
    api_address(),
)  # fmt: skip

SPEC = Spec(
    service="senses",
    role=Role.CRM,
    ja="Mazrica Sales（旧Senses）",
    en="Mazrica Sales (formerly Senses)",
    base_url="https://senses-open-api.mazrica.com/v1",
    auth=("key",),
    settings=SETTINGS,
    objects=OBJECTS,
    limits=(Limit("second", 3, 1), Limit("day", DAILY, 86_400, reset="00:00+00:00")),
    concurrency=2,
    docs="https://developers-senses.mazrica.com/api",
    unsure=UNSURE,
)
