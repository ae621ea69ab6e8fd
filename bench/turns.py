"""What one call costs besides its own HTTP: a turn of the connection's budget and an access token.

    python -m bench turns [--calls N] [--postgres]

``turns`` are taken and given back with nothing in between, by as many tasks at once as ``tasks`` says, for three kinds of
connection: only a few at once and a day's counter that is far away (kintone), a rate far from its limit, and a rate that
binds, where every call must be counted exactly and in time. ``whole_call`` is a GET through the session with OAuth to a server on
loopback in another process, ``bare_call`` the same GET by aiohttp alone; the difference is ours.

CPU milliseconds per call, all threads of the process; the work of a PostgreSQL server is not in them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from typing import Any

from bench.databases import ROOT, fresh

AT_ONCE = 6


def run(arguments: list[str]) -> dict[str, Any]:
    """Measure in a child process."""
    parser = argparse.ArgumentParser(prog="bench turns")
    parser.add_argument("--calls", type=int, default=4000)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args(arguments)
    with fresh(postgres=options.postgres) as (_, env):
        command = [sys.executable, "-m", "bench.turns", str(options.calls)]
        done = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return {"database": "postgresql" if options.postgres else "sqlite", "cpu_ms_per_call": answer}


def measure(calls: int) -> dict[str, Any]:
    """All kinds, in this process."""
    from choai.runtime import boot

    boot.ready(boot.prepare())
    return asyncio.run(_measure(calls))


async def _measure(calls: int) -> dict[str, Any]:
    from choai.connectors import http
    from choai.connectors.contract import Limit
    from choai.runtime.threads import in_thread

    day = Limit("day", 10_000_000, 86_400, reset="09:00+09:00", scope="app", hard=False)
    kinds = {
        "few_at_once": (day,),
        "rate_far_away": (Limit("minute", 600_000, 60), Limit("day", 10_000_000, 86_400)),
        "rate_that_binds": (Limit("second", 300, 1), Limit("day", 10_000_000, 86_400)),
    }
    scene = await in_thread(_Scene)
    answer: dict[str, Any] = {}
    for name, limits in kinds.items():
        for tasks in (1, AT_ONCE - 2):
            turns = calls // 4 if name == "rate_that_binds" else calls
            answer[f"{name}, tasks {tasks}"] = await scene.turns(limits, turns, tasks)
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", SERVER, cwd=ROOT, stdout=asyncio.subprocess.PIPE, stdin=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    try:
        url = (await server.stdout.readline()).decode().strip()
        answer["bare_call"] = await scene.bare(url, calls)
        answer["whole_call"] = await scene.whole(url, calls)
    finally:
        server.terminate()
        await server.wait()
        await http.close()
    return answer


SERVER = """
from aiohttp import web
import asyncio, socket
async def answer(request): return web.json_response({"records": []})
app = web.Application()
app.router.add_get("/list", answer)
place = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{place.getsockname()[1]}", flush=True)
web.run_app(app, sock=place, print=None, access_log=None)
"""


class _Scene:
    """A connection with a grant, opened for a run."""

    def __init__(self) -> None:
        from connectors import fake
        from store.rows import a_connection, a_run, a_user, a_workspace

        fake.install(concurrency=AT_ONCE)
        self.place = a_workspace()
        self.user = a_user(self.place)
        self.connection = a_connection(self.place)
        self.run_id = a_run(self.connection)

    async def turns(self, limits: Any, calls: int, tasks: int) -> float:
        """CPU ms of one turn."""
        from choai.runtime.threads import in_thread
        from choai.runtime.turns import turns
        from connectors import fake
        from store.rows import a_connection

        row = await in_thread(a_connection, self.place)
        spec = fake.spec(concurrency=AT_ONCE, limits=limits)
        turn = turns(row.id, spec, {}, purpose="run", share=1.0, run_id=self.run_id)

        async def caller(count: int) -> None:
            for _ in range(count):
                async with turn("app:1"):
                    pass

        began = time.process_time()
        await asyncio.gather(*(caller(calls // tasks) for _ in range(tasks)))
        return round((time.process_time() - began) * 1000 / calls, 3)

    async def bare(self, url: str, calls: int) -> float:
        from choai.connectors.http import client

        session = await client()
        began = time.process_time()
        for _ in range(calls):
            async with session.get(f"{url}/list") as answer:
                await answer.read()
        return round((time.process_time() - began) * 1000 / calls, 3)

    async def whole(self, url: str, calls: int) -> float:
        from choai.runtime.link import open_link
        from choai.runtime.threads import in_thread
        from choai.store import tokens

        await in_thread(tokens.store_grant, self.connection.id, self.user.id, "access", "refresh", 4e9)
        self.connection.settings = {"base_url": url}
        await in_thread(self.connection.save)
        link = await open_link(self.place.id, self.connection.id, self.user.id, run_id=self.run_id)
        began = time.process_time()
        for _ in range(calls):
            await link.session.call("GET", "/list", scope="app:1")
        return round((time.process_time() - began) * 1000 / calls, 3)


if __name__ == "__main__":
    json.dump(measure(int(sys.argv[1])), sys.stdout)
