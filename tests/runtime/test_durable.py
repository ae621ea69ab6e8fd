"""Every call of DBOS that Choai relies on, on both databases, so that a new version of it fails here and not in the night."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from choai.runtime import durable
from choai.runtime.durable import Turn

_names = count(1)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'engine.db'}"
    server = request.getfixturevalue("postgres_server")
    name = f"durable_{next(_names)}"
    server.execute(f"CREATE DATABASE {name}")
    return str(server.url(name)).replace("postgresql://", "postgresql+psycopg://")


@pytest.fixture(autouse=True)
def _stopped() -> Iterator[None]:
    yield
    durable.stop(5)


def until(what: Callable[[], Any], seconds: float = 20) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come about")


class Book:
    """A run of so many turns; what a real ledger would remember."""

    def __init__(self, turns: int = 3) -> None:
        self.turns = turns
        self.taken: dict[int, int] = {}
        self.waits: list[str | None] = []
        self.loops: set[int] = set()
        self.hold: threading.Event | None = None

    async def turn(self, run_id: int, wait: str | None, stopping: threading.Event) -> Turn:
        self.loops.add(id(asyncio.get_running_loop()))
        self.waits.append(wait)
        self.taken[run_id] = self.taken.get(run_id, 0) + 1
        while self.hold is not None and not self.hold.is_set() and not stopping.is_set():  # noqa: ASYNC110  of other threads
            await asyncio.sleep(0.02)
        return {"done": self.taken[run_id] >= self.turns, "wait": f"w{self.taken[run_id]}"}


def test_a_run_takes_its_turns_on_the_one_loop_of_the_engine(url: str) -> None:
    book = Book(3)
    durable.launch(url, book.turn)
    assert durable.enqueue(7)
    assert durable.enqueue(8)
    until(lambda: not durable.live())
    assert book.taken == {7: 3, 8: 3}
    assert len(book.loops) == 1
    assert sorted(w or "" for w in book.waits) == ["", "", "w1", "w1", "w2", "w2"]


def test_a_run_is_queued_once_and_again_after_its_workflow_ended(url: str) -> None:
    book = Book(1)
    book.hold = threading.Event()
    durable.launch(url, book.turn)
    assert durable.enqueue(1)
    assert not durable.enqueue(1)
    until(lambda: book.taken)
    assert not durable.enqueue(1), "while it is at work"
    assert durable.live() == {1}
    book.hold.set()
    until(lambda: not durable.live())
    assert durable.enqueue(1)
    until(lambda: not durable.live())
    assert book.taken == {1: 2}


def test_stop_finishes_the_turn_and_the_next_process_goes_on(url: str) -> None:
    book = Book(3)
    book.hold = threading.Event()
    first = durable.launch(url, book.turn)
    durable.enqueue(1)
    until(lambda: book.taken)
    durable.stop(10)  # sets "stopping", which ends the turn that waits
    assert book.taken == {1: 1}
    book.hold = None
    second = durable.launch(url, book.turn)
    assert second != first
    assert durable.live() == set()
    assert durable.enqueue(1), "its workflow left the run, which the ledger still has"
    until(lambda: not durable.live())
    assert book.taken == {1: 3}


DOOMED = """
import asyncio, sys
from choai.runtime import durable

async def turn(run_id, wait, stopping):
    print("at work", flush=True)
    await asyncio.sleep(600)

durable.launch(sys.argv[1], turn, executor="w-gone")
durable.enqueue(5)
sys.stdin.read()
"""


def test_what_a_killed_process_had_at_work_is_taken_over(url: str) -> None:
    doomed = subprocess.Popen(
        [sys.executable, "-c", DOOMED, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert doomed.stdout is not None
    assert doomed.stdout.readline() == b"at work\n"
    doomed.kill()
    doomed.communicate()
    book = Book(2)
    durable.launch(url, book.turn)
    assert durable.live() == {5}
    assert durable.reap({"w-gone"}) == [], "as long as it counts as alive"
    assert durable.reap(set()) == [5]
    until(lambda: not durable.live())
    assert durable.reap(set()) == []
    assert book.taken == {5: 2}


def test_a_workflow_whose_end_could_not_be_written_is_given_up(url: str) -> None:
    book = Book(1)
    book.hold = threading.Event()
    durable.launch(url, book.turn)
    durable.enqueue(1)
    until(lambda: book.taken)
    assert [durable.abandoned(2) for _ in range(3)] == [[], [], []], "it is at work"
    process = durable._process
    assert process is not None
    process.active.clear()  # as when the workflow died without a trace
    assert durable.abandoned(2) == []
    assert durable.abandoned(2) == ["run-1-1"]
    assert durable.live() == set()
    assert durable.enqueue(1)
    assert durable.live() == {1}
    book.hold.set()
    until(lambda: not durable.live())


def test_a_long_run_goes_on_in_a_new_workflow(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "TURNS", 4)
    book = Book(6)
    durable.launch(url, book.turn)
    durable.enqueue(1)
    until(lambda: not durable.live())
    assert book.taken == {1: 4}
    durable.enqueue(1)
    until(lambda: not durable.live())
    assert book.taken == {1: 6}


def test_ended_workflows_are_deleted_after_their_time(url: str) -> None:
    book = Book(1)
    durable.launch(url, book.turn)
    durable.enqueue(1)
    until(lambda: not durable.live())
    now = datetime.now(UTC)
    assert durable.forget(now - timedelta(days=30)) == 0
    assert durable.forget(now + timedelta(minutes=1)) == 1
    assert durable.forget(now + timedelta(minutes=1)) == 0


def test_a_second_launch_and_a_broken_database_are_refused(url: str, tmp_path: Path) -> None:
    durable.launch(url, Book().turn)
    with pytest.raises(RuntimeError, match="already launched"):
        durable.launch(url, Book().turn)
    durable.stop(5)
    with pytest.raises(Exception, match="unable to open"):
        durable.launch(f"sqlite:///{tmp_path}/no/such/folder/engine.db", Book().turn)
    assert durable.executor() is None
    durable.launch(url, Book().turn)
    assert durable.executor()
