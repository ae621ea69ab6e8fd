"""Vtiger on loopback: webservice.php of an open-source installation, the REST door of Vtiger Cloud, and pages of records.

    world = new_world(None)
    app = build(world)          # serve with any ASGI server

Both doors know the user ``USER`` with ``ACCESS_KEY``. Versions and switches are in site.py and app.py.
"""

from choai.sandbox.vtiger.app import REST, build
from choai.sandbox.vtiger.data import ACCESS_KEY, USER, add_field, edit, erase, fresh, line_item, new_world, person

DEMO_LOGIN = {"username": USER, "access_key": ACCESS_KEY}

__all__ = [
    "ACCESS_KEY", "DEMO_LOGIN", "REST", "USER", "add_field", "build", "edit", "erase", "fresh", "line_item",
    "new_world", "person",
]  # fmt: skip
