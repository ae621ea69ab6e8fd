"""Which workspace, person or sync a command is about."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from choai.errors import ChoaiError
from choai.runtime import boot
from choai.runtime.boot import Home

if TYPE_CHECKING:
    from choai.store.models import Sync


def home(data: Path | None) -> Home:
    """The installation, with its database ready. While a server is at work the database is its business and is left as it is."""
    found = boot.prepare(data)
    if found.postgres or not boot.is_locked(found):
        boot.ready(found)
    return found


def workspace(wanted: str | None) -> int:
    """By id or name; without a wish the only one there is. Raises not_found, bad_request."""
    from choai.store.models import Workspace

    if wanted is None:
        ids = list(Workspace.objects.order_by("id").values_list("id", flat=True)[:2])
        if len(ids) > 1:
            raise ChoaiError("bad_request", detail="--workspace")
    else:
        named = Workspace.objects.filter(id=int(wanted)) if wanted.isdigit() else Workspace.objects.filter(name=wanted)
        ids = list(named.values_list("id", flat=True)[:2])
    if not ids:
        raise ChoaiError("not_found", what="workspace", id=wanted or "")
    return int(ids[0])


def syncs(workspace_id: int, name: str | None, kind: str | None) -> list[Sync]:
    """By id or name, or all linked ones of a kind ("segment" is all three axes). Raises not_found."""
    from choai.store.models import Sync

    rows = Sync.objects.filter(workspace_id=workspace_id).select_related("pairing").order_by("id")
    if kind:
        kinds = [kind, *(f"{kind}_{axis}" for axis in (1, 2, 3))]
        rows = rows.filter(pairing__kind__in=kinds, pairing__linked=True)
    elif name and name.isdigit():
        rows = rows.filter(id=int(name))
    else:
        rows = rows.filter(name=name or "")
    found = list(rows)
    if not found:
        raise ChoaiError("not_found", what="sync", id=kind or name or "")
    return found
