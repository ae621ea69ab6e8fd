"""The fields of freee's objects, as far as they depend on nothing but the company's settings and plan.

Sources: freee's OpenAPI file for lengths and patterns; its texts for what an update can empty. Names of nested members are
joined by a point.
"""

from __future__ import annotations

from dataclasses import replace

from choai.connectors.freee.spec import BY_NAME, SEGMENTS, WALLETS
from choai.model.prefectures import PREFECTURES
from choai.model.schema import Choice, Field, choices
from choai.model.values import Kind

CODE = r"[0-9a-zA-Z_-]+"
TERMS = ("payment_term_attributes", "invoice_payment_term_attributes")
_CANNOT_EMPTY = "freee keeps the old value when this is emptied"


def _text(name: str, ja: str, en: str, longest: int | None = None, **more: object) -> Field:
    return Field(name, Kind.TEXT, ja, en, max_length=longest, **more)  # type: ignore[arg-type]  # options of Field by name


def _choice(name: str, ja: str, en: str, known: tuple[Choice, ...], **more: object) -> Field:
    return Field(name, Kind.CHOICE, ja, en, choices=known, **more)  # type: ignore[arg-type]  # as above


def _given(name: str, kind: Kind, ja: str, en: str, **more: object) -> Field:
    """A field that only freee writes."""
    return Field(name, kind, ja, en, on_create=False, on_update=False, **more)  # type: ignore[arg-type]  # as above


def _common(role: str, *, dated: bool = True, linked: bool = False) -> tuple[Field, ...]:
    fields = [_given("id", Kind.IDENTIFIER, "ID", "ID", role=f"{role}.id", unique=True)]
    if dated:
        fields.append(_given("update_date", Kind.DATE, "更新日", "Updated on", granularity="day"))
    if linked:
        fields.append(_given("url", Kind.URL, "freeeのURL", "Address in freee", role=f"{role}.url"))
    return tuple(fields)


def _shortcuts(role: str, longest: int) -> tuple[Field, ...]:
    return (
        _text("shortcut1", "ショートカット1", "Shortcut 1", longest, role=f"{role}.shortcut1"),
        _text("shortcut2", "ショートカット2", "Shortcut 2", longest, role=f"{role}.shortcut2"),
    )


def _kept(*fields: Field) -> tuple[Field, ...]:
    """Fields that an update can change but not empty (FK-22)."""
    return tuple(replace(f, clearable=False, note=f.note or _CANNOT_EMPTY) for f in fields)


def _day(name: str, ja: str, en: str, low: int, high: int) -> Field:
    return Field(
        name, Kind.INTEGER, ja, en, minimum=str(low), maximum=str(high), note="all three together; 32: month end"
    )


PREFECTURE = (Choice("-1", "設定しない", "none"), *(Choice(str(i), name) for i, name in enumerate(PREFECTURES)))
_CORPORATE = choices("1=法人=Corporation|2=個人=Individual")
_TITLES = (Choice("御中", "御中"), Choice("様", "様"), Choice("(空白)", "(空白)", "(blank)"))
_COUNTRY = choices("JP=国内=Japan|ZZ=国外=Abroad")
_FEE = choices("payer=振込元（当方）負担=Payer|payee=振込先（先方）負担=Payee")
_SENDING = choices(
    "email=メール=E-mail|posting=郵送=Post|email_and_posting=メールと郵送=E-mail and post"
    "|pdf_delivery=メール（PDFファイル添付）=E-mail with PDF"
    "|pdf_delivery_and_posting=メール（PDFファイル添付）と郵送=E-mail with PDF, and post"
)
_ACCOUNT_TYPES = choices(
    "ordinary=普通=Ordinary|checking=当座=Checking|earmarked=納税準備預金=Tax reserve|savings=貯蓄=Savings|other=その他=Other"
)

PARTNER_CODE = _text(
    "code", "取引先コード", "Partner code", 255, role="partner.code",
    required=True, unique=True, on_update=False, clearable=False,
)  # fmt: skip
PARTNER_TERMS = (
    Field(
        "payer_walletable_id",
        Kind.REFERENCE,
        "振込元口座",
        "Paying account",
        target="walletable",
        note="a bank account",
    ),
    *_kept(_choice("transfer_fee_handling_side", "振込手数料負担", "Transfer fee", _FEE, has_default=True)),
    _day("payment_term_attributes.cutoff_day", "支払期日 締め日", "Payment term: closing day", 1, 32),
    _day("payment_term_attributes.additional_months", "支払期日 支払月", "Payment term: months after", 0, 6),
    _day("payment_term_attributes.fixed_day", "支払期日 支払日", "Payment term: day", 1, 32),
    _day("invoice_payment_term_attributes.cutoff_day", "入金期日 締め日", "Receipt term: closing day", 1, 32),
    _day("invoice_payment_term_attributes.additional_months", "入金期日 入金月", "Receipt term: months after", 0, 6),
    _day("invoice_payment_term_attributes.fixed_day", "入金期日 入金日", "Receipt term: day", 1, 32),
)
PARTNER = (
    *_kept(_text("name", "取引先名", "Name", 255, role="partner.name", required=True, unique=True)),
    *_kept(
        _text("long_name", "正式名称", "Full name", 255, role="partner.long_name"),
        _text("name_kana", "カナ名称", "Reading (kana)", 255, role="partner.kana"),
        _choice("default_title", "敬称", "Title", _TITLES, role="partner.title"),
        Field("phone", Kind.PHONE, "電話番号", "Telephone", role="partner.phone"),
        _text("contact_name", "担当者氏名", "Contact", 255, role="partner.contact"),
        Field("email", Kind.EMAIL, "担当者メールアドレス", "E-mail", role="partner.email", max_length=255),
        _text("address_attributes.zipcode", "郵便番号", "Postal code", 8, role="partner.zip"),
    ),
    _choice("address_attributes.prefecture_code", "都道府県", "Prefecture", PREFECTURE, role="partner.prefecture"),
    *_kept(
        _text("address_attributes.street_name1", "市区町村・番地", "Street", 255, role="partner.address1"),
        _text("address_attributes.street_name2", "建物名・部屋番号など", "Building", 255, role="partner.address2"),
    ),
    _choice("org_code", "事業所種別", "Kind of business", _CORPORATE, role="partner.kind"),
    *_kept(
        _choice("country_code", "地域", "Region", _COUNTRY, has_default=True),
        Field("qualified_invoice_issuer", Kind.BOOLEAN, "適格請求書発行事業者", "Qualified invoice issuer", has_default=True),
    ),
    _text("invoice_registration_number", "登録番号", "Registration number", 14, role="partner.registration_number",
          min_length=13, pattern=r"T?[1-9][0-9]{12}"),
    _choice("partner_doc_setting_attributes.sending_method", "請求書送付方法", "How invoices go", _SENDING),
    *_kept(*_shortcuts("partner", 255)),
    *_kept(
        _text("partner_bank_account_attributes.bank_name", "銀行名", "Bank"),
        _text("partner_bank_account_attributes.bank_name_kana", "銀行名（カナ）", "Bank (kana)"),
        _text("partner_bank_account_attributes.bank_code", "銀行コード", "Bank code"),
        _text("partner_bank_account_attributes.branch_name", "支店名", "Branch"),
        _text("partner_bank_account_attributes.branch_kana", "支店名（カナ）", "Branch (kana)"),
        _text("partner_bank_account_attributes.branch_code", "支店番号", "Branch code"),
        _choice("partner_bank_account_attributes.account_type", "口座種別", "Account type", _ACCOUNT_TYPES),
        _text("partner_bank_account_attributes.account_number", "口座番号", "Account number"),
        _text("partner_bank_account_attributes.long_account_name", "受取人名", "Account holder"),
        _text("partner_bank_account_attributes.account_name", "受取人名（カナ）", "Account holder (kana)"),
    ),
    _given("available", Kind.BOOLEAN, "使用設定", "In use", role="partner.available"),
    *_common("partner", linked=True),
)  # fmt: skip
TAG = (
    *_kept(_text("name", "メモタグ名", "Name", 30, role="tag.name", required=True, unique=True)),
    *_shortcuts("tag", 20),
    *_common("tag", linked=True),
)
SEGMENT_CODE = _text(
    "code", "セグメントタグコード", "Code", 20, role="segment.code", unique=True, pattern=CODE, clearable=False
)
SEGMENT = (
    *_kept(_text("name", "セグメントタグ名", "Name", 100, role="segment.name", required=True, unique=True)),
    _text("description", "備考", "Description", 30, role="segment.description"),
    *_shortcuts("segment", 20),
    *_common("segment", linked=True),
)


def _named(role: str, *more: Field, dated: bool = True) -> tuple[Field, ...]:
    """A read-only object: id, name and what else it has."""
    name = _given("name", Kind.TEXT, f"{BY_NAME[role].ja}名", "Name", role=f"{role}.name")
    return (name, *more, *_common(role, dated=dated))


def _shown(name: str, ja: str, en: str, role: str | None = None) -> Field:
    return _given(name, Kind.TEXT, ja, en, role=role)


def _used(role: str) -> Field:
    return _given("available", Kind.BOOLEAN, "使用設定", "In use", role=f"{role}.available")


def _seen_shortcuts(role: str) -> tuple[Field, ...]:
    return (
        _shown("shortcut1", "ショートカット1", "Shortcut 1", f"{role}.shortcut1"),
        _shown("shortcut2", "ショートカット2", "Shortcut 2", f"{role}.shortcut2"),
    )


FIELDS: dict[str, tuple[Field, ...]] = {
    "partner": PARTNER,
    "tag": TAG,
    **dict.fromkeys(SEGMENTS, SEGMENT),
    "item": _named("item", _shown("code", "品目コード", "Code", "item.code"), *_seen_shortcuts("item"), _used("item")),
    "section": _named(
        "section",
        _shown("code", "部門コード", "Code", "section.code"),
        _shown("long_name", "正式名称", "Full name", "section.long_name"),
        *_seen_shortcuts("section"),
        _given("parent_id", Kind.REFERENCE, "親部門", "Parent section", role="section.parent", target="section"),
        _given("indent_count", Kind.INTEGER, "部門階層", "Depth"),
        _used("section"),
    ),
    "account_item": _named(
        "account_item",
        _shown("code", "勘定科目コード", "Code", "account_item.code"),
        _shown("shortcut", "ショートカット1", "Shortcut 1", "account_item.shortcut1"),
        _shown("shortcut_num", "ショートカット2", "Shortcut 2", "account_item.shortcut2"),
        _shown("account_category", "勘定科目カテゴリー", "Category", "account_item.category"),
        _shown("categories", "カテゴリー階層", "Categories, from the top"),
        _given(
            "default_tax_code", Kind.REFERENCE, "税区分", "Tax code", role="account_item.tax_code", target="tax_code"
        ),
        _shown("group_name", "決算書表示名", "Name in statements"),
        _given("walletable_id", Kind.REFERENCE, "口座", "Wallet", target="walletable"),
        _used("account_item"),
    ),
    "tax_code": _named(
        "tax_code",
        _shown("code", "税区分コード", "Code", "tax_code.code"),
        _shown("system_name", "税区分名（英字）", "System name"),
        _shown("display_category", "表示カテゴリ", "Rate family", "tax_code.category"),
        _used("tax_code"),
        dated=False,
    ),
    "walletable": _named(
        "walletable",
        _given(
            "type",
            Kind.CHOICE,
            "口座区分",
            "Kind",
            role="walletable.type",
            choices=WALLETS[:3],
        ),
        _given("bank_id", Kind.IDENTIFIER, "連携サービスID", "Bank service ID"),
    ),
    "expense_category": _named(
        "expense_category",
        _given("account_item_id", Kind.REFERENCE, "勘定科目", "Account item", target="account_item"),
        _given("tax_code", Kind.REFERENCE, "税区分", "Tax code", target="tax_code"),
        _shown("description", "備考", "Remark", "expense_category.description"),
        _shown("line_description", "内容の補足", "Hint for the description"),
        _given("required_receipt", Kind.BOOLEAN, "添付ファイル必須", "Receipt required"),
        dated=False,
    ),
}
