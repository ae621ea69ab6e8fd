"""choai reconcile against the imitation services: what agrees, what does not, the files, and verifying one."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from crash.program import COMPANY, connect_and_import, programs


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
        files = ("--csv", str(tmp_path / "a.csv"), "--pdf", str(tmp_path / "a.pdf"))
        code, told = choai(data_folder, "reconcile", sync, *files)  # the server does the work
        assert code == 1, told
        assert "不一致" in told
        assert server.stop() == 0
    assert (tmp_path / "a.pdf").read_bytes().startswith(b"%PDF-")
    lines = list(csv.reader((tmp_path / "a.csv").read_text("utf-8-sig").splitlines()))[1:]
    # shortcuts that freee has emptied and the mapping's "keep" left in kintone: quiet for a sync, a difference here
    assert {(line[0], line[4], line[7]) for line in lines} == {("値が違う", "ショートカット1", "")}
    rows = {str(row["id"]): row for row in freee_sandbox.world.state["tables"][f"{COMPANY}/tags"]}
    for line in lines:
        rows[line[3]]["shortcut1"] = line[6]

    code, told = choai(data_folder, "reconcile", sync, "--json")  # nobody serves: the command does the work
    found = json.loads(told)
    assert (code, found["verdict"], found["state"]) == (0, "agree", "succeeded"), found
    counts = found["counts"]
    assert counts["left"] == counts["right"] == counts["bound"] == counts["agreeing"] > len(lines) > 0
    saved = tmp_path / "statement.json"
    saved.write_text(told)
    assert choai(data_folder, "reconcile", "--verify", str(saved))[0] == 0
    saved.write_text(told.replace('"agreeing": ', '"agreeing": 9'))
    code, told = choai(data_folder, "reconcile", "--verify", str(saved), "--json")
    assert (code, json.loads(told)["reason"]) == (1, "changed")
    saved.write_text("no JSON")
    assert choai(data_folder, "reconcile", "--verify", str(saved))[0] == 3
    assert choai(data_folder, "reconcile")[0] == 2
