"""What Zoho Books is. Data only; what the products of the family share is in choai.connectors.zoho."""

from __future__ import annotations

from dataclasses import replace

from choai.connectors.zoho.places import OBJECTS, PLACES, books_table, rates
from choai.connectors.zoho.product import Product, spec
from choai.connectors.zoho_books.unsure import UNSURE

PRODUCT = Product(
    service="zoho_books", base="/books/v3", web="books", organisation="", in_query=True, places=PLACES, tables=books_table,
    dynamic=rates,
)  # fmt: skip
_AREAS = (
    "contacts", "settings", "estimates", "salesorders", "invoices", "creditnotes", "customerpayments", "purchaseorders", "bills",
    "vendorpayments", "expenses",
)  # fmt: skip
SCOPES = (
    *(f"ZohoBooks.{area}.{right}" for area in _AREAS for right in ("CREATE", "READ", "UPDATE")), "ZohoBooks.accountants.READ",
)  # fmt: skip
SPEC = replace(spec("zoho_books", "Zoho Books", tuple(OBJECTS.values()), SCOPES), unsure=UNSURE)
