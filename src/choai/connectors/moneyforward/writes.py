"""Writes of one record each, where one call is not enough: a partner's own fields and those of its first department are two
resources, and the lines of a document can be added and taken away but not changed.

Whatever the service refuses half-way is put back before the refusal is told: a record that is refused is as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import Done, Item, Session
from choai.connectors.fields import Table
from choai.connectors.moneyforward.rows import Row as Raw
from choai.connectors.moneyforward.rows import (
    address,
    call,
    departments_of,
    first_department,
    one_of,
    place_of,
    records_of,
    table_of,
)
from choai.errors import ChoaiError, Recovery
from choai.model.values import Row, Value, is_empty

TERMS = "payment_deadline_setting"


async def create(session: Session, object: str, item: Item) -> Done:
    body = table_of(session, object).body(item.values, creating=True)
    if item.stamp and "memo" not in item.values and object in ("partner", "quote", "billing"):
        body["memo"] = item.stamp
    place = place_of(object)
    path = place.create or place.path
    if object == "partner":
        department = body.pop("department", None)
        body |= {"departments": [department]} if department else {}
    elif object == "department":
        path = address("partner", body.pop("partner_id"), "departments")
    elif object in ("quote", "billing"):
        await _aim(session, body)
        for line in body.get("items", []):
            line.pop("id", None)
    reply = await call(session, "POST", path, json=body)
    return await _done(session, object, item, one_of(reply), created=True)


async def update(session: Session, object: str, item: Item) -> Done:
    body = table_of(session, object).body(item.values, creating=False)
    change = {"partner": _partner, "quote": _document, "billing": _document}.get(object, _plain)
    return await _done(session, object, item, await change(session, object, item, body), created=False)


async def _done(session: Session, object: str, item: Item, row: Raw, *, created: bool) -> Done:
    if object == "department":
        owner = item.values.get("partner") if created else None
        partner = getattr(owner, "id", None) or str(item.id).partition(".")[0]
        (row,) = departments_of({"id": partner, "departments": [row]})
    (record,) = await records_of(session, object, [row])
    return Done(item.ref, record, created=created)


async def _plain(session: Session, object: str, item: Item, body: Raw) -> Raw:
    return one_of(await call(session, "PUT", address(object, str(item.id)), json=body))


# ---------------------------------------------------------------- partners


async def _partner(session: Session, object: str, item: Item, body: Raw) -> Raw:
    """The department first, since more can be wrong with it."""
    path, department = address("partner", str(item.id)), body.pop("department", None)
    if not department and TERMS not in body:
        return await _plain(session, object, item, body)
    now = one_of(await call(session, "GET", path))
    if TERMS in body:
        body[TERMS] = {**(now.get(TERMS) or {}), **body[TERMS]}
    first = first_department(now) if department else None
    if department:
        at = f"{path}/departments" if first is None else f"{path}/departments/{first['id']}"
        answer = one_of(await call(session, "POST" if first is None else "PUT", at, json=department))
    if not body:
        return one_of(await call(session, "GET", path))
    try:
        return await _plain(session, object, item, body)
    except ChoaiError as error:
        if department and error.recovery is Recovery.SKIP:
            at = f"{path}/departments/{answer['id']}"
            await _department_back(session, at, first, department, table_of(session, "partner"))
        raise


async def _department_back(session: Session, at: str, first: Raw | None, sent: Raw, known: Table) -> None:
    if first is None:
        await call(session, "DELETE", at)
        return
    before = {name: first.get(name) or "" for name in sent}
    clears = {c.name for c in known.columns if c.field.clearable}
    await call(session, "PUT", at, json={name: value for name, value in before.items() if value or name in clears})


async def _aim(session: Session, body: Raw, now: Mapping[str, Any] | None = None) -> None:
    """A document is addressed to a department. Where only a partner is given it is the partner's first one; a document that is
    the partner's already stays where it is."""
    department, partner = body.pop("department", None), body.pop("partner_id", None)
    if department:
        body["department_id"] = department.rpartition(".")[2]
    elif partner and (now is None or now.get("partner_id") != partner):
        held = one_of(await call(session, "GET", address("partner", partner)))
        first = first_department(held)
        if first is None:
            raise ChoaiError("department_missing", name=held.get("name") or partner)
        body["department_id"] = first["id"]


# ---------------------------------------------------------------- documents


async def _document(session: Session, object: str, item: Item, body: Raw) -> Raw:
    """New lines first, then the rest, old lines last. Lines that say the same stay, so that doing it again does nothing."""
    path, lined = address(object, str(item.id)), "items" in body
    if not lined and not ("partner_id" in body and "department" not in body):
        await _aim(session, body)
        return await _plain(session, object, item, body)
    now = one_of(await call(session, "GET", path))
    await _aim(session, body, now)
    body.pop("items", None)
    added, dropped = await _lines(session, object, item, now) if lined else ([], [])
    try:
        for line in added:
            await call(session, "POST", f"{path}/items", json=line)
        if body:
            now = await _plain(session, object, item, body)
    except ChoaiError as error:
        if added and error.recovery is Recovery.SKIP:
            await _drop_others(session, path, {str(line["id"]) for line in now["items"]})
        raise
    for number in dropped:
        await call(session, "DELETE", f"{path}/items/{number}", ok=(200, 204, 404))
    return one_of(await call(session, "GET", path)) if added or dropped else now


async def _lines(session: Session, object: str, item: Item, now: Raw) -> tuple[list[Raw], list[str]]:
    """What to add, and the ids of what to take away."""
    (record,) = await records_of(session, object, [now])
    left: list[Row] = list(_rows(record.values.get("items")))
    held = {row.id: row.values for row in left}
    new: list[Row] = []
    for row in _rows(item.values["items"]):
        wanted = {**held.get(row.id, {}), **row.values}
        same = [one for one in left if _says(one.values, wanted)]
        found = next((one for one in same if one.id == row.id), next(iter(same), None))
        if found is None:
            new.append(Row(None, wanted))
        else:
            left.remove(found)
    known = table_of(session, object)
    added: list[Raw] = known.body({"items": new}, creating=False)["items"] if new else []
    return added, [str(row.id) for row in left]


def _rows(value: Value) -> list[Row]:
    return [row for row in value if isinstance(row, Row)] if isinstance(value, list) else []


def _says(held: Mapping[str, Value], wanted: Mapping[str, Value]) -> bool:
    return all(held.get(n) == v or (is_empty(v) and is_empty(held.get(n))) for n, v in wanted.items())


async def _drop_others(session: Session, path: str, kept: set[str]) -> None:
    now = one_of(await call(session, "GET", path))
    for line in now["items"]:
        if str(line["id"]) not in kept:
            await call(session, "DELETE", f"{path}/items/{line['id']}", ok=(200, 204, 404))
