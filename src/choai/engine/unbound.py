"""Planning a record that has no partner yet: bound to the one it meets, created, or held for a person. Nobody guesses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from choai.engine.codec import pack, unpack
from choai.engine.context import Context
from choai.engine.decide import chosen, offered
from choai.engine.drift import no_creates
from choai.engine.gone import strays
from choai.engine.items import Chunk, end, finish_merge, new_item, plan_write, set_id
from choai.engine.match import Found, find_partners
from choai.engine.ports import DecisionRow, ItemRow, StagedRow
from choai.model.mapping import DuplicatePolicy, MatchKey, Side
from choai.model.match import Doubt
from choai.model.merge import fresh, merge, write_back
from choai.model.values import Values


async def plan_unbound(
    ctx: Context, side: Side, staged: Sequence[StagedRow], said: Mapping[str, DecisionRow], chunk: Chunk
) -> None:
    target = side.other
    parked = await ctx.ports.call(ctx.ports.ledger.parked, ctx.run.pairing_id, target)
    awaited = await ctx.ports.call(ctx.ports.ledger.parked, ctx.run.pairing_id, side)
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
        item = new_item(ctx, side, row, values)
        partner = found[row.record_id]
        item.key = partner.key
        stray = stray_ids.get(row.record_id)
        verdict = said.get(row.record_id)
        wished = partners.get(row.record_id)
        if row.record_id in parked:
            end(item, "failed", "ambiguous_intent", **ctx.ends[target].told(), name=item.name)
        elif wished is not None and wished.id not in tied:
            set_id(item, target, wished.id)
            bind(ctx, side, item, values, wished.values)
            tied.add(wished.id)
        elif verdict is not None and verdict.choice in ("create", "recreate"):
            create(ctx, side, item, values)
            chunk.keys.add(partner.key)
        elif stray is not None:
            end(item, stray.outcome, stray.code, **stray.facts)
        elif any(p.id in awaited for p in partner.partners):  # this may be what was made of it, and edited since
            end(item, "blocked", "partner_awaits_answer", **ctx.ends[target].told(), name=item.name)
        elif partner.partners:
            tied |= _met(ctx, side, item, values, partner, tied=tied, many=many)
            if item.op == "none":
                item.before = offered(partner.partners)
        elif partner.key and (partner.key in taken or partner.key in chunk.keys):
            end(item, "failed", "duplicate_in_source", **ctx.ends[side].told(), name=item.name)
        else:
            create(ctx, side, item, values)
            if item.outcome == "planned" and partner.key:
                chunk.keys.add(partner.key)
        chunk.items.append(item)


def _met(
    ctx: Context, side: Side, item: ItemRow, values: Values, found: Found, *, tied: set[str], many: Counter[str]
) -> set[str]:
    """A new record that meets others on the target side. Answers the ids that it ties."""
    place = ctx.ends[side.other].told()
    policy = DuplicatePolicy.BIND if found.declared else ctx.settings.duplicates[side.other]
    partner = found.only
    if policy is DuplicatePolicy.CLONE and len(found.partners) == 1:
        create(ctx, side, item, values)
        return set()
    if partner is None or (found.differs is not None and policy is DuplicatePolicy.BIND):
        _ask(ctx, side, item, values, found)
        return set()
    other = partner.bound_to or partner.id
    taken = partner.bound_to is not None or partner.id in tied
    theirs = ctx.title(side.other, partner.values) or item.name
    if policy is DuplicatePolicy.FAIL and not taken:
        code = {"value": _value(values, side, found.by)} if found.by_code else {}
        known = {**place, **code, "name": theirs, "id": partner.id}
        end(item, "failed", "duplicate_code" if found.by_code else "duplicate_name", **known)
        return set()
    set_id(item, side.other, partner.id)
    if policy is DuplicatePolicy.SKIP:
        end(item, "skipped", "skipped_by_policy", name=theirs, id=partner.id)
    elif found.declared and (many[partner.id] > 1 or taken):
        end(item, "skipped", "many_to_one", name=item.name, id=partner.id, other=other, count=max(many[partner.id], 2))
    elif taken:
        end(item, "failed", "already_linked_elsewhere", name=theirs, id=partner.id, other=other)
    else:
        bind(ctx, side, item, values, partner.values)
        return {partner.id}
    return set()


def _ask(ctx: Context, side: Side, item: ItemRow, values: Values, found: Found) -> None:
    """Several candidates, or one that may be another record: a person decides, whatever the duplicate policy says."""
    target = side.other
    met = found.partners[0]
    ids = ", ".join(p.id for p in found.partners[:5])
    told: dict[str, object] = {**ctx.ends[target].told(), "name": item.name, "candidates": ids, "id": met.id}
    told["other"] = ctx.title(target, met.values) or met.id
    if len(found.partners) > 1 and found.doubt is not Doubt.SIMILAR:
        end(item, "failed", "ambiguous_match", **told, **_label(ctx, target, found.by), count=len(found.partners))
    elif found.differs is None:
        end(item, "failed", "similar_name", **told, count=len(found.partners))
    else:
        known = {"value": _value(values, side, found.differs), "theirs": _value(met.values, target, found.differs)}
        end(item, "failed", "same_name_other_code", **told, **_label(ctx, target, found.differs), **known)


def _label(ctx: Context, target: Side, key: MatchKey | None) -> dict[str, str]:
    """A match key, as people call it."""
    name = "" if key is None else key.left if target is Side.LEFT else key.right
    known = ctx.schema(target).get(name)
    return {"key": known.ja, "key_en": known.en} if known is not None else {"key": name}


def _value(values: Values, side: Side, key: MatchKey | None) -> str:
    name = "" if key is None else key.left if side is Side.LEFT else key.right
    return str(values.get(name) or "")


def bind(ctx: Context, side: Side, item: ItemRow, values: Values, theirs: Values) -> None:
    """Tie a record to the one it met; fields that differ go by direction."""
    left, right = (values, theirs) if side is Side.LEFT else (theirs, values)
    schemas = ctx.schema(Side.LEFT), ctx.schema(Side.RIGHT)
    merged = merge(
        ctx.settings.rows, *schemas, left=left, right=right, base_left=None, base_right=None,
        directions=frozenset({side.other}), policy=ctx.settings.conflict,
    )  # fmt: skip
    if finish_merge(ctx, item, merged):
        return
    change = dict(merged.to(side.other))
    change.update(write_back(ctx.settings.rows, values, side, *schemas, current=theirs))
    plan_write(ctx, item, "bind", change, theirs)
    item.gives = bool(write_back(ctx.settings.rows, theirs, side.other, *schemas, current=values))
    if item.op == "bind" and not change:
        item.before = pack(theirs)  # the base of a tie that writes nothing


def create(ctx: Context, side: Side, item: ItemRow, values: Values) -> None:
    if not ctx.ends[side.other].spec.can_create:
        place = ctx.ends[side.other].told()
        end(item, "skipped", "not_writable", **place, field=place["object"], field_en=place["object_en"])
        return
    held = no_creates(ctx, side.other)
    if held is not None:
        end(item, "blocked", "required_unmapped", **held)
        return
    created, refused = fresh(ctx.settings.rows, values, side, ctx.schema(Side.LEFT), ctx.schema(Side.RIGHT))
    if refused:
        end(item, "failed", refused[0].code, **{**ctx.ends[side.other].told(), **refused[0].facts})
        return
    plan_write(ctx, item, "create", created, {})
