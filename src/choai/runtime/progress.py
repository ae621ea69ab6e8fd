"""Follow a run to its end from the command line, working through it when nobody else does."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from choai.runtime import boot
from choai.runtime.boot import Home

AT_WORK = ("queued", "running")
LOOK_SECONDS = 0.3

Seen = Callable[[dict[str, Any]], None]


def served(home: Home) -> bool:
    """Whether a process is alive that takes up runs."""
    if not home.postgres:
        return boot.is_locked(home)
    from choai.store import workers

    return bool(workers.alive())


def follow(home: Home, workspace_id: int, run_id: int, seen: Seen = lambda facts: None) -> dict[str, Any]:
    """The facts of the run (store/history.py) when it is at its end or waits for somebody; ``seen`` gets them on the way.

    Ctrl+C cancels the run; a second one leaves it to the next server.
    """
    from choai.runtime import control

    with ExitStack() as stack:
        if not served(home):
            if not home.postgres:
                stack.enter_context(boot.locked(home))
            stack.enter_context(_Alone(run_id))
        try:
            return _watch(workspace_id, run_id, seen)
        except KeyboardInterrupt:
            control.cancel(run_id, workspace_id=workspace_id, user_id=None)
            return _watch(workspace_id, run_id, seen)


def _watch(workspace_id: int, run_id: int, seen: Seen) -> dict[str, Any]:
    from choai.store import history

    while True:
        facts = history.one(workspace_id, run_id)
        seen(facts)
        if facts["state"] not in AT_WORK:
            return facts
        time.sleep(LOOK_SECONDS)


class _Alone:
    """Works through one run in a thread of this process; leaving the block ends it after the batch at work."""

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._work, name="choai-run", daemon=True)

    def __enter__(self) -> None:
        self.thread.start()

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self.thread.join(timeout=60)

    def _work(self) -> None:
        asyncio.run(self._turns())

    async def _turns(self) -> None:
        from choai.connectors.http import close
        from choai.engine.run import advance
        from choai.runtime import step
        from choai.runtime.ports import RunPorts

        wait: str | None = None
        ports = RunPorts()
        try:
            while not self.stopping.is_set():
                turn = await step.take(self.run_id, wait, self.stopping, advance=advance, ports=ports)
                if turn["done"]:
                    return
                wait = turn["wait"]
        finally:
            await close()


def share(facts: dict[str, Any]) -> tuple[int, int | None]:
    """(done, total) for a bar; the total is None while it is not known."""
    progress = facts["progress"]
    return progress["done"], progress["total"]


def summary(facts: dict[str, Any]) -> dict[str, Any]:
    """A run for a script."""
    names = ("id", "batch", "kind", "direction", "trigger", "preview", "state", "counts", "code", "notes")
    answer = {name: facts[name] for name in names}
    answer["sync"] = facts["sync"]["id"]
    answer["calls"] = {c["connection"]["name"]: c["calls"] for c in facts["calls"]}
    answer["cost"] = {c["connection"]["name"]: c["calls"] for c in facts["cost"]}
    return answer
