"""One run, a step at a time. ``advance`` does one page or one wave of batches and says whether there is more.

Everything a step needs is in the ledger, so that any process may do the next one; what it learns is committed before it returns.

    queued → open → read_left → read_right → scan → plan → (planned | held) → apply → settle → done
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from choai.engine import finish as ending
from choai.engine import reconcile
from choai.engine.consequence import take_over
from choai.engine.context import Context, ends_for, forget, parse, settings_for
from choai.engine.opening import opening
from choai.engine.plan import plan_chunk
from choai.engine.ports import Ports, RunRow, Step
from choai.engine.read import read_page, scan
from choai.engine.references import refer
from choai.engine.undo import plan_undo
from choai.engine.wave import apply_wave
from choai.errors import ChoaiError, Recovery
from choai.model.mapping import Side

log = logging.getLogger("choai.engine")

ATTEMPTS = 5  # passing faults in a row before a run gives up
LONGEST_WAIT = timedelta(minutes=30)  # a longer wait ends the run instead: the rest is "not reached"
_CONTROL = {"cancel": ("cancelled", "cancelled"), "pause": ("paused", "")}  # wish → state and code
MORE = Step(done=False)
DONE = Step(done=True)


async def advance(run_id: int, ports: Ports) -> Step:
    """The next step of a run. Never raises for what a service, a person or a mapping did wrong: that ends in the run.

    A run that has ended, waits for a decision or is paused answers done.
    """
    run: RunRow = await ports.call(ports.ledger.take, run_id, ports.now())
    if run.state != "running":
        forget(run_id)
        return DONE
    if run.control:
        return await _stop(run, ports, *_CONTROL[run.control])
    try:
        settings = settings_for(run) if run.phase != "open" else parse(run)
        ctx = Context(run, await ends_for(run, ports), ports, settings)
        if run.phase != "open":
            ctx.ends = refer(ctx)
        await _phase(ctx)
    except ChoaiError as error:
        return await _failed(run, ports, error)
    if run.work.get("attempts"):
        await ports.call(ports.ledger.calm, run_id)
    if await ports.call(ports.ledger.state_of, run_id) == "running":
        return MORE if ctx.wait_until is None else Step(done=False, wait_until=ctx.wait_until)
    forget(run_id)
    return DONE


async def _phase(ctx: Context) -> None:
    run, ports = ctx.run, ctx.ports
    if run.trigger == "reconcile":
        await reconcile.step(ctx)
    elif run.phase == "open":
        await opening(ctx)
    elif run.phase in ("read_left", "read_right"):
        await read_page(ctx, Side(run.phase.removeprefix("read_")))
    elif run.phase == "scan":
        await scan(ctx)
    elif run.phase == "plan":
        if not await (plan_undo if "undo" in run.settings else plan_chunk)(ctx):
            waits = await ending.planned(ctx)
            if waits is not None:
                await ports.call(
                    ports.ledger.finish, run.id, waits.state, ports.now(), code=waits.code, facts=waits.facts
                )
    elif run.phase == "apply":
        if not (await take_over(ctx) or await apply_wave(ctx)):
            await ports.call(ports.ledger.move, run.id, "settle", run.work)
    else:
        await ending.finish(ctx)


async def _stop(run: RunRow, ports: Ports, state: str, code: str, facts: Mapping[str, Any] | None = None) -> Step:
    await ports.call(ports.ledger.finish, run.id, state, ports.now(), code=code, facts=facts)
    forget(run.id)
    return DONE


async def _failed(run: RunRow, ports: Ports, error: ChoaiError) -> Step:
    """What an error means for the whole run: wait, try again, or end.

    Before anything was written the run is "not executed" (error), afterwards it "stopped" and the rest is not reached (FK-56) –
    except when what it stands on is gone (FK-55) or its authority is (FK-57): then it is an error either way.
    """
    facts = {k: v if isinstance(v, (int, str, bool, list)) else str(v) for k, v in error.facts.items()}
    now = ports.now()
    if error.recovery is Recovery.WAIT:
        until = _until(error, now)
        if until - now <= LONGEST_WAIT:
            await ports.call(ports.ledger.note, run.id, error.code, facts)
            return Step(done=False, wait_until=until)
    if error.recovery is Recovery.RETRY:
        attempts = int(run.work.get("attempts", 0)) + 1
        if attempts < ATTEMPTS:
            await ports.call(ports.ledger.note, run.id, error.code, facts, {**run.work, "attempts": attempts})
            return Step(done=False, wait_until=now + timedelta(seconds=2**attempts))
    log.info("run %s ends: %s", run.id, error.code)
    touched = run.phase in ("apply", "settle")
    passing = error.recovery in (Recovery.WAIT, Recovery.RETRY) or error.code == "maintenance"
    state = "stopped" if (touched and passing) or error.code == "budget_spent" else "error"
    return await _stop(run, ports, state, error.code, facts)


def _until(error: ChoaiError, now: datetime) -> datetime:
    until = error.facts.get("until")
    if isinstance(until, datetime):
        return max(until, now)
    if isinstance(until, str):
        return max(datetime.fromisoformat(until), now)
    return now + timedelta(minutes=1) if error.code != "maintenance" else now + LONGEST_WAIT * 2
