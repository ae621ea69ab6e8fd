"""What Zoho Invoice is: the sales side of Zoho Books under an address and scopes of its own. Data only."""

from __future__ import annotations

from choai.connectors.zoho.places import INVOICE_PLACES, SALES, invoice_table, rates
from choai.connectors.zoho.places import OBJECTS as ALL
from choai.connectors.zoho.product import Product, spec

PRODUCT = Product(
    service="zoho_invoice", base="/invoice/v3", web="invoice", organisation="X-com-zoho-invoice-organizationid", in_query=False,
    places=INVOICE_PLACES, tables=invoice_table, dynamic=rates,
)  # fmt: skip
OBJECTS = {name: made for name, made in ALL.items() if name in SALES}
_AREAS = ("contacts", "settings", "estimates", "invoices", "creditnotes", "customerpayments", "expenses")
SCOPES = tuple(f"ZohoInvoice.{area}.{right}" for area in _AREAS for right in ("CREATE", "READ", "UPDATE"))
SPEC = spec("zoho_invoice", "Zoho Invoice", tuple(OBJECTS.values()), SCOPES)
