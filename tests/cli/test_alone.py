"""check, plan and run where no server is at work: the command does the work itself; and beside one, which then does it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crash.program import connect_and_import, names, programs


def choai(data: Path, *arguments: str) -> tuple[int, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "choai.cli", *arguments, "--json"],
        env={**os.environ, "CHOAI_DATA": str(data), "CHOAI_LANG": "en"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.stdout, done.stderr.decode()
    return done.returncode, json.loads(done.stdout)


@pytest.mark.req("CC-09", "CC-25")
def test_without_and_with_a_server(data_folder: Path, freee_sandbox: Any, kintone_sandbox: Any) -> None:
    with programs() as start:
        server = start("serve", "--port", "0", data=data_folder)
        connect_and_import(server.told["address"], freee_sandbox, kintone_sandbox)
        before = len(names(freee_sandbox))
        code, facts = choai(data_folder, "plan", "--kind", "tag", "--to", "right")
        assert (code, facts["state"]) == (0, "planned"), facts
        assert facts["cost"]
        assert len(names(freee_sandbox)) == before
        assert server.stop() == 0
    code, facts = choai(data_folder, "check", "freee会計")
    assert (code, facts["service"], facts["account"]["id"]) == (0, "freee", "1070001")
    code, facts = choai(data_folder, "run", "--kind", "tag", "--to", "right")
    assert (code, facts["state"]) == (0, "succeeded"), facts
    assert facts["counts"]["created"] == len(names(freee_sandbox)) - before > 0
    assert sum(facts["calls"].values()) > 0
    code, facts = choai(data_folder, "run", "--kind", "tag", "--to", "right")
    assert (code, facts["counts"]["created"], facts["counts"]["updated"]) == (0, 0, 0)
