"""Zoho Books on loopback, with the sign-in of its data centre and the pages its links open, on one address.

Demo client: ``DEMO_CLIENT_ID`` / ``DEMO_CLIENT_SECRET``, any loopback redirect address. Organisations: ``ORGANISATION``
(default) and ``OTHER``.
"""

from __future__ import annotations

from choai.sandbox.core import World
from choai.sandbox.zoho import app, data, masters, papers
from choai.sandbox.zoho.accounts import CLIENT_ID as DEMO_CLIENT_ID
from choai.sandbox.zoho.accounts import CLIENT_SECRET as DEMO_CLIENT_SECRET
from choai.sandbox.zoho.accounts import RULES, USER
from choai.sandbox.zoho.books import Books, add_custom_field, edit
from choai.sandbox.zoho.data import ORGANISATION, OTHER
from choai.sandbox.zoho.further import FURTHER
from choai.sandbox.zoho.gate import Door

__all__ = [
    "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "ORGANISATION", "OTHER", "PRODUCT", "RULES", "USER", "add_custom_field", "build",
    "edit", "new_world",
]  # fmt: skip
_PAPERS = (papers.ESTIMATES, papers.ORDERS, papers.INVOICES, papers.CREDITS, papers.PURCHASES, papers.BILLS)
PRODUCT = app.Product(
    "zoho_books",
    Door("/books/v3", "ZohoBooks", query=True),
    (masters.CONTACTS, masters.ITEMS, masters.TAXES, masters.CURRENCIES, masters.ACCOUNTS, masters.USERS, *_PAPERS,
     papers.PAYMENTS, papers.PAID, papers.EXPENSES),
    FURTHER,
)  # fmt: skip


def _made(seed: int) -> World:
    world = data.empty("zoho_books")
    data.begin(world)
    books = Books(world, ORGANISATION)
    data.base(books)
    parties = {
        "customer": data.contacts(books, seed, "customer", data.CUSTOMERS),
        "vendor": data.contacts(books, seed, "vendor", data.VENDORS, data.CUSTOMERS),
    }
    data.documents(books, seed, _PAPERS, parties, data.items(books))
    data.spend(books)
    data.begin(world)
    data.base(Books(world, OTHER))
    return data.finish(
        world, "contacts", "items", *(kind.path for kind in (*_PAPERS, papers.PAYMENTS, papers.PAID, papers.EXPENSES))
    )


build, new_world = app.imitated(PRODUCT, _made)
