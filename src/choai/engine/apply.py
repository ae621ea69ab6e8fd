"""The only place that calls a connector's write (design §3).

The caller has committed an intent for every item before, and commits the ends afterwards; what happens in between is in
this file: neighbours of a refused record are sent again, a batch that fails without a culprit is halved until it is found,
and a lost reply is Unknown – never a second try.
"""

from __future__ import annotations

from dataclasses import replace

from choai.connectors.contract import Idempotency, Item, Op, Refused, Result, Unknown, Untried
from choai.engine.context import Context
from choai.engine.stamp import call_key
from choai.errors import ChoaiError, Recovery
from choai.model.mapping import Side

FORBIDDEN = 20  # so many records of one step without permission are no longer the records' own fault (FK-58, FK-61)


async def write(ctx: Context, side: Side, op: Op, items: list[Item], ended: list[Result]) -> None:
    """Write a batch and add to ``ended`` how each item ended: Done, Refused or Unknown.

    Raises the error of a whole call (throttled, maintenance, app gone …); items that are not in ``ended`` then had no effect.
    """
    results = await _call(ctx, side, op, items)
    ended.extend(r for r in results if not isinstance(r, Untried))
    refs = {r.ref for r in results if isinstance(r, Untried)}
    again = [i for i in items if i.ref in refs]
    if len(again) < len(items):
        if again:
            await write(ctx, side, op, again, ended)
    elif len(items) == 1:
        ended.append(Refused(items[0].ref, ChoaiError("unexpected_answer")))
    else:
        middle = (len(items) + 1) // 2
        await write(ctx, side, op, items[:middle], ended)
        await write(ctx, side, op, items[middle:], ended)


async def _call(ctx: Context, side: Side, op: Op, items: list[Item]) -> list[Result]:
    end = ctx.ends[side]
    if (
        op is Op.CREATE and end.spec.idempotency is Idempotency.HEADER
    ):  # a part of a batch is another call than the whole
        key = call_key([i.stamp or "" for i in items])
        items = [replace(i, stamp=key) for i in items]
    try:
        return await end.asked(end.link.connector.write(end.link.session, end.object, op, items))
    except ChoaiError as error:
        if error.code in ("unknown_result", "unexpected_answer"):
            return [Unknown(i.ref, error) for i in items]
        if error.recovery is Recovery.SKIP or (error.code == "no_permission" and ctx.refusals < FORBIDDEN):
            ctx.refusals += len(items) == 1
            return [Refused(i.ref, error) for i in items] if len(items) == 1 else [Untried(i.ref) for i in items]
        raise
