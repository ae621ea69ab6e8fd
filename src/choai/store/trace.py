"""Every outcome of one record, newest first: which run or person, what was written, on which side (CC-11)."""

from __future__ import annotations

from typing import Any

from choai.engine.codec import unpack
from choai.errors import ChoaiError
from choai.model.mapping import Side
from choai.store import outcomes
from choai.store.models import Item, Sync
from choai.store.pages import Found, found


def of_record(workspace_id: int, *, sync: int, side: str, id: str, page: int, page_size: int) -> Found:
    """Items of all runs of a sync that name this record, with the values before and after. Raises not_found for another
    workspace's sync."""
    if not Sync.objects.filter(workspace_id=workspace_id, id=sync).exists():
        raise ChoaiError("not_found", what="sync", id=sync)
    column = f"{Side(side).value}_id"
    rows = Item.objects.filter(workspace_id=workspace_id, sync_id=sync, **{column: id})
    rows = rows.select_related("run", "run__started_by", "run__run_as").order_by("-id")
    return found(rows, page, page_size, _facts)


def _facts(item: Item) -> dict[str, Any]:
    run = item.run
    return {
        **outcomes.facts(item),
        "before": unpack(item.before),
        "after": unpack(item.after),
        "base": {},
        "settings": run.settings,
        "run": {
            "id": run.id,
            "trigger": run.trigger,
            "started_by": str(run.started_by) if run.started_by else None,
            "run_as": str(run.run_as) if run.run_as else None,
            "started_at": run.started_at or run.created_at,
        },
    }
