"""The disk fills up in the middle of a run, for real: the kernel refuses the process every write (RLIMIT_FSIZE)."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crash.program import Program, connect_and_import, ended, names, programs, reached, upload
from crash.test_killed_process import judge, slow_down

BLINK = 3.0


@pytest.fixture
def start() -> Iterator[Callable[..., Program]]:
    with programs() as starter:
        yield starter


def room(program: Program, size: int) -> None:
    """The largest file the process may write from now on."""
    _, hard = resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(program.process.pid, resource.RLIMIT_FSIZE, (size, hard))


@pytest.mark.req("CC-06", "CC-22")
def test_while_nothing_can_be_noted_nothing_is_sent_and_with_room_the_run_goes_on(
    data_folder: Path, start: Callable[..., Program], freee_sandbox: Any, kintone_sandbox: Any
) -> None:
    server = start("serve", "--port", "0", data=data_folder)
    address = server.told["address"]
    connect_and_import(address, freee_sandbox, kintone_sandbox)
    before = len(names(freee_sandbox))
    slow_down(freee_sandbox)
    run_id = upload(address)
    reached(address, run_id, freee_sandbox, before + 4)
    room(server, 4096)
    time.sleep(BLINK)  # what was noted and on its way arrives
    arrived = len(names(freee_sandbox))
    time.sleep(BLINK)
    assert len(names(freee_sandbox)) == arrived
    assert server.process.poll() is None
    room(server, resource.RLIM_INFINITY)
    run = ended(address, run_id)
    judge(freee_sandbox, before, run)
    assert "disk_full" in [note["code"] for note in run["notes"]]
    assert server.stop() == 0
    assert "disk_full" in server.errors, server.errors
