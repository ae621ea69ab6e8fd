"""Valid records of Zoho Books and Zoho Invoice, made of what their sandboxes hold."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from choai.model.values import Ref, Row, Value
from contract.case import Values

New = Callable[[int], Values]
TAX, CASH, COSTS = "982000000000201", "982000000000301", "982000000000306"
BUYS: dict[str, Value] = {"account_id": Ref("982000000000305")}
ACTIVE = (("deactivate", "inactive", ""), ("activate", "active", "deactivate"))
ESTIMATES = (("send", "sent", ""), ("accept", "accepted", "send"), ("decline", "declined", "send"))
INVOICES = (("send", "sent", ""), ("void", "void", "send"), ("draft", "draft", "send void"))


def id_of(tables: Any, table: str, **wanted: Any) -> str:
    found: str = next(id for id, row in tables[table].items() if all(row.get(k) == v for k, v in wanted.items()))
    return found


def contact(n: int, kind: str = "顧客") -> Values:
    persons: Value = [
        Row(None, {"first_name": "花子", "last_name": "青空", "email": f"h{n}@example.jp", "is_primary_contact": True}),
        Row(None, {"first_name": "太郎", "last_name": "𠮷野", "department": "経理部", "is_primary_contact": False}),
    ]
    return {
        "contact_name": f"契約試験{kind}{n:03}商事",
        "company_name": "契約試験株式会社",
        "contact_number": f"{kind}-{n:03}",
        "website": "https://example.jp",
        "notes": "一行目\n二行目",
        "currency_code": "USD",
        "payment_terms": 30,
        "payment_terms_label": "30日",
        "billing_address.zip": "100-0001",
        "billing_address.state": "東京都",
        "billing_address.city": "千代田区",
        "billing_address.address": "千代田1-1",
        "shipping_address.state": "大阪府",
        "contact_persons": persons,
        "cf_note": "社内",
    }


def item(n: int) -> Values:
    return {
        "name": f"試験品目{n:03}",
        "sku": f"CT-{n:03}",
        "rate": Decimal("1200.5"),
        "unit": "個",
        "description": "一行目\n二行目",
        "tax_id": Ref(TAX),
        "product_type": "service",
        "purchase_rate": Decimal(800),
        "purchase_description": "仕入用",
        "cf_note": "社内",
    }


def paper(
    number: str, prefix: str, party: dict[str, Value], line: dict[str, Value], **more: Value
) -> Callable[[int], Values]:
    def new(n: int) -> Values:
        lines: Value = [
            Row(None, {**line, "name": "開発", "description": "一\n二", "unit": "人日",
                       "quantity": Decimal("1.5"),
                       "rate": Decimal(80000), "discount": "10%", "tax_id": Ref(TAX)}),
            Row(None, {**line, "name": "値引き", "quantity": Decimal(1), "rate": Decimal("-1000.25"), "tax_id": Ref(TAX)}),
        ]  # fmt: skip
        return {
            number: f"{prefix}-{n:03}",
            **party,
            "date": date(2026, 4, 1),
            "reference_number": "参照",
            "currency_code": "USD",
            "exchange_rate": Decimal("151.5"),
            "is_inclusive_tax": False,
            "line_items": lines,
            "notes": "備考",
            "terms": "条件",
            "cf_note": "社内",
            **more,
        }

    return new


def papers(tables: Any, kind: str) -> tuple[dict[str, Value], dict[str, Value]]:
    """The party and the beginning of a line."""
    return {f"{kind}_id": Ref(id_of(tables, "contacts", contact_type=kind))}, {
        "item_id": Ref(id_of(tables, "items", sku="DEV"))
    }


def sales(tables: Any) -> dict[str, New]:
    party, line = papers(tables, "customer")
    return {
        "estimate": paper(
            "estimate_number", "CE", party, line, expiry_date=date(2026, 5, 1), discount="5%", salesperson_name="営業"
        ),
        "salesorder": paper("salesorder_number", "CS", party, line, shipment_date=date(2026, 5, 1)),
        "invoice": paper("invoice_number", "CI", party, line, due_date=date(2026, 4, 30), salesperson_name="営業"),
        "creditnote": paper("creditnote_number", "CC", party, line),
    }


def purchases(tables: Any) -> dict[str, New]:
    party, line = papers(tables, "vendor")
    line |= BUYS
    return {
        "purchaseorder": paper(
            "purchaseorder_number", "CP", party, line, delivery_date=date(2026, 5, 1), ship_via="便", attention="倉庫"
        ),
        "bill": paper("bill_number", "CB", party, line, due_date=date(2026, 4, 30)),
    }


def wrong_paper(n: int, side: str = "customer") -> Values:
    return {f"{side}_id": Ref("1"), "line_items": [Row(None, {"rate": Decimal(1)})]}


wrong_purchase = partial(wrong_paper, side="vendor")


def money(row: Any, side: str, papers: str) -> Callable[[int], Values]:
    own = f"{papers[:-1]}_id"

    """Money that settles a little of the paper ``row``."""

    def new(n: int) -> Values:
        lines: Value = [Row(None, {own: Ref(row[own]), "amount_applied": Decimal(10)})]
        return {
            f"{side}_id": Ref(row[f"{side}_id"]),
            "date": date(2026, 5, 1),
            "amount": Decimal(10),
            "payment_mode": "banktransfer",
            "reference_number": f"CP-{n:03}",
            "description": "振込",
            papers: lines,
        }

    return new
