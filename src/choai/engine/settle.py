"""How written items end: outcome, binding and base in one commit, then the way back into the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from choai.connectors.contract import Done, Refused, Result
from choai.engine.bind import Written, give_back, written
from choai.engine.codec import unpack
from choai.engine.context import Context
from choai.engine.ports import ItemRow, Settled
from choai.model.mapping import Side
from choai.model.values import Values


async def settle(
    ctx: Context,
    target: Side,
    pairs: Sequence[tuple[ItemRow, Result]],
    blocked: Mapping[str, tuple[str, Mapping[str, object]]] | None = None,
    sent: Mapping[int, Values] | None = None,
) -> None:
    """Commit how these items ended; what was created also goes back to its source. An item whose reply was lost stays
    planned with its intent open: recover.py asks the service before it is sent again. ``blocked``: code and facts of refused
    items, by source id, that wait for a person instead of having failed. ``sent``: what was written, by item, where that is
    open already."""
    plain: list[Settled] = []
    done: list[Written] = []
    updates = [i for i, r in pairs if isinstance(r, Done) and i.op == "update"]
    ids = [i.left_id for i in updates]
    bases = await ctx.ports.call(ctx.ports.ledger.bindings, ctx.run.pairing_id, Side.LEFT, ids) if ids else {}
    twins = await _twins(ctx, target, updates)
    for item, result in pairs:
        if isinstance(result, Done):
            known_sent, twin = (sent or {}).get(item.id), twins.get(item.left_id)
            done.append(written(ctx, item, result, bases.get(item.left_id), sent=known_sent, twin=twin))
        elif isinstance(result, Refused):
            place: dict[str, object] = {**ctx.ends[target].told()}
            place |= (
                {"field": place["object"], "field_en": place["object_en"]} if "field" not in result.error.facts else {}
            )
            known = {k: v for k, v in result.error.facts.items() if k != "object"}
            outcome = "blocked" if result.error.code == "blocked_by" else "failed"
            plain.append(ended(item, outcome, result.error.code, {**place, **known}))
            if blocked and (told := blocked.get(item.source_id)) is not None:
                plain[-1] = ended(item, "blocked", *told)
    if plain:
        await ctx.ports.call(ctx.ports.ledger.settle, ctx.run, plain, ctx.ports.now())
    if done:
        await give_back(ctx, target, done)


async def _twins(ctx: Context, target: Side, items: Sequence[ItemRow]) -> dict[str, Values]:
    """What this run has written into the source records of these updates, by left id: both sides were edited."""
    if len(ctx.sources) < 2 or not items:
        return {}
    found: dict[str, ItemRow] = await ctx.ports.call(
        ctx.ports.ledger.items_by_source, ctx.run.id, target, [i.target_id for i in items]
    )
    return {i.left_id: unpack(i.after) for i in found.values() if i.outcome == "updated"}


def ended(item: ItemRow, outcome: str, code: str, facts: Mapping[str, Any]) -> Settled:
    """The settlement of an item that wrote nothing."""
    return Settled(
        item.id, outcome, item.side, code=code, facts={k: str(v) for k, v in facts.items()}, left_id=item.left_id,
        right_id=item.right_id, name=item.name, intent_state="refused",
    )  # fmt: skip
