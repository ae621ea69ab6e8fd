"""Durable execution: the only module that knows DBOS.

A run is a workflow of a few lines that takes one turn after another: one page read, one batch written. DBOS remembers the
turns, queues the runs and hands a dead process's runs to another. The truth about a run is our own ledger: a turn that is
repeated finds there that its page or batch is done, and a run in the ledger without a live workflow is simply put into the
queue again (worker.py). That is why a workflow may also end before its run does – after so many turns, or because the process
stops – and why DBOS could be replaced.

    launch(url, turn)   once per process, in a thread with an event loop of its own; the turns run on that loop
    enqueue(run_id)     idempotent: one live workflow for a run
    live()              runs that have one
    reap(alive)         what dead processes left is queued again
    stop()              the turns at work are finished first

A fresh executor id for each start, one constant application version, plain JSON as serializer: see reap and enqueue for
why. Waiting happens inside a turn, in slices, not in ``DBOS.sleep``: a durable sleep would not see that a person cancels.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict
from uuid import uuid4

import sqlalchemy
from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer, SetEnqueueOptions, SetWorkflowID
from dbos import error as dbos_error

from choai.runtime import lease

log = logging.getLogger("choai.runtime")

NAME = "choai"
VERSION = "1"  # of the workflow's shape, not of Choai: runs of another version are never taken up
QUEUE = "runs"
CONCURRENCY = 8  # runs at work at once in one process
POLL_SECONDS = 0.25
TURNS = 500  # a longer run goes on in a new workflow: replaying the steps of an old one costs 1–2 ms each
LIVE = ["ENQUEUED", "DELAYED", "PENDING"]


class Turn(TypedDict):
    """What a turn answers. ``wait`` (ISO instant): the next turn waits until then; ``done``: there is no next one."""

    done: bool
    wait: str | None


TakeTurn = Callable[[int, str | None, threading.Event], Awaitable[Turn]]


@dataclass(slots=True)
class _Process:
    """The one durable engine of this process."""

    executor: str
    turn: TakeTurn
    stopping: threading.Event = field(default_factory=threading.Event)
    active: set[str] = field(default_factory=set)  # ids of the workflows at work here
    missed: dict[str, int] = field(default_factory=dict)
    loop: asyncio.AbstractEventLoop | None = None
    thread: threading.Thread | None = None


_process: _Process | None = None


@DBOS.step(name="turn")
async def _turn(run_id: int, wait: str | None) -> Turn:
    process = _process
    if process is None or process.stopping.is_set() or not lease.held():
        return {"done": True, "wait": None}  # the run stays open in the ledger; the next process goes on
    try:
        return await process.turn(run_id, wait, process.stopping)
    except lease.NoLongerOurs:
        log.warning("a run was left to another worker", extra={"run": run_id})
        return {"done": True, "wait": None}


@DBOS.workflow(name="run", max_recovery_attempts=1000)
async def _workflow(run_id: int) -> None:
    wait: str | None = None
    with _at_work():
        for _ in range(TURNS):
            answer = await _turn(run_id, wait)
            if answer["done"]:
                return
            wait = answer["wait"]


class _at_work:  # noqa: N801  (reads as a verb where it is used)
    """Marks the workflow as really running in this process, see ``abandoned``."""

    def __enter__(self) -> None:
        lease.begin()
        self.id = DBOS.workflow_id or ""
        self.process = _process
        if self.process is not None:
            self.process.active.add(self.id)

    def __exit__(self, *_: object) -> None:
        if self.process is not None:
            self.process.active.discard(self.id)


def launch(url: str, turn: TakeTurn, *, executor: str | None = None) -> str:
    """Start the engine on this database (``sqlite:///…`` or ``postgresql+psycopg://…``) and take up runs; answers the
    executor id. Blocks until it is up. One per process."""
    global _process
    if _process is not None:
        raise RuntimeError("the durable engine is already launched in this process")
    # Never a fixed id: two overlapping processes of one id strand each other's runs for good.
    process = _process = _Process(executor or f"w-{uuid4().hex}", turn)
    ready: threading.Event = threading.Event()
    failure: list[BaseException] = []
    process.thread = threading.Thread(
        target=_live_on_a_loop, args=(process, url, ready, failure), name="choai-runs", daemon=True
    )
    process.thread.start()
    ready.wait()
    if failure:
        _process = None
        raise failure[0]
    return process.executor


def _live_on_a_loop(process: _Process, url: str, ready: threading.Event, failure: list[BaseException]) -> None:
    loop = process.loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)

    async def begin() -> None:
        DBOS(config=_config(url, process.executor))
        _quiet_log()
        DBOS.launch()  # inside the running loop, so that it adopts this one for all workflows
        await DBOS.register_queue_async(
            QUEUE, worker_concurrency=CONCURRENCY, polling_interval_sec=POLL_SECONDS, on_conflict="always_update"
        )

    try:
        loop.run_until_complete(_started(begin, ready, failure))
        if not failure:
            loop.run_forever()
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()


async def _started(begin: Callable[[], Awaitable[None]], ready: threading.Event, failure: list[BaseException]) -> None:
    try:
        await begin()
    except BaseException as error:  # noqa: BLE001  handed to the thread that waits in launch
        failure.append(error)
        DBOS.destroy()  # else the next launch would meet this configuration
    finally:
        ready.set()


def _config(url: str, executor: str) -> DBOSConfig:
    config: DBOSConfig = {
        "name": NAME,
        "system_database_url": url,
        "application_version": VERSION,  # the default is a hash of the code: an upgrade would strand runs
        "executor_id": executor,
        "log_level": "WARNING",
        "serializer": DBOSPortableJSONSerializer(),  # the default is pickle; it must be an instance
        "scheduler_polling_interval_sec": 3600,  # we keep schedules ourselves
        "sys_db_pool_size": 8,
    }
    if url.startswith("sqlite"):
        config["system_database_engine"] = _sqlite(url)
    return config


def _sqlite(url: str) -> sqlalchemy.Engine:
    """DBOS's own default is a rollback journal with full sync, 3.5 ms a step; this is 1.7 ms."""
    engine = sqlalchemy.create_engine(url, pool_size=20)

    @sqlalchemy.event.listens_for(engine, "connect")
    def _set(connection: Any, _record: object) -> None:
        connection.isolation_level = "IMMEDIATE"
        for pragma in ("busy_timeout=30000", "foreign_keys=ON", "journal_mode=WAL", "synchronous=NORMAL"):
            connection.execute("PRAGMA " + pragma)

    return engine


_CANCELLED = (dbos_error.DBOSWorkflowCancelledError, dbos_error.DBOSAwaitedWorkflowCancelledError)


class _NoAdvice(logging.Filter):
    """Drops the traceback of each cancelled workflow."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], _CANCELLED))


def _quiet_log() -> None:
    """DBOS's log goes where ours goes."""
    logger = logging.getLogger("dbos")
    logger.handlers.clear()
    logger.propagate = True
    if not any(isinstance(f, _NoAdvice) for f in logger.filters):
        logger.addFilter(_NoAdvice())


def executor() -> str | None:
    """The executor id of this process, None when it runs no syncs."""
    return None if _process is None else _process.executor


def enqueue(run_id: int) -> bool:
    """Put the run into the queue; false when it is there or at work already. Raises when not launched."""
    prefix = f"run-{run_id}-"
    seen = DBOS.list_workflows(workflow_id_prefix=prefix, load_input=False, load_output=False)
    # Never the number of an ended workflow: its id would only answer the old result.
    attempt = max((int(w.workflow_id[len(prefix) :]) for w in seen), default=0) + 1
    try:
        with SetWorkflowID(f"{prefix}{attempt}"), SetEnqueueOptions(deduplication_id=f"run:{run_id}"):
            DBOS.enqueue_workflow(QUEUE, _workflow, run_id)
    except dbos_error.DBOSQueueDeduplicatedError:
        return False
    return True


def live() -> set[int]:
    """Runs with a queued or running workflow, in any process."""
    found = DBOS.list_workflows(status=LIVE, name="run", load_input=False, load_output=False)
    return {_run_of(w.workflow_id) for w in found}


def reap(alive: Collection[str]) -> list[int]:
    """Queue again what executors outside ``alive`` had at work; answers the runs. DBOS itself never does it: they would stay
    "pending" for good and keep their places in the queue. Idempotent, and fenced against a zombie."""
    pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
    orphans = [w for w in pending if w.executor_id and w.executor_id not in {*alive, executor()}]
    dead = sorted({str(w.executor_id) for w in orphans})
    if dead:
        DBOS._recover_pending_workflows(dead)
        log.warning("runs of stopped processes are taken over", extra={"facts": {"executors": dead}})
    return sorted(_run_of(w.workflow_id) for w in orphans if w.name == "run")


def _run_of(workflow_id: str) -> int:
    return int(workflow_id.split("-")[1])


def abandoned(looks: int = 10) -> list[str]:
    """End workflows that the engine counts as running here though nothing runs: their end could not be written (disk
    full, database away). One look per call; after so many in a row the workflow is cancelled, and the ledger brings its
    run back."""
    process = _process
    if process is None:
        return []
    mine = DBOS.list_workflows(
        status="PENDING", executor_id=process.executor, name="run", load_input=False, load_output=False
    )
    idle = {w.workflow_id for w in mine} - process.active
    process.missed = {w: process.missed.get(w, 0) + 1 for w in idle}
    ended = [w for w, count in process.missed.items() if count >= looks]
    for workflow_id in ended:
        DBOS.cancel_workflow(workflow_id)
        log.warning("a workflow had lost its run", extra={"facts": {"workflow": workflow_id}})
    return ended


def forget(before: datetime) -> int:
    """Delete ended workflows that were created before then; answers how many. DBOS keeps them for ever."""
    old = DBOS.list_workflows(
        status=["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"],
        end_time=before.isoformat(),
        limit=1000,
        load_input=False,
        load_output=False,
    )
    ids = [w.workflow_id for w in old]
    if ids:
        DBOS.delete_workflows(ids)
    return len(ids)


def soon(work: Coroutine[Any, Any, None]) -> None:
    """Do something small on the loop of the runs, which nobody waits for; it sees to its own failures. Without an engine in this
    process it is left."""
    process = _process
    if process is None or process.loop is None or process.stopping.is_set():
        work.close()
        return
    asyncio.run_coroutine_threadsafe(work, process.loop)


def stop(seconds: float = 30.0, closing: Iterable[Callable[[], Awaitable[None]]] = ()) -> None:
    """Finish the turns at work (at most so long), run ``closing`` on the loop, and end. Runs that are not at their end are
    taken up by the next process."""
    global _process
    process = _process
    if process is None:
        return
    process.stopping.set()
    until = time.monotonic() + seconds
    while process.active and time.monotonic() < until:
        time.sleep(0.05)
    DBOS.destroy(workflow_completion_timeout_sec=1 if process.active else 0)
    if process.loop is not None and process.thread is not None:
        asyncio.run_coroutine_threadsafe(_close(closing), process.loop).result(timeout=10)
        process.loop.call_soon_threadsafe(process.loop.stop)
        process.thread.join(timeout=10)
    _process = None


async def _close(closing: Iterable[Callable[[], Awaitable[None]]]) -> None:
    for close in closing:
        await close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
