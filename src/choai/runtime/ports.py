"""The engine's ports in the running program: the ledger module, worker threads, opened connections, the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ParamSpec, TypeVar

from choai import clock
from choai.engine.ports import Link
from choai.runtime import lease
from choai.runtime.link import open_link
from choai.runtime.threads import in_thread
from choai.runtime.turns import count_calls
from choai.store import ledger, links

P = ParamSpec("P")
T = TypeVar("T")


class RunPorts:
    """One object for all runs of a process; it keeps nothing."""

    ledger: Any = ledger

    async def call(self, fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        if fn is ledger.finish and isinstance(args[0], int):
            await count_calls(args[0])  # a run that has ended states all its calls (FK-64)
        lease.demand()
        return await in_thread(fn, *args, **kwargs)

    async def open(self, workspace_id: int, connection_id: int, user_id: int | None, run_id: int | None) -> Link:
        """Raises run_as_without_authority, connection_not_ready, reauthorise."""
        share, waited_for = (None, False) if run_id is None else await in_thread(links.terms, run_id)
        return await open_link(
            workspace_id, connection_id, user_id, run_id=run_id, quota_share=share, waited_for=waited_for
        )

    def now(self) -> datetime:
        return clock.now()
