"""What an earlier run wrote, for the run that undoes it."""

from __future__ import annotations

from collections.abc import Sequence

from choai.engine.ports import ItemRow, PastRow
from choai.model.mapping import Side
from choai.store.models import Binding, Item

WROTE = ("created", "updated")


def past_after(run_id: int, item_id: int, limit: int) -> list[PastRow]:
    """Items of a run that wrote (or tied) something, in order, after one of them."""
    found = Item.objects.filter(run_id=run_id, outcome__in=WROTE, id__gt=item_id).order_by("id")[:limit]
    return past(list(found))


def past(items: Sequence[Item]) -> list[PastRow]:
    """Items with the service's own answer to what they wrote, as far as it is still on record: the base of their pair, when
    nothing was synced since."""
    if not items:
        return []
    bound = Binding.objects.filter(pairing__syncs=items[0].sync_id, left_id__in=[i.left_id for i in items])
    pairs = {b.left_id: b for b in bound}
    out = []
    for item in items:
        pair = pairs.get(item.left_id)
        own = pair is not None and pair.right_id == item.right_id and pair.synced_at == item.ended_at
        answer = bytes(getattr(pair, f"{item.side}_base")) if own else b""
        known = bytes(getattr(pair, f"{item.side}_base")) if pair is not None else b""
        out.append(PastRow(_row(item), answer, known))
    return out


def _row(item: Item) -> ItemRow:
    return ItemRow(
        side=Side(item.side), op=item.op, left_id=item.left_id, right_id=item.right_id, name=item.name,
        before=bytes(item.before), after=bytes(item.after), outcome=item.outcome, id=item.id,
    )  # fmt: skip
