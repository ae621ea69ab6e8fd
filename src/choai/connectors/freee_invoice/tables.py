"""The fields of freee請求書's documents. Lengths, patterns and choices: freee's OpenAPI file of the iv API; what a role means:
see model/automap.py.

Lists tell the heads of documents only; what one document's own answer tells besides is ``single``. The columns ``_SENT`` are told
by no answer but that of the write itself: they are written and never read.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from choai.connectors.fields import Column, Table, column, lines, linked
from choai.connectors.freee_invoice.spec import PAPERS, Paper
from choai.connectors.wires import JSON, JST, Wire, many, moments, numbered, numbers_as_text, refs
from choai.errors import ChoaiError
from choai.model.prefectures import PREFECTURES
from choai.model.schema import Choice, choices
from choai.model.values import Kind

T, LONG, DAY, CHOICE, REF = Kind.TEXT, Kind.LONG_TEXT, Kind.DATE, Kind.CHOICE, Kind.REFERENCE
_REF = refs(number=True)
WIRES: Mapping[Kind, Wire] = {
    **JSON,
    Kind.DATETIME: moments("naive", JST),
    Kind.REFERENCE: _REF,
    Kind.REFERENCES: many(_REF),
}
_FILLED: dict[str, Any] = {"has_default": True, "clearable": False}
_ALONE: dict[str, Any] = {**_FILLED, "single": True}
# of lines, told by the answer to a write alone
LEDGER = (
    "account_item_id",
    "tax_code",
    "item_id",
    "section_id",
    "tag_ids",
    *(f"segment_{n}_tag_id" for n in (1, 2, 3)),
)


_IN_OUT = choices("out=税別（外税）=without tax|in=税込（内税）=with tax")
_FRACTION = choices("omit=切り捨て=cut|round_up=切り上げ=round up|round=四捨五入=round half up")
_SENT = choices("unsent=送付待ち=Not sent|sent=送付済み=Sent")
_CANCELED = choices("uncanceled=取消なし=Not cancelled|canceled=取消済み=Cancelled")
_DEAL = choices("unregistered=登録待ち=Not registered|registered=登録済み=Registered")
_PAYMENT = choices(
    "unsettled=決済待ち=Unpaid|settled=決済済み=Paid|canceled=決済キャンセル=Payment cancelled"
    "|unprocessed=決済依頼前=Not requested|failed=決済失敗=Failed"
)
_PAID = _PAYMENT[:2]
_TYPES = choices("transfer=振込=Bank transfer|direct_debit=振替=Direct debit|card=カード=Card")
_TITLES = choices("御中=御中=御中|様=様=様|(空白)=（なし）=(none)")
_DOWNLOADED = choices("undownloaded=未ダウンロード=Not downloaded|downloaded=ダウンロード済み=Downloaded")
_SENDING = choices("email=メール=E-mail|posting=郵送=Post|email_and_posting=メールと郵送=E-mail and post")
TAX = choices("10=10%=10%|8_reduced=8%（軽減税率）=8% (reduced)|8=8%=8%|0=0%=0%")

_QUANTITY: dict[str, Any] = {"minimum": "-99999999.999", "maximum": "99999999.999", "decimals": 3}
_PRICE: dict[str, Any] = {"minimum": "-9999999999999.999", "maximum": "9999999999999.999", "decimals": 3}


def _money(name: str, ja: str, en: str, role: str | None = None, **more: Any) -> Column:
    return column(name, Kind.MONEY, ja, en, role=role, given=True, **more)


def _lines(paper: Paper) -> Column:
    inner = [
        column("type", CHOICE, "明細の種類", "Kind of line", has_default=True,
               choices=choices("item=品目行=Item|text=テキスト行=Text")),
        column("description", T, "摘要（品名）", "Description", role="line.description", max_length=255),
        column("quantity", Kind.DECIMAL, "数量", "Quantity", role="line.quantity", **_QUANTITY),
        column("unit", T, "単位", "Unit", role="line.unit", max_length=255),
        column("unit_price", Kind.DECIMAL, "単価", "Unit price", role="line.price", wire=numbers_as_text(), **_PRICE),
        column("tax", CHOICE, "税率", "Tax rate", role="line.tax", choices=TAX, note="printed; see also tax_code"),
        column("withholding", Kind.BOOLEAN, "源泉徴収対象", "Withholding", role="line.withholding", has_default=True),
        column("amount_excluding_tax", Kind.MONEY, "税別金額", "Amount without tax", role="line.amount", given=True),
    ]  # fmt: skip
    if paper.one == "invoice":
        inner.append(column("sales_date", DAY, "取引日", "Date of sale", role="line.date"))
    if paper.ledger:
        ledger: dict[str, Any] = {"note": "for the deal; freee does not tell it afterwards"}
        inner += [
            column("account_item_id", REF, "勘定科目", "Account", target="account_item", role="line.account", **ledger),
            column("tax_code", REF, "税区分", "Tax code", target="tax_code", role="line.tax_code", **ledger),
            column("item_id", REF, "品目", "Item", target="item", role="line.item", **ledger),
            column("section_id", REF, "部門", "Section", target="section", role="line.section", **ledger),
            column("tag_ids", Kind.REFERENCES, "メモタグ", "Tags", target="tag", role="line.tags", **ledger),
        ]
        for axis in (1, 2, 3):
            inner.append(column(f"segment_{axis}_tag_id", REF, f"セグメント{axis}", f"Segment {axis}",
                                target=f"segment_{axis}", role=f"line.segment_{axis}", **ledger))  # fmt: skip
    return lines("lines", "明細", "Lines", inner, role=f"{paper.role}.lines", required=True, single=True)


def _address() -> list[Column]:
    """What freee takes from the partner where it is not given."""
    texts: tuple[tuple[str, str, str, dict[str, Any]], ...] = (
        ("display_name", "取引先宛名", "Name on the document", {}),
        ("address_street_name1", "市区町村・番地", "Address 1", {"single": True}),
        ("address_street_name2", "建物名・部屋番号など", "Address 2", {"single": True}),
        ("contact_department", "取引先部署", "Department", {"single": True}),
        ("contact_name", "取引先担当者名", "Contact person", {"single": True}),
    )
    found = [column(f"partner_{n}", T, ja, en, max_length=255, **_FILLED, **more) for n, ja, en, more in texts]
    prefectures = tuple(Choice(str(code), name, name) for code, name in enumerate(PREFECTURES))
    sent: dict[str, Any] = {
        "note": "freee does not tell it afterwards",
        "single": True,
        "has_default": True,
        "max_length": 255,
    }
    return [
        *found,
        column("partner_address_zipcode", T, "郵便番号", "Postal code", pattern=r"[0-9]{3}-?[0-9]{4}", **_ALONE),
        column("partner_address_prefecture_code", CHOICE, "都道府県", "Prefecture", choices=prefectures, single=True,
               wire=numbered(nothing=(-1, "")), **_FILLED),
        column("partner_contact_email_to", T, "取引先メールアドレス（TO）", "E-mail (to)", **sent),
        column("partner_contact_email_cc", T, "取引先メールアドレス（CC）", "E-mail (cc)", **sent),
        column("partner_sending_method", CHOICE, "送付方法", "Way of sending", choices=_SENDING, single=True, has_default=True),
    ]  # fmt: skip


_PARTS = (("excluding_tax", "税抜", "without tax"), ("tax", "消費税", "tax"), ("including_tax", "税込", "with tax"))


def _sums(paper: Paper) -> list[Column]:
    role = paper.role
    found = [
        _money("amount_excluding_tax", "小計（税別）", "Subtotal", f"{role}.subtotal"),
        _money("amount_tax", "消費税額", "Tax", f"{role}.tax_total"),
        _money("amount_including_tax", "税込金額", "Amount with tax"),
        _money("amount_withholding_tax", "源泉所得税", "Withheld", f"{role}.withheld"),
        _money("total_amount", "合計金額", "Total", f"{role}.total"),
    ]
    for rate in TAX:
        for part, ja, en in _PARTS:
            found.append(_money(f"amount_{part}_{rate.value}", f"{rate.ja}対象 {ja}", f"{rate.en}: {en}", single=True))
    return found


def _own(paper: Paper) -> list[Column]:
    """What only this kind of document has."""
    role = paper.role
    text: dict[str, Any] = {"single": True, "max_length": 255}
    if paper.one == "quotation":
        return [
            column("expiration_date", DAY, "有効期限", "Valid until", role="quote.due"),
            column("delivery_deadline", T, "納品期限", "Delivery until", **text),
            column("delivery_location", T, "納品場所", "Place of delivery", **text),
        ]
    found = [
        column("issue_date", DAY, "発生日", "Date of the deal", role=f"{role}.sales_date", **_FILLED),
        column("deal_status", CHOICE, "取引ステータス", "Deal", role=f"{role}.deal_status", choices=_DEAL, given=True),
        column("deal_id", Kind.IDENTIFIER, "取引ID", "Deal ID", role=f"{role}.deal", given=True),
        column("payment_status", CHOICE, "決済ステータス", "Payment", role=f"{role}.status", given=True,
               choices=_PAYMENT if paper.one == "invoice" else _PAID),
    ]  # fmt: skip
    if paper.one == "invoice":
        found += [
            column("payment_date", DAY, "期日（入金期日）", "Due date", role="invoice.due"),
            column("payment_type", CHOICE, "入金方法", "Way of payment", choices=_TYPES, **_FILLED),
            column("amount_brought_forward", Kind.MONEY, "繰越金額", "Brought forward", decimals=0,
                   minimum="-999999999999", maximum="999999999999"),
            column("partner_bank_account", T, "取引先口座", "Partner's bank account", has_default=True, **text),
            column("bank_account_to_transfer", T, "振込先", "Bank details", role="invoice.bank", has_default=True, **text),
        ]  # fmt: skip
    return found


def _columns(name: str, paper: Paper, manual: bool) -> tuple[Column, ...]:
    role = paper.role
    number: dict[str, Any] = {"required": True} if manual else {"given": True}
    alone: dict[str, Any] = {"single": True, "has_default": True}
    text: dict[str, Any] = {"max_length": 255, **alone}
    return (
        column("id", Kind.IDENTIFIER, "ID", "ID", role=f"{role}.id", unique=True, given=True),
        column(paper.number, T, f"{paper.ja}番号", "Number", role=f"{role}.number", max_length=255, clearable=False, **number),
        column("branch_no", Kind.INTEGER, "枝番", "Branch number", minimum="0", maximum="2147483647", single=True),
        column("partner_id", REF, "取引先", "Partner", name="partner", role=f"{role}.partner", target="partner",
               label="partner_name", required=True, clearable=False),
        column(paper.day, DAY, f"{paper.ja[:2]}日", "Date", role=f"{role}.date", required=True, clearable=False),
        column("subject", T, "件名", "Subject", role=f"{role}.title", max_length=255),
        *_own(paper),
        _lines(paper),
        column(paper.note, LONG, "備考", "Note (printed)", role=f"{role}.note", max_length=4000, **alone),
        column("memo", LONG, "社内メモ", "Memo (internal)", role=f"{role}.memo", max_length=2000),
        column("partner_title", CHOICE, "敬称", "Title", choices=_TITLES, **_ALONE),
        *_address(),
        column("tax_entry_method", CHOICE, "内税・外税", "Prices", role=f"{role}.tax_mode", choices=_IN_OUT, **_ALONE),
        column("tax_fraction", CHOICE, "消費税の端数処理", "Rounding of tax", choices=_FRACTION, **_ALONE),
        column("line_amount_fraction", CHOICE, "金額の端数処理", "Rounding of lines", choices=_FRACTION, **alone),
        column("withholding_tax_entry_method", CHOICE, "源泉徴収の計算", "Base of withholding", choices=_IN_OUT, **_ALONE),
        column("template_id", REF, "帳票テンプレート", "Template", target=f"{name}_template", **_FILLED),
        column("company_contact_name", T, "自社担当者", "Our person in charge", role=f"{role}.owner", max_length=255,
               has_default=True),
        column("company_name", T, "自社名", "Our name", **text),
        column("company_description", T, "自社情報", "About us", **text),
        *_sums(paper),
        column("sending_status", CHOICE, "送付ステータス", "Sending", role=f"{role}.sent", choices=_SENT, given=True),
        column("cancel_status", CHOICE, "取消", "Cancellation", role=f"{role}.canceled", choices=_CANCELED, given=True),
        column("email_url_file_downloaded_status", CHOICE, "URL送付のダウンロード", "Download", choices=_DOWNLOADED, given=True),
        column("created_at", Kind.DATETIME, "作成日時", "Created at", role=f"{role}.created_at", given=True, single=True),
        linked("freee請求書のURL", "Address in freee", role=f"{role}.url"),
    )  # fmt: skip


@cache
def table(object: str, manual: bool = False) -> Table:
    """``manual``: the company numbers its documents itself."""
    if object in PAPERS:
        return Table(object, _columns(object, PAPERS[object], manual), wires=WIRES)
    return Table(object, (
        column("id", Kind.IDENTIFIER, "ID", "ID", role="template.id", unique=True, given=True),
        column("name", T, "名前", "Name", role="template.name", given=True),
    ), wires=WIRES)  # fmt: skip


# ---------------------------------------------------------------- documents as freee has them


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A document with its lines as the table wants them: one tax rate, and nothing that only the answer to a write tells."""
    if "lines" not in row:
        return dict(row)
    return {**row, "lines": [_told_line(line) for line in row["lines"]]}


def _told_line(line: Mapping[str, Any]) -> dict[str, Any]:
    rate = line.get("tax_rate")
    tax = None if rate is None else f"{int(rate)}_reduced" if line.get("reduced_tax_rate") else str(int(rate))
    kept = {name: value for name, value in line.items() if name not in (*LEDGER, "id")}
    return {**kept, "tax": tax}


def sent_line(line: Mapping[str, Any]) -> dict[str, Any]:
    """A line as a request wants it: what is empty stays out, a line of text is its description. Raises ``required_missing``."""
    if line.get("type") == "text":
        return {name: line[name] for name in ("type", "description") if line.get(name)}
    body = {name: value for name, value in line.items() if value not in (None, "", []) and name not in _READ_ONLY}
    tax = body.pop("tax", None)
    if tax is not None:
        body |= {"tax_rate": int(str(tax).partition("_")[0]), "reduced_tax_rate": str(tax).endswith("_reduced")}
    for name, field, ja, en in _NEEDED:
        if body.get(name) is None:
            raise ChoaiError("required_missing", field=f"lines/{field}", field_ja=f"明細/{ja}", field_en=f"Lines/{en}")
    return body


_NEEDED = (
    ("quantity", "quantity", "数量", "Quantity"),
    ("tax_rate", "tax", "税率", "Tax rate"),
)  # of a line that is no text
_READ_ONLY = ("id", "amount_excluding_tax")


def kept(row: Mapping[str, Any], known: Table, paper: Paper, others: bool) -> dict[str, Any]:
    """What a document holds, as an update must repeat it: freee replaces the whole. ``others``: the partner changes, so that
    what was taken from the old one stays out. Our own name and the like stay out where they are the template's."""
    body: dict[str, Any] = {}
    form = row.get("template") or {}
    for entry in known.columns:
        name = str(entry.path[0]) if entry.path else ""
        value = row.get(name)
        if not entry.field.on_update or value in (None, "") or name == "lines":
            continue
        if others and name.startswith("partner_") and name != "partner_title":
            continue
        if name in form and form[name] == value:
            continue
        body[name] = value
    body[paper.note] = row.get(paper.note) or ""
    body["lines"] = [sent_line(line) for line in row.get("lines") or []]
    return body


def with_forward(body: Mapping[str, Any]) -> dict[str, Any]:
    """An amount brought forward is taken only together with its switch, and in whole yen."""
    amount = body.get("amount_brought_forward")
    if amount is None:
        return {name: value for name, value in body.items() if name != "amount_brought_forward"}
    return {**body, "amount_brought_forward": int(amount), "include_amount_brought_forward": True}
