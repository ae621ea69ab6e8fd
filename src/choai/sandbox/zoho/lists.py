"""Lists: filters as the documentation has them, order, pages of at most 200."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.responses import Response

from choai.sandbox.lists import count
from choai.sandbox.zoho.answers import Json, Refusal, done
from choai.sandbox.zoho.books import Books, Kind
from choai.sandbox.zoho.records import brief

MOST = 200
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}")
_SEARCHED = ("contact_name", "company_name", "contact_number", "display_name", "name", "email", "reference_number")


def listed(books: Books, kind: Kind, asked: Mapping[str, str], rows: list[Json] | None = None) -> Response:
    """A page of a list. A filter that is sent without a value filters nothing."""
    asked = {name: value for name, value in asked.items() if value}
    found = [r for r in (books.rows(kind.path) if rows is None else rows) if _fits(books, kind, r, asked)]
    part, context = paged(kind.key, _ordered(kind, found, asked), asked)
    told: Json = {kind.key: [brief(books, kind, row) for row in part], "page_context": context}
    return done(**told)


def paged(key: str, found: list[Json], asked: Mapping[str, str]) -> tuple[list[Json], Json]:
    """The rows of the page that is asked for, and the context that goes with them."""
    page, size = _whole(asked, "page", 1), min(_whole(asked, "per_page", MOST), MOST)
    part = found[(page - 1) * size : page * size]
    return part, {
        "page": page,
        "per_page": size,
        "has_more_page": page * size < len(found),
        "report_name": key.capitalize(),
        "applied_filter": asked.get("filter_by", "Status.All"),
        "sort_column": asked.get("sort_column", "created_time"),
        "sort_order": asked.get("sort_order", "D"),
    }


def _fits(books: Books, kind: Kind, row: Json, asked: Mapping[str, str]) -> bool:
    for name in kind.filters:
        if name in asked and str(row.get(name) or "").lower() != asked[name].lower():
            return False
        start, inner = asked.get(f"{name}_startswith"), asked.get(f"{name}_contains")
        text = str(row.get(name) or "").lower()
        if (start and not text.startswith(start.lower())) or (inner and inner.lower() not in text):
            return False
    word = asked.get("search_text", "").lower()
    if len(word) > 100:
        raise Refusal("Please ensure that the search_text has less than 100 characters.", 15)
    if word and not any(word in str(row.get(name) or "").lower() for name in _SEARCHED):
        return False
    if kind.since and "last_modified_time" in asked and not _after(row, asked["last_modified_time"]):
        return False
    wanted = asked.get("filter_by", "").rpartition(".")[2].lower()
    return wanted in ("", "all") or str(row.get("status", "")).replace("_", "") == wanted


def _after(row: Json, told: str) -> bool:
    if not _INSTANT.fullmatch(told):  # an unencoded + has become a space
        raise Refusal("Invalid value passed for last_modified_time")
    return datetime.fromisoformat(row["_changed"]) > datetime.fromisoformat(told)


def _ordered(kind: Kind, rows: list[Json], asked: Mapping[str, str]) -> list[Json]:
    column = asked.get("sort_column")
    if column is None:
        column = "created_time"
    elif column not in kind.sorts:
        raise Refusal("Invalid value passed for sort_column")
    name = "_changed" if column in ("last_modified_time", "updated_time") else column
    down = asked.get("sort_order", "A" if "sort_column" in asked else "D") == "D"

    def key(row: Json) -> Any:
        value = row.get(name, "")
        return (isinstance(value, str), value)

    return sorted(rows, key=key, reverse=down)


def _whole(asked: Mapping[str, str], name: str, default: int) -> int:
    return count(asked, name, default, lambda: Refusal(f"Invalid value passed for {name}"))
