"""Items: the plan and its outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction

from choai.engine.ports import ItemRow, Settled
from choai.model.mapping import Side
from choai.store import rows
from choai.store.ledger.counts import bump
from choai.store.ledger.pairs import update_bases
from choai.store.models import (
    Run,
    Sync,
)

_json = msgspec.json.encode


def as_json(value: Any) -> str:
    """JSON text for a raw statement."""
    return _json(value).decode()


_ITEM = (
    "workspace_id", "run_id", "sync_id", "side", "op", "left_id", "right_id", "name", "key", "revision",
    "source", "before", "after", "outcome", "code", "facts", "ended_at",
)  # fmt: skip


def insert_items(run_id: int, items: Sequence[ItemRow], now: datetime) -> None:
    """Add items to a run, in the caller's transaction."""
    if not items:
        return
    workspace_id, sync_id = Run.objects.values_list("workspace_id", "sync_id").get(id=run_id)
    rows.insert(
        "store_item",
        _ITEM,
        [
            (
                workspace_id, run_id, sync_id, i.side.value, i.op, i.left_id, i.right_id, i.name, i.key[:255],
                i.revision, i.source, i.before, i.after, i.outcome, i.code, as_json(i.facts),
                None if i.outcome == "planned" else now,
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
        f"SELECT {side.value}_id FROM store_item WHERE run_id = %s AND {side.value}_id IN ({{ids}})", [run_id], ids
    )
    return {r[0] for r in found}


def _item(row: tuple[Any, ...]) -> ItemRow:
    return ItemRow(
        side=Side(row[1]), op=row[2], left_id=row[3], right_id=row[4], name=row[5], key=row[6], revision=row[7],
        source=bytes(row[8]), before=bytes(row[9]), after=bytes(row[10]), outcome=row[11], code=row[12],
        facts=row[13] if isinstance(row[13], dict) else msgspec.json.decode(row[13]), id=row[0],
    )  # fmt: skip


_SELECT_ITEM = (
    "SELECT id, side, op, left_id, right_id, name, key, revision, source, before, after, outcome, code, facts"
    " FROM store_item WHERE run_id = %s"
)


def next_items(run_id: int, side: Side, limit: int) -> list[ItemRow]:
    """Planned items that write into a side, in plan order."""
    return [
        _item(r)
        for r in rows.select(
            f"{_SELECT_ITEM} AND outcome = 'planned' AND side = %s ORDER BY id LIMIT %s", [run_id, side.value, limit]
        )
    ]


def items_by_source(run_id: int, source: Side, ids: Sequence[str]) -> dict[str, ItemRow]:
    """Items of a run by the id of the record they read from."""
    found = rows.select_in(
        f"{_SELECT_ITEM} AND side = '{source.other.value}' AND {source.value}_id IN ({{ids}})", [run_id], ids
    )
    return {i.source_id: i for i in map(_item, found)}


def updated(run_id: int, side: Side, left_ids: Sequence[str]) -> set[str]:
    """Of these pairs, those whose record on a side this run has updated already."""
    found = rows.select_in(
        "SELECT left_id FROM store_item WHERE run_id = %s AND side = %s AND outcome = 'updated' AND left_id IN ({ids})",
        [run_id, side.value],
        left_ids,
    )
    return {r[0] for r in found}


def plan_totals(run_id: int) -> dict[tuple[str, str], int]:
    """Planned items by (side, op)."""
    found = rows.select(
        "SELECT side, op, COUNT(*) FROM store_item WHERE run_id = %s AND outcome = 'planned' GROUP BY side, op",
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
    found = rows.select_in(_SELECT_ITEM.replace("run_id = %s", "id IN ({ids})"), [], [str(i) for i in ids])
    return {i.id: i for i in map(_item, found)}
