"""Zoho CRM on loopback, with the sign-in of its data centre and the pages its links open, on one address.

Demo client: ``DEMO_CLIENT_ID`` / ``DEMO_CLIENT_SECRET``, any loopback redirect address. One organisation of the Enterprise
edition with several currencies; modules and fields are in schema.py, records in data.py.
"""

from choai.sandbox.zoho.accounts import CLIENT_ID as DEMO_CLIENT_ID
from choai.sandbox.zoho.accounts import CLIENT_SECRET as DEMO_CLIENT_SECRET
from choai.sandbox.zoho.accounts import RULES, USER
from choai.sandbox.zoho_crm.app import build
from choai.sandbox.zoho_crm.data import ORGANISATION, edit, new_world
from choai.sandbox.zoho_crm.schema import add_field

__all__ = [
    "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "ORGANISATION", "RULES", "USER", "add_field", "build", "edit", "new_world",
]  # fmt: skip
