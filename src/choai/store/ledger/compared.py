"""What a run that only compares reads and finds (engine/reconcile.py), and its signed end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Collate

from choai.engine.ports import BindingRow, StagedRow
from choai.engine.reconcile import Compared
from choai.model.compare import Amount
from choai.model.mapping import Side
from choai.report import statement
from choai.store import rows, seal
from choai.store.ledger.counts import bump
from choai.store.ledger.pairs import binding_row
from choai.store.ledger.reading import count_staged
from choai.store.ledger.run import finish, label_of
from choai.store.models import Connection, Difference, Page, Reconciliation, Run, Staged, Tally

COUNTS = (
    "bound", "agreeing", "differs", "only_left", "only_right", "missing", "moving", "not_selected_left", "not_selected_right",
)  # fmt: skip
GROUPS = 1000  # partners and months that a statement lists itself


def bindings_after(pairing_id: int, after: int, limit: int) -> list[BindingRow]:
    """Bindings of a pairing in the order they were made, whatever their state."""
    return [
        binding_row(row)
        for row in rows.select(
            "SELECT id, left_id, right_id, name, left_base, right_base, left_print, right_print, state"
            " FROM store_binding WHERE pairing_id = %s AND id > %s ORDER BY id LIMIT %s",
            [pairing_id, after, limit],
        )
    ]


def loose_after(run_id: int, pairing_id: int, side: Side, seq: int, limit: int) -> list[StagedRow]:
    """Staged records of a side that no binding of the pairing knows, in the order they were read."""
    return [
        StagedRow(r[0], r[1], r[2], r[3], bytes(r[4]), bytes(r[5]))
        for r in rows.select(
            'SELECT s.id, s.record_id, s.revision, s.changed_at, s.print, s."values" FROM store_staged s'
            " WHERE s.run_id = %s AND s.side = %s AND s.id > %s AND NOT EXISTS (SELECT 1 FROM store_binding b"
            f" WHERE b.pairing_id = %s AND b.{side.value}_id = s.record_id) ORDER BY s.id LIMIT %s",
            [run_id, side.value, seq, pairing_id, limit],
        )
    ]


@transaction.atomic
def commit_compared(
    run_id: int, chunk: Compared, work: dict[str, Any], phase: str, deltas: Mapping[str, int], *, now: datetime
) -> bool:
    """What one step found out. False when it was committed before: nothing is done."""
    _, fresh = Page.objects.get_or_create(run_id=run_id, side="both", number=chunk.number, defaults={"next": None})
    if not fresh:
        return False
    for side, id in chunk.lost:
        Staged.objects.filter(run_id=run_id, side=side.value, record_id=id).delete()
    rows.insert(
        "store_staged",
        ("run_id", "side", "record_id", "revision", "changed_at", "print", "values", "target"),
        [
            (run_id, side.value, s.record_id, s.revision, s.changed_at, s.print, s.values, s.target)
            for side, s in chunk.fresh
        ],
        conflict=("run_id", "side", "record_id"),
        update=("revision", "changed_at", "print", "values", "target"),
    )
    _insert_differences(run_id, chunk)
    _add(run_id, chunk.amounts)
    bump(run_id, deltas, work=work, phase=phase, beat_at=now)
    return True


def _insert_differences(run_id: int, chunk: Compared) -> None:
    workspace_id = Run.objects.values_list("workspace_id", flat=True).get(id=run_id)
    Difference.objects.bulk_create(
        Difference(
            workspace_id=workspace_id,
            reconciliation_id=run_id,
            kind=d.kind,
            left_id=d.left_id,
            right_id=d.right_id,
            name=d.name[:255],
            gone=d.gone,
            fields=d.fields,
        )
        for d in chunk.differences
    )


# ---------------------------------------------------------------- sums

_Key = tuple[int, str, str, str]  # mapping row, grouping, currency, key


def _add(run_id: int, found: Sequence[tuple[Side, Amount]]) -> None:
    """Add amounts to the sums, exactly: a database's own sum of decimals kept as text would not be."""
    sums: dict[_Key, dict[Side, tuple[Decimal, int]]] = {}
    for side, amount in found:
        for grouping, key in (("total", ""), ("partner", amount.partner), ("month", amount.month)):
            if key is None:
                continue
            of = sums.setdefault((amount.pair, grouping, amount.currency[:20], key[:255]), {})
            value, count = of.get(side, (Decimal(0), 0))
            of[side] = (value + amount.value, count + 1)
    if not sums:
        return
    known = _known(run_id, sums)
    rows.insert(
        "store_tally",
        ("reconciliation_id", "pair", "grouping", "currency", "key", "left", "right", "left_count", "right_count"),
        [(run_id, *key, *_plus(known.get(key), of)) for key, of in sums.items()],
        conflict=("reconciliation_id", "pair", "grouping", "currency", "key"),
        update=("left", "right", "left_count", "right_count"),
    )


def _known(run_id: int, sums: Mapping[_Key, object]) -> dict[_Key, Tally]:
    keys = {key for _, _, _, key in sums}
    found = Tally.objects.filter(reconciliation_id=run_id, key__in=keys)
    return {(t.pair, t.grouping, t.currency, t.key): t for t in found}


def _plus(known: Tally | None, more: Mapping[Side, tuple[Decimal, int]]) -> tuple[str, str, int, int]:
    left, left_count = more.get(Side.LEFT, (Decimal(0), 0))
    right, right_count = more.get(Side.RIGHT, (Decimal(0), 0))
    if known is not None:
        left, right = left + Decimal(known.left), right + Decimal(known.right)
        left_count, right_count = left_count + known.left_count, right_count + known.right_count
    return format(left, "f"), format(right, "f"), left_count, right_count


def tallies(run_id: int, grouping: str, limit: int | None = None) -> list[dict[str, Any]]:
    """The sums of a reconciliation by total, partner or month; ``agree`` says whether the two sides are equal."""
    found = Tally.objects.filter(reconciliation_id=run_id, grouping=grouping).order_by("pair", "currency", "key")
    return [
        {
            "row": t.pair,
            "key": t.key,
            "currency": t.currency,
            "left": t.left,
            "right": t.right,
            "left_count": t.left_count,
            "right_count": t.right_count,
            "agree": Decimal(t.left) == Decimal(t.right) and t.left_count == t.right_count,
        }
        for t in found[:limit]
    ]


# ---------------------------------------------------------------- the end


def digest(run_id: int, side: Side) -> str:
    """SHA-256 over (id, fingerprint of the mapped values) of every record read, in the order of the ids' bytes."""
    collation = "C" if connection.vendor == "postgresql" else "BINARY"
    found = (
        Staged.objects.filter(run_id=run_id, side=side.value)
        .order_by(Collate(F("record_id"), collation))
        .values_list("record_id", "print")
    )
    total = sha256()
    for id, mark in found.iterator(chunk_size=5000):
        total.update(id.encode() + b"\0" + bytes(mark).hex().encode() + b"\n")
    return total.hexdigest()


@transaction.atomic
def conclude(run_id: int, verdict: str, fields: list[dict[str, Any]], now: datetime) -> None:
    """The end of a comparison: its signed statement, and the run has succeeded. What was read is no longer kept."""
    run = Run.objects.select_for_update(of=("self",)).select_related("workspace", "sync", "started_by").get(id=run_id)
    counts = {name: int(run.counts.get(name, 0)) for name in COUNTS}
    counts |= {side.value: count_staged(run_id, side)[0] for side in Side}
    run.counts = {**run.counts, **counts}
    run.save(update_fields=["counts"])
    body = {
        "kind": statement.KIND,
        "version": statement.VERSION,
        "id": run.id,
        "workspace": {"id": run.workspace_id, "name": run.workspace.name},
        "sync": {"id": run.sync_id, "name": run.sync.name},
        "left": _end(run.settings["left"]),
        "right": _end(run.settings["right"]),
        "started": run.work["started"],
        "ended": now.isoformat(),
        "zone": run.workspace.time_zone,
        "by": str(run.started_by) if run.started_by else "",
        "mapping": statement.fingerprint(run.settings["mapping"]),
        "selection": statement.fingerprint(run.settings.get("selection") or {}),
        "fields": [[f["left"]["name"], f["right"]["name"], f["differing"]] for f in fields],
        "fingerprints": {side.value: digest(run_id, side) for side in Side},
        "counts": counts,
        "sums": {g: tallies(run_id, g, GROUPS) for g in ("total", "month", "partner")},
        "verdict": verdict,
        "verdict_ja": statement.VERDICTS["ja"][verdict],
    }
    signed = statement.sign(body, seal.statement_keys()[0])
    Reconciliation.objects.filter(run_id=run_id).update(verdict=verdict, fields=fields, statement=signed)
    finish(run_id, "succeeded", now)


def _end(at: Mapping[str, Any]) -> dict[str, Any]:
    """One side as a statement names it."""
    row = Connection.objects.get(id=at["connection"])
    account = row.account or {}
    return {
        "service": row.service,
        "connection": row.name,
        "account": {"id": str(account.get("id", "")), "name": str(account.get("name", ""))},
        "object": at["object"],
        "label": label_of(row.id, at["object"]),
    }
