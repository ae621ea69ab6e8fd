"""Real processes that die in the middle of a run. Whatever happens: every tag of kintone is in freee once."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from crash.program import Program, connect_and_import, ended, failing, names, programs, reached, upload

OWN = 24  # tags that only kintone has
_databases = itertools.count(1)


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    with programs() as starter:
        yield starter


def slow_down(freee: Any) -> None:
    """Each new tag takes freee a while, so that there is a middle of the run."""
    freee.world.switch("late", match="POST /api/1/tags", times=None, seconds=0.15)


def judge(freee: Any, before: int, run: dict[str, Any]) -> None:
    found = names(freee)
    assert len(found) == len(set(found)) == before + OWN
    counts = run["counts"]
    assert run["state"] == "succeeded", run
    assert (counts["created"], counts["failed"], counts["not_reached"]) == (OWN, 0, 0)
    assert counts["targets"] == counts["succeeded"] + counts["failed"]


@pytest.mark.req("CC-06", "FK-46")
def test_kill_and_start_again_on_sqlite(
    data_folder: Path, start: Callable[..., Program], freee_sandbox: Any, kintone_sandbox: Any
) -> None:
    server = start("serve", "--port", "0", data=data_folder)
    connect_and_import(server.told["address"], freee_sandbox, kintone_sandbox)
    before = len(names(freee_sandbox))
    slow_down(freee_sandbox)
    run_id = upload(server.told["address"])
    for more in (4, 10, 17):
        reached(server.told["address"], run_id, freee_sandbox, before + more)
        server.kill()
        server = start("serve", "--port", "0", data=data_folder)
    run = ended(server.told["address"], run_id)
    judge(freee_sandbox, before, run)
    assert "worker_lost" in [note["code"] for note in run["notes"]]
    again = ended(server.told["address"], upload(server.told["address"]))
    assert (again["counts"]["created"], again["counts"]["updated"]) == (0, 0)
    assert server.stop() == 0


@pytest.mark.req("CC-06")
def test_a_stop_by_signal_finishes_the_batch_and_the_next_start_goes_on(
    data_folder: Path, start: Callable[..., Program], freee_sandbox: Any, kintone_sandbox: Any
) -> None:
    server = start("serve", "--port", "0", data=data_folder)
    connect_and_import(server.told["address"], freee_sandbox, kintone_sandbox)
    before = len(names(freee_sandbox))
    slow_down(freee_sandbox)
    run_id = upload(server.told["address"])
    reached(server.told["address"], run_id, freee_sandbox, before + 3)
    assert server.stop() == 0
    at_the_stop = len(names(freee_sandbox))
    server = start("serve", "--port", "0", data=data_folder)
    judge(freee_sandbox, before, ended(server.told["address"], run_id))
    assert at_the_stop <= before + OWN


@pytest.mark.req("CC-01", "CC-06")
def test_one_of_two_workers_is_killed_on_postgresql(
    data_folder: Path, start: Callable[..., Program], postgres_server: Any, freee_sandbox: Any, kintone_sandbox: Any
) -> None:
    name = f"killed_{next(_databases)}"
    postgres_server.execute(f"CREATE DATABASE {name}")
    url = postgres_server.url(name)
    web = start("serve", "--port", "0", "--no-worker", data=data_folder, CHOAI_DATABASE_URL=url)
    workers = [start("worker", data=data_folder, CHOAI_DATABASE_URL=url) for _ in range(2)]
    address = web.told["address"]
    connect_and_import(address, freee_sandbox, kintone_sandbox)
    before = len(names(freee_sandbox))
    slow_down(freee_sandbox)
    run_id = upload(address)
    reached(address, run_id, freee_sandbox, before + 4)
    at_work = who_works(url, run_id)
    [victim] = [w for w in workers if w.told["worker"] == at_work]
    [heir] = [w for w in workers if w is not victim]
    victim.kill()
    judge(freee_sandbox, before, ended(address, run_id))
    assert who_works(url, run_id) == heir.told["worker"]
    assert heir.stop() == 0
    assert web.stop() == 0


def who_works(url: str, run_id: int) -> str:
    statement = (
        "SELECT executor_id FROM dbos.workflow_status WHERE workflow_uuid LIKE %s ORDER BY created_at DESC LIMIT 1"
    )
    with psycopg.connect(url) as connection:
        row = connection.execute(statement, [f"run-{run_id}-%"]).fetchone()
    assert row is not None
    return str(row[0])


@pytest.mark.req("CC-30")
def test_a_backup_made_during_a_run_goes_on_elsewhere_without_duplicates(
    data_folder: Path, tmp_path: Path, start: Callable[..., Program], freee_sandbox: Any, kintone_sandbox: Any
) -> None:
    """After the backup the old installation writes on until its machine is lost: what it wrote must be found, not repeated."""
    server = start("serve", "--port", "0", data=data_folder)
    connect_and_import(server.told["address"], freee_sandbox, kintone_sandbox)
    before = len(names(freee_sandbox))
    slow_down(freee_sandbox)
    run_id = upload(server.told["address"])
    reached(server.told["address"], run_id, freee_sandbox, before + 3)
    file, elsewhere = tmp_path / "choai.zip", tmp_path / "elsewhere"
    assert failing("backup", str(file), data=data_folder)[0] == 0
    at_the_backup = len(names(freee_sandbox))
    reached(server.told["address"], run_id, freee_sandbox, min(at_the_backup + 4, before + OWN))
    server.kill()
    assert failing("restore", str(file), data=elsewhere)[0] == 0
    heir = start("serve", "--port", "0", data=elsewhere)
    run = ended(heir.told["address"], run_id)
    found = names(freee_sandbox)
    assert len(found) == len(set(found)) == before + OWN
    assert run["counts"]["targets"] == run["counts"]["succeeded"] + run["counts"]["failed"]
    again = ended(heir.told["address"], upload(heir.told["address"]))
    assert (again["counts"]["created"], again["counts"]["failed"]) == (0, 0)
    assert names(freee_sandbox) == found
