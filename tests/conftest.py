"""What all layers share: services to talk to, databases of both kinds, a data folder, the browser, and the count per layer."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

LAYERS = ("unit", "property", "contract", "fidelity", "store", "crash", "docs", "e2e")
FOLDERS = {"property", "contract", "fidelity", "store", "crash", "e2e"}
CHROMIUM_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update "
    "--disable-sync --disable-dev-shm-usage"
).split()


def layer_of(nodeid: str) -> str:
    """unit, unless the test lives in the folder of another layer; ``house`` tests the documents and the house rules."""
    parts = nodeid.split("/")
    folder = parts[1] if len(parts) > 2 and parts[0] == "tests" else ""
    return "docs" if folder == "house" else folder if folder in FOLDERS else "unit"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests go last: the browser's driver keeps an event loop in the main thread, which others could not share."""
    items.sort(key=lambda item: LAYERS.index(layer_of(item.nodeid)))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    counts: dict[str, Counter[str]] = {layer: Counter() for layer in LAYERS}
    for outcome in ("passed", "failed", "error", "skipped", "xfailed"):
        for report in terminalreporter.stats.get(outcome, []):
            counts[layer_of(report.nodeid)][outcome] += 1
    terminalreporter.section("tests per layer")
    for layer, found in counts.items():
        told = ", ".join(f"{count} {outcome}" for outcome, count in found.items()) or "none"
        terminalreporter.write_line(f"{layer:10} {told}")
    if os.environ.get("CHOAI_COUNTS"):
        Path(os.environ["CHOAI_COUNTS"]).write_text(json.dumps(counts), "utf-8")


# ------------------------------------------------------------------ folders and databases


@pytest.fixture
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder that CHOAI_DATA names."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("CHOAI_DATA", str(folder))
    return folder


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A PostgreSQL of this test session; see postgres.Postgres."""
    from postgres import postgres

    with postgres() as server:
        yield server


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Path:
    from databases import sqlite_template

    with django_db_blocker.unblock():
        return sqlite_template(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: Any, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Any) -> Any:
    from databases import postgres_template

    with django_db_blocker.unblock():
        postgres_template(postgres_server, tmp_path_factory.mktemp("template"))
    return postgres_server


@pytest.fixture
def sqlite_database(_sqlite_template: Path, data_folder: Path, django_db_blocker: Any) -> Iterator[str]:
    """An empty migrated SQLite database in ``data_folder``; Django and new processes (by environment) use it."""
    from databases import sqlite_copy

    with django_db_blocker.unblock(), sqlite_copy(_sqlite_template, data_folder):
        yield "sqlite"


@pytest.fixture
def postgres_database(_postgres_template: Any, data_folder: Path, django_db_blocker: Any) -> Iterator[str]:
    """An empty migrated PostgreSQL database; Django and new processes (by environment) use it."""
    from databases import postgres_copy

    with django_db_blocker.unblock(), postgres_copy(_postgres_template, data_folder):
        yield "postgres"


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """The test runs twice: on an empty SQLite and on an empty PostgreSQL. The value says which."""
    return str(request.getfixturevalue(f"{request.param}_database"))


# ------------------------------------------------------------------ imitation services


@pytest.fixture
def freee_sandbox() -> Iterator[Any]:
    """freee on loopback with its own fresh state: ``base_url`` and ``world``."""
    from choai.sandbox import freee
    from servers import sandbox

    with sandbox(freee) as box:
        yield box


@pytest.fixture
def kintone_sandbox() -> Iterator[Any]:
    """kintone on loopback with its own fresh state: ``base_url`` and ``world``."""
    from choai.sandbox import kintone
    from servers import sandbox

    with sandbox(kintone) as box:
        yield box


# ------------------------------------------------------------------ the browser (fixtures of pytest-playwright)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    found = os.environ.get("CHOAI_CHROMIUM") or next((f for name in names if (f := shutil.which(name))), None)
    if found is None:
        raise RuntimeError("no Chromium: run python3 dev.py test, or name one in CHOAI_CHROMIUM")
    return {"executable_path": found, "args": CHROMIUM_FLAGS, "headless": True}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"locale": "ja-JP", "timezone_id": "Asia/Tokyo", "viewport": {"width": 1366, "height": 860}}
