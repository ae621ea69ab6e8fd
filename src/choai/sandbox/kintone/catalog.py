"""Definitions of the demo's apps: fields as the form API shows them, with their English labels."""

from __future__ import annotations

from typing import Any

from choai.sandbox.kintone.site import Json
from choai.sandbox.people import prefectures

Field = tuple[str, Json, str]  # code, properties, English label

PARTNER, TAG, DEAL, GUEST = "1", "2", "10", "21"
SEGMENT = {1: "3", 2: "4", 3: "5"}
ITEM, SECTION, ACCOUNT_ITEM, TAX_CODE, EXPENSE, WALLET = "6", "7", "8", "9", "11", "12"
GUEST_SPACE = "3"
SYNC = "同期する"


def _field(code: str, kind: str, english: str, **more: Any) -> Field:
    return code, {"type": kind, "code": code, "label": code, "noLabel": False, **more}, english


def text(code: str, english: str, *, unique: bool = False, required: bool = False, longest: int | None = None) -> Field:
    limits = {"minLength": "", "maxLength": str(longest or ""), "expression": "", "hideExpression": False}
    kept = {"required": required, "unique": unique, "defaultValue": ""}
    return _field(code, "SINGLE_LINE_TEXT", english, **kept, **limits)


def lines(code: str, english: str) -> Field:
    return _field(code, "MULTI_LINE_TEXT", english, required=False, defaultValue="")


def number(code: str, english: str, *, unit: str = "", unique: bool = False, least: str = "", scale: str = "") -> Field:
    limits = {"minValue": least, "maxValue": "", "digit": True, "displayScale": scale}
    shown = {"unit": unit, "unitPosition": "AFTER"}
    return _field(code, "NUMBER", english, required=False, unique=unique, defaultValue="", **limits, **shown)


def calc(code: str, english: str, formula: str) -> Field:
    shown = {
        "format": "NUMBER_DIGIT",
        "displayScale": "0",
        "hideExpression": False,
        "unit": "円",
        "unitPosition": "AFTER",
    }
    return _field(code, "CALC", english, required=False, expression=formula, **shown)


def choice(code: str, english: str, options: list[str], *, kind: str = "DROP_DOWN", default: str = "") -> Field:
    listed = {o: {"label": o, "index": str(i)} for i, o in enumerate(options)}
    more: Json = {"align": "HORIZONTAL"} if kind in ("RADIO_BUTTON", "CHECK_BOX") else {}
    value: Any = default
    if kind in ("CHECK_BOX", "MULTI_SELECT"):
        value = [default] if default else []
    return _field(code, kind, english, required=kind == "RADIO_BUTTON", options=listed, defaultValue=value, **more)


def link(code: str, english: str, protocol: str = "WEB") -> Field:
    limits = {"minLength": "", "maxLength": ""}
    return _field(code, "LINK", english, required=False, unique=False, protocol=protocol, defaultValue="", **limits)


def day(code: str, english: str, *, today: bool = False) -> Field:
    return _field(code, "DATE", english, required=False, unique=False, defaultValue="", defaultNowValue=today)


def moment(code: str, english: str) -> Field:
    return _field(code, "DATETIME", english, required=False, unique=False, defaultValue="", defaultNowValue=False)


def people(code: str, english: str) -> Field:
    return _field(code, "USER_SELECT", english, required=False, entities=[], defaultValue=[])


def attachment(code: str, english: str) -> Field:
    return _field(code, "FILE", english, required=False, thumbnailSize="150")


def lookup(code: str, english: str, app: str, *, key: str, copies: dict[str, str]) -> Field:
    mappings = [{"field": mine, "relatedField": theirs} for mine, theirs in copies.items()]
    definition = {
        "relatedApp": {"app": app, "code": ""},
        "relatedKeyField": key,
        "fieldMappings": mappings,
        "lookupPickerFields": [key, *copies.values()],
        "filterCond": "",
        "sort": "レコード番号 desc",
    }
    return _field(code, "SINGLE_LINE_TEXT", english, required=False, lookup=definition)


def table(code: str, english: str, *inner: Field) -> tuple[str, Json, str, list[Field]]:
    fields = {c: p for c, p, _ in inner}
    props = {"type": "SUBTABLE", "code": code, "label": code, "noLabel": False, "fields": fields}
    return code, props, english, list(inner)


def related(code: str, english: str, app: str, *, mine: str, theirs: str, shown: list[str]) -> Field:
    definition = {
        "relatedApp": {"app": app, "code": ""},
        "condition": {"field": mine, "relatedField": theirs},
        "filterCond": "",
        "displayFields": shown,
        "sort": "レコード番号 desc",
        "size": "5",
    }
    return _field(code, "REFERENCE_TABLE", english, referenceTable=definition)


_JA = ("レコード番号", "作成者", "作成日時", "更新者", "更新日時", "ステータス", "作業者", "カテゴリー")
_EN = (
    "Record_number",
    "Created_by",
    "Created_datetime",
    "Updated_by",
    "Updated_datetime",
    "Status",
    "Assignee",
    "Categories",
)
_KINDS = (
    "RECORD_NUMBER",
    "CREATOR",
    "CREATED_TIME",
    "MODIFIER",
    "UPDATED_TIME",
    "STATUS",
    "STATUS_ASSIGNEE",
    "CATEGORY",
)


def system(codes: tuple[str, ...] = _JA) -> list[Field]:
    """Their codes follow the language of whoever made the app."""
    out = []
    for code, kind, english in zip(codes, _KINDS, _EN, strict=True):
        more = {"enabled": False} if kind in ("STATUS", "STATUS_ASSIGNEE", "CATEGORY") else {}
        _, props, _ = _field(code, kind, english, **more)
        if more:
            del props["noLabel"]
        out.append((code, props, english.replace("_", " ")))
    return out


def sync() -> Field:
    return choice("同期対象", "Sync", [SYNC], kind="CHECK_BOX", default=SYNC)


def partner() -> list[Any]:
    return [
        text("取引先名", "Partner name", required=True, unique=True, longest=255),
        text("取引先コード", "Partner code", unique=True),
        text("freee取引先ID", "freee partner ID", unique=True),
        link("freee_URL", "freee URL"),
        text("カナ", "Kana"),
        text("正式名称", "Long name"),
        choice("敬称", "Honorific", ["御中", "様", "(空白)"], default="御中"),
        text("郵便番号", "Postal code"),
        choice("都道府県", "Prefecture", prefectures()),
        text("市区町村番地", "City and street"),
        text("建物名", "Building"),
        text("電話番号", "Phone"),
        link("メールアドレス", "E-mail", "MAIL"),
        text("担当者名", "Contact person"),
        text("登録番号", "Registration number"),
        choice("事業所種別", "Kind of business", ["法人", "個人"], kind="RADIO_BUTTON", default="法人"),
        sync(),
        choice("顧客ランク", "Customer tier", ["A", "B", "C"]),
        lines("備考", "Notes"),
        people("担当営業", "Sales person"),
        table(
            "担当者一覧",
            "Contacts",
            text("氏名", "Name"),
            text("部署", "Department"),
            text("内線", "Extension"),
            link("担当者メール", "Contact e-mail", "MAIL"),
        ),
        related("関連案件", "Deals", DEAL, mine="取引先名", theirs="取引先", shown=["案件名", "状態", "合計"]),
        *system(),
    ]


def tag() -> list[Any]:
    return [
        text("名前", "Name", required=True, unique=True, longest=30),
        text("freeeタグID", "freee tag ID", unique=True),
        text("ショートカット1", "Shortcut 1", longest=20),
        text("ショートカット2", "Shortcut 2", longest=20),
        sync(),
        link("freee_URL", "freee URL"),
        *system(),
    ]


def segment() -> list[Any]:
    return [
        text("名前", "Name", required=True, unique=True, longest=100),
        text("コード", "Code", unique=True),
        text("備考", "Description", longest=30),
        text("freeeセグメントID", "freee segment ID", unique=True),
        text("ショートカット1", "Shortcut 1", longest=20),
        text("ショートカット2", "Shortcut 2", longest=20),
        sync(),
        *system(),
    ]


def master(identity: str, *more: Field, codes: tuple[str, ...] = _JA) -> list[Any]:
    return [
        text("名前", "Name", required=True),
        text(identity, identity.replace("freee", "freee ").replace("ID", " ID"), unique=True),
        *more,
        *system(codes),
    ]


def deal() -> list[Any]:
    copies = {
        "取引先コード": "取引先コード",
        "freee取引先ID": "freee取引先ID",
        "連絡先電話": "電話番号",
        "請求先敬称": "敬称",
    }
    return [
        text("案件名", "Deal", required=True),
        lookup("取引先", "Partner", PARTNER, key="取引先名", copies=copies),
        text("取引先コード", "Partner code"),
        text("freee取引先ID", "freee partner ID"),
        text("連絡先電話", "Phone"),
        text("請求先敬称", "Honorific"),
        choice("状態", "State", ["商談中", "受注", "納品済", "請求済", "失注"], default="商談中"),
        day("見込日", "Expected on"),
        day("受注日", "Won on"),
        day("請求予定日", "To invoice on"),
        moment("次回訪問", "Next visit"),
        table(
            "明細",
            "Lines",
            text("品名", "Item"),
            number("数量", "Quantity", least="0"),
            text("単位", "Unit"),
            number("単価", "Unit price", unit="円"),
            choice("税率", "Tax rate", ["10%", "8%(軽減)", "対象外"], default="10%"),
            calc("金額", "Amount", "数量 * 単価"),
        ),
        calc("小計", "Subtotal", "SUM(金額)"),
        calc("消費税", "Tax", "ROUNDDOWN(小計 * 0.1, 0)"),
        calc("合計", "Total", "小計 + 消費税"),
        choice("部門タグ", "Tags", ["新規", "継続", "紹介", "展示会"], kind="MULTI_SELECT"),
        attachment("見積書", "Estimate file"),
        people("担当", "Owner"),
        lines("メモ", "Memo"),
        text("freee請求書ID", "freee invoice ID", unique=True),
        *system(),
    ]


def apps() -> dict[str, tuple[str, str, str, list[Any]]]:
    """Id → Japanese name, English name, description, fields."""
    short = text("ショートカット1", "Shortcut 1"), text("ショートカット2", "Shortcut 2")
    code, active = text("コード", "Code"), choice("使用", "In use", ["使用する", "使用しない"], default="使用する")
    item = (code, *short, number("単価", "Unit price", unit="円"), active)
    wallet = (choice("口座区分", "Kind", ["銀行口座", "クレジットカード", "その他の決済口座"]), active)
    out = {
        PARTNER: ("取引先マスタ", "Partners", "freeeの取引先と同期するマスタです。", partner()),
        TAG: ("メモタグ", "Memo tags", "freeeのメモタグと同期するマスタです。", tag()),
        ITEM: ("品目", "Items", "freeeから取り込みます。", master("freee品目ID", *item)),
        SECTION: (
            "部門",
            "Sections",
            "freeeから取り込みます。",
            master("freee部門ID", code, *short, active, codes=_EN),
        ),
        ACCOUNT_ITEM: (
            "勘定科目",
            "Account items",
            "freeeから取り込みます。",
            master("freee勘定科目ID", code, text("カテゴリー名", "Category"), *short, active),
        ),
        TAX_CODE: (
            "税区分",
            "Tax codes",
            "freeeから取り込みます。",
            master("freee税区分コード", text("表示名", "Display name"), active),
        ),
        DEAL: ("案件管理", "Deals", "商談から請求までを管理します。", deal()),
        EXPENSE: ("経費科目", "Expense categories", "freeeから取り込みます。", master("freee経費科目ID", active)),
        WALLET: ("口座", "Wallets", "freeeから取り込みます。", master("freee口座ID", *wallet)),
        GUEST: (
            "協力会社連絡表",
            "Subcontractors",
            "ゲストスペースのアプリです。",
            [
                text("会社名", "Company", required=True, unique=True),
                text("担当", "Contact"),
                lines("連絡事項", "Message"),
                *system(),
            ],
        ),
    }
    for axis, app in SEGMENT.items():
        about = f"freeeのセグメント{axis}と同期するマスタです。"
        out[app] = (f"セグメント{axis}", f"Segment {axis}", about, segment())
    return out
