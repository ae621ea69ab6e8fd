"""What carrying out a plan costs in calls of each connection."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from choai.connectors.contract import Idempotency, ObjectSpec, Spec
from choai.engine import budget
from choai.engine.context import Context
from choai.engine.ports import End
from choai.model.mapping import Side

ROUNDS = 2  # of calls in one wave, each round as many as may be in flight at once
MANY = 12  # where a call takes one record only


def in_flight(spec: Spec) -> int:
    """Calls of a run that a service gets at once."""
    return max(1, budget.at_once(spec.limits, {}, spec.concurrency) - 1)


def rounds(object: ObjectSpec) -> int:
    """Rounds of calls in a wave when nothing is slow."""
    return ROUNDS if object.batch_size > 1 else MANY


def wave_size(spec: Spec, object: ObjectSpec) -> int:
    """Records of an object of a service that one wave writes when nothing is slow."""
    return max(object.batch_size, 1) * in_flight(spec) * rounds(object)


def cost_of(ctx: Context, totals: Mapping[tuple[str, str], int], backs: Mapping[str, int]) -> dict[str, int]:
    """Calls by connection id: writes in full batches, what is read after them where an answer holds no values, and the way back
    into the source. ``totals``: planned items by (side, op); ``backs``: ties that give something back, by side, under
    ``left_tie`` and ``right_tie`` those that write nothing else.

    It is what is really called when no record is refused, changes before its turn, or waits for another one's batch.
    """
    cost: dict[str, int] = {}
    for side in Side:
        end, source = ctx.ends[side], ctx.ends[side.other]
        created = totals.get((side.value, "create"), 0)
        updated = totals.get((side.value, "update"), 0) + totals.get((side.value, "bind"), 0)
        size = max(end.spec.batch_size, 1)
        writes = ceil(created / size) + ceil(updated / size)
        if end.spec.idempotency is Idempotency.EXTERNAL_ID and end.spec.reads_by_id:
            writes *= 2  # the answer holds no values: they are read afterwards
        _add(cost, end, writes)
        gives = any(r.write_back and r.direction.feeds(side.other) for r in ctx.settings.rows)
        for count in ((created if gives else 0) + backs.get(side.value, 0), backs.get(f"{side.value}_tie", 0)):
            _add(cost, source, _back(count, wave_size(end.link.spec, end.spec), source))
    return cost


def _back(count: int, wave: int, source: End) -> int:
    """Calls of the way back, which goes with the waves of what was written."""
    whole, rest = divmod(count, wave)
    batch = max(source.spec.batch_size, 1)
    return (whole * ceil(wave / batch) + ceil(rest / batch)) * (2 if source.spec.reads_by_id else 1)


def _add(cost: dict[str, int], end: End, calls: int) -> None:
    if calls:
        id = str(end.link.connection_id)
        cost[id] = cost.get(id, 0) + calls
