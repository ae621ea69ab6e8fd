"""Items: the plan and its outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from choai.engine.ports import ItemRow, Settled
from choai.model.mapping import Side
from choai.store import rows
from choai.store.ledger.counts import bump
from choai.store.ledger.pairs import update_bases
from choai.store.models import Sync
from choai.store.rows import as_json, from_json

_ITEM = (
    "workspace_id", "run_id", "sync_id", "side", "op", "left_id", "right_id", "name", "key", "revision",
    "source", "before", "after", "outcome", "code", "facts", "ended_at",
)  # fmt: skip


def insert_items(run_id: int, items: Sequence[ItemRow], now: datetime) -> None:
    """Add items to a run, in the caller's transaction."""
    if not items:
        return
    workspace_id, sync_id = rows.select("SELECT workspace_id, sync_id FROM store_run WHERE id = %s", [run_id])[0]
    ended = {"planned": None}
    at = rows.instant(now)
    rows.insert(
        "store_item",
        _ITEM,
        [
            (
                workspace_id, run_id, sync_id, i.side.value, i.op, i.left_id, i.right_id, i.name, i.key[:255],
                i.revision, b"" if i.staged else i.source, i.before, i.after, i.outcome, i.code,
                as_json(i.facts) if i.facts else "{}", ended.get(i.outcome, at),
            )
            for i in items
        ],
    )  # fmt: skip


@transaction.atomic
def commit_plan(
    run_id: int,
    items: Sequence[ItemRow],
    rebase: Sequence[Settled],
    work: dict[str, Any],
    deltas: Mapping[str, int],
    *,
    now: datetime,
) -> None:
    """A chunk of the plan. ``rebase`` refreshes the bases of records that agree although their values moved."""
    insert_items(run_id, items, now)
    if rebase:
        update_bases(Sync.objects.values_list("pairing_id", flat=True).get(runs__id=run_id), rebase, now)
    bump(run_id, deltas, work=work, beat_at=now)


def planned_keys(run_id: int, keys: Sequence[str]) -> set[str]:
    """Which of these folded keys the plan already creates a record for."""
    # the rest is decided here: told both conditions, SQLite would walk all planned items instead of looking keys up
    found = rows.select_in(
        "SELECT key, op, outcome FROM store_item WHERE run_id = %s AND key IN ({ids})", [run_id], keys
    )
    return {r[0] for r in found if r[1:] == ("create", "planned")}


def planned_ids(run_id: int, side: Side, ids: Sequence[str]) -> set[str]:
    """Which of these records of a side have an item in this run already."""
    found = rows.select_in(
        f"SELECT {side.value}_id FROM store_item WHERE {_OF_RUN} AND {side.value}_id IN ({{ids}})",
        [run_id, run_id],
        ids,
    )
    return {r[0] for r in found}


# By the index of sync and record: SQLite would rather walk the whole run.
_OF_RUN = "sync_id = (SELECT sync_id FROM store_run WHERE id = %s) AND +run_id = %s"


def _item(row: tuple[Any, ...]) -> ItemRow:
    own, staged = bytes(row[8]), row[14]
    return ItemRow(
        side=Side(row[1]), op=row[2], left_id=row[3], right_id=row[4], name=row[5], key=row[6], revision=row[7],
        source=own or bytes(staged or b""), before=bytes(row[9]), after=bytes(row[10]), outcome=row[11], code=row[12],
        facts=from_json(row[13]), id=row[0], staged=not own and staged is not None,
        print=bytes(row[15]) if not own and staged is not None else b"",
    )  # fmt: skip


# A planned item has no copy of what its record held: that is still staged.
_SELECT_ITEM = (
    "SELECT i.id, i.side, i.op, i.left_id, i.right_id, i.name, i.key, i.revision, i.source, i.before, i.after, i.outcome,"
    ' i.code, i.facts, s."values", s.print FROM store_item i LEFT JOIN store_staged s ON s.run_id = i.run_id'
    " AND s.side = CASE i.side WHEN 'left' THEN 'right' ELSE 'left' END"
    " AND s.record_id = CASE i.side WHEN 'left' THEN i.right_id ELSE i.left_id END WHERE"
)


def next_items(run_id: int, side: Side, limit: int) -> list[ItemRow]:
    """Planned items that write into a side, in plan order."""
    return [
        _item(r)
        for r in rows.select(
            f"{_SELECT_ITEM} i.run_id = %s AND i.outcome = 'planned' AND i.side = %s ORDER BY i.id LIMIT %s",
            [run_id, side.value, limit],
        )
    ]


def agreed_after(run_id: int, seq: int, limit: int) -> list[ItemRow]:
    """Items that a plan compared and found unchanged, in plan order, after an item's id."""
    return [
        _item(r)
        for r in rows.select(
            f"{_SELECT_ITEM} i.run_id = %s AND i.outcome = 'unchanged' AND i.op = 'none' AND i.id > %s"
            " AND (LENGTH(i.source) > 0 OR s.record_id IS NOT NULL) ORDER BY i.id LIMIT %s",
            [run_id, seq, limit],
        )
    ]


def keep_sources(run_id: int) -> None:
    """Before the staged records of a run go: items whose write failed, or whose end nobody has seen, keep theirs."""
    lacking = (
        "SELECT id FROM store_item WHERE run_id = %s AND outcome IN ('failed', 'blocked', 'skipped')"
        " UNION SELECT item_id FROM store_intent WHERE run_id = %s"
    )
    for target in Side:
        with connection.cursor() as cursor:
            cursor.execute(
                'UPDATE store_item SET source = COALESCE((SELECT s."values" FROM store_staged s WHERE s.run_id = %s'
                f" AND s.side = %s AND s.record_id = store_item.{target.other.value}_id), source)"
                f" WHERE side = %s AND length(source) = 0 AND id IN ({lacking})",
                [run_id, target.other.value, target.value, run_id, run_id],
            )


def items_by_source(run_id: int, source: Side, ids: Sequence[str]) -> dict[str, ItemRow]:
    """Items of a run by the id of the record they read from."""
    found = rows.select_in(
        f"{_SELECT_ITEM} i.sync_id = (SELECT sync_id FROM store_run WHERE id = %s) AND +i.run_id = %s"
        f" AND i.side = '{source.other.value}' AND i.{source.value}_id IN ({{ids}})",
        [run_id, run_id],
        ids,
    )
    return {i.source_id: i for i in map(_item, found)}


def updated(run_id: int, side: Side, left_ids: Sequence[str]) -> set[str]:
    """Of these pairs, those whose record on a side this run has updated already."""
    found = rows.select_in(
        f"SELECT left_id FROM store_item WHERE {_OF_RUN} AND side = %s AND outcome = 'updated' AND left_id IN ({{ids}})",
        [run_id, run_id, side.value],
        left_ids,
    )
    return {r[0] for r in found}


def plan_totals(run_id: int) -> dict[tuple[str, str], int]:
    """Planned items by (side, op); ties that write nothing are under "tie"."""
    found = rows.select(
        "SELECT side, CASE WHEN op = 'bind' AND LENGTH(after) <= 2 THEN 'tie' ELSE op END AS kind, COUNT(*)"  # 2: {}
        " FROM store_item WHERE run_id = %s AND outcome = 'planned' GROUP BY side, kind",
        [run_id],
    )
    return {(r[0], r[1]): int(r[2]) for r in found}


@transaction.atomic
def replan(run_id: int, items: Sequence[ItemRow], now: datetime) -> None:
    """Replace planned items whose source record was edited before its turn; an item may end here as well."""
    rows.update(
        "store_item",
        ("op", "name", "revision", "source", "before", "after", "outcome", "code", "facts", "ended_at"),
        [
            (
                i.op, i.name, i.revision, i.source, i.before, i.after, i.outcome, i.code, as_json(i.facts),
                None if i.outcome == "planned" else now, i.id,
            )
            for i in items
        ],
    )  # fmt: skip
    deltas: dict[str, int] = {}
    for item in items:
        if item.outcome != "planned":
            deltas[item.outcome] = deltas.get(item.outcome, 0) + 1
    bump(run_id, deltas)


def items_of(ids: Sequence[int]) -> dict[int, ItemRow]:
    """Items by their own id, of any run."""
    found = rows.select_in(f"{_SELECT_ITEM} i.id IN ({{ids}})", [], ids)
    return {i.id: i for i in map(_item, found)}
