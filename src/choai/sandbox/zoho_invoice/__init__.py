"""Zoho Invoice on loopback, with the sign-in of its data centre and the pages its links open, on one address.

Demo client: ``DEMO_CLIENT_ID`` / ``DEMO_CLIENT_SECRET``, any loopback redirect address. Organisations: ``ORGANISATION``
(default) and ``OTHER``.
"""

from __future__ import annotations

from dataclasses import replace

from choai.sandbox.core import World
from choai.sandbox.zoho import app, data, masters, papers
from choai.sandbox.zoho.accounts import CLIENT_ID as DEMO_CLIENT_ID
from choai.sandbox.zoho.accounts import CLIENT_SECRET as DEMO_CLIENT_SECRET
from choai.sandbox.zoho.accounts import RULES, USER
from choai.sandbox.zoho.books import Books, add_custom_field, edit
from choai.sandbox.zoho.data import ORGANISATION, OTHER
from choai.sandbox.zoho.further import FURTHER
from choai.sandbox.zoho.gate import Door
from choai.sandbox.zoho.records import save

__all__ = [
    "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "ORGANISATION", "OTHER", "PRODUCT", "RULES", "USER", "add_custom_field", "build",
    "edit", "new_world",
]  # fmt: skip
EXPENSES = replace(  # simple categories instead of accounts
    papers.EXPENSES,
    fields={
        **{n: r for n, r in papers.EXPENSES.fields.items() if "account" not in n and n != "vendor_id"},
        "category_name": "text:100",
    },
    required=("category_name", "date", "amount"),
    again=("category_name", "date", "amount"),
    shown=("category_name", *papers.EXPENSES.shown),
)
_PAPERS = (papers.ESTIMATES, papers.INVOICES, papers.CREDITS)
PRODUCT = app.Product(
    "zoho_invoice",
    Door("/invoice/v3", "ZohoInvoice", header="X-com-zoho-invoice-organizationid", query=True),
    (
        masters.CONTACTS,
        masters.ITEMS,
        masters.TAXES,
        masters.CURRENCIES,
        masters.USERS,
        *_PAPERS,
        papers.PAYMENTS,
        EXPENSES,
    ),
    tuple(row for row in FURTHER if "salesorder" not in row[1]),
)


def _made(seed: int) -> World:
    world = data.empty("zoho_invoice", plan="FREE")
    data.begin(world)
    books = Books(world, ORGANISATION)
    data.base(books)
    parties = {"customer": data.contacts(books, seed, "customer", data.CUSTOMERS)}
    data.documents(books, seed, _PAPERS, parties, data.items(books))
    data.spend(books, sales_only=True)
    data.begin(world)
    data.base(Books(world, OTHER))
    for n in range(4):
        data.begin(world, 4000 + n)
        save(
            books,
            EXPENSES,
            {
                "category_name": "旅費交通費",
                "date": f"2026-04-{10 + n}",
                "amount": 980 + n,
                "reference_number": f"EXP-{n}",
            },
            None,
        )
    return data.finish(world, "contacts", "items", *(kind.path for kind in (*_PAPERS, papers.PAYMENTS, EXPENSES)))


build, new_world = app.imitated(PRODUCT, _made)
