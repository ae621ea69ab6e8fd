"""What a vendor's quota sees and what the machine must hold: calls of each kind of run, exactly, and memory by size.

The service is the benchmark's own (``bench/service``, ``bench/peers/mock.py``): 200 records a page, 100 a write, over real HTTP.
The counts are the fewest that such pages and batches allow, and two looks that are promised: at what the sink holds before a
first run (nothing is made twice), and at what changed in the source while a run wrote (FK-52).
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from choai.connectors import http, registry
from choai.engine import context
from choai.engine.run import advance
from choai.runtime.ports import RunPorts
from choai.store import runs, seal
from choai.store.models import Run, Sync

ROOT = Path(__file__).resolve().parents[2]
COUNT = 1_000  # 5 pages, 10 batches
FEW, GROWTH_MB = 600, 12  # 5 MB is usual; a process that kept what it read needs 19 for 5,400 records more
SOURCE, LOOK_BEFORE, SINK, ONE = "GET /records", "GET /held", "POST /batch", "POST /record"
LOOK_AFTER = 1  # of a run that wrote


@dataclass
class Bench:
    """The mock and a sync from its contacts to its sink. ``told`` counts the calls by method and path."""

    store: Any
    told: Counter[str] = field(default_factory=Counter)
    sync_id: int = 0
    workspace_id: int = 0

    def set_up(self, target: str = "partners") -> None:
        from bench.peers.choai import set_up

        # a second look at the source before a write depends on how long ago it was read, so on this machine
        self.workspace_id, self.sync_id = set_up(self.store.base, target, recheck_seconds=86_400)

    def run(self, **settings: Any) -> Run:
        """One run to its end; ``told`` has its calls."""
        Sync.objects.filter(id=self.sync_id).update(**settings)
        self.told.clear()
        run_id = runs.create_run(self.sync_id, workspace_id=self.workspace_id, trigger="manual", user_id=None)

        async def to_its_end() -> None:
            ports = RunPorts()
            while not (await advance(run_id, ports)).done:
                pass
            await http.close()

        asyncio.run(to_its_end())
        row = Run.objects.get(id=run_id)
        assert row.state == "succeeded", (row.error_code, row.error_facts)
        return row


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The benchmark's connector, as if a package had brought it."""
    monkeypatch.syspath_prepend(str(ROOT))
    monkeypatch.setitem(registry.SERVICES, "bench", "bench.service")
    found = (registry.modules, registry.spec, registry.connector)
    for cached in found:
        cached.cache_clear()
    yield
    for cached in found:
        cached.cache_clear()


@pytest.fixture
def mock(installed: None) -> Iterator[Bench]:
    from bench.peers import mock as service

    bench = Bench(service.Store(COUNT))
    answer = service.answer

    def noted(store: Any, method: str, target: str, body: bytes) -> bytes | None:
        bench.told[f"{method} {target.partition('?')[0]}"] += 1
        return answer(store, method, target, body)

    loop = asyncio.new_event_loop()
    service.answer = noted
    server = loop.run_until_complete(service.listen(bench.store))
    thread = threading.Thread(target=loop.run_forever, name="mock", daemon=True)
    thread.start()
    yield bench
    service.answer = answer

    async def end() -> None:
        server.close()
        loop.stop()

    asyncio.run_coroutine_threadsafe(end(), loop)
    thread.join(10)
    loop.close()


@pytest.fixture
def bench(mock: Bench, database: str) -> Bench:
    """On SQLite and on PostgreSQL; each database has a run 1."""
    seal.load_secrets()
    context._ends.clear()
    context._parsed.clear()
    return mock


def test_as_few_calls_as_pages_and_batches_allow(bench: Bench) -> None:
    bench.set_up()
    row = bench.run()
    assert row.counts["created"] == COUNT == len(bench.store.sink)
    assert bench.told == {SOURCE: 5 + LOOK_AFTER, LOOK_BEFORE: 1, SINK: 10}

    assert bench.run().counts.get("read", 0) == 0  # nothing changed, with cursor
    assert bench.told == {SOURCE: 1}

    assert bench.run(resync=True).counts["read"] == COUNT  # nothing changed, everything read again
    assert bench.told == {SOURCE: 5}

    bench.store.touch(COUNT // 100)
    assert bench.run().counts["updated"] == COUNT // 100
    assert bench.told == {SOURCE: 1 + LOOK_AFTER, SINK: 1}
    assert bench.store.counts["rewritten"] == COUNT // 100


def test_the_ledger_counts_the_calls_that_were_made(bench: Bench) -> None:
    """What the run's page shows as calls is what the service saw (FK-64)."""
    bench.set_up()
    row = bench.run()
    assert sum(row.calls.values()) == bench.told.total() == 17


def test_one_call_for_each_record_where_there_is_no_batch(bench: Bench) -> None:
    bench.set_up("partners_single")
    bench.run()
    assert bench.told == {SOURCE: 5 + LOOK_AFTER, LOOK_BEFORE: 1, ONE: COUNT}
    assert bench.store.counts["rewritten"] == 0


def test_a_page_is_let_go_before_the_next(mock: Bench, sqlite_database: str, data_folder: Path) -> None:
    """Ten times the records, not ten times the memory."""
    from bench.peers.mock import Store

    seal.load_secrets()
    mock.set_up()
    mock.store.show(Store(FEW))
    few = peak_mb(data_folder)
    mock.store.show(Store(FEW * 10))
    many = peak_mb(data_folder, "--resync")
    assert len(mock.store.sink) == FEW * 10
    assert many - few < GROWTH_MB, f"{few} MB with {FEW} records, {many} MB with {FEW * 10}"


def peak_mb(folder: Path, *options: str) -> float:
    """Highest memory of a worker's process that runs the sync once."""
    env = {**os.environ, "CHOAI_DATA": str(folder), "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "src")])}
    command = [sys.executable, "-m", "bench.peers.choai", "run", *options]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode(errors="replace")[-3000:]
    return float(json.loads(done.stdout)[-1]["peak_rss_mb"])
