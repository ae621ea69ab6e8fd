"""How far each imitation agrees with its vendor.

    python3 dev.py fidelity [--only SERVICE,SERVICE] [--without-clients]

Two looks at each service of the registry: the tests in tests/fidelity hold requests and answers against the vendor's OpenAPI file
or recorded transcripts; public clients (tests/fidelity/clients/<service>*.py, *.mjs) are driven against the imitation over HTTP,
and tell it in one line of JSON: service, client, version, steps, deviations. They live in .tools/clients/<file>, installed once
from the registries that pip and npm are set to; one that cannot be installed is named with the reason. Exit 1 when a test fails
or a client meets a deviation.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CLIENTS = HERE / "clients"
HOME = ROOT / ".tools" / "clients"
SECONDS = 600  # for one client; a wait with an end
# what is to be known of a service's clients; they were looked for in documentation, code and pages, then asked of the registries
_GENERAL = (
    "no client of this product on PyPI or npm (searched 2026-11): the general calls of a client of Zoho are driven"
)
ABOUT = {
    "senses": "no public client on PyPI or npm (searched 2026-11); its tests hold answers against what working programs read",
    "zoho_billing": _GENERAL,
    "zoho_expense": _GENERAL,
}
HEAD = ("service", "operations", "answers", "checks", "tests", "clients (steps)", "deviations")


@dataclass
class Told:
    """What is known of one service."""

    service: str
    operations: int = 0
    answers: int = 0
    checks: int = 0  # values held against a schema
    tests: str = "none"
    clients: list[str] = field(default_factory=list)
    deviations: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: bool = False


# ------------------------------------------------------------------ the vendor's files


def held(told: Told) -> None:
    """Run the service's fidelity tests; what they looked at is counted by fidelity/tally.py."""
    file = HERE / f"test_{told.service}.py"
    if not file.is_file():
        told.notes.append("no tests against the vendor's description")
        return
    with tempfile.TemporaryDirectory() as folder:
        counted = Path(folder, "tally.json")
        env = {**os.environ, "CHOAI_FIDELITY": str(counted)}
        command = [sys.executable, "-m", "pytest", str(file), "-q", "--tb=short", "-p", "no:cacheprovider"]
        done = subprocess.run(command, cwd=ROOT, env=env, text=True, capture_output=True, check=False)
        tally = json.loads(counted.read_text("utf-8")) if counted.is_file() else {}
    told.operations, told.answers, told.checks = (tally.get(n, 0) for n in ("operations", "answers", "checked"))
    last = (done.stdout.splitlines() or [""])[-1]
    counts = {word: int(n) for n, word in re.findall(r"(\d+) (passed|failed|error|skipped)", last)}
    told.tests = ", ".join(f"{n} {word}" for word, n in counts.items()) or "none"
    if done.returncode:
        told.failed = True
        told.notes.append("\n".join(done.stdout.splitlines()[-30:]))
    elif "skipped" in counts:
        told.notes.append("the vendor's OpenAPI file is not here; CHOAI_SPECS names its folder")


# ------------------------------------------------------------------ public clients


def wanted(file: Path) -> list[str]:
    """What a client's program needs: REQUIRES of a Python file, the line ``// requires: …`` of a script."""
    text = file.read_text("utf-8")
    if file.suffix == ".mjs":
        line = re.search(r"^// requires: (.+)$", text, re.MULTILINE)
        return line[1].split() if line else []
    for node in ast.parse(text).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "REQUIRES":
            return list(ast.literal_eval(node.value))
    return []


def installed(file: Path) -> list[str]:
    """The command that runs a client's program, in a home of its own. Raises RuntimeError with the reason when its packages
    cannot be had."""
    needs = wanted(file)
    home = HOME / f"{file.stem}{file.suffix.replace('.', '-')}"
    mark, stamp = home / "choai.json", hashlib.sha256(" ".join(needs).encode()).hexdigest()
    script = file.suffix == ".mjs"
    program = home / "bin" / "python"
    if not mark.is_file() or mark.read_text("utf-8") != stamp:
        home.mkdir(parents=True, exist_ok=True)
        uv = os.environ.get("CHOAI_UV", "uv")
        if script:
            line = re.search(r"^// overrides: (.+)$", file.read_text("utf-8"), re.MULTILINE)
            about = {"private": True, "type": "module", "overrides": json.loads(line[1]) if line else {}}
            (home / "package.json").write_text(json.dumps(about), "utf-8")
            steps = [["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", *needs]]
        else:
            steps = [[uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(home)]]
            steps.append([uv, "pip", "install", "--quiet", "--python", str(program), *needs])
        for step in steps:
            done = subprocess.run(step, cwd=home, text=True, capture_output=True, check=False)
            if done.returncode:
                said = (done.stderr.strip() or done.stdout.strip()).splitlines()
                raise RuntimeError(f"{' '.join(needs)} cannot be installed: {' '.join(said[-3:])[:300]}")
        mark.write_text(stamp, "utf-8")
    if script:  # modules are looked for beside the script
        for part in CLIENTS.glob("*.mjs"):
            (home / part.name).write_text(part.read_text("utf-8"), "utf-8")
        return ["node", str(home / file.name)]
    return [str(program), str(file)]


def sandbox_of(service: str) -> Any:
    """The imitation's module: that of the contract's Case, else one of the service's name."""
    if (HERE.parent / "contract" / f"test_{service}.py").is_file():
        from contract.case import Case

        module = import_module(f"contract.test_{service}")
        return next(v for v in vars(module).values() if isinstance(v, Case) and v.service == service).sandbox
    return import_module(f"choai.sandbox.{service}")


def drive(told: Told) -> None:
    """Each public client of the service against a fresh imitation."""
    from servers import serve

    files = sorted(
        f for f in CLIENTS.iterdir() if f.stem.partition("-")[0] == told.service and f.suffix in (".py", ".mjs")
    )
    if told.service in ABOUT or not files:
        told.notes.append(ABOUT.get(told.service, "no public client is driven"))
    for file in files:
        try:
            command = installed(file)
        except (RuntimeError, OSError) as reason:
            told.notes.append(str(reason))
            continue
        sandbox = sandbox_of(told.service)
        with serve(sandbox.build(sandbox.new_world(None, 1))) as base_url:
            try:
                done = subprocess.run(
                    [*command, base_url], text=True, capture_output=True, check=False, timeout=SECONDS, cwd=ROOT
                )
            except subprocess.TimeoutExpired:
                told.deviations.append(f"{file.name}: no end after {SECONDS} s")
                continue
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        for one in lines:
            name = f"{one['client']} {one['version']}"
            told.clients.append(f"{name} ({len(one['steps'])})" if not one["deviations"] else f"{name} ✗")
            told.deviations += [f"{one['client']}: {text}" for text in one["deviations"]]
        if done.returncode or not lines:
            told.deviations.append(f"{file.name} ended with {done.returncode}: {done.stderr.strip()[-400:]}")


def show(found: list[Told]) -> None:
    rows = [HEAD]
    for one in found:
        clients = ", ".join(one.clients) or "–"
        counts = (one.operations, one.answers, one.checks)
        rows.append((one.service, *map(str, counts), one.tests, clients, str(len(one.deviations))))
    widths = [max(len(row[n]) for row in rows) for n in range(len(HEAD))]
    for row in rows:
        print("  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip())
    for one in found:
        for text in [*one.deviations, *one.notes]:
            print(f"{one.service}: {text}")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="dev.py fidelity", description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--only", default="", help="services by name, joined by commas")
    parser.add_argument("--without-clients", action="store_true", help="nothing is installed")
    given = parser.parse_args()
    from choai.connectors import registry

    names = [spec.service for spec in registry.services()]
    chosen = [name.strip() for name in given.only.split(",") if name.strip()] or names
    if unknown := set(chosen) - set(names):
        parser.error(f"not there: {', '.join(sorted(unknown))} (there are {', '.join(names)})")
    found = []
    for name in chosen:
        print(f"· {name}", file=sys.stderr, flush=True)
        told = Told(name)
        held(told)
        if not given.without_clients:
            drive(told)
        found.append(told)
    show(found)
    return int(any(one.failed or one.deviations for one in found))


if __name__ == "__main__":
    sys.exit(main())
