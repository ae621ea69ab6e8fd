"""Syncs as people see and edit them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import F, QuerySet

from choai.errors import ChoaiError
from choai.model.mapping import MappingRow, MatchKey, Side
from choai.store import audit
from choai.store.models import Member, Sync
from choai.store.pages import Found, found, ordering

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


def directions(sync: Sync) -> list[str]:
    return [name for name in ("to_left", "to_right") if getattr(sync, name)]


def mapping_of(sync: Sync) -> tuple[list[MappingRow], list[MatchKey]]:
    """Rows and match keys as the model's types."""
    return msgspec.convert(sync.mapping, list[MappingRow]), msgspec.convert(sync.match_keys, list[MatchKey])


def targets(sync: Sync) -> set[Side]:
    """The sides a mapping must be fit for: those the sync writes, at least one."""
    return {side for side in Side if getattr(sync, f"to_{side.value}")} or {Side.LEFT}


def change(workspace_id: int, user_id: int, sync_id: int, *, version: int, changes: Mapping[str, Any]) -> Sync:
    """Edit settings; no cursor moves. ``changes`` are fields of Sync, ``directions`` and ``run_as``. Raises not_found,
    conflict_edit, bad_request."""
    fields = {k: v for k, v in changes.items() if v is not None}
    if "directions" in fields:
        wanted = fields.pop("directions")
        fields |= {"to_left": "to_left" in wanted, "to_right": "to_right" in wanted}
    if "options" in fields and set(fields["options"]) - _OPTIONS:
        raise ChoaiError("bad_request", detail="options", field="options")
    if "run_as" in fields:
        fields["run_as_id"] = fields.pop("run_as")
        if not Member.objects.filter(workspace_id=workspace_id, user_id=fields["run_as_id"]).exists():
            raise ChoaiError("not_found", what="user", id=fields["run_as_id"])
    with transaction.atomic():
        sync = one(workspace_id, sync_id)
        before = {name: getattr(sync, name) for name in fields}
        _swap(sync, version, fields)
        audit.note(workspace_id, user_id, "sync.change", sync.name, before, fields)
    return one(workspace_id, sync_id)


def save_mapping(
    workspace_id: int,
    user_id: int,
    sync_id: int,
    *,
    version: int,
    mapping: Sequence[MappingRow],
    match_keys: Sequence[MatchKey],
) -> Sync:
    """Replace the mapping. Raises not_found, conflict_edit."""
    fields = {"mapping": msgspec.to_builtins(list(mapping)), "match_keys": msgspec.to_builtins(list(match_keys))}
    with transaction.atomic():
        sync = one(workspace_id, sync_id)
        before = {name: getattr(sync, name) for name in fields}
        _swap(sync, version, fields)
        audit.note(workspace_id, user_id, "mapping.save", sync.name, before, fields)
    return one(workspace_id, sync_id)


def _swap(sync: Sync, version: int, fields: Mapping[str, Any]) -> None:
    changed = Sync.objects.filter(id=sync.id, workspace_id=sync.workspace_id, version=version).update(
        **fields, version=F("version") + 1
    )
    if not changed:
        raise ChoaiError("conflict_edit", what="sync", id=sync.id)
