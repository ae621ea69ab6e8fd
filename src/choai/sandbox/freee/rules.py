"""Checks of request bodies, as data: freee's fields with their limits, and one function that applies them.

freee answers 400 with Japanese free text and names neither field nor code; the messages here are composed likewise.
Unknown keys are ignored.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from choai.sandbox.core import World


@dataclass(frozen=True, slots=True)
class Rule:
    ja: str
    kind: str = "text"  # "text", "int", "bool", "object", "day", "list"
    required: bool = False
    longest: int | None = None
    low: int | None = None
    high: int | None = None
    pattern: str | None = None
    nullable: bool = False
    one_of: tuple[Any, ...] = ()
    members: Mapping[str, Rule] = field(default_factory=dict)
    each: Rule | None = None  # of a list


def text(ja: str, longest: int | None = None, *, required: bool = False, **more: Any) -> Rule:
    return Rule(ja, "text", required, longest, **more)


def number(ja: str, low: int, high: int | None = None, **more: Any) -> Rule:
    return Rule(ja, "int", low=low, high=high, **more)


CODE = r"[0-9a-zA-Z_-]+"

_TERM = {
    "cutoff_day": number("締め日", 1, 32, required=True),
    "additional_months": number("支払月", 0, 6, required=True),
    "fixed_day": number("支払日", 1, 32, required=True),
}
_BANK = {
    "bank_name": text("銀行名"),
    "bank_name_kana": text("銀行名（カナ）"),
    "bank_code": text("銀行コード"),
    "branch_name": text("支店名"),
    "branch_kana": text("支店名（カナ）"),
    "branch_code": text("支店番号"),
    "account_type": text("口座種別", one_of=("ordinary", "checking", "earmarked", "savings", "other", "")),
    "account_number": text("口座番号"),
    "long_account_name": text("受取人名"),
    "account_name": text("受取人名（カナ）"),
}
_ADDRESS = {
    "zipcode": text("郵便番号", 8),
    "prefecture_code": number("都道府県コード", -1, 46),
    "street_name1": text("市区町村・番地", 255),
    "street_name2": text("建物名・部屋番号など", 255),
}
_SENDING = ("email", "posting", "email_and_posting", "pdf_delivery", "pdf_delivery_and_posting")

PARTNER: dict[str, Rule] = {
    "name": text("取引先名", 255, required=True),
    "shortcut1": text("ショートカット1", 255),
    "shortcut2": text("ショートカット2", 255),
    "org_code": Rule("事業所種別", "int", nullable=True, one_of=(1, 2)),
    "country_code": text("地域", one_of=("JP", "ZZ")),
    "long_name": text("正式名称", 255),
    "name_kana": text("カナ名称", 255),
    "default_title": text("敬称", one_of=("御中", "様", "(空白)", "")),
    "phone": text("電話番号"),
    "contact_name": text("担当者 氏名", 255),
    "email": text("担当者 メールアドレス", 255),
    "payer_walletable_id": number("振込元口座ID", 1, nullable=True),
    "transfer_fee_handling_side": text("振込手数料負担", one_of=("payer", "payee")),
    "qualified_invoice_issuer": Rule("適格請求書発行事業者", "bool"),
    "invoice_registration_number": text("登録番号", 14, pattern=r"T?[1-9][0-9]{12}", nullable=True),
    "address_attributes": Rule("住所情報", "object", members=_ADDRESS),
    "partner_doc_setting_attributes": Rule(
        "請求書送付設定",
        "object",
        members={"sending_method": text("請求書送付方法", nullable=True, one_of=_SENDING)},
    ),
    "partner_bank_account_attributes": Rule("銀行口座情報", "object", members=_BANK),
    "payment_term_attributes": Rule("支払期日設定", "object", nullable=True, members=_TERM),
    "invoice_payment_term_attributes": Rule("請求の入金期日設定", "object", nullable=True, members=_TERM),
}
PARTNER_UPDATE = {**PARTNER, "available": Rule("使用可能フラグ", "bool")}
PARTNER_CODE = {"code": text("取引先コード", 255, required=True)}

_SHORTCUTS = {"shortcut1": text("ショートカット1", 20), "shortcut2": text("ショートカット2", 20)}
TAG = {"name": text("メモタグ名", 30, required=True), **_SHORTCUTS}
SEGMENT_TAG = {
    "name": text("セグメントタグ名", 100, required=True),
    "description": text("備考", 30),
    **_SHORTCUTS,
    "code": text("セグメントタグコード", 20, pattern=CODE),
}
ITEM = {"name": text("品目名", 30, required=True), **_SHORTCUTS, "code": text("品目コード", 20, pattern=CODE)}
SECTION = {
    "name": text("部門名", 30, required=True),
    "long_name": text("正式名称", 255),
    **_SHORTCUTS,
    "code": text("部門コード", 20, pattern=CODE),
    "parent_id": number("親部門ID", 1, nullable=True),
}

_IDS = Rule("ID", "int", low=1)
_DIMENSIONS = {
    "item_id": number("品目ID", 1),
    "section_id": number("部門ID", 1),
    "tag_ids": Rule("メモタグID", "list", each=_IDS),
    **{f"segment_{n}_tag_id": number(f"セグメント{n}タグID", 1) for n in (1, 2, 3)},
}
_DETAIL = {
    "tax_code": number("税区分コード", 0, 2147483647, required=True),
    "account_item_id": number("勘定科目ID", 1),
    "account_item_code": text("勘定科目コード"),
    "amount": Rule("金額", "int", required=True),
    **_DIMENSIONS,
    "partner_id": number("取引先ID", 0, nullable=True),
    "description": text("備考"),
    "vat": Rule("消費税額", "int"),
}
_WALLETS = ("bank_account", "credit_card", "wallet", "private_account_item")
PAYMENT = {
    "date": Rule("支払日", "day", required=True),
    "from_walletable_type": text("口座区分", required=True, one_of=_WALLETS),
    "from_walletable_id": number("口座ID", 1, required=True),
    "amount": number("支払金額", 1, required=True),
}
_DEAL = {
    "issue_date": Rule("発生日", "day", required=True),
    "type": text("収支区分", required=True, one_of=("income", "expense")),
    "due_date": Rule("支払期日", "day"),
    "partner_id": number("取引先ID", 1),
    "partner_code": text("取引先コード"),
    "ref_number": text("管理番号"),
}


def _details(rules: Mapping[str, Rule]) -> Rule:
    return Rule("明細行", "list", required=True, longest=100, each=Rule("明細行", "object", members=rules))


DEAL = {
    **_DEAL,
    "details": _details(_DETAIL),
    "payments": Rule("支払行", "list", each=Rule("支払行", "object", members=PAYMENT)),
    "receipt_ids": Rule("証憑ファイルID", "list", each=_IDS),
}
_ROW = {k: v for k, v in _DETAIL.items() if not k.endswith("_code") or k == "tax_code"}
DEAL_UPDATE = {
    **_DEAL,
    "details": _details(
        {"id": number("取引行ID", 1), **_ROW, "account_item_id": number("勘定科目ID", 1, required=True)}
    ),
    "receipt_ids": Rule("証憑ファイルID", "list", nullable=True, each=_IDS),
}
_EXPENSE_LINE = {
    "id": number("明細行ID", 1),
    "description": text("内容", 250),
    "amount": number("金額", 0, 2147483647),
    "expense_application_line_template_id": number("経費科目ID", 1),
}
_PURCHASE_LINE = {
    "id": number("申請行ID", 1),
    "transaction_date": Rule("発生日", "day", required=True),
    "receipt_id": number("証憑ファイルID", 1),
    "sub_receipt_ids": Rule("補足資料", "list", longest=5, each=_IDS),
    "expense_application_lines": Rule("明細行", "list", each=Rule("明細行", "object", members=_EXPENSE_LINE)),
}
EXPENSE = {
    "title": text("申請タイトル", 250, required=True),
    "issue_date": Rule("申請日", "day"),
    "description": text("備考", 10000),
    **{k: v for k, v in _DIMENSIONS.items() if k != "item_id"},
    "purchase_lines": Rule("申請行", "list", each=Rule("申請行", "object", members=_PURCHASE_LINE)),
    "approval_flow_route_id": number("申請経路ID", 1),
    "approver_id": number("承認者のユーザーID", 1),
    "draft": Rule("下書き", "bool"),
    "parent_id": number("親申請ID", 1, nullable=True),
}
EXPENSE_ACTION = {
    "approval_action": text(
        "操作",
        required=True,
        one_of=("approve", "force_approve", "cancel", "reject", "feedback", "force_feedback"),
    ),
    "target_step_id": number("対象承認ステップID", 1, required=True),
    "target_round": number("対象round", 0, 2147483647, required=True),
    "next_approver_id": number("次の承認者", 1, nullable=True),
}


def problems(body: Mapping[str, Any], rules: Mapping[str, Rule]) -> list[str]:
    """What is wrong with the body, one message per field at most."""
    found = []
    for name, rule in rules.items():
        if name not in body:
            if rule.required:
                found.append(f"{rule.ja}を入力してください。")
            continue
        found += _value_problems(body[name], rule)
    return found


def _value_problems(value: Any, rule: Rule) -> list[str]:
    if value is None and rule.nullable:
        return []
    python = {"text": str, "int": int, "bool": bool, "object": dict, "day": str, "list": list}[rule.kind]
    if not isinstance(value, python) or (rule.kind == "int" and isinstance(value, bool)):
        return [f"{rule.ja}の形式が正しくありません。"]
    if isinstance(value, dict):
        return problems(value, rule.members)
    if isinstance(value, list):
        return _list_problems(value, rule)
    if rule.kind == "day" and isinstance(value, str) and not _is_day(value):
        return [f"{rule.ja}は yyyy-mm-dd の形式で入力してください。"]
    if rule.required and isinstance(value, str) and not value.strip():
        return [f"{rule.ja}を入力してください。"]
    if isinstance(value, str) and rule.longest is not None and len(value) > rule.longest:
        return [f"{rule.ja}は{rule.longest}文字以内で入力してください。"]
    if isinstance(value, int) and not isinstance(value, bool) and _outside(value, rule):
        return [f"{rule.ja}は指定できる範囲の値を入力してください。"]
    if rule.one_of and value not in rule.one_of:
        return [f"{rule.ja}の値が不正です。"]
    if rule.pattern and isinstance(value, str) and not re.fullmatch(rule.pattern, value):
        return [f"{rule.ja}の形式が正しくありません。"]
    return []


def _list_problems(value: list[Any], rule: Rule) -> list[str]:
    if rule.required and not value:
        return [f"{rule.ja}を入力してください。"]
    if rule.longest is not None and len(value) > rule.longest:
        return [f"{rule.ja}は{rule.longest}件以内で入力してください。"]
    return [text for one in value for text in (_value_problems(one, rule.each) if rule.each else [])]


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _outside(value: int, rule: Rule) -> bool:
    return (rule.low is not None and value < rule.low) or (rule.high is not None and value > rule.high)


def taken(body: Mapping[str, Any], rules: Mapping[str, Rule]) -> dict[str, Any]:
    """The known keys of a body."""
    return {name: _kept(body[name], rule) for name, rule in rules.items() if name in body}


def _kept(value: Any, rule: Rule) -> Any:
    if isinstance(value, dict):
        return taken(value, rule.members)
    if isinstance(value, list) and rule.each is not None:
        return [_kept(one, rule.each) for one in value]
    return value


def kept(world: World, line: str, values: dict[str, Any]) -> dict[str, Any]:
    """The values as they are kept of a request: tidied up while the fault ``rewrite`` is on."""
    return rewritten(values) if world.fault("rewrite", line) else values


def rewritten(values: dict[str, Any]) -> dict[str, Any]:
    """Texts as a service that tidies up would keep them: trimmed, single spaces, widths folded, telephones as digits."""
    return {
        name: [rewritten(one) if isinstance(one, dict) else one for one in value]
        if isinstance(value, list)
        else rewritten(value)
        if isinstance(value, dict)
        else _tidied(name, value)
        if isinstance(value, str)
        else value
        for name, value in values.items()
    }


def _tidied(name: str, text: str) -> str:
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    return text.replace("-", "") if name == "phone" else text
