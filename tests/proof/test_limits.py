"""One budget for all jobs (G9), on a virtual clock: limits like Xero's – 60 a minute, 5 at once, 5,000 a day – held against a
service that counts like the vendor. Everything is the product's own but the clock, the network and the database, which are
simulated; tests/store/test_budget.py shows that the database's transactions are what is simulated here."""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from selectors import DefaultSelector
from typing import Any

import pytest

from choai import clock
from choai.connectors.contract import Limit
from choai.engine import budget as decide
from choai.errors import ChoaiError
from choai.runtime import turns
from choai.store import budget
from connectors import fake

MINUTE, AT_ONCE, DAY = 60, 5, 5000
LIMITS = (Limit("minute", MINUTE, 60), Limit("at_once", AT_ONCE, 0), Limit("day", DAY, 86_400))
MORNING = datetime(2026, 4, 1, 0, 0, tzinfo=UTC)

process: ContextVar[int] = ContextVar("process", default=0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """Where nobody has anything to do, time goes on at once."""

    def __init__(self) -> None:
        self.at = 0.0
        loop = self

        class Selector(DefaultSelector):
            def select(self, timeout: float | None = None) -> Any:
                found = super().select(0)
                if not found and timeout:
                    loop.at += timeout
                return found

        super().__init__(Selector())

    def time(self) -> float:
        return self.at


@dataclass
class Vendor:
    """Counts every call as it arrives, in a window that slides; ``wrong`` says which limits were broken and how often."""

    loop: VirtualLoop
    dice: random.Random
    arrived: deque[float] = field(default_factory=deque)
    now: int = 0
    calls: int = 0
    wrong: Counter[str] = field(default_factory=Counter)

    async def call(self) -> float:
        """Answers when it arrived."""
        await asyncio.sleep(self.dice.uniform(0.005, 0.15))
        at = self.loop.time()
        while self.arrived and self.arrived[0] <= at - 60:
            self.arrived.popleft()
        self.arrived.append(at)
        self.now += 1
        self.calls += 1
        self.wrong["minute"] += len(self.arrived) > MINUTE
        self.wrong["at_once"] += self.now > AT_ONCE
        self.wrong["day"] += self.calls > DAY
        await asyncio.sleep(self.dice.uniform(0.05, 0.6))
        self.now -= 1
        return at


@dataclass
class Books:
    """What store/budget.py keeps in the database: transactions one after the other."""

    loop: VirtualLoop
    books: decide.Books = field(default_factory=decide.Books)
    days: Counter[Any] = field(default_factory=Counter)

    def settle(self, _: int, ask: budget.Ask, rules: decide.Rules) -> decide.Answer:
        self.days.subtract(ask.days)
        left = None
        if ask.places:
            for day in rules.days:
                used = self.days[day.scope, day.day]
                left = (DAY if day.stop is None else day.stop) - used
                if left < 1:
                    ask.places, ask.slots = 0, ask.used
                    decide.settle(self.books, self.loop.time(), ask, rules)
                    raise ChoaiError("budget_spent", used=used)
        answer = decide.settle(self.books, self.loop.time(), ask, rules, left)
        for day in rules.days:
            self.days[day.scope, day.day] += answer.places
        if ask.places and not answer.places and answer.wait > decide.LONGEST_WAIT:
            raise ChoaiError("throttled")
        return answer


@dataclass
class World:
    loop: VirtualLoop
    vendor: Vendor
    books: Books
    desks: dict[Any, Any] = field(default_factory=dict)
    dead: set[int] = field(default_factory=set)

    def turn(self, purpose: str, share: float = 0.8) -> turns.Turns:
        return turns.turns(1, fake.spec(concurrency=AT_ONCE, limits=LIMITS), {}, purpose=purpose, share=share)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    loop = VirtualLoop()
    dice = random.Random(7)
    made = World(loop, Vendor(loop, dice), Books(loop))

    async def in_thread(function: Callable[..., Any], *args: Any) -> Any:
        await asyncio.sleep(dice.uniform(0.001, 0.01))
        answer = function(*args)
        await asyncio.sleep(dice.uniform(0.001, 0.01))
        return answer

    async def desk(connection: int, purpose: str, rules: decide.Rules) -> Any:
        return made.desks.setdefault((process.get(), connection, purpose), turns._Desk(connection, rules))

    monkeypatch.setattr(turns, "in_thread", in_thread)
    monkeypatch.setattr(turns, "_desk", desk)
    monkeypatch.setattr(budget, "settle", made.books.settle)
    monkeypatch.setattr(random, "random", dice.random)
    monkeypatch.setattr(clock, "monotonic", loop.time)
    clock.set_clock(lambda: MORNING + timedelta(seconds=loop.time()))
    yield made
    clock.set_clock(None)
    loop.close()


def go(world: World, main: Coroutine[Any, Any, Any]) -> Any:
    async def whole() -> Any:
        try:
            return await main
        finally:
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

    return world.loop.run_until_complete(whole())


def least_seconds(calls: int) -> float:
    """What no client can beat: a window full at once, and the next when it is over."""
    return (calls - 1) // MINUTE * 60.0


async def batch(world: World, number: int, made: dict[int, list[float]], *, stop_after: int | None = None) -> None:
    """A run: calls until its share of the day is used."""
    turn = world.turn(decide.RUN)
    while stop_after is None or len(made[number]) < stop_after:
        try:
            async with turn(None):
                made[number].append(await world.vendor.call())
        except ChoaiError as error:
            assert error.code == "budget_spent"  # noqa: PT017  (the number of calls before it is the point)
            return


async def person(world: World, waits: list[float], clicks: int, every: float) -> None:
    """Somebody who opens a record now and then: two calls, one after the other."""
    turn = world.turn(decide.PERSON)
    for _ in range(clicks):
        await asyncio.sleep(world.vendor.dice.uniform(0.5, 1.5) * every)
        for _ in range(2):
            asked = world.loop.time()
            async with turn(None):
                waits.append(world.loop.time() - asked)
                await world.vendor.call()


@pytest.mark.parametrize("processes", [1, 4])
def test_ten_runs_use_a_days_share_and_people_do_not_wait(world: World, processes: int) -> None:
    """4,000 calls of ten runs: within 5 % of the shortest time there is, no limit ever broken, nobody starved; and somebody who
    clicks twice a minute meanwhile waits less than two seconds for each call."""
    made: dict[int, list[float]] = {n: [] for n in range(10)}
    waits: list[float] = []

    async def main() -> None:
        tasks = []
        for n in made:
            process.set(n % processes)
            tasks.append(asyncio.create_task(batch(world, n, made)))
        clicking = asyncio.create_task(person(world, waits, clicks=130, every=30))
        await asyncio.gather(*tasks)
        clicking.cancel()

    go(world, main())
    runs = sorted(at for calls in made.values() for at in calls)
    assert DAY * 0.8 <= world.vendor.calls <= DAY * 0.8 + 1, "the share of the day, people's calls included"
    assert not +world.vendor.wrong
    assert len(waits) > 200
    assert max(waits) < 2
    took, least = runs[-1] - runs[0], least_seconds(world.vendor.calls)
    assert took <= 1.05 * least, (took / least, took, least)
    counts = [len(calls) for calls in made.values()]
    assert min(counts) > 0.5 * len(runs) / len(made), counts
    longest = max(later - at for calls in made.values() for at, later in pairwise(calls))
    assert longest < 60, "a run of ten waits no longer than six turns of all"


class Slow(random.Random):
    """One answer takes eight seconds."""

    def uniform(self, a: float, b: float) -> float:
        return 8.0 if b == 0.6 else 0.1


def test_five_at_once_when_that_is_what_binds(world: World) -> None:
    """Slow answers: the calls at once bind, runs use four of them all the time and the fifth is a person's at once."""
    made: dict[int, list[float]] = {n: [] for n in range(10)}
    waits: list[float] = []
    world.vendor.dice = Slow(3)

    async def main() -> None:
        tasks = []
        for n in made:
            process.set(n % 3)
            tasks.append(asyncio.create_task(batch(world, n, made, stop_after=12)))
        clicking = asyncio.create_task(person(world, waits, clicks=20, every=10))
        await asyncio.gather(*tasks, clicking)

    go(world, main())
    assert not +world.vendor.wrong
    assert max(waits) < 2
    assert {len(calls) for calls in made.values()} == {12}


def test_what_a_killed_process_had_taken_stays_counted_until_it_cannot_matter(world: World) -> None:
    """Its slots are free after the lease, its calls may have arrived until then: no limit is broken, and the rest goes on."""
    made: dict[int, list[float]] = {n: [] for n in range(4)}

    async def main() -> None:
        process.set(1)
        dying = [asyncio.create_task(batch(world, n, made)) for n in (0, 1)]
        process.set(2)
        living = [asyncio.create_task(batch(world, n, made, stop_after=150)) for n in (2, 3)]
        await asyncio.sleep(45)
        held = world.desks[1, 1, decide.RUN]
        for task in (*dying, *([held.keeper] if held.keeper else [])):  # what SIGKILL does: nothing is given back
            task.cancel()
        await asyncio.sleep(0)
        del world.desks[1, 1, decide.RUN]
        if held.keeper:
            held.keeper.cancel()
        await asyncio.gather(*living)

    go(world, main())
    assert not +world.vendor.wrong
    assert [len(made[n]) for n in (2, 3)] == [150, 150]


def test_the_simulation_sees_a_client_that_does_not_keep_the_limits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same with a budget that counts a call only until it is answered plus most of a minute."""
    real = decide._count
    monkeypatch.setattr(decide, "_count", lambda passed, end, count: real(passed, end - 3, count))
    monkeypatch.setattr(decide, "STRETCH", 0.5)
    made: dict[int, list[float]] = {0: []}
    go(world, batch(world, 0, made, stop_after=200))
    assert world.vendor.wrong["minute"] > 0
