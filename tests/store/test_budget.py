from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from choai import clock
from choai.connectors.contract import Account, Limit
from choai.engine import budget as decide
from choai.errors import ChoaiError
from choai.runtime.threads import in_thread
from choai.runtime.turns import turns
from choai.store import budget
from choai.store.dialect import epoch
from choai.store.dialect import rows as sql
from connectors import fake
from store.rows import a_connection, a_run, a_workspace

NOON = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)  # 12:00 in Tokyo
DAY = Limit("day", 10, 86400, reset="09:00+09:00")
PER_APP = Limit("app_day", 10, 86400, reset="09:00+09:00", scope="app", hard=False)


@pytest.fixture
def still() -> Iterator[None]:
    clock.set_clock(lambda: NOON)
    yield
    clock.set_clock(None)


@pytest.fixture
def connection(database: str, still: None) -> Any:
    return a_connection(a_workspace())


def binding(connection_id: int, *limits: Limit, scope: str | None = None, **changes: Any) -> decide.Rules:
    facts = {"concurrency": 3, "purpose": decide.RUN, "share": 0.8, "now": clock.now(), "plan": {}, **changes}
    plan = facts.pop("plan")
    return decide.rules(limits, plan, connection_id=connection_id, scope=scope, **facts)


def raised(*args: Any) -> ChoaiError:
    with pytest.raises(ChoaiError) as caught:
        budget.acquire(*args)
    return caught.value


def spend(connection: Any, rules: decide.Rules, times: int) -> None:
    for _ in range(times):
        turn = budget.acquire(connection.id, "h", rules)
        assert turn.number is not None
        budget.release(connection.id, "h", turn.number)


# ------------------------------------------------------------------ decisions


@pytest.mark.req("FK-64")
@pytest.mark.parametrize(
    ("now", "reset", "day", "ends"),
    [
        ("2026-04-01T08:59:59+09:00", "09:00+09:00", date(2026, 3, 31), "2026-04-01T00:00:00+00:00"),
        ("2026-04-01T09:00:00+09:00", "09:00+09:00", date(2026, 4, 1), "2026-04-02T00:00:00+00:00"),
        ("2026-03-31T23:59:59+09:00", "00:00+09:00", date(2026, 3, 31), "2026-03-31T15:00:00+00:00"),
        ("2026-03-31T15:00:00+00:00", "00:00+09:00", date(2026, 4, 1), "2026-04-01T15:00:00+00:00"),
    ],
)
def test_vendor_days(now: str, reset: str, day: date, ends: str) -> None:
    assert decide.vendor_day(reset, datetime.fromisoformat(now)) == (day, datetime.fromisoformat(ends))


@pytest.mark.parametrize("count", [1, 2, 3, 10, 30, 300, 1500])
@pytest.mark.parametrize("seconds", [1, 60, 3600])
def test_a_rate_is_never_above_its_count_in_any_period(count: int, seconds: int) -> None:
    step, slack = decide.pace(count, seconds)
    grants, tat = [], 0.0
    for n in range(3 * count):
        now = 0.0 if n < 2 * count else 1.7 * seconds  # a storm, silence, a storm
        tat = max(tat, now - slack) + step
        grants.append(max(now, tat - step))
    for begin in grants:
        assert sum(begin <= g < begin + seconds for g in grants) <= count
    assert all(a <= b for a, b in pairwise(grants))


def test_what_binds_a_run_and_what_a_person() -> None:
    limits = (Limit("at_once", 2, 0), Limit("minute", 30, 60), DAY, PER_APP)
    run = binding(7, *limits, concurrency=5, now=NOON)
    assert (run.slots, [r.key for r in run.rates]) == (1, ["7:minute"])
    assert [(d.scope, d.limit, d.stop) for d in run.days] == [("", 10, 8)]
    person = binding(7, *limits, concurrency=5, now=NOON, purpose=decide.PERSON, scope="app:1", plan={"day": 20})
    assert person.slots == 2
    assert [(d.scope, d.limit, d.stop) for d in person.days] == [("", 20, 20), ("app:1", 10, None)]
    assert binding(7, concurrency=1, now=NOON).slots == 1


def test_the_fact_until_in_every_shape() -> None:
    assert decide.instant(NOON) == NOON
    assert decide.instant(NOON.isoformat()) == NOON
    assert decide.instant("2026-04-01T03:00:00Z") == NOON
    assert decide.instant("2026-04-01T03:00:00") == NOON
    assert decide.instant("soon") is None
    assert decide.instant(None) is None


# ------------------------------------------------------------------ counters


@pytest.mark.req("FK-64")
def test_a_run_stops_at_its_share_and_a_person_goes_on_to_the_limit(connection: Any) -> None:
    run = binding(connection.id, DAY)
    spend(connection, run, 8)
    error = raised(connection.id, "h", run)
    assert error.code == "budget_spent"
    assert (error.facts["limit"], error.facts["used"]) == (10, 8)
    assert error.facts["until"] == "2026-04-02T00:00:00+00:00"
    spend(connection, binding(connection.id, DAY, share=0.9), 1)
    person = binding(connection.id, DAY, purpose=decide.PERSON)
    spend(connection, person, 1)
    assert raised(connection.id, "h", person).facts["used"] == 10


def test_a_refusal_takes_nothing(connection: Any) -> None:
    rules = binding(connection.id, Limit("minute", 30, 60), DAY)
    spend(connection, rules, 8)
    before = sql("SELECT key, tat FROM store_bucket")
    raised(connection.id, "h", rules)
    assert sql("SELECT key, tat FROM store_bucket") == before
    assert sql("SELECT number FROM store_slot WHERE until > 0") == []


@pytest.mark.req("FK-64")
def test_a_limit_that_only_warns_never_stops_a_person(connection: Any) -> None:
    spend(connection, binding(connection.id, PER_APP, scope="app:1", purpose=decide.PERSON), 12)
    assert raised(connection.id, "h", binding(connection.id, PER_APP, scope="app:1")).facts["object"] == "app:1"
    spend(connection, binding(connection.id, PER_APP, scope="app:2"), 8)
    spend(connection, binding(connection.id, PER_APP), 20)


def test_a_new_vendor_day_begins_from_nothing(connection: Any) -> None:
    spend(connection, binding(connection.id, DAY), 8)
    clock.set_clock(lambda: NOON + timedelta(hours=21))
    spend(connection, binding(connection.id, DAY), 1)


def test_a_share_of_nothing_stops_at_once(connection: Any) -> None:
    assert raised(connection.id, "h", binding(connection.id, Limit("day", 1, 86400))).code == "budget_spent"


def test_usage_for_the_screens(connection: Any) -> None:
    spec = fake.spec(limits=(Limit("at_once", 2, 0), DAY, PER_APP))
    account = Account(id="1", name="x", limits={"day": 20})
    assert [(u.name, u.used, u.limit) for u in budget.usage(connection.id, spec, account)] == [("day", 0, 20)]
    spend(connection, binding(connection.id, DAY, PER_APP, scope="app:1"), 5)
    spend(connection, binding(connection.id, DAY, PER_APP, scope="app:2"), 2)
    told = [(u.name, u.scope, u.used, u.limit, u.share) for u in budget.usage(connection.id, spec, account)]
    assert told == [("day", "", 7, 20, 0.35), ("app_day", "app:1", 5, 10, 0.5), ("app_day", "app:2", 2, 10, 0.2)]
    assert budget.usage(connection.id, spec, account)[0].resets_at == NOON + timedelta(hours=21)


def test_slots_are_leases(connection: Any) -> None:
    rules = binding(connection.id)
    taken = [budget.acquire(connection.id, h, rules).number for h in ("a", "b", "c")]
    assert taken == [0, 1, None], "a run leaves one for a person"
    assert budget.acquire(connection.id, "p", binding(connection.id, purpose=decide.PERSON)).number == 2
    budget.release(connection.id, "b", 0)
    assert budget.acquire(connection.id, "c", rules).number is None, "only the holder releases"
    budget.release(connection.id, "a", 0)
    assert budget.acquire(connection.id, "c", rules).number == 0
    assert budget.renew(connection.id, "c", 0)
    assert not budget.renew(connection.id, "a", 0)
    sql("UPDATE store_slot SET until=:now-1 WHERE holder='b' RETURNING number")  # b was killed
    assert budget.acquire(connection.id, "d", rules).number == 1
    budget.clear_slots()
    assert budget.acquire(connection.id, "e", rules).number == 0


@pytest.mark.req("FK-63")
def test_a_pause_the_service_asked_for_holds_everybody(connection: Any) -> None:
    rules = binding(connection.id)
    other = a_connection(a_workspace())
    budget.pause(connection.id, NOON + timedelta(seconds=20))
    budget.pause(connection.id, NOON + timedelta(seconds=10))
    budget.pause(connection.id, NOON - timedelta(seconds=10))
    turn = budget.acquire(connection.id, "h", rules)
    assert turn.number is None
    assert 15 < turn.wait <= 20
    assert budget.acquire(other.id, "h", rules).number == 0
    budget.pause(connection.id, NOON + timedelta(minutes=10))
    error = raised(connection.id, "h", rules)
    until = decide.instant(error.facts["until"])
    assert (error.code, until is not None) == ("throttled", True)
    sql("UPDATE store_bucket SET tat=:now-1 RETURNING key")
    assert budget.acquire(connection.id, "h", rules).number == 0


def test_a_rate_waits_and_a_long_wait_steps_aside(connection: Any) -> None:
    rules = binding(connection.id, Limit("hour", 3, 3600))
    spend(connection, rules, 1)
    error = raised(connection.id, "h", rules)
    assert error.code == "throttled"
    assert sql("SELECT number FROM store_slot WHERE until > 0") == []
    quick = binding(connection.id, Limit("second", 30, 1))
    waits = []
    for _ in range(5):
        turn = budget.acquire(connection.id, "h", quick)
        assert turn.number is not None
        waits.append(turn.wait)
        budget.release(connection.id, "h", turn.number)
    assert waits[:3] == [0, 0, 0]
    assert 0 < waits[3] < waits[4]


@pytest.mark.req("FK-64")
def test_a_run_states_the_calls_it_made(connection: Any) -> None:
    run_id = a_run(connection)
    other = a_connection(connection.workspace)
    for row in (connection, connection, other):
        turn = budget.acquire(row.id, "h", binding(row.id), run_id)
        budget.release(row.id, "h", turn.number or 0)
    from choai.store.models import Run

    assert Run.objects.get(id=run_id).calls == {str(connection.id): 2, str(other.id): 1}


# ------------------------------------------------------------------ turns


@pytest.fixture
async def at(database: str) -> Any:
    workspace = await in_thread(a_workspace)
    return await in_thread(a_connection, workspace)


async def test_a_turn_is_given_back_whatever_happens(at: Any) -> None:
    turn = turns(at.id, fake.spec(concurrency=2), {}, purpose=decide.RUN, share=0.8)
    with pytest.raises(ValueError, match="boom"):
        async with turn(None):
            raise ValueError("boom")
    asleep = asyncio.create_task(_hold(turn))
    await asyncio.sleep(0)
    asleep.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asleep
    async with asyncio.timeout(20), turn(None):
        pass


async def _hold(turn: Any) -> None:
    async with turn(None):
        await asyncio.Event().wait()


async def test_a_long_call_keeps_its_slot(at: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "LEASE", 2.0)
    turn = turns(at.id, fake.spec(concurrency=1), {}, purpose=decide.RUN, share=0.8)
    async with turn(None):
        until = (await in_thread(sql, "SELECT until FROM store_slot"))[0][0]
        await asyncio.sleep(until + 0.1 - await in_thread(epoch))
        assert (await in_thread(budget.acquire, at.id, "thief", binding(at.id, concurrency=1))).number is None


CALLER = """
import asyncio, sys
import django
django.setup()
from connectors import fake
from choai.connectors.contract import Limit
from choai.runtime.turns import turns
from choai.runtime.threads import in_thread
from choai.store.dialect import epoch

async def caller(turn, calls, out):
    for _ in range(calls):
        asked = await in_thread(epoch)
        async with turn(None):
            begin = await in_thread(epoch)
            await asyncio.sleep(0.002)
            out.append((asked, begin, await in_thread(epoch)))

async def main():
    connection, tasks, calls = map(int, sys.argv[1:])
    spec = fake.spec(concurrency=4, limits=(Limit("second", 20, 1), Limit("day", 45, 86400)))
    out = []
    turn = turns(connection, spec, {}, purpose="person", share=1.0)
    await asyncio.gather(*(caller(turn, calls, out) for _ in range(tasks)), return_exceptions=True)
    for line in out:
        print(*line)

asyncio.run(main())
"""


@pytest.mark.req("FK-64")
async def test_two_processes_together_stay_within_every_limit(at: Any) -> None:
    """20 a second, 4 at once, 45 a day, asked for by two processes with six tasks each."""
    tests = Path(__file__).parent.parent
    env = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "choai.web.settings",
        "PYTHONPATH": os.pathsep.join([str(tests.parent / "src"), str(tests)]),
    }
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", CALLER, str(at.id), "6", "6", env=env, stdout=asyncio.subprocess.PIPE
        )
        for _ in range(2)
    ]
    out = [(await process.communicate())[0].decode() for process in started]
    calls = sorted(tuple(map(float, line.split())) for text in out for line in text.splitlines())
    assert len(calls) == 45, "the day's limit, exactly"
    assert all(text for text in out), "both took part"
    first, begins = min(asked for asked, _, _ in calls), sorted(begin for _, begin, _ in calls)
    step, slack = decide.pace(20, 1)
    assert all(begin >= first + n * step - slack - 0.001 for n, begin in enumerate(begins)), "faster than 20 a second"
    changes = sorted([(begin, 1) for _, begin, _ in calls] + [(end, -1) for _, _, end in calls])
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    assert most <= 4
