"""Intents before a write, and the ends of items after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection, transaction

from choai.engine.ports import IntentRow, ItemRow, RunRow, Settled
from choai.model.mapping import Side
from choai.store import dialect, rows
from choai.store.ledger.counts import recount
from choai.store.ledger.pairs import update_bases
from choai.store.models import (
    Intent,
    Item,
    Retry,
)
from choai.store.rows import as_json


@dialect.lasting()
def open_intents(run: RunRow, intents: Sequence[IntentRow], now: datetime) -> None:
    """Note what is about to be written, before it is written; not even a power cut takes that back."""
    at = rows.instant(now)
    rows.insert(
        "store_intent",
        ("workspace_id", "pairing_id", "run_id", "item_id", "side", "op", "source_id", "target_id", "key", "state",
         "created_at"),
        [
            (run.workspace_id, run.pairing_id, run.id, i.item_id, i.side.value, i.op, i.source_id, i.target_id,
             as_json(i.key), "open", at)
            for i in intents
        ],
    )  # fmt: skip


_ANY = "SELECT 1 FROM store_intent WHERE pairing_id = %s AND state IN ('open', 'wrote', 'owed') LIMIT 1"


def unsettled(pairing_id: int, states: Sequence[str], limit: int = 500) -> list[IntentRow]:
    """Intents of a pairing in these states, oldest first."""
    if not rows.select(_ANY, [pairing_id]):
        return []  # the common case, asked for before every wave
    # state by state: asked for all at once, SQLite would walk the whole table in order of id
    mine = Intent.objects.filter(pairing_id=pairing_id).select_related("item").order_by("id")
    each = [mine.filter(state=s)[:limit] for s in states]
    found = sorted((i for one in each for i in one), key=lambda i: i.id)[:limit]
    return [
        IntentRow(
            item_id=i.item_id, side=Side(i.side), op=i.op, source_id=i.source_id, target_id=i.target_id, key=i.key,
            payload=bytes(i.item.after), id=i.id, run_id=i.run_id, state=i.state, created_at=i.created_at,
        )
        for i in found
    ]  # fmt: skip


@transaction.atomic
def settle(run: RunRow, ended: Sequence[Settled], now: datetime) -> None:
    """Ends of items, committed together: outcome, binding with its base, the intent's end and the counts of the run that the
    item belongs to (an item of an earlier run may be adopted by this one)."""
    recount({e.item_id: e.outcome for e in ended}, now)
    at = rows.instant(now)
    rows.update(
        "store_item",
        ("outcome", "code", "facts", "left_id", "right_id", "ended_at"),
        [
            (e.outcome, e.code, as_json(e.facts) if e.facts else "{}", e.left_id, e.right_id, at, e.item_id)
            for e in ended
        ],
    )
    rows.insert(
        "store_binding",
        ("workspace_id", "pairing_id", "left_id", "right_id", "name", "left_base", "right_base", "left_print",
         "right_print", "state", "origin", "created_at", "synced_at"),
        [
            (run.workspace_id, run.pairing_id, e.left_id, e.right_id, e.name, e.left_base or b"", e.right_base or b"",
             e.left_print, e.right_print, "ok", e.origin, at, at)
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
    recount({**{e.item_id: e.outcome for e in good}, **{e.item_id: "failed" for e in bad}}, now)
    update_bases(run.pairing_id, good, now)
    _close_items([e.item_id for e in good], "done", now)
    _close_items([e.item_id for e in bad], "owed", now)
    rows.update(
        "store_item",
        ("outcome", "code", "facts"),
        [(e.outcome, e.code, as_json(e.facts), e.item_id) for e in good]
        + [("failed", e.code, as_json(e.facts), e.item_id) for e in bad],
    )
    for e in good:
        Retry.objects.filter(sync_id=run.sync_id, side=e.side.other.value, record_id=_source_id(e)).delete()


def _source_id(e: Settled) -> str:
    return e.left_id if e.side is Side.RIGHT else e.right_id


def _close_items(item_ids: Sequence[int], state: str, now: datetime) -> None:
    """A note whose write is done has served its purpose: it goes, so that the table stays as small as a wave."""
    living = "item_id = %s AND state IN ('open', 'wrote', 'owed')"
    with connection.cursor() as cursor:
        if state == "done":
            cursor.executemany(f"DELETE FROM store_intent WHERE {living}", [(i,) for i in item_ids])
        else:
            cursor.executemany(
                f"UPDATE store_intent SET state = %s, settled_at = %s WHERE {living}",
                [(state, now, i) for i in item_ids],
            )


@transaction.atomic
def close_item_intents(item_ids: Sequence[int], state: str, now: datetime) -> None:
    """End the open intents of these items; the items stay planned."""
    _close_items(item_ids, state, now)


@transaction.atomic
def worn_out(run_id: int, limit: int, now: datetime, places: Mapping[Side, Mapping[str, str]]) -> int:
    """Planned items that were sent ``limit`` times without anyone seeing the end: they fail, with the facts of the place they
    were sent to. Answers how many."""
    found = rows.select(
        "SELECT i.item_id FROM store_intent i JOIN store_item t ON t.id = i.item_id"
        " WHERE i.run_id = %s AND t.outcome = 'planned' GROUP BY i.item_id HAVING COUNT(*) >= %s",
        [run_id, limit],
    )
    ids = [r[0] for r in found]
    recount(dict.fromkeys(ids, "failed"), now)
    for side, place in places.items():
        Item.objects.filter(id__in=ids, side=side.value).update(
            outcome="failed", code="unknown_result", facts=dict(place), ended_at=now
        )
    return len(ids)


@transaction.atomic
def close_intents(ids: Sequence[int], state: str, now: datetime) -> None:
    """End intents that turned out to have had no effect (refused) or need a person (ambiguous)."""
    Intent.objects.filter(id__in=list(ids)).update(state=state, settled_at=now)


@transaction.atomic
def flip(items: Sequence[ItemRow], code: str, now: datetime) -> None:
    """Successes that were overtaken during the run become failures of this run (FK-52)."""
    recount({i.id: "failed" for i in items}, now)
    Item.objects.filter(id__in=[i.id for i in items]).update(outcome="failed", code=code, ended_at=now)
