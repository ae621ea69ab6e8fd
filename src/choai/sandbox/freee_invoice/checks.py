"""What freee請求書 takes, as data: lengths, patterns and choices of the vendor's OpenAPI file, and the rules of its texts.

freee names neither field nor code in a refusal; the messages are composed. Unknown keys are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rule:
    """``low`` and ``high`` bound the length of a text, the value of a number."""

    ja: str
    kind: str = "text"  # "text", "int", "number", "bool", "day", "ids"
    low: float | None = None
    high: float | None = None
    one_of: tuple[Any, ...] = ()
    pattern: str = ""
    nullable: bool = False
    required: bool = False


def _text(ja: str, high: int = 255, low: int = 1, **more: Any) -> Rule:
    return Rule(ja, "text", low, high, **more)


def _id(ja: str, high: int = 2_147_483_647) -> Rule:
    return Rule(ja, "int", 1, high)


_FRACTIONS = ("omit", "round_up", "round")
HEAD: Mapping[str, Rule] = {
    "template_id": _id("帳票テンプレートID"),
    "branch_no": Rule("枝番", "int", 0, 2_147_483_647),
    "subject": _text("件名"),
    "tax_entry_method": Rule("消費税の内税・外税区分", one_of=("in", "out"), required=True),
    "tax_fraction": Rule("消費税端数の計算方法", one_of=_FRACTIONS, required=True),
    "line_amount_fraction": Rule("金額端数の計算方法", one_of=_FRACTIONS, nullable=True),
    "withholding_tax_entry_method": Rule("源泉徴収の計算方法", one_of=("in", "out"), required=True),
    "memo": _text("社内メモ", 2000),
    "partner_id": _id("取引先ID", 10**18),
    "partner_code": _text("取引先コード"),
    "partner_title": Rule("敬称", one_of=("御中", "様", "(空白)", "（空白）"), required=True),
    "partner_address_zipcode": _text("郵便番号", 10, pattern=r"[0-9]{3}-?[0-9]{4}"),
    "partner_address_prefecture_code": Rule("都道府県コード", "int", -1, 46),
    "partner_address_street_name1": _text("取引先 市区町村・番地"),
    "partner_address_street_name2": _text("取引先 建物名・部屋番号など"),
    "partner_contact_department": _text("取引先部署"),
    "partner_contact_email_cc": _text("取引先担当者メールアドレス（CC）"),
    "partner_contact_email_to": _text("取引先担当者メールアドレス（TO）"),
    "partner_contact_name": _text("取引先担当者名"),
    "partner_display_name": _text("取引先宛名", low=0),
    "partner_sending_method": Rule(
        "取引先への送付方法", one_of=("email", "posting", "email_and_posting"), nullable=True
    ),
    "company_contact_name": _text("自社担当者", low=0),
    "company_name": _text("自社名", low=0),
    "company_description": _text("自社情報", low=0),
}
OWN: Mapping[str, Mapping[str, Rule]] = {
    "invoices": {
        "invoice_number": _text("請求書番号", low=0),
        "billing_date": Rule("請求日", "day", required=True),
        "issue_date": Rule("発生日", "day"),
        "payment_date": Rule("期日", "day"),
        "payment_type": Rule("入金方法", one_of=("transfer", "direct_debit", "card")),
        "include_amount_brought_forward": Rule("繰越金額を含める", "bool"),
        "amount_brought_forward": Rule("繰越金額", "int", -999_999_999_999, 999_999_999_999),
        "invoice_note": _text("備考", 4000, 0),
        "partner_bank_account": _text("取引先口座", low=0),
        "bank_account_to_transfer": _text("振込先", low=0),
    },
    "quotations": {
        "quotation_number": _text("見積書番号", low=0),
        "quotation_date": Rule("見積日", "day", required=True),
        "expiration_date": Rule("有効期限", "day"),
        "delivery_deadline": _text("納品期限"),
        "delivery_location": _text("納品場所"),
        "quotation_note": _text("備考", 4000, 0),
    },
    "delivery_slips": {
        "delivery_slip_number": _text("納品書番号", low=0),
        "delivery_slip_date": Rule("納品日", "day", required=True),
        "issue_date": Rule("発生日", "day"),
        "delivery_slip_note": _text("備考", 4000, 0),
    },
}
LINE: Mapping[str, Rule] = {
    "type": Rule("明細の種類", one_of=("item", "text")),
    "description": _text("摘要（品名）"),
    "unit": _text("単位"),
    "quantity": Rule("数量", "number", -99_999_999.999, 99_999_999.999),
    "unit_price": _text("単価", 19, 0, pattern=r"-?[0-9]{0,13}(\.[0-9]{1,3})?"),
    "tax_rate": Rule("税率", "number", one_of=(0, 8, 10)),
    "reduced_tax_rate": Rule("軽減税率対象", "bool"),
    "withholding": Rule("源泉徴収対象", "bool"),
}
LEDGER: Mapping[str, Rule] = {
    "account_item_id": _id("勘定科目ID"),
    "tax_code": Rule("税区分コード", "int", 0, 2_147_483_647),
    "item_id": _id("品目ID"),
    "section_id": _id("部門ID"),
    "tag_ids": Rule("メモタグID", "ids"),
    **{f"segment_{axis}_tag_id": _id(f"セグメント{axis}ID", 10**18) for axis in (1, 2, 3)},
}
_PYTHON: Mapping[str, Any] = {
    "text": str,
    "day": str,
    "int": int,
    "number": (int, float, Decimal),
    "bool": bool,
    "ids": list,
}


def line_rules(kind: str) -> Mapping[str, Rule]:
    if kind == "quotations":
        return LINE
    sales = {"sales_date": Rule("取引日", "day")} if kind == "invoices" else {}
    return {**LINE, **LEDGER, **sales}


def problems(kind: str, body: Mapping[str, Any]) -> list[str]:
    """What is wrong with the shape of a body, one message per field at most."""
    found = _all(body, {**HEAD, **OWN[kind]})
    lines = body.get("lines")
    if not isinstance(lines, list) or not all(isinstance(line, dict) for line in lines):
        return [*found, "明細行を指定してください。"]
    for line in lines:
        found += _all(line, line_rules(kind)) or _line(line)
    if ("partner_id" in body) == ("partner_code" in body):
        found.append("取引先IDと取引先コードはどちらか一方を必ず指定してください。")
    if "amount_brought_forward" in body and body.get("include_amount_brought_forward") is not True:
        found.append("繰越金額は、繰越金額を含める場合のみ指定できます。")
    if body.get("partner_bank_account") and body.get("payment_type") != "direct_debit":
        found.append("取引先口座は、入金方法が振替の場合に指定できます。")
    if body.get("payment_type") == "card":
        found.append("カードを指定するには、決済連携の設定が必要です。")
    return found


def _all(body: Mapping[str, Any], rules: Mapping[str, Rule]) -> list[str]:
    found = []
    for name, rule in rules.items():
        if name not in body:
            found += [f"{rule.ja}を入力してください。"] if rule.required else []
        elif not (body[name] is None and rule.nullable):
            found += _value(body[name], rule)
    return found


def _value(value: Any, rule: Rule) -> list[str]:
    odd = isinstance(value, bool) and rule.kind != "bool"
    if not isinstance(value, _PYTHON[rule.kind]) or odd:
        return [f"{rule.ja}の形式が正しくありません。"]
    if rule.kind == "ids":
        good = len(value) <= 10 and all(isinstance(one, int) and one > 0 for one in value)
        return [] if good else [f"{rule.ja}の値が不正です。"]
    if rule.kind == "day" and not _is_day(value):
        return [f"{rule.ja}は yyyy-mm-dd の形式で指定してください。"]
    if rule.one_of and value not in rule.one_of:
        return [f"{rule.ja}の値が不正です。"]
    if rule.pattern and not re.fullmatch(rule.pattern, value):
        return [f"{rule.ja}の形式が正しくありません。"]
    size = len(value) if isinstance(value, str) else value
    if rule.kind not in ("day", "bool") and (
        (rule.low is not None and size < rule.low) or (rule.high is not None and size > rule.high)
    ):
        return [f"{rule.ja}は指定できる範囲で入力してください。"]
    return []


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _line(line: Mapping[str, Any]) -> list[str]:
    if line.get("type", "item") == "text":
        return ["テキスト行には摘要のみ入力できます。"] if set(line) - {"type", "description"} else []
    found = [f"{LINE[name].ja}を入力してください。" for name in ("quantity", "tax_rate") if line.get(name) is None]
    if line.get("quantity") is not None and round(float(line["quantity"]), 3) != float(line["quantity"]):
        found.append("数量の小数部は3桁までです。")
    if line.get("reduced_tax_rate") and line.get("tax_rate") != 8:
        found.append("軽減税率対象は、税率8%の場合のみ指定できます。")
    return found
