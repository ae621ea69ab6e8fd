"""The partners of bound records beside them, as far as a run reads both."""

from __future__ import annotations

from collections.abc import Sequence

from choai.engine.codec import pack
from choai.engine.consequence import compares
from choai.engine.context import Context
from choai.engine.ports import StagedRow
from choai.engine.read import fetch
from choai.model.mapping import Side


async def partners(ctx: Context, side: Side, ids: Sequence[str]) -> dict[str, StagedRow]:
    """Records of the other side by id, as they are now.

    With two sources those that this run has read; where a one-way plan compares, all of them: from the scan, else asked for by
    id. Otherwise none: a one-way run rests on the bases and saves the calls.
    """
    two_way = len(ctx.sources) == 2
    if not ids or not (two_way or compares(ctx)):
        return {}
    ports, end = ctx.ports, ctx.ends[side.other]
    known: dict[str, StagedRow] = await ports.call(ports.ledger.staged, ctx.run.id, side.other, ids)
    if two_way or side.other.value in ctx.run.work.get("beside", ()):
        return known
    wanted = [id for id in ids if id not in known]
    for start in range(0, len(wanted), end.spec.page_size):
        for record in await fetch(ctx, end, wanted[start : start + end.spec.page_size]):
            held = pack({k: record.values[k] for k in ctx.wished(side.other) if k in record.values})
            known[record.id] = StagedRow(0, record.id, record.revision or "", "", b"", held, False)
    return known
