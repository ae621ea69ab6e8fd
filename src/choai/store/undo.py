"""Undoing a run: what would be put back, and the run that does it (CC-12)."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Count

from choai.engine.codec import plain, unpack
from choai.engine.context import load_schema
from choai.engine.ports import PastRow
from choai.engine.undo import CRM, back, listed_code
from choai.errors import ChoaiError
from choai.model.schema import Schema
from choai.store import audit, runs
from choai.store.ledger.undoing import WROTE, past
from choai.store.models import ACTIVE_RUNS, ENDED_RUNS, Item, Run
from choai.store.pages import Found

_STANDS = (*ACTIVE_RUNS, "planned", "held", "succeeded", "partly")


def _run(workspace_id: int, run_id: int) -> Run:
    run = Run.objects.filter(workspace_id=workspace_id, id=run_id).select_related("sync").first()
    if run is None:
        raise ChoaiError("not_found", what="run", id=run_id)
    return run


def undone_by(run: Run) -> int | None:
    """The run that undid this one, or is about to."""
    mine = Run.objects.filter(sync_id=run.sync_id, trigger="undo", settings__undo=run.id, state__in=_STANDS)
    found = mine.order_by("-id").values_list("id", flat=True).first()
    return None if found is None else int(found)


def totals(run: Run) -> dict[str, int]:
    """Items of a run by what undoing makes of them: put_back (CRM updates), listed (updates in the accounts), created, tied
    (nothing was written). They add up to what the run created and updated."""
    out = dict.fromkeys(("put_back", "listed", "created", "tied"), 0)
    rows = run.items.filter(outcome__in=WROTE)
    silent = rows.filter(op="bind", after__in=[b"", b"{}"]).count()
    for row in rows.values("side", "op").annotate(n=Count("id")).order_by():
        kind = "created" if row["op"] == "create" else "put_back" if row["side"] == CRM.value else "listed"
        out[kind] += row["n"]
    for side in ("left", "right") if silent else ():
        ties = rows.filter(op="bind", side=side, after__in=[b"", b"{}"]).count()
        out["put_back" if side == CRM.value else "listed"] -= ties
        out["tied"] += ties
    return out


def preview(workspace_id: int, run_id: int, *, page: int, page_size: int) -> dict[str, Any]:
    """The reverse plan by what is on record: each item with its fields as last known and as they would be. The run itself reads
    the records first, and leaves alone what was changed since. Raises not_found, not_actionable (the run is at work)."""
    run = _run(workspace_id, run_id)
    if run.state not in ENDED_RUNS or run.trigger == "reconcile":
        raise ChoaiError("not_actionable", state=run.state, id=run_id)
    rows = run.items.filter(outcome__in=WROTE).order_by("id")
    part = list(rows[(page - 1) * page_size : page * page_size])
    schemas = run.settings.get("schemas") or {}
    known = {side: load_schema(schemas[side]) for side in ("left", "right") if side in schemas}
    sums = totals(run)
    by = undone_by(run)
    return {
        "run_id": run.id,
        "totals": sums,
        "undone_by": by,
        "possible": by is None and sums["put_back"] > 0,
        "items": Found([_line(item, p, known) for item, p in zip(part, past(part), strict=True)], sum(sums.values())),
        "ends": {side: run.settings[side] for side in ("left", "right")},
    }


def _line(item: Item, found: PastRow, schemas: dict[str, Schema]) -> dict[str, Any]:
    """One item of the reverse plan. ``action``: put_back, changed_since, unknown, listed, created, tied, as_it_was."""
    schema = schemas[item.side]
    wrote, before, now = unpack(item.after), unpack(item.before), unpack(found.known)
    code = listed_code(found.item)
    action = {"undo_creation_stays": "created", "undo_listed_only": "listed"}.get(code, "")
    changed: set[str] = set()
    if not action:
        out = back(found, now, schema)
        action = {"undo_changed_since": "changed_since", "undo_unknown_before": "unknown"}.get(out.code, "")
        action = action or ("put_back" if out.change else "as_it_was" if wrote else "tied")
        changed = set(out.change)
    fields = [
        {
            "field": name,
            "label_ja": known.ja if (known := schema.get(name)) else name,
            "label_en": known.en if known else name,
            "previous": plain({name: before.get(name)})[name],
            "wrote": plain({name: value})[name],
            "now": plain({name: now[name]})[name] if name in now else None,
            "put_back": name in changed,
        }
        for name, value in wrote.items()
    ]
    return {
        "item_id": item.id, "side": item.side, "op": item.op, "name": item.name, "left_id": item.left_id,
        "right_id": item.right_id, "action": action, "code": code, "fields": fields,
    }  # fmt: skip


def start(workspace_id: int, user_id: int, run_id: int) -> int:
    """A queued run that undoes another; the caller hands it to the queue. Raises not_found, not_actionable, undone_already,
    nothing_to_undo, already_running, link_disabled."""
    with transaction.atomic():
        run = _run(workspace_id, run_id)
        if run.state not in ENDED_RUNS or run.trigger == "reconcile":
            raise ChoaiError("not_actionable", state=run.state, id=run_id)
        by = undone_by(run)
        if by is not None:
            raise ChoaiError("undone_already", id=run_id, run=by)
        if not totals(run)["put_back"]:
            raise ChoaiError("nothing_to_undo", id=run_id)
        new = runs.create_run(
            run.sync_id, workspace_id=workspace_id, trigger="undo", user_id=user_id, to_left=True, to_right=False
        )
        settings = Run.objects.values_list("settings", flat=True).get(id=new)
        Run.objects.filter(id=new).update(settings={**settings, "undo": run.id, "resync": False})
        audit.note(workspace_id, user_id, "run.undo", str(run_id), after={"run": new})
    return new
