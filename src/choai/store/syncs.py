"""Syncs as people see and edit them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F, QuerySet

from choai.errors import ChoaiError
from choai.model.mapping import MappingRow, MatchKey, Side
from choai.model.relook import relook
from choai.store import audit
from choai.store.models import Member, Sync
from choai.store.pages import Found, found, ordering
from choai.store.runs import settings_of

_SORTS = {"name": ("name",), "kind": ("pairing__kind",), "id": ()}
_OPTIONS = {
    "brake_share",
    "brake_minimum",
    "recheck_seconds",
    "quota_share",
    "duplicate_policy_left",
    "duplicate_policy_right",
}


def rows(workspace_id: int) -> QuerySet[Sync]:
    return Sync.objects.select_related(
        "pairing", "pairing__left_connection", "pairing__right_connection", "schedule", "run_as"
    ).filter(workspace_id=workspace_id)


def one(workspace_id: int, sync_id: int) -> Sync:
    """Raises not_found."""
    sync = rows(workspace_id).filter(id=sync_id).first()
    if sync is None:
        raise ChoaiError("not_found", what="sync", id=sync_id)
    return sync


def listed(workspace_id: int, *, page: int, page_size: int, sort: str = "", q: str = "") -> Found:
    """Syncs, by name unless asked otherwise; each row is {"sync": Sync}."""
    wanted = rows(workspace_id)
    if q:
        wanted = wanted.filter(name__icontains=q)
    return found(wanted.order_by(*ordering(sort, _SORTS, "id")), page, page_size, lambda sync: {"sync": sync})


def ties(workspace_id: int) -> list[dict[str, Any]]:
    """Which two services each sync ties: {"sync", "left", "right"}, by id."""
    left, right = F("pairing__left_connection__service"), F("pairing__right_connection__service")
    found = Sync.objects.filter(workspace_id=workspace_id).order_by("id").values_list("id", left, right)
    return [{"sync": sync, "left": a, "right": b} for sync, a, b in found]


def directions(sync: Sync) -> list[str]:
    return [name for name in ("to_left", "to_right") if getattr(sync, name)]


def mapping_of(sync: Sync) -> tuple[list[MappingRow], list[MatchKey]]:
    """Rows and match keys as the model's types."""
    return msgspec.convert(sync.mapping, list[MappingRow]), msgspec.convert(sync.match_keys, list[MatchKey])


def targets(sync: Sync) -> set[Side]:
    """The sides a mapping must be fit for: those the sync writes, at least one."""
    return {side for side in Side if getattr(sync, f"to_{side.value}")} or {Side.LEFT}


def change(workspace_id: int, user_id: int, sync_id: int, *, version: int, changes: Mapping[str, Any]) -> Sync:
    """Edit settings; no cursor moves, no binding goes. ``changes`` are fields of Sync, ``directions`` and ``run_as``. When old
    records have to be looked at again (model/relook.py), the next run compares everything once. Raises not_found,
    conflict_edit, bad_request."""
    fields = fields_of(changes)
    if "run_as" in fields:
        fields["run_as_id"] = fields.pop("run_as")
        if not Member.objects.filter(workspace_id=workspace_id, user_id=fields["run_as_id"]).exists():
            raise ChoaiError("not_found", what="user", id=fields["run_as_id"])
    with transaction.atomic():
        sync = one(workspace_id, sync_id)
        before = {name: getattr(sync, name) for name in fields}
        swap(sync, version, fields)
        audit.note(workspace_id, user_id, "sync.change", sync.name, before, fields)
    return one(workspace_id, sync_id)


def fields_of(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Edits as a person gives them, as fields of Sync. Raises bad_request."""
    fields = {k: v for k, v in changes.items() if v is not None}
    if "directions" in fields:
        wanted = fields.pop("directions")
        if not wanted:
            raise ChoaiError("bad_request", detail="directions", field="directions")
        fields |= {"to_left": "to_left" in wanted, "to_right": "to_right" in wanted}
    if "options" in fields and set(fields["options"]) - _OPTIONS:
        raise ChoaiError("bad_request", detail="options", field="options")
    if "selection" in fields:
        fields["selection"] = _selection(fields["selection"])
    return fields


def _selection(given: Mapping[str, Any]) -> dict[str, Any]:
    """A selection of the shape that Sync documents. Raises bad_request."""
    try:
        whole = sorted({Side(s).value for s in given.get("all") or ()})
        rules = {
            s.value: [
                {"field": str(r["field"]), "values": [str(v) for v in r["values"]]} for r in given.get(s.value) or ()
            ]
            for s in Side
        }
    except (KeyError, TypeError, ValueError) as error:
        raise ChoaiError("bad_request", detail="selection", field="selection") from error
    return {"all": whole, **rules}


def why_relook(sync: Sync, fields: Mapping[str, Any]) -> list[str]:
    """Why these edits make the next run compare all records once; empty when they need not."""
    before = settings_of(sync)
    return relook(before, {**before, **fields})


def save_mapping(
    workspace_id: int,
    user_id: int,
    sync_id: int,
    *,
    version: int,
    mapping: Sequence[MappingRow],
    match_keys: Sequence[MatchKey],
) -> Sync:
    """Replace the mapping; when it has new fields the next run compares everything once. Raises not_found, conflict_edit."""
    fields = {"mapping": msgspec.to_builtins(list(mapping)), "match_keys": msgspec.to_builtins(list(match_keys))}
    with transaction.atomic():
        sync = one(workspace_id, sync_id)
        before = {name: getattr(sync, name) for name in fields}
        swap(sync, version, fields)
        audit.note(workspace_id, user_id, "mapping.save", sync.name, before, fields)
    return one(workspace_id, sync_id)


def draft_fields(sync: Sync, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Of these fields those that differ from what is saved and that a run goes by."""
    now = settings_of(sync)
    now["selection"] = _selection(now["selection"])
    return {name: value for name, value in fields.items() if name in now and value != now[name]}


def swap(sync: Sync, version: int, fields: Mapping[str, Any]) -> None:
    """Save these fields; the next run compares everything where that is needed. Raises conflict_edit when somebody else saved
    meanwhile."""
    if why_relook(sync, fields):
        fields = {**fields, "resync": True}
    changed = Sync.objects.filter(id=sync.id, workspace_id=sync.workspace_id, version=version).update(
        **fields, version=F("version") + 1
    )
    if not changed:
        raise ChoaiError("conflict_edit", what="sync", id=sync.id)
