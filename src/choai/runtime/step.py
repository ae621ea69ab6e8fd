"""One turn of a run: what the durable engine calls again and again.

A turn is one step of ``engine.run.advance``. Between turns a run may have to wait (a budget, a throttle): it waits here, in
slices, with an eye on the ledger, so that a person who cancels is heard within two seconds.

What goes wrong outside the engine: while the ledger cannot be written – disk full, database away – nothing is sent and the
turn is tried again for as long as it takes; the run notes it afterwards. Any other exception is a bug: the run ends with
``unexpected`` and the log has the traceback.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import DatabaseError, InterfaceError, OperationalError

from choai import clock
from choai.engine.ports import Ports
from choai.engine.ports import Step as Progress
from choai.errors import ChoaiError
from choai.runtime.durable import Turn
from choai.runtime.lease import NoLongerOurs
from choai.runtime.threads import in_thread
from choai.store import ledger, workers

log = logging.getLogger("choai.runtime")

SLICE_SECONDS = 60.0  # longest wait within one turn
LOOK_SECONDS = 1.0  # between two looks at the ledger while waiting
AGAIN_SECONDS = 3.0  # before the next try when the ledger cannot be written

Advance = Callable[[int, Ports], Awaitable[Progress]]

_trouble: dict[str, datetime] = {}  # code → since; of this process
_owed: dict[int, str] = {}  # run → code to note as soon as the ledger can be written again


def trouble() -> dict[str, datetime]:
    """What keeps this process from working now: disk_full or database_unavailable, and since when."""
    return dict(_trouble)


async def take(run_id: int, wait: str | None, stopping: threading.Event, *, advance: Advance, ports: Ports) -> Turn:
    """See durable.Turn."""
    if wait is not None and not await _waited(run_id, datetime.fromisoformat(wait), stopping):
        return {"done": False, "wait": wait}
    try:
        progress = await advance(run_id, ports)
        await _pay(run_id)
    except NoLongerOurs:
        raise
    except (OperationalError, InterfaceError) as error:
        return _later(run_id, error)
    except DatabaseError as error:
        if not _is_outage(error):
            return await _failed(run_id, error)
        return _later(run_id, error)
    except Exception as error:  # noqa: BLE001  a bug must end the run, not the worker
        return await _failed(run_id, error)
    return {"done": progress.done, "wait": progress.wait_until.isoformat() if progress.wait_until else None}


async def _waited(run_id: int, until: datetime, stopping: threading.Event) -> bool:
    """True when the time has come or a person wants something; false after a slice, or when the process stops."""
    end = clock.monotonic() + SLICE_SECONDS
    while clock.now() < until:
        if stopping.is_set() or clock.monotonic() > end:
            return False
        try:
            if await in_thread(workers.control_of, run_id):
                return True
        except DatabaseError:
            log.debug("the ledger cannot be read while waiting")
        await asyncio.sleep(min(LOOK_SECONDS, max(0.0, (until - clock.now()).total_seconds())))
    return True


def _is_outage(error: BaseException) -> bool:
    """PostgreSQL names a full disk and lost servers by SQLSTATE classes 53, 57 and 08."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    return state[:2] in ("53", "57", "08")


def code_of(error: BaseException) -> str:
    """disk_full or database_unavailable."""
    state = getattr(error.__cause__, "sqlstate", None) or ""
    full = "disk is full" in str(error) or "disk I/O error" in str(error) or state == "53100"
    return "disk_full" if full else "database_unavailable"


def _later(run_id: int, error: BaseException) -> Turn:
    code = code_of(error)
    if code not in _trouble:
        _trouble[code] = clock.now()
        log.error("the ledger cannot be written; nothing is sent until it can", extra={"code": code, "run": run_id})
    _owed[run_id] = code
    return {"done": False, "wait": (clock.now() + timedelta(seconds=AGAIN_SECONDS)).isoformat()}


async def _pay(run_id: int) -> None:
    """The ledger works again: the run says what held it up."""
    _trouble.clear()
    code = _owed.get(run_id)
    if code is not None:
        await in_thread(ledger.note, run_id, code, {})
        del _owed[run_id]


async def _failed(run_id: int, error: Exception) -> Turn:
    """A bug. What was written stays on record; open intents are settled by the sync's next run."""
    number = uuid4().hex[:8]
    log.error("a run ended by a bug", exc_info=error, extra={"run": run_id, "id": number})
    code, facts = "unexpected", {"id": number, "detail": type(error).__name__}
    if isinstance(error, ChoaiError):
        code, facts = error.code, {k: str(v) for k, v in error.facts.items()}
    try:
        await in_thread(ledger.finish, run_id, "error", clock.now(), code=code, facts=facts)
    except DatabaseError as outage:
        return _later(run_id, outage)
    return {"done": True, "wait": None}
