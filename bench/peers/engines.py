"""Who runs the job, and how each is started: a pipe of processes, its files, and what it needs before and after."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.databases import ROOT
from bench.peers.installing import CannotInstall, environment, home, version
from bench.peers.pipes import Took
from bench.processes import lifetime_cpu

ADAPTERS = Path(__file__).parent / "adapters"
N8N = (
    "not measured unless --n8n is given and n8n is on PATH: it is no Python package, takes 1.6 GB and a compiler to install, "
    "and has no cursor of its own"
)


@dataclass(slots=True, frozen=True)
class Job:
    """What an engine is asked to do. ``folder`` is its own, empty before a full load and kept between the runs that follow."""

    address: str
    folder: Path
    page: int = 200
    batch: int = 100
    scan: bool = False
    times: int = 1

    @property
    def database(self) -> str:
        return self.folder.name.replace("-", "_")


Command = Sequence[str | Path]


@dataclass(slots=True, frozen=True)
class Engine:
    """``pipe`` gives the commands of a measured run; ``begin`` makes the files of a first one and ``keep`` keeps what the
    next one needs, both outside the measurement. ``beside`` is the CPU of a server that works for it."""

    name: str
    version: str
    pipe: Callable[[Job], list[Command]]
    begin: Callable[[Job], None] = lambda job: None
    keep: Callable[[Job, Took], None] = lambda job, took: None
    env: Callable[[Job], dict[str, str]] = lambda job: {}
    beside: Callable[[], float] | None = None
    peer: bool = True  # somebody else's product
    ours: bool = False
    parts: frozenset[str] = field(default=frozenset({"full_load", "no_change", "one_percent", "delay", "single"}))


# ---------------------------------------------------------------- the floor and the peers


def bare() -> Engine:
    bin = home("bare")

    def pipe(job: Job) -> list[Command]:
        scan = ["scan"] if job.scan else []
        return [[bin / "python", ADAPTERS / "bare.py", job.address, job.folder, str(job.page), str(job.batch), *scan]]

    parts = {"full_load", "no_change", "no_change_scan", "one_percent", "delay", "single", "memory"}
    return Engine("hub-floor", f"aiohttp {version(bin, 'aiohttp')}", pipe, peer=False, parts=frozenset(parts))


def dlt() -> Engine:
    bin = home("dlt")

    def pipe(job: Job) -> list[Command]:
        return [[bin / "python", ADAPTERS / "dlt_pipe.py", job.address, job.folder, str(job.page), str(job.batch)]]

    return Engine("dlt", version(bin, "dlt"), pipe)


def airbyte() -> Engine:
    bin = home("airbyte-cdk")
    stream = {
        "name": "records", "json_schema": {"type": "object"}, "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": True, "default_cursor_field": ["updated_at"], "source_defined_primary_key": [["id"]],
    }  # fmt: skip
    chosen = {
        "stream": stream, "sync_mode": "incremental", "destination_sync_mode": "append_dedup",
        "cursor_field": ["updated_at"], "primary_key": [["id"]],
    }  # fmt: skip

    def begin(job: Job) -> None:
        write(job.folder / "config.json", {"address": job.address, "page": job.page})
        write(job.folder / "catalog.json", {"streams": [chosen]})

    def pipe(job: Job) -> list[Command]:
        state = job.folder / "state.json"
        source: list[str | Path] = [
            bin / "source-declarative-manifest", "read", "--manifest-path", ADAPTERS / "cdk_source.yaml",
            "--config", job.folder / "config.json", "--catalog", job.folder / "catalog.json",
        ]  # fmt: skip
        source += ["--state", state] if state.exists() else []
        return [source, [bin / "python", ADAPTERS / "cdk_sink.py", job.address, job.folder, str(job.batch)]]

    return Engine("airbyte-cdk", version(bin, "airbyte-cdk"), pipe, begin=begin)


def singer(*, validating: bool) -> Engine:
    """Two ways: as its documentation begins, and with the validation of records switched off, which is its fastest."""
    bin = home("singer-sdk")

    def begin(job: Job) -> None:
        write(job.folder / "config.json", {"address": job.address, "page": job.page})
        options = {} if validating else {"validate_records": False}
        write(job.folder / "target.json", {"address": job.address, "batch": job.batch, **options})

    def pipe(job: Job) -> list[Command]:
        state = job.folder / "state.json"
        tap: list[str | Path] = [bin / "python", ADAPTERS / "singer_tap.py", "--config", job.folder / "config.json"]
        tap += ["--state", state] if state.exists() else []
        return [tap, [bin / "python", ADAPTERS / "singer_target.py", "--config", job.folder / "target.json"]]

    def keep(job: Job, took: Took) -> None:
        (job.folder / "state.json").write_text(took.out.strip().splitlines()[-1], "utf-8")

    name = "singer-sdk-validating" if validating else "singer-sdk"
    return Engine(name, version(bin, "singer-sdk"), pipe, begin=begin, keep=keep)


def n8n() -> Engine:
    """Full load only: a workflow run by hand has no cursor. Raises CannotInstall when it is not on PATH."""
    program = shutil.which("n8n")
    if program is None:
        raise CannotInstall("n8n is not on PATH")

    def begin(job: Job) -> None:
        file = job.folder / "flow.json"
        words: list[str | Path] = [ADAPTERS / "n8n_flow.py", job.address, file, str(job.page), str(job.batch)]
        subprocess.run([sys.executable, *words], check=True)
        subprocess.run(
            [program, "import:workflow", f"--input={file}"],
            env=environment() | env(job),
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def env(job: Job) -> dict[str, str]:
        return {"N8N_USER_FOLDER": str(job.folder), "N8N_DIAGNOSTICS_ENABLED": "false"}

    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    return Engine(
        "n8n", told, lambda job: [[program, "execute", "--id=bench0001"]], begin=begin, env=env,
        parts=frozenset({"full_load", "delay"}),
    )  # fmt: skip


def write(file: Path, content: object) -> None:
    file.write_text(json.dumps(content), "utf-8")


# ---------------------------------------------------------------- Choai

_ALL = frozenset(
    {"full_load", "no_change", "no_change_warm", "no_change_scan", "one_percent", "delay", "single", "memory"}
)


def copy_of_the_tree(folder: Path) -> Path:
    """What is measured is the tree as it was when the benchmark began, whatever is edited meanwhile."""
    leave = shutil.ignore_patterns("static", "__pycache__")
    shutil.copytree(ROOT / "src", folder / "tree", ignore=leave)
    shutil.copytree(ROOT / "bench", folder / "tree" / "bench", ignore=leave)
    return folder / "tree"


def choai(
    database: str, tree: Path, *, env: Callable[[Job], dict[str, str]], beside: Callable[[], float] | None = None
) -> Engine:
    """The worker of that copy."""
    from choai import __version__

    me: list[str | Path] = [sys.executable, "-m", "bench.peers.choai"]

    def surroundings(job: Job) -> dict[str, str]:
        return {"CHOAI_DATA": str(job.folder), "PYTHONPATH": str(tree)} | env(job)

    def begin(job: Job) -> None:
        target = "partners" if job.batch > 1 else "partners_single"
        words = [*me, "prepare", job.address, target]
        subprocess.run([str(w) for w in words], env=environment() | surroundings(job), cwd=tree, check=True)

    def pipe(job: Job) -> list[Command]:
        return [[*me, "run", "--times", str(job.times), *(["--resync"] if job.scan else [])]]

    return Engine(
        f"choai-{database}",
        __version__,
        pipe,
        begin=begin,
        env=surroundings,
        beside=beside,
        peer=False,
        ours=True,
        parts=_ALL,
    )


@contextmanager
def choai_on_postgres(tree: Path) -> Iterator[Engine]:
    """With a server of its own, which has the tests' settings (no fsync), and a database for each job."""
    from postgres import postgres

    with postgres() as server:
        import psycopg

        with psycopg.connect(server.url()) as connection:
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
            assert row is not None
            head = parent(int(row[0]))
        made: set[str] = set()

        def env(job: Job) -> dict[str, str]:
            if job.database not in made:
                server.execute(f"CREATE DATABASE {job.database}")
                made.add(job.database)
            return {"CHOAI_DATABASE_URL": server.url(job.database)}

        yield choai("postgresql", tree, env=env, beside=lambda: lifetime_cpu(head))


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()[1])


# ---------------------------------------------------------------- all of them

MAKERS: dict[str, Callable[[Path], Engine]] = {
    "hub-floor": lambda tree: bare(),
    "dlt": lambda tree: dlt(),
    "airbyte-cdk": lambda tree: airbyte(),
    "singer-sdk": lambda tree: singer(validating=False),
    "singer-sdk-validating": lambda tree: singer(validating=True),
    "n8n": lambda tree: n8n(),
    "choai-sqlite": lambda tree: choai("sqlite", tree, env=lambda job: {}),
}
NAMES = (*MAKERS, "choai-postgresql")
BY_DEFAULT = tuple(name for name in NAMES if name not in ("singer-sdk-validating", "n8n"))
numbers = itertools.count(1)
