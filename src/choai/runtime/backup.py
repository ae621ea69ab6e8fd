"""Backup and restore of a whole installation, each one command, also while runs are in progress (CC-30).

A backup is one zip: ``about.json`` (format, version, database, migrations), ``secrets.json``, ``installation.json`` where there
is one, and the database as it stood at one instant: on SQLite the file, copied by SQLite's own backup; on PostgreSQL every
table of ours, one COPY file each. It opens every connection: the file is 0600, and with a passphrase it
is sealed (scrypt, Fernet).

The durable engine's own tables are left out on purpose: after a restore the ledger brings unfinished runs back, and their
open writes are settled by asking the services.
"""

from __future__ import annotations

import base64
import io
import json
import os
import secrets
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from choai import __version__, clock
from choai.errors import ChoaiError
from choai.runtime.boot import Home

FORMAT = 1
MAGIC = b"CHOAI-SEALED-1\n"
KEPT_FILES = ("secrets.json", "installation.json")


def backup(home: Home, file: Path, passphrase: str = "") -> dict[str, Any]:
    """Write the backup and answer its ``about``. Nothing is left behind when it fails."""
    about: dict[str, Any] = {
        "format": FORMAT,
        "version": __version__,
        "at": clock.now().isoformat(),
        "database": "postgresql" if home.postgres else "sqlite",
        "migrations": _applied(),
    }
    with _private(file) as temporary:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in KEPT_FILES:
                if (home.folder / name).exists():
                    archive.write(home.folder / name, name)
            if home.postgres:
                about["tables"] = _dump_postgres(home, archive)
            else:
                _dump_sqlite(home, archive)
            archive.writestr("about.json", json.dumps(about, ensure_ascii=False))
        if passphrase:
            _seal(temporary, passphrase)
    return about


def restore(home: Home, file: Path, passphrase: str = "", *, force: bool = False) -> dict[str, Any]:
    """Put a backup into this data folder (and database); answers its ``about``. Call it with the folder locked.

    Raises backup_invalid, wrong_passphrase_or_key, database_newer, folder_not_empty (unless ``force``).
    """
    with _opened(file, passphrase) as archive:
        about = _about(archive)
        if not force and _has_data(home):
            raise ChoaiError("folder_not_empty", name="PostgreSQL" if home.postgres else str(home.folder))
        if (about["database"] == "postgresql") != bool(home.postgres):
            raise ChoaiError("backup_invalid", detail=f"database: {about['database']}")
        if home.postgres:
            _load_postgres(home, archive, about)
        else:
            _load_sqlite(home, archive)
        for name in KEPT_FILES:
            if name in archive.namelist():
                _place(home.folder / name, archive.read(name))
    return about


def _applied() -> list[str]:
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    return sorted(".".join(m) for m in MigrationRecorder(connection).applied_migrations())


def _about(archive: zipfile.ZipFile) -> dict[str, Any]:
    from django.db.migrations.loader import MigrationLoader

    try:
        about: dict[str, Any] = json.loads(archive.read("about.json"))
        damaged = archive.testzip()
        applied = list(about["migrations"])
    except (KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ChoaiError("backup_invalid", detail=type(error).__name__) from error
    if damaged:
        raise ChoaiError("backup_invalid", detail=damaged)
    disk = MigrationLoader(None).disk_migrations
    apps = {app for app, _ in disk}
    unknown = [m for m in applied if m.split(".")[0] in apps and tuple(m.split(".", 1)) not in disk]
    if about["format"] > FORMAT or unknown:
        raise ChoaiError("database_newer", name=unknown[-1] if unknown else file_format(about), version=__version__)
    return about


def file_format(about: dict[str, Any]) -> str:
    return f"format {about['format']}"


def _has_data(home: Home) -> bool:
    if not home.postgres:
        return (home.folder / "choai.db").exists()
    from django.db import connection

    return "store_workspace" in connection.introspection.table_names()


# ---------------------------------------------------------------- files


@contextmanager
def _private(file: Path) -> Iterator[Path]:
    """A 0600 file beside ``file`` that takes its place when all went well."""
    handle, name = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}-")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def _place(file: Path, content: bytes) -> None:
    with _private(file) as temporary:
        temporary.write_bytes(content)


def _key(passphrase: str, salt: bytes) -> Fernet:
    derived = Scrypt(salt=salt, length=32, n=2**15, r=8, p=1).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(derived))


def _seal(file: Path, passphrase: str) -> None:
    salt = secrets.token_bytes(16)
    file.write_bytes(MAGIC + salt + _key(passphrase, salt).encrypt(file.read_bytes()))


@contextmanager
def _opened(file: Path, passphrase: str) -> Iterator[zipfile.ZipFile]:
    try:
        content: Any = file.open("rb")
    except OSError as error:
        raise ChoaiError("backup_invalid", detail=error.strerror or "") from error
    with content:
        if content.read(len(MAGIC)) == MAGIC:
            salt = content.read(16)
            try:
                content = io.BytesIO(_key(passphrase, salt).decrypt(content.read()))
            except InvalidToken:
                raise ChoaiError("wrong_passphrase_or_key") from None
        content.seek(0)
        try:
            archive = zipfile.ZipFile(content)
        except zipfile.BadZipFile as error:
            raise ChoaiError("backup_invalid", detail=str(error)) from error
        with archive:
            yield archive


# ---------------------------------------------------------------- SQLite


def _dump_sqlite(home: Home, archive: zipfile.ZipFile) -> None:
    with tempfile.TemporaryDirectory(dir=home.folder) as folder:
        copy = Path(folder) / "choai.db"
        with closing(sqlite3.connect(home.folder / "choai.db")) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)  # all pages in one step: one consistent instant, writers wait a moment
        archive.write(copy, "choai.db")


def _load_sqlite(home: Home, archive: zipfile.ZipFile) -> None:
    if "choai.db" not in archive.namelist():
        raise ChoaiError("backup_invalid", detail="choai.db")
    from django.db import connections

    connections.close_all()
    for name in ("choai.db-wal", "choai.db-shm", "engine.db", "engine.db-wal", "engine.db-shm"):
        (home.folder / name).unlink(missing_ok=True)
    _place(home.folder / "choai.db", archive.read("choai.db"))


# ---------------------------------------------------------------- PostgreSQL


def _tables() -> list[str]:
    """Our tables in an order in which they can be filled: what is referred to comes first."""
    from django.apps import apps
    from django.db import connection

    models = [m for m in apps.get_models(include_auto_created=True) if m._meta.managed]
    ordered: list[str] = []
    while models:
        ready = [
            m
            for m in models
            if all(
                f.related_model in (None, m) or f.related_model not in models
                for f in m._meta.local_fields
                if f.is_relation
            )
        ]
        ordered += sorted(m._meta.db_table for m in ready)
        models = [m for m in models if m not in ready]
    present = set(connection.introspection.table_names())
    return ["django_migrations", *(t for t in ordered if t in present)]


def _dump_postgres(home: Home, archive: zipfile.ZipFile) -> list[str]:
    import psycopg
    from psycopg import sql

    tables = _tables()
    with psycopg.connect(home.postgres) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        for table in tables:
            statement = sql.SQL("COPY {} TO STDOUT WITH (FORMAT csv, HEADER true)").format(sql.Identifier(table))
            with connection.cursor().copy(statement) as rows, archive.open(f"{table}.csv", "w") as out:
                for chunk in rows:
                    out.write(bytes(chunk))
    return tables


def _load_postgres(home: Home, archive: zipfile.ZipFile, about: dict[str, Any]) -> None:
    """Into the tables as the backup's version had them; later migrations follow at the next start. The rows go in in one
    transaction; a restore that was killed before it is run again with ``force``."""
    import psycopg
    from django.core.management import call_command
    from psycopg import sql

    _drop_postgres(home)
    for app in sorted({m.split(".")[0] for m in about["migrations"]}):
        newest = max(m.split(".", 1)[1] for m in about["migrations"] if m.startswith(f"{app}."))
        call_command("migrate", app, newest, verbosity=0, interactive=False)
    with psycopg.connect(home.postgres) as connection:
        names = sql.SQL(", ").join(sql.Identifier(t) for t in about["tables"])
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
        for table in about["tables"]:
            with archive.open(f"{table}.csv") as source:
                columns = [c.strip().strip('"') for c in source.readline().decode().split(",")]
                statement = sql.SQL("COPY {} ({}) FROM STDIN WITH (FORMAT csv)").format(
                    sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
                )
                with connection.cursor().copy(statement) as rows:
                    while chunk := source.read(1 << 20):
                        rows.write(chunk)
            _count_on(connection, table, columns)


def _drop_postgres(home: Home) -> None:
    import psycopg
    from psycopg import sql

    with psycopg.connect(home.postgres) as connection:
        connection.execute("DROP SCHEMA IF EXISTS dbos CASCADE")
        for table in _tables():
            connection.execute(sql.SQL("DROP TABLE IF EXISTS {} CASCADE").format(sql.Identifier(table)))


def _count_on(connection: Any, table: str, columns: list[str]) -> None:
    """New ids begin after the restored ones."""
    from psycopg import sql

    if "id" not in columns:
        return
    sequence = connection.execute("SELECT pg_get_serial_sequence(%s, 'id')", [table]).fetchone()[0]
    if sequence is not None:
        statement = sql.SQL("SELECT setval({}, GREATEST((SELECT MAX(id) FROM {}), 1))")
        connection.execute(statement.format(sql.Literal(sequence), sql.Identifier(table)))
