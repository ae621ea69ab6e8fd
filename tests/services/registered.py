"""Test services among the installed ones, as another package's entry points would bring them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from choai.connectors import registry

SERVICES = {"shelf": "services.shelf"}


def register() -> None:
    """For the rest of this process."""
    registry.modules().update(SERVICES)


@contextmanager
def registered() -> Iterator[None]:
    """While the context lasts."""
    register()
    try:
        yield
    finally:
        for name in SERVICES:
            registry.modules().pop(name, None)
