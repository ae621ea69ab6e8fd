"""What the health page shows (CC-23), read from the store alone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count

from choai import clock
from choai.store import connections, dialect, drift, hooks
from choai.store.models import Connection, Item, Retry, Run, Worker
from choai.store.workers import LEASE_SECONDS


def workers() -> list[dict[str, Any]]:
    """Processes that run syncs, with the seconds since their last beat."""
    rows = dialect.rows("SELECT id, host, :now - beat FROM store_worker ORDER BY started_at")
    return [
        {"id": row[0], "host": row[1], "beat_age": max(0, int(row[2])), "alive": row[2] < LEASE_SECONDS} for row in rows
    ]


def last_tick() -> datetime | None:
    """When a worker last looked for due schedules: it does with each beat."""
    newest = Worker.objects.order_by("-beat").values_list("beat", flat=True).first()
    return datetime.fromtimestamp(newest, UTC) if newest else None


def queue(workspace_id: int) -> dict[str, int]:
    """Runs that wait for a worker."""
    waiting = Run.objects.filter(workspace_id=workspace_id, state="queued")
    oldest = waiting.order_by("created_at").values_list("created_at", flat=True).first()
    age = int((clock.now() - oldest).total_seconds()) if oldest else 0
    return {"depth": waiting.count(), "oldest_seconds": max(0, age)}


def database() -> dict[str, Any]:
    """Kind and size in bytes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_database_size(current_database())")
            return {"kind": "PostgreSQL", "size": cursor.fetchone()[0]}
    folder: Path = settings.DATA
    return {"kind": "SQLite", "size": sum(f.stat().st_size for f in folder.glob("choai.db*"))}


def attention(workspace_id: int) -> list[dict[str, Any]]:
    """What waits for a person: connections, records that keep failing by code, plans that wait, held runs."""
    found = [
        {"code": row.state_code or "reauthorise", "facts": {"connection": row.name, **row.state_facts}, "count": 1,
         "link": f"/connections/{row.id}"}
        for row in Connection.objects.filter(workspace_id=workspace_id).exclude(state__in=("ready", "new", "removed"))
    ]  # fmt: skip
    found += [
        {"code": "grant_expiring", "facts": {"connection": grant.connection.name, "user": str(grant.user), "date": day},
         "count": 1, "link": f"/connections/{grant.connection_id}"}
        for grant, day in connections.fading(workspace_id)
    ]  # fmt: skip
    found += [
        {"code": "hook_refused", "facts": {"connection": row.name, "count": count}, "count": count,
         "link": f"/connections/{row.id}"}
        for row, count in hooks.refusing(workspace_id)
    ]  # fmt: skip
    found += [
        {"code": row.code, "facts": {"connection": row.connection.name, **row.facts}, "count": 1,
         "link": f"/connections/{row.connection_id}"}
        for row in hooks.failing(workspace_id)
    ]  # fmt: skip
    held = Run.objects.filter(workspace_id=workspace_id, state="held").order_by("-id")
    found += [
        {"code": run.error_code or "brake", "facts": run.error_facts, "count": 1, "link": f"/runs/{run.id}"}
        for run in held[:20]
    ]
    found += [
        {"code": pause.code, "facts": pause.facts, "count": 1, "link": f"/inbox?entry=run-{pause.run.id}"}
        for pause in drift.pauses(workspace_id).values()
    ]
    failing = (
        Retry.objects.filter(workspace_id=workspace_id)
        .exclude(code="")  # a person unlinked it: nothing is wrong
        .values("sync_id", "code")
        .annotate(n=Count("id"))
        .order_by("-n")
    )
    for row in failing[:20]:
        newest = (
            Item.objects.filter(workspace_id=workspace_id, sync_id=row["sync_id"], code=row["code"], outcome="failed")
            .order_by("-run_id")
            .values_list("run_id", flat=True)
            .first()
        )
        link = f"/runs/{newest}?outcome=failed&code={row['code']}" if newest else f"/runs?sync={row['sync_id']}"
        found.append({"code": row["code"], "facts": {}, "count": row["n"], "link": link})
    return found
