"""What the lists of the screens cost at size: 100,000 pairs and 1,000,000 outcome rows behind the real HTTP API.

    python -m bench lists [--bindings N] [--items N] [--postgres]

The data folder is filled by bulk statements, then ``choai serve`` runs on it as a child process and a signed-in client asks for
pages, five times each: median and slowest answer in milliseconds, the whole answer read. Those are wall time, true only on
a machine with nothing else to do; the CPU time of the program (not of a PostgreSQL server) stands beside it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from bench.databases import ROOT, fresh
from bench.processes import cpu
from bench.records import company, values_of

EMAIL, PASSWORD = "owner@example.com", "correct-horse-battery"
AT = datetime(2026, 10, 1, tzinfo=UTC)
TIMES = 5
BIG = 0.8  # share of the rows that belongs to one run
OUTCOMES = (
    "unchanged",
    "updated",
    "created",
    "updated",
    "unchanged",
    "failed",
    "skipped",
    "updated",
    "unchanged",
    "unchanged",
)
RUNS, AUDIT = 2_000, 5_000


def run(arguments: list[str]) -> dict[str, Any]:
    """Fill, serve, ask."""
    parser = argparse.ArgumentParser(prog="bench lists")
    parser.add_argument("--bindings", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=1_000_000)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args(arguments)
    with fresh(postgres=options.postgres) as (folder, env):
        sizes = json.dumps({"bindings": options.bindings, "items": options.items})
        filler = [sys.executable, "-m", "bench.lists", sizes]
        began = time.perf_counter()
        told = subprocess.run(filler, env=env, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        filled = round(time.perf_counter() - began, 1)
        with serving(env, folder / "serve.log") as (base, pid):
            answers = ask(base, json.loads(told.stdout)["run"], pid)
    slowest = max(answers, key=lambda name: answers[name]["first_ms"])
    return {
        "database": "postgresql" if options.postgres else "sqlite",
        "rows": {"bindings": options.bindings, "items": options.items, "runs": RUNS, "audit": AUDIT},
        "fill_s": filled,
        "slowest_first": {slowest: answers[slowest]["first_ms"]},
        "over_one_second": [name for name, a in answers.items() if a["first_ms"] > 1000],
        "pages": answers,
    }


@contextmanager
def serving(env: dict[str, str], log: Path) -> Iterator[tuple[str, int]]:
    """The product on a free port; answers its address and process."""
    from postgres import free_port

    port = free_port()
    command = [str(Path(sys.executable).parent / "choai"), "serve", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=out)
    try:
        base = f"http://127.0.0.1:{port}"
        wait_for(base, process, log)
        yield base, process.pid
    finally:
        process.terminate()
        process.wait(60)


def wait_for(
    base: str, process: subprocess.Popen[bytes], log: Path, path: str = "/healthz", seconds: float = 120
) -> None:
    """Until the address answers well. Raises RuntimeError with the program's log."""
    from web.site import Person

    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        try:
            if Person(base).get(path).status == 200:
                return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"the program did not come up:\n{log.read_text('utf-8', 'replace')[-3000:]}")


def pages(run_id: int) -> dict[str, tuple[str, dict[str, Any]]]:
    """What is asked for, by a name for the table."""
    items = f"/api/runs/{run_id}/items"
    rare, common = company(77_777), "商事"
    return {
        "bindings": ("/api/bindings", {}),
        "bindings sorted by time": ("/api/bindings", {"sort": "-synced_at"}),
        "bindings sorted by state": ("/api/bindings", {"sort": "state"}),
        "bindings sorted by id there": ("/api/bindings", {"sort": "right_id"}),
        "bindings missing": ("/api/bindings", {"state": "missing_left"}),
        "bindings of a kind": ("/api/bindings", {"kind": "partner"}),
        "bindings search, one": ("/api/bindings", {"q": rare}),
        "bindings search, many": ("/api/bindings", {"q": common}),
        "bindings search, none": ("/api/bindings", {"q": "どこにもない名"}),
        "bindings page 50": ("/api/bindings", {"page": 50}),
        "items": (items, {}),
        "items sorted by name": (items, {"sort": "name"}),
        "items sorted by outcome": (items, {"sort": "-outcome"}),
        "items failed": (items, {"outcome": "failed"}),
        "items failed by name": (items, {"outcome": "failed", "sort": "name"}),
        "items succeeded": (items, {"outcome": "succeeded"}),
        "items succeeded by name": (items, {"outcome": "succeeded", "sort": "name"}),
        "items by code": (items, {"code": "too_long"}),
        "items by rare code": (items, {"code": "duplicate_name"}),
        "items by operation": (items, {"op": "create"}),
        "items of a side": (items, {"side": "right"}),
        "items search, one": (items, {"q": rare}),
        "items search, many": (items, {"q": common}),
        "items search, none": (items, {"q": "どこにもない名"}),
        "items search by id": (items, {"q": "c77777"}),
        "items failed, search": (items, {"outcome": "failed", "q": common}),
        "items page 50": (items, {"page": 50}),
        "items page 5000": (items, {"page": 5000}),
        "runs": ("/api/runs", {}),
        "runs sorted by start": ("/api/runs", {"sort": "-started_at"}),
        "runs of a state": ("/api/runs", {"state": "partly"}),
        "runs of a kind": ("/api/runs", {"kind": "partner"}),
        "runs search": ("/api/runs", {"q": "取引"}),
        "runs page 30": ("/api/runs", {"page": 30}),
        "audit": ("/api/audit", {}),
        "audit of an action": ("/api/audit", {"action": "connection"}),
        "audit search": ("/api/audit", {"q": "777"}),
        "audit page 50": ("/api/audit", {"page": 50}),
    }


def ask(base: str, run_id: int, pid: int) -> dict[str, dict[str, Any]]:
    """Milliseconds by page. ``first_ms`` is the first answer, with nothing warm but the connection to the database; ``cpu_ms`` is
    what the program itself worked for one answer, whatever else the machine did."""
    from web.site import Person

    person = Person(base)
    if person.sign_in(EMAIL, PASSWORD).status != 200:
        raise RuntimeError("signing in failed")
    answers = {}
    for name, (path, query) in pages(run_id).items():
        taken = []
        before = cpu(pid)
        for _ in range(TIMES):
            start = time.perf_counter()
            answer = person.get(path, **query)
            taken.append((time.perf_counter() - start) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"{path} {query}: {answer.status} {answer.body[:300]!r}")
        answers[name] = {
            "first_ms": round(taken[0]),
            "median_ms": round(statistics.median(taken)),
            "max_ms": round(max(taken)),
            "cpu_ms": round((cpu(pid) - before) * 1000 / TIMES),
            "rows": len(answer.data["rows"]),
            "total": answer.data["total"],
        }
    return answers


# ---------------------------------------------------------------- filling, in a process of its own


def fill(bindings: int, items: int) -> dict[str, int]:
    """The rows; answers the id of the big run."""
    from choai.runtime import boot

    boot.ready(boot.prepare())
    from django.db import connection

    from choai.store import people
    from choai.store.models import Connection, Pairing, Sync

    user, place = people.first_start(
        workspace="計測商事株式会社", name="計測 太郎", email=EMAIL, password=PASSWORD, language="ja"
    )
    ends = [
        Connection.objects.create(workspace_id=place, service=s, name=s, auth="oauth", state="ready", created_by=user)
        for s in ("kintone", "freee")
    ]
    pairing = Pairing.objects.create(
        workspace_id=place, kind="partner", left_connection=ends[0], left_object="app:1", right_connection=ends[1],
        right_object="partners",
    )  # fmt: skip
    sync = Sync.objects.create(workspace_id=place, pairing=pairing, name="取引先", to_left=True, to_right=True)
    _bindings(place, pairing.id, bindings)
    run_ids = _runs(place, sync)
    big = int(items * BIG)
    _items(place, sync.id, run_ids[-1], big)
    for number, run_id in enumerate(run_ids[-11:-1]):
        _items(place, sync.id, run_id, (items - big) // 10 + (number == 0) * ((items - big) % 10))
    _audit(place, user.pk)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")  # as autovacuum does soon; on SQLite the product keeps no statistics
    return {"run": run_ids[-1]}


def _insert(table: str, columns: str, rows: Iterator[tuple[Any, ...]]) -> None:
    from django.db import transaction

    from choai.store import rows as bulk

    with transaction.atomic():
        while part := list(islice(rows, 10_000)):
            bulk.insert(table, columns.split(), part)


def _bindings(place: int, pairing: int, count: int) -> None:
    from choai.engine.codec import pack

    base = pack(values_of(1, 0))
    states = {0: "missing_left", 1: "missing_right"}
    _insert(
        "store_binding",
        "workspace_id pairing_id left_id right_id name left_base right_base left_print right_print state origin created_at "
        "synced_at",
        (
            (place, pairing, f"c{n}", f"b{n}", company(n), base, base, bytes(16), bytes(16), states.get(n % 1000, "ok"),
             "matched", AT, AT + timedelta(seconds=n * 7919 % 86_400))
            for n in range(count)
        ),
    )  # fmt: skip


def _runs(place: int, sync: Any) -> list[int]:
    from choai.store.models import Run
    from choai.store.runs import settings_of

    settings = settings_of(sync)
    made = [
        Run(
            workspace_id=place, sync=sync, batch=f"{n:032}", trigger="schedule", phase="done", settings=settings,
            state="partly" if n % 20 == 0 else "succeeded", counts={}, created_at=AT + timedelta(hours=n),
            started_at=AT + timedelta(hours=n), ended_at=AT + timedelta(hours=n, minutes=9),
        )
        for n in range(RUNS)
    ]  # fmt: skip
    Run.objects.bulk_create(made, batch_size=200)
    return list(Run.objects.order_by("id").values_list("id", flat=True))


def _items(place: int, sync: int, run_id: int, count: int) -> None:
    from choai.engine.codec import pack
    from choai.store.models import Run

    packed = pack(values_of(1, 0))
    ops = {"created": "create", "updated": "update"}
    codes = {"failed": "too_long", "skipped": "skipped_by_policy"}

    def row(n: int) -> tuple[Any, ...]:
        outcome = OUTCOMES[n % 10] if n % 50_000 else "failed"
        code = codes.get(outcome, "") if n % 50_000 else "duplicate_name"
        facts = json.dumps({"field": "name", "field_ja": "名前", "field_en": "Name", "length": 300, "max": 255})
        return (
            place, run_id, sync, "right" if n % 3 else "left", ops.get(outcome, "none"), f"c{n}", f"b{n}", company(n), "",
            "1", packed, packed if outcome == "updated" else b"", packed if outcome in ops else b"", outcome, code,
            facts if code else "{}", AT,
        )  # fmt: skip

    _insert(
        "store_item",
        "workspace_id run_id sync_id side op left_id right_id name key revision source before after outcome code facts ended_at",
        (row(n) for n in range(count)),
    )
    counts: dict[str, int] = {}
    for n in range(count):
        outcome = OUTCOMES[n % 10] if n % 50_000 else "failed"
        counts[outcome] = counts.get(outcome, 0) + 1
    Run.objects.filter(id=run_id).update(counts={**counts, "planned": count, "read": count}, state="partly")


def _audit(place: int, user: int) -> None:
    from django.db import transaction

    from choai.store import audit

    actions = ("run.start", "connection.change", "sync.change", "binding.unlink")
    with transaction.atomic():  # one by one, because each entry is chained to the one before
        for n in range(AUDIT):
            audit.note(place, user, actions[n % 4], f"対象 {n}", after={"number": n})


if __name__ == "__main__":
    json.dump(fill(**json.loads(sys.argv[1])), sys.stdout)
