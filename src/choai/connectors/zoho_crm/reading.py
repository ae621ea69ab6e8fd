"""Reading Zoho CRM: lists, records by id, COQL, bulk read jobs.

Lists tell at most 50 fields and no line items; further fields are asked for by id, and a record with line items by itself. A
list's page token ends after 100,000 records or a day: reading then goes on by COQL from the last id.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from choai.connectors.contract import Page, Reply, Session, Window
from choai.connectors.fields import Table
from choai.connectors.paging import mark
from choai.connectors.reading import page
from choai.connectors.wires import JST
from choai.connectors.wires import instant as as_instant
from choai.connectors.zoho_crm import spec
from choai.connectors.zoho_crm.spec import API, BULK
from choai.errors import ChoaiError
from choai.model.values import Kind

Row = dict[str, Any]
LONGEST = 1000  # characters of the parameter ``fields``
LOST = ("EXPIRED_VALUE", "PAGINATION_LIMIT_EXCEEDED", "TOKEN_BOUND_DATA_MISMATCH")


def rows_in(reply: Reply, key: str = "data") -> list[Row]:
    """The rows of an answer; none where Zoho answers without a body."""
    if reply.status in (204, 304):
        return []
    found = reply.data.get(key) if isinstance(reply.data, dict) else None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise ChoaiError("unexpected_answer", detail=f"no {key}")
    return found


def info_of(reply: Reply) -> Mapping[str, Any]:
    found = reply.data.get("info") if isinstance(reply.data, dict) else None
    return found if isinstance(found, dict) else {}


def portions(names: Iterable[str]) -> list[list[str]]:
    """Fields, so many at a time as one list tells."""
    out: list[list[str]] = [[]]
    for name in names:
        if len(out[-1]) == spec.FIELDS or sum(len(one) + 1 for one in out[-1]) + len(name) > LONGEST:
            out.append([])
        out[-1].append(name)
    return out


def some(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(ids), spec.AT_ONCE):
        yield ids[start : start + spec.AT_ONCE]


def instant(when: datetime | date) -> str:
    return as_instant(when, JST).isoformat(timespec="seconds")


def names_of(known: Table, wished: Sequence[str] | None) -> list[str]:
    """The fields to ask for, without line items; the stamp of change comes first."""
    named = [c.name for c in known.columns if c.field.kind is not Kind.ROWS and (wished is None or c.name in wished)]
    return list(dict.fromkeys(["Modified_Time", *(n for n in named if n != "id")]))


def with_lines(known: Table, wished: Sequence[str] | None) -> bool:
    return any(c.single and (wished is None or c.name in wished) for c in known.columns)


# ---------------------------------------------------------------- records


async def single(session: Session, module: str, id: str) -> Row | None:
    """A record in full; None when it is not there (any more)."""
    rows = rows_in(await session.call("GET", f"{API}/{module}/{id}")) if id.isdigit() else []
    return rows[0] if rows else None


async def by_ids(session: Session, module: str, names: Sequence[str], ids: Sequence[str], *, whole: bool) -> list[Row]:
    """Records as they are now, in full (one call each) or the named fields."""
    if whole:
        return [row for id in ids if (row := await single(session, module, id)) is not None]
    held: dict[str, Row] = {}
    for few in some([id for id in ids if id.isdigit()]):
        for fields in portions(names):
            query = {"fields": ",".join(fields), "ids": ",".join(few), "per_page": str(spec.PAGE)}
            for row in rows_in(await session.call("GET", f"{API}/{module}", query=query)):
                held.setdefault(str(row["id"]), {}).update(row)
    return [held[id] for id in dict.fromkeys(ids) if id in held]


async def listed(
    session: Session, object: str, names: Sequence[str], window: Window, place: Mapping[str, Any]
) -> tuple[list[Row], str | None]:
    """A page of a list, with the token of the next one."""
    module, view = spec.split(object)
    first, *others = portions(names)
    query = {"fields": ",".join(first), "per_page": str(spec.PAGE)}
    query |= {"cvid": view} if view else {"sort_by": "id", "sort_order": "asc"}
    query |= {"page_token": str(place["token"])} if "token" in place else {}
    # what was changed in that very second is wanted too
    headers = {"If-Modified-Since": instant(window.since - timedelta(seconds=1))} if window.since is not None else {}
    reply = await session.call("GET", f"{API}/{module}", query=query, headers=headers, ok=(200, 204, 304))
    rows, info = rows_in(reply), info_of(reply)
    for fields in others:
        more = {
            str(row["id"]): row
            for row in await by_ids(session, module, fields, [str(r["id"]) for r in rows], whole=False)
        }
        rows = [{**row, **more.get(str(row["id"]), {})} for row in rows]
    if not info.get("more_records") or not rows:
        return rows, None
    last = str(rows[-1]["id"])
    token = info.get("next_page_token")
    return rows, mark(token=token, last=last) if token else mark(after=last)


# ---------------------------------------------------------------- COQL


async def asked(session: Session, query: str) -> list[Row]:
    return rows_in(await session.call("POST", f"{API}/coql", json={"select_query": query}, effect=False))


def literal(sent: Any) -> str:
    """A value as it travels; numbers and booleans have no quotes."""
    if isinstance(sent, bool):
        return str(sent).lower()
    if isinstance(sent, str):
        return "'" + sent.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return str(sent["id"] if isinstance(sent, dict) else format(sent, "f"))


async def ids_after(session: Session, module: str, after: str, since: datetime | date | None, most: int) -> list[str]:
    """The next ids in their order, of records that changed since."""
    where = [f"id > {literal(after)}"] if after else ["id is not null"]
    where += [f"Modified_Time >= {literal(instant(since))}"] if since is not None else []
    told = where[0] if len(where) == 1 else f"({' and '.join(where)})"
    query = f"select id from {module} where {told} order by id asc limit 0, {most}"  # noqa: S608  (ids and instants)
    return [str(row["id"]) for row in await asked(session, query)]


async def ids_where(session: Session, module: str, name: str, sent: Sequence[Any]) -> list[str]:
    """Ids of the records whose field is one of the values. COQL may answer more: capitals and small letters are alike to it."""
    found: list[str] = []
    for few in some(sent):
        query = f"select id from {module} where {name} in ({', '.join(map(literal, few))}) limit 0, {spec.PAGE * 10}"  # noqa: S608  (quoted)
        found += [str(row["id"]) for row in await asked(session, query)]
    return list(dict.fromkeys(found))


# ---------------------------------------------------------------- bulk read


async def job(session: Session, module: str, names: Sequence[str]) -> str | None:
    """Begin a bulk read where there is enough to read; the token of its page."""
    counted = await asked(session, f"select COUNT(id) from {module} where id is not null")  # noqa: S608  (a module's name)
    count = next((v for v in counted[0].values() if isinstance(v, int)), 0) if counted else 0
    if count <= spec.BULK_ROWS:
        return None
    body = {"query": {"module": {"api_name": module}, "fields": list(names), "page": 1}, "file_type": "csv"}
    (made,) = rows_in(await session.call("POST", f"{BULK}/read", json=body, effect=False))
    return mark(job=str(made["details"]["id"]))


async def exported(session: Session, known: Table, window: Window, place: Mapping[str, Any]) -> Page | None:
    """A slice of a job's result, or a pause while it is prepared; None when the job failed or is not known any more: the records
    are then read by lists. A result of more than 200,000 records goes on by COQL."""
    path, at = f"{BULK}/read/{place['job']}", int(place.get("at", 0))
    told = await session.call("GET", path, ok=(200, 404))
    found = rows_in(told)[0] if told.status == 200 else {}
    if found.get("state") in ("ADDED", "QUEUED", "IN PROGRESS"):
        return Page([], mark(job=place["job"]), wait_seconds=spec.BULK_WAIT)
    if found.get("state") != "COMPLETED":
        return None
    key = f"bulk:{place['job']}"
    if key not in session.memo:
        session.memo[key] = (await session.call("GET", f"{path}/result")).body
    records = list(map(known.reader(wished=window.fields), islice(_csv(session.memo[key]), at, at + spec.BULK_SLICE)))
    next = mark(job=place["job"], at=at + spec.BULK_SLICE) if len(records) == spec.BULK_SLICE else None
    if next is None and found["result"].get("more_records") and records:
        next = mark(after=max(r.id for r in records))
    return page(records, next, total=int(found["result"]["count"]))


def _csv(content: bytes) -> Iterator[Row]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(archive.namelist()[0]) as file:
        for row in csv.DictReader(io.TextIOWrapper(file, "utf-8-sig", newline="")):
            yield {("id" if name == "Id" else name.removesuffix(".id")): value for name, value in row.items()}
