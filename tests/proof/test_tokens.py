"""A refresh that cannot lose a grant (G8): many tasks of several processes on one connection, against a service whose refresh
tokens rotate and whose reuse ends the whole family; and a process killed between the service's answer and our row.

SQLite is for one process in the product, so there all tasks are in one; PostgreSQL has four.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from choai import clock
from choai.connectors import http
from choai.errors import ChoaiError
from choai.runtime import link
from choai.runtime.threads import in_thread
from choai.store import tokens
from choai.store.dialect import rows as sql
from choai.store.models import Connection
from choai.store.seal import load_secrets
from connectors import fake
from proof import vendor
from store.rows import a_connection, a_user, a_workspace

FULL = bool(os.environ.get("CHOAI_FULL"))
TESTS = Path(__file__).parent.parent

CALLER = """
import asyncio, os, signal, sys
import django
django.setup()
from connectors import fake
fake.install(concurrency=100)
from choai.connectors import http
from choai.errors import ChoaiError
from choai.runtime import turns
from choai.runtime.link import open_link
from choai.store import tokens

if "die" in sys.argv:
    # the service has answered, the row is not written
    tokens.keep = lambda *_: os.kill(os.getpid(), signal.SIGKILL)

async def caller(workspace, connection, user, calls):
    link = await open_link(workspace, connection, user)
    for _ in range(calls):
        await link.session.call("GET", "/list")
    return calls

async def main():
    workspace, connection, user, tasks, calls = map(int, sys.argv[1:6])
    ended = await asyncio.gather(*(caller(workspace, connection, user, calls) for _ in range(tasks)), return_exceptions=True)
    await turns.close()
    await http.close()
    lost = {getattr(e, "code", repr(e)) for e in ended if not isinstance(e, int)}
    print(sum(e for e in ended if isinstance(e, int)), *sorted(lost))

asyncio.run(main())
"""


@dataclass
class Stage:
    service: vendor.Client
    connection: Any
    user: Any

    async def consent(self) -> None:
        """A person authorises, through the product's store."""
        pair = await self.service.consent()
        expires = clock.now().timestamp() + pair["expires_in"]
        give = (self.connection.id, self.user.id, pair["access_token"], pair["refresh_token"], expires)
        await in_thread(tokens.store_grant, *give)

    async def process(self, tasks: int, calls: int, *more: str) -> tuple[int, str, str]:
        """Exit code, answer and errors of a process with so many tasks of so many calls."""
        env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "choai.web.settings",
            "PYTHONPATH": os.pathsep.join([str(TESTS.parent / "src"), str(TESTS)]),
        }
        facts = (self.connection.workspace_id, self.connection.id, self.user.id, tasks, calls)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CALLER, *map(str, facts), *more, env=env, stdout=pipe, stderr=pipe
        )
        out, err = await process.communicate()
        return process.returncode or 0, out.decode().strip(), err.decode()

    async def lease_ends(self) -> None:
        """A minute later."""
        await in_thread(sql, "UPDATE store_authorisation SET lease_until = :now - 1 RETURNING id")

    async def grant(self) -> tokens.Grant:
        grant = await in_thread(tokens.grant_of, self.connection.id, self.user.id)
        assert grant is not None
        return grant


@pytest.fixture
def stages(database: str, data_folder: Path) -> Any:
    load_secrets()

    @asynccontextmanager
    async def stage(**facts: Any) -> AsyncIterator[Stage]:
        workspace = await in_thread(a_workspace)
        user = await in_thread(a_user, workspace)
        async with vendor.running(**facts) as service:
            settings = {"base_url": service.url, "client_id": "c"}
            row = await in_thread(a_connection, workspace, {"client_secret": "s"}, settings=settings)
            made = Stage(service, row, user)
            await made.consent()
            yield made

    return stage


def shape(database: str) -> tuple[int, int]:
    """Processes and tasks in each."""
    return (4, 12) if database == "postgres" else (1, 48)


@pytest.mark.req("FK-10", "FK-11")
async def test_one_refresh_for_each_end_and_none_is_refused(database: str, stages: Any) -> None:
    """A token ends after so many calls and with its successor: the service can tell exactly what was needed."""
    processes, tasks = shape(database)
    calls = 60 if FULL else 20
    async with stages(latency=0.02, uses=200) as stage:
        ended = await asyncio.gather(*(stage.process(tasks, calls) for _ in range(processes)))
        assert ended == [(0, str(tasks * calls), "")] * processes
        told = await stage.service.told()
        good = processes * tasks * calls
        assert (told["calls"], told.get("invalid_grant", 0)) == (good, 0)
        assert told.get("needless", 0) == 0
        assert told["refreshes"] == (good - 1) // 200


@pytest.mark.req("FK-10", "FK-11")
async def test_tokens_of_two_seconds(database: str, stages: Any) -> None:
    """200 ms for an answer, 2 s for a token: every call succeeds, whoever it was that renewed."""
    processes, tasks = shape(database)
    calls = 100 if FULL else 25
    async with stages(latency=0.2, life=2.0) as stage:
        ended = await asyncio.gather(*(stage.process(tasks, calls) for _ in range(processes)))
        assert ended == [(0, str(tasks * calls), "")] * processes
        told = await stage.service.told()
        assert told["calls"] == processes * tasks * calls
        assert "invalid_grant" not in told
        assert told["refreshes"] >= 2
        assert (await stage.grant()).state == "ok"


@pytest.mark.req("FK-10")
@pytest.mark.parametrize("grace", [True, False])
async def test_killed_between_the_answer_and_the_row(database: str, stages: Any, grace: bool) -> None:
    """A service that still takes the old refresh token notices nothing. One that does not ends the family: the connection says
    that a person must authorise again, keeps everything else, and goes on after that."""
    async with stages(latency=0.02, uses=100, grace=grace) as stage:
        code, out, _ = await stage.process(4, 30, "die")
        assert (code, out) == (-signal.SIGKILL, "")
        told = await stage.service.told()
        assert told["refreshes"] == 1
        before = await stage.grant()
        assert before.refresh == "refresh-1", "the new pair died with the process"
        await stage.lease_ends()
        processes, tasks = shape(database)
        ended = await asyncio.gather(*(stage.process(tasks, 2) for _ in range(processes)))
        told = await stage.service.told()
        row = await in_thread(Connection.objects.get, id=stage.connection.id)
        if grace:
            assert ended == [(0, str(tasks * 2), "")] * processes
            assert "invalid_grant" not in told
            assert (row.state, (await stage.grant()).state) == ("ready", "ok")
            return
        assert {e[1].split(" ", 1)[-1] for e in ended} <= {"reauthorise", f"{tasks * 2}"}
        assert told["invalid_grant"] == 1, "asked once by all processes together"
        assert (row.state, row.state_code) == ("reauthorise", "reauthorise")
        assert (row.settings, row.sealed) == (stage.connection.settings, stage.connection.sealed)
        await stage.consent()
        assert await stage.process(2, 3) == (0, "6", "")


async def test_a_process_that_slept_too_long_still_brings_its_pair(stages: Any) -> None:
    """Stopped after the service's answer for longer than its lease: the one that took over was refused, the sleeper has the
    successor in its hand, and nobody needs to authorise again."""
    async with stages(latency=0.0) as stage:
        claimed = await in_thread(tokens.claim, (await stage.grant()).id, "sleeper")
        assert claimed is not None
        await stage.lease_ends()
        other = await in_thread(tokens.claim, claimed.id, "other")
        assert other is not None
        assert await in_thread(tokens.reject, other)
        await in_thread(Connection.objects.filter(id=stage.connection.id).update, state="reauthorise")
        assert await in_thread(tokens.keep, claimed, "access-2", "refresh-2", 4e9)
        kept = await stage.grant()
        assert (kept.access, kept.refresh, kept.state) == ("access-2", "refresh-2", "ok")
        assert (await in_thread(Connection.objects.get, id=stage.connection.id)).state == "ready"
        await stage.consent()
        assert not await in_thread(tokens.keep, other, "a", "r", 4e9), "not over a new consent"


async def test_those_in_line_take_what_the_first_got(stages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were each to read the store before its turn, a token of few calls would have ended before the last one's call."""
    fake.install(concurrency=100)
    try:
        async with stages(latency=0.05, uses=100) as stage:
            row = stage.connection
            links = [await link.open_link(row.workspace_id, row.id, stage.user.id) for _ in range(10)]

            async def all_call() -> None:
                await asyncio.gather(*(one.session.call("GET", "/list") for one in links for _ in range(10)))

            await all_call()
            reads: list[int] = []
            read = tokens.read
            monkeypatch.setattr(tokens, "read", lambda grant: reads.append(grant) or read(grant))
            await all_call()
            assert (await stage.service.told())["refreshes"] == 1
            assert len(reads) <= 2 * len(links), "each link may look once a second"
    finally:
        fake.remove()
        await http.close()


async def test_the_service_sees_a_client_that_refreshes_twice(stages: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same without the lease: the family ends."""
    fake.install(concurrency=100)
    monkeypatch.setattr(tokens, "claim", lambda grant_id, _: tokens.read(grant_id))
    try:
        async with stages(latency=0.1, uses=5) as stage:
            row = stage.connection
            links = [await link.open_link(row.workspace_id, row.id, stage.user.id) for _ in range(8)]
            from choai.runtime import refresh

            monkeypatch.setattr(refresh, "_line", lambda _: refresh._Line())
            calls = (one.session.call("GET", "/list") for one in links for _ in range(5))
            ended = await asyncio.gather(*calls, return_exceptions=True)
            assert any(isinstance(e, ChoaiError) and e.code == "reauthorise" for e in ended)
            assert (await stage.service.told())["invalid_grant"] >= 1
    finally:
        fake.remove()
        await http.close()
