"""A data folder, or a PostgreSQL of its own, for one measurement."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "tests"))  # the PostgreSQL harness and the HTTP client are the tests'


@contextmanager
def fresh(*, postgres: bool) -> Iterator[tuple[Path, dict[str, str]]]:
    """An empty data folder and the environment that names it. PostgreSQL runs with the tests' settings: no fsync, so that
    its figures are about work, not about this disk."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="choai-bench-")))
        env = {k: v for k, v in os.environ.items() if not k.startswith("CHOAI_")}
        env["CHOAI_DATA"] = str(folder)
        if postgres:
            from postgres import postgres as server

            env["CHOAI_DATABASE_URL"] = stack.enter_context(server()).url()
        yield folder, env
