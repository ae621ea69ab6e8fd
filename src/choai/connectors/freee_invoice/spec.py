"""What freee請求書 is: documents with their places in the API, settings, limits. Company, masters, OAuth and errors are those of
freee会計, on the same host and with the same tokens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from choai.connectors.contract import ActionSpec, Idempotency, Limit, ObjectSpec, Role, Spec
from choai.connectors.declared import choice, web_address
from choai.connectors.freee import spec as accounting
from choai.connectors.freee_invoice.unsure import UNSURE

WEB_URL = "https://invoice.secure.freee.co.jp"
SCOPE = "iv"  # the counter of the calls to freee請求書
CALLS_PER_MINUTE, CALLS_PER_HOUR = 30, 1500


@dataclass(slots=True, frozen=True)
class Paper:
    """A kind of document. ``ledger``: it becomes a 取引 of freee会計, whose rows its lines may name."""

    path: str
    one: str
    ja: str
    en: str
    role: str
    day: str
    ledger: bool = True

    @property
    def number(self) -> str:
        return f"{self.one}_number"

    @property
    def note(self) -> str:
        return f"{self.one}_note"


PAPERS: Mapping[str, Paper] = {
    "invoice": Paper("invoices", "invoice", "請求書", "Invoices", "invoice", "billing_date"),
    "quotation": Paper("quotations", "quotation", "見積書", "Quotations", "quote", "quotation_date", ledger=False),
    "delivery_slip": Paper(
        "delivery_slips", "delivery_slip", "納品書", "Delivery slips", "delivery_slip", "delivery_slip_date"
    ),
}
TEMPLATES: Mapping[str, Paper] = {f"{name}_template": paper for name, paper in PAPERS.items()}
MASTERS = ("partner", "tag", *accounting.SEGMENTS, "item", "section", "account_item", "tax_code")

ACTIONS = (
    ActionSpec("cancel", "取り消す", "Cancel", idempotent=True, states=("uncanceled",)),
    ActionSpec("uncancel", "取消を解除する", "Undo the cancellation", idempotent=True, states=("canceled",)),
)

_DOCUMENTS = tuple(
    ObjectSpec(
        name,
        paper.ja,
        paper.en,
        paper.role,
        can_create=True,
        can_update=True,
        idempotency=Idempotency.STAMP,
        stamp_field="memo",
        keys=("id", paper.number),
        plan_gate="invoice",
        actions=ACTIONS,
        state="cancel_status",
    )
    for name, paper in PAPERS.items()
)
_TEMPLATES = tuple(
    ObjectSpec(
        name, f"{paper.ja}テンプレート", f"Templates: {paper.en}", "template", keys=("id", "name"), plan_gate="invoice"
    )
    for name, paper in TEMPLATES.items()
)
OBJECTS = (*_DOCUMENTS, *(accounting.BY_NAME[name] for name in MASTERS), *_TEMPLATES)
BY_NAME = {entry.name: entry for entry in OBJECTS}


SETTINGS = (
    *(s for s in accounting.SETTINGS if s.name not in ("web_url", "verification_token")),
    choice(
        "numbering", ("帳票番号の採番", "Numbering of documents"),
        "auto=自動採番=Automatic|manual=番号を送る=Numbers are given",
        "freee請求書の採番設定に合わせます。", "As freee請求書 is set.",
    ),
    choice(
        "tax_entry_method", ("内税・外税（既定）", "Prices include tax (default)"), "out=税別=Without tax|in=税込=With tax",
        "項目を対応付けない場合に使います。", "Used where the field is not mapped.",
    ),
    choice(
        "tax_fraction", ("消費税の端数処理（既定）", "Rounding of tax (default)"),
        "omit=切り捨て=Down|round_up=切り上げ=Up|round=四捨五入=Half up",
        "項目を対応付けない場合に使います。", "Used where the field is not mapped.",
    ),
    choice(
        "withholding_tax_entry_method", ("源泉徴収の計算（既定）", "Base of withholding (default)"),
        "out=税別の金額=Without tax|in=税込の金額=With tax",
        "項目を対応付けない場合に使います。", "Used where the field is not mapped.",
    ),
    choice(
        "partner_title", ("敬称（既定）", "Title of the partner (default)"), "御中|様|(空白)=(空白)=(blank)",
        "項目を対応付けない場合に使います。", "Used where the field is not mapped.",
    ),
    choice(
        "registered_updates", ("取引登録済みの帳票の更新", "Updates of documents registered as deals"),
        "refuse=更新しない=Refuse|allow=更新する=Allow",
        "取引に登録した帳票を更新すると、勘定科目などがどうなるかは公表されていません。",
        "What an update does to the deal of a document is not published.",
    ),
    choice(
        "read_lines", ("一覧の読み取りで明細も読む", "Read lines with lists"), "no=いいえ=No|yes=はい=Yes",
        "freee請求書の一覧には明細がありません。「はい」では帳票ごとに1回呼び出します（1分30回まで）。",
        "Lists have no lines. With yes each document costs one call more (30 a minute).",
    ),
    web_address(WEB_URL),
)  # fmt: skip

SPEC = Spec(
    service="freee_invoice",
    role=Role.ACCOUNTING,
    ja="freee請求書",
    en="freee invoice",
    base_url=accounting.SPEC.base_url,
    auth=("oauth",),
    settings=SETTINGS,
    objects=OBJECTS,
    limits=(
        *accounting.SPEC.limits,
        Limit("iv_minute", CALLS_PER_MINUTE, 60, scope="app"),
        Limit("iv_hour", CALLS_PER_HOUR, 3600, scope="app"),
    ),
    oauth=accounting.SPEC.oauth,
    concurrency=4,
    identity=("company_id",),
    docs=accounting.SPEC.docs,
    unsure=UNSURE,
)
