"""Pages that were read, and what they brought."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from choai.engine.ports import ReadPage, StagedRow
from choai.model.mapping import Side
from choai.store import rows
from choai.store.ledger.counts import bump
from choai.store.ledger.items import insert_items
from choai.store.models import (
    Page,
)


@transaction.atomic
def commit_page(
    run_id: int, page: ReadPage, work: dict[str, Any], phase: str, deltas: Mapping[str, int], *, now: datetime
) -> bool:
    """A page that was read, with everything that follows from it. False when it was committed before: nothing is done."""
    _, fresh = Page.objects.get_or_create(
        run_id=run_id, side=page.side.value, number=page.number, defaults={"next": page.next, "ids": page.ids}
    )
    if not fresh:
        return False
    rows.insert(
        "store_staged",
        ("run_id", "side", "record_id", "revision", "changed_at", "print", "values", "target"),
        [
            (run_id, page.side.value, s.record_id, s.revision, s.changed_at, s.print, s.values, s.target)
            for s in page.staged
        ],
        conflict=("run_id", "side", "record_id"),
        update=("revision", "changed_at", "print", "values", "target") if any(s.target for s in page.staged) else (),
    )
    rows.insert(
        "store_candidate",
        ("run_id", "side", "key", "value", "record_id"),
        [(run_id, page.side.value, key, value[:255], rid) for key, value, rid in page.candidates],
    )
    insert_items(run_id, page.items, now)
    bump(run_id, deltas, work=work, phase=phase, beat_at=now)
    return True


def page_ids(run_id: int, side: Side) -> list[bytes]:
    """Packed ids of the pages of a full scan."""
    return [bytes(p) for p in Page.objects.filter(run_id=run_id, side=side.value).values_list("ids", flat=True)]


def staged_after(run_id: int, side: Side, seq: int, limit: int) -> list[StagedRow]:
    """Staged target records in the order they were read."""
    return [
        StagedRow(r[0], r[1], r[2], r[3], bytes(r[4]), bytes(r[5]))
        for r in rows.select(
            # the plus: in order of id, instead of sorting all that the run's index finds
            'SELECT id, record_id, revision, changed_at, print, "values" FROM store_staged'
            " WHERE +run_id = %s AND side = %s AND target AND id > %s ORDER BY id LIMIT %s",
            [run_id, side.value, seq, limit],
        )
    ]


def staged(run_id: int, side: Side, ids: Sequence[str]) -> dict[str, StagedRow]:
    """Staged records by id."""
    found = rows.select_in(
        'SELECT id, record_id, revision, changed_at, print, "values", target FROM store_staged'
        " WHERE run_id = %s AND side = %s AND record_id IN ({ids})",
        [run_id, side.value],
        ids,
    )
    return {r[1]: StagedRow(r[0], r[1], r[2], r[3], bytes(r[4]), bytes(r[5]), bool(r[6])) for r in found}


def count_staged(run_id: int, side: Side) -> tuple[int, int]:
    """Staged target records of a side: all, and those without a binding."""
    found = rows.select(
        f"SELECT COUNT(*), SUM(CASE WHEN b.id IS NULL THEN 1 ELSE 0 END) FROM store_staged s"
        f" JOIN store_run r ON r.id = s.run_id JOIN store_sync y ON y.id = r.sync_id"
        f" LEFT JOIN store_binding b ON b.pairing_id = y.pairing_id AND b.{side.value}_id = s.record_id"
        f" WHERE s.run_id = %s AND s.side = %s AND s.target",
        [run_id, side.value],
    )
    return int(found[0][0]), int(found[0][1] or 0)


def candidates(run_id: int, side: Side, wanted: Sequence[tuple[int, str]]) -> dict[tuple[int, str], list[str]]:
    """Ids of scanned records by (position of the match key, folded value)."""
    out: dict[tuple[int, str], list[str]] = {}
    by_key: dict[int, list[str]] = {}
    for key, value in wanted:
        by_key.setdefault(key, []).append(value[:255])
    for key, values in by_key.items():
        for row in rows.select_in(
            "SELECT DISTINCT value, record_id FROM store_candidate"
            " WHERE run_id = %s AND side = %s AND key = %s AND value IN ({ids})",
            [run_id, side.value, key],
            values,
        ):
            out.setdefault((key, row[0]), []).append(row[1])
    return out
