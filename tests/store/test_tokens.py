from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from choai import clock
from choai.connectors import http
from choai.errors import ChoaiError
from choai.runtime.refresh import Purse, access_token
from choai.runtime.threads import in_thread
from choai.store import tokens
from choai.store.dialect import rows as sql
from choai.store.seal import load_secrets
from connectors import fake
from store.rows import a_connection, a_user, a_workspace

IN_AN_HOUR = 3600


@dataclass
class Stage:
    """A connection to a token server, with one person's grant."""

    server: fake.TokenServer
    connection: Any
    user: Any

    async def purse(self, **changes: Any) -> Purse:
        spec = fake.spec(**changes)
        grant = await in_thread(tokens.grant_of, self.connection.id, self.user.id)
        assert grant is not None
        return Purse(spec, {"base_url": self.server.url, "client_id": "c"}, "secret", grant)

    def row(self) -> Any:
        from choai.store.models import Authorisation

        return Authorisation.objects.get(connection=self.connection)


def soon(seconds: float = IN_AN_HOUR) -> float:
    return clock.now().timestamp() + seconds


@pytest.fixture
async def stage(database: str, data_folder: Path) -> AsyncIterator[Stage]:
    load_secrets()
    fake.install()
    workspace = await in_thread(a_workspace)
    user = await in_thread(a_user, workspace)
    async with fake.running(fake.TokenServer()) as server:
        settings = {"base_url": server.url, "client_id": "c"}
        connection = await in_thread(a_connection, workspace, {"client_secret": "secret"}, settings=settings)
        await in_thread(tokens.store_grant, connection.id, user.id, *server.first_pair(), soon())
        try:
            yield Stage(server, connection, user)
        finally:
            clock.set_clock(None)
            fake.remove()
            await http.close()


async def code_of(call: Any) -> str:
    with pytest.raises(ChoaiError) as caught:
        await call
    return caught.value.code


# ------------------------------------------------------------------ the store


def test_a_pair_is_stored_sealed_and_replaced_by_a_new_consent(database: str, data_folder: Path) -> None:
    load_secrets()
    workspace = a_workspace()
    connection, user, other = a_connection(workspace), a_user(workspace), a_user(workspace)
    first = tokens.store_grant(connection.id, user.id, "access-1", "refresh-1", 5.0)
    assert (first.access, first.refresh, first.previous, first.expires_at, first.state) == (
        "access-1",
        "refresh-1",
        "",
        5.0,
        "ok",
    )
    sealed = sql("SELECT sealed FROM store_authorisation")[0][0]
    assert "access-1" not in sealed
    assert "access-1" not in repr(first)
    second = tokens.store_grant(connection.id, user.id, "access-2", "refresh-2", 6.0)
    assert (second.id, second.access) == (first.id, "access-2")
    assert second.version > first.version
    assert tokens.grant_of(connection.id, other.id) is None
    tokens.forget(second.id)
    assert tokens.read(second.id) is None


@pytest.mark.req("FK-10")
def test_one_holder_at_a_time_until_the_lease_ends(database: str, data_folder: Path) -> None:
    load_secrets()
    workspace = a_workspace()
    grant = tokens.store_grant(a_connection(workspace).id, a_user(workspace).id, "a", "r", 0)
    assert tokens.claim(grant.id, "one") == grant
    assert tokens.claim(grant.id, "two") is None
    tokens.release(grant.id, "two")
    assert tokens.claim(grant.id, "two") is None
    tokens.release(grant.id, "one")
    assert tokens.claim(grant.id, "two") is not None
    sql("UPDATE store_authorisation SET lease_until=:now-1 RETURNING id")  # its holder was killed
    assert tokens.claim(grant.id, "three") is not None
    tokens.clear_leases()
    assert tokens.claim(grant.id, "four") is not None


@pytest.mark.req("FK-10")
def test_a_pair_is_kept_only_over_the_one_it_was_made_from(database: str, data_folder: Path) -> None:
    load_secrets()
    workspace = a_workspace()
    grant = tokens.store_grant(a_connection(workspace).id, a_user(workspace).id, "a1", "r1", 0)
    claimed = tokens.claim(grant.id, "one")
    assert claimed is not None
    assert tokens.keep(claimed, "a2", "r2", 9.0)
    assert not tokens.keep(claimed, "a3", "r3", 9.0)
    assert not tokens.reject(claimed)
    now = tokens.read(grant.id)
    assert now is not None
    assert now.issued_at > 0
    assert (now.access, now.refresh, now.previous, now.version, now.state) == (
        "a2",
        "r2",
        "r1",
        grant.version + 1,
        "ok",
    )
    assert tokens.claim(grant.id, "two") is not None, "keeping a pair ends the lease"
    assert tokens.keep(now, "a4", "r2", 9.0), "a service that does not rotate"
    last = tokens.read(grant.id)
    assert last is not None
    assert (last.refresh, last.previous) == ("r2", "")
    assert tokens.reject(last)
    rejected = tokens.read(grant.id)
    assert rejected is not None
    assert rejected.state == "reauthorise"


def test_a_trip_is_good_for_one_return_within_the_hour(database: str, data_folder: Path) -> None:
    load_secrets()
    workspace = a_workspace()
    connection, user = a_connection(workspace), a_user(workspace)
    begin = {"verifier": "v", "redirect_uri": "http://x/cb", "back": "/connections"}
    tokens.begin_trip("s1", connection.id, user.id, **begin)
    trip = tokens.trip("s1")
    assert trip == tokens.Trip(connection.id, workspace.id, user.id, "v", "http://x/cb", "/connections")
    assert tokens.trip("s2") is None
    assert tokens.end_trip("s1")
    assert not tokens.end_trip("s1")
    tokens.begin_trip("s3", connection.id, user.id, **begin)
    later = clock.now() + timedelta(minutes=61)
    clock.set_clock(lambda: later)
    try:
        assert tokens.trip("s3") is None
        tokens.begin_trip("s4", connection.id, user.id, **begin)
        assert not tokens.end_trip("s3"), "swept"
    finally:
        clock.set_clock(None)


# ------------------------------------------------------------------ the refresh


async def test_a_good_token_needs_no_request(stage: Stage) -> None:
    assert await access_token(await stage.purse()) == "at-1"
    assert stage.server.seen == []


async def test_a_token_about_to_expire_is_refreshed_early(stage: Stage) -> None:
    own = fake.spec().oauth
    assert own is not None
    early = replace(own, refresh_early_seconds=300)
    left = IN_AN_HOUR - 299
    passed = clock.now() + timedelta(seconds=left)
    clock.set_clock(lambda: passed)
    assert await access_token(await stage.purse(oauth=early)) == "at-2"
    row = await in_thread(stage.row)
    assert row.expires_at == passed.timestamp() + IN_AN_HOUR
    assert (row.refreshed_at, row.lease_until) == (passed, 0)


async def test_a_short_life_is_not_refreshed_at_each_call(stage: Stage) -> None:
    own = fake.spec().oauth
    assert own is not None
    early = replace(own, refresh_early_seconds=2 * IN_AN_HOUR)
    assert await access_token(await stage.purse(oauth=early)) == "at-1"
    assert stage.server.seen == []


@pytest.mark.req("FK-10", "FK-11")
async def test_whoever_comes_second_takes_what_the_first_stored(stage: Stage) -> None:
    mine, theirs, third = [await stage.purse() for _ in range(3)]
    got = await asyncio.gather(*(access_token(purse, "at-1") for purse in (mine, theirs, third)))
    assert got == ["at-2"] * 3
    assert stage.server.refreshes == 1
    assert await access_token(mine) == "at-2"
    assert await access_token(await stage.purse(), "at-1") == "at-2"
    assert stage.server.refreshes == 1


async def test_a_refused_refresh_token_asks_a_person(stage: Stage) -> None:
    stage.server.number = 50  # the family was revoked
    assert await code_of(access_token(await stage.purse(), "at-1")) == "reauthorise"
    assert stage.server.invalid_grants == 1
    row = await in_thread(stage.row)
    assert (row.state, row.lease_until) == ("reauthorise", 0)
    assert await code_of(access_token(await stage.purse())) == "reauthorise"
    assert stage.server.invalid_grants == 1, "a lost grant is not tried again"


async def test_the_refresh_token_before_is_tried_once(stage: Stage) -> None:
    assert await access_token(await stage.purse(), "at-1") == "at-2"
    stage.server.number = 1  # the service never saw our rotation happen
    assert await access_token(await stage.purse(), "at-2") == "at-2"
    assert (stage.server.invalid_grants, stage.server.refreshes) == (1, 2)


async def test_when_neither_refresh_token_is_taken_a_person_is_asked(stage: Stage) -> None:
    assert await access_token(await stage.purse(), "at-1") == "at-2"
    stage.server.number = 50
    assert await code_of(access_token(await stage.purse(), "at-2")) == "reauthorise"
    assert stage.server.invalid_grants == 2


@pytest.mark.req("FK-10")
async def test_a_crash_between_answer_and_commit_is_survived_as_far_as_the_service_allows(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> bool:
        raise SystemExit

    with monkeypatch.context() as dying:
        dying.setattr(tokens, "keep", crash)
        with pytest.raises(SystemExit):
            await in_thread(_run_alone, await stage.purse())
    stage.server.number = 1  # a grace period: the old token is still taken
    assert await access_token(await stage.purse(), "at-1") == "at-2"


def _run_alone(purse: Purse) -> None:
    async def alone() -> None:
        try:
            await access_token(purse, "at-1")
        finally:
            await http.close()

    asyncio.run(alone())


async def test_a_passing_fault_leaves_the_grant_and_frees_the_lease(stage: Stage) -> None:
    good = stage.server.answer
    stage.server.answer = fake.status(503)
    assert await code_of(access_token(await stage.purse(), "at-1")) == "unexpected_answer"
    stage.server.answer = good
    assert await access_token(await stage.purse(), "at-1") == "at-2"


async def test_a_withdrawn_grant_ends_a_run_in_progress(stage: Stage) -> None:
    purse = await stage.purse()
    await in_thread(tokens.forget, purse.grant.id)
    assert await code_of(access_token(purse)) == "reauthorise"


@pytest.mark.req("FK-10")
async def test_a_slow_token_answer_blocks_no_other_writer(stage: Stage) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        asked.set()
        await go_on.wait()

    stage.server.before_answer = slow
    refreshing = asyncio.create_task(access_token(await stage.purse(), "at-1"))
    await asked.wait()
    try:
        await asyncio.wait_for(in_thread(a_workspace), 10)  # would wait for the database's lock for 30 s
        assert not refreshing.done()
    finally:
        go_on.set()
    assert await refreshing == "at-2"


async def test_a_new_consent_during_a_refresh_wins(stage: Stage) -> None:
    asked, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> None:
        asked.set()
        await go_on.wait()

    stage.server.before_answer = slow
    refreshing = asyncio.create_task(access_token(await stage.purse(), "at-1"))
    await asked.wait()
    await in_thread(tokens.store_grant, stage.connection.id, stage.user.id, "new", "new-refresh", soon())
    go_on.set()
    assert await refreshing == "new"


# ------------------------------------------------------------------ two processes

RACER = """
import asyncio, sys
import django
django.setup()
from connectors import fake
fake.install()
from choai.connectors import http
from choai.runtime.link import open_link

async def caller(workspace, connection, user, calls):
    link = await open_link(workspace, connection, user)
    for _ in range(calls):
        await link.session.call("GET", "/list")

async def main():
    workspace, connection, user, tasks, calls = map(int, sys.argv[1:])
    await asyncio.gather(*(caller(workspace, connection, user, calls) for _ in range(tasks)))
    await http.close()

asyncio.run(main())
"""


async def racing(stage: Stage, processes: int, tasks: int, calls: int) -> list[tuple[int, str]]:
    """Exit codes and errors of processes that call through the same grant."""
    tests = Path(__file__).parent.parent
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "choai.web.settings",
        "PYTHONPATH": os.pathsep.join([str(tests.parent / "src"), str(tests)]),
    }
    facts = (stage.connection.workspace_id, stage.connection.id, stage.user.id, tasks, calls)
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", RACER, *map(str, facts), env=env, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(processes)
    ]
    ended = [await process.communicate() for process in started]
    return [(process.returncode or 0, err.decode()) for process, (_, err) in zip(started, ended, strict=True)]


@pytest.mark.req("FK-10", "FK-11")
async def test_two_processes_race_a_rotating_refresh_token(stage: Stage) -> None:
    """Every access token ends after 120 calls, a new one ends the old: one refresh for each end, none refused."""
    stage.server.uses = stage.server.left = 120
    ended = await racing(stage, processes=2, tasks=3, calls=60)
    assert ended == [(0, ""), (0, "")]
    server = stage.server
    assert (server.invalid_grants, server.needless) == (0, 0)
    good = sum(path == "/list" for _, path, _, _ in server.seen)
    assert server.refreshes == (2 * 3 * 60 - 1) // 120
    assert good >= 360
