"""The engine's ledger: what a run has read, plans, is about to write and has written.

One function, one transaction. A page's rows and the note that it was read are committed together, an item's outcome, its
binding with the base and the end of its intent are committed together (design §5), so that a killed run goes on at the next page
or batch and repeats nothing that it knows of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from choai.engine.ports import BindingRow, IntentRow, ItemRow, RunRow, Settled, StagedRow
from choai.model.mapping import Side
from choai.store import rows
from choai.store.models import (
    ENDED_RUNS,
    Binding,
    Candidate,
    Cursor,
    Intent,
    Item,
    Page,
    Retry,
    Run,
    SchemaSnapshot,
    Staged,
    Sync,
)

_json = msgspec.json.encode


def _text(value: Any) -> str:
    return _json(value).decode()


# ---------------------------------------------------------------- the run itself


def take(run_id: int, now: datetime) -> RunRow:
    """The run, set to running if it was queued. Its control wish is left for the caller to honour."""
    with transaction.atomic():
        run = Run.objects.select_for_update().select_related("workspace").get(id=run_id)
        if run.state == "queued":
            run.state, run.started_at = "running", run.started_at or now
        if run.state == "running":
            run.beat_at = now
            run.save(update_fields=["state", "started_at", "beat_at"])
    return RunRow(
        id=run.id,
        workspace_id=run.workspace_id,
        sync_id=run.sync_id,
        pairing_id=Sync.objects.values_list("pairing_id", flat=True).get(id=run.sync_id),
        preview=run.preview,
        trigger=run.trigger,
        state=run.state,
        phase=run.phase,
        control=run.control,
        settings=run.settings,
        work=run.work,
        counts=run.counts,
        run_as_id=run.run_as_id,
        time_zone=run.workspace.time_zone,
        started_at=run.started_at,
    )


def _bump(run_id: int, deltas: Mapping[str, int], **changes: Any) -> None:
    """Add to the counts of a run, in the caller's transaction."""
    run = Run.objects.select_for_update().only("counts").get(id=run_id)
    for name, by in deltas.items():
        run.counts[name] = run.counts.get(name, 0) + by
    for name, value in changes.items():
        setattr(run, name, value)
    run.save(update_fields=["counts", *changes])


@transaction.atomic
def opened(run_id: int, settings: dict[str, Any], work: dict[str, Any], phase: str) -> None:
    """The opening's result: settings with schemas, the windows to read, the first phase."""
    Run.objects.filter(id=run_id).update(settings=settings, work=work, phase=phase)


@transaction.atomic
def move(
    run_id: int, phase: str, work: dict[str, Any], deltas: Mapping[str, int] | None = None, **changes: Any
) -> None:
    """Next phase of a run, or progress within one."""
    _bump(run_id, deltas or {}, phase=phase, work=work, **changes)


@transaction.atomic
def note(run_id: int, code: str, facts: Mapping[str, Any], work: dict[str, Any] | None = None) -> None:
    """Remark shown with the run (throttled, incomplete answer …); the same code is noted once, with the newest facts."""
    run = Run.objects.select_for_update().get(id=run_id)
    kept = [n for n in run.notes if n["code"] != code]
    run.notes = [*kept, {"code": code, "facts": dict(facts)}]
    if work is not None:
        run.work = work
    run.save(update_fields=["notes", "work"])


@transaction.atomic
def calm(run_id: int) -> None:
    """A step went through: the passing faults before it no longer count."""
    run = Run.objects.select_for_update().get(id=run_id)
    run.work.pop("attempts", None)
    run.save(update_fields=["work"])


@transaction.atomic
def finish(
    run_id: int,
    state: str,
    now: datetime,
    *,
    code: str = "",
    facts: Mapping[str, Any] | None = None,
    cursors: Mapping[str, str] | None = None,
) -> None:
    """End of a run (or its rest as planned, held, paused). Items still planned become "not reached" when it has ended.

    ``cursors`` by side are moved only for a run that reached its end; then its "resync all" wish is fulfilled too, and what
    failed is remembered for the next run, while what succeeded is forgotten there.
    """
    run = Run.objects.select_for_update().get(id=run_id)
    if state in ENDED_RUNS:
        left = Item.objects.filter(run_id=run_id, outcome="planned").update(
            outcome="not_reached", ended_at=now, code=code
        )
        if left:
            run.counts["not_reached"] = run.counts.get("not_reached", 0) + left
        run.ended_at = now
        run.control = ""
    if cursors is not None:
        for side, value in cursors.items():
            Cursor.objects.update_or_create(
                sync_id=run.sync_id, side=side, defaults={"value": value, "workspace_id": run.workspace_id}
            )
        if run.settings.get("resync"):
            Sync.objects.filter(id=run.sync_id).update(resync=False)
    if state in ENDED_RUNS:
        _remember(run, now)
        Staged.objects.filter(run_id=run_id).delete()
        Candidate.objects.filter(run_id=run_id).delete()
        Page.objects.filter(run_id=run_id).delete()
    run.state, run.error_code, run.error_facts = state, code, dict(facts or {})
    run.save(update_fields=["state", "error_code", "error_facts", "counts", "ended_at", "control"])


def _remember(run: Run, now: datetime) -> None:
    """Keep the Retry list: failed and blocked source records in, all others out."""
    for target in ("left", "right"):
        column = "left_id" if target == "right" else "right_id"
        source = "left" if target == "right" else "right"
        ended = rows.select(
            f"SELECT {column}, outcome, code FROM store_item WHERE run_id = %s AND side = %s AND {column} <> ''"
            " AND outcome IN ('created', 'updated', 'unchanged', 'skipped', 'not_counted', 'failed', 'blocked')",
            [run.id, target],
        )
        bad = [(r[0], r[2]) for r in ended if r[1] in ("failed", "blocked")]
        failed_ids = {b[0] for b in bad}
        good = [r[0] for r in ended if r[0] not in failed_ids]
        for start in range(0, len(good), rows.CHUNK):
            Retry.objects.filter(
                sync_id=run.sync_id, side=source, record_id__in=good[start : start + rows.CHUNK]
            ).delete()
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO store_retry (workspace_id, sync_id, side, record_id, code, attempts, since)"
                " VALUES (%s, %s, %s, %s, %s, 1, %s) ON CONFLICT (sync_id, side, record_id)"
                " DO UPDATE SET code = excluded.code, attempts = store_retry.attempts + 1",
                [(run.workspace_id, run.sync_id, source, rid, code, now) for rid, code in bad],
            )


def cursor_of(sync_id: int, side: Side) -> str | None:
    return Cursor.objects.filter(sync_id=sync_id, side=side.value).values_list("value", flat=True).first()


def retries(sync_id: int, side: Side) -> list[str]:
    """Record ids to read again whatever the cursor says."""
    found = Retry.objects.filter(sync_id=sync_id, side=side.value).order_by("record_id")
    return list(found.values_list("record_id", flat=True))


def drop_retries(sync_id: int, side: Side, ids: Sequence[str]) -> None:
    """These records are gone from their side: nothing to retry."""
    Retry.objects.filter(sync_id=sync_id, side=side.value, record_id__in=list(ids)).delete()


def save_schema(workspace_id: int, connection_id: int, object: str, revision: str, data: dict[str, Any]) -> None:
    SchemaSnapshot.objects.update_or_create(
        connection_id=connection_id,
        object=object,
        defaults={"workspace_id": workspace_id, "revision": revision, "data": data},
    )


# ---------------------------------------------------------------- bindings

_BINDING = (
    "id, left_id, right_id, name, left_base, right_base, left_print, right_print, state"
    " FROM store_binding WHERE pairing_id = %s"
)


def _binding(row: tuple[Any, ...]) -> BindingRow:
    return BindingRow(
        row[0], row[1], row[2], row[3], bytes(row[4]), bytes(row[5]), bytes(row[6]), bytes(row[7]), row[8]
    )


def bindings(pairing_id: int, side: Side, ids: Sequence[str]) -> dict[str, BindingRow]:
    """Bindings of these records of one side, by their id there."""
    found = rows.select_in(f"SELECT {_BINDING} AND {side.value}_id IN ({{ids}})", [pairing_id], ids)
    return {b.id_on(side): b for b in map(_binding, found)}


def prints(pairing_id: int, side: Side, ids: Sequence[str]) -> dict[str, bytes]:
    """Fingerprints of the bases of these records; a record without binding is not in the answer. A binding that is not
    in order has an empty one, so that its record is looked at."""
    found = rows.select_in(
        f"SELECT {side.value}_id, {side.value}_print, state FROM store_binding"
        f" WHERE pairing_id = %s AND {side.value}_id IN ({{ids}})",
        [pairing_id],
        ids,
    )
    return {r[0]: bytes(r[1]) if r[2] == "ok" else b"" for r in found}


def count_bindings(pairing_id: int) -> int:
    return Binding.objects.filter(pairing_id=pairing_id, state="ok").count()


def bound_ids(pairing_id: int, side: Side) -> list[str]:
    """Ids of all records of a side with a binding in order."""
    return [
        r[0]
        for r in rows.select(
            f"SELECT {side.value}_id FROM store_binding WHERE pairing_id = %s AND state = 'ok'", [pairing_id]
        )
    ]


@transaction.atomic
def mark_missing(pairing_id: int, side: Side, ids: Sequence[str]) -> None:
    """These bound records are gone from their side: marked, nothing is deleted (FK-60)."""
    for start in range(0, len(ids), rows.CHUNK):
        part = list(ids[start : start + rows.CHUNK])
        Binding.objects.filter(pairing_id=pairing_id, **{f"{side.value}_id__in": part}).update(
            state=f"missing_{side.value}"
        )


@transaction.atomic
def mark_found(pairing_id: int, side: Side, ids: Sequence[str]) -> None:
    """Marked records that were read again are there after all."""
    for start in range(0, len(ids), rows.CHUNK):
        Binding.objects.filter(
            pairing_id=pairing_id,
            state=f"missing_{side.value}",
            **{f"{side.value}_id__in": list(ids[start : start + rows.CHUNK])},
        ).update(state="ok")


# ---------------------------------------------------------------- reading


@transaction.atomic
def commit_page(
    run_id: int,
    side: Side,
    number: int,
    token: str | None,
    ids: bytes,
    staged: Sequence[StagedRow],
    items: Sequence[ItemRow],
    candidates: Sequence[tuple[int, str, str]],
    work: dict[str, Any],
    phase: str,
    deltas: Mapping[str, int],
    now: datetime,
) -> bool:
    """A page that was read, with everything that follows from it. False when it was committed before: nothing is done."""
    _, fresh = Page.objects.get_or_create(
        run_id=run_id, side=side.value, number=number, defaults={"next": token, "ids": ids}
    )
    if not fresh:
        return False
    rows.insert(
        "store_staged",
        ("run_id", "side", "record_id", "revision", "changed_at", "print", "values", "target"),
        [(run_id, side.value, s.record_id, s.revision, s.changed_at, s.print, s.values, s.target) for s in staged],
        conflict=("run_id", "side", "record_id"),
        update=("revision", "changed_at", "print", "values", "target") if any(s.target for s in staged) else (),
    )
    rows.insert(
        "store_candidate",
        ("run_id", "side", "key", "value", "record_id"),
        [(run_id, side.value, key, value[:255], rid) for key, value, rid in candidates],
    )
    insert_items(run_id, items, now)
    _bump(run_id, deltas, work=work, phase=phase, beat_at=now)
    return True


def page_ids(run_id: int, side: Side) -> list[bytes]:
    """Packed ids of the pages of a full scan."""
    return [bytes(p) for p in Page.objects.filter(run_id=run_id, side=side.value).values_list("ids", flat=True)]


def staged_after(run_id: int, side: Side, seq: int, limit: int) -> list[StagedRow]:
    """Staged target records in the order they were read."""
    return [
        StagedRow(r[0], r[1], r[2], r[3], bytes(r[4]), bytes(r[5]))
        for r in rows.select(
            'SELECT id, record_id, revision, changed_at, print, "values" FROM store_staged'
            " WHERE run_id = %s AND side = %s AND target AND id > %s ORDER BY id LIMIT %s",
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


# ---------------------------------------------------------------- items

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
                i.revision, i.source, i.before, i.after, i.outcome, i.code, _text(i.facts),
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
    now: datetime,
) -> None:
    """A chunk of the plan. ``rebase`` refreshes the bases of records that agree although their values moved."""
    insert_items(run_id, items, now)
    if rebase:
        _update_bases(Sync.objects.values_list("pairing_id", flat=True).get(runs__id=run_id), rebase, now)
    _bump(run_id, deltas, work=work, beat_at=now)


def _update_bases(pairing_id: int, settled: Sequence[Settled], now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE store_binding SET left_base = %s, right_base = %s, left_print = %s, right_print = %s, state = 'ok',"
            " synced_at = %s WHERE pairing_id = %s AND left_id = %s",
            [
                (s.left_base, s.right_base, s.left_print, s.right_print, now, pairing_id, s.left_id)
                for s in settled
                if s.left_base is not None and s.right_base is not None
            ],
        )


def planned_keys(run_id: int, keys: Sequence[str]) -> set[str]:
    """Which of these folded keys the plan already creates a record for."""
    found = rows.select_in(
        "SELECT key FROM store_item WHERE run_id = %s AND op = 'create' AND outcome = 'planned' AND key IN ({ids})",
        [run_id],
        keys,
    )
    return {r[0] for r in found}


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
                i.op, i.name, i.revision, i.source, i.before, i.after, i.outcome, i.code, _text(i.facts),
                None if i.outcome == "planned" else now, i.id,
            )
            for i in items
        ],
    )  # fmt: skip
    deltas: dict[str, int] = {}
    for item in items:
        if item.outcome != "planned":
            deltas[item.outcome] = deltas.get(item.outcome, 0) + 1
    _bump(run_id, deltas)


# ---------------------------------------------------------------- intents and their ends


@transaction.atomic
def open_intents(run: RunRow, intents: Sequence[IntentRow], now: datetime) -> None:
    """Note what is about to be written, before it is written."""
    rows.insert(
        "store_intent",
        ("workspace_id", "pairing_id", "run_id", "item_id", "side", "op", "source_id", "target_id", "key", "payload",
         "state", "created_at"),
        [
            (run.workspace_id, run.pairing_id, run.id, i.item_id, i.side.value, i.op, i.source_id, i.target_id,
             _text(i.key), i.payload, "open", now)
            for i in intents
        ],
    )  # fmt: skip


def unsettled(pairing_id: int, states: Sequence[str], limit: int = 500) -> list[IntentRow]:
    """Intents of a pairing in these states, oldest first."""
    found = Intent.objects.filter(pairing_id=pairing_id, state__in=states).order_by("id")[:limit]
    return [
        IntentRow(
            item_id=i.item_id, side=Side(i.side), op=i.op, source_id=i.source_id, target_id=i.target_id, key=i.key,
            payload=bytes(i.payload), id=i.id, run_id=i.run_id, state=i.state,
            created_at=i.created_at,
        )
        for i in found
    ]  # fmt: skip


def items_of(ids: Sequence[int]) -> dict[int, ItemRow]:
    """Items by their own id, of any run."""
    found = rows.select_in(_SELECT_ITEM.replace("run_id = %s", "id IN ({ids})"), [], [str(i) for i in ids])
    return {i.id: i for i in map(_item, found)}


@transaction.atomic
def settle(run: RunRow, ended: Sequence[Settled], now: datetime) -> None:
    """Ends of items, committed together: outcome, binding with its base, the intent's end and the counts of the run that the
    item belongs to (an item of an earlier run may be adopted by this one)."""
    _recount({e.item_id: e.outcome for e in ended}, now)
    rows.update(
        "store_item",
        ("outcome", "code", "facts", "left_id", "right_id", "ended_at"),
        [(e.outcome, e.code, _text(e.facts), e.left_id, e.right_id, now, e.item_id) for e in ended],
    )
    rows.insert(
        "store_binding",
        ("workspace_id", "pairing_id", "left_id", "right_id", "name", "left_base", "right_base", "left_print",
         "right_print", "state", "origin", "created_at", "synced_at"),
        [
            (run.workspace_id, run.pairing_id, e.left_id, e.right_id, e.name, e.left_base or b"", e.right_base or b"",
             e.left_print, e.right_print, "ok", e.origin, now, now)
            for e in ended
            if e.bind
        ],
        conflict=("pairing_id", "left_id"),
        update=("name", "left_base", "right_base", "left_print", "right_print", "state", "synced_at"),
    )  # fmt: skip
    by_state: dict[str, list[int]] = {}
    for e in ended:
        by_state.setdefault(e.intent_state, []).append(e.item_id)
    for state, ids in by_state.items():
        _close_items(ids, state, now)


@transaction.atomic
def gave_back(run: RunRow, good: Sequence[Settled], bad: Sequence[Settled], now: datetime) -> None:
    """Ends of write-backs: the base of a good one is refreshed and its intent done; a bad one makes its item a failure,
    its binding and its intent stay for the next run."""
    _recount({**{e.item_id: e.outcome for e in good}, **{e.item_id: "failed" for e in bad}}, now)
    _update_bases(run.pairing_id, good, now)
    _close_items([e.item_id for e in good], "done", now)
    _close_items([e.item_id for e in bad], "owed", now)
    rows.update(
        "store_item",
        ("outcome", "code", "facts"),
        [(e.outcome, "", "{}", e.item_id) for e in good] + [("failed", e.code, _text(e.facts), e.item_id) for e in bad],
    )
    for e in good:
        Retry.objects.filter(sync_id=run.sync_id, side=e.side.other.value, record_id=_source_id(e)).delete()


def _source_id(e: Settled) -> str:
    return e.left_id if e.side is Side.RIGHT else e.right_id


def _recount(outcomes: Mapping[int, str], now: datetime) -> None:
    """Move items between the counts of their runs; to be called before the items themselves change."""
    deltas: dict[int, dict[str, int]] = {}
    for item in Item.objects.filter(id__in=list(outcomes)).only("id", "run_id", "outcome"):
        new = outcomes[item.id]
        if new == item.outcome:
            continue
        of_run = deltas.setdefault(item.run_id, {})
        if item.outcome != "planned":
            of_run[item.outcome] = of_run.get(item.outcome, 0) - 1
        of_run[new] = of_run.get(new, 0) + 1
    for run_id, changed in deltas.items():
        _bump(run_id, changed, beat_at=now)


def _close_items(item_ids: Sequence[int], state: str, now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.executemany(
            "UPDATE store_intent SET state = %s, settled_at = %s WHERE item_id = %s AND state IN ('open', 'wrote', 'owed')",
            [(state, now, i) for i in item_ids],
        )


@transaction.atomic
def close_item_intents(item_ids: Sequence[int], state: str, now: datetime) -> None:
    """End the open intents of these items; the items stay planned."""
    _close_items(item_ids, state, now)


@transaction.atomic
def worn_out(run_id: int, limit: int, now: datetime) -> int:
    """Planned items that were sent ``limit`` times without anyone seeing the end: they fail. Answers how many."""
    found = rows.select(
        "SELECT i.item_id FROM store_intent i JOIN store_item t ON t.id = i.item_id"
        " WHERE i.run_id = %s AND t.outcome = 'planned' GROUP BY i.item_id HAVING COUNT(*) >= %s",
        [run_id, limit],
    )
    ids = [r[0] for r in found]
    _recount(dict.fromkeys(ids, "failed"), now)
    Item.objects.filter(id__in=ids).update(outcome="failed", code="unknown_result", ended_at=now)
    return len(ids)


@transaction.atomic
def close_intents(ids: Sequence[int], state: str, now: datetime) -> None:
    """End intents that turned out to have had no effect (refused) or need a person (ambiguous)."""
    Intent.objects.filter(id__in=list(ids)).update(state=state, settled_at=now)


@transaction.atomic
def flip(items: Sequence[ItemRow], code: str, now: datetime) -> None:
    """Successes that were overtaken during the run become failures of this run (FK-52)."""
    _recount({i.id: "failed" for i in items}, now)
    Item.objects.filter(id__in=[i.id for i in items]).update(outcome="failed", code=code, ended_at=now)
