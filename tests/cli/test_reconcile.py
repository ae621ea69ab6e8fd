"""choai reconcile against the imitation services: what agrees, what does not, the files, and verifying one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crash.program import connect_and_import, programs


def choai(data: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "choai.cli", *arguments],
        env={**os.environ, "CHOAI_DATA": str(data), "CHOAI_LANG": "ja"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout.decode() or done.stderr.decode()


def test_compare_save_and_verify(data_folder: Path, tmp_path: Path, freee_sandbox: Any, kintone_sandbox: Any) -> None:
    with programs() as start:
        server = start("serve", "--port", "0", data=data_folder)
        connect_and_import(server.told["address"], freee_sandbox, kintone_sandbox)
        code, told = choai(data_folder, "run", "--kind", "tag", "--to", "right", "--json")
        assert code == 0, told
        sync = str(json.loads(told)["sync"])
        code, told = choai(data_folder, "reconcile", sync, "--json")  # the server does the work
        found = json.loads(told)
        assert (code, found["verdict"], found["state"]) == (0, "agree", "succeeded"), found
        counts = found["counts"]
        assert counts["left"] == counts["right"] == counts["bound"] == counts["agreeing"] > 0
        assert server.stop() == 0
    saved = tmp_path / "statement.json"
    saved.write_text(told)
    assert choai(data_folder, "reconcile", "--verify", str(saved))[0] == 0
    saved.write_text(told.replace('"agreeing": ', '"agreeing": 9'))
    code, told = choai(data_folder, "reconcile", "--verify", str(saved), "--json")
    assert (code, json.loads(told)["reason"]) == (1, "changed")
    saved.write_text("no JSON")
    assert choai(data_folder, "reconcile", "--verify", str(saved))[0] == 3

    tag = next(iter(freee_sandbox.world.data.tags.values()))
    tag["name"] = "=帳簿で変えた"
    files = ("--csv", str(tmp_path / "a.csv"), "--pdf", str(tmp_path / "a.pdf"))
    code, told = choai(data_folder, "reconcile", sync, *files)  # nobody serves: the command does the work
    assert code == 1, told
    assert "不一致" in told
    assert "'=帳簿で変えた" in (tmp_path / "a.csv").read_text("utf-8-sig")
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    assert choai(data_folder, "reconcile")[0] == 2
