"""Finding the partner of a new record among the target side's records: scanned ones, or asked for by key."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from choai.engine import stamp
from choai.engine.codec import unpack
from choai.engine.context import Context
from choai.model.mapping import MatchKey, Side
from choai.model.match import Doubt, doubt_of, key_of, other_code, same_name
from choai.model.values import Value, Values, is_empty

APART = "apart"  # the lasting decision that two records are not one


@dataclass(slots=True)
class Partner:
    """A record of the target side. ``bound_to`` is the id of the source record that it is bound to already."""

    id: str
    values: dict[str, Value]
    bound_to: str | None = None


@dataclass(slots=True)
class Found:
    """What a new record met, by the match key ``by``; ``doubt`` says why that may be another one. ``declared``: its own id
    field names the partner, so the two belong together whatever the duplicate policy says. ``lost`` is an id in its own field
    that the target side did not show. ``key`` is the folded name-like key: what a second new record may not repeat."""

    partners: list[Partner] = field(default_factory=list)
    by: MatchKey | None = None
    doubt: Doubt = Doubt.NONE
    differs: MatchKey | None = None  # the code that speaks against a partner of the same name
    declared: bool = False
    by_code: bool = False
    lost: str = ""
    key: str = ""

    @property
    def only(self) -> Partner | None:
        """The one partner, when there is no other and no doubt."""
        return self.partners[0] if len(self.partners) == 1 and self.doubt is not Doubt.SIMILAR else None

    @property
    def free(self) -> list[Partner]:
        """The certain partners that belong to nobody yet."""
        return [p for p in self.partners if p.bound_to is None] if self.doubt is not Doubt.SIMILAR else []


def key_values(values: Values, keys: Sequence[MatchKey], side: Side) -> list[tuple[int, str]]:
    """(position of the match key, folded value) for each key that has a value."""
    marks = ((n, key_of(values.get(k.left if side is Side.LEFT else k.right), k.how)) for n, k in enumerate(keys))
    return [(n, mark) for n, mark in marks if mark is not None]


async def find_partners(ctx: Context, side: Side, records: Sequence[tuple[str, Values]]) -> dict[str, Found]:
    """For each new source record: the target records that its first telling match key finds."""
    target = side.other
    wanted: list[tuple[int, str]] = []
    own: dict[str, list[tuple[int, str]]] = {}
    marked: dict[str, list[tuple[int, str]]] = {}
    for id, values in records:
        own[id] = key_values(values, ctx.settings.keys, side)
        marked[id] = stamp.wanted(ctx, side, id, values)
        wanted.extend([*own[id], *marked[id]])
    scanned = await ctx.ports.call(ctx.ports.ledger.candidates, ctx.run.id, target, wanted)
    asked = await _ask(ctx, side, records) if not _was_scanned(ctx, target) else {}
    near = await _near(ctx, target, wanted) if not _was_scanned(ctx, target) else {}
    ids_met = {v for hits in (scanned, asked, near) for ids in hits.values() for v in ids}
    bindings = await ctx.ports.call(ctx.ports.ledger.bindings, ctx.run.pairing_id, target, sorted(ids_met))
    bound = {id: b.id_on(side) for id, b in bindings.items()}
    agreed = {id: unpack(b.base(target)) for id, b in bindings.items()}  # a bound record is not staged by a scan
    cards = {**agreed, **await _values(ctx, target, {i for ids in scanned.values() for i in ids}), **_answered(asked)}
    never = await _apart(ctx, side, list(own))
    out: dict[str, Found] = {}
    for id, values in records:
        found = Found(key=_own_key(ctx, own[id]))
        # made from one another, says a stamp; of a stamp that was copied with its record, the free ones
        made = [i for mark in marked[id] for i in scanned.get(mark, []) if i not in bound]
        if made:
            found.partners = [Partner(i, cards.get(i, {})) for i in dict.fromkeys(made)]
            found.declared = True
        for number, value in own[id] if not made else ():
            key = ctx.settings.keys[number]
            mark = number, value
            hits = dict.fromkeys([*scanned.get(mark, []), *asked.get(mark, {}), *near.get(mark, [])])
            ids = [hit for hit in hits if hit not in never.get(id, ())]
            if ids:
                met = [Partner(i, cards.get(i, {}), bound.get(i)) for i in ids]
                found.by = key
                found.partners, found.doubt, found.differs = _weighed(ctx, side, values, key, met)
                found.declared = _is_id(ctx, key, target)
                found.by_code = _role(ctx, key, target).endswith(".code")
                if key.how != "name" and not found.declared:
                    others = {mark: [*scanned.get(mark, []), *asked.get(mark, {})] for mark in own[id]}
                    free = {
                        i for hits in others.values() for i in hits if i not in bound and i not in never.get(id, ())
                    }
                    found.partners += _namesakes(ctx, side, values, met, {i: cards.get(i, {}) for i in sorted(free)})
                break
            if _gives_ids(ctx, key, target) and value not in never.get(id, ()):
                found.lost = value
        out[id] = found
    return out


def _weighed(
    ctx: Context, side: Side, values: Values, key: MatchKey, met: list[Partner]
) -> tuple[list[Partner], Doubt, MatchKey | None]:
    """Of those that were met by a key, the ones with the same name when there are any, else all; why they may be others all the
    same, and the code that says so."""
    keys = ctx.settings.keys
    doubts = [doubt_of(values, p.values, keys, key, side) for p in met]
    same = [(p, d) for p, d in zip(met, doubts, strict=True) if d is not Doubt.SIMILAR]
    if not same:
        return met, Doubt.SIMILAR, None
    first, doubt = same[0]
    return [p for p, _ in same], doubt, other_code(values, first.values, keys, key, side) if doubt else None


def _namesakes(
    ctx: Context, side: Side, values: Values, met: Sequence[Partner], others: Mapping[str, Values]
) -> list[Partner]:
    """Free records that bear the very name of a record which met one of another name by its code: the two keys contradict each
    other, as in lists whose numbers were shifted, and nobody guesses which is right."""
    named = next((key for key in ctx.settings.keys if key.how == "name"), None)
    if named is None or not others or any(same_name(values, p.values, named, side) for p in met):
        return []
    known = {p.id for p in met}
    return [Partner(i, dict(v)) for i, v in others.items() if i not in known and same_name(values, v, named, side)]


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


async def _near(ctx: Context, target: Side, wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], list[str]]:
    """Where the whole target was not scanned: bound records whose names may be one of these. A service can be asked for one
    spelling, and what is bound must not be created once more because a new record is spelled in another way."""
    names = {number for number, key in enumerate(ctx.settings.keys) if key.how == "name"}
    by_name = {mark for number, mark in wanted if number in names}
    if not by_name:
        return {}
    found = await ctx.ports.call(ctx.ports.ledger.named_like, ctx.run.pairing_id, target, by_name)
    return {(number, mark): found[mark] for number, mark in wanted if mark in found}


async def _apart(ctx: Context, side: Side, ids: Sequence[str]) -> dict[str, set[str]]:
    """The records of the other side that people said are not these, by the id of the record here."""
    out: dict[str, set[str]] = {}
    for said in await ctx.ports.call(ctx.ports.ledger.decisions, ctx.run.sync_id, side, ids):
        if said.choice == APART:
            ours, theirs = (said.left_id, said.right_id) if side is Side.LEFT else (said.right_id, said.left_id)
            out.setdefault(ours, set()).add(theirs)
    return out


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
