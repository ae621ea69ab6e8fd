"""Zoho Books: the family's functions, for this product."""

from __future__ import annotations

from functools import partial

from choai.connectors.zoho import calls, reading, writing
from choai.connectors.zoho import identify as who
from choai.connectors.zoho.centres import authorise, granted
from choai.connectors.zoho.faults import fault, good
from choai.connectors.zoho.places import OBJECTS
from choai.connectors.zoho_books.spec import PRODUCT, SPEC

__all__ = [
    "SPEC", "act", "authorise", "catalogue", "describe", "fault", "find", "good", "granted", "identify", "link", "read", "write",
]  # fmt: skip

identify = partial(who.identify, PRODUCT)
catalogue = partial(who.catalogue, PRODUCT, tuple(OBJECTS.values()))
describe = partial(reading.describe, PRODUCT)
read = partial(reading.read, PRODUCT)
find = partial(reading.find, PRODUCT)
write = partial(writing.write, PRODUCT, OBJECTS)
act = partial(writing.act, PRODUCT)
link = partial(calls.link, PRODUCT)
