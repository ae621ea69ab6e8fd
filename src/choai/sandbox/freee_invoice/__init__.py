"""freee請求書 on loopback: the ``/iv`` part of freee's API host, with freee会計 (masters, companies, OAuth) beside it.

    world = new_world(None)
    app = build(world)          # the same application that ``choai.sandbox.freee`` builds

Clients, users and companies are those of freee会計. Settings of a company beside freee会計's: ``invoice_registered`` (false: no
/iv call is served), ``numbering`` ("auto" or "manual"); of all: ``limit_minute``, ``limit_hour``.
"""

from starlette.types import ASGIApp

from choai.sandbox.core import World
from choai.sandbox.freee import app as accounting
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
from choai.sandbox.freee_invoice.papers import documents, edit

__all__ = [
    "DEMO_CLIENT_ID", "DEMO_CLIENT_SECRET", "ENTERPRISE", "STARTER", "USER_ADMIN", "USER_GENERAL", "USER_NONE",
    "build", "documents", "edit", "new_world",
]  # fmt: skip


def build(world: World) -> ASGIApp:
    """The imitation as one ASGI application."""
    return accounting.build(world)
