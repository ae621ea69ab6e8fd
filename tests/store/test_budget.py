from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from choai import clock
from choai.connectors.contract import Account, Limit
from choai.engine import budget as decide
from choai.errors import ChoaiError
from choai.runtime.threads import in_thread
from choai.runtime.turns import close, turns
from choai.store import budget
from choai.store.dialect import epoch
from choai.store.models import Budget, DayCount, Run
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


def binding(*limits: Limit, scope: str | None = None, **changes: Any) -> decide.Rules:
    facts = {"concurrency": 3, "purpose": decide.RUN, "share": 0.8, "now": clock.now(), "plan": {}, **changes}
    plan = facts.pop("plan")
    return decide.rules(limits, plan, scope=scope, **facts)


def tell(connection: Any, rules: decide.Rules, desk: str = "h", **ask: Any) -> decide.Answer:
    return budget.settle(connection.id, budget.Ask(desk, **ask), rules)


def raised(connection: Any, rules: decide.Rules) -> ChoaiError:
    with pytest.raises(ChoaiError) as caught:
        tell(connection, rules, slots=1, places=1)
    return caught.value


def spend(connection: Any, rules: decide.Rules, times: int) -> None:
    """So many calls, each taken, made and given back."""
    for _ in range(times):
        answer = tell(connection, rules, slots=1, places=1)
        assert (answer.slots, answer.places) == (1, 1)
        tell(connection, rules, done={rate.name: (1, 0.0) for rate in rules.rates})


def books(connection: Any) -> str:
    return str(Budget.objects.get(connection=connection).books)


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


def test_what_binds_a_run_and_what_a_person() -> None:
    limits = (Limit("at_once", 2, 0), Limit("minute", 30, 60), DAY, PER_APP)
    run = binding(*limits, concurrency=5, now=NOON)
    assert (run.slots, [(r.name, r.most) for r in run.rates]) == (1, [("minute", 29)])
    assert [(d.scope, d.limit, d.stop) for d in run.days] == [("", 10, 8)]
    person = binding(*limits, concurrency=5, now=NOON, purpose=decide.PERSON, scope="app:1", plan={"day": 20})
    assert person.slots == 2
    assert [(d.scope, d.limit, d.stop) for d in person.days] == [("", 20, 20), ("app:1", 10, None)]
    assert [(r.name, r.most, r.step) for r in person.rates] == [("minute", 30, 0.0)]
    assert binding(concurrency=1, now=NOON).slots == 1
    assert [decide.reserve(count) for count in (1, 19, 20, 60, 300)] == [0, 0, 1, 1, 5]


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
    run = binding(DAY)
    spend(connection, run, 8)
    error = raised(connection, run)
    assert error.code == "budget_spent"
    assert (error.facts["limit"], error.facts["used"]) == (10, 8)
    assert error.facts["until"] == "2026-04-02T00:00:00+00:00"
    spend(connection, binding(DAY, share=0.9), 1)
    person = binding(DAY, purpose=decide.PERSON)
    spend(connection, person, 1)
    assert raised(connection, person).facts["used"] == 10


def test_a_refusal_takes_nothing(connection: Any) -> None:
    rules = binding(Limit("minute", 30, 60), DAY)
    tell(connection, rules, slots=1, places=1)
    tell(connection, rules, slots=1, places=7, used=1)
    DayCount.objects.update(count=8)
    before = books(connection)
    raised(connection, rules)
    with pytest.raises(ChoaiError):
        tell(connection, rules, slots=2, places=1, used=1)
    assert json.loads(books(connection))["rates"] == json.loads(before)["rates"]
    assert DayCount.objects.get().count == 8


def test_what_is_given_back_is_given_back_though_nothing_is_to_be_had(connection: Any) -> None:
    rules = binding(Limit("minute", 30, 60), DAY)
    tell(connection, rules, slots=1, places=1)
    DayCount.objects.update(count=9)
    days = {("", rules.days[0].day): 1}
    with pytest.raises(ChoaiError):
        tell(connection, rules, slots=1, places=1, unused={"minute": 1}, days=days)
    assert json.loads(books(connection))["desks"] == {}
    assert DayCount.objects.get().count == 8


@pytest.mark.req("FK-64")
def test_a_limit_that_only_warns_never_stops_a_person(connection: Any) -> None:
    spend(connection, binding(PER_APP, scope="app:1", purpose=decide.PERSON), 12)
    assert raised(connection, binding(PER_APP, scope="app:1")).facts["object"] == "app:1"
    spend(connection, binding(PER_APP, scope="app:2"), 8)
    spend(connection, binding(PER_APP), 20)


def test_a_new_vendor_day_begins_from_nothing(connection: Any) -> None:
    spend(connection, binding(DAY), 8)
    clock.set_clock(lambda: NOON + timedelta(hours=21))
    spend(connection, binding(DAY), 1)


def test_a_share_of_nothing_stops_at_once(connection: Any) -> None:
    assert raised(connection, binding(Limit("day", 1, 86400))).code == "budget_spent"


def test_usage_for_the_screens(connection: Any) -> None:
    spec = fake.spec(limits=(Limit("at_once", 2, 0), DAY, PER_APP))
    account = Account(id="1", name="x", limits={"day": 20})
    assert [(u.name, u.used, u.limit) for u in budget.usage(connection.id, spec, account)] == [("day", 0, 20)]
    spend(connection, binding(DAY, PER_APP, scope="app:1"), 5)
    spend(connection, binding(DAY, PER_APP, scope="app:2"), 2)
    told = [(u.name, u.scope, u.used, u.limit, u.share) for u in budget.usage(connection.id, spec, account)]
    assert told == [("day", "", 7, 20, 0.35), ("app_day", "app:1", 5, 10, 0.5), ("app_day", "app:2", 2, 10, 0.2)]
    assert budget.usage(connection.id, spec, account)[0].resets_at == NOON + timedelta(hours=21)


def test_slots_are_leases(connection: Any) -> None:
    rules, person = binding(), binding(purpose=decide.PERSON)
    assert tell(connection, rules, "a", slots=3, places=1).slots == 2, "a run leaves one for a person"
    assert tell(connection, rules, "b", slots=1, places=1).slots == 0
    assert tell(connection, person, "p", slots=1, places=1).slots == 1
    assert tell(connection, rules, "a", used=1, slots=2).slots == 1, "while b waits, a keeps what it uses and no more"
    assert tell(connection, rules, "b", slots=1, places=1).slots == 0, "nor the one after that person"
    tell(connection, person, "p")
    assert tell(connection, rules, "b", slots=1, places=1).slots == 1
    assert tell(connection, rules, "c", slots=1, places=1).slots == 0
    held = json.loads(books(connection))
    held["desks"]["b"]["until"] -= decide.LEASE + 1  # b was killed
    Budget.objects.update(books=json.dumps(held))
    assert tell(connection, rules, "c", slots=1, places=1).slots == 1
    assert tell(connection, rules, "d", slots=1, places=1).slots == 0
    budget.clear_slots()
    assert tell(connection, rules, "d", slots=1, places=1).slots == 1


@pytest.mark.req("FK-63")
def test_a_pause_the_service_asked_for_holds_everybody(connection: Any) -> None:
    rules = binding()
    other = a_connection(a_workspace())
    for seconds in (20, 10, -10):
        budget.pause(connection.id, NOON + timedelta(seconds=seconds))
    answer = tell(connection, rules, slots=1, places=1)
    assert (answer.slots, answer.places) == (0, 0)
    assert 15 < answer.wait <= 20
    assert tell(other, rules, slots=1, places=1).places == 1
    budget.pause(connection.id, NOON + timedelta(minutes=10))
    error = raised(connection, rules)
    until = decide.instant(error.facts["until"])
    assert (error.code, until is not None) == ("throttled", True)
    Budget.objects.filter(connection=connection).update(books="{}")
    assert tell(connection, rules, slots=1, places=1).places == 1


def test_a_long_wait_steps_aside_and_holds_nothing(connection: Any) -> None:
    rules = binding(Limit("hour", 3, 3600), purpose=decide.PERSON)
    spend(connection, rules, 3)
    assert raised(connection, rules).code == "throttled"
    assert json.loads(books(connection))["desks"] == {}


@pytest.mark.req("FK-64")
def test_a_run_states_the_calls_it_made(connection: Any) -> None:
    run_id = a_run(connection)
    other = a_connection(connection.workspace)
    for row, calls in ((connection, 1), (connection, 3), (other, 1)):
        tell(row, binding(), calls={run_id: calls})
    assert Run.objects.get(id=run_id).calls == {str(connection.id): 4, str(other.id): 1}


def test_books_of_an_earlier_program_are_read(connection: Any) -> None:
    tell(connection, binding(Limit("minute", 30, 60)), slots=1, places=1)
    old = {**json.loads(books(connection)), "something": 1}
    Budget.objects.update(books=json.dumps(old))
    assert tell(connection, binding(), slots=1, places=1).slots == 1


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
    monkeypatch.setattr(decide, "LEASE", 2.0)
    turn = turns(at.id, fake.spec(concurrency=1), {}, purpose=decide.RUN, share=0.8)
    async with turn(None):
        held = json.loads(await in_thread(books, at))["desks"]
        until = next(iter(held.values()))["until"]
        await asyncio.sleep(until + 0.1 - await in_thread(epoch))
        assert (await in_thread(tell, at, binding(concurrency=1), "thief", slots=1, places=1)).slots == 0


async def test_what_was_taken_in_advance_and_not_used_goes_back(at: Any) -> None:
    spec = fake.spec(concurrency=2, limits=(Limit("minute", 60_000, 60), Limit("day", 1_000_000, 86_400)))
    turn = turns(at.id, spec, {}, purpose=decide.RUN, share=0.8)
    for _ in range(40):
        async with turn(None):
            pass
    assert (await in_thread(DayCount.objects.get)).count >= 40
    await close()
    assert (await in_thread(DayCount.objects.get)).count == 40
    left = json.loads(await in_thread(books, at))
    assert (left["desks"], sum(n for _, n in left["rates"]["minute"]["ends"])) == ({}, 40)


async def test_a_desk_that_nobody_uses_holds_nothing(at: Any) -> None:
    turn = turns(at.id, fake.spec(concurrency=2, limits=(DAY,)), {}, purpose=decide.RUN, share=0.8)
    async with turn(None):
        assert json.loads(await in_thread(books, at))["desks"]
    async with asyncio.timeout(20):
        while json.loads(await in_thread(books, at))["desks"]:  # noqa: ASYNC110  (another's row has no event)
            await asyncio.sleep(0.05)


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
    begins = sorted(begin for _, begin, _ in calls)
    assert all(later - begin > 0.999 for begin, later in zip(begins, begins[20:], strict=False)), "over 20 in a second"
    changes = sorted([(begin, 1) for _, begin, _ in calls] + [(end, -1) for _, _, end in calls])
    now = most = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    assert most <= 4
