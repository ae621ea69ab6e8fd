"""Lists: date filter, paging, and the faults that damage a page."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import Response

from choai.sandbox.freee.answers import answer
from choai.sandbox.freee.books import Row
from choai.sandbox.freee.gate import Call


def listed(
    call: Call,
    kind: str,
    show: Callable[[Row], Row],
    *,
    envelope: str | None = None,
    most: int | None = None,
    usual: int = 50,
    dates: bool = True,
    keep: Callable[[Row], bool] | None = None,
) -> Response:
    """Rows in the order of their ids. ``most`` is the highest ``limit`` (None: the list has no paging), ``usual`` the default."""
    start, end = (call.day("start_update_date"), call.day("end_update_date")) if dates else (None, None)
    offset = call.whole("offset", 0, None, 0) if most else 0
    limit = call.whole("limit", 1, most, usual) if most else None
    rows = call.table(kind).view(start, end)
    if keep is not None:
        rows = [row for row in rows if keep(row)]
    rows = rows[offset:] if limit is None else rows[offset : offset + limit]
    line = f"{call.request.method} {call.request.url.path}"
    if call.world.fault("empty_page", line):
        rows = []
    if call.world.fault("partial", line):
        rows = rows[: len(rows) // 2]
    return answer({envelope or kind: [show(row) for row in rows]})
