"""Mazrica Sales (formerly Senses) on loopback: the Open API v1 and the pages its links open, on one address.

    world = new_world(None)
    app = build(world)          # serve with any ASGI server

``DEMO_KEY`` is the account's API key. Masters and ids are in data.py, switches in app.py.
"""

from choai.sandbox.senses.app import build
from choai.sandbox.senses.data import DEMO_KEY, edit, erase, new_world

__all__ = ["DEMO_KEY", "build", "edit", "erase", "new_world"]
