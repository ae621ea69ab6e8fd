"""What freee会計 is: objects, settings, limits, OAuth addresses."""

from __future__ import annotations

from choai.connectors.contract import (
    CursorKind,
    HookSpec,
    Idempotency,
    Limit,
    OAuthSpec,
    ObjectSpec,
    Role,
    SettingSpec,
    Spec,
)

ACCOUNTS_URL = "https://accounts.secure.freee.co.jp"
WEB_URL = "https://secure.freee.co.jp"
CALLS_PER_MINUTE = 300  # not published; third parties observe it per company. Beyond it freee blocks for ten minutes.

# API calls a day, per company and app, by the plan a person may name in the settings.
DAILY = {"enterprise": 10_000, "advance": 5_000, "professional": 5_000}
DAILY_OTHERS = 3_000

# Plans and products that may use scheduled sync (FK-01).
SCHEDULED_PLANS = (
    "enterprise",
    "advance",
    "professional",
    "legacy_enterprise",
    "keiri",
    "expense_plus",
    "spend_full",
    "invoice_advance",
)
OTHER_PLANS = ("standard", "starter", "basic", "minimum", "personal")
TERM_PLANS = (*SCHEDULED_PLANS, "standard", "starter")  # payment terms and transfer fee of partners

READ_ONLY = ("item", "section", "account_item", "tax_code", "walletable", "expense_category")
SEGMENTS = ("segment_1", "segment_2", "segment_3")

_SEGMENT_JA = ("セグメント1", "セグメント2", "セグメント3")


def _segment(axis: int) -> ObjectSpec:
    """freee answers 20 rows unless asked for more, 500 at most, and has no call for one segment tag."""
    return ObjectSpec(
        name=f"segment_{axis}",
        ja=_SEGMENT_JA[axis - 1],
        en=f"Segment {axis}",
        role="segment",
        can_create=True,
        can_update=True,
        cursor=CursorKind.DATE,
        page_size=500,
        idempotency=Idempotency.NATURAL_KEY,
        keys=("id", "name", "code"),
        plan_gate=f"segment_{axis}",
    )


OBJECTS = (
    ObjectSpec(
        name="partner",
        ja="取引先",
        en="Partners",
        role="partner",
        can_create=True,
        can_update=True,
        cursor=CursorKind.DATE,
        page_size=3000,
        idempotency=Idempotency.NATURAL_KEY,
        keys=("id", "name", "code"),
        hides_archived=True,
    ),
    ObjectSpec(
        name="tag",
        ja="メモタグ",
        en="Memo tags",
        role="tag",
        can_create=True,
        can_update=True,
        cursor=CursorKind.DATE,
        page_size=3000,
        idempotency=Idempotency.NATURAL_KEY,
        keys=("id", "name"),
    ),
    _segment(1),
    _segment(2),
    _segment(3),
    ObjectSpec("item", "品目", "Items", "item", cursor=CursorKind.DATE, page_size=3000, keys=("id", "name")),
    ObjectSpec("section", "部門", "Sections", "section", cursor=CursorKind.DATE, page_size=3000, keys=("id", "name")),
    ObjectSpec(
        "account_item",
        "勘定科目",
        "Account items",
        "account_item",
        cursor=CursorKind.DATE,
        page_size=3000,
        keys=("id", "name"),
    ),
    ObjectSpec("tax_code", "税区分", "Tax codes", "tax_code", page_size=3000, keys=("id", "name")),
    ObjectSpec(
        "walletable", "口座", "Wallets", "walletable", cursor=CursorKind.DATE, page_size=3000, keys=("id", "name")
    ),
    ObjectSpec(
        "expense_category", "経費科目", "Expense categories", "expense_category", page_size=100, keys=("id", "name")
    ),
)
BY_NAME = {entry.name: entry for entry in OBJECTS}

SETTINGS = (
    SettingSpec(
        "client_id",
        "Client ID",
        "Client ID",
        help_ja="freeeアプリストアの「アプリ管理」で作成したアプリの Client ID です。",
        help_en="Client ID of the app you made under アプリ管理 in the freee app store.",
    ),
    SettingSpec("client_secret", "Client Secret", "Client secret", secret=True),
    SettingSpec(
        "company_id",
        "事業所ID",
        "Company ID",
        required=False,
        pattern=r"[0-9]{1,19}",
        help_ja="認証のときに選んだ事業所が入ります。通常は入力しません。",
        help_en="Filled in with the company chosen at authorisation; usually left alone.",
    ),
    SettingSpec(
        "plan",
        "契約プラン",
        "Plan",
        required=False,
        kind="choice",
        choices=(*SCHEDULED_PLANS, *OTHER_PLANS),
        help_ja="freeeのAPIからはプランを確認できません。空欄のときは、セグメントが使えるかどうかで判断します。",
        help_en="freee's API does not tell the plan. Left empty, it is inferred from whether segments can be used.",
    ),
    SettingSpec(
        "calls_per_minute",
        "1分あたりの呼び出し上限",
        "Calls per minute",
        required=False,
        default=str(CALLS_PER_MINUTE),
        pattern=r"[1-9][0-9]{0,4}",
        help_ja="freeeは公表していません。超えると約10分間アクセスが止められることがあります。",
        help_en="Not published by freee. Going beyond may block access for about ten minutes.",
    ),
    SettingSpec(
        "verification_token",
        "Webhookの検証用トークン",
        "Verification token of webhooks",
        required=False,
        secret=True,
        help_ja="freeeアプリストアのアプリの「Webhook」に表示される検証用トークンです。Webhookを使うときだけ入力します。",
        help_en="Shown on the app's Webhook page in the freee app store. Only when webhooks are used.",
    ),
    SettingSpec(
        "base_url", "APIのアドレス", "API address", required=False, default="https://api.freee.co.jp", kind="url"
    ),
    SettingSpec("accounts_url", "認証のアドレス", "Accounts address", required=False, default=ACCOUNTS_URL, kind="url"),
    SettingSpec("web_url", "画面のアドレス", "Address of the screens", required=False, default=WEB_URL, kind="url"),
)

SPEC = Spec(
    service="freee",
    role=Role.ACCOUNTING,
    ja="freee会計",
    en="freee accounting",
    base_url="https://api.freee.co.jp",
    auth=("oauth",),
    settings=SETTINGS,
    objects=OBJECTS,
    limits=(
        Limit("minute", CALLS_PER_MINUTE, 60),
        Limit("day", DAILY_OTHERS, 86_400),
    ),
    oauth=OAuthSpec(
        authorize_url="{accounts_url}/public_api/authorize",
        token_url="{accounts_url}/public_api/token",  # noqa: S106  (an address)
        revoke_url="{accounts_url}/public_api/revoke",
        pkce=True,
        rotates=True,
        access_seconds=21_600,
        refresh_days=90,
        refresh_early_seconds=600,
        extra_authorize={"prompt": "select_company"},
    ),
    concurrency=4,
    identity=("company_id",),
    hook=HookSpec(
        proof="token",
        secret="verification_token",  # noqa: S106  (the name of a setting)
        help_ja="freeeアプリストアのアプリの「Webhook」に、このアドレスを登録してください。freeeが通知するのは経費精算・各種申請・"
        "支払依頼の変更だけです（ベータ版）。取引先やメモタグの変更は通知されないので、定期実行をお使いください。",
        help_en="Enter this address on the app's Webhook page in the freee app store. freee only tells of expense applications, "
        "approval requests and payment requests (beta). Changes of partners and tags are not told: use the schedule for them.",
    ),
    docs="https://developer.freee.co.jp/startguide/starting-api",
)
