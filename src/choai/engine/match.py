"""Finding the partner of a new record among the target side's records: scanned ones, or asked for by key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from choai.engine.codec import unpack
from choai.engine.context import Context
from choai.model.mapping import MatchKey, Side
from choai.model.match import key_of
from choai.model.values import Value, Values, is_empty


@dataclass(slots=True)
class Partner:
    """A record of the target side. ``bound_to`` is the id of the source record that it is bound to already."""

    id: str
    values: dict[str, Value]
    bound_to: str | None = None


@dataclass(slots=True)
class Found:
    """What a new record met, by the match key ``by``. ``declared``: its own id field names the partner, so the two belong
    together whatever the duplicate policy says. ``lost`` is an id in its own field that the target side did not show.
    ``key`` is the folded name-like key: what a second new record may not repeat."""

    partners: list[Partner] = field(default_factory=list)
    by: MatchKey | None = None
    declared: bool = False
    by_code: bool = False
    lost: str = ""
    key: str = ""


def key_values(values: Values, keys: Sequence[MatchKey], side: Side) -> list[tuple[int, str]]:
    """(position of the match key, folded value) for each key that has a value."""
    marks = ((n, key_of(values.get(k.left if side is Side.LEFT else k.right), k.how)) for n, k in enumerate(keys))
    return [(n, mark) for n, mark in marks if mark is not None]


async def find_partners(ctx: Context, side: Side, records: Sequence[tuple[str, Values]]) -> dict[str, Found]:
    """For each new source record: the target records that its first telling match key finds."""
    target = side.other
    wanted: list[tuple[int, str]] = []
    own: dict[str, list[tuple[int, str]]] = {}
    for id, values in records:
        own[id] = key_values(values, ctx.settings.keys, side)
        wanted.extend(own[id])
    scanned = await ctx.ports.call(ctx.ports.ledger.candidates, ctx.run.id, target, wanted)
    asked = await _ask(ctx, side, records) if not _was_scanned(ctx, target) else {}
    ids_met = {v for hits in (scanned, asked) for ids in hits.values() for v in ids}
    bindings = await ctx.ports.call(ctx.ports.ledger.bindings, ctx.run.pairing_id, target, sorted(ids_met))
    bound = {id: b.id_on(side) for id, b in bindings.items()}
    agreed = {id: unpack(b.base(target)) for id, b in bindings.items()}  # a bound record is not staged by a scan
    cards = {**agreed, **await _values(ctx, target, {i for ids in scanned.values() for i in ids}), **_answered(asked)}
    out: dict[str, Found] = {}
    for id, _ in records:
        found = Found(key=_own_key(ctx, own[id]))
        for number, value in own[id]:
            key = ctx.settings.keys[number]
            ids = list(dict.fromkeys([*scanned.get((number, value), []), *asked.get((number, value), {})]))
            if ids:
                found.partners = [Partner(i, cards.get(i, {}), bound.get(i)) for i in ids]
                found.by = key
                found.declared = _is_id(ctx, key, target)
                found.by_code = _role(ctx, key, target).endswith(".code")
                break
            if _gives_ids(ctx, key, target):
                found.lost = value
        out[id] = found
    return out


def _was_scanned(ctx: Context, target: Side) -> bool:
    return target.value in ctx.run.work["scanned"]


def _own_key(ctx: Context, own: list[tuple[int, str]]) -> str:
    """Folded key for "the same record twice in one plan": the name-like key, since ids of new records are empty."""
    return f"{own[-1][0]}:{own[-1][1]}" if own else ""


def _role(ctx: Context, key: MatchKey, side: Side) -> str:
    found = ctx.schema(side).get(key.left if side is Side.LEFT else key.right)
    return (found.role or "") if found is not None else ""


def _is_id(ctx: Context, key: MatchKey, target: Side) -> bool:
    return any(_role(ctx, key, side).endswith(".id") for side in (target, target.other))


def _gives_ids(ctx: Context, key: MatchKey, target: Side) -> bool:
    """Whether a key's field on the target side is the id that the target gives its records."""
    field = ctx.schema(target).get(key.left if target is Side.LEFT else key.right)
    return field is not None and (field.role or "").endswith(".id") and not field.writable


Hits = dict[tuple[int, str], dict[str, dict[str, Value]]]


async def _ask(ctx: Context, side: Side, records: Sequence[tuple[str, Values]]) -> Hits:
    """Look records up by key where the whole target was not scanned: one find per key and batch, exact spelling."""
    target = side.other
    end = ctx.ends[target]
    out: Hits = {}
    for number, key in enumerate(ctx.settings.keys):
        name = key.left if target is Side.LEFT else key.right
        source = key.right if target is Side.LEFT else key.left
        described = ctx.schema(target).get(name)
        if name not in end.spec.keys and not (described is not None and described.unique):
            continue
        wanted = [v[source] for _, v in records if not is_empty(v.get(source))]
        for start in range(0, len(wanted), 100):
            for record in await end.find(name, wanted[start : start + 100]):
                folded = key_of(record.values.get(name), key.how)
                if folded:
                    out.setdefault((number, folded), {})[record.id] = record.values
    return out


def _answered(asked: Hits) -> dict[str, dict[str, Value]]:
    return {id: values for hits in asked.values() for id, values in hits.items()}


async def _values(ctx: Context, target: Side, ids: set[str]) -> dict[str, dict[str, Value]]:
    found = await ctx.ports.call(ctx.ports.ledger.staged, ctx.run.id, target, sorted(ids))
    return {id: unpack(row.values) for id, row in found.items()}
