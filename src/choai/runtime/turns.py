"""Places in a connection's budget, as an async context: take one, hold it for the call, give it back.

Between the calls of a loop and the books that all processes share stands one desk per connection. It asks for several calls at
a time where the limits are far away, so that a call costs no transaction of its own, and goes on holding the slots it uses; near
a limit it asks call by call. What it holds and does not use goes back after a quarter of a second, half a second's stock is
never used later, and waiting callers are served in the order in which they came. Killed with its process, a desk loses its slots
when their lease ends, and what it had taken stays counted.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError

from choai import clock
from choai.connectors.contract import Spec
from choai.engine import budget as decide
from choai.errors import ChoaiError
from choai.runtime.threads import in_thread
from choai.store import budget

log = logging.getLogger("choai.turns")

POLL = 0.02  # seconds between two looks for a free slot that another process holds
LINGER = 0.25  # seconds for which a desk keeps what nobody uses
FRESH = 0.5  # seconds within which calls taken in advance are made
MOST = 64  # calls taken in advance at once

Turns = Callable[[str | None], AbstractAsyncContextManager[None]]
Key = tuple[str | None, tuple[int | None, ...]]


@dataclass(slots=True)
class _Stock:
    """Calls of one kind taken in advance. Instants are monotonic: ``due`` of the next one, ``end`` of them all."""

    rules: decide.Rules
    left: int
    size: int
    due: float
    gap: float
    end: float


@dataclass(slots=True)
class _Desk:
    """What this loop holds of a connection's budget. ``done``: by rate, calls that ended and when the last one did."""

    connection_id: int
    rules: decide.Rules
    id: str = field(default_factory=lambda: uuid4().hex[:12])
    held: int = 0
    used: int = 0
    waiting: int = 0
    told_at: float = 0.0
    busy_at: float = 0.0
    stocks: dict[Key, _Stock] = field(default_factory=dict)
    done: dict[str, tuple[int, float]] = field(default_factory=dict)
    unused: Counter[str] = field(default_factory=Counter)
    days: Counter[budget.Day] = field(default_factory=Counter)
    calls: Counter[int] = field(default_factory=Counter)
    queue: asyncio.Lock = field(default_factory=asyncio.Lock)
    freed: asyncio.Event = field(default_factory=asyncio.Event)
    keeper: asyncio.Task[None] | None = None


def turns(
    connection_id: int,
    spec: Spec,
    plan: Mapping[str, int],
    *,
    purpose: str,
    share: float,
    run_id: int | None = None,
) -> Turns:
    """A function ``turn(scope)`` for one opened link; its calls are counted for the run. ``plan``: counts by limit name that
    differ from the spec's.

    Entering raises ``budget_spent`` and ``throttled`` (store/budget.py).
    """
    known: dict[str | None, tuple[float, Key, decide.Rules]] = {}

    def binding(scope: str | None) -> tuple[Key, decide.Rules]:
        """Worked out once a second: the vendor's day may end."""
        now = clock.monotonic()
        if scope not in known or now - known[scope][0] > 1:
            rules = decide.rules(
                spec.limits,
                plan,
                concurrency=spec.concurrency,
                scope=scope,
                purpose=purpose,
                share=share,
                now=clock.now(),
            )
            known[scope] = now, (scope, tuple(day.stop for day in rules.days)), rules
        return known[scope][1:]

    @asynccontextmanager
    async def turn(scope: str | None) -> AsyncIterator[None]:
        key, rules = binding(scope)
        desk = await _desk(connection_id, purpose, rules)
        due = await _enter(desk, key, rules, run_id)
        try:
            if (wait := due - clock.monotonic()) > 0:
                await asyncio.sleep(wait)
            yield
        finally:
            _leave(desk, rules)

    return turn


# ---------------------------------------------------------------- the desks of a loop

_desks: dict[asyncio.AbstractEventLoop, tuple[AsyncGenerator[None, None], dict[tuple[int, str], _Desk]]] = {}


async def _desk(connection_id: int, purpose: str, rules: decide.Rules) -> _Desk:
    loop = asyncio.get_running_loop()
    if loop not in _desks:
        own: dict[tuple[int, str], _Desk] = {}
        closing = _closing(loop, own)
        _desks[loop] = closing, own
        await anext(closing)
    desk = _desks[loop][1].get((connection_id, purpose))
    if desk is None:
        desk = _desks[loop][1][connection_id, purpose] = _Desk(connection_id, rules)
    desk.rules = rules
    return desk


async def _closing(loop: asyncio.AbstractEventLoop, own: Mapping[tuple[int, str], _Desk]) -> AsyncGenerator[None, None]:
    """A generator, because a loop finishes its asynchronous generators before it closes: that gives everything back."""
    try:
        yield
    finally:
        _desks.pop(loop, None)
        for desk in own.values():
            with suppress(DatabaseError, InterfaceError, ImproperlyConfigured, asyncio.CancelledError):
                if desk.keeper is not None:
                    desk.keeper.cancel()
                if _anything(desk):
                    await in_thread(budget.settle, desk.connection_id, _ask(desk, slots=0), desk.rules)


async def close() -> None:
    """Give back everything that the running loop holds, before it ends."""
    found = _desks.get(asyncio.get_running_loop())
    if found is not None:
        await found[0].aclose()


async def count_calls(run_id: int) -> None:
    """Calls of a run that are not in its row yet are counted now."""
    found = _desks.get(asyncio.get_running_loop())
    for desk in found[1].values() if found else ():
        if count := desk.calls.pop(run_id, 0):
            await in_thread(budget.count_calls, desk.connection_id, {run_id: count})


# ---------------------------------------------------------------- one call


async def _enter(desk: _Desk, key: Key, rules: decide.Rules, run_id: int | None) -> float:
    """Take a slot and a call; answers the monotonic instant at which it may begin."""
    desk.waiting += 1
    try:
        async with desk.queue:
            stock = await _supplied(desk, key, rules)
    finally:
        desk.waiting -= 1
    due = stock.due
    stock.left -= 1
    stock.due += stock.gap
    desk.used += 1
    if run_id is not None:
        desk.calls[run_id] += 1
    return due


async def _supplied(desk: _Desk, key: Key, rules: decide.Rules) -> _Stock:
    """Wait until the desk has both, at the head of its queue."""
    poll = POLL
    while True:
        now = clock.monotonic()
        stock = desk.stocks.get(key)
        stocked = stock is not None and stock.left > 0 and now < stock.end
        if stock is not None and stocked and desk.used < desk.held:
            return stock
        desk.freed.clear()
        if desk.used >= desk.held >= rules.slots:
            await _freed(desk, LINGER)
            continue
        size = 0 if stocked else _size(stock, now)
        answer = await _tell(desk, rules, slots=min(rules.slots, desk.used + desk.waiting), places=size)
        if answer.places:
            begin = clock.monotonic()
            desk.stocks[key] = _Stock(
                rules,
                answer.places,
                answer.places,
                begin + answer.wait,
                answer.gap,
                max(begin, begin + answer.wait) + FRESH,
            )
        elif size:
            await asyncio.sleep(min(answer.wait, decide.LEASE / 6))  # in slices: asking again renews the lease
        if desk.used >= desk.held and (answer.places or not size):
            await _freed(desk, poll * (1 + random.random()))  # noqa: S311  (apart, not secret)
            poll = min(2 * poll, LINGER)


def _size(stock: _Stock | None, now: float) -> int:
    """How many calls to take: twice as many as last time when these were used up in time, else half as many."""
    if stock is None:
        return 1
    return max(1, stock.size // 2) if stock.left or now >= stock.end else min(2 * stock.size, MOST)


async def _freed(desk: _Desk, seconds: float) -> None:
    """Wait until a slot of ours is free, but no longer than that."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await desk.freed.wait()


def _leave(desk: _Desk, rules: decide.Rules) -> None:
    now = clock.monotonic()
    desk.used -= 1
    desk.busy_at = now
    for rate in rules.rates:
        desk.done[rate.name] = desk.done.get(rate.name, (0, 0.0))[0] + 1, now
    desk.freed.set()
    if desk.keeper is None or desk.keeper.done():
        desk.keeper = asyncio.get_running_loop().create_task(_keep(desk))


# ---------------------------------------------------------------- with the books


def _anything(desk: _Desk) -> bool:
    return bool(desk.held or desk.done or desk.unused or desk.days or desk.stocks or +desk.calls)


async def _keep(desk: _Desk) -> None:
    """Renew the lease of long calls, and give back what nobody uses; ends with the desk empty."""
    while _anything(desk):
        await asyncio.sleep(LINGER)
        now = clock.monotonic()
        idle = not desk.waiting and now - desk.busy_at >= LINGER and (desk.used < desk.held or not desk.used)
        if not (idle or now - desk.told_at > decide.LEASE / 3):
            continue
        async with desk.queue:
            try:
                await _tell(desk, desk.rules, slots=desk.used if idle else desk.held)
            except (DatabaseError, InterfaceError):
                log.debug("the budget of connection %d cannot be told what is free", desk.connection_id)


async def _tell(desk: _Desk, rules: decide.Rules, *, slots: int, places: int = 0) -> decide.Answer:
    """One exchange, with the queue's lock held. The thread ends its transaction though the caller is cancelled: what it took
    is ours then, and goes back in time."""
    ask = _ask(desk, slots=slots, places=places)
    asked = asyncio.ensure_future(in_thread(budget.settle, desk.connection_id, ask, rules))
    try:
        answer = await asyncio.shield(asked)
    except asyncio.CancelledError:
        with suppress(ChoaiError, DatabaseError, InterfaceError):
            answer = await asked
            desk.held = answer.slots
            _unmade(desk, rules, answer.places)
        raise
    except ChoaiError:
        desk.held = ask.used
        raise
    except (DatabaseError, InterfaceError):
        _remember(desk, ask)
        raise
    finally:
        desk.told_at = clock.monotonic()
        if desk.keeper is None or desk.keeper.done():
            desk.keeper = asyncio.get_running_loop().create_task(_keep(desk))
    desk.held = answer.slots
    return answer


def _ask(desk: _Desk, *, slots: int, places: int = 0) -> budget.Ask:
    """Everything that the desk has to tell. Calls taken in advance go back when they are too old, or nobody wants any."""
    now = clock.monotonic()
    idle = not places and slots <= desk.used
    for stock in desk.stocks.values():
        if stock.left and (idle or now >= stock.end):
            _unmade(desk, stock.rules, stock.left)
            stock.left, stock.size = 0, max(1, stock.size // 2)
    if idle:
        desk.stocks.clear()
    ask = budget.Ask(
        desk=desk.id,
        used=desk.used,
        slots=slots,
        places=places,
        done={name: (count, now - at) for name, (count, at) in desk.done.items()},
        unused=+desk.unused,
        days=+desk.days,
        calls=+desk.calls,
    )
    for told in (desk.done, desk.unused, desk.days, desk.calls):
        told.clear()
    return ask


def _unmade(desk: _Desk, rules: decide.Rules, count: int) -> None:
    """Calls taken in advance will not be made."""
    desk.unused.update({rate.name: count for rate in rules.rates})
    desk.days.update({(day.scope, day.day): count for day in rules.days})


def _remember(desk: _Desk, ask: budget.Ask) -> None:
    """The books could not be written: tell them the next time."""
    now = clock.monotonic()
    for name, (count, ago) in ask.done.items():
        more, at = desk.done.get(name, (0, 0.0))
        desk.done[name] = count + more, max(at, now - ago)
    desk.unused.update(ask.unused)
    desk.days.update(ask.days)
    desk.calls.update(ask.calls)
