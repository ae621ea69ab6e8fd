"""The running demo in a real Chromium: one product for the whole session, and no browser test passes with a console error."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest

from product import Product, running

# the browser's driver keeps an event loop in this thread; looking into a database from a test is still wanted
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


@pytest.fixture(scope="session")
def empty_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """``choai demo`` as its users start it, on free ports, with an empty data folder: nothing is set up yet."""
    with running(tmp_path_factory.mktemp("empty")) as started:
        yield started


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A demo after its first syncs."""
    with running(tmp_path_factory.mktemp("demo")) as started:
        started.first_sync()
        yield started


@pytest.fixture(scope="session")
def untouched_product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A demo for the one test that sets it up by hand."""
    with running(tmp_path_factory.mktemp("untouched")) as started:
        yield started


@pytest.fixture(autouse=True)
def complaints(page: Any) -> Iterator[list[str]]:
    """Console errors, page errors and violations of the content security policy fail the test. A test that provokes
    one on purpose takes it out of the list."""
    found: list[str] = []
    page.set_default_timeout(15_000)
    page.on("console", lambda message: found.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    yield found
    assert not found
