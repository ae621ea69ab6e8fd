"""Bindings and their bases."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from choai.engine.ports import BindingRow, Settled
from choai.model.mapping import Side
from choai.model.match import key_of
from choai.store import rows
from choai.store.models import (
    Binding,
)

_BINDING = (
    "id, left_id, right_id, name, left_base, right_base, left_print, right_print, state"
    " FROM store_binding WHERE pairing_id = %s"
)


def binding_row(row: tuple[Any, ...]) -> BindingRow:
    """A row of store_binding: id, ids, name, bases, fingerprints, state."""
    return BindingRow(
        row[0], row[1], row[2], row[3], bytes(row[4]), bytes(row[5]), bytes(row[6]), bytes(row[7]), row[8]
    )


def bindings(pairing_id: int, side: Side, ids: Sequence[str]) -> dict[str, BindingRow]:
    """Bindings of these records of one side, by their id there."""
    found = rows.select_in(f"SELECT {_BINDING} AND {side.value}_id IN ({{ids}})", [pairing_id], ids)
    return {b.id_on(side): b for b in map(binding_row, found)}


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
def mark_missing(pairing_id: int, side: Side, ids: Sequence[str], *, changed: bool = False) -> None:
    """These bound records are gone from their side: marked, nothing is deleted (FK-60). ``changed``: they seem to have been made
    again under another id (FK-67)."""
    for start in range(0, len(ids), rows.CHUNK):
        part = list(ids[start : start + rows.CHUNK])
        Binding.objects.filter(pairing_id=pairing_id, **{f"{side.value}_id__in": part}).update(
            state="id_changed" if changed else f"missing_{side.value}"
        )


@transaction.atomic
def mark_found(pairing_id: int, side: Side, ids: Sequence[str]) -> None:
    """Marked records that were read again are there after all."""
    for start in range(0, len(ids), rows.CHUNK):
        Binding.objects.filter(
            pairing_id=pairing_id,
            state__in=(f"missing_{side.value}", "id_changed"),
            **{f"{side.value}_id__in": list(ids[start : start + rows.CHUNK])},
        ).update(state="ok")


def named_like(pairing_id: int, side: Side, marks: Collection[str]) -> dict[str, list[str]]:
    """Ids on a side of the pairs whose names have one of these keys (``key_of(…, "name")``), by key. Every pair's name is looked
    at, about 25 µs each."""
    out: dict[str, list[str]] = {}
    named = Binding.objects.filter(pairing_id=pairing_id).exclude(name="").order_by()
    for id, name in named.values_list(f"{side.value}_id", "name").iterator(chunk_size=rows.CHUNK):
        mark = key_of(name, "name")
        if mark is not None and mark in marks:
            out.setdefault(mark, []).append(id)
    return out


def update_bases(pairing_id: int, settled: Sequence[Settled], now: datetime) -> None:
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


def partners(pairing_id: int, objects: tuple[str, str], side: Side, ids: Sequence[str]) -> dict[str, str]:
    """Who is bound to whom in the pairing of two other objects of the same two connections: id on ``side`` → id on the
    other side. ``objects`` are the left and the right one."""
    found = rows.select_in(
        f"SELECT b.{side.value}_id, b.{side.other.value}_id FROM store_binding b"
        " JOIN store_pairing p ON p.id = b.pairing_id JOIN store_pairing o ON o.id = %s"
        " WHERE p.workspace_id = o.workspace_id AND p.left_connection_id = o.left_connection_id"
        " AND p.right_connection_id = o.right_connection_id AND p.left_object = %s AND p.right_object = %s"
        f" AND b.state = 'ok' AND b.{side.value}_id IN ({{ids}})",
        [pairing_id, *objects],
        ids,
    )
    return {row[0]: row[1] for row in found}
