"""From a data folder to a ready program: environment, lock, database of the right version, keys.

folder     CHOAI_DATA or --data; made 0700 at the first start
lock       SQLite allows one process: an exclusive lock on <folder>/lock, given back by the system when the process dies
migrate    under that lock, or a PostgreSQL advisory lock when several processes start at once; never with an older program
keys       every sealed row can be opened, or the program does not start
"""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from choai import __version__
from choai.errors import ChoaiError

log = logging.getLogger("choai.runtime")

MIGRATE_LOCK = 0x63686F61  # "choa": an arbitrary number that all Choai processes on one PostgreSQL share


@dataclass(slots=True, frozen=True)
class Home:
    """Where this installation lives."""

    folder: Path
    postgres: str  # the URL, "" on SQLite

    @property
    def engine_url(self) -> str:
        """Database of the durable engine, for SQLAlchemy: an own file on SQLite, an own schema on PostgreSQL."""
        if self.postgres:
            return "postgresql+psycopg://" + self.postgres.split("://", 1)[1]
        return f"sqlite:///{self.folder / 'engine.db'}"


def prepare(folder: Path | None = None, *, public_url: str | None = None) -> Home:
    """Set the environment and Django up for this data folder. Opens no database."""
    if folder is not None:
        os.environ["CHOAI_DATA"] = str(folder.absolute())
    if public_url:
        os.environ["CHOAI_PUBLIC_URL"] = public_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "choai.web.settings")
    from choai.store import seal

    os.umask(0o077)  # databases and logs are for the owner only, also in a folder that was made by hand
    home = seal.data_folder()
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    seal.load_secrets()
    import django

    django.setup()
    return Home(home, os.environ.get("CHOAI_DATABASE_URL", ""))


def ready(home: Home) -> None:
    """The database exists, has this program's version and its secrets can be opened.

    Raises database_unavailable, database_newer, secret_key_missing, disk_full.
    """
    from django.db import DatabaseError

    from choai.runtime.step import code_of
    from choai.store import seal

    try:
        with _one_at_a_time(home):
            _migrate(home)
        seal.check_keys()
    except DatabaseError as error:
        raise ChoaiError(code_of(error), detail=str(error).strip().split("\n")[0]) from error


# ---------------------------------------------------------------- the lock of a data folder


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Hold the data folder. Raises data_folder_locked when another process does."""
    handle = _take(home.folder / "lock")
    if handle is None:
        raise ChoaiError("data_folder_locked", name=str(home.folder))
    try:
        yield
    finally:
        handle.close()


def is_locked(home: Home) -> bool:
    """Whether a process serves this folder now."""
    handle = _take(home.folder / "lock")
    if handle is None:
        return True
    handle.close()
    return False


def _take(file: Path) -> IO[str] | None:
    handle = file.open("a")
    try:
        _exclusive(handle)
    except OSError:
        handle.close()
        return None
    handle.truncate(0)
    handle.write(str(os.getpid()))
    handle.flush()
    return handle


def _exclusive(handle: IO[str]) -> None:
    """Lock without waiting; OSError when it is taken."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # only on Windows
        return
    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


# ---------------------------------------------------------------- migrations


@contextmanager
def _one_at_a_time(home: Home) -> Iterator[None]:
    if not home.postgres:
        yield
        return
    import psycopg

    try:
        connection = psycopg.connect(home.postgres, autocommit=True)
    except psycopg.OperationalError as error:
        raise ChoaiError("database_unavailable", detail=str(error).strip().split("\n")[0]) from error
    with connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [MIGRATE_LOCK])
        yield  # the lock goes with the connection


def _migrate(home: Home) -> None:
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    loader = MigrationLoader(connection)
    ours = {app for app, _ in loader.disk_migrations}
    unknown = [m for m in loader.applied_migrations if m[0] in ours and m not in loader.disk_migrations]
    if unknown:
        raise ChoaiError("database_newer", name=".".join(max(unknown)), version=__version__)
    open_ones = [m for m in loader.disk_migrations if m not in loader.applied_migrations]
    if not open_ones:
        return
    if loader.applied_migrations and not home.postgres:
        _keep_copy(home)
    call_command("migrate", verbosity=0, interactive=False)
    log.info("database migrated", extra={"facts": {"migrations": len(open_ones)}})


def _keep_copy(home: Home) -> None:
    """The state before an upgrade, beside the database (``database_newer`` tells people to restore it)."""
    copy = home.folder / f"before-{__version__}.db"
    if copy.exists():
        return
    with sqlite3.connect(home.folder / "choai.db") as source, sqlite3.connect(copy) as target:
        source.backup(target)
    copy.chmod(0o600)
