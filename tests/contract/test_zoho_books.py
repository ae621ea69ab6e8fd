"""Zoho Books under the contract."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from choai.connectors.http import ServiceSession
from choai.connectors.zoho_books.spec import SCOPES
from choai.model.values import Ref, Value
from choai.sandbox import zoho_books
from contract import zoho
from contract.case import Act, Values
from contract.suite import contract
from contract.zoho import at, becomes
from contract.zoho_papers import (
    ACTIVE,
    CASH,
    COSTS,
    ESTIMATES,
    INVOICES,
    TAX,
    contact,
    id_of,
    item,
    money,
    purchases,
    sales,
    wrong_paper,
    wrong_purchase,
)

TABLES: Any = zoho_books.new_world(None, 1).state["organizations"][zoho_books.ORGANISATION]["tables"]
BOOKS = "zoho_books"
moves, papers, invoiced = partial(zoho.moves, BOOKS), partial(zoho.papers, BOOKS), partial(zoho.invoiced, BOOKS)
CUSTOMER = id_of(TABLES, "contacts", contact_type="customer")
OWED, OWING = (
    TABLES["invoices"][id_of(TABLES, "invoices", status="draft")],
    TABLES["bills"][id_of(TABLES, "bills", status="draft")],
)
SALES, BUYS = sales(TABLES), purchases(TABLES)
estimate, order, invoice, credit = (SALES[name] for name in ("estimate", "salesorder", "invoice", "creditnote"))
purchase, bill = BUYS["purchaseorder"], BUYS["bill"]
received, paid = money(OWED, "customer", "invoices"), money(OWING, "vendor", "bills")


def expense(n: int) -> Values:
    return {
        "date": date(2026, 4, 1),
        "account_id": Ref(COSTS),
        "amount": Decimal(1200),
        "paid_through_account_id": Ref(CASH),
        "tax_id": Ref(TAX),
        "is_inclusive_tax": True,
        "is_billable": True,
        "customer_id": Ref(CUSTOMER),
        "reference_number": f"CX-{n:03}",
        "description": "新幹線",
    }


async def note_of_a_debtor(session: ServiceSession) -> str:
    party: dict[str, Value] = {
        "customer_id": Ref(OWED["customer_id"]),
        "currency_code": None,
        "exchange_rate": None,
    }
    return str(await zoho.made(BOOKS, "creditnote", credit, "open", **party)(session))


PAPERS = ("contact", "vendor", "item", "estimate", "salesorder", "invoice", "creditnote", "purchaseorder", "bill")
CASE = zoho.case(
    BOOKS, zoho_books, ",".join(SCOPES),
    (
        at("contact", "contacts", "company_name", new=contact, key="contact_name", note="notes",
           only=lambda r: r["contact_type"] == "customer", wrong=lambda n: {"contact_name": "長" * 201},
           acts=moves("contact", contact, *ACTIVE)),
        at("vendor", "contacts", "company_name", new=partial(contact, kind="仕入先"), key="contact_name", note="notes",
           only=lambda r: r["contact_type"] == "vendor", wrong=lambda n: {"contact_name": ""},
           acts=moves("vendor", partial(contact, kind="仕入先"), *ACTIVE)),
        at("item", "items", "unit", new=item, key="name", note="description",
           wrong=lambda n: {"name": "長" * 101, "rate": Decimal(1)},
           acts=moves("item", item, *ACTIVE)),
        at("estimate", "estimates", "reference_number", new=estimate, key="estimate_number", note="notes", wrong=wrong_paper,
           acts=(*moves("estimate", estimate, *ESTIMATES), *papers("estimate", estimate),
                 invoiced("estimate", estimate, "send"))),
        at("salesorder", "salesorders", "reference_number", new=order, key="salesorder_number", note="notes", wrong=wrong_paper,
           acts=(*moves("salesorder", order, ("open", "open", ""), ("void", "void", "open")), *papers("salesorder", order),
                 invoiced("salesorder", order, "open"))),
        at("invoice", "invoices", "reference_number", new=invoice, key="invoice_number", note="notes", wrong=wrong_paper,
           acts=(*moves("invoice", invoice, *INVOICES),
                 *papers("invoice", invoice))),
        at("creditnote", "creditnotes", "reference_number", new=credit, key="creditnote_number", note="notes",
           wrong=wrong_paper, acts=(*moves("creditnote", credit, ("open", "open", ""), ("void", "void", "open")),
                 Act("apply", note_of_a_debtor, args={"invoice": OWED["invoice_id"], "amount": Decimal(500)},
                     holds=becomes("open")),
                 *papers("creditnote", credit)[1:])),
        at("purchaseorder", "purchaseorders", "reference_number", new=purchase, key="purchaseorder_number", note="notes",
           wrong=wrong_purchase,
           acts=(*moves("purchaseorder", purchase, ("open", "open", ""), ("bill", "billed", "open"),
                        ("cancel", "cancelled", "open")),
                 *papers("purchaseorder", purchase))),
        at("bill", "bills", "reference_number", new=bill, key="bill_number", note="notes", wrong=wrong_purchase,
           acts=moves("bill", bill, ("open", "open", ""), ("void", "void", "open"))),
        at("payment", "customerpayments", "description", new=received, key="reference_number",
           note="description", wrong=lambda n: {**received(n), "amount": Decimal(-1)}),
        at("vendor_payment", "vendorpayments", "description", new=paid, key="reference_number",
           note="description", wrong=lambda n: {**paid(n), "amount": Decimal(-1)}),
        at("expense", "expenses", "description", new=expense, key="reference_number",
           wrong=lambda n: {**expense(n), "amount": Decimal(0)}),
    ),
    {
        **{f"{name}: a_stamp_is_kept": "known by its name or number" for name in PAPERS},
        **{f"{name}: every_action_does_what_it_says": "has no state" for name in ("payment", "vendor_payment", "expense")},
        "expense: a_long_note_is_kept_or_refused": "no field of several lines",
    },
)  # fmt: skip

TestZohoBooks = contract(CASE)
