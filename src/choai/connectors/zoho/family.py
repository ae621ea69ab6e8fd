"""The functions of a Zoho finance product: the family's, for its own description."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from choai.connectors.contract import ObjectSpec
from choai.connectors.zoho import calls, identify, reading, writing
from choai.connectors.zoho.product import Product


def functions(product: Product, objects: Mapping[str, ObjectSpec]) -> tuple[Callable[..., Any], ...]:
    """identify, catalogue, describe, read, find, write, act and link, in this order."""
    return (
        partial(identify.identify, product),
        partial(identify.catalogue, product, tuple(objects.values())),
        partial(reading.describe, product),
        partial(reading.read, product),
        partial(reading.find, product),
        partial(writing.write, product, objects),
        partial(writing.act, product),
        partial(calls.link, product),
    )
