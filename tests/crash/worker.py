"""A real worker in a forked child: started, given a run, driven to its end – or to where it is killed."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from crash.points import Points, watch
from services.registered import register

WARM = (
    "aiohttp", "dbos._sys_db_sqlite", "django.db.backends.postgresql.base", "django.db.models.sql.compiler",
    "sqlalchemy.dialects.postgresql.psycopg", "sqlalchemy.dialects.sqlite.pysqlite", "choai.engine.run", "choai.runtime.boot",
    "choai.runtime.durable", "choai.runtime.ports", "choai.runtime.worker", "databases", "services.shelf.api",
    "services.shelf.spec",
)  # fmt: skip
LONGEST = 60.0  # seconds until a run that does not end is a failure


def warm() -> None:
    """Import everything a worker needs, so that children begin with it. Starts no thread and opens no database."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "choai.web.settings")
    django.setup()
    for name in WARM:
        import_module(name)
    register()
    gc.collect()
    gc.freeze()


@contextmanager
def at_work(where: Any, point: Points | None = None, *, lease: float = 0) -> Iterator[None]:
    """The worker runs on this place's databases. ``point``: with its process instrumented. ``lease``: seconds without a beat
    after which others count as dead; 0: they are dead."""
    from choai.runtime import durable, worker
    from choai.runtime.boot import Home
    from choai.runtime.ports import RunPorts
    from choai.store import workers
    from databases import pointed

    durable.POLL_SECONDS = 0.03
    worker.LOOK_SECONDS = 0.2
    worker.LEASE_SECONDS = lease or worker.LEASE_SECONDS
    with pointed(where.url(), where.folder):
        advance = watch(point) if point is not None else None
        ports = RunPorts() if advance is not None else None
        own = worker.start(Home(where.folder, where.url() or "").engine_url, advance=advance, ports=ports)
        if not lease:
            workers.forget_others(own)
        try:
            yield
        finally:
            worker.stop(5)


def begin() -> int:
    """The next run, in the queue."""
    from choai.runtime import durable
    from choai.store import runs
    from choai.store.models import Sync

    sync = Sync.objects.get()
    run_id = runs.create_run(sync.id, workspace_id=sync.workspace_id, trigger="manual", user_id=sync.run_as_id)
    durable.enqueue(run_id)
    return run_id


def ended(run_id: int) -> dict[str, Any]:
    """Wait for the run; answers how it ended and what its items say."""
    from choai.store.models import ENDED_RUNS, Item, Run

    end = time.monotonic() + LONGEST
    while (run := Run.objects.get(id=run_id)).state not in ENDED_RUNS:
        if time.monotonic() > end:
            raise AssertionError(f"the run does not end: {run.state} {run.phase} {run.work} {run.notes}")
        time.sleep(0.02)
    outcomes: dict[str, int] = {}
    for outcome in Item.objects.filter(run=run).values_list("outcome", flat=True):
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
    codes = sorted(set(Item.objects.filter(run=run).exclude(code="").values_list("code", flat=True)))
    return {
        "state": run.state, "code": run.error_code, "counts": run.counts, "items": outcomes, "codes": codes,
        "notes": [n["code"] for n in run.notes],
    }  # fmt: skip


def run_to_the_end() -> dict[str, Any]:
    return ended(begin())


def parked() -> list[str]:
    """Names of the records whose creates wait for a person."""
    from choai.store.models import Binding, Intent

    found = Intent.objects.filter(state="ambiguous").select_related("item")
    bound = {side: set(Binding.objects.values_list(f"{side}_id", flat=True)) for side in ("left", "right")}
    return sorted({i.item.name for i in found if i.source_id not in bound["left" if i.side == "right" else "right"]})


def unsettled() -> int:
    from choai.store.models import Intent

    return Intent.objects.filter(state__in=("open", "wrote")).count()
