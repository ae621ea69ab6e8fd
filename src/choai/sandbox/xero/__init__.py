"""Xero on loopback: sign-in, identity and API host, and the pages its links open, on one address.

    world = new_world(None)
    app = build(world)          # serve with any ASGI server

Demo client: ``DEMO_CLIENT_ID`` / ``DEMO_CLIENT_SECRET``, any loopback redirect address. A custom connection is
``CUSTOM_CLIENT_ID``. Organisations, users and ids are in data.py.
"""

from choai.sandbox.xero.app import build
from choai.sandbox.xero.data import (
    CUSTOM_CLIENT_ID,
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    GLOBAL,
    SCOPES,
    STARTER,
    USER,
    edit,
    new_world,
    sign_in,
)
from choai.sandbox.xero.hooks import deliveries, intents

__all__ = [
    "CUSTOM_CLIENT_ID", "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "GLOBAL", "SCOPES", "STARTER", "USER", "build",
    "deliveries", "edit", "intents", "new_world", "sign_in",
]  # fmt: skip
