"""kintone on loopback: one environment with its apps, OAuth pages and a few screens.

    world = new_world(None)
    app = build(world)          # serve with any ASGI server; paths as at https://example.cybozu.com

App ids are in catalog.py (``PARTNER`` …), tokens come from ``token(app)``, logins and the OAuth client are in data.py.
"""

from choai.sandbox.kintone.app import build, edit
from choai.sandbox.kintone.catalog import DEAL, GUEST, GUEST_SPACE, PARTNER, SEGMENT, TAG
from choai.sandbox.kintone.data import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, PASSWORD, new_world, token

__all__ = [
    "DEAL", "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "GUEST", "GUEST_SPACE", "PARTNER", "PASSWORD", "SEGMENT", "TAG",
    "build", "edit", "new_world", "token",
]  # fmt: skip
