"""What Zoho Billing (formerly Subscriptions) is: its objects, their places and fields. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from choai.connectors.contract import READ_ONLY, ObjectSpec
from choai.connectors.declared import PDF, Move
from choai.connectors.fields import Column, Table, column, lines
from choai.connectors.zoho.columns import (
    DEC,
    FIXED,
    FLAG,
    LONG,
    MORE,
    address,
    currency,
    day,
    money,
    ref,
    state,
    table,
    text,
)
from choai.connectors.zoho.product import EMAIL, Place, Product, kind, spec
from choai.connectors.zoho.tables import TAX, columns, item
from choai.model.schema import choices
from choai.model.values import Kind

_ACTIVE: tuple[Move, ...] = (
    ("activate", "有効にする", "Mark as active", "markasactive", ("inactive",)),
    ("deactivate", "無効にする", "Mark as inactive", "markasinactive", ("active",)),
)
_CHANGED: dict[str, Any] = {"since": "rows", "changed": "updated_time"}
PLACES: Mapping[str, Place] = {
    "customer": Place(
        "customers", "customer_id", "customer", repeats=("display_name", "email"), moves=_ACTIVE, link="/customers/{id}",
        **_CHANGED,
    ),
    "product": Place(
        "products", "product_id", "product", details=False, repeats=("name",), moves=_ACTIVE, link="/products/{id}", **_CHANGED,
    ),
    "plan": Place(
        "plans", "plan_code", "plan", repeats=("plan_code", "name", "recurring_price", "interval"), moves=_ACTIVE,
        link="/plans/{id}", **_CHANGED,
    ),
    "subscription": Place(
        "subscriptions", "subscription_id", "subscription", link="/subscriptions/{id}", moves=(
            ("stop_renewal", "期間の終わりに解約する", "Cancel at the end of the term", "cancel?cancel_at_end=true",
             ("live", "trial")),
            ("cancel", "すぐに解約する", "Cancel now", "cancel?cancel_at_end=false", ("live", "trial", "non_renewing", "unpaid")),
            ("reactivate", "再開する", "Reactivate", "reactivate", ("non_renewing",)),
        ), **_CHANGED,
    ),
    "estimate": Place(
        "estimates", "estimate_id", "estimate", since="rows", number="estimate_number", repeats=("customer_id", "line_items"),
        link="/quotes/{id}", moves=(
            ("send", "送信済みにする", "Mark as sent", "status/sent", ("draft", "approved")),
            ("accept", "承諾済みにする", "Mark as accepted", "status/accepted", ("sent", "viewed", "declined")),
            ("decline", "辞退にする", "Mark as declined", "status/declined", ("sent", "viewed", "accepted")),
        ),
    ),
    "invoice": Place(
        "invoices", "invoice_id", "invoice", number="invoice_number", repeats=("customer_id", "invoice_items"),
        link="/invoices/{id}",
        other={"number": "invoice_number", "invoice_date": "date"}, moves=(
            ("open", "確定する", "Convert to open", "converttoopen", ("draft", "pending")),
            ("void", "無効にする", "Void", "void", ("draft", "sent", "overdue", "unpaid")),
        ), **_CHANGED,
    ),
    "payment": Place(
        "payments", "payment_id", "payment", repeats=("customer_id", "payment_mode", "amount", "date", "invoices"),
        link="/payments/{id}",
    ),
    "item": Place("items", "item_id", "item", repeats=("name", "rate"), link="/items/{id}", moves=(
        ("activate", "有効にする", "Mark as active", "active", ("inactive",)),
        ("deactivate", "無効にする", "Mark as inactive", "inactive", ("active",)),
    )),
    "tax": Place("settings/taxes", "tax_id", "tax", details=False, custom=False, single=False, link="/settings/taxes/{id}"),
}  # fmt: skip


def _object(name: str, ja: str, en: str, role: str, keys: tuple[str, ...] = (), **more: Any) -> ObjectSpec:
    return kind(PLACES[name], name, ja, en, role, keys, **more)


OBJECTS: Mapping[str, ObjectSpec] = {
    made.name: made
    for made in (
        _object("customer", "顧客", "Customers", "partner", ("display_name", "email")),
        _object("product", "製品", "Products", "product", ("name",)),
        _object("plan", "プラン", "Plans", "plan", ("plan_code", "name")),
        _object("subscription", "サブスクリプション", "Subscriptions", "subscription", ("reference_id",), can_update=False),
        _object("estimate", "見積書", "Quotes", "quote", ("estimate_number", "reference_number"), also=(EMAIL, PDF)),
        _object("invoice", "請求書", "Invoices", "invoice", ("number",), also=(EMAIL, PDF)),
        _object("payment", "入金", "Payments", "payment", ("reference_number",), stamp_field="reference_number",
                plan_gate="payment_list"),
        _object("item", "品目", "Items", "item", ("name", "sku")),
        _object("tax", "税", "Taxes", "tax_code", **READ_ONLY),
    )
}  # fmt: skip
_UNITS = choices("days=日=Days|weeks=週=Weeks|months=か月=Months|years=年=Years")


def _lines() -> Column:
    inner = (
        ref("product_id", "品目", "Item", "item", "line.item", "name", required=True, **FIXED),
        text("name", "品名", "Name", "line.name", 100),
        column("description", LONG, "摘要", "Description", role="line.description", max_length=2000),
        column("quantity", DEC, "数量", "Quantity", role="line.quantity", has_default=True, **FIXED),
        column("price", DEC, "単価", "Price", role="line.price", **FIXED),
        ref("tax_id", "税", "Tax", "tax", "line.tax", "tax_name"),
        money("item_total", "金額", "Amount", "line.amount", given=True),
    )
    return lines("invoice_items", "明細", "Lines", inner, id="item_id", role="invoice.lines", required=True, **MORE)


_FIELDS: Mapping[str, tuple[Column, ...]] = {
    "customer": (
        text("display_name", "表示名", "Display name", "partner.name", 200, required=True, unique=True, **FIXED),
        column("email", Kind.EMAIL, "メールアドレス", "E-mail", role="partner.email", max_length=100, required=True, **FIXED),
        text("company_name", "会社名", "Company name", "partner.company_name", 200),
        text("first_name", "名", "First name", "partner.first_name", 100),
        text("last_name", "姓", "Last name", "partner.last_name", 100),
        column("phone", Kind.PHONE, "電話番号", "Telephone", role="partner.phone", max_length=50),
        column("mobile", Kind.PHONE, "携帯電話", "Mobile", role="partner.mobile", max_length=50),
        column("website", Kind.URL, "Webサイト", "Website", role="partner.website"),
        text("designation", "役職", "Designation", "partner.position", 100),
        text("department", "部署", "Department", "partner.department", 100),
        currency("partner", on_update=False),
        text("payment_terms_label", "支払条件", "Payment terms", "partner.terms", 200, has_default=True, **MORE, **FIXED),
        *(c for c in address("billing_address", "請求先", "Billing address", "", "street") if "phone" not in c.name),
        *(c for c in address("shipping_address", "配送先", "Shipping address", "delivery_", "street") if "phone" not in c.name),
        column("notes", LONG, "備考", "Notes", role="partner.note", **MORE),
        money("outstanding", "残高", "Outstanding", "partner.balance", given=True),
        column("status", Kind.CHOICE, "状態", "Status", role="partner.status", given=True, **MORE,
               choices=choices("active=有効=Active|inactive=無効化=Inactive")),
    ),
    "product": (
        text("name", "製品名", "Name", "product.name", 100, required=True, unique=True, **FIXED),
        column("description", LONG, "説明", "Description", role="product.description"),
        text("email_ids", "通知先", "Mail to"),
        column("redirect_url", Kind.URL, "戻り先", "Redirect to"),
        state("product", "active inactive"),
    ),
    "plan": (
        text("plan_code", "プランコード", "Plan code", "plan.code", 100, required=True, unique=True, on_update=False, **FIXED),
        text("name", "プラン名", "Name", "plan.name", 100, required=True, **FIXED),
        ref("product_id", "製品", "Product", "product", "plan.product", required=True, on_update=False, **FIXED),
        column("recurring_price", DEC, "価格", "Price", role="plan.price", required=True, **FIXED),
        column("interval", Kind.INTEGER, "間隔", "Interval", role="plan.interval", required=True, minimum="1", **FIXED),
        column("interval_unit", Kind.CHOICE, "間隔の単位", "Interval unit", role="plan.interval_unit", choices=_UNITS,
               has_default=True, **FIXED),
        column("billing_cycles", Kind.INTEGER, "回数（-1は無期限）", "Cycles (-1: no end)", has_default=True, **FIXED),
        column("trial_period", Kind.INTEGER, "試用日数", "Trial in days", has_default=True, **FIXED),
        money("setup_fee", "初期費用", "Setup fee", "plan.setup_fee", has_default=True),
        text("unit", "単位", "Unit", "plan.unit", 100),
        column("description", LONG, "説明", "Description", role="plan.description"),
        ref("tax_id", "税", "Tax", "tax", "plan.tax"),
        state("plan", "active inactive"),
    ),
    "subscription": (
        ref("customer_id", "顧客", "Customer", "customer", "subscription.partner", "customer_name", required=True, **FIXED),
        ref("plan.plan_code", "プラン", "Plan", "plan", "subscription.plan", name="plan", required=True, **MORE, **FIXED),
        column("plan.price", DEC, "単価", "Price", name="price", role="subscription.price", has_default=True, **MORE,
               **FIXED),
        column("plan.quantity", DEC, "数量", "Quantity", name="quantity", role="subscription.quantity", has_default=True,
               **MORE, **FIXED),
        text("reference_id", "外部ID", "Reference", "subscription.reference", 100, unique=True),
        day("starts_at", "開始日", "Starts on", "subscription.start", has_default=True, **MORE,
            note="Zoho does not tell it again"),
        column("auto_collect", FLAG, "自動で集金", "Collect automatically", has_default=True, **FIXED),
        text("name", "名称", "Name", "subscription.name", given=True),
        state("subscription", "live trial future dunning unpaid non_renewing cancelled cancelled_from_dunning creation_failed"
              " expired trial_expired"),
        money("amount", "金額", "Amount", "subscription.total", given=True),
        day("current_term_starts_at", "今期の開始日", "Term from", "subscription.term_start", given=True),
        day("current_term_ends_at", "今期の終了日", "Term to", "subscription.term_end", given=True),
        day("next_billing_at", "次回請求日", "Next billing", "subscription.next", given=True),
        text("currency_code", "通貨", "Currency", "subscription.currency", given=True),
    ),
    "invoice": (
        text("number", "請求書番号", "Invoice number", "invoice.number", 100, send="invoice_number", unique=True,
             has_default=True, **FIXED),
        ref("customer_id", "顧客", "Customer", "customer", "invoice.partner", "customer_name", required=True, **FIXED),
        day("invoice_date", "日付", "Date", "invoice.date", send="date", required=True),
        day("due_date", "支払期日", "Due date", "invoice.due", has_default=True),
        text("reference_number", "参照番号", "Reference number", "invoice.reference", 100, **MORE),
        _lines(),
        column("notes", LONG, "備考", "Notes", role="invoice.note", **MORE),
        text("currency_code", "通貨", "Currency", "invoice.currency", given=True),
        state("invoice", "draft pending sent overdue unpaid partially_paid paid void"),
        money("total", "合計", "Total", "invoice.total", given=True),
        money("balance", "残高", "Balance", "invoice.balance", given=True),
    ),
    "tax": TAX,
    "item": tuple(c for c in item() if not c.name.startswith(("purchase", "item_type"))),
}  # fmt: skip


def _fitting(found: Column) -> Column | None:
    """A column of Books with Billing's objects; None for what points to accounts. A paper's currency is its customer's."""
    inner = tuple(c for one in found.inner if (c := _fitting(one)) is not None)
    target = _POINTED.get(found.field.target or "", found.field.target)
    if target is not None and target not in PLACES:
        return None
    fixed: dict[str, Any] = {"on_create": False, "on_update": False} if found.name in _FOLLOWS else {}
    return replace(
        found, inner=inner, field=replace(found.field, target=target, fields=tuple(c.field for c in inner), **fixed)
    )


_POINTED, _FOLLOWS = {"contact": "customer"}, ("currency_code", "exchange_rate")


@cache
def _columns(object: str) -> tuple[Column, ...]:
    if object in _FIELDS:
        return _FIELDS[object]
    return tuple(c for one in columns(object) if (c := _fitting(one)) is not None)


def _table(object: str) -> Table:
    place = PLACES[object]
    return table(
        object,
        place.id,
        OBJECTS[object].role,
        _columns(object),
        place.changed if place.since else None,
        link=bool(place.link),
    )


PRODUCT = Product(
    service="zoho_billing", base="/billing/v1", web="billing", organisation="X-com-zoho-subscriptions-organizationid",
    in_query=False, places=PLACES, tables=_table, probes={"payment_list": "payments"},
)  # fmt: skip
_AREAS = ("customers", "products", "plans", "subscriptions", "quotes", "invoices", "payments", "items", "settings")
SCOPES = tuple(f"ZohoSubscriptions.{area}.{right}" for area in _AREAS for right in ("CREATE", "READ", "UPDATE"))
SPEC = spec("zoho_billing", "Zoho Billing", tuple(OBJECTS.values()), SCOPES)
