"""One budget for all jobs (G9) as it really runs: the database, several processes, HTTP, and a service that counts each call in
a window that slides. The vendor's minute is three seconds here; test_limits.py has the full size on a virtual clock."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from choai.runtime.threads import in_thread
from choai.store.models import Budget, DayCount
from choai.store.seal import load_secrets
from proof import vendor
from store.rows import a_connection, a_user, a_workspace

TESTS = Path(__file__).parent.parent
RUNS = 10

CALLER = """
import asyncio, sys
import django
django.setup()
from connectors import fake
from choai.connectors.contract import Limit
fake.install(concurrency=5, limits=(Limit("window", 60, 3), Limit("at_once", 5, 0), Limit("day", 5000, 86400)))
from choai.connectors import http
from choai.runtime import turns
from choai.runtime.link import open_link

workspace, connection, user, runs, calls, clicks = map(int, sys.argv[1:])

async def run(number):
    link = await open_link(workspace, connection, user)
    for _ in range(calls):
        await link.session.call("GET", "/list", query={"by": f"run {number}"}, auth={})

async def person():
    link = await open_link(workspace, connection, user, purpose="person")
    client = await http.client()
    for n in range(clicks):
        await asyncio.sleep(0.7)
        await client.post(f"{link.settings['base_url']}/asked", params={"by": f"asked {n}"})
        await link.session.call("GET", "/list", query={"by": f"click {n}"}, auth={})

async def main():
    await asyncio.gather(*(run(f"{sys.argv[4]}/{n}") for n in range(runs)), person())
    await turns.close()
    await http.close()

asyncio.run(main())
"""


@pytest.mark.req("FK-64")
async def test_ten_runs_in_three_processes_break_no_limit(database: str, data_folder: Path) -> None:
    load_secrets()
    workspace = await in_thread(a_workspace)
    user = await in_thread(a_user, workspace)
    shares = (4, 3, 3) if database == "postgres" else (10,)
    calls = 60 if os.environ.get("CHOAI_FULL") else 20
    clicks = 8
    async with vendor.running(latency=0.05, per_window=60, window=vendor.WINDOW, at_once=5) as service:
        settings = {"base_url": service.url}
        row = await in_thread(a_connection, workspace, None, settings=settings, auth="key")
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "choai.web.settings",
            "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)]),
        }
        started = []
        for n, runs in enumerate(shares):
            facts = (workspace.id, row.id, user.id, runs, calls, 0 if n else clicks)
            started.append(
                await asyncio.create_subprocess_exec(sys.executable, "-c", CALLER, *map(str, facts), env=env)
            )
        assert [await process.wait() for process in started] == [0] * len(shares)
        told: dict[str, Any] = await service.told()
    assert "429" not in told
    assert told["calls"] == RUNS * calls + clicks
    order: list[str] = told["order"]
    overtaken = [order.index(f"click {n}") - order.index(f"asked {n}") - 1 for n in range(clicks)]
    assert sorted(overtaken)[clicks // 2] <= 5, f"a person came after so many calls of ten runs: {overtaken}"
    assert (await in_thread(DayCount.objects.get)).count == told["calls"], "what was not used was given back"
    assert '"desks":{}' in (await in_thread(Budget.objects.get)).books
