"""query and queryAll: answers, pages and their locators.

Settings read here: ``query_page`` (2000), ``child_page`` (2000). A locator is kept 15 minutes, a user has ten; the oldest goes
first.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from choai.sandbox.salesforce.org import Json, Org, Problem, moment
from choai.sandbox.salesforce.soql import Place, Query, matching, parse, place, value

IDLE = timedelta(minutes=15)
CURSORS = 10


def run(org: Org, text: str, *, deleted: bool = False, batch: str = "") -> Json:
    """The first page of a query."""
    query = parse(text)
    if any(isinstance(i, tuple) and i[0] != "fields" for i in query.select):
        return _aggregate(org, query, deleted)
    rows = matching(org, query, deleted)
    held = org.object(query.object)
    show = shower(org, held, query)
    size = _size(org, batch)
    page = [show(row) for row in rows[:size]]
    return _answer(org, text, [r["Id"] for r in rows], page, size)


def more(org: Org, locator: str, batch: str = "") -> Json:
    """The page that a nextRecordsUrl names: a cursor's id, a dash, how many were told."""
    number, _, told = locator.partition("-")
    cursor = org.world.state["cursors"].get(number)
    if (
        cursor is None
        or cursor["user"] != org.user
        or not told.isdigit()
        or moment(cursor["at"]) < org.world.now() - IDLE
    ):
        raise Problem("INVALID_QUERY_LOCATOR", "invalid query locator")
    cursor["at"] = org.now()
    query = parse(cursor["text"])
    held = org.object(query.object)
    show, start, size = shower(org, held, query), int(told), cursor.get("size") or _size(org, batch)
    table = org.table(held["name"])
    page = [show(table[id]) for id in cursor["ids"][start : start + size]]
    done = start + size >= len(cursor["ids"])
    return {
        "totalSize": len(cursor["ids"]),
        "done": done,
        **({} if done else _next(org, number, start + size)),
        "records": page,
    }


def _size(org: Org, batch: str) -> int:
    wished = batch.partition("=")[2].strip()
    size = min(2000, max(200, int(wished))) if wished.isdigit() else 2000
    return min(size, int(org.settings.get("query_page", 2000)))


def _answer(org: Org, text: str, ids: list[str], page: list[Json], size: int) -> Json:
    done = size >= len(ids)
    told: Json = {"totalSize": len(ids), "done": done}
    if not done:
        told |= _next(org, _keep(org, text, ids, size), size)
    return {**told, "records": page}


def _next(org: Org, number: str, at: int) -> Json:
    return {"nextRecordsUrl": f"/services/data/v{org.version}/query/{number}-{at}"}


def _keep(org: Org, text: str, ids: list[str], size: int) -> str:
    cursors = org.world.state["cursors"]
    mine = [n for n, c in cursors.items() if c["user"] == org.user]
    for old in mine[: max(0, len(mine) - CURSORS + 1)]:
        del cursors[old]
    number = org.new_id("0r8")
    cursors[number] = {"text": text, "ids": ids, "user": org.user, "at": org.now(), "size": size}
    return number


def _aggregate(org: Org, query: Query, deleted: bool) -> Json:
    rows = matching(org, query, deleted)
    if query.select == [("count", None, "")]:
        return {"totalSize": len(rows), "done": True, "records": []}
    held = org.object(query.object)
    made: Json = {"attributes": {"type": "AggregateResult"}}
    for number, item in enumerate(query.select):
        if not isinstance(item, tuple):
            raise Problem("MALFORMED_QUERY", f"Field must be grouped or aggregated: {item}")
        name, path, alias = item
        found = [v for row in rows if (v := value(org, place(org, held, path or "Id"), row)) is not None]
        kinds: dict[str, Any] = {"count": len, "max": max, "min": min, "sum": sum}
        if name not in kinds:
            raise Problem("MALFORMED_QUERY", f"unknown function: {name}")
        made[alias or f"expr{number}"] = kinds[name](found) if found or name == "count" else None
    return {"totalSize": 1, "done": True, "records": [made]}


# ---------------------------------------------------------------- records


def shower(org: Org, held: Json, query: Query) -> Any:
    """A function row → what is answered, in the order of the SELECT."""
    items: list[Any] = []
    for item in query.select:
        if isinstance(item, Query):
            items.append(_child(org, held, item))
        elif isinstance(item, tuple):
            items += [place(org, held, f["name"]) for f in _fields_of(org, held, query, item)]
        else:
            items.append(place(org, held, item))

    def show(row: Json) -> Json:
        out: Json = {"attributes": attributes(org, held["name"], row["Id"])}
        for item in items:
            if isinstance(item, Place):
                _put(org, out, item, row)
            else:
                name, told = item(row)
                out[name] = told
        return out

    return show


def attributes(org: Org, name: str, id: str) -> Json:
    return {"type": name, "url": f"/services/data/v{org.version}/sobjects/{name}/{id}"}


def _put(org: Org, out: Json, at: Place, row: Json) -> None:
    for by, target, relation in at.steps:
        parent = org.table(target).get(row.get(by) or "")
        if parent is None:
            out.setdefault(relation, None)
            return
        row, out = parent, out.setdefault(relation, {"attributes": attributes(org, target, parent["Id"])})
    out[at.field["name"]] = org.value(at.held, row, at.field)


def _fields_of(org: Org, held: Json, query: Query, item: tuple[str, str | None, str]) -> list[Json]:
    """FIELDS(ALL), FIELDS(CUSTOM), FIELDS(STANDARD)."""
    name, which, _ = item
    if name != "fields" or (which or "").upper() not in ("ALL", "CUSTOM", "STANDARD"):
        raise Problem("MALFORMED_QUERY", f"unknown function: {name}")
    kind = str(which).upper()
    if kind != "STANDARD" and (query.limit is None or query.limit > 200):
        raise Problem("MALFORMED_QUERY", f"The SOQL FIELDS function must have a LIMIT of at most 200: FIELDS({kind})")
    return [f for f in held["fields"] if kind == "ALL" or f["custom"] == (kind == "CUSTOM")]


def _child(org: Org, held: Json, inner: Query) -> Any:
    found = next(
        (c for c in held["childRelationships"] if (c["relationshipName"] or "").lower() == inner.object.lower()), None
    )
    if found is None:
        raise Problem("INVALID_TYPE", f"Didn't understand relationship '{inner.object}' in FROM part of query call.")
    child = org.object(found["childSObject"])
    query = Query(child["name"], inner.select, inner.test, inner.order, inner.limit)
    show = shower(org, child, query)
    text = f"SELECT {', '.join(str(i) for i in inner.select)} FROM {child['name']}"
    size = int(org.settings.get("child_page", 2000))

    def told(row: Json) -> tuple[str, Any]:
        rows = [r for r in matching(org, query) if r.get(found["field"]) == row["Id"]]
        if not rows:
            return found["relationshipName"], None
        return found["relationshipName"], _answer(
            org, text, [r["Id"] for r in rows], [show(r) for r in rows[:size]], size
        )

    return told
