"""Stories beside plain kills: what else a machine loses, and workers that are only asleep.

    older_engine    the durable engine's file is older than the ledger (power cut between the commits of the two)
    no_engine       the durable engine's file is gone
    rebuilt         our own database is gone: bindings come back from stamps, ids and names, nothing is created
    older_ledger    the ledger is older than what was sent (a restored copy): only with kinds that make a repetition harmless
    late            the service acts on what it was sent only after the worker that sent it is dead
    asleep          PostgreSQL: the worker is stopped (SIGSTOP), another takes over, the first one wakes (SIGCONT)

A story whose files are one database (PostgreSQL) is told on SQLite only.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from crash import kills, worker
from crash.judging import Tally, judge, wanted_of
from crash.stage import Laid, Stage, forked, http, scene

LEASE = 2.0
HARMLESS = ("header", "external")
LOOKED_UP = ("stamp", "natural")
SLOW = 2.5  # seconds between a call's arrival and its effect


def stories(stage: Stage, base: Path, count: int, rng: random.Random, tally: Tally) -> None:
    """Tell each story so many times."""
    told: list[Callable[..., str]] = [asleep] if stage.postgres else [older_engine, no_engine, rebuilt]
    if not stage.postgres and stage.kind in HARMLESS:
        told.append(older_ledger)
    if not stage.postgres and stage.kind in LOOKED_UP:
        told.append(late)
    for story in told:
        for _ in range(count):
            laid = stage.lay_out(base)
            wanted = wanted_of(stage)
            where = f"{stage.name} {story.__name__} {story(laid, rng)}"
            out = laid.folder / "told.json"
            if not out.exists():
                if not kills.has_begun(laid):
                    laid.drop()
                    continue
                if forked(lambda laid=laid: kills.to_the_end(laid), out=out):
                    tally.fault("lost", 1, f"{where}: the runs did not end")
                    laid.drop()
                    continue
            judge(stage, json.loads(out.read_text()), wanted, tally, where)
            laid.drop()


def _killed(laid: Laid, at: int, *, resume: bool = False) -> None:
    forked(lambda: kills.until_killed(laid, at, resume=resume))


def _kept(laid: Laid, database: str) -> Path:
    """The files of a database as they lie there now, aside."""
    aside = laid.folder / "aside"
    aside.mkdir()
    for file in laid.folder.glob(f"{database}.db*"):
        shutil.copy(file, aside)
    return aside


def _back(laid: Laid, database: str, aside: Path) -> None:
    for file in laid.folder.glob(f"{database}.db*"):
        file.unlink()
    for file in aside.iterdir():
        shutil.copy(file, laid.folder)


def _between(laid: Laid, rng: random.Random, database: str) -> str:
    """Killed, gone on, killed again; then one database is as it was at the first kill."""
    first = rng.randrange(laid.stage.points // 4, laid.stage.points)
    _killed(laid, first)
    aside = _kept(laid, database)
    more = rng.randrange(5, max(laid.stage.points // 2, 6))
    if kills.has_begun(laid):
        _killed(laid, more, resume=True)
    _back(laid, database, aside)
    return f"[{first}, {more}]"


def older_engine(laid: Laid, rng: random.Random) -> str:
    return _between(laid, rng, "engine")


def older_ledger(laid: Laid, rng: random.Random) -> str:
    return _between(laid, rng, "choai")


def no_engine(laid: Laid, rng: random.Random) -> str:
    at = rng.randrange(1, laid.stage.points)
    _killed(laid, at)
    for file in laid.folder.glob("engine.db*"):
        file.unlink()
    return f"[{at}]"


def rebuilt(laid: Laid, rng: random.Random) -> str:
    """Everything synced, then our databases are gone and the same sync is set up anew."""
    stage = laid.stage
    _killed(laid, 0)
    before = stage.counted("created")
    for name in ("choai", "engine"):
        for file in laid.folder.glob(f"{name}.db*"):
            file.unlink()
    for file in (stage.folder.parent / "empty").glob("*.db*"):
        shutil.copy(file, laid.folder)

    def anew() -> Any:
        with worker.at_work(laid):
            scene(stage)
            first = worker.run_to_the_end()
            assert stage.counted("created") == before, f"it created {stage.counted('created') - before}: {first}"
            runs = [first, worker.run_to_the_end()]
            writes = stage.writes()
            runs.append(worker.run_to_the_end())
            noise = stage.writes() - writes
        return {"runs": runs, "noise": noise, "parked": [], "unsettled": 0}

    if forked(anew, out=laid.folder / "told.json"):
        (laid.folder / "told.json").unlink(missing_ok=True)
        return "failed"
    return ""


def late(laid: Laid, rng: random.Random, *, wait: int = 4) -> str:
    """Killed while the service is at work: looked up at once, the record would not be there yet."""
    _pace(laid, SLOW)
    at = rng.randrange(laid.stage.points // 3, laid.stage.points * 2 // 3)
    forked(lambda: _patient(laid, wait))
    _killed(laid, at)
    _pace(laid, 0)
    return f"[{at}]"


def _pace(laid: Laid, seconds: float) -> None:
    for side in ("left", "right"):
        account = http("GET", laid.stage.account(side))
        account["rules"]["slow"] = seconds
        http("PUT", laid.stage.account(side), account)


def _patient(laid: Laid, seconds: int) -> None:
    from choai.store.models import Sync
    from databases import pointed

    with pointed(laid.url(), laid.folder):
        sync = Sync.objects.get()
        sync.options = {**sync.options, "outstanding_seconds": seconds}
        sync.save()


def asleep(laid: Laid, rng: random.Random) -> str:
    """Stopped at a point, taken over, woken while or after the other one works."""
    at = rng.randrange(1, laid.stage.points)
    child = os.fork()
    if not child:
        code = 1
        try:
            kills.until_killed(laid, at, resume=False, how=signal.SIGSTOP, lease=LEASE)
            code = 0
        finally:
            os._exit(code)
    _, status = os.waitpid(child, os.WUNTRACED)
    if not os.WIFSTOPPED(status):
        return f"[{at}] never slept"
    out = laid.folder / "told.json"
    if kills.has_begun(laid):
        heir = os.fork()
        if not heir:
            os._exit(forked(lambda: kills.to_the_end(laid, LEASE), out=out) and 1)
        time.sleep(rng.choice((LEASE + 0.5, LEASE + 1.5, 0)))
        os.waitpid(heir, 0) if rng.random() < 0.5 else None
        os.kill(child, signal.SIGCONT)
        with_heir = True
    else:
        os.kill(child, signal.SIGCONT)
        with_heir = False
    end = time.monotonic() + 60
    while os.waitpid(child, os.WNOHANG)[0] == 0:
        if time.monotonic() > end:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.05)
    if with_heir:
        with suppress(ChildProcessError):  # waited for before
            os.waitpid(heir, 0)
    return f"[{at}]"
