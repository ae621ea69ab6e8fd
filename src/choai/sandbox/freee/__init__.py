"""freee会計 on loopback: accounts host, API host and a few of its screens on one address.

    world = new_world(None)
    app = build(world)          # serve with any ASGI server

Demo client: ``DEMO_CLIENT_ID`` / ``DEMO_CLIENT_SECRET``, any loopback redirect address. Users, companies and ids are in data.py.
"""

from choai.sandbox.freee.app import build
from choai.sandbox.freee.data import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_SECRET,
    ENTERPRISE,
    STARTER,
    USER_ADMIN,
    USER_GENERAL,
    USER_NONE,
    new_world,
)

__all__ = [
    "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "ENTERPRISE", "STARTER", "USER_ADMIN", "USER_GENERAL", "USER_NONE",
    "build", "new_world",
]  # fmt: skip
