"""Phase "plan": staged records become items – what will be written, or how it ended without a write.

A chunk at a time: join with the bindings, match what is unbound, merge, check. Planning writes to no service; the same plan is
shown as a preview and applied (design promise 3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from choai.engine.bind import settled_bases
from choai.engine.codec import pack, unpack
from choai.engine.context import Context
from choai.engine.decide import chosen, offered, taken_sides, verdicts
from choai.engine.gone import Absent, partners_of, strays
from choai.engine.match import Found, find_partners
from choai.engine.ports import BindingRow, DecisionRow, ItemRow, Settled, StagedRow
from choai.errors import ChoaiError
from choai.model.check import check
from choai.model.convert import shown
from choai.model.mapping import ConflictPolicy, DuplicatePolicy, Side
from choai.model.merge import Merged, fresh, merge, write_back
from choai.model.values import Value, Values

CHUNK = 1000


@dataclass(slots=True)
class Chunk:
    """What one step of planning produces."""

    items: list[ItemRow] = field(default_factory=list)
    rebase: list[Settled] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)  # folded keys of the creates planned in this chunk


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
    others: dict[str, StagedRow] = {}
    if len(ctx.sources) == 2:
        others = await ports.call(ledger.staged, run.id, side.other, [b.id_on(side.other) for b in bound.values()])
    said = await verdicts(ctx, side, ids)
    chunk = Chunk()
    unbound = []
    first, absent = await partners_of(ctx, side, [(r, bound[r.record_id]) for r in staged if r.record_id in bound])
    for row in staged:
        binding = bound.get(row.record_id)
        if row.record_id in done:
            continue
        verdict = said.get(row.record_id)
        if verdict is not None and verdict.lasting:
            _ignored(ctx, side, row, binding, chunk)
        elif binding is not None and (partner := first.get(row.record_id)) is not None:
            values = unpack(row.values)
            chunk.items.append(_item(ctx, side, row, values, other_id=partner.id))
            _bind(ctx, side, chunk.items[-1], values, partner.values)
        elif binding is not None:
            other = others.get(binding.id_on(side.other))
            gone = absent.get(row.record_id)
            _bound(ctx, side, row, binding, other, absent=gone, verdict=verdict, chunk=chunk)
        elif side.other in ctx.settings.targets:
            unbound.append(row)
    if unbound:
        await _unbound(ctx, side, unbound, said, chunk)
    return chunk


def _ignored(ctx: Context, side: Side, row: StagedRow, binding: BindingRow | None, chunk: Chunk) -> None:
    """A person decided to leave this record alone."""
    partner = binding.id_on(side.other) if binding is not None else ""
    item = _item(ctx, side, row, unpack(row.values), other_id=partner)
    chunk.items.append(_end(item, "skipped", "ignored_by_decision", name=item.name))


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
    item = _item(ctx, side, row, values, other_id=binding.id_on(side.other))
    if absent is not None:
        chunk.items.append(_end(item, absent.outcome, absent.code, **absent.facts))
        return
    theirs = unpack(other.values) if other is not None else None
    merged = merge_bound(ctx, side, values, theirs, binding)
    if merged.conflicts and verdict is not None:
        left, right = (values, theirs) if side is Side.LEFT else (theirs, values)

        def again(policy: ConflictPolicy) -> Merged:
            return merge_bound(ctx, side, values, theirs, binding, policy=policy)

        merged = taken_sides(merged, verdict, again, left=left, right=right)
    if finish_merge(item, merged):
        if merged.conflicts and theirs is not None:
            item.before = pack(theirs)  # what the person who decides compares with
        chunk.items.append(item)
        return
    if merged.notes:
        item.facts["notes"] = [{"code": n.code, "field": n.field, "value": shown(n.value)} for n in merged.notes[:20]]
    written = False
    for target in (side.other, side):
        change = merged.to(target)
        if not change:
            continue
        before = theirs if target is side.other else values
        part = item if target is side.other else _other_way(ctx, item, other, values)
        _write(ctx, part, "update", change, before if before is not None else unpack(binding.base(target)))
        chunk.items.append(part)
        written = True
    if not written:
        chunk.items.append(_end(item, "unchanged"))
        chunk.rebase.append(_rebased(ctx, side, binding, values, theirs))


def merge_bound(
    ctx: Context,
    side: Side,
    values: Values,
    theirs: Values | None,
    binding: BindingRow,
    *,
    policy: ConflictPolicy | None = None,
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
    )


def finish_merge(item: ItemRow, merged: Merged) -> bool:
    """Whether the merge ends the item without a write: a value that cannot be sent, or a conflict that asks."""
    if merged.refused:
        _end(item, "failed", merged.refused[0].code, **merged.refused[0].facts)
    elif merged.conflicts:
        fields = [f"{c.left_field} / {c.right_field}" for c in merged.conflicts]
        _end(item, "blocked", "conflict", field=", ".join(fields), count=len(fields))
    else:
        return False
    return True


def _rebased(ctx: Context, side: Side, binding: BindingRow, values: Values, theirs: Values | None) -> Settled:
    mine = ctx.mapped(side, values)
    other = ctx.mapped(side.other, theirs) if theirs is not None else unpack(binding.base(side.other))
    left, right = (mine, other) if side is Side.LEFT else (other, mine)
    return settled_bases(ctx, Settled(0, "unchanged", side.other, left_id=binding.left_id), left, right)


def _other_way(ctx: Context, item: ItemRow, other: StagedRow | None, values: Values) -> ItemRow:
    """The item of the same pair that writes into the side we came from."""
    return ItemRow(
        side=item.side.other,
        op="update",
        left_id=item.left_id,
        right_id=item.right_id,
        name=item.name,
        source=other.values if other is not None else b"",
    )


# ---------------------------------------------------------------- new records


async def _unbound(
    ctx: Context, side: Side, staged: Sequence[StagedRow], said: Mapping[str, DecisionRow], chunk: Chunk
) -> None:
    target = side.other
    parked = await ctx.ports.call(ctx.ports.ledger.parked, ctx.run.pairing_id, target)
    partners = await chosen(ctx, side, said)
    records = [(s.record_id, unpack(s.values)) for s in staged]
    found = await find_partners(ctx, side, records)
    keys = {s.record_id: found[s.record_id].key for s in staged}
    taken = await ctx.ports.call(ctx.ports.ledger.planned_keys, ctx.run.id, [k for k in keys.values() if k])
    tied = await ctx.ports.call(
        ctx.ports.ledger.planned_ids, ctx.run.id, target, [p.id for f in found.values() for p in f.partners]
    )
    many = Counter(f.partners[0].id for f in found.values() if f.declared)
    stray_ids = await strays(ctx, side, found)
    for row, (_, values) in zip(staged, records, strict=True):
        item = _item(ctx, side, row, values)
        partner = found[row.record_id]
        item.key = partner.key
        stray = stray_ids.get(row.record_id)
        verdict = said.get(row.record_id)
        wished = partners.get(row.record_id)
        if row.record_id in parked:
            _end(item, "failed", "ambiguous_intent", **ctx.ends[target].told(), name=item.name)
        elif wished is not None and wished.id not in tied:
            _set_id(item, target, wished.id)
            _bind(ctx, side, item, values, wished.values)
            tied.add(wished.id)
        elif verdict is not None and verdict.choice in ("create", "recreate"):
            _new(ctx, side, item, values)
        elif stray is not None:
            _end(item, stray.outcome, stray.code, **stray.facts)
        elif partner.partners:
            tied |= _met(ctx, side, item, values, partner, tied=tied, many=many)
            if item.op == "none":
                item.before = offered(partner.partners)
        elif partner.key and (partner.key in taken or partner.key in chunk.keys):
            _end(item, "failed", "duplicate_in_source", **ctx.ends[side].told(), name=item.name)
        else:
            _new(ctx, side, item, values)
            if item.outcome == "planned" and partner.key:
                chunk.keys.add(partner.key)
        chunk.items.append(item)


def _met(
    ctx: Context, side: Side, item: ItemRow, values: Values, found: Found, *, tied: set[str], many: Counter[str]
) -> set[str]:
    """A new record that meets others on the target side. Answers the ids that it ties."""
    place = ctx.ends[side.other].told()
    if len(found.partners) > 1:
        names = ", ".join(p.id for p in found.partners[:5])
        key = _label(ctx, side.other, found)
        told = {**place, **key, "count": len(found.partners), "candidates": names, "name": item.name}
        _end(item, "failed", "ambiguous_match", **told)
        return set()
    partner = found.partners[0]
    other = partner.bound_to or partner.id
    policy = DuplicatePolicy.BIND if found.declared else ctx.settings.duplicates[side.other]
    taken = partner.bound_to is not None or partner.id in tied
    if policy is DuplicatePolicy.CLONE:
        _new(ctx, side, item, values)
        return set()
    theirs = ctx.title(side.other, partner.values) or item.name
    if policy is DuplicatePolicy.FAIL:
        code = {"value": _value(values, side, found)} if found.by_code else {}
        known = {**place, **code, "name": theirs, "id": partner.id}
        _end(item, "failed", "duplicate_code" if found.by_code else "duplicate_name", **known)
        return set()
    _set_id(item, side.other, partner.id)
    if policy is DuplicatePolicy.SKIP:
        _end(item, "skipped", "skipped_by_policy", name=theirs, id=partner.id)
    elif found.declared and (many[partner.id] > 1 or taken):
        _end(item, "skipped", "many_to_one", name=item.name, id=partner.id, other=other, count=max(many[partner.id], 2))
    elif taken:
        _end(item, "failed", "already_linked_elsewhere", name=theirs, id=partner.id, other=other)
    else:
        _bind(ctx, side, item, values, partner.values)
        return {partner.id}
    return set()


def _label(ctx: Context, target: Side, found: Found) -> dict[str, str]:
    """The match key that hit, as people call it."""
    name = "" if found.by is None else found.by.left if target is Side.LEFT else found.by.right
    known = ctx.schema(target).get(name)
    return {"key": known.ja, "key_en": known.en} if known is not None else {"key": name}


def _value(values: Values, side: Side, found: Found) -> str:
    name = "" if found.by is None else found.by.left if side is Side.LEFT else found.by.right
    return str(values.get(name) or "")


def _bind(ctx: Context, side: Side, item: ItemRow, values: Values, theirs: Values) -> None:
    """Tie a record to the one it met; fields that differ go by direction."""
    left, right = (values, theirs) if side is Side.LEFT else (theirs, values)
    schemas = ctx.schema(Side.LEFT), ctx.schema(Side.RIGHT)
    merged = merge(
        ctx.settings.rows, *schemas, left=left, right=right, base_left=None, base_right=None,
        directions=frozenset({side.other}), policy=ctx.settings.conflict,
    )  # fmt: skip
    if finish_merge(item, merged):
        return
    change = dict(merged.to(side.other))
    change.update(write_back(ctx.settings.rows, values, side, *schemas, current=theirs))
    _write(ctx, item, "bind", change, theirs)
    if item.op == "bind" and not change:
        item.before = pack(theirs)  # the base of a tie that writes nothing


def _new(ctx: Context, side: Side, item: ItemRow, values: Values) -> None:
    if not ctx.ends[side.other].spec.can_create:
        place = ctx.ends[side.other].told()
        _end(item, "skipped", "not_writable", **place, field=place["object"], field_en=place["object_en"])
        return
    created, refused = fresh(ctx.settings.rows, values, side, ctx.schema(Side.LEFT), ctx.schema(Side.RIGHT))
    if refused:
        _end(item, "failed", refused[0].code, **{**ctx.ends[side.other].told(), **refused[0].facts})
        return
    _write(ctx, item, "create", created, {})


async def replan(ctx: Context, side: Side, item: ItemRow, source: bytes, revision: str) -> None:
    """Plan an item anew because its source record was edited before its turn. The item keeps its place; it may end here."""
    ledger = ctx.ports.ledger
    values = unpack(source)
    item.source, item.revision, item.name = source, revision, ctx.title(side, values)
    bound = await ctx.ports.call(ledger.bindings, ctx.run.pairing_id, side, [item.source_id])
    binding = bound.get(item.source_id)
    if binding is not None:
        merged = merge_bound(ctx, side, values, None, binding)
        change = merged.to(side.other)
        if finish_merge(item, merged):
            return
        if change:
            _write(ctx, item, "update", change, unpack(binding.base(side.other)))
        else:
            _end(item, "unchanged")
    elif item.op == "bind":
        met = await ctx.ports.call(ledger.staged, ctx.run.id, side.other, [item.target_id])
        _bind(ctx, side, item, values, unpack(met[item.target_id].values) if item.target_id in met else {})
    else:
        _new(ctx, side, item, values)


# ---------------------------------------------------------------- items


def _item(ctx: Context, side: Side, row: StagedRow, values: Values, other_id: str = "") -> ItemRow:
    item = ItemRow(side=side.other, op="none", name=ctx.title(side, values), revision=row.revision, source=row.values)
    _set_id(item, side, row.record_id)
    _set_id(item, side.other, other_id)
    return item


def _set_id(item: ItemRow, side: Side, id: str) -> None:
    if side is Side.LEFT:
        item.left_id = id
    else:
        item.right_id = id


def _write(ctx: Context, item: ItemRow, op: str, change: dict[str, Value], before: Values) -> None:
    """Plan a write after the checks that need no call (FK-18). A missing required value is no failure of the record:
    it is not selected until it is filled (FK-27d)."""
    problems = check(change, ctx.schema(item.side), creating=op == "create")
    if problems:
        place = ctx.ends[item.side].told()
        missing = next((p for p in problems if p.code == "required_missing"), None)
        problem: ChoaiError = missing or problems[0]
        _end(item, "skipped" if missing else "failed", problem.code, **{**place, **problem.facts})
        return
    item.op = op
    item.after = pack(change)
    item.before = pack({name: before[name] for name in change if name in before})


def _end(item: ItemRow, outcome: str, code: str = "", **facts: object) -> ItemRow:
    item.outcome, item.code = outcome, code
    item.facts.update((k, str(v)) for k, v in facts.items())
    return item
