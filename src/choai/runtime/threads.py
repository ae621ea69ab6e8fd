"""How async code calls the store: one synchronous function, one transaction, in a worker thread.

The threads are few and the process's own, so that the number of database connections is bounded whatever the load.
Each call begins and ends by letting go of connections that broke or are too old (Django does this only around requests).
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from threading import Lock
from typing import ParamSpec, TypeVar

from django.db import close_old_connections

P = ParamSpec("P")
T = TypeVar("T")

THREADS = 4

_pool: ThreadPoolExecutor | None = None
_starting = Lock()


async def in_thread(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a store function off the event loop. A cancelled caller does not stop the function: it ends its transaction."""
    global _pool
    with _starting:
        if _pool is None:
            _pool = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        pool = _pool
    call = partial(copy_context().run, partial(_guarded, fn, *args, **kwargs))
    return await asyncio.get_running_loop().run_in_executor(pool, call)


def settle_in() -> None:
    """Once a process has loaded what it needs: its modules are not looked through for garbage any more, new objects less
    often. A run makes many small ones, hardly any of them in circles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20000, 20, 20)


def close_threads() -> None:
    """End the worker threads and with them their database connections; the next call starts new ones."""
    global _pool
    with _starting:
        pool, _pool = _pool, None
    if pool is not None:
        pool.shutdown()


def _guarded(fn: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    close_old_connections()
    try:
        return fn(*args, **kwargs)
    finally:
        close_old_connections()
