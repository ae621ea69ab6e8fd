"""The job of bench/README.md, run by everybody against the same mock, round after round, and what it took.

python -m bench peers [--records N] [--rounds N] [--only a,b] [--no-postgres] [--million] [--n8n]
                          [--scenarios cursor,single,delay,memory]
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.databases import ROOT
from bench.peers import engines as who
from bench.peers.engines import Engine, Job
from bench.peers.figures import document, table
from bench.peers.installing import CannotInstall, environment
from bench.peers.pipes import Broke
from bench.peers.pipes import run as run_pipe

RECORDS, FEW, SINGLE, DELAY_MS = 100_000, 20_000, 5_000, 100
MILLION = 1_000_000
GROUPS = ("cursor", "single", "delay", "memory")
Row = dict[str, Any]


@dataclass(slots=True, frozen=True)
class Mock:
    """The service that everybody reads from and writes to."""

    address: str
    count: int

    def ask(self, path: str, *, post: bool = True) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.address}/control/{path}", method="POST" if post else "GET")
        with urllib.request.urlopen(request, timeout=120) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    def stats(self) -> dict[str, Any]:
        return self.ask("stats", post=False)


@contextmanager
def mocked(count: int) -> Iterator[Mock]:
    """A mock of its own process with so many records."""
    command = [sys.executable, "-m", "bench.peers.mock", str(count)]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        yield Mock(f"http://127.0.0.1:{json.loads(process.stdout.readline())['port']}", count)
    finally:
        process.terminate()
        process.wait()


# ---------------------------------------------------------------- one engine, one scenario


def measure(engine: Engine, job: Job, mock: Mock, expected: tuple[int, int]) -> Row:
    """One run. ``expected``: the fewest and the most records it should write; another number is told as a problem."""
    before, beside = mock.stats(), engine.beside() if engine.beside else 0.0
    took = run_pipe(engine.pipe(job), env=environment() | engine.env(job), folder=job.folder)
    after = mock.stats()
    row: Row = {"cpu_s": took.cpu_s, "wall_s": took.wall_s, "peak_rss_mb": took.peak_rss_mb}
    row |= {name: after.get(name, 0) - before.get(name, 0) for name in ("reads", "writes", "written", "rewritten")}
    row["mock_cpu_s"] = round(after["cpu"] - before["cpu"], 2)
    if engine.beside:
        row["server_cpu_s"] = round(engine.beside() - beside, 2)
    if not expected[0] <= row["written"] <= expected[1]:
        row["problem"] = f"wrote {row['written']} records, not {expected[0]} to {expected[1]}"
    engine.keep(job, took)
    if engine.ours:
        row["inside"] = json.loads(took.out.strip().splitlines()[-1])[-1]
    return row


def begin(engine: Engine, mock: Mock, place: Path, *, batch: int = 100) -> Job:
    """A fresh state of the mock and of the engine."""
    mock.ask("reset")
    job = Job(mock.address, place / f"{engine.name}-{next(who.numbers)}", batch=batch)
    job.folder.mkdir(parents=True)
    engine.begin(job)
    return job


def cursor_round(engine: Engine, mock: Mock, place: Path) -> dict[str, Row]:
    """Full load, then nothing changed, then everything read again, then one record in a hundred changed."""
    job = begin(engine, mock, place)
    count, few = mock.count, mock.count // 100
    none = (0, job.page)  # peers send the records of the last second again
    out = {"full_load": measure(engine, job, mock, (count, count))}
    if "no_change" in engine.parts:
        out["no_change"] = measure(engine, job, mock, none)
    if "no_change_warm" in engine.parts:
        row = measure(engine, _with(job, times=3), mock, (0, 0))
        third = {name: row[name] // 3 for name in ("reads", "writes", "written", "rewritten")}
        out["no_change_warm"] = {**third, **{n: row["inside"][n] for n in ("cpu_s", "wall_s", "peak_rss_mb")}}
    if "no_change_scan" in engine.parts:
        out["no_change_scan"] = measure(engine, _with(job, scan=True), mock, (0, 0))
    if "one_percent" in engine.parts:
        mock.ask(f"touch?n={few}")
        out["one_percent"] = measure(engine, job, mock, (few, few + job.page))
    shutil.rmtree(job.folder)
    return out


def _with(job: Job, **changes: Any) -> Job:
    return Job(**{name: getattr(job, name) for name in Job.__slots__} | changes)


def loaded(engine: Engine, mock: Mock, place: Path, *, batch: int = 100, delay_ms: int = 0) -> Row:
    """Only a full load."""
    mock.ask("delay?ms=0")
    job = begin(engine, mock, place, batch=batch)
    mock.ask(f"delay?ms={delay_ms}")
    row = measure(engine, job, mock, (mock.count, mock.count))
    mock.ask("delay?ms=0")
    shutil.rmtree(job.folder)
    return row


# ---------------------------------------------------------------- all of them


class Results:
    """scenario → engine → one row per round. An engine that broke has its reason there and runs that scenario no more."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, list[Row]]] = {}
        self.broken: dict[str, dict[str, str]] = {}

    def add(self, scenario: str, engine: Engine, row: Row) -> None:
        self.rows.setdefault(scenario, {}).setdefault(engine.name, []).append(row)
        beside = f" + server {row['server_cpu_s']:.1f}" if "server_cpu_s" in row else ""
        problem = f"  PROBLEM: {row['problem']}" if "problem" in row else ""
        calls = f"{row['reads']} + {row['writes']} calls"
        took = (
            f"{row['cpu_s']:7.2f} CPU s{beside}, {row['wall_s']:6.1f} s, {row['peak_rss_mb']:4.0f} MB, {calls}{problem}"
        )
        say(f"  {scenario:16} {engine.name:18} {took}")

    def broke(self, scenario: str, engine: Engine, why: Exception) -> None:
        self.broken.setdefault(scenario, {})[engine.name] = str(why)
        say(f"  {scenario:16} {engine.name:18} BROKE: {why}")

    def broke_in(self, scenario: str, engine: Engine) -> bool:
        return engine.name in self.broken.get(scenario, {})


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def race(engines: list[Engine], groups: Collection[str], options: argparse.Namespace, place: Path) -> Results:
    """Every scenario, the engines in turn within each round."""
    results = Results()
    warm_up(results, engines, place, min(10_000, max(1, options.records // 10)), counted="memory" in groups)
    if "cursor" in groups:
        with mocked(options.records) as mock:
            for number in range(options.rounds):
                say(f"round {number + 1} of {options.rounds}, {options.records:,} records")
                for engine in engines:
                    _round(results, engine, mock, place)
    if "single" in groups:
        with mocked(min(SINGLE, options.records)) as mock:
            say(f"{mock.count:,} records, one per call")
            _each(results, "single", engines, lambda e: loaded(e, mock, place, batch=1))
    if "delay" in groups:
        with mocked(min(FEW, options.records)) as mock:
            say(f"{mock.count:,} records with {DELAY_MS} ms per call")
            _each(results, "delay", engines, lambda e: loaded(e, mock, place, delay_ms=DELAY_MS))
    if options.million:
        with mocked(MILLION) as mock:
            say("memory at a million records")
            chosen = [engine for engine in engines if "memory" in engine.parts]
            _each(results, f"memory {MILLION}", chosen, lambda e: loaded(e, mock, place))
    return results


def warm_up(results: Results, engines: list[Engine], place: Path, count: int, *, counted: bool) -> None:
    """A first run of each that leaves byte code behind, and a second for its memory."""
    say(f"warming up{' and memory' if counted else ''} at {count:,} records")
    with mocked(count) as mock:
        for engine in engines:
            for again in (False, True)[: 1 + counted]:
                _try(results, f"memory {count}", engine, again, lambda e: loaded(e, mock, place))


def _each(results: Results, scenario: str, engines: list[Engine], work: Callable[[Engine], Row]) -> None:
    for engine in engines:
        if scenario.split(" ", maxsplit=1)[0] in engine.parts | {"memory"}:
            _try(results, scenario, engine, True, work)


def _try(results: Results, scenario: str, engine: Engine, counted: bool, work: Callable[[Engine], Row]) -> None:
    if results.broke_in(scenario, engine):
        return
    try:
        row = work(engine)
    except (Broke, subprocess.CalledProcessError) as why:
        results.broke(scenario, engine, why)
    else:
        if counted:
            results.add(scenario, engine, row)


def _round(results: Results, engine: Engine, mock: Mock, place: Path) -> None:
    if results.broke_in("full_load", engine):
        return
    try:
        for scenario, row in cursor_round(engine, mock, place).items():
            results.add(scenario, engine, row)
    except (Broke, subprocess.CalledProcessError) as why:
        results.broke("full_load", engine, why)


def chosen(options: argparse.Namespace) -> list[str]:
    names = options.only.split(",") if options.only else list(who.BY_DEFAULT)
    unknown = set(names) - set(who.NAMES)
    if unknown:
        raise SystemExit(f"unknown: {', '.join(sorted(unknown))}; known: {', '.join(who.NAMES)}")
    if not options.postgres:
        names = [n for n in names if n != "choai-postgresql"]
    return [*names, "n8n"] if options.n8n and "n8n" not in names else names


def run(arguments: list[str]) -> dict[str, Any]:
    """All engines that can be had, all scenarios; the human table goes to standard error."""
    parser = argparse.ArgumentParser(prog="bench peers")
    parser.add_argument("--records", type=int, default=RECORDS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", help=f"of {', '.join(who.NAMES)}")
    parser.add_argument("--postgres", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--million", action="store_true", help="memory at a million records too (Choai and the floor)")
    parser.add_argument("--scenarios", default="", help=f"of {', '.join(GROUPS)}; default: all")
    parser.add_argument("--n8n", action="store_true", help="n8n too, when it is on PATH")
    options = parser.parse_args(arguments)
    groups = options.scenarios.split(",") if options.scenarios else GROUPS
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended on the way out
    unavailable = {} if options.n8n else {"n8n": who.N8N}
    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="choai-bench-")))
        tree = who.copy_of_the_tree(place)
        engines = []
        for name in chosen(options):
            try:
                made = (
                    who.MAKERS[name](tree) if name in who.MAKERS else stack.enter_context(who.choai_on_postgres(tree))
                )
                engines.append(made)
            except CannotInstall as why:
                unavailable[name] = str(why)
                say(f"  {name} is not measured: {why}")
        results = race(engines, groups, options, place)
    answer = document(results.rows, results.broken, engines, unavailable, vars(options))
    say(table(answer))
    return answer
