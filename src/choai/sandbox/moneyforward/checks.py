"""What the bodies of writes may hold: one table per body, checked as the vendor's OpenAPI file says. Keys that nobody knows are
passed over; null is no text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from choai.sandbox.moneyforward.answers import Json, Refusal

EXCISES = (
    "untaxable", "non_taxable", "tax_exemption", "five_percent", "eight_percent", "eight_percent_as_reduced_tax_rate",
    "ten_percent",
)  # fmt: skip
HIGHEST = 10_000_000_000


@dataclass(frozen=True)
class Rule:
    """A key of a body: its label, kind ("text", "number", "integer", "flag", "day", "texts", "lines", "group"), bounds."""

    ja: str
    kind: str = "text"
    longest: int | None = None
    shortest: int = 0
    pattern: str | None = None
    choices: tuple[str, ...] = ()
    required: bool = False
    inner: tuple[tuple[str, Rule], ...] = ()


Rules = dict[str, Rule]

DEPARTMENT: Rules = {
    "zip": Rule("郵便番号", longest=8, shortest=7, pattern=r"\d{3}-?\d{4}"),
    "tel": Rule("電話番号", longest=30, shortest=7, pattern=r"[+＋]?[0-9０-９\-|－ー−]+\s*"),
    "prefecture": Rule("都道府県"),
    "address1": Rule("住所1", longest=80),
    "address2": Rule("住所2", longest=80),
    "person_name": Rule("担当者氏名", longest=35),
    "person_title": Rule("担当者役職", longest=35),
    "person_dept": Rule("部門", longest=35),
    "office_member_name": Rule("自社担当者", longest=40),
    "email": Rule("メールアドレス", longest=255),
    "cc_emails": Rule("CCメールアドレス", longest=500),
    "peppol_id": Rule("Peppol ID", pattern=r"(0088|0188):[0-9]{13}|0221:T[0-9]{13}"),
}
MONTHS = (
    "this_month", "next_month", "two_months_after", "three_months_after", "four_months_after", "five_months_after",
    "six_months_after",
)  # fmt: skip
_DEADLINE = {
    "due_month": Rule("支払月", choices=MONTHS, required=True),
    "due_date": Rule("支払日", "integer", required=True),
    "contingency_day": Rule(
        "休日の場合の扱い", choices=("move_to_earlier_day", "keep_as_is", "move_to_later_day"), required=True
    ),
}
PARTNER_CHANGE: Rules = {
    "code": Rule("顧客コード", longest=30),
    "name": Rule("取引先名", longest=100, shortest=1),
    "name_kana": Rule("取引先名（カナ）", longest=350),
    "name_suffix": Rule("敬称"),
    "memo": Rule("メモ", longest=500),
    "payment_deadline_setting": Rule("支払期限設定", "group", inner=tuple(_DEADLINE.items())),
}
PARTNER: Rules = {
    **PARTNER_CHANGE,
    "name": Rule("取引先名", longest=100, shortest=1, required=True),
    "departments": Rule("部門", "lines", longest=10, inner=tuple(DEPARTMENT.items())),
}
ITEM_CHANGE: Rules = {
    "name": Rule("品名", longest=450, shortest=1),
    "code": Rule("品目コード", longest=30, shortest=1),
    "detail": Rule("詳細", longest=200),
    "unit": Rule("単位", longest=20),
    "price": Rule("単価", "number"),
    "quantity": Rule("数量", "number"),
    "is_deduct_withholding_tax": Rule("源泉徴収", "flag"),
    "excise": Rule("税率", choices=EXCISES),
}
ITEM: Rules = {
    **ITEM_CHANGE,
    "name": Rule("品名", longest=450, shortest=1, required=True),
    "excise": Rule("税率", choices=EXCISES, required=True),
}
QUOTE_LINE: Rules = {"item_id": Rule("品目ID"), **{k: v for k, v in ITEM_CHANGE.items() if k != "code"}}
BILLING_LINE: Rules = {
    **QUOTE_LINE,
    "delivery_number": Rule("納品書番号", longest=30),
    "delivery_date": Rule("納品日", "day"),
}
_COMMON: Rules = {
    "department_id": Rule("取引先部門", required=True),
    "title": Rule("件名", longest=200),
    "memo": Rule("メモ", longest=450),
    "note": Rule("備考", longest=2000),
    "document_name": Rule("帳票名", longest=25),
    "tag_names": Rule("タグ", "texts", longest=255),
}
BILLING: Rules = {
    **_COMMON,
    "payment_condition": Rule("振込先", longest=250),
    "billing_date": Rule("請求日", "day", required=True),
    "due_date": Rule("お支払期限", "day"),
    "sales_date": Rule("売上計上日", "day"),
    "billing_number": Rule("請求書番号", longest=30),
    "items": Rule("品目", "lines", inner=tuple(BILLING_LINE.items())),
}
QUOTE: Rules = {
    **_COMMON,
    "quote_date": Rule("見積日", "day", required=True),
    "expired_date": Rule("有効期限", "day", required=True),
    "quote_number": Rule("見積書番号", longest=30),
    "items": Rule("品目", "lines", inner=tuple(QUOTE_LINE.items())),
}
OFFICE: Rules = {
    "name": Rule("事業者名", longest=35, shortest=1),
    "zip": Rule("郵便番号"),
    "prefecture": Rule("都道府県"),
    "address1": Rule("住所1", longest=35),
    "address2": Rule("住所2", longest=35),
    "tel": Rule("電話番号", longest=30, shortest=7),
    "fax": Rule("FAX番号", longest=30, shortest=7),
}
PAYMENT_STATUS: Rules = {"payment_status": Rule("入金ステータス", choices=("0", "1", "2"), required=True)}
ORDER_STATUS: Rules = {"order_status": Rule("受注ステータス", choices=("-1", "0", "1", "2"), required=True)}
REGISTRATION: Rules = {"registration_code": Rule("登録番号", pattern=r"T\d{13}", required=True)}


def change(rules: Rules) -> Rules:
    """The same body for a PUT: nothing is required, lines stay out, a title that is sent is not empty."""
    return {
        name: Rule(r.ja, r.kind, r.longest, 1 if name == "title" else r.shortest, r.pattern, r.choices)
        for name, r in rules.items()
        if r.kind != "lines"
    }


def checked(rules: Rules, body: Any) -> Json:
    """The known keys of a body. Raises Refusal with every reason."""
    if not isinstance(body, dict):
        raise Refusal(400, ("base", "リクエストの形式が正しくありません"))
    reasons = _reasons(rules, body)
    if reasons:
        raise Refusal(400, *reasons)
    return {name: value for name, value in body.items() if name in rules}


def _reasons(rules: Rules, body: Json) -> list[tuple[str, str]]:
    out = []
    for name, rule in rules.items():
        if name in body:
            out += [(name, text) for text in _wrong(rule, body[name])]
        elif rule.required:
            out.append((name, f"{rule.ja}を入力してください"))
    return out


def _wrong(rule: Rule, value: Any) -> list[str]:
    if rule.kind == "group":
        return [text for _, text in _reasons(dict(rule.inner), value)] if isinstance(value, dict) else [_odd(rule)]
    if rule.kind in ("lines", "texts"):
        if not isinstance(value, list):
            return [_odd(rule)]
        if rule.kind == "texts":
            return [text for one in value for text in _text(rule, one)]
        if rule.longest is not None and len(value) > rule.longest:
            return [f"{rule.ja}は{rule.longest}件以内にしてください"]
        return [
            text
            for one in value
            for text in ([t for _, t in _reasons(dict(rule.inner), one)] if isinstance(one, dict) else [_odd(rule)])
        ]
    return {"text": _text, "number": _amount, "integer": _day_number, "flag": _flag, "day": _day}[rule.kind](
        rule, value
    )


def _odd(rule: Rule) -> str:
    return f"{rule.ja}は不正な値です"


def _text(rule: Rule, value: Any) -> list[str]:
    if not isinstance(value, str):
        return [_odd(rule)]
    if rule.longest is not None and len(value) > rule.longest:
        return [f"{rule.ja}は{rule.longest}文字以内で入力してください"]
    if len(value) < rule.shortest or (rule.required and not value):
        return [f"{rule.ja}を入力してください"]
    if rule.choices and value not in rule.choices:
        return [f"{rule.ja}は一覧にありません"]
    return [_odd(rule)] if rule.pattern and not re.fullmatch(rule.pattern, value) else []


def _amount(rule: Rule, value: Any) -> list[str]:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return [f"{rule.ja}は数値で入力してください"]
    return [] if abs(Decimal(value)) <= HIGHEST else [f"{rule.ja}は{HIGHEST}以下の値にしてください"]


def _day_number(rule: Rule, value: Any) -> list[str]:
    fits = isinstance(value, int) and not isinstance(value, bool) and (value == -1 or value in range(1, 32))
    return [] if fits else [_odd(rule)]


def _flag(rule: Rule, value: Any) -> list[str]:
    return [] if value is None or isinstance(value, bool) else [_odd(rule)]


def _day(rule: Rule, value: Any) -> list[str]:
    try:
        fits = re.fullmatch(r"\d{4}-\d{2}-\d{2}", value) is not None and bool(date.fromisoformat(value))
    except (TypeError, ValueError):
        fits = False
    return [] if fits else [_odd(rule)]
