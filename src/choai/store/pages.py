"""One page of a list. Counting stops at a limit, so that no list pays for a total nobody reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from choai.errors import ChoaiError

COUNTED = 100_000  # a list longer than this has the total "null" unless the total is known otherwise


@dataclass(slots=True)
class Found:
    """Rows of one page, and how many there are in all (None: more than anyone counted)."""

    rows: list[dict[str, Any]]
    total: int | None


def capped_count(rows: QuerySet[Any]) -> int | None:
    """How many, or None beyond COUNTED. Uses whatever index the filter uses, never the rows themselves."""
    count = rows.order_by().values("pk")[: COUNTED + 1].count()
    return None if count > COUNTED else count


def found(
    rows: QuerySet[Any],
    page: int,
    page_size: int,
    shape: Callable[[Any], dict[str, Any]],
    *,
    total: int | None = None,
    count: bool = True,
) -> Found:
    """A page of an ordered query. ``total`` is known already, or counted; with ``count`` false it stays unknown.

    The ids of the page are picked first (an index holds them), the rows are fetched by id: a late page of a long list then
    costs no wide rows that are thrown away.
    """
    start = (page - 1) * page_size
    ids = list(rows.values_list("pk", flat=True)[start : start + page_size])
    if total is None and len(ids) < page_size and (ids or page == 1):
        total = start + len(ids)  # the last page counts itself
    by_id: dict[Any, Model] = {row.pk: row for row in rows.order_by().filter(pk__in=ids)} if ids else {}
    if total is None and count:
        total = capped_count(rows)
    return Found([shape(by_id[i]) for i in ids if i in by_id], total)


def ordering(sort: str, columns: Mapping[str, Sequence[str]], default: str) -> list[str]:
    """Order-by names for a wished column ("-name" is descending); the id settles ties. Raises bad_request for a column that
    cannot be sorted by."""
    wished = sort or default
    down = wished.startswith("-")
    names = columns.get(wished.lstrip("-"))
    if names is None:
        raise ChoaiError("bad_request", detail=f"sort: {wished}", fields=sorted(columns))
    return [("-" if down else "") + n for n in (*names, "id")]
