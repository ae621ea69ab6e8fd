"""Lists: page and limit, sort, filters, and the conditions of POST /deals/search.

Settings read here: ``max_limit`` (1000; more counts as this), ``offset_heard`` (False: the offset of updatedAtFrom is taken for
UTC), ``contact_search`` (False: searchWord is not heard in the list of contacts), ``older_lines`` (True: lines carry the older
names).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.lists import count, paged
from choai.sandbox.senses.data import JST, Json, rows
from choai.sandbox.senses.records import Refusal

SORTED = ("updatedAt", "createdAt", "id")
VALUES = {"integerValue": int, "stringValue": str}
OLDER = {"dealProductDetailTypeId": "productId", "name": "productName", "price": "unitPrice", "subtotal": "amount",
         "dealProductDetailCustoms": "customFields"}  # fmt: skip


def shown(world: World, row: Json) -> Json:
    if not world.state["settings"].get("older_lines") or "dealProductDetails" not in row:
        return row
    return {
        **row,
        "dealProductDetails": [{OLDER.get(k, k): v for k, v in line.items()} for line in row["dealProductDetails"]],
    }


def listed(world: World, table: str, query: Mapping[str, str]) -> Json:
    """One page of a list with its total."""
    found: Iterable[Json] = rows(world, table).values()
    if table == "users":
        email = query.get("email")
        found = [u for u in found if query.get("deleted") == "1" or not u["deleted"]]
        return _page(world, table, [u for u in found if email in (None, u["email"])], {"page": query.get("page", "1")})
    for name, keep in (("updatedAtFrom", _from), ("updatedAtTo", _to)):
        if name in query:
            found = keep(found, _instant(world, name, query[name]))
    word = query.get("searchWord")
    if word and (table != "contacts" or world.state["settings"].get("contact_search", True)):
        found = [row for row in found if _has(table, row, word)]
    if "dealTypeId" in query and table == "deals":
        found = [row for row in found if str(row["dealType"]["id"]) == query["dealTypeId"]]
    return _page(world, table, _sorted(found, query.get("sort") or "-updatedAt"), query)


def _page(world: World, table: str, found: list[Json], query: Mapping[str, str]) -> Json:
    page, limit = _count(query, "page", 1), _count(query, "limit", 100)
    limit = min(limit, int(world.state["settings"].get("max_limit", 1000)))
    return {table: [shown(world, row) for row in paged(found, page, limit)], "totalCount": len(found), "page": page}


def _count(query: Mapping[str, str], name: str, usual: int) -> int:
    return count(query, name, usual, lambda: Refusal(**{name: "must be a positive integer"}))


def _has(table: str, row: Json, word: str) -> bool:
    names = [row["name"]] + ([row["customer"]["name"]] if table == "deals" and row["customer"] else [])
    return any(word.casefold() in str(name).casefold() for name in names)


def _sorted(found: Iterable[Json], sort: str) -> list[Json]:
    out = sorted(found, key=lambda row: -int(row["id"]))
    for key in reversed(sort.split(",")):
        name = key.removeprefix("-")
        if name not in SORTED:
            raise Refusal(sort=f"{name} cannot be sorted by")
        out.sort(key=lambda row: row[name], reverse=key.startswith("-"))
    return out


def _instant(world: World, name: str, text: str) -> datetime:
    try:
        told = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(**{name: "must be ISO 8601"}) from None
    if not world.state["settings"].get("offset_heard", True):
        return told.replace(tzinfo=UTC)
    return told if told.tzinfo else told.replace(tzinfo=JST)


def _from(found: Iterable[Json], start: datetime) -> list[Json]:
    return [row for row in found if datetime.fromisoformat(row["updatedAt"]) >= start.replace(microsecond=0)]


def _to(found: Iterable[Json], end: datetime) -> list[Json]:
    return [row for row in found if datetime.fromisoformat(row["updatedAt"]) <= end]


# ---------------------------------------------------------------- search


def searched(world: World, body: Any) -> Json:
    """POST /deals/search. Known: one value filter, or several joined by AND; ``customerId`` and ``name``; the operator ``=``."""
    if not isinstance(body, dict) or not isinstance(body.get("filter"), dict):
        raise Refusal(filter="required")
    found = [row for row in rows(world, "deals").values() if _fits(row, body["filter"])]
    page = {name: str(body[name]) for name in ("page", "limit") if name in body}
    return _page(world, "deals", _sorted(found, "-updatedAt"), page)


def _fits(row: Json, condition: Any) -> bool:
    if isinstance(condition, dict) and "compositeFilter" in condition:
        several = condition["compositeFilter"]
        if several.get("logicalOperator") != "AND":
            raise Refusal(logicalOperator="is not supported")
        fitting = [
            _fits(row, one) for one in several.get("subFilters", [])
        ]  # every condition is read, whatever the first says
        return all(fitting)
    try:
        one = condition["valueFilter"]
        reference, operator, value = one["field"]["reference"], one["comparisonOperator"], one["value"]
        ((kind, wanted),) = value.items()
    except (TypeError, KeyError, ValueError, AttributeError):
        raise Refusal(filter="cannot be read") from None
    if operator != "=" or reference not in ("customerId", "name") or not isinstance(wanted, VALUES.get(kind, ())):
        raise Refusal(filter=f"{reference} {operator} {kind} is not supported")
    held = row["name"] if reference == "name" else (row["customer"] or {}).get("id")
    return bool(held == wanted)
