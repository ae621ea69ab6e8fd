"""Ring 3: imitation services on loopback that enforce their vendors' rules. core.py is what they share."""

SERVICES = (  # each a package beside this file; the imitation of freee is that of freee_invoice too, with one set of books
    "freee", "kintone", "salesforce", "senses", "vtiger", "zoho_crm", "moneyforward", "xero", "zoho_books", "zoho_invoice",
    "zoho_billing", "zoho_expense",
)  # fmt: skip
