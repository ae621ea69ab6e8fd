"""Zoho Expense: the family's functions, for this product."""

from __future__ import annotations

from choai.connectors.zoho.centres import authorise, granted
from choai.connectors.zoho.family import functions
from choai.connectors.zoho.faults import fault, good
from choai.connectors.zoho_expense.spec import OBJECTS, PRODUCT, SPEC

__all__ = [
    "SPEC", "act", "authorise", "catalogue", "describe", "fault", "find", "good", "granted", "identify", "link", "read", "write",
]  # fmt: skip

identify, catalogue, describe, read, find, write, act, link = functions(PRODUCT, OBJECTS)
