"""Reconciliations as people start, list and download them. What a run finds out is stored by ledger/compared.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import uuid4

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from choai import clock
from choai.errors import ChoaiError
from choai.report import statement
from choai.store import runs, seal
from choai.store.history import facts as run_facts
from choai.store.ledger.compared import COUNTS, tallies
from choai.store.models import Difference, Reconciliation, Run, Sync
from choai.store.pages import Found, found, ordering
from choai.store.runs import settings_of

KINDS = ("differs", "only_left", "only_right", "missing", "moving")
REASONS = {
    "not_a_statement": "statement_unreadable",
    "unknown_key": "statement_foreign",
    "changed": "statement_changed",
}
GROUPINGS = ("total", "month", "partner")
_SORTS = {"id": ("run_id",), "verdict": ("verdict",), "created_at": ("run_id",)}
_DIFFERENCE_SORTS = {"id": (), "name": ("name",), "kind": ("kind",)}


def create(sync_id: int, *, workspace_id: int, user_id: int | None) -> int:
    """A queued comparison of the two sides of a sync; answers its id, which is its run's id too.

    Also for an unlinked pairing. Takes the place of the sync's one active run. A plan that waits for a decision is left
    as it is. Raises not_found, already_running.
    """
    sync = Sync.objects.select_related("pairing").filter(id=sync_id, workspace_id=workspace_id).first()
    if sync is None:
        raise ChoaiError("not_found", what="sync", id=sync_id)
    now = clock.now()
    try:
        with transaction.atomic():
            run = Run.objects.create(
                workspace_id=workspace_id,
                sync=sync,
                batch=uuid4().hex,
                trigger="reconcile",
                settings={**settings_of(sync), "resync": False},
                run_as_id=sync.run_as_id,
                started_by_id=user_id,
                created_at=now,
            )
            Reconciliation.objects.create(run=run, workspace_id=workspace_id, sync=sync, created_at=now)
    except IntegrityError:
        raise runs.busy(sync) from None
    return run.id


# ------------------------------------------------------------------ lists


def _rows(workspace_id: int) -> QuerySet[Reconciliation]:
    parts = ("run__sync__pairing", "run__run_as", "run__started_by")
    return Reconciliation.objects.select_related(*parts).filter(workspace_id=workspace_id)


def listed(
    workspace_id: int, *, page: int, page_size: int, sort: str = "", q: str = "", sync: int | None = None,
    verdict: str | None = None,
) -> Found:  # fmt: skip
    """Reconciliations, newest first."""
    rows = _rows(workspace_id).defer("statement")
    if sync is not None:
        rows = rows.filter(sync_id=sync)
    if verdict:
        rows = rows.filter(verdict=verdict)
    if q:
        rows = rows.filter(sync__name__icontains=q)
    return found(rows.order_by(*_order(sort)), page, page_size, facts)


def _order(sort: str) -> list[str]:
    return [name for name in ordering(sort, _SORTS, "-id") if name.lstrip("-") != "id"]


def one(workspace_id: int, id: int) -> dict[str, Any]:
    """A reconciliation with its sums and its statement. Raises not_found."""
    row = _rows(workspace_id).filter(run_id=id).first()
    if row is None:
        raise ChoaiError("not_found", what="reconciliation", id=id)
    sums = {grouping: tallies(id, grouping, None if grouping == "total" else 1000) for grouping in GROUPINGS}
    return {**facts(row), "sums": sums, "statement": row.statement}


def facts(row: Reconciliation) -> dict[str, Any]:
    """A reconciliation for people, without texts: what its run says, and what was found."""
    run = run_facts(row.run)
    kept = ("id", "sync", "kind", "state", "phase", "control", "code", "facts", "notes", "started_by", "created_at",
            "started_at", "ended_at")  # fmt: skip
    counts = {name: int(row.run.counts.get(name, 0)) for name in (*COUNTS, "left", "right", "read")}
    return {
        **{name: run[name] for name in kept},
        "actions": [a for a in run["actions"] if a in ("cancel", "pause", "resume")],
        "verdict": row.verdict or None,
        "counts": counts,
        "fields": row.fields,
        "ends": {side: row.run.settings[side] for side in ("left", "right")},
    }


# ------------------------------------------------------------------ differences


def _differences(workspace_id: int, id: int, kind: str | None, q: str) -> tuple[QuerySet[Difference], list[Any]]:
    row = Reconciliation.objects.filter(workspace_id=workspace_id, run_id=id).values_list("fields", flat=True).first()
    if row is None:
        raise ChoaiError("not_found", what="reconciliation", id=id)
    rows = Difference.objects.filter(reconciliation_id=id, workspace_id=workspace_id)
    if kind:
        rows = rows.filter(kind__in=kind.split(","))
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(left_id=q) | Q(right_id=q))
    return rows, row


def differences(
    workspace_id: int, id: int, *, page: int, page_size: int, sort: str = "", kind: str | None = None, q: str = ""
) -> Found:
    """One page of what does not agree. ``kind``: one of KINDS or several, joined by commas. Raises not_found."""
    rows, fields = _differences(workspace_id, id, kind, q)
    named = {f["row"]: f for f in fields}
    ordered = rows.order_by(*ordering(sort, _DIFFERENCE_SORTS, "id"))
    return found(ordered, page, page_size, lambda d: difference_facts(d, named))


def streamed(workspace_id: int, id: int, *, kind: str | None = None, q: str = "") -> Iterator[dict[str, Any]]:
    """All differences in order, without holding them. Raises not_found before the first row."""
    rows, fields = _differences(workspace_id, id, kind, q)
    named = {f["row"]: f for f in fields}
    return _seek(rows.order_by("id"), named)


def _seek(rows: QuerySet[Difference], named: Mapping[int, Any]) -> Iterator[dict[str, Any]]:
    last = 0
    while page := list(rows.filter(id__gt=last)[:1000]):
        for row in page:
            yield difference_facts(row, named)
        last = page[-1].id


def difference_facts(row: Difference, named: Mapping[int, Any]) -> dict[str, Any]:
    """A difference with its fields named as both sides name them."""
    return {
        "id": row.id,
        "kind": row.kind,
        "name": row.name,
        "left_id": row.left_id,
        "right_id": row.right_id,
        "gone": row.gone,
        "fields": [_field(told, named.get(told["row"])) for told in row.fields],
    }


def _field(told: Mapping[str, Any], known: Mapping[str, Any] | None) -> dict[str, Any]:
    ends = {side: (known or {}).get(side) or {"name": "", "ja": "", "en": ""} for side in ("left", "right")}
    return {
        "row": told["row"],
        "left_field": ends["left"],
        "right_field": ends["right"],
        "left": told["left"],
        "right": told["right"],
        "left_base": told["left_base"],
        "right_base": told["right_base"],
        "unread": told["unread"],
    }


# ------------------------------------------------------------------ statements


def verify(found: object) -> statement.Verdict:
    """Whether this installation signed exactly this statement; REASONS has the code for each reason why not."""
    return statement.verify(found, seal.statement_keys())
