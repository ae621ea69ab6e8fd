"""Edits of a sync that nobody has saved yet, and what a preview with them found (engine/consequence.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Count

from choai.errors import ChoaiError
from choai.model.relook import relook
from choai.store import audit, outcomes, runs, syncs
from choai.store.models import Item, Run, Sync

SAMPLES = 4  # records shown of each kind
_KINDS: Sequence[Mapping[str, str]] = (
    {"code": "leaves_selection"},
    {"outcome": "planned", "op": "update"},
    {"outcome": "planned", "op": "create"},
    {"outcome": "planned", "op": "bind"},
    {"outcome": "blocked"},
    {"outcome": "failed"},
)


def _run(workspace_id: int, sync_id: int, run_id: int) -> Run:
    found = Run.objects.filter(id=run_id, workspace_id=workspace_id, sync_id=sync_id)
    run = found.select_related("sync", "sync__pairing").first()
    if run is None or "draft" not in run.settings:
        raise ChoaiError("not_found", what="run", id=run_id)
    return run


def begin(workspace_id: int, user_id: int, sync_id: int, *, version: int, fields: Mapping[str, Any]) -> int:
    """A preview with these fields of Sync in place of the saved ones; answers its run. Raises not_found, link_disabled,
    already_running, conflict_edit (saved by somebody else meanwhile), bad_request (nothing differs)."""
    sync = syncs.one(workspace_id, sync_id)
    if sync.version != version:
        raise ChoaiError("conflict_edit", what="sync", id=sync.id)
    changed = syncs.draft_fields(sync, fields)
    if not changed:
        raise ChoaiError("bad_request", detail="nothing differs from what is saved")
    return runs.create_run(
        sync_id, workspace_id=workspace_id, trigger="preview", user_id=user_id, preview=True, draft=changed
    )


def facts(workspace_id: int, sync_id: int, run_id: int) -> dict[str, Any]:
    """What the preview of a draft has found so far, without texts. Raises not_found."""
    run = _run(workspace_id, sync_id, run_id)
    draft = run.settings["draft"]
    was = {**runs.settings_of(run.sync), "selection": draft["selection"]}
    kinds = Item.objects.filter(run_id=run_id).values_list("outcome", "op", "code", "side").order_by()
    totals = {tuple(row[:4]): row[4] for row in kinds.annotate(n=Count("id"))}

    def total(**wanted: str) -> int:
        names = ("outcome", "op", "code", "side")
        return sum(n for key, n in totals.items() if all(key[names.index(k)] == v for k, v in wanted.items()))

    return {
        "changed": sorted(draft["fields"]),
        "relook": [] if draft["saved"] else relook(was, run.settings),
        "saved": draft["saved"],
        "outdated": not draft["saved"] and run.sync.version != draft["version"],
        "leaving": int(run.counts.get("leaving", 0)),
        "entering": int(run.counts.get("entering", 0)),
        "conflicts": total(outcome="blocked", code="conflict"),
        "failed": total(outcome="failed") + total(outcome="blocked") - total(outcome="blocked", code="conflict"),
        "unchanged": total(outcome="unchanged") + int(run.counts.get("overlap", 0)),
        "writes": {
            side: {op: total(outcome="planned", op=op, side=side) for op in ("create", "update", "bind")}
            for side in ("left", "right")
        },
        "fields": _fields(run),
        "samples": _samples(workspace_id, run_id),
    }


def _fields(run: Run) -> list[dict[str, Any]]:
    """Fields that records which exist would get, most often written first."""
    found = []
    for side, told in (run.work.get("fields") or {}).items():
        known = {f["name"]: f for f in (run.settings.get("schemas") or {}).get(side, {}).get("fields", [])}
        for name, count in told.items():
            label = known.get(name, {})
            found.append(
                {
                    "side": side,
                    "field": name,
                    "ja": label.get("ja") or name,
                    "en": label.get("en") or label.get("ja") or name,
                    "count": count,
                }
            )
    return sorted(found, key=lambda row: (-row["count"], row["side"], row["field"]))


def _samples(workspace_id: int, run_id: int) -> list[dict[str, Any]]:
    ids: list[int] = []
    for kind in _KINDS:
        ids += Item.objects.filter(run_id=run_id, **kind).order_by("id").values_list("id", flat=True)[:SAMPLES]
    return [outcomes.one(workspace_id, run_id, id) for id in dict.fromkeys(ids)]


def save(workspace_id: int, user_id: int, sync_id: int, run_id: int, *, apply: bool) -> Sync:
    """Save the settings that a preview was made with; with ``apply`` its plan may be carried out afterwards, else it is
    dropped. No cursor moves, no binding goes.

    Raises not_found, not_actionable (the plan was dropped or its settings are saved), conflict_edit.
    """
    with transaction.atomic():
        run = _run(workspace_id, sync_id, run_id)
        draft = run.settings["draft"]
        if run.state != "planned" or draft["saved"]:
            raise ChoaiError("not_actionable", state=run.state, id=run_id)
        sync = syncs.one(workspace_id, run.sync_id)
        fields = draft["fields"]
        before = {name: getattr(sync, name) for name in fields}
        syncs.swap(sync, draft["version"], fields)
        audit.note(workspace_id, user_id, "sync.change", sync.name, before, fields)
        if apply:
            run.settings = {**run.settings, "draft": {**draft, "saved": True}}
            run.save(update_fields=["settings"])
        else:
            runs.discard(run_id, workspace_id=workspace_id)
    return syncs.one(workspace_id, sync.id)
