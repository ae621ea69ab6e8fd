"""Master linkage (マスタ連携): a kind of the accounting side with one object of the CRM, and the sync and schedule over it."""

from __future__ import annotations

from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Count, F

from choai.errors import ChoaiError
from choai.presets import freee_kintone as preset
from choai.store import audit, schedules
from choai.store.connections import REMOVED
from choai.store.links import account_of
from choai.store.models import Binding, Connection, Pairing, Sync


def all_of(workspace_id: int) -> dict[str, Sync]:
    """The preset's syncs by kind, with pairing and both connections."""
    found = Sync.objects.select_related(
        "pairing", "pairing__left_connection", "pairing__right_connection", "schedule", "run_as"
    ).filter(workspace_id=workspace_id, preset=preset.PRESET)
    return {sync.pairing.kind: sync for sync in found.order_by("id")}


def one(workspace_id: int, kind: str) -> Sync:
    """The sync of a kind. Raises not_found for a kind there is not, not_linked."""
    master = preset.master(kind)
    sync = all_of(workspace_id).get(kind)
    if sync is None:
        raise ChoaiError("not_linked", kind=master.ja)
    return sync


def binding_counts(workspace_id: int) -> dict[int, int]:
    """Pairs by pairing."""
    rows = Binding.objects.filter(workspace_id=workspace_id).values_list("pairing").annotate(n=Count("id")).order_by()
    return dict(rows)


def link(
    workspace_id: int,
    user_id: int,
    kind: str,
    *,
    left: Connection,
    left_object: str,
    right: Connection,
    draft: preset.Draft,
) -> Sync:
    """Link a kind with an object of the CRM: pairing, sync and, where the kind is scheduled, its place in the schedule
    (disabled at first). A kind that is linked already moves to the new object; its earlier pairing keeps its bindings and
    is taken up again when the same two are linked once more. The person who links is the run-as user (FK-06)."""
    master = preset.master(kind)
    with transaction.atomic():
        pairing = _pairing(workspace_id, kind, left, left_object, right)
        old = all_of(workspace_id).get(kind)
        settings = {
            "mapping": msgspec.to_builtins(draft.rows),
            "match_keys": msgspec.to_builtins(draft.match_keys),
            "selection": draft.selection,
        }
        if old is not None and old.pairing_id == pairing.id:
            Sync.objects.filter(id=old.id).update(**settings, version=F("version") + 1)
            sync = old
        elif old is not None:
            Pairing.objects.filter(id=old.pairing_id).update(linked=False)
            sync = _moved(old, pairing, settings)
        else:
            sync = Sync.objects.create(
                workspace_id=workspace_id,
                pairing=pairing,
                name=f"{master.ja}（{left.name} ↔ {right.name}）"[:200],
                preset=preset.PRESET,
                to_left=True,
                duplicate_policy=draft.duplicate_policy,
                options=draft.options,
                run_as_id=user_id,
                **settings,
            )
        if master.schedule is not None:
            schedule = schedules.of_kind(workspace_id, master.schedule, user_id)
            direction = schedule.data.get("direction", "to_left")
            Sync.objects.filter(id=sync.id).update(
                schedule=schedule, to_left=direction == "to_left", to_right=direction == "to_right"
            )
        audit.note(
            workspace_id,
            user_id,
            "master.link",
            kind,
            after={"left": f"{left.name} / {left_object}", "right": right.name},
        )
    return one(workspace_id, kind)


def _moved(old: Sync, pairing: Pairing, settings: dict[str, Any]) -> Sync:
    """The settings of a kind over another pairing. Its cursors belong to the old one: the next run reads everything."""
    old.cursor_set.all().delete()
    old.retry_set.all().delete()
    Sync.objects.filter(id=old.id).update(pairing=pairing, **settings, version=F("version") + 1)
    old.refresh_from_db()
    return old


def _pairing(workspace_id: int, kind: str, left: Connection, left_object: str, right: Connection) -> Pairing:
    """The pairing of these two, an earlier one of the same accounts included: bindings survive a disconnect (CC-05)."""
    for earlier in Pairing.objects.select_related("left_connection", "right_connection").filter(
        workspace_id=workspace_id, kind=kind, left_object=left_object
    ):
        if _same(earlier.left_connection, left) and _same(earlier.right_connection, right):
            earlier.left_connection, earlier.right_connection, earlier.linked = left, right, True
            earlier.save()
            return earlier
    return Pairing.objects.create(
        workspace_id=workspace_id,
        kind=kind,
        left_connection=left,
        left_object=left_object,
        right_connection=right,
        right_object=kind,
    )


def _same(earlier: Connection, now: Connection) -> bool:
    """Whether two connections are one, or the earlier one is gone and both led to the same account."""
    if earlier.id == now.id:
        return True
    a, b = account_of(earlier), account_of(now)
    gone = earlier.state == REMOVED and earlier.service == now.service
    return gone and a is not None and b is not None and a.id == b.id


def set_linked(workspace_id: int, user_id: int, kind: str, linked: bool) -> Sync:
    """Enable or disable a linkage; mapping, bindings, schedule and history stay. Raises not_linked."""
    with transaction.atomic():
        sync = one(workspace_id, kind)
        if sync.pairing.linked != linked:
            Pairing.objects.filter(id=sync.pairing_id).update(linked=linked)
            audit.note(workspace_id, user_id, "master.enable" if linked else "master.disable", kind)
    return one(workspace_id, kind)
