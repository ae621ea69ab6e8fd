"""The repository can be cloned anywhere: no path of one machine, no registry's host, no secret, no unfinished mark."""

from __future__ import annotations

import re
import subprocess

from house.tree import ROOT, kept_files

TEXT = {".py", ".toml", ".md", ".txt", ".json", ".ts", ".tsx", ".css", ".html", ".yaml", ".yml", ".cfg", ".npmrc", ""}
# a class of one letter in each, so that this file does not find itself
PLACES = re.compile(r"/[w]ork/(main|shared|brief)|/[f]arm/|/[r]oot/|/[h]ome/[a-z]+/|/[t]mp/[a-z]")
HOSTS = re.compile(r"[f]iles\.pythonhosted|[r]egistry\.npmjs|[p]ypi\.org/simple|[d]eb\.debian")
UNFINISHED = re.compile(r"\b([T]ODO|[F]IXME|[X]XX|[H]ACK)\b")


def found(pattern: re.Pattern[str], suffixes: set[str] = TEXT) -> list[str]:
    out = []
    for path in kept_files():
        if path.suffix in suffixes:
            for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1):
                if pattern.search(line):
                    out.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:120]}")
    return out


def test_no_path_of_a_machine() -> None:
    assert not found(PLACES)


def test_no_registry_host_in_locks_or_elsewhere() -> None:
    assert not found(HOSTS)


def test_nothing_is_marked_unfinished() -> None:
    assert not found(UNFINISHED, {".py", ".ts", ".tsx"})


def test_requirements_are_locked_by_hash() -> None:
    for path in (ROOT / "requirements").glob("*.txt"):
        blocks = re.split(r"\n(?=[a-z0-9])", path.read_text("utf-8").strip())
        assert blocks
        assert all("==" in block and "--hash=sha256:" in block for block in blocks), path.name


def test_what_is_built_or_private_is_ignored() -> None:
    made = ["src/choai/web/static/ui/index.html", "ui/src/client/x.ts", "ui/node_modules/x", ".venv/x", ".tools/x"]
    names = [*made, "choai-data/choai.db"]
    done = subprocess.run(["git", "check-ignore", *names], cwd=ROOT, capture_output=True, text=True, check=False)
    assert set(done.stdout.split()) == set(names)
