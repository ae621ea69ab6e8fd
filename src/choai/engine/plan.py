"""Phase "plan": staged records become items – what will be written, or how it ended without a write.

A chunk at a time: join with the bindings, match what is unbound, merge, check. Planning writes to no service; the same plan is
shown as a preview and applied (design promise 3).
"""

from __future__ import annotations

from collections.abc import Sequence

from choai.engine.alongside import partners
from choai.engine.bind import settled_bases
from choai.engine.codec import pack, unpack
from choai.engine.consequence import is_draft, tally
from choai.engine.context import Context
from choai.engine.decide import taken_sides, verdicts
from choai.engine.gone import Absent, partners_of
from choai.engine.items import Chunk, end, finish_merge, new_item, plan_write, remark
from choai.engine.newest import newer
from choai.engine.ports import BindingRow, DecisionRow, ItemRow, Settled, StagedRow
from choai.engine.references import hold
from choai.engine.unbound import bind, create, plan_unbound
from choai.model.mapping import ConflictPolicy, Side
from choai.model.merge import Merged, merge
from choai.model.values import Values

CHUNK = 1000


async def plan_chunk(ctx: Context) -> bool:
    """Plan the next staged records. False when all are planned."""
    run, ports = ctx.run, ctx.ports
    work = dict(run.work)
    sources = ctx.sources
    if work["side"] >= len(sources):
        return False
    side = sources[work["side"]]
    staged = await ports.call(ports.ledger.staged_after, run.id, side, work["seq"], CHUNK)
    if not staged:
        work["side"], work["seq"] = work["side"] + 1, 0
        await ports.call(ports.ledger.move, run.id, "plan", work)
        return int(work["side"]) < len(sources)
    work["seq"] = staged[-1].seq
    chunk = await _plan(ctx, side, staged)
    await hold(ctx, chunk.items)
    tally(ctx, work, chunk.items)
    for item in chunk.items:
        if item.outcome != "planned":
            ctx.count(item.outcome)
    ctx.count("planned", len(chunk.items))
    await ports.call(ports.ledger.commit_plan, run.id, chunk.items, chunk.rebase, work, ctx.deltas, now=ports.now())
    return True


async def _plan(ctx: Context, side: Side, staged: Sequence[StagedRow]) -> Chunk:
    run, ports, ledger = ctx.run, ctx.ports, ctx.ports.ledger
    ids = [s.record_id for s in staged]
    bound = await ports.call(ledger.bindings, run.pairing_id, side, ids)
    done = await ports.call(ledger.planned_ids, run.id, side, ids) if len(ctx.sources) == 2 else set()
    others = await partners(ctx, side, [b.id_on(side.other) for b in bound.values()])
    said = await verdicts(ctx, side, ids)
    chunk = Chunk()
    unbound = []
    first, absent = await partners_of(ctx, side, [(r, bound[r.record_id]) for r in staged if r.record_id in bound])
    for row in staged:
        binding = bound.get(row.record_id)
        if row.record_id in done:
            ctx.count("paired")
            continue
        verdict = said.get(row.record_id)
        if verdict is not None and verdict.lasting:
            _ignored(ctx, side, row, binding, chunk)
        elif binding is not None and (partner := first.get(row.record_id)) is not None:
            values = unpack(row.values)
            chunk.items.append(new_item(ctx, side, row, values, other_id=partner.id))
            bind(ctx, side, chunk.items[-1], values, partner.values)
        elif binding is not None:
            other = others.get(binding.id_on(side.other))
            if other is not None and not other.target and len(ctx.sources) == 2:
                chunk.items.append(_left_alone(ctx, side, row, other.record_id))
                continue
            gone = absent.get(row.record_id)
            _bound(ctx, side, row, binding, other, absent=gone, verdict=verdict, chunk=chunk)
        elif side.other in ctx.settings.targets:
            unbound.append(row)
    if unbound:
        await plan_unbound(ctx, side, unbound, said, chunk)
    return chunk


def _ignored(ctx: Context, side: Side, row: StagedRow, binding: BindingRow | None, chunk: Chunk) -> None:
    """A person decided to leave this record alone."""
    partner = binding.id_on(side.other) if binding is not None else ""
    item = new_item(ctx, side, row, unpack(row.values), other_id=partner)
    chunk.items.append(end(item, "skipped", "ignored_by_decision", name=item.name))


def _left_alone(ctx: Context, side: Side, row: StagedRow, partner: str) -> ItemRow:
    """The partner of this record is outside the selection: the pair stays bound and neither is written."""
    item = new_item(ctx, side, row, unpack(row.values), other_id=partner)
    return end(item, "skipped", "partner_not_selected", **ctx.ends[side.other].told(), name=item.name)


# ---------------------------------------------------------------- bound records


def _bound(
    ctx: Context,
    side: Side,
    row: StagedRow,
    binding: BindingRow,
    other: StagedRow | None,
    *,
    absent: Absent | None,
    verdict: DecisionRow | None,
    chunk: Chunk,
) -> None:
    """Plan a record with a binding; ``other`` is its partner where both sides were read, ``absent`` why it has none now."""
    values = unpack(row.values)
    item = new_item(ctx, side, row, values, other_id=binding.id_on(side.other))
    if absent is not None:
        chunk.items.append(end(item, absent.outcome, absent.code, **absent.facts))
        return
    theirs = unpack(other.values) if other is not None else None
    last = newer(ctx, side, row, other)
    merged = merge_bound(ctx, side, values, theirs, binding, newer=last)
    if merged.conflicts and verdict is not None:
        left, right = (values, theirs) if side is Side.LEFT else (theirs, values)

        def again(policy: ConflictPolicy) -> Merged:
            return merge_bound(ctx, side, values, theirs, binding, policy=policy, newer=last)

        merged = taken_sides(merged, verdict, again, left=left, right=right)
    if finish_merge(ctx, item, merged):
        if merged.conflicts and theirs is not None:
            item.before = pack(theirs)  # what the person who decides compares with
        chunk.items.append(item)
        return
    remark(ctx, item, merged)
    written = False
    for target in (side.other, side):
        change = merged.to(target)
        if not change:
            continue
        before = theirs if target is side.other else values
        part = item if target is side.other else _other_way(ctx, item, other, values)
        if not written:
            part.code, part.facts = item.code, item.facts  # told once for the pair
        plan_write(ctx, part, "update", change, before if before is not None else unpack(binding.base(target)))
        chunk.items.append(part)
        if written:
            ctx.count("both_ways")
        written = True
    if not written:
        chunk.items.append(end(item, "unchanged", item.code))
        if is_draft(ctx):  # its mapping is not the one that the bases are kept by; see consequence.take_over
            item.before = pack(theirs) if theirs is not None else binding.base(side.other)
        else:
            chunk.rebase.append(_rebased(ctx, side, binding, values, theirs))


def merge_bound(
    ctx: Context,
    side: Side,
    values: Values,
    theirs: Values | None,
    binding: BindingRow,
    *,
    policy: ConflictPolicy | None = None,
    newer: Side | None = None,
) -> Merged:
    """The merge of a bound record with what is known of its partner, by the sync's conflict policy unless told otherwise."""
    left, right = (values, theirs) if side is Side.LEFT else (theirs, values)
    return merge(
        ctx.settings.rows,
        ctx.schema(Side.LEFT),
        ctx.schema(Side.RIGHT),
        left=left,
        right=right,
        base_left=unpack(binding.left_base),
        base_right=unpack(binding.right_base),
        directions=ctx.settings.targets,
        policy=policy or ctx.settings.conflict,
        newer=newer,
    )


def _rebased(ctx: Context, side: Side, binding: BindingRow, values: Values, theirs: Values | None) -> Settled:
    mine = ctx.mapped(side, values)
    other = ctx.mapped(side.other, theirs) if theirs is not None else unpack(binding.base(side.other))
    left, right = (mine, other) if side is Side.LEFT else (other, mine)
    return settled_bases(ctx, Settled(0, "unchanged", side.other, left_id=binding.left_id), left, right, binding)


def _other_way(ctx: Context, item: ItemRow, other: StagedRow | None, values: Values) -> ItemRow:
    """The item of the same pair that writes into the side we came from."""
    return ItemRow(
        side=item.side.other,
        op="update",
        left_id=item.left_id,
        right_id=item.right_id,
        name=item.name,
        source=other.values if other is not None else b"",
        staged=other is not None and other.seq > 0,
    )


async def replan(ctx: Context, side: Side, item: ItemRow, source: bytes, revision: str) -> None:
    """Plan an item anew because its source record was edited before its turn. The item keeps its place; it may end here."""
    ledger = ctx.ports.ledger
    values = unpack(source)
    item.source, item.staged, item.revision, item.name = source, False, revision, ctx.title(side, values)
    bound = await ctx.ports.call(ledger.bindings, ctx.run.pairing_id, side, [item.source_id])
    binding = bound.get(item.source_id)
    if binding is not None:
        merged = merge_bound(ctx, side, values, None, binding)
        change = merged.to(side.other)
        if finish_merge(ctx, item, merged):
            return
        if change:
            plan_write(ctx, item, "update", change, unpack(binding.base(side.other)))
        else:
            end(item, "unchanged")
    elif item.op == "bind":
        met = await ctx.ports.call(ledger.staged, ctx.run.id, side.other, [item.target_id])
        bind(ctx, side, item, values, unpack(met[item.target_id].values) if item.target_id in met else {})
    else:
        create(ctx, side, item, values)
