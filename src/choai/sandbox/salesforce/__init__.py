"""Salesforce on loopback: sign-in host and one org, on one address.

    world = new_world(None)
    app = build(world)          # serve with any ASGI server

Demo app: ``DEMO_CLIENT_ID`` / ``DEMO_CLIENT_SECRET``, any loopback redirect address, and the client credentials flow;
``JWT_CLIENT_ID`` with a certificate given to ``trust``. Objects are in schema.py, records in data.py.
"""

from choai.sandbox.salesforce.app import build
from choai.sandbox.salesforce.data import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    ORGANIZATION,
    OTHER,
    SCOPE,
    USER,
    USERNAME,
    edit,
    new_world,
    sign_in,
    trust,
)
from choai.sandbox.salesforce.doors import JWT_CLIENT_ID

__all__ = [
    "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "JWT_CLIENT_ID", "ORGANIZATION", "OTHER", "SCOPE", "USER", "USERNAME",
    "build", "edit", "new_world", "sign_in", "trust",
]  # fmt: skip
