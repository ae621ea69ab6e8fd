"""An empty, migrated database of its own for one test, on SQLite or PostgreSQL, with Django pointed at it.

Unlike a rolled-back transaction, this lets threads and other processes see what the test wrote.
"""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from postgres import Postgres

TEMPLATE = "choai_template"
_numbers = itertools.count(1)


@contextmanager
def pointed(url: str | None, data: Path) -> Iterator[None]:
    """Django's default connection, CHOAI_DATA and CHOAI_DATABASE_URL name this database while the context lasts."""
    from django.conf import settings
    from django.db import connections

    from choai.runtime.threads import close_threads

    close_threads()  # its threads hold connections to the database before this one
    names = ("CHOAI_DATA", "CHOAI_DATABASE_URL")
    before = {name: os.environ.pop(name, None) for name in names}
    old_settings, old_connection, old_data = connections.settings["default"], connections["default"], settings.DATA
    os.environ["CHOAI_DATA"] = str(data)
    if url is not None:
        os.environ["CHOAI_DATABASE_URL"] = url
    settings.DATA = data
    connections.settings["default"] = configured(url, data)
    connections["default"] = connections.create_connection("default")
    try:
        yield
    finally:
        close_threads()
        connection: Any = connections["default"]
        connection.close()
        if connection.vendor == "postgresql":
            connection.close_pool()
        connections.settings["default"] = old_settings
        connections["default"] = old_connection
        settings.DATA = old_data
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


def configured(url: str | None, data: Path) -> dict[str, Any]:
    """The settings of the product for that database, completed by Django."""
    from django.db.utils import ConnectionHandler

    from choai.web import settings as product

    before = product.DATA, os.environ.get("CHOAI_DATABASE_URL")
    os.environ["CHOAI_DATABASE_URL"], product.DATA = url or "", data
    try:
        config = product._database()  # the one place that knows the options of both
    finally:
        product.DATA = before[0]
        if before[1] is None:
            del os.environ["CHOAI_DATABASE_URL"]
        else:
            os.environ["CHOAI_DATABASE_URL"] = before[1]
    return dict(ConnectionHandler({"default": config}).settings["default"])


def migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def sqlite_template(folder: Path) -> Path:
    """A migrated SQLite file to copy."""
    with pointed(None, folder):
        from django.db import connection

        migrate()
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "choai.db"


def postgres_template(server: Postgres, folder: Path) -> str:
    """A migrated PostgreSQL database to copy."""
    server.execute(f"CREATE DATABASE {TEMPLATE}")
    with pointed(server.url(TEMPLATE), folder):
        migrate()
    return TEMPLATE


@contextmanager
def sqlite_copy(template: Path, data: Path) -> Iterator[None]:
    shutil.copy(template, data / "choai.db")
    with pointed(None, data):
        yield


@contextmanager
def postgres_copy(server: Postgres, data: Path) -> Iterator[None]:
    name = f"choai_{os.getpid()}_{next(_numbers)}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        with pointed(server.url(name), data):
            yield
    finally:
        server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
