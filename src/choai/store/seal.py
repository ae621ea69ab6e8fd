"""Secrets at rest: authenticated encryption with keys that live beside the database, never in it.

    <data>/secrets.json (0600)   {"keys": [newest, …], "django_secret_key": …}, created at the first start
    CHOAI_DATA                   the data folder, default ./choai-data
    CHOAI_SECRET_KEYS            replaces the file's keys (newest first, comma between): for several hosts on one PostgreSQL

A sealed text carries the identity of its row ("connection:12") inside, so that it opens nowhere else. Keys are read again
when the file changes, so a running process follows a rotation.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets as random_source
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from choai.errors import ChoaiError

BATCH = 200

_cache: tuple[tuple[object, ...], MultiFernet] | None = None


@dataclass(slots=True, frozen=True)
class Secrets:
    """``keys`` newest first: the first seals, all of them open."""

    keys: tuple[str, ...]
    django_secret_key: str


def data_folder() -> Path:
    """The installation's data folder (CHOAI_DATA), absolute; not necessarily there yet."""
    return Path(os.environ.get("CHOAI_DATA", "choai-data")).absolute()


def secrets_file(folder: Path | None = None) -> Path:
    return (folder or data_folder()) / "secrets.json"


def load_secrets(folder: Path | None = None, *, create: bool = True) -> Secrets:
    """The installation's secrets; created when there are none, unless ``create`` is false (then ``secret_key_missing``).

    Safe when two processes start at once: one file wins and both read it.
    """
    file = secrets_file(folder)
    try:
        raw = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        if not create:
            raise ChoaiError("secret_key_missing") from None
        fresh = {"keys": [Fernet.generate_key().decode()], "django_secret_key": random_source.token_urlsafe(50)}
        _write(file, fresh, replace=False)
        raw = json.loads(file.read_text("utf-8"))
    keys = _keys_of_environment() or tuple(raw["keys"])
    return Secrets(keys, raw["django_secret_key"])


def seal(identity: str, data: dict[str, Any]) -> str:
    """Encrypt for the row ``identity``; ``unseal`` with another identity refuses."""
    return _fernet().encrypt(msgspec.json.encode({"for": identity, "data": data})).decode()


def unseal(identity: str, text: str) -> dict[str, Any]:
    """What was sealed for that row; {} for an empty text. Raises ``secret_key_missing`` when no key opens it, or when it
    was sealed for another row."""
    if not text:
        return {}
    try:
        opened = msgspec.json.decode(_fernet().decrypt(text.encode()))
    except InvalidToken:
        raise ChoaiError("secret_key_missing", name=identity) from None
    if opened["for"] != identity:
        raise ChoaiError("secret_key_missing", name=identity, detail="sealed for another row")
    data: dict[str, Any] = opened["data"]
    return data


def statement_keys() -> tuple[bytes, ...]:
    """Keys that sign statements, the newest first, derived from the installation's secrets.

    Without CHOAI_SECRET_KEYS there is one that no rotation changes. With it they follow its keys, so that all hosts sign
    alike: a statement can be verified as long as the key of its day stands in the list.
    """
    roots = _keys_of_environment() or (load_secrets(create=False).django_secret_key,)
    return tuple(hmac.new(root.encode(), b"choai statement 1", sha256).digest() for root in roots)


def check_keys() -> None:
    """Raises ``secret_key_missing`` when the database holds sealed rows that the keys at hand cannot open."""
    for model, name in _sealed_tables():
        row = model.objects.exclude(sealed="").values_list("id", "sealed").first()
        if row is not None:
            unseal(f"{name}:{row[0]}", row[1])


def rotate() -> int:
    """Seal every row again under a new key, then forget the old ones. Returns the number of rows sealed.

    The new key is on disk before the first row uses it, and the old ones stay until no row needs them: a killed rotation
    goes on where it was when it is started again. A row that changes meanwhile is left to its writer and looked at again.
    With CHOAI_SECRET_KEYS the first key there is the new one, and the operator takes the others away afterwards.
    """
    current = load_secrets(create=False)
    if not _keys_of_environment() and len(current.keys) == 1:
        _store_keys((Fernet.generate_key().decode(), *current.keys), current)
        current = load_secrets(create=False)
    total = 0
    while resealed := sum(_reseal(model, current.keys) for model, _ in _sealed_tables()):
        total += resealed
    if not _keys_of_environment():
        _store_keys(current.keys[:1], current)
    return total


def _reseal(model: Any, keys: tuple[str, ...]) -> int:
    """One pass over a table: rows that the newest key alone does not open are rotated."""
    newest, every = Fernet(keys[0]), MultiFernet([Fernet(k) for k in keys])
    count = 0
    for batch in _batches(model):
        for row, sealed in batch:
            try:
                newest.decrypt(sealed.encode())
                continue
            except InvalidToken:
                pass
            try:
                fresh = every.rotate(sealed.encode()).decode()
            except InvalidToken:
                raise ChoaiError("secret_key_missing", name=f"{model._meta.model_name}:{row}") from None
            count += model.objects.filter(pk=row, sealed=sealed).update(sealed=fresh)
    return count


def _batches(model: Any) -> Iterator[list[tuple[int, str]]]:
    last = 0
    while True:
        rows = model.objects.exclude(sealed="").filter(pk__gt=last).order_by("pk")
        batch = list(rows.values_list("pk", "sealed")[:BATCH])
        if not batch:
            return
        yield batch
        last = batch[-1][0]


def _sealed_tables() -> tuple[tuple[Any, str], ...]:
    """Every table with a ``sealed`` column and the name its rows are bound to."""
    from choai.store.models import Authorisation, Connection  # settings read this module before Django is set up

    return ((Connection, "connection"), (Authorisation, "authorisation"))


def _keys_of_environment() -> tuple[str, ...]:
    return tuple(k.strip() for k in os.environ.get("CHOAI_SECRET_KEYS", "").split(",") if k.strip())


def _fernet() -> MultiFernet:
    global _cache
    mark = _mark()
    if _cache is None or _cache[0] != mark:
        keys = _keys_of_environment() or load_secrets(create=False).keys
        _cache = (mark, MultiFernet([Fernet(k) for k in keys]))
    return _cache[1]


def _mark() -> tuple[object, ...]:
    """Changes whenever the keys may have: the file is replaced, never written in place."""
    file = secrets_file()
    try:
        stat = file.stat()
    except FileNotFoundError:
        return (str(file), None, _keys_of_environment())
    return (str(file), stat.st_ino, stat.st_mtime_ns, _keys_of_environment())


def _store_keys(keys: tuple[str, ...], current: Secrets) -> None:
    content = {"keys": list(keys), "django_secret_key": current.django_secret_key}
    _write(secrets_file(), content, replace=True)


def _write(file: Path, content: dict[str, Any], *, replace: bool) -> None:
    """Whole or not at all, 0600 from the first byte. Without ``replace`` an existing file stays."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".secrets-")  # mkstemp makes it 0600
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            json.dump(content, out, indent=2)
            out.flush()
            os.fsync(out.fileno())
        if replace:
            os.replace(temporary, file)
            temporary = ""
        else:
            with suppress(FileExistsError):  # another process was first; its file counts
                os.link(temporary, file)
    finally:
        if temporary:
            Path(temporary).unlink()
