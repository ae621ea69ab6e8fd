"""Places in a connection's budget, as an async context: take one, hold it for the call, give it back."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from uuid import uuid4

from choai import clock
from choai.connectors.contract import Spec
from choai.engine import budget as decide
from choai.errors import ChoaiError
from choai.runtime.threads import in_thread
from choai.store import budget

POLL = 0.02  # seconds between two looks for a free slot that another process holds

Turns = Callable[[str | None], AbstractAsyncContextManager[None]]


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

    def binding(scope: str | None) -> decide.Rules:
        return decide.rules(
            spec.limits,
            plan,
            connection_id=connection_id,
            concurrency=spec.concurrency,
            scope=scope,
            purpose=purpose,
            share=share,
            now=clock.now(),
        )

    gate = asyncio.Semaphore(binding(None).slots)  # waiters of this link queue here, not in the database

    @asynccontextmanager
    async def turn(scope: str | None) -> AsyncIterator[None]:
        holder = uuid4().hex
        async with gate:
            number, wait = await _take(connection_id, holder, binding(scope), run_id)
            try:
                async with _kept(connection_id, holder, number):
                    if wait > 0:
                        await asyncio.sleep(wait)
                    yield
            finally:
                await in_thread(budget.release, connection_id, holder, number)

    return turn


async def _take(connection_id: int, holder: str, rules: decide.Rules, run_id: int | None) -> tuple[int, float]:
    while True:
        turn = await _asked(connection_id, holder, rules, run_id)
        if turn.number is not None:
            return turn.number, turn.wait
        await asyncio.sleep(turn.wait or POLL * (1 + random.random()))  # noqa: S311  (apart, not secret)


async def _asked(connection_id: int, holder: str, rules: decide.Rules, run_id: int | None) -> budget.Turn:
    """One look. The thread ends its transaction though the caller is cancelled: what it took is given back then."""
    asked = asyncio.ensure_future(in_thread(budget.acquire, connection_id, holder, rules, run_id))
    try:
        return await asyncio.shield(asked)
    except asyncio.CancelledError:
        with suppress(ChoaiError):
            turn = await asked
            if turn.number is not None:
                await in_thread(budget.release, connection_id, holder, turn.number)
        raise


@asynccontextmanager
async def _kept(connection_id: int, holder: str, number: int) -> AsyncIterator[None]:
    """Renew the lease while the body lasts; costs nothing when it is short."""
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []
    timer = loop.call_later(
        budget.LEASE / 3, lambda: tasks.append(loop.create_task(_renewing(connection_id, holder, number)))
    )
    try:
        yield
    finally:
        timer.cancel()
        for task in tasks:
            task.cancel()


async def _renewing(connection_id: int, holder: str, number: int) -> None:
    while await in_thread(budget.renew, connection_id, holder, number):  # noqa: ASYNC110  (a lease has no event)
        await asyncio.sleep(budget.LEASE / 3)
