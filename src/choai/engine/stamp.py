"""How a create is recognised later: the key it is sent with, the stamp that it carries, the fields that name it (design §5).

An intent's ``key`` holds what the service can be asked about: field → value. For services with an idempotency header it holds
beside these, under names that no field has, the key of the record's call, so that the same call can be made again.

A stamp is text that names the source record: ``choai:`` + eight characters of its place (service, account, object) + its id.
It depends on no pairing and no database of ours, so bindings can be found again when that is lost. A stamp's field that the
mapping uses belongs to the mapping: then nothing is stamped, and the record is known by its match keys.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import blake2b

from choai.connectors.contract import Idempotency
from choai.engine.context import Context
from choai.engine.ports import End, ItemRow, RunRow
from choai.model.mapping import MappingRow, Side
from choai.model.record import Record
from choai.model.values import Values

MARK = "choai:"
CALL = "$call"  # in an intent's key: the key of the call that the record was sent in
OWN = "$own"  # in an intent's key: the record's own part of it
LONGEST_ID = 60  # a longer one is told by its hash
STAMPED, NAMED = 32_000, 32_001  # positions of match keys that no sync has: by the target's stamp, by the source's


def _hash(*parts: object, size: int) -> str:
    return blake2b("\x1f".join(map(str, parts)).encode(), digest_size=size).hexdigest()


def stamp_of(end: End, id: str) -> str:
    """The stamp of records made from this one."""
    account = end.link.account.id if end.link.account is not None else ""
    place = _hash(end.link.spec.service, account, end.object, size=4)
    return f"{MARK}{place}/{id if len(id) <= LONGEST_ID else _hash(id, size=16)}"


def own_key(run: RunRow, item: ItemRow) -> str:
    """What makes a create this create: the same for a repetition, another one when its content has changed or another run
    tries it anew (services replay refusals as well)."""
    return _hash(run.id, run.work.get("started", ""), item.id, item.after.hex(), size=16)


def call_key(own: Sequence[str]) -> str:
    """The key of one call that creates these records."""
    return own[0] if len(own) == 1 else _hash(*own, size=16)


def marks(ctx: Context, target: Side, items: Sequence[ItemRow]) -> dict[int, str]:
    """What each of these creates is marked with (``Item.stamp``), by item; empty for services that take no mark."""
    kind = ctx.ends[target].spec.idempotency
    creates = [i for i in items if i.op == "create"]
    if kind is Idempotency.HEADER:
        return {i.id: own_key(ctx.run, i) for i in creates}
    if ctx.stamp_field(target):
        return {i.id: stamp_of(ctx.ends[target.other], i.source_id) for i in creates}
    return {}


def asked_by(
    ctx: Context, target: Side, item: ItemRow, after: Values, row: MappingRow | None, *, own: str = "", call: str = ""
) -> dict[str, str]:
    """The key of an item's intent. ``row`` is the mapping row that carries the source's identity, ``own`` the item's mark."""
    stamped = ctx.stamp_field(target)
    if own and stamped:
        return {stamped: own}
    keys = {
        name: str(after[name])
        for key in ctx.settings.keys
        if (name := key.left if target is Side.LEFT else key.right) in after and after[name]
    }
    if row is not None and after.get(name := row.field(target) or ""):
        keys = {name: str(after[name])}
    return {**keys, OWN: own, CALL: call} if call else keys


def fields_of(key: Mapping[str, str]) -> dict[str, str]:
    """The fields among an intent's key."""
    return {name: value for name, value in key.items() if name not in (OWN, CALL)}


# ---------------------------------------------------------------- partners found again


def scanned(ctx: Context, side: Side, records: Sequence[Record]) -> list[tuple[int, str, str]]:
    """By which stamps records of a target side can be recognised: candidates like those of the match keys."""
    out: list[tuple[int, str, str]] = []
    if (own := ctx.stamp_field(side)) is not None:
        out += [(STAMPED, str(v), r.id) for r in records if str(v := r.values.get(own) or "").startswith(MARK)]
    if ctx.stamp_field(side.other) is not None:
        out += [(NAMED, stamp_of(ctx.ends[side], r.id), r.id) for r in records]
    return out


def wanted(ctx: Context, side: Side, id: str, values: Values) -> list[tuple[int, str]]:
    """What a new record of ``side`` finds its partner by: the other side's record was made from it, or it from that one."""
    out: list[tuple[int, str]] = []
    if ctx.stamp_field(side.other) is not None:
        out.append((STAMPED, stamp_of(ctx.ends[side], id)))
    own = ctx.stamp_field(side)
    if own is not None and str(values.get(own) or "").startswith(MARK):
        out.append((NAMED, str(values[own])))
    return out
