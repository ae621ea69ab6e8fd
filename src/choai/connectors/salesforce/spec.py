"""What Salesforce is: its objects, settings, limits, OAuth addresses. Data only.

Objects are sObjects by their API names. Those listed have roles; ``*`` is every other one, standard or made by the org.
"""

from __future__ import annotations

from typing import Any

from choai.connectors.contract import (
    READ_ONLY,
    CursorKind,
    DeleteSignal,
    Idempotency,
    Limit,
    OAuthSpec,
    ObjectSpec,
    Role,
    SettingSpec,
    Spec,
)
from choai.connectors.declared import address, choice, optional
from choai.connectors.salesforce.unsure import UNSURE

VERSION = "65.0"
PAGE = 2000  # records of a query
BATCH = 200  # records of a collections call
BULK_ROWS = 50_000  # a full read of more goes by a Bulk API 2.0 job
BULK_PAGE = 10_000
BULK_WAIT = 5.0  # seconds between two looks at a job
OVERLAP_SECONDS = 600  # a long transaction shows minutes after its stamp
DAY = 15_000  # calls of a Developer Edition; other orgs have more, see identify

_COMMON: dict[str, Any] = {
    "can_create": True, "can_update": True, "cursor": CursorKind.INSTANT, "overlap_seconds": OVERLAP_SECONDS,
    "page_size": PAGE, "batch_size": BATCH, "reads_by_id": True, "idempotency": Idempotency.EXTERNAL_ID,
    "keys": ("id", "Id"),  # and every field that is unique in the schema
    "deletes": DeleteSignal.LISTED, "can_delete": True,
}  # fmt: skip


def _object(name: str, ja: str, en: str, role: str, **more: Any) -> ObjectSpec:
    return ObjectSpec(name, ja, en, role, **{**_COMMON, **more})


OBJECTS = (
    _object("Account", "取引先", "Accounts", "partner"),
    _object("Contact", "取引先責任者", "Contacts", "person"),
    _object("Product2", "商品", "Products", "item"),
    _object("Opportunity", "商談", "Opportunities", "custom"),
    _object("Quote", "見積", "Quotes", "quote"),
    _object("Order", "注文", "Orders", "order"),
    _object("Lead", "リード", "Leads", "lead"),
    _object("User", "ユーザー", "Users", "user", deletes=DeleteSignal.INVISIBLE, **READ_ONLY),
    _object("*", "オブジェクト", "Object", "custom"),
)
BY_NAME = {entry.name: entry for entry in OBJECTS}

# parent → (name of the child relationship, child, its field of the parent, ja, en)
LINES = {
    "Opportunity": ("OpportunityLineItems", "OpportunityLineItem", "商談商品", "Products"),
    "Quote": ("QuoteLineItems", "QuoteLineItem", "見積品目名", "Quote line items"),
    "Order": ("OrderItems", "OrderItem", "注文商品", "Order products"),
}

SETTINGS = (
    address(
        "login_url", "ログインのアドレス", "Sign-in address", "https://login.salesforce.com",
        help_ja="本番組織は空欄で使えます。Sandboxは https://test.salesforce.com、クライアントログイン情報フローは"
        "「私のドメイン」（https://会社名.my.salesforce.com）を入力します。",
        help_en="Leave as it is for production. https://test.salesforce.com for a sandbox; your My Domain address "
        "(https://company.my.salesforce.com) for the client credentials flow.",
    ),
    SettingSpec(
        "client_id", "コンシューマー鍵", "Consumer key",
        help_ja="外部クライアントアプリケーション（または接続アプリケーション）のコンシューマー鍵です。",
        help_en="Of the external client app (or connected app).",
    ),
    optional(
        "client_secret", "コンシューマーの秘密", "Consumer secret",
        "アプリの設定で「Webサーバーフローの秘密が必要」を外したときは空欄にできます。",
        "May be empty when the app does not require the secret for the web server flow.",
        secret=True, auth="oauth client_credentials",
    ),
    SettingSpec(
        "username", "ユーザー名", "Username", auth="jwt_bearer",
        help_ja="連携に使うユーザーの、メールアドレスの形のユーザー名です。アプリで事前に承認しておきます。",
        help_en="Of the user who acts, in the form of a mail address. The app must be pre-authorised for them.",
    ),
    SettingSpec(
        "private_key", "秘密鍵（PEM）", "Private key (PEM)", secret=True, auth="jwt_bearer",
        help_ja="アプリに登録した証明書の秘密鍵（RSA）です。",
        help_en="The RSA key of the certificate that was uploaded to the app.",
    ),
    choice(
        "audience", ("JWTの宛先", "Audience of the JWT"), "https://login.salesforce.com|https://test.salesforce.com",
        "Sandboxでは https://test.salesforce.com を選びます。",
        "https://test.salesforce.com for a sandbox.",
        auth="jwt_bearer",
    ),
    optional("api_version", "APIのバージョン", "API version", default=VERSION, pattern=r"[0-9]{2,3}\.0"),
    optional(
        "currency", "組織の通貨", "Currency of the org",
        "マルチ通貨を使っていない組織の通貨です。",
        "Of an org without multiple currencies.",
        default="JPY", pattern="[A-Z]{3}",
    ),
    choice(
        "duplicate_rules", ("重複ルールの警告", "Duplicate rule alerts"),
        "respect=従う=Respect|save=警告でも登録する=Save all the same",
        "「従う」では、警告のルールに当たるレコードは登録せず、確認が必要なものとして残します。",
        "Respect: a record that an alerting rule names is refused.",
    ),
    choice(
        "assignment_rules", ("割り当てルール", "Assignment rules"), "no=動かさない=Do not run|yes=動かす=Run",
        "取引先・リードなどの割り当てルールを、帳合の書き込みでも動かすかどうかです。",
        "Whether assignment rules run for what Choai writes.",
    ),
    address("base_url", "APIのアドレス（通常は空欄）", "API address (usually empty)"),
    address("instance_url", "組織のアドレス", "Address of the org", learnt=True),
    optional("organization_id", "組織ID", "Organization id", learnt=True),
    optional("user_id", "ユーザーID", "User id", learnt=True),
)  # fmt: skip

SPEC = Spec(
    service="salesforce",
    role=Role.CRM,
    ja="Salesforce",
    en="Salesforce",
    base_url="{instance_url}",
    auth=("oauth", "jwt_bearer", "client_credentials"),
    settings=SETTINGS,
    objects=OBJECTS,
    limits=(
        Limit("day", DAY, 86_400, reset="00:00+00:00"),
        Limit("concurrent", 5, 0),  # long calls at once in a Developer Edition; 25 elsewhere
    ),
    oauth=OAuthSpec(
        authorize_url="{login_url}/services/oauth2/authorize",
        token_url="{login_url}/services/oauth2/token",  # noqa: S106  (an address)
        revoke_url="{login_url}/services/oauth2/revoke",
        scopes=("api", "refresh_token"),
        pkce=True,
        rotates=True,  # when the org says so; nothing is lost when it does not
        access_seconds=5400,  # the answer does not say; sessions live two hours unless the org says otherwise
        errors={
            "invalid_client_id": "wrong_client_secret",
            "inactive_user": "reauthorise",
            "inactive_org": "reauthorise",
            "rate_limit_exceeded": "throttled",
        },
        jwt_audience="{audience}",
    ),
    concurrency=4,
    identity=("organization_id",),
    docs="https://help.salesforce.com/s/articleView?id=xcloud.create_a_local_external_client_app.htm",
    unsure=UNSURE,
)
