"""Zoho Invoice under the contract: the sales side of Books, with another address, header and scopes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from choai.connectors.zoho_invoice.spec import SCOPES
from choai.model.values import Ref
from choai.sandbox import zoho_invoice
from contract import zoho
from contract.case import Values
from contract.suite import contract
from contract.zoho import at
from contract.zoho_papers import ACTIVE, ESTIMATES, INVOICES, TAX, contact, id_of, item, money, sales, wrong_paper

TABLES: Any = zoho_invoice.new_world(None, 1).state["organizations"][zoho_invoice.ORGANISATION]["tables"]
NAME = "zoho_invoice"
moves, papers, invoiced = partial(zoho.moves, NAME), partial(zoho.papers, NAME), partial(zoho.invoiced, NAME)
SALES = sales(TABLES)
estimate, invoice = SALES["estimate"], SALES["invoice"]
received = money(TABLES["invoices"][id_of(TABLES, "invoices", status="draft")], "customer", "invoices")


def expense(n: int) -> Values:
    return {
        "date": date(2026, 4, 1),
        "category_name": "通信費",
        "amount": Decimal(1200),
        "tax_id": Ref(TAX),
        "is_inclusive_tax": True,
        "reference_number": f"CX-{n:03}",
        "description": "回線",
    }


CASE = zoho.case(
    NAME, zoho_invoice, ",".join(SCOPES),
    (
        at("contact", "contacts", "company_name", new=contact, key="contact_name", note="notes",
           wrong=lambda n: {"contact_name": ""},
           acts=moves("contact", contact, *ACTIVE)),
        at("item", "items", "unit", new=item, key="name", note="description", wrong=lambda n: {"name": ""},
           acts=moves("item", item, *ACTIVE)),
        at("estimate", "estimates", "reference_number", new=estimate, key="estimate_number", note="notes", wrong=wrong_paper,
           acts=(*moves("estimate", estimate, *ESTIMATES), *papers("estimate", estimate),
                 invoiced("estimate", estimate, "send"))),
        at("invoice", "invoices", "reference_number", new=invoice, key="invoice_number", note="notes", wrong=wrong_paper,
           acts=(*moves("invoice", invoice, *INVOICES), *papers("invoice", invoice))),
        at("payment", "customerpayments", "description", new=received, key="reference_number", note="description",
           wrong=lambda n: {**received(n), "amount": Decimal(-1)}),
        at("expense", "expenses", "description", new=expense, key="reference_number",
           wrong=lambda n: {**expense(n), "amount": Decimal(0)}),
    ),
    {
        **{f"{name}: a_stamp_is_kept": "known by its name or number" for name in ("contact", "item", "estimate", "invoice")},
        **{f"{name}: every_action_does_what_it_says": "has no state" for name in ("payment", "expense")},
        "expense: a_long_note_is_kept_or_refused": "no field of several lines",
    },
)  # fmt: skip

TestZohoInvoice = contract(CASE)
