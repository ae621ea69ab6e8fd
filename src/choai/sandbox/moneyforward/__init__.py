"""マネーフォワード クラウド請求書 (API v3) on loopback: sign-in host, API and the pages its links open, on one address.

    world = new_world(None)
    app = build(world)          # serve with any ASGI server

Demo client: ``DEMO_CLIENT_ID`` / ``DEMO_CLIENT_SECRET`` (CLIENT_SECRET_BASIC), any loopback redirect address. Offices, users
and ids are in data.py, switches in app.py.
"""

from choai.sandbox.moneyforward.app import build
from choai.sandbox.moneyforward.data import (
    COMPANY,
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    RULES,
    SCOPES,
    SOLE,
    USER,
    edit,
    new_world,
    sign_in,
)

__all__ = [
    "COMPANY", "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "RULES", "SCOPES", "SOLE", "USER", "build", "edit",
    "new_world", "sign_in",
]  # fmt: skip
