"""Worker processes and the runs that wait for one. Liveness goes by the database's clock, the one all hosts share."""

from __future__ import annotations

from datetime import datetime

from choai.store import dialect
from choai.store.models import Run, Worker

LEASE_SECONDS = 20.0  # a worker that has not beaten for so long is dead


def beat(worker_id: str, host: str, pid: int, now: datetime) -> None:
    """The worker is alive; the first beat enters it."""
    dialect.rows(
        "INSERT INTO store_worker (id, host, pid, started_at, beat) VALUES (%s, %s, %s, %s, :now)"
        " ON CONFLICT (id) DO UPDATE SET beat = excluded.beat RETURNING id",
        [worker_id, host, pid, now],
    )


def alive(lease: float = LEASE_SECONDS) -> set[str]:
    """Ids of the workers that have beaten within the lease (seconds)."""
    return {row[0] for row in dialect.rows("SELECT id FROM store_worker WHERE beat > :now - %s", [lease])}


def leave(worker_id: str) -> None:
    """The worker stops: others need not wait for its lease to end."""
    Worker.objects.filter(id=worker_id).delete()


def forget_others(worker_id: str) -> None:
    """On SQLite the holder of the data folder is the only process there is."""
    Worker.objects.exclude(id=worker_id).delete()


def forget_dead(seconds: float = 3600.0) -> None:
    """Take long dead workers off the list."""
    dialect.rows("DELETE FROM store_worker WHERE beat < :now - %s RETURNING id", [seconds])


def unfinished() -> list[int]:
    """Runs that need a worker, oldest first: queued ones and those that somebody was working on."""
    return list(Run.objects.filter(state__in=("queued", "running")).order_by("id").values_list("id", flat=True))


def control_of(run_id: int) -> str:
    """What a person wants of the run: "", cancel or pause."""
    return Run.objects.filter(id=run_id).values_list("control", flat=True).first() or ""
