"""The tables of Zoho Books and Zoho Invoice; Billing and Expense take from here what they share."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

from choai.connectors.fields import Column, column, lines
from choai.connectors.zoho.columns import (
    DEC,
    DISCOUNT,
    FIXED,
    FLAG,
    LONG,
    MORE,
    address,
    currency,
    day,
    money,
    person,
    rate,
    ref,
    state,
    text,
)
from choai.model.schema import choices
from choai.model.values import Kind


def primary() -> tuple[Column, ...]:
    """The primary person of a contact: flat in lists, and written into the list of persons (writing.py)."""
    kinds = person("")
    return tuple(
        replace(c, send=("primary", c.name), field=replace(c.field, role=c.field.role.replace("person.", "partner.")))
        for c in kinds
        if c.field.role
    )


def partner(side: str) -> tuple[Column, ...]:
    """A contact. ``side``: customer or vendor."""
    persons = (
        text("salutation", "敬称", "Salutation", "person.title", 25),
        *person(""),
        text("designation", "役職", "Designation", "person.position", 100),
        text("department", "部署", "Department", "person.department", 50),
        column("is_primary_contact", FLAG, "主担当", "Primary", has_default=True, **FIXED),
    )
    sums = "receivable" if side == "customer" else "payable"
    return (
        text("contact_name", "表示名", "Display name", "partner.name", 200, required=True, unique=True, **FIXED),
        text("company_name", "会社名", "Company name", "partner.company_name", 200),
        text("contact_number", "取引先番号", "Number", "partner.code", 200, unique=True, has_default=True, **MORE, **FIXED),
        *primary(),
        column("website", Kind.URL, "Webサイト", "Website", role="partner.website", **MORE),
        column("notes", LONG, "備考", "Notes", role="partner.note", **MORE),
        currency("partner"),
        column("payment_terms", Kind.INTEGER, "支払条件（日数）", "Payment terms in days", role="partner.terms_days",
               has_default=True, **FIXED),
        text("payment_terms_label", "支払条件", "Payment terms", "partner.terms", 200, has_default=True, **FIXED),
        text("language_code", "言語", "Language", None, 10, has_default=True, **MORE, **FIXED),
        *address("billing_address", "請求先", "Billing address", ""),
        *address("shipping_address", "配送先", "Shipping address", "delivery_"),
        lines("contact_persons", "担当者", "Contact persons", persons, id="contact_person_id", role="partner.persons", **MORE),
        money(f"outstanding_{sums}_amount", "残高", "Outstanding", "partner.balance", given=True),
        state("partner", "active inactive crm duplicate"),
        column("created_time", Kind.DATETIME, "作成日時", "Created at", given=True),
    )  # fmt: skip


def item() -> tuple[Column, ...]:
    kinds = choices("goods=商品=Goods|service=サービス=Service|digital_service=デジタルサービス=Digital service")
    types = choices(
        "sales=販売=Sales|purchases=購入=Purchases|sales_and_purchases=販売と購入=Both|inventory=在庫=Inventory"
    )
    return (
        text("name", "品目名", "Name", "item.name", 100, required=True, unique=True, **FIXED),
        text("sku", "SKU", "SKU", "item.code", 100, unique=True),
        column("rate", DEC, "単価", "Rate", role="item.price", required=True, **FIXED),
        text("unit", "単位", "Unit", "item.unit", 100),
        column("description", LONG, "説明", "Description", role="item.description", max_length=2000),
        ref("tax_id", "税", "Tax", "tax", "item.tax", "tax_name"),
        column("product_type", Kind.CHOICE, "種類", "Kind", role="item.type", choices=kinds, has_default=True, **FIXED),
        column("item_type", Kind.CHOICE, "取引", "Sold or bought", choices=types, has_default=True, **MORE, **FIXED),
        column("purchase_rate", DEC, "仕入単価", "Purchase rate", role="item.cost", **MORE, **FIXED),
        column("purchase_description", LONG, "仕入時の説明", "Purchase description", max_length=2000, **MORE),
        state("item", "active inactive"),
    )  # fmt: skip


def line_items(role: str, *, accounts: bool = False, item_named: bool = True) -> Column:
    inner = [
        ref("item_id", "品目", "Item", "item", "line.item", "name"),
        *([text("name", "品名", "Name", "line.name", 100)] if item_named else []),
        column("description", LONG, "摘要", "Description", role="line.description", max_length=2000),
        column("quantity", DEC, "数量", "Quantity", role="line.quantity", has_default=True, **FIXED),
        text("unit", "単位", "Unit", "line.unit", 100),
        column("rate", DEC, "単価", "Rate", role="line.price", **FIXED),
        text("discount", "値引き（金額または%）", "Discount (amount or %)", "line.discount", 20, wire=DISCOUNT,
             has_default=True, **FIXED),
        ref("tax_id", "税", "Tax", "tax", "line.tax", "tax_name"),
        money("item_total", "金額", "Amount", "line.amount", given=True),
    ]  # fmt: skip
    if accounts:
        inner.insert(1, ref("account_id", "勘定科目", "Account", "account", "line.account", "account_name"))
    return lines("line_items", "明細", "Lines", inner, id="line_item_id", role=f"{role}.lines", required=True, **MORE)


def document(role: str, number: Column, states: str, *more: Column, vendor: bool = False) -> tuple[Column, ...]:
    """A paper with lines."""
    party = ref("vendor_id", "仕入先", "Vendor", "vendor", f"{role}.partner", "vendor_name", required=True, **FIXED)
    if not vendor:
        party = ref(
            "customer_id", "顧客", "Customer", "contact", f"{role}.partner", "customer_name", required=True, **FIXED
        )
    return (
        number,
        party,
        day("date", "日付", "Date", f"{role}.date", has_default=role != "credit_note", required=role == "credit_note"),
        *more,
        text("reference_number", "参照番号", "Reference number", f"{role}.reference", 100),
        currency(role),
        rate(role),
        column("is_inclusive_tax", FLAG, "税込", "Tax included", role=f"{role}.tax_included", has_default=True, **MORE, **FIXED),
        line_items(role, accounts=vendor),
        column("notes", LONG, "備考", "Notes", role=f"{role}.note", **MORE),
        column("terms", LONG, "取引条件", "Terms", role=f"{role}.terms", **MORE),
        state(role, states),
        money("sub_total", "小計", "Subtotal", f"{role}.subtotal", given=True, **MORE),
        money("tax_total", "消費税", "Tax", f"{role}.tax_total", given=True, **MORE),
        money("total", "合計", "Total", f"{role}.total", given=True),
        column("created_time", Kind.DATETIME, "作成日時", "Created at", given=True),
    )  # fmt: skip


def number(at: str, role: str, ja: str, en: str, **more: Any) -> Column:
    return text(at, ja, en, f"{role}.number", 100, **{"unique": True, "has_default": True, **FIXED, **more})


def _sales(object: str) -> tuple[Column, ...]:
    discount = text("discount", "値引き（金額または%）", "Discount (amount or %)", f"{object}.discount", 20, wire=DISCOUNT,
                    has_default=True, **MORE, **FIXED)  # fmt: skip
    seller = text("salesperson_name", "営業担当", "Salesperson", f"{object}.owner_name", 200, **MORE)
    balance = money("balance", "残高", "Balance", f"{object}.balance", given=True)
    due = day("due_date", "支払期日", "Due date", f"{object}.due", has_default=True)
    if object == "estimate":
        states = (
            "draft pending_approval approved rejected sent viewed accepted declined expired invoiced partially_invoiced"
        )
        return document(
            "quote", number("estimate_number", "quote", "見積書番号", "Estimate number"),
            f"{states} signed pending_signature", day("expiry_date", "有効期限", "Expiry date", "quote.due"), discount, seller,
        )  # fmt: skip
    if object == "salesorder":
        states = "draft pending_approval approved open partially_invoiced invoiced overdue onhold closed void"
        return document(
            "sales_order", number("salesorder_number", "sales_order", "受注書番号", "Order number"), states,
            day("shipment_date", "出荷予定日", "Shipment date", "sales_order.due"), discount, seller,
        )  # fmt: skip
    if object == "creditnote":
        return document(
            "credit_note", number("creditnote_number", "credit_note", "番号", "Number"),
            "draft pending_approval approved open closed void", balance,
        )  # fmt: skip
    return document(
        "invoice", number("invoice_number", "invoice", "請求書番号", "Invoice number"),
        "draft pending_approval approved sent viewed overdue unpaid partially_paid paid void", due, discount, seller, balance,
        column("is_emailed", FLAG, "メール送信済み", "E-mailed", role="invoice.sent", given=True),
        column("invoice_url", Kind.URL, "公開URL", "Public address", role="invoice.public_url", given=True, **MORE),
    )  # fmt: skip


def _purchases(object: str) -> tuple[Column, ...]:
    if object == "purchaseorder":
        states = (
            "draft pending_approval approved rejected open partially_received received partially_billed billed closed"
        )
        return document(
            "purchase_order", number("purchaseorder_number", "purchase_order", "発注書番号", "Order number"),
            f"{states} cancelled", day("delivery_date", "納期", "Delivery date", "purchase_order.due"),
            text("ship_via", "配送方法", "Ship via", None, 100, **MORE),
            text("attention", "宛名", "Attention", "purchase_order.attention", 100, **MORE), vendor=True,
        )  # fmt: skip
    return document(
        "bill", number("bill_number", "bill", "請求書番号", "Bill number", unique=False, has_default=False, required=True),
        "draft pending_approval approved open unpaid partially_paid overdue paid void",
        day("due_date", "支払期日", "Due date", "bill.due", has_default=True),
        money("balance", "残高", "Balance", "bill.balance", given=True), vendor=True,
    )  # fmt: skip


MODES = choices(
    "check=小切手=Cheque|cash=現金=Cash|creditcard=クレジットカード=Credit card|banktransfer=銀行振込=Bank transfer"
    "|bankremittance=送金=Bank remittance|autotransaction=自動=Automatic|others=その他=Others"
)


def payment(side: str, applied: str) -> tuple[Column, ...]:
    """Money received or paid. ``applied``: invoice or bill."""
    party = ref(
        "customer_id", "顧客", "Customer", "contact", "payment.partner", "customer_name", required=True, **MORE, **FIXED
    )
    account = ref("account_id", "入金口座", "Deposit to", "account", "payment.account", "account_name", **MORE, **FIXED)
    told: dict[str, Any] = MORE
    if side == "vendor":
        party = ref("vendor_id", "仕入先", "Vendor", "vendor", "payment.partner", "vendor_name", required=True, **FIXED)
        account = ref("paid_through_account_id", "支払口座", "Paid through", "account", "payment.account",
                      "paid_through_account_name", **FIXED)  # fmt: skip
        told = {}
    papers = (
        ref(
            f"{applied}_id", "対象", "Paper", applied, f"payment.{applied}", f"{applied}_number", required=True, **FIXED
        ),
        money("amount_applied", "充当額", "Amount applied", "payment.applied", required=True),
    )
    return (
        party,
        day("date", "日付", "Date", "payment.date", required=True),
        money("amount", "金額", "Amount", "payment.amount", required=True),
        column("payment_mode", Kind.CHOICE, "支払方法", "Mode", role="payment.method", choices=MODES, required=side == "customer",
               has_default=side == "vendor", **FIXED),
        text("reference_number", "参照番号", "Reference number", "payment.reference", 100, **told),
        column("description", LONG, "摘要", "Description", role="payment.note", max_length=500, **told),
        rate("payment"),
        account,
        lines(f"{applied}s", "充当先", "Applied to", papers, role="payment.lines", **MORE, **FIXED),
    )  # fmt: skip


def expense(paid_through: bool = True) -> tuple[Column, ...]:
    through = ref("paid_through_account_id", "支払元の口座", "Paid through", "account", "expense.paid_from",
                  "paid_through_account_name", required=paid_through, **MORE, **FIXED)  # fmt: skip
    return (
        day("date", "日付", "Date", "expense.date", required=True),
        ref("account_id", "勘定科目", "Account", "account", "expense.account", "account_name", required=True, **MORE, **FIXED),
        money("amount", "金額", "Amount", "expense.amount", required=True, **MORE),
        through,
        ref("tax_id", "税", "Tax", "tax", "expense.tax", "tax_name", **MORE),
        column("is_inclusive_tax", FLAG, "税込", "Tax included", has_default=True, **MORE, **FIXED),
        currency("expense"),
        rate("expense"),
        ref("customer_id", "顧客", "Customer", "contact", "expense.customer", "customer_name"),
        *([ref("vendor_id", "仕入先", "Vendor", "vendor", "expense.partner", "vendor_name", **MORE)] if paid_through else []),
        column("is_billable", FLAG, "顧客に請求", "Billable", has_default=True, **FIXED),
        text("reference_number", "参照番号", "Reference number", "expense.reference", 100),
        text("description", "摘要", "Description", "expense.note", 100),
        state("expense", "unbilled invoiced reimbursed non-billable billable"),
        money("total", "合計", "Total", "expense.total", given=True),
    )  # fmt: skip


CURRENCY = (
    text("currency_code", "コード", "Code", "currency.code", 3, required=True, on_update=False, **FIXED),
    text("currency_name", "名称", "Name", "currency.name", given=True),
    text("currency_symbol", "記号", "Symbol", None, 4, has_default=True, **FIXED),
    column(
        "price_precision", Kind.INTEGER, "小数の桁数", "Decimals", has_default=True, minimum="0", maximum="3", **FIXED
    ),
    text("currency_format", "書式", "Format", required=True, has_default=True, **FIXED),
    column("is_base_currency", FLAG, "基準通貨", "Base currency", given=True),
    column("exchange_rate", DEC, "為替レート", "Exchange rate", role="currency.rate", given=True),
    day("effective_date", "適用日", "From", given=True),
)
RATE = (
    day("effective_date", "適用日", "From", "rate.date", required=True),
    column("rate", DEC, "レート", "Rate", role="rate.rate", required=True, **FIXED,
           note="units of the organisation's currency for one of this"),
)  # fmt: skip
TAX = (
    text("tax_name", "税名", "Name", "tax_code.name", 100, required=True, unique=True, **FIXED),
    column("tax_percentage", DEC, "税率（%）", "Rate in %", role="tax_code.rate", required=True, **FIXED),
    column("tax_type", Kind.CHOICE, "種類", "Kind", has_default=True, **FIXED,
           choices=choices("tax=税=Tax|compound_tax=複合税=Compound tax|tax_group=税グループ=Group")),
    column("is_default_tax", FLAG, "既定", "Default", given=True),
)  # fmt: skip
ACCOUNT = (
    text("account_name", "勘定科目名", "Name", "account_item.name", given=True),
    text("account_code", "コード", "Code", "account_item.code", given=True),
    text("account_type", "種類", "Type", "account_item.category", given=True),
    column("is_active", FLAG, "有効", "Active", given=True),
)
USER = (
    text("name", "名前", "Name", "user.name", given=True),
    column("email", Kind.EMAIL, "メールアドレス", "E-mail", role="user.email", given=True),
    text("user_role", "役割", "Role", given=True),
    state("user", "active inactive invited"),
)


@cache
def columns(object: str) -> tuple[Column, ...]:
    """The fields of an object of Books or Invoice."""
    if object in ("contact", "vendor"):
        return partner("customer" if object == "contact" else "vendor")
    if object in ("estimate", "salesorder", "invoice", "creditnote"):
        return _sales(object)
    if object in ("purchaseorder", "bill"):
        return _purchases(object)
    if object.startswith("rates:"):
        return RATE
    fixed = {
        "item": item(),
        "payment": payment("customer", "invoice"),
        "vendor_payment": payment("vendor", "bill"),
        "expense": expense(),
        "currency": CURRENCY,
        "tax": TAX,
        "account": ACCOUNT,
        "user": USER,
    }
    return fixed[object]
