"""The engine's ports in the running program: the ledger module, worker threads, opened connections, the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from choai import clock
from choai.engine.ports import Link
from choai.runtime.link import open_link
from choai.runtime.threads import in_thread
from choai.store import ledger

P = ParamSpec("P")
T = TypeVar("T")


class RunPorts:
    """One object for all runs of a process; it keeps nothing."""

    ledger: Any = ledger

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await in_thread(fn, *args, **kwargs)

    async def open(self, workspace_id: int, connection_id: int, user_id: int | None, run_id: int | None) -> Link:
        """Raises run_as_without_authority, connection_not_ready, reauthorise."""
        return await open_link(workspace_id, connection_id, user_id, purpose="run", run_id=run_id)

    def now(self) -> datetime:
        return clock.now()
