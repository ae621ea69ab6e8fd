"""Kill points by instrumentation: every suspension of a run's coroutines, every commit of either database, every call of a
service, every turn of the durable engine – before and after. ``watch`` counts them; at the wanted one the process is killed.

Nothing here is a list of places: what the program awaits, commits or calls is found while it does so.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import types
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any

QUIET = ("choai-housekeeping", "MainThread")  # not the run's own work


class Points:
    """The points passed since ``on`` was set, by kind. Kills the process (SIGKILL) at point number ``at``; 0: never."""

    def __init__(self, at: int = 0, *, stop: Callable[[], None] | None = None) -> None:
        self.at, self.on = at, False
        self.passed = 0
        self.kinds: Counter[str] = Counter()
        self.stop = stop or (lambda: os.kill(os.getpid(), signal.SIGKILL))
        self._lock = threading.Lock()

    def __call__(self, kind: str) -> None:
        if not self.on or threading.current_thread().name in QUIET:
            return
        with self._lock:
            self.passed += 1
            self.kinds[kind] += 1
            if self.passed == self.at:
                self.stop()


@types.coroutine
def watched(coroutine: Coroutine[Any, Any, Any], point: Points) -> Generator[Any, Any, Any]:
    """The coroutine, with a point at each of its suspensions and at its end."""
    value: Any = None
    error: BaseException | None = None
    while True:
        try:
            waits_for = coroutine.send(value) if error is None else coroutine.throw(error)
        except StopIteration as ended:
            point("await")
            return ended.value
        point("await")
        value = error = None
        try:
            value = yield waits_for
        except BaseException as thrown:  # noqa: BLE001  handed on to where it belongs
            error = thrown


async def _in_task(coroutine: Coroutine[Any, Any, Any], point: Points) -> Any:
    return await watched(coroutine, point)


def watch(point: Points) -> Callable[..., Awaitable[Any]]:
    """Instrument this process; answers the ``advance`` for worker.start."""
    _commits(point)
    _calls(point)
    _turns(point)
    from choai.engine.run import advance

    def factory(loop: asyncio.AbstractEventLoop, coroutine: Any, **how: Any) -> asyncio.Task[Any]:
        ours = "choai/engine" in getattr(getattr(coroutine, "cr_code", None), "co_filename", "")
        return asyncio.Task(_in_task(coroutine, point) if ours else coroutine, loop=loop, **how)

    async def stepped(run_id: int, ports: Any) -> Any:
        asyncio.get_running_loop().set_task_factory(factory)  # type: ignore[arg-type]  # batches at once are tasks of their own
        return await watched(advance(run_id, ports), point)

    return stepped


def _around(owner: Any, name: str, kind: str, point: Points) -> None:
    real = getattr(owner, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        point(f"before {kind}")
        answer = real(*args, **kwargs)
        point(f"after {kind}")
        return answer

    setattr(owner, name, call)


def _commits(point: Points) -> None:
    import sqlalchemy
    from django.db.backends.base.base import BaseDatabaseWrapper

    _around(BaseDatabaseWrapper, "_commit", "commit", point)
    _around(sqlalchemy.engine.Connection, "_commit_impl", "commit of the durable engine", point)


def _calls(point: Points) -> None:
    from choai.connectors import http

    real = http.send

    async def send(*args: Any, **kwargs: Any) -> Any:
        point("before a call")
        answer = await real(*args, **kwargs)
        point("after a call")
        return answer

    http.send = send


def _turns(point: Points) -> None:
    from choai.runtime import step

    real = step.take

    async def take(*args: Any, **kwargs: Any) -> Any:
        point("before a turn")
        answer = await real(*args, **kwargs)
        point("after a turn")
        return answer

    step.take = take
