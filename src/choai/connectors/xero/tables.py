"""The fields of Xero's objects. Lengths and names: Xero's OpenAPI file; what a role means: see model/automap.py.

Xero leaves empty keys out of its answers. An empty text clears a field; whether null clears a date or a number is not
documented, so that those count as not clearable.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from choai.connectors.fields import Column, Json, Pick, Table, column, lines, linked
from choai.connectors.wires import JSON, Wire, refs
from choai.connectors.xero.spec import BY_NAME, PLACES
from choai.model.schema import Choice, choices
from choai.model.values import Kind

_GONE = {"DELETED", "ARCHIVED", "GDPRREQUEST"}
_TEXTS = (Kind.TEXT, Kind.LONG_TEXT, Kind.EMAIL, Kind.PHONE, Kind.URL, Kind.CHOICE)
WIRES: Mapping[Kind, Wire] = {k: replace(w, empty="") if k in _TEXTS else w for k, w in JSON.items()}
_QUOTE_MODES = Wire(  # quotes write in capitals what every other document writes in mixed case
    lambda raw: {"EXCLUSIVE": "Exclusive", "INCLUSIVE": "Inclusive", "NOTAX": "NoTax"}.get(raw, raw), str.upper, ""
)
T, LONG, MONEY, DEC, DATE, FLAG = Kind.TEXT, Kind.LONG_TEXT, Kind.MONEY, Kind.DECIMAL, Kind.DATE, Kind.BOOLEAN


MODES = choices("Exclusive=税抜=Tax exclusive|Inclusive=税込=Tax inclusive|NoTax=対象外=No tax")
_STATES = choices(
    "DRAFT=下書き=Draft|SUBMITTED=承認待ち=Awaiting approval|AUTHORISED=承認済み=Approved|PAID=支払済み=Paid|VOIDED=無効=Voided"
    "|DELETED=削除=Deleted|SENT=送付済み=Sent|ACCEPTED=受諾=Accepted|DECLINED=辞退=Declined|INVOICED=請求済み=Invoiced"
    "|BILLED=請求済み=Billed|ACTIVE=有効=Active|ARCHIVED=アーカイブ=Archived|PENDING=保留=Pending|GDPRREQUEST=消去=Erased"
)
STATES = {choice.value: choice for choice in _STATES}
_FIXED: dict[str, Any] = {"clearable": False}


def _state(at: str, role: str, values: str, first: str = "") -> Column:
    """A status. It may be given to a new record (``first``: which ones); later it is moved by actions only."""
    told = tuple(STATES[v] for v in values.split())
    start = f"on create: {first.replace(' ', ', ')}" if first else None
    return column(
        at, Kind.CHOICE, "状態", "Status", role=f"{role}.status", choices=told, on_create=bool(first), on_update=False,
        has_default=bool(first), note=start,
    )  # fmt: skip


def _days(at: str, ja: str, en: str, **more: Any) -> Column:
    return column(at, DATE, ja, en, **{**_FIXED, **more})


def _sums(role: str) -> tuple[Column, ...]:
    return (
        column("SubTotal", MONEY, "小計", "Subtotal", role=f"{role}.subtotal", given=True),
        column("TotalTax", MONEY, "消費税", "Tax", role=f"{role}.tax_total", given=True),
        column("Total", MONEY, "合計", "Total", role=f"{role}.total", given=True),
    )


def _line_items(role: str, *, discounts: bool, tracking: Sequence[Json]) -> Column:
    inner = [
        column("Item", Kind.REFERENCE, "品目", "Item", send="ItemCode", target="item", role="line.item",
               wire=refs("ItemID", "Name")),
        column("Description", LONG, "摘要", "Description", role="line.description", max_length=4000),
        column("Quantity", DEC, "数量", "Quantity", role="line.quantity", decimals=4, **_FIXED),
        column("UnitAmount", DEC, "単価", "Unit price", role="line.price", decimals=4, **_FIXED),
        column("AccountID", Kind.REFERENCE, "勘定科目", "Account", name="Account", send="AccountCode", target="account",
               role="line.account"),
        column("TaxType", Kind.REFERENCE, "税率", "Tax rate", target="tax_rate", role="line.tax"),
        column("TaxAmount", MONEY, "消費税額", "Tax amount", role="line.tax_amount", has_default=True, **_FIXED),
        column("LineAmount", MONEY, "金額", "Amount", role="line.amount", given=True),
    ]  # fmt: skip
    if discounts:
        inner.append(column("DiscountRate", DEC, "割引率", "Discount %", role="line.discount", **_FIXED))
    inner += [_tracked(category) for category in tracking]
    return lines("LineItems", "明細", "Lines", inner, id="LineItemID", role=f"{role}.lines")


def _tracked(category: Json) -> Column:
    """A tracking category of the organisation, as a choice of each line."""
    number, name = str(category["TrackingCategoryID"]), str(category["Name"])
    options = [o for o in category.get("Options") or [] if o.get("Status") != "DELETED"]
    told = tuple(Choice(str(o["Name"]), str(o["Name"]), str(o["Name"])) for o in options)
    at = (Pick("Tracking", "TrackingCategoryID", number), "Option")
    return column(at, Kind.CHOICE, name, name, name=f"tracking:{number}", choices=told, role="line.section")


def _document(
    role: str,
    number: Column,
    *more: Column,
    states: str,
    first: str = "DRAFT SUBMITTED AUTHORISED",
    mode: Wire | None = None,
    discounts: bool = False,
    tracking: Sequence[Json] = (),
    reference: int = 255,
) -> tuple[Column, ...]:
    return (
        number,
        column("Contact", Kind.REFERENCE, "取引先", "Contact", target="contact", role=f"{role}.partner", required=True,
               wire=refs("ContactID", "Name", as_object=True), **_FIXED),
        column("Date", DATE, "日付", "Date", role=f"{role}.date", has_default=True, **_FIXED),
        *more,
        column("Reference", T, "参照", "Reference", role=f"{role}.reference", max_length=reference),
        column("LineAmountTypes", Kind.CHOICE, "税の計算", "Amounts are", role=f"{role}.tax_mode", choices=MODES,
               has_default=True, wire=mode, **_FIXED),
        column("CurrencyCode", T, "通貨", "Currency", role=f"{role}.currency", has_default=True, max_length=3, **_FIXED),
        column("CurrencyRate", DEC, "為替レート", "Exchange rate", role=f"{role}.rate", has_default=True, decimals=6,
               note="units of this currency for one of the organisation's", **_FIXED),
        _line_items(role, discounts=discounts, tracking=tracking),
        _state("Status", role, states, first),
        *_sums(role),
    )  # fmt: skip


def _number(at: str, role: str, ja: str, en: str, **more: Any) -> Column:
    return column(at, T, ja, en, role=f"{role}.number", max_length=255, **{"has_default": True, **_FIXED, **more})


def _address(kind: str, ja: str, en: str, role: str) -> list[Column]:
    parts = (
        ("PostalCode", "郵便番号", "postal code", "zip", 50),
        ("Region", "都道府県", "region", "prefecture", 255),
        ("City", "市区町村", "city", "city", 255),
        ("AddressLine1", "番地", "line 1", "address1", 500),
        ("AddressLine2", "建物名など", "line 2", "address2", 500),
        ("Country", "国", "country", "country", 50),
        ("AttentionTo", "宛名", "attention", "attention", 255),
    )
    at = f"Addresses[AddressType={kind}]"
    return [
        column(f"{at}.{name}", T, f"{ja} {ja_}", f"{en}: {en_}", name=f"{kind}.{name}", role=f"partner.{role}{word}",
               max_length=longest)
        for name, ja_, en_, word, longest in parts
    ]  # fmt: skip


def _phones() -> list[Column]:
    kinds = (
        ("DEFAULT", "電話番号", "Telephone", "phone"),
        ("MOBILE", "携帯電話", "Mobile", "mobile"),
        ("FAX", "FAX", "Fax", "fax"),
        ("DDI", "直通電話", "Direct line", "direct"),
    )
    at = "Phones[PhoneType={}].{}"
    return [
        *(column(at.format(kind, "PhoneNumber"), Kind.PHONE, ja, en, name=f"Phone.{kind}", role=f"partner.{role}",
                 max_length=50) for kind, ja, en, role in kinds),
        column(at.format("DEFAULT", "PhoneAreaCode"), T, "市外局番", "Area code", name="Phone.DEFAULT.AreaCode",
               max_length=10),
        column(at.format("DEFAULT", "PhoneCountryCode"), T, "国番号", "Country code", name="Phone.DEFAULT.CountryCode",
               max_length=20),
    ]  # fmt: skip


_TERMS = choices(
    "DAYSAFTERBILLDATE=請求日から○日後=days after the invoice date|DAYSAFTERBILLMONTH=請求月末から○日後=days after the month"
    "|OFCURRENTMONTH=当月○日=of the current month|OFFOLLOWINGMONTH=翌月○日=of the following month"
)


def _terms(side: str, ja: str, en: str) -> list[Column]:
    at = f"PaymentTerms.{side}"
    return [
        column(f"{at}.Day", Kind.INTEGER, f"{ja} 日", f"{en}: day", minimum="0", maximum="31", **_FIXED),
        column(f"{at}.Type", Kind.CHOICE, f"{ja} 条件", f"{en}: kind", choices=_TERMS, **_FIXED),
    ]


_CONTACT = (
    column("Name", T, "取引先名", "Name", role="partner.name", required=True, unique=True, max_length=255,
           pattern=r"[^<>]*", **_FIXED),
    column("AccountNumber", T, "取引先コード", "Account number", role="partner.code", unique=True, max_length=50),
    column("ContactNumber", T, "外部ID", "Contact code", role="partner.external_id", unique=True, max_length=50,
           note="written through the API only"),
    column("FirstName", T, "担当者 名", "First name", role="partner.first_name", max_length=255),
    column("LastName", T, "担当者 姓", "Last name", role="partner.last_name", max_length=255),
    column("EmailAddress", Kind.EMAIL, "メールアドレス", "E-mail", role="partner.email", max_length=255),
    column("CompanyNumber", T, "法人番号", "Company number", role="partner.company_number", max_length=50),
    column("TaxNumber", T, "登録番号", "Tax number", role="partner.registration_number", max_length=50),
    *_phones(),
    *_address("POBOX", "請求先", "Billing address", ""),
    *_address("STREET", "所在地", "Street address", "street_"),
    column("DefaultCurrency", T, "通貨", "Currency", role="partner.currency", has_default=True, max_length=3, **_FIXED),
    *_terms("Sales", "入金期日", "Due date of invoices"),
    *_terms("Bills", "支払期日", "Due date of bills"),
    column("SalesDefaultAccountCode", T, "売上の勘定科目コード", "Sales account code"),
    column("PurchasesDefaultAccountCode", T, "仕入の勘定科目コード", "Purchases account code"),
    column("AccountsReceivableTaxType", Kind.REFERENCE, "売上の税率", "Sales tax rate", target="tax_rate", **_FIXED),
    column("AccountsPayableTaxType", Kind.REFERENCE, "仕入の税率", "Purchases tax rate", target="tax_rate", **_FIXED),
    lines("ContactPersons", "担当者", "Contact persons", (
        column("FirstName", T, "名", "First name", role="person.first_name", max_length=255),
        column("LastName", T, "姓", "Last name", role="person.last_name", max_length=255),
        column("EmailAddress", Kind.EMAIL, "メールアドレス", "E-mail", role="person.email", max_length=255),
        column("IncludeInEmails", FLAG, "メールに含める", "Include in e-mails", has_default=True, **_FIXED),
    ), role="partner.persons", note="five at most, replaced as a whole"),
    column("IsCustomer", FLAG, "得意先", "Customer", role="partner.is_customer", given=True),
    column("IsSupplier", FLAG, "仕入先", "Supplier", role="partner.is_supplier", given=True),
    _state("ContactStatus", "partner", "ACTIVE ARCHIVED GDPRREQUEST"),
)  # fmt: skip


def _side(at: str, ja: str, en: str, role: str) -> tuple[Column, ...]:
    return (
        column(f"{at}.UnitPrice", DEC, f"{ja}単価", f"{en} price", role=f"item.{role}", decimals=4, **_FIXED),
        column(f"{at}.AccountCode", T, f"{ja}の勘定科目コード", f"{en} account code", role=f"item.{role}_account"),
        column(
            f"{at}.TaxType", Kind.REFERENCE, f"{ja}の税率", f"{en} tax rate", role=f"item.{role}_tax", target="tax_rate"
        ),
    )


_ITEM = (
    column("Code", T, "品目コード", "Code", role="item.code", required=True, unique=True, max_length=30, **_FIXED),
    column("Name", T, "品目名", "Name", role="item.name", max_length=50),
    column("Description", LONG, "販売時の説明", "Sales description", role="item.description", max_length=4000),
    column("PurchaseDescription", LONG, "購入時の説明", "Purchase description", max_length=4000),
    *_side("SalesDetails", "販売", "Sales", "price"),
    *_side("PurchaseDetails", "購入", "Purchase", "cost"),
    column("IsSold", FLAG, "販売する", "Sold", has_default=True, **_FIXED),
    column("IsPurchased", FLAG, "購入する", "Purchased", has_default=True, **_FIXED),
    column("IsTrackedAsInventory", FLAG, "在庫管理", "Tracked as inventory", given=True),
    column("QuantityOnHand", DEC, "在庫数", "Quantity on hand", given=True),
)
_ACCOUNT = (
    column("Code", T, "コード", "Code", role="account_item.code", unique=True, max_length=10),
    column("Name", T, "勘定科目名", "Name", role="account_item.name", required=True, unique=True, max_length=150, **_FIXED),
    column("Type", T, "種類", "Type", role="account_item.category", required=True, **_FIXED),
    column("Description", LONG, "説明", "Description"),
    column("TaxType", Kind.REFERENCE, "税率", "Tax rate", role="account_item.tax_code", target="tax_rate",
           has_default=True, **_FIXED),
    column("BankAccountNumber", T, "口座番号", "Bank account number"),
    column("CurrencyCode", T, "通貨", "Currency", on_update=False, has_default=True),
    column("EnablePaymentsToAccount", FLAG, "入出金に使う", "Payments allowed", has_default=True, **_FIXED),
    column("Class", T, "区分", "Class", given=True),
    column("SystemAccount", T, "システム科目", "System account", given=True),
    _state("Status", "account_item", "ACTIVE ARCHIVED DELETED"),
)  # fmt: skip
_TAX = (
    column("Name", T, "税率名", "Name", role="tax_code.name", required=True, unique=True, **_FIXED),
    column("ReportTaxType", T, "申告区分", "Report type", on_update=False),
    lines("TaxComponents", "内訳", "Components", (
        column("Name", T, "名称", "Name", required=True),
        column("Rate", DEC, "率（%）", "Rate in %", required=True, decimals=4, **_FIXED),
        column("IsCompound", FLAG, "複利", "Compound", has_default=True, **_FIXED),
        column("IsNonRecoverable", FLAG, "控除対象外", "Non-recoverable", has_default=True, **_FIXED),
    ), required=True),
    column("EffectiveRate", DEC, "実効税率", "Effective rate", role="tax_code.rate", given=True),
    _state("Status", "tax_code", "ACTIVE DELETED ARCHIVED PENDING"),
)  # fmt: skip
_PAYMENT = (
    column("Invoice", Kind.REFERENCE, "売上請求書", "Invoice", target="invoice", role="payment.invoice", on_update=False,
           wire=refs("InvoiceID", "InvoiceNumber", as_object=True)),
    column("Bill", Kind.REFERENCE, "仕入請求書", "Bill", target="bill", role="payment.bill", send="Invoice", on_update=False,
           wire=refs("InvoiceID", "InvoiceNumber", as_object=True)),
    column("CreditNote", Kind.REFERENCE, "クレジットノート", "Credit note", target="credit_note", on_update=False,
           wire=refs("CreditNoteID", "CreditNoteNumber", as_object=True)),
    column("Account", Kind.REFERENCE, "口座", "Account", target="account", role="payment.account", required=True,
           on_update=False, wire=refs("AccountID", "Name", as_object=True)),
    column("Date", DATE, "日付", "Date", role="payment.date", required=True, on_update=False, **_FIXED),
    column("Amount", MONEY, "金額", "Amount", role="payment.amount", required=True, on_update=False, **_FIXED),
    column("CurrencyRate", DEC, "為替レート", "Exchange rate", has_default=True, on_update=False, **_FIXED),
    column("Reference", T, "参照", "Reference", role="payment.reference", on_update=False),
    column("IsReconciled", FLAG, "消込済み", "Reconciled", has_default=True, on_update=False, **_FIXED),
    column("PaymentType", T, "種類", "Kind", given=True),
    _state("Status", "payment", "AUTHORISED DELETED"),
)  # fmt: skip
_CREDIT_KINDS = choices("ACCRECCREDIT=売上=Sales|ACCPAYCREDIT=仕入=Purchases")
_PLAIN: Mapping[str, tuple[Column, ...]] = {
    "contact": _CONTACT,
    "item": _ITEM,
    "account": _ACCOUNT,
    "tax_rate": _TAX,
    "payment": _PAYMENT,
    "tracking_category": (
        column("Name", T, "名称", "Name", role="section_group.name", required=True, unique=True, max_length=100, **_FIXED),
        _state("Status", "section_group", "ACTIVE ARCHIVED DELETED"),
    ),
    "currency": (
        column("Code", T, "コード", "Code", role="currency.code", required=True, max_length=3, on_update=False, **_FIXED),
        column("Description", T, "名称", "Name", role="currency.name", on_update=False),
    ),
    "user": (
        column("EmailAddress", Kind.EMAIL, "メールアドレス", "E-mail", role="user.email", given=True),
        column("FirstName", T, "名", "First name", role="user.first_name", given=True),
        column("LastName", T, "姓", "Last name", role="user.last_name", given=True),
        column("OrganisationRole", T, "権限", "Role", given=True),
    ),
}  # fmt: skip


def _documents(object: str, tracking: Sequence[Json]) -> tuple[Column, ...]:
    due = _days("DueDate", "支払期日", "Due date", role=f"{object}.due", has_default=True)
    paid = (
        column("AmountDue", MONEY, "残高", "Amount due", role=f"{object}.balance", given=True),
        column("AmountPaid", MONEY, "支払済額", "Amount paid", role=f"{object}.paid", given=True),
        _days("FullyPaidOnDate", "完済日", "Paid on", role=f"{object}.paid_on", given=True),
    )
    states = "DRAFT SUBMITTED AUTHORISED PAID VOIDED DELETED"
    source = column("Url", Kind.URL, "元データのURL", "Address of the source", role=f"{object}.source_url")
    if object == "invoice":
        number = _number("InvoiceNumber", object, "請求書番号", "Invoice number", unique=True)
        return _document(
            object, number, due, source, column("SentToContact", FLAG, "送付済み", "Sent", role="invoice.sent", given=True),
            *paid, states=states, discounts=True, tracking=tracking,
        )  # fmt: skip
    if object == "bill":
        number = _number("InvoiceNumber", object, "請求書番号", "Number", has_default=False, note="not unique in Xero")
        planned = _days("PlannedPaymentDate", "支払予定日", "Planned payment")
        made = _document(object, number, due, source, planned, *paid, states=states, tracking=tracking)
        return tuple(c for c in made if c.name != "Reference")  # bills have no reference of their own
    if object == "quote":
        number = _number("QuoteNumber", object, "見積書番号", "Quote number", unique=True)
        more: tuple[Column, ...] = (
            _days("ExpiryDate", "有効期限", "Expires", role="quote.due"),
            column("Title", T, "件名", "Title", role="quote.title", max_length=100),
            column("Summary", LONG, "概要", "Summary", role="quote.note", max_length=3000),
            column("Terms", LONG, "取引条件", "Terms", role="quote.terms", max_length=4000),
        )
        states, mode = "DRAFT SENT ACCEPTED DECLINED INVOICED DELETED", _QUOTE_MODES
        return _document(
            object, number, *more, states=states, first="DRAFT", mode=mode, discounts=True, tracking=tracking,
            reference=4000,
        )  # fmt: skip
    if object == "purchase_order":
        number = _number("PurchaseOrderNumber", object, "発注書番号", "Order number", unique=True)
        more = (
            _days("DeliveryDate", "納期", "Delivery date", role="purchase_order.due"),
            column("DeliveryAddress", LONG, "納品先", "Delivery address", role="purchase_order.delivery_address"),
            column("AttentionTo", T, "宛名", "Attention", role="purchase_order.attention"),
            column("Telephone", Kind.PHONE, "電話番号", "Telephone"),
            column("DeliveryInstructions", LONG, "納品の指示", "Delivery instructions", role="purchase_order.note",
                   max_length=500),
        )  # fmt: skip
        return _document(object, number, *more, states="DRAFT SUBMITTED AUTHORISED BILLED DELETED", tracking=tracking)
    if object == "credit_note":
        number = _number("CreditNoteNumber", object, "番号", "Number")
        kind = column("Type", Kind.CHOICE, "種類", "Kind", role="credit_note.type", choices=_CREDIT_KINDS, required=True,
                      on_update=False, **_FIXED)  # fmt: skip
        rest = column("RemainingCredit", MONEY, "未充当額", "Remaining", role="credit_note.balance", given=True)
        return _document(object, number, kind, rest, states=states, tracking=tracking)
    number = column("ReceiptNumber", T, "番号", "Number", role="expense.number", given=True)
    who = column("User", Kind.REFERENCE, "ユーザー", "User", target="user", role="expense.user", required=True,
                 wire=refs("UserID", "EmailAddress", as_object=True), **_FIXED)  # fmt: skip
    return tuple(
        c
        for c in _document("expense", number, who, states="DRAFT SUBMITTED AUTHORISED VOIDED", first="DRAFT", tracking=tracking)
        if c.name not in ("CurrencyCode", "CurrencyRate")
    )  # fmt: skip


def table(object: str, tracking: Sequence[Json] = ()) -> Table:
    """The table of an object; ``tracking`` are the organisation's categories, for the lines of documents."""
    if object.startswith("tracking:"):
        own = (
            column(
                "Name", T, "名称", "Name", role="section.name", required=True, unique=True, max_length=100, **_FIXED
            ),
            _state("Status", "section", "ACTIVE ARCHIVED DELETED"),
        )
        return _table(object, "TrackingOptionID", "section", own, changed=False)
    place, role = PLACES[object], BY_NAME[object].role
    columns = _PLAIN[object] if object in _PLAIN else _documents(object, tracking)
    return _table(object, place.id, role, columns, changed=place.since, link=bool(place.link))


def _table(object: str, id: str, role: str, columns: tuple[Column, ...], *, changed: bool, link: bool = False) -> Table:
    ends = [column(id, Kind.IDENTIFIER, "ID", "ID", name="id", role=f"{role}.id", unique=True, given=True)]
    if changed:
        ends.append(column("UpdatedDateUTC", Kind.DATETIME, "更新日時", "Updated at", given=True))
    if link:
        ends.append(linked("XeroのURL", "Address in Xero", role=f"{role}.url"))
    return Table(
        object, (*columns, *ends), id=id, changed="UpdatedDateUTC" if changed else None, wires=WIRES, omits=True,
        archived=lambda row: bool({row.get("Status"), row.get("ContactStatus")} & _GONE),
    )  # fmt: skip
