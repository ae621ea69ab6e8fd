"""Starts that must be refused, each with its code, its words and exit code 3, and without touching the data."""

from __future__ import annotations

import socket
import sqlite3
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import aiohttp
import pytest

from crash.program import Program, failing, guide, programs


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    with programs() as starter:
        yield starter


def test_two_starts_on_one_data_folder(data_folder: Path, start: Callable[..., Program]) -> None:
    server = start("serve", "--port", "0", data=data_folder)
    code, told = failing("serve", "--port", "0", data=data_folder)
    assert code == 3
    assert "data_folder_locked" in told
    assert str(data_folder) in told
    server.kill()
    assert start("serve", "--port", "0", data=data_folder).stop() == 0, "the lock dies with its holder"


def test_a_database_of_a_newer_version(data_folder: Path, start: Callable[..., Program]) -> None:
    start("serve", "--port", "0", data=data_folder).stop()
    with sqlite3.connect(data_folder / "choai.db") as database:
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('store', '9999_later', '2030-01-01')"
        )
        before = "\n".join(database.iterdump())
    code, told = failing("serve", "--port", "0", data=data_folder)
    assert code == 3
    assert "database_newer" in told
    with sqlite3.connect(data_folder / "choai.db") as database:
        assert "\n".join(database.iterdump()) == before


def test_lost_keys(data_folder: Path, start: Callable[..., Program]) -> None:
    server = start("serve", "--port", "0", data=data_folder)
    settings = {"domain": "example.cybozu.com", "login": "a", "password": "b"}
    body = {"service": "kintone", "name": "k", "auth": "password", "settings": settings}
    guide(server.told["address"], lambda api, _: api("POST", "/connections", body))
    assert server.stop() == 0
    (data_folder / "secrets.json").unlink()
    code, told = failing("serve", "--port", "0", data=data_folder)
    assert code == 3
    assert "secret_key_missing" in told


def test_a_taken_port_and_missing_postgresql(data_folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, told = failing("serve", "--port", str(port), data=data_folder)
    assert code == 3
    assert "port_in_use" in told
    assert f"127.0.0.1:{port}" in told
    for arguments in (["worker"], ["serve", "--port", "0", "--no-worker"]):
        code, told = failing(*arguments, data=data_folder)
        assert code == 3
        assert "needs_postgresql" in told
    unreachable = "postgresql://choai:geheim@127.0.0.1:1/choai"
    code, told = failing("worker", data=data_folder, CHOAI_DATABASE_URL=unreachable)
    assert code == 3
    assert "database_unavailable" in told
    assert "geheim" not in told


@pytest.mark.req("CC-21")
def test_the_data_folder_is_the_owners_own_and_logs_hold_no_secret(
    tmp_path: Path, start: Callable[..., Program]
) -> None:
    folder = tmp_path / "made-at-the-first-start"
    server = start("serve", "--port", "0", data=folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE((folder / "choai.db").stat().st_mode) == 0o600

    async def health(_: object, http: aiohttp.ClientSession) -> int:
        async with http.get(server.told["address"] + "/healthz") as reply:
            return reply.status

    assert guide(server.told["address"], health) == 200
    assert server.stop() == 0
    assert "hirogaru-chouai" not in server.errors
    assert all(line.startswith("{") for line in server.errors.splitlines()), server.errors
