"""The items of a run as people list, filter and download them. Made for a million rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import RawSQL

from choai.engine.codec import unpack
from choai.errors import ChoaiError
from choai.store.history import counts_of
from choai.store.models import Binding, Item, Run
from choai.store.pages import Found, found, ordering

# sums a person may ask for (the links of FK-48)
SUMS = {
    "succeeded": ("created", "updated", "unchanged"),
    "targets": ("created", "updated", "unchanged", "failed", "skipped", "blocked"),
}
# the condition of the index over codes, word for word: SQLite finds it in the query, or leaves the index alone
_HAS_CODE = RawSQL("NOT (store_item.code = '')", (), output_field=BooleanField())
OWN = 100  # items of one record in a run are a few
MANY = 900  # a text in more names than this is frequent; also what SQLite takes as one list of ids
_SORTS = {"id": (), "name": ("name",), "outcome": ("outcome",)}


def wanted(outcome: str | None) -> list[str] | None:
    """The outcomes a filter names, sums written out."""
    if not outcome:
        return None
    return [one for name in outcome.split(",") for one in SUMS.get(name, (name,))]


def _run(workspace_id: int, run_id: int) -> Run:
    run = Run.objects.filter(workspace_id=workspace_id, id=run_id).first()
    if run is None:
        raise ChoaiError("not_found", what="run", id=run_id)
    return run


def chosen(
    run_id: int,
    *,
    outcome: str | None = None,
    op: str | None = None,
    side: str | None = None,
    code: str | None = None,
    q: str = "",
    found: Sequence[int] | None = None,
    many: bool = False,
) -> QuerySet[Item]:
    """The items a filter finds. ``found``: the ids of the items that hold the text, where that is known; with ``many`` only of
    those that it is the record id of."""
    rows = Item.objects.filter(run_id=run_id)
    if (outcomes := wanted(outcome)) is not None:
        rows = rows.filter(outcome__in=outcomes)
    exact = {"op": op, "side": side, "code": code}
    rows = rows.filter(**{name: value for name, value in exact.items() if value})
    if code:
        rows = rows.filter(_HAS_CODE)
    if found is None:
        return rows.filter(Q(name__icontains=q) | Q(left_id=q) | Q(right_id=q)) if q else rows
    return rows.filter(Q(name__icontains=q) | Q(pk__in=found) if many else Q(pk__in=found))


def _holding(run_id: int, q: str) -> tuple[list[int], bool]:
    """Ids of the items whose name holds the text or whose id on either side is it. When a text is frequent, only those of the
    records that have it as their id, and True.

    One walk over the names alone, which ends at MANY, and two look-ups, instead of a walk over wide rows.
    """
    everything = Item.objects.filter(run_id=run_id).order_by()
    ids = list(everything.filter(name__icontains=q).values_list("pk", flat=True)[: MANY + 1])
    place = Run.objects.filter(id=run_id).values_list("workspace_id", "sync_id").first() or (0, 0)
    known = everything.filter(workspace_id=place[0], sync_id=place[1])
    own: list[int] = []
    for side in ("left_id", "right_id"):
        own += known.filter(**{side: q}).values_list("pk", flat=True)[:OWN]
    return (own, True) if len(ids) + len(own) > MANY else (ids + own, False)


def listed(
    workspace_id: int,
    run_id: int,
    *,
    page: int,
    page_size: int,
    sort: str = "",
    outcome: str | None = None,
    op: str | None = None,
    side: str | None = None,
    code: str | None = None,
    q: str = "",
) -> Found:
    """One page of items. Raises not_found."""
    run = _run(workspace_id, run_id)
    holding, many = _holding(run_id, q) if q else (None, False)
    rows = chosen(run_id, outcome=outcome, op=op, side=side, code=code, q=q, found=holding, many=many)
    total = None
    if not (op or side or code or q) and run.ended_at is not None:
        # The run's own counts are exact once it has ended: no counting of a million rows.
        counts = counts_of(run.counts)
        total = sum(counts.get(name, 0) for name in wanted(outcome) or (*SUMS["targets"], "not_reached", "not_counted"))
    return found(rows.order_by(*ordering(sort, _SORTS, "id")), page, page_size, facts, total=total, count=not many)


def facts(item: Item) -> dict[str, Any]:
    """An item for people, without texts and addresses."""
    after = unpack(item.after)
    before = unpack(item.before)
    return {
        "id": item.id,
        "side": item.side,
        "op": item.op,
        "outcome": item.outcome,
        "name": item.name,
        "left_id": item.left_id,
        "right_id": item.right_id,
        "code": item.code,
        "facts": item.facts,
        "changes": sum(1 for name, value in after.items() if item.op == "create" or before.get(name) != value),
        "ended_at": item.ended_at,
    }


def streamed(workspace_id: int, run_id: int, **filters: Any) -> Iterator[dict[str, Any]]:
    """All items a filter finds, in order, without holding them. Raises not_found before the first row."""
    _run(workspace_id, run_id)
    rows = chosen(run_id, **filters).order_by("id")
    return _seek(rows)


def _seek(rows: QuerySet[Item]) -> Iterator[dict[str, Any]]:
    """Page by page by id: no transaction stays open while a slow client reads."""
    last = 0
    while True:
        page = list(rows.filter(id__gt=last).defer("source")[:1000])
        for item in page:
            yield facts(item)
        if len(page) < 1000:
            return
        last = page[-1].id


def one(workspace_id: int, run_id: int, item_id: int) -> dict[str, Any]:
    """An item with its packed values opened: ``before``, ``after`` (the target's fields) and ``base`` (both sides' values as
    of the last agreement, by side). Raises not_found."""
    item = Item.objects.filter(workspace_id=workspace_id, run_id=run_id, id=item_id).select_related("run").first()
    if item is None:
        raise ChoaiError("not_found", what="item", id=item_id)
    binding = None
    if item.left_id and item.right_id:
        binding = Binding.objects.filter(
            pairing__syncs=item.sync_id, left_id=item.left_id, right_id=item.right_id
        ).first()
    return {
        **facts(item),
        "before": unpack(item.before),
        "after": unpack(item.after),
        "base": unpack(getattr(binding, f"{item.side}_base")) if binding else {},
        "settings": item.run.settings,
    }


def ends_of(workspace_id: int, run_id: int) -> dict[str, dict[str, object]]:
    """Where the two sides of a run are: {"left": {"connection", "object"}, "right": …}. Raises not_found."""
    settings = _run(workspace_id, run_id).settings
    return {side: settings[side] for side in ("left", "right")}
