"""A sample of ``dev.py crash``: real workers killed, put to sleep and robbed of their files, with every kind of idempotency.

The full size is a command: ``python3 dev.py crash --kills 500``; with CHOAI_FULL=1 it runs here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).resolve().parents[1]
FULL = os.environ.get("CHOAI_FULL") == "1"
WRONG = ("duplicates", "lost", "noise", "miscounted")


def told(*words: str) -> dict[str, Any]:
    """What the command prints. It must not have found anything wrong."""
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])
    env = {k: v for k, v in os.environ.items() if not k.startswith("CHOAI_")} | {"PYTHONPATH": paths}
    done = subprocess.run(
        [sys.executable, "-m", "crash.kills", *words], env=env, cwd=TESTS, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-4000:] + done.stdout
    report: dict[str, Any] = json.loads(done.stdout)
    assert not any(report[name] for name in WRONG), report
    return report


@pytest.mark.req("CC-06")
def test_killed_anywhere_nothing_is_doubled_or_lost() -> None:
    report = told("--kills", "500", "--seed", "1") if FULL else told("--kills", "15", "--seed", "1", "--ways", "twoway")
    assert report["kills"] >= (450 if FULL else 10)
    assert {name.split("-")[0] for name in report["points"]} == {"header", "external", "stamp", "natural", "none"}
    assert all(points > 200 for points in report["points"].values()), "instrumented at every suspension and commit"


@pytest.mark.req("CC-06")
def test_lost_files_and_a_lost_database() -> None:
    """The durable engine's file older or gone, our database gone: rebuilt from stamps, ids and names, creating nothing."""
    which = ("--losses", "3") if FULL else ("--losses", "1", "--kinds", "stamp", "--ways", "twoway")
    told("--kills", "0", *which)


@pytest.mark.req("CC-01", "CC-06")
def test_killed_and_put_to_sleep_on_postgresql() -> None:
    """A worker that sleeps past its lease is taken over; when it wakes it sends and notes nothing more."""
    kinds = "header,external,stamp,natural,none" if FULL else "natural"
    report = told(
        "--postgres",
        "--kills",
        "50" if FULL else "3",
        "--losses",
        "2" if FULL else "1",
        "--kinds",
        kinds,
        "--ways",
        "twoway",
    )
    assert report["kills"] >= 2
