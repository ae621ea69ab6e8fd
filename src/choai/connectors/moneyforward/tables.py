"""The fields of Money Forward's objects. Lengths, patterns and choices: the vendor's OpenAPI file 3.6.0; what a role means: see
model/automap.py.

A text is emptied by ""; where the file's pattern or minimum length forbids that, and for dates and numbers, the field counts as
not clearable.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from choai.connectors.fields import Column, Table, column, lines, linked
from choai.connectors.moneyforward.spec import PLACES
from choai.connectors.wires import JSON, JST, Wire, moments
from choai.model.schema import Choice, choices
from choai.model.values import Kind

T, LONG, DEC, DAY, CHOICE, REF = Kind.TEXT, Kind.LONG_TEXT, Kind.DECIMAL, Kind.DATE, Kind.CHOICE, Kind.REFERENCE
_EMPTIED = (T, LONG, Kind.EMAIL, Kind.PHONE, CHOICE)
WIRES: Mapping[Kind, Wire] = {
    **{kind: replace(wire, empty="") if kind in _EMPTIED else wire for kind, wire in JSON.items()},
    Kind.DATETIME: moments("naive", JST),
}
_STAYS: dict[str, Any] = {"clearable": False}


EXCISE = choices(
    "ten_percent=10%=10%|eight_percent_as_reduced_tax_rate=8%（軽減税率）=8% (reduced)|eight_percent=8%=8%|five_percent=5%=5%"
    "|tax_exemption=免税=Export exempt|non_taxable=非課税=Non-taxable|untaxable=不課税=Out of scope"
)
_MONTHS = choices(
    "this_month=当月=This month|next_month=翌月=Next month|two_months_after=2か月後=In 2 months"
    "|three_months_after=3か月後=In 3 months|four_months_after=4か月後=In 4 months|five_months_after=5か月後=In 5 months"
    "|six_months_after=6か月後=In 6 months"
)
_HOLIDAYS = choices(
    "move_to_earlier_day=前営業日=working day before|keep_as_is=そのまま=as it is|move_to_later_day=翌営業日=working day after"
)
_PAYMENT = choices(
    "未設定=未設定=Not set|未入金=未入金=Unpaid|入金済み=入金済み=Paid|未払い=未払い=Payable|振込済み=振込済み=Transferred"
)
_MAILED = choices("未送信=未送信=Not sent|送付済み=送付済み=Sent|受領済み=受領済み=Read|受信=受信=Received")
_POSTED = choices(
    "未郵送=未郵送=Not posted|郵送依頼=郵送依頼=Requested"
    "|郵送済み=郵送済み=Posted|郵送取消=郵送取消=Cancelled|郵送失敗=郵送失敗=Failed"
)
_ORDER = choices("failure=失注=Lost|default=未設定=Not set|not_received=未受注=Not ordered|received=受注済み=Ordered")
_SENT = choices("default=未設定=Not set|sent=送付済み=Sent|already_read=受領済み=Read|received=受信=Received")
_POSTING = choices(
    "default=未設定=Not set|request=郵送依頼=Requested|sent=郵送済み=Posted|cancel=郵送取消=Cancelled|error=郵送失敗=Failed"
)
# the file's prose gives codes for what its answers tell in Japanese words: both are read
_WORDS = {
    "payment_status": dict(zip("01234", (c.value for c in _PAYMENT), strict=True)),
    "email_status": dict(zip(("null", "sent", "already_read", "received"), (c.value for c in _MAILED), strict=True)),
    "posting_status": dict(
        zip(("null", "request", "sent", "cancel", "error"), (c.value for c in _POSTED), strict=True)
    ),
}


def _status(name: str, ja: str, en: str, role: str, choices: tuple[Choice, ...]) -> Column:
    words = _WORDS.get(name, {}) if choices in (_PAYMENT, _MAILED, _POSTED) else {}
    wire = Wire(lambda raw: words.get(str(raw), str(raw)))
    return column(name, CHOICE, ja, en, role=role, choices=choices, given=True, wire=wire)


# name, kind, ja, en, part of its role, options
_DEPARTMENT: tuple[tuple[str, Kind, str, str, str, dict[str, Any]], ...] = (
    ("zip", T, "郵便番号", "Postal code", "zip", {"max_length": 8, "pattern": r"\d{3}-?\d{4}", **_STAYS}),
    ("prefecture", T, "都道府県", "Prefecture", "prefecture", {}),
    ("address1", T, "住所1（市区町村・番地）", "Address 1", "address1", {"max_length": 80}),
    ("address2", T, "住所2（建物名など）", "Address 2", "address2", {"max_length": 80}),
    ("tel", Kind.PHONE, "電話番号", "Telephone", "phone",
     {"min_length": 7, "max_length": 30, "pattern": r"[+＋]?[0-9０-９\-|－ー−]+\s*", **_STAYS}),
    ("email", Kind.EMAIL, "メールアドレス", "E-mail", "email", {"max_length": 255}),
    ("cc_emails", T, "CCメールアドレス", "CC e-mail", "cc", {"max_length": 500, "note": "separated by commas"}),
    ("person_dept", T, "部門（担当者部署）", "Department", "department", {"max_length": 35}),
    ("person_title", T, "担当者役職", "Job title", "job_title", {"max_length": 35}),
    ("person_name", T, "担当者氏名", "Contact person", "contact", {"max_length": 35}),
    ("office_member_name", T, "自社担当者", "Our person in charge", "owner", {"max_length": 40}),
    ("peppol_id", T, "Peppol ID", "Peppol ID", "peppol",
     {"pattern": r"(0088|0188):[0-9]{13}|0221:T[0-9]{13}", **_STAYS}),
)  # fmt: skip


def _department(group: str, noun: str) -> list[Column]:
    """The columns of a department: on its own, or of the first one within a partner."""
    parts = {"contact": "name"} if noun == "person" else {}
    return [
        column(group + name, kind, ja, en, name=name, role=f"{noun}.{parts.get(part, part)}", **more)
        for name, kind, ja, en, part, more in _DEPARTMENT
    ]


def _price(withholding: bool) -> list[Column]:
    flag = column(
        "is_deduct_withholding_tax", Kind.BOOLEAN, "源泉徴収", "Withholding", role="line.withholding", **_STAYS
    )
    bounds = {"minimum": "-10000000000", "maximum": "10000000000", "has_default": True, **_STAYS}
    return [
        column("detail", T, "詳細", "Detail", role="line.detail", max_length=200),
        column("quantity", DEC, "数量", "Quantity", role="line.quantity", **bounds),
        column("unit", T, "単位", "Unit", role="line.unit", max_length=20),
        column("price", DEC, "単価", "Unit price", role="line.price", **bounds),
        *([flag] if withholding else []),
    ]


def _items(role: str, withholding: bool) -> Column:
    inner = [
        column("item", REF, "品目", "Item", send="item_id", target="item", role="line.item", clearable=False,
               note="name and code then are the item's"),
        column("name", T, "品名", "Name", role="line.description", max_length=450, **_STAYS),
        column("code", T, "品目コード", "Item code", role="line.code", given=True),
        *_price(withholding),
        column("excise", CHOICE, "税率", "Tax rate", role="line.tax", choices=EXCISE, required=True, **_STAYS),
    ]  # fmt: skip
    if role == "invoice":
        inner += [
            column("delivery_number", T, "納品書番号", "Delivery number", role="line.delivery_number", max_length=30),
            column("delivery_date", DAY, "納品日", "Delivery date", role="line.delivery_date", **_STAYS),
        ]
    return lines("items", "品目（明細）", "Lines", inner, id="id", role=f"{role}.lines")


def _sums(role: str, billing: bool, withholding: bool) -> list[Column]:
    total = (("subtotal", "小計"), ("excise", "消費税額"), ("total", "合計金額"))
    parts = {"subtotal": "subtotal", "excise": "tax_total", "total": "total"}
    found = [
        column(f"{name}_price", Kind.MONEY, ja, parts[name].capitalize(), role=f"{role}.{parts[name]}", given=True)
        for name, ja in total
    ]
    families = [("excise_price_of_{}", "消費税額", "Tax"), ("subtotal_of_{}_excise", "小計", "Subtotal")]
    families += [("subtotal_with_tax_of_{}_excise", "税込小計", "Subtotal with tax")] if billing else []
    for form, ja, en in families:
        for rate in EXCISE:
            at = form.format(rate.value)
            found.append(column(at, Kind.MONEY, f"{ja} {rate.ja}", f"{en}: {rate.en}", given=True))
    deduct = column("deduct_price", Kind.MONEY, "源泉徴収税額", "Withheld", role=f"{role}.withheld", given=True)
    return found + ([deduct] if withholding else [])


def _document(role: str, number: str, day: Column, withholding: bool, *more: Column) -> tuple[Column, ...]:
    numbered = {"role": f"{role}.number", "max_length": 30, "has_default": True, "unique": True, **_STAYS}
    kind = "請求" if role == "invoice" else "見積"
    return (
        column(number, T, f"{kind}書番号", "Number", **numbered),
        column("partner_id", REF, "取引先", "Partner", name="partner", role=f"{role}.partner", target="partner",
               label="partner_name", required=True, note="goes to its first department", **_STAYS),
        column("department", REF, "取引先の部門", "Department", role=f"{role}.person", target="department",
               has_default=True, **_STAYS),
        day,
        *more,
        column("title", T, "件名", "Title", role=f"{role}.title", max_length=200, **_STAYS),
        column("note", LONG, "備考", "Note (printed)", role=f"{role}.note", max_length=2000),
        column("memo", LONG, "メモ（社内用）", "Memo (internal)", role=f"{role}.memo", max_length=450),
        column("tag_names", Kind.CHOICES, "タグ", "Tags", role=f"{role}.tags"),
        column("document_name", T, "帳票名", "Printed heading", max_length=25, has_default=True, **_STAYS),
        _items(role, withholding),
        *_sums(role, role == "invoice", withholding),
        column("member_name", T, "担当者", "Person in charge", role=f"{role}.owner", given=True),
        column("is_locked", Kind.BOOLEAN, "ロック", "Locked", given=True),
        column("is_downloaded", Kind.BOOLEAN, "ダウンロード済み", "Downloaded", given=True),
        column("pdf_url", Kind.URL, "PDFのURL", "Address of the PDF", role=f"{role}.pdf_url", given=True),
    )  # fmt: skip


def _partner(withholding: bool) -> tuple[Column, ...]:
    term = "payment_deadline_setting"
    return (
        column("name", T, "取引先名", "Name", role="partner.name", required=True, max_length=100, **_STAYS),
        column("code", T, "顧客コード", "Customer code", role="partner.code", unique=True, max_length=30),
        column("name_kana", T, "取引先名（カナ）", "Reading (kana)", role="partner.kana", max_length=350),
        column("name_suffix", T, "敬称", "Title", role="partner.title"),
        column("memo", LONG, "メモ", "Memo", role="partner.memo", max_length=500),
        *_department("department.", "partner"),
        column(f"{term}.due_month", CHOICE, "支払月", "Due month", choices=_MONTHS, omits=True, **_STAYS),
        column(f"{term}.due_date", Kind.INTEGER, "支払日", "Due day", minimum="-1", maximum="31", omits=True,
               note="-1: the last of the month", **_STAYS),
        column(f"{term}.contingency_day", CHOICE, "休日の場合の扱い", "On holidays", choices=_HOLIDAYS, omits=True,
               note="the three terms are set together", **_STAYS),
        lines("departments", "部門", "Departments", _department("", "person"), id="id", role="partner.persons",
              on_create=False, on_update=False),
    )  # fmt: skip


def _contact(withholding: bool) -> tuple[Column, ...]:
    owner = column("partner_id", REF, "取引先", "Partner", name="partner", role="person.partner", target="partner",
                   label="partner_name", required=True, on_update=False, **_STAYS)  # fmt: skip
    return owner, *_department("", "person")


def _item(withholding: bool) -> tuple[Column, ...]:
    def own(of: Column) -> Column:
        parts = {"line.detail": "item.description", "line.withholding": "item.withholding"}
        role = parts.get(of.field.role or "", str(of.field.role).replace("line.", "item."))
        return replace(of, field=replace(of.field, role=role))

    return (
        column("code", T, "品目コード", "Code", role="item.code", unique=True, max_length=30, **_STAYS),
        column("name", T, "品名", "Name", role="item.name", required=True, max_length=450, **_STAYS),
        *(own(one) for one in _price(withholding)),
        column("excise", CHOICE, "税率", "Tax rate", role="item.tax", choices=EXCISE, required=True, **_STAYS),
    )


def _quote(withholding: bool) -> tuple[Column, ...]:
    day = column("quote_date", DAY, "見積日", "Date", role="quote.date", required=True, **_STAYS)
    more = (
        column("expired_date", DAY, "有効期限", "Valid until", role="quote.due", required=True, **_STAYS),
        _status("order_status", "受注ステータス", "Order status", "quote.status", _ORDER),
        _status("transmit_status", "メールステータス", "E-mail status", "quote.sent", _SENT),
        _status("posting_status", "郵送ステータス", "Postal status", "quote.posted", _POSTING),
    )
    return _document("quote", "quote_number", day, withholding, *more)


def _billing(withholding: bool) -> tuple[Column, ...]:
    day = column("billing_date", DAY, "請求日", "Date", role="invoice.date", required=True, **_STAYS)
    more = (
        column("due_date", DAY, "お支払期限", "Due date", role="invoice.due", has_default=True, **_STAYS,
               note="later than the date; without one the partner's payment terms decide"),
        column("sales_date", DAY, "売上計上日", "Sales date", role="invoice.sales_date", has_default=True, **_STAYS),
        column("payment_condition", LONG, "振込先", "Bank details", role="invoice.bank", max_length=250),
        _status("payment_status", "入金ステータス", "Payment status", "invoice.status", _PAYMENT),
        _status("email_status", "メールステータス", "E-mail status", "invoice.sent", _MAILED),
        _status("posting_status", "郵送ステータス", "Postal status", "invoice.posted", _POSTED),
        column("registration_code", T, "登録番号", "Registration number", given=True),
        column("use_invoice_template", Kind.BOOLEAN, "インボイス制度対応の形式", "Qualified invoice", given=True),
        column("config.rounding", T, "明細の端数処理", "Rounding of lines", given=True),
        column("config.rounding_consumption_tax", T, "消費税の端数処理", "Rounding of tax", given=True),
        column("config.consumption_tax_display_type", T, "消費税の表示方式", "Tax display", role="invoice.tax_mode", given=True),
    )  # fmt: skip
    return _document("invoice", "billing_number", day, withholding, *more)


def _sent_history(withholding: bool) -> tuple[Column, ...]:
    texts = (
        ("type", "種別", "Kind"), ("document_type", "帳票種別", "Document"), ("document_id", "帳票ID", "Document ID"),
        ("from", "差出人", "From"), ("to", "宛先", "To"), ("cc", "CC", "CC"), ("sender_name", "送信者名", "Sender"),
        ("replay_to", "返信先", "Reply to"), ("operator_id", "操作者ID", "Operator ID"),
    )  # fmt: skip
    day = column("sent_at", Kind.DATETIME, "送付日時", "Sent at", role="sending.date", given=True)
    return (*(column(name, T, ja, en, given=True) for name, ja, en in texts), day)


_COLUMNS = {
    "partner": ("partner", _partner),
    "department": ("person", _contact),
    "item": ("item", _item),
    "quote": ("quote", _quote),
    "billing": ("invoice", _billing),
    "sent_history": ("sending", _sent_history),
}


@cache
def table(object: str, withholding: bool = False) -> Table:
    """``withholding``: the office is a sole trader's, whose lines tell of withheld income tax."""
    role, columns = _COLUMNS[object]
    ends = [column("id", Kind.IDENTIFIER, "ID", "ID", role=f"{role}.id", unique=True, given=True)]
    if object != "sent_history":
        ends += [column(f"{n}_at", Kind.DATETIME, ja, en, role=f"{role}.{n}_at", given=True)
                 for n, ja, en in (("created", "登録日時", "Created at"), ("updated", "更新日時", "Updated at"))]  # fmt: skip
    if PLACES[object].link:
        ends.append(linked("マネーフォワードのURL", "Address in Money Forward", role=f"{role}.url"))
    changed = "sent_at" if object == "sent_history" else "updated_at"
    return Table(object, (*ends[:1], *columns(withholding), *ends[1:]), changed=changed, wires=WIRES)
