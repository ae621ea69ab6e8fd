"""Records that wait for a person, and what people decided about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from choai.engine.choices import KINDS
from choai.engine.ports import DecisionRow
from choai.model.mapping import Side
from choai.store import rows
from choai.store.models import Decision, Intent, Run, Waiting

_CODES = ", ".join(f"'{code}'" for code in KINDS)
_TOLD = "('created', 'updated', 'unchanged', 'skipped', 'failed', 'blocked', 'not_counted')"


def decisions(sync_id: int, side: Side, ids: Sequence[str]) -> list[DecisionRow]:
    """Decisions about these records of a side that are to take effect now, and lasting ones, oldest first."""
    standing = Decision.objects.filter(sync_id=sync_id, undone_at=None)
    if not (standing.filter(applied_at=None).exists() or standing.filter(lasting=True).exists()):
        return []  # the common case costs two steps in an index, whatever the number of records
    column = f"{side.value}_id"
    found: list[DecisionRow] = []
    for start in range(0, len(ids), rows.CHUNK):
        part = standing.filter(**{f"{column}__in": list(ids[start : start + rows.CHUNK])}).order_by("id")
        found.extend(
            DecisionRow(d.id, Side(d.side), d.left_id, d.right_id, d.kind, d.choice, d.args, d.lasting)
            for d in part
            if d.lasting or d.applied_at is None
        )
    return found


def parked(pairing_id: int, target: Side) -> set[str]:
    """Ids of source records with a create into ``target`` whose end nobody knows: never sent again before a person has looked."""
    found = Intent.objects.filter(pairing_id=pairing_id, state="ambiguous", side=target.value, op="create")
    return set(found.values_list("source_id", flat=True))


def remember(run: Run, now: datetime) -> None:
    """At the end of a run, in the caller's transaction: what waits for a person by its outcomes, what does not any more, and
    which decisions have taken effect with it."""
    for source in ("left", "right"):
        target = "right" if source == "left" else "left"
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO store_waiting (workspace_id, sync_id, side, record_id, run_id, item_id, code, name, since)"
                f" SELECT workspace_id, sync_id, %s, {source}_id, run_id, id, code, name, %s FROM store_item"
                " WHERE id IN (SELECT MAX(id) FROM store_item WHERE run_id = %s AND side = %s"
                f"  AND outcome IN ('failed', 'blocked', 'skipped') AND code IN ({_CODES}) AND {source}_id <> ''"
                f"  GROUP BY {source}_id)"
                " ON CONFLICT (sync_id, side, record_id) DO UPDATE SET run_id = excluded.run_id,"
                " item_id = excluded.item_id, code = excluded.code, name = excluded.name, decision_id = NULL",
                [source, now, run.id, target],
            )
            cursor.execute(
                "DELETE FROM store_waiting WHERE sync_id = %s AND side = %s AND run_id <> %s AND EXISTS"
                " (SELECT 1 FROM store_item i WHERE i.workspace_id = %s AND i.sync_id = store_waiting.sync_id"
                f" AND i.{source}_id = store_waiting.record_id AND i.run_id = %s AND i.outcome IN {_TOLD}"
                " AND (i.side = %s OR i.op = 'update' OR (i.op = 'bind' AND i.outcome = 'updated') OR i.code = 'conflict'))",
                [run.sync_id, source, run.id, run.workspace_id, run.id, target],
            )
            cursor.execute(
                "UPDATE store_decision SET applied_run_id = %s, applied_at = %s WHERE sync_id = %s AND applied_at IS NULL"
                f" AND undone_at IS NULL AND at <= %s AND {source}_id <> '' AND EXISTS"
                " (SELECT 1 FROM store_item i WHERE i.workspace_id = %s AND i.sync_id = store_decision.sync_id"
                f" AND i.{source}_id = store_decision.{source}_id AND i.run_id = %s AND i.outcome IN {_TOLD})",
                [run.id, now, run.sync_id, run.started_at or now, run.workspace_id, run.id],
            )


def drop(sync_id: int, side: Side, ids: Sequence[str]) -> None:
    """These records are gone from their side: nobody has to decide about them."""
    Waiting.objects.filter(sync_id=sync_id, side=side.value, record_id__in=list(ids)).delete()
