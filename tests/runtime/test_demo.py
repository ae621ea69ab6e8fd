"""The demo as a stranger gets it: one command, real processes, the guided first sync through the API."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from choai.errors import ChoaiError
from choai.runtime import demo


@pytest.mark.req("CC-29", "CC-04", "FK-03")
def test_the_guided_first_sync_is_right(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "choai.cli", "demo", "--check", "--data", str(tmp_path / "demo")],
        capture_output=True,
        timeout=300,
        check=False,
        cwd=tmp_path,
    )
    [line] = done.stdout.decode().splitlines()
    told = json.loads(line)
    assert told["wrong"] == []
    assert done.returncode == 0
    assert told["duplicates"] == {"left": 0, "right": 0}
    assert told["failed"] == 0
    assert told["targets"] == told["created"] + told["updated"] + told["unchanged"]
    assert told["created"] > 0
    assert told["updated"] > 0
    assert (told["second_run"]["created"], told["second_run"]["updated"]) == (0, 0)
    assert {run["kind"] for run in told["runs"]} == {"partner", "tag", "segment_1", "segment_2", "segment_3"}


def test_a_demo_that_cannot_listen_says_so(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1] - 1  # the imitation of freee wants the next one
        done = subprocess.run(
            [sys.executable, "-m", "choai.cli", "--lang", "en", "demo", "--port", str(port), "--data", str(tmp_path)],
            capture_output=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 3
    assert b"port_in_use" in done.stderr
    assert str(port + 1).encode() in done.stderr


def test_a_sandbox_that_cannot_start_says_why(tmp_path: Path) -> None:
    """Its records cannot be read: no port is to blame, and the last line of its log is told."""
    (tmp_path / "sandbox-freee.json").write_text("{ broken")
    with pytest.raises(ChoaiError) as caught, demo.imitations(tmp_path, 0):
        pass
    assert caught.value.code == "sandbox_failed"
    assert "JSONDecodeError" in str(caught.value.facts["detail"])
    assert caught.value.facts["file"] == str(tmp_path / "sandbox.log")
