"""What freee会計 is: objects, settings, limits, OAuth addresses."""

from __future__ import annotations

from typing import Any

from choai.connectors.contract import (
    ActionSpec,
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
from choai.connectors.declared import CLIENT_SECRET, address, api_address, choice, client_id, optional, web_address
from choai.connectors.freee.unsure import UNSURE
from choai.model.schema import Choice, Field
from choai.model.values import Kind

BASE_URL = "https://api.freee.co.jp"
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

_PLANS = (
    "enterprise=エンタープライズ=Enterprise|advance=アドバンス=Advance"
    "|professional=プロフェッショナル（旧）=Professional (legacy)"
    "|legacy_enterprise=エンタープライズ（旧）=Enterprise (legacy)|keiri=freee経理|expense_plus=freee支出管理 経費精算Plus"
    "|spend_full=freee支出管理 Full|invoice_advance=freee請求書 アドバンス=freee請求書 Advance|standard=スタンダード=Standard"
    "|starter=スターター=Starter|basic=ベーシック=Basic|minimum=ミニマム=Minimum|personal=個人プラン=Individual plan"
)
TERM_PLANS = (*SCHEDULED_PLANS, "standard", "starter")  # payment terms and transfer fee of partners

READ_ONLY = ("item", "section", "account_item", "tax_code", "walletable", "expense_category")
SEGMENTS = ("segment_1", "segment_2", "segment_3")
DEALS = {"deal_income": "income", "deal_expense": "expense"}  # object → freee's ``type``, which never changes
EXPENSES = "expense_application"
DOCUMENTS = (*DEALS, EXPENSES)
WALLETS = (
    Choice("bank_account", "銀行口座", "Bank account"),
    Choice("credit_card", "クレジットカード", "Credit card"),
    Choice("wallet", "現金・その他", "Cash and others"),
    Choice("private_account_item", "プライベート資金", "Private money"),
)


def _object(name: str, ja: str, en: str, role: str, *keys: str, **more: Any) -> ObjectSpec:
    return ObjectSpec(name, ja, en, role, keys=("id", *keys), **more)


# masters with a filter by day; freee answers 20 rows unless asked for more
_DATED: dict[str, Any] = {"cursor": CursorKind.DATE, "page_size": 3000}
_KEPT: dict[str, Any] = {**_DATED, "can_create": True, "can_update": True, "idempotency": Idempotency.NATURAL_KEY}
_WRITTEN: dict[str, Any] = {
    "can_create": True, "can_update": True, "can_delete": True, "idempotency": Idempotency.STAMP, "state": "status",
}  # fmt: skip


def _segment(axis: int) -> ObjectSpec:
    """freee answers 500 rows at most, and has no call for one segment tag."""
    name = f"segment_{axis}"
    more = {**_KEPT, "page_size": 500, "plan_gate": name}
    return _object(name, f"セグメント{axis}", f"Segment {axis}", "segment", "name", "code", **more)


_PAY = ActionSpec(
    "pay",
    "支払（入金）を登録する",
    "Record a payment",
    args=(
        Field("date", Kind.DATE, "支払日", "Date", required=True),
        Field("amount", Kind.MONEY, "金額", "Amount", required=True, decimals=0, minimum="1"),
        Field("from_walletable_type", Kind.CHOICE, "口座区分", "Kind of wallet", required=True, choices=WALLETS),
        Field("from_walletable_id", Kind.IDENTIFIER, "口座のID", "ID of the wallet", required=True),
    ),
    states=("unsettled",),
)
_NEXT = (Field("next_approver_id", Kind.IDENTIFIER, "次の承認者のユーザーID", "User ID of the next approver"),)
_ROUTE = (
    Field("approval_flow_route_id", Kind.IDENTIFIER, "申請経路ID", "ID of the route", has_default=True),
    Field("approver_id", Kind.IDENTIFIER, "承認者のユーザーID", "User ID of the approver"),
)
_APPROVAL = (
    ActionSpec("submit", "申請する", "Submit", args=_ROUTE, states=("draft", "feedback")),
    ActionSpec("approve", "承認する", "Approve", args=_NEXT, states=("in_progress",)),
    ActionSpec("force_approve", "特権承認する", "Approve with privilege", states=("in_progress",)),
    ActionSpec("reject", "却下する", "Reject", states=("in_progress",)),
    ActionSpec("feedback", "申請者へ差し戻す", "Send back", states=("in_progress",)),
    ActionSpec("cancel", "申請を取り消す", "Take the application back", states=("in_progress",)),
    ActionSpec("force_feedback", "承認済み・却下済みを取り消す", "Undo the decision", states=("approved", "rejected")),
)


def _deal(name: str, ja: str, en: str, role: str) -> ObjectSpec:
    """freee has one list of deals; its kind never changes, and other fields matter to each. No list tells what changed."""
    more = {**_WRITTEN, "stamp_field": "ref_number", "plan_gate": name, "actions": (_PAY,)}
    return _object(name, ja, en, role, "ref_number", **more)


OBJECTS = (
    _object("partner", "取引先", "Partners", "partner", "name", "code", hides_archived=True, **_KEPT),
    _object("tag", "メモタグ", "Memo tags", "tag", "name", **_KEPT),
    _segment(1),
    _segment(2),
    _segment(3),
    _object("item", "品目", "Items", "item", "name", **_DATED),
    _object("section", "部門", "Sections", "section", "name", **_DATED),
    _object("account_item", "勘定科目", "Account items", "account_item", "name", **_DATED),
    _object("tax_code", "税区分", "Tax codes", "tax_code", "name", page_size=3000),
    _object("walletable", "口座", "Wallets", "walletable", "name", **_DATED),
    _object("expense_category", "経費科目", "Expense categories", "expense_category", "name", page_size=100),
    _deal("deal_income", "取引（収入）", "Deals (income)", "deal"),
    _deal("deal_expense", "取引（支出）", "Deals (expense)", "deal_expense"),
    _object(
        EXPENSES, "経費精算", "Expense applications", EXPENSES, "application_number",
        stamp_field="description", plan_gate=EXPENSES, actions=_APPROVAL, page_size=500, **_WRITTEN,
    ),
)  # fmt: skip
BY_NAME = {entry.name: entry for entry in OBJECTS}


def _account(type: str, ja: str) -> SettingSpec:
    return optional(
        f"{type}_account", f"{ja}の勘定科目", f"Account item of {type} rows",
        f"取引（{ja}）の明細に勘定科目がないときに使う勘定科目の名前です。税区分はその勘定科目のものになります。"
        "入力すると、明細のない合計金額だけの登録もできます。",
        "Name of the account item for rows that have none; their tax code is the account item's. With it, a deal can "
        "also be made of a total without rows.",
    )  # fmt: skip


SETTINGS = (
    client_id(
        "freeeアプリストアの「アプリ管理」で作成したアプリの Client ID です。",
        "Client ID of the app you made under アプリ管理 in the freee app store.",
    ),
    CLIENT_SECRET,
    optional(
        "company_id", "事業所ID", "Company ID",
        "認証のときに選んだ事業所が入ります。通常は入力しません。",
        "Filled in with the company chosen at authorisation; usually left alone.",
        pattern=r"[0-9]{1,19}",
    ),
    choice(
        "plan", ("契約プラン", "Plan"), _PLANS,
        "freeeのAPIからはプランを確認できません。空欄のときは、セグメントが使えるかどうかで判断します。",
        "freee's API does not tell the plan. Left empty, it is inferred from whether segments can be used.",
        default=None,
    ),
    optional(
        "calls_per_minute", "1分あたりの呼び出し上限", "Calls per minute",
        "freeeは公表していません。超えると約10分間アクセスが止められることがあります。",
        "Not published by freee. Going beyond may block access for about ten minutes.",
        default=str(CALLS_PER_MINUTE), pattern=r"[1-9][0-9]{0,4}",
    ),
    optional(
        "documents_from", "取引・経費精算の開始日", "Deals and expenses from",
        "取引は発生日、経費精算は申請日がこの日以降のものだけを扱います。例: 2026-04-01。空欄ならすべてです。",
        "Only deals and expense applications dated on or after this day, such as 2026-04-01. Empty: all.",
        pattern=r"20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
    ),
    _account("income", "収入"),
    _account("expense", "支出"),
    optional(
        "verification_token", "Webhookの検証用トークン", "Verification token of webhooks",
        "freeeアプリストアのアプリの「Webhook」に表示される検証用トークンです。Webhookを使うときだけ入力します。",
        "Shown on the app's Webhook page in the freee app store. Only when webhooks are used.",
        secret=True,
    ),
    api_address(BASE_URL),
    address("accounts_url", "認証のアドレス", "Accounts address", ACCOUNTS_URL),
    web_address(WEB_URL),
)  # fmt: skip

SPEC = Spec(
    service="freee",
    role=Role.ACCOUNTING,
    ja="freee会計",
    en="freee accounting",
    base_url=BASE_URL,
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
    unsure=UNSURE,
)
