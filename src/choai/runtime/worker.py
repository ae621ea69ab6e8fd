"""A worker: the durable engine plus housekeeping, in this process.

Every second (at once when the bell rings) the housekeeping thread

    beats                   so that others know this worker is alive
    reaps                   what dead workers had at work is queued again
    takes up                runs that the ledger has as queued or running and that no workflow carries
    ticks                   schedules that are due begin their runs
    goes on                 runs that ended with a day's calls get their rest done after the service's reset
    is nudged               what a webhook told of is looked at
    asks for webhooks       where a person wants them: made, renewed before they end, taken back
    tidies (once an hour)   runs older than the workspace's retention, ended workflows, dead workers

each by itself: one that fails is logged and tried again the next second, the others go on. Any number of workers may do
all of this at once on PostgreSQL; on SQLite there is one, which the lock of the data folder sees to.

    CHOAI_WORKER_LEASE    seconds without a beat after which a worker counts as dead (default 20)
"""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db import DatabaseError, close_old_connections, connection
from sqlalchemy.exc import SQLAlchemyError

from choai import clock
from choai.engine.ports import Ports
from choai.runtime import bell, durable, lease, nudges, step, subscribing, ticker
from choai.runtime.threads import settle_in
from choai.store import budget, decisions, hooks, ledger, rests, retention, tokens, workers

log = logging.getLogger("choai.runtime")

LOOK_SECONDS = 1.0
LEASE_SECONDS = float(os.environ.get("CHOAI_WORKER_LEASE", workers.LEASE_SECONDS))
TIDY_SECONDS = 3600.0
WORKFLOW_DAYS = 30

_stop = threading.Event()
_waiting = ""  # why the housekeeping cannot work now
_thread: threading.Thread | None = None


def start(url: str, *, advance: step.Advance | None = None, ports: Ports | None = None) -> str:
    """Begin to run syncs in this process; ``url`` is the durable engine's database. Answers the worker's id."""
    global _thread
    if advance is None or ports is None:
        from choai.engine.run import advance as real  # the engine and the connectors load only in a worker
        from choai.runtime.ports import RunPorts

        advance, ports = advance or real, ports or RunPorts()
    if connection.vendor == "sqlite":  # what a killed process held; nobody else is here
        budget.clear_slots()
        tokens.clear_leases()
    worker_id = durable.launch(url, partial(step.take, advance=advance, ports=ports))
    _beat(worker_id)
    if connection.vendor == "sqlite":
        workers.forget_others(worker_id)
    _stop.clear()
    _thread = threading.Thread(target=_keep_house, args=(worker_id,), name="choai-housekeeping", daemon=True)
    _thread.start()
    settle_in()
    log.info("worker started", extra={"facts": {"worker": worker_id}})
    return worker_id


def stop(seconds: float = 30.0) -> None:
    """Finish the batches at work (at most so long) and leave. Other workers take the rest up at once."""
    global _thread
    worker_id = durable.executor()
    _stop.set()
    bell.ring()
    if _thread is not None:
        _thread.join(timeout=10)
        _thread = None
    durable.stop(seconds, closing=(_close_sessions,))
    lease.unlimited()
    if worker_id is not None:
        workers.leave(worker_id)
        log.info("worker stopped", extra={"facts": {"worker": worker_id}})


async def _close_sessions() -> None:
    from choai.connectors.http import close
    from choai.runtime import turns

    await turns.close()
    await close()


def _keep_house(worker_id: str) -> None:
    tidied = clock.monotonic() - TIDY_SECONDS + 60  # a minute after the start for the first time
    while not _stop.is_set():
        close_old_connections()
        _try(partial(_beat, worker_id))
        _try(take_over)
        _try(durable.abandoned)
        _try(take_up)
        _try(ticker.tick)
        _try(carry_out)
        _try(go_on)
        _try(nudges.begin)
        _try(subscribe)
        if clock.monotonic() - tidied > TIDY_SECONDS:
            tidied = clock.monotonic()
            _try(tidy)
        close_old_connections()
        bell.wait(LOOK_SECONDS)
    close_old_connections()


def _beat(worker_id: str) -> None:
    began = lease.now()
    workers.beat(worker_id, socket.gethostname(), os.getpid(), clock.now())
    if connection.vendor != "sqlite":
        lease.beaten(began, LEASE_SECONDS)


def _try(work: Callable[[], object]) -> None:
    try:
        work()
    except (DatabaseError, SQLAlchemyError) as error:
        _waits(step.code_of(error))
    except Exception:
        log.exception("housekeeping failed")
    else:
        _waits("")


def _waits(code: str) -> None:
    """Said once, not every second."""
    global _waiting
    if code and code != _waiting:
        log.warning("housekeeping has to wait for the database", extra={"code": code})
    _waiting = code


def take_over() -> None:
    """Runs of dead workers go on, and say what happened."""
    for run_id in durable.reap(workers.alive(LEASE_SECONDS)):
        ledger.note(run_id, "worker_lost", {})


def carry_out() -> None:
    """Answers of people that nobody takes back any more."""
    if decisions.begin_due(clock.now()):
        bell.ring()


def take_up() -> list[int]:
    """Queue what the ledger has and no workflow carries; answers the runs. Asking for the workflows first means that a run
    which ends meanwhile is not queued again."""
    carried = durable.live()
    taken = [run_id for run_id in workers.unfinished() if run_id not in carried]
    return [run_id for run_id in taken if durable.enqueue(run_id)]


def go_on() -> list[int]:
    """Begin what runs left because the day's calls were used; answers the new runs."""
    now = clock.now()
    begun = [started for run_id in rests.due(now) if (started := rests.begin(run_id, now)) is not None]
    if begun:
        bell.ring()
    return begun


def subscribe() -> None:
    """Look at the webhooks that services are asked for; the calls are made on the loop of the runs."""
    for connection_id in subscribing.due():
        durable.soon(subscribing.keep(connection_id))


def tidy() -> None:
    """Delete what has been kept long enough (FK-49)."""
    now = clock.now()
    retention.forget(now, stop=_stop.is_set)
    workers.forget_dead()
    hooks.forget(now)
    while durable.forget(now - timedelta(days=WORKFLOW_DAYS)) and not _stop.is_set():
        pass
