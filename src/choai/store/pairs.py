"""Bindings as people list, look at, make and undo them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from choai import clock
from choai.engine.choices import APART, PAIR
from choai.engine.codec import unpack
from choai.errors import ChoaiError
from choai.model.mapping import Side
from choai.store import audit
from choai.store.models import Binding, Decision, Pairing, Retry, Sync
from choai.store.pages import Found, found, ordering

_SORTS = {
    "name": ("name",),
    "synced_at": ("synced_at",),
    "state": ("state",),
    "id": (),
    "left_id": ("left_id",),
    "right_id": ("right_id",),
}


def chosen(
    workspace_id: int, *, sync: int | None = None, kind: str | None = None, state: str | None = None, q: str = ""
) -> QuerySet[Binding]:
    rows = Binding.objects.filter(workspace_id=workspace_id)
    if sync is not None:
        pairings = Sync.objects.filter(workspace_id=workspace_id, id=sync).values_list("pairing_id", flat=True)
        rows = rows.filter(pairing_id__in=list(pairings))
    if kind:
        rows = rows.filter(pairing__kind__in=[kind, *(f"{kind}_{n}" for n in (1, 2, 3))])
    if state:
        rows = rows.filter(state__in=state.split(","))
    if q:
        rows = rows.filter(pk__in=_named(workspace_id, q))
    return rows


def _named(workspace_id: int, q: str) -> QuerySet[Binding, int]:
    """Ids of the pairs whose name holds the text or whose id on either side is it: three questions to indexes instead of one
    to 100,000 wide rows."""
    everything = Binding.objects.filter(workspace_id=workspace_id).order_by()
    known = everything.filter(
        pairing_id__in=list(Pairing.objects.filter(workspace_id=workspace_id).values_list("pk", flat=True))
    )
    sides = [known.filter(**{side: q}).values_list("pk", flat=True) for side in ("left_id", "right_id")]
    return everything.filter(name__icontains=q).values_list("pk", flat=True).union(*sides)


def listed(workspace_id: int, *, page: int, page_size: int, sort: str = "", **filters: Any) -> Found:
    """One page of pairs."""
    rows = chosen(workspace_id, **filters).defer("left_base", "right_base").select_related("pairing")
    return found(rows.order_by(*ordering(sort, _SORTS, "name")), page, page_size, facts)


def facts(row: Binding) -> dict[str, Any]:
    return {
        "id": row.id,
        "pairing_id": row.pairing_id,
        "kind": row.pairing.kind,
        "name": row.name,
        "left_id": row.left_id,
        "right_id": row.right_id,
        "state": row.state,
        "origin": row.origin,
        "synced_at": row.synced_at,
    }


def streamed(workspace_id: int, **filters: Any) -> Iterator[dict[str, Any]]:
    """All pairs a filter finds, in order of id."""
    rows = chosen(workspace_id, **filters).defer("left_base", "right_base").select_related("pairing").order_by("id")
    last = 0
    while True:
        page = list(rows.filter(id__gt=last)[:1000])
        yield from map(facts, page)
        if len(page) < 1000:
            return
        last = page[-1].id


def one(workspace_id: int, binding_id: int) -> dict[str, Any]:
    """A pair with both bases. Raises not_found."""
    row = Binding.objects.select_related("pairing").filter(workspace_id=workspace_id, id=binding_id).first()
    if row is None:
        raise ChoaiError("not_found", what="binding", id=binding_id)
    return {**facts(row), "left_base": unpack(row.left_base), "right_base": unpack(row.right_base)}


def unlink(workspace_id: int, user_id: int, binding_id: int, *, apart: bool = False) -> None:
    """Forget that two records are one. Neither record is touched; the next run looks at both and matches them anew, whatever
    the cursors say. ``apart``: the two are not one, so they are never tied again by themselves until that decision is taken
    back – without it an id that the one still holds of the other ties them again. Raises not_found."""
    with transaction.atomic():
        row = one(workspace_id, binding_id)
        Binding.objects.filter(id=binding_id, workspace_id=workspace_id).delete()
        ids = {"left_id": row["left_id"], "right_id": row["right_id"]}
        for sync in Sync.objects.filter(workspace_id=workspace_id, pairing_id=row["pairing_id"]):
            if apart:
                Decision.objects.create(
                    workspace_id=workspace_id, sync=sync, side="left", name=row["name"], kind=PAIR, choice=APART,
                    lasting=True, by_id=user_id, at=clock.now(), **ids,
                )  # fmt: skip
            select_again(sync, ids)
        audit.note(workspace_id, user_id, "binding.unlink", row["name"], before=ids, after={"apart": apart})


def select_again(sync: Sync, ids: dict[str, str]) -> None:
    """The next run looks at these records of the two sides whatever the cursors say."""
    for side in Side:
        Retry.objects.get_or_create(
            sync=sync, side=side.value, record_id=ids[f"{side.value}_id"],
            defaults={"workspace_id": sync.workspace_id, "code": "", "since": clock.now()},
        )  # fmt: skip


def tie(workspace_id: int, user_id: int, sync_id: int, *, left_id: str, right_id: str, name: str = "") -> int:
    """Say that two records are one; the next run compares them without a base. Raises not_found, already_linked_elsewhere."""
    sync = Sync.objects.filter(workspace_id=workspace_id, id=sync_id).first()
    if sync is None:
        raise ChoaiError("not_found", what="sync", id=sync_id)
    try:
        with transaction.atomic():
            row = Binding.objects.create(
                workspace_id=workspace_id,
                pairing_id=sync.pairing_id,
                left_id=left_id,
                right_id=right_id,
                name=name,
                origin="matched",
                created_at=clock.now(),
            )
            audit.note(workspace_id, user_id, "binding.tie", name, after={"left_id": left_id, "right_id": right_id})
    except IntegrityError:
        other = (
            Binding.objects.filter(pairing_id=sync.pairing_id).filter(Q(left_id=left_id) | Q(right_id=right_id)).first()
        )
        raise ChoaiError("already_linked_elsewhere", id=right_id, other=str(other.left_id) if other else "–") from None
    return int(row.id)


def relink(workspace_id: int, user_id: int, binding_id: int, new_id: str, side: Side = Side.RIGHT) -> None:
    """The record of one side was made again under ``new_id`` (FK-67): it takes the old one's place, and the next run compares the
    two without a base and writes the new id where the old one stands. Raises not_found, already_linked_elsewhere."""
    column = f"{side.value}_id"
    with transaction.atomic():
        row = Binding.objects.select_for_update().filter(workspace_id=workspace_id, id=binding_id).first()
        if row is None:
            raise ChoaiError("not_found", what="binding", id=binding_id)
        other = Binding.objects.filter(pairing_id=row.pairing_id, **{column: new_id}).exclude(id=row.id).first()
        if other is not None:
            theirs = other.left_id if side is Side.RIGHT else other.right_id
            raise ChoaiError("already_linked_elsewhere", id=new_id, other=theirs, name=row.name)
        old = getattr(row, column)
        Binding.objects.filter(id=row.id).update(
            **{column: new_id}, state="ok", left_base=b"", right_base=b"", left_print=b"", right_print=b""
        )
        audit.note(workspace_id, user_id, "binding.relink", row.name, before={column: old}, after={column: new_id})
