"""Undoing runs, tracing records, verifying the audit trail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from ninja import Query, Router
from pydantic import Field

from choai.runtime import bell
from choai.store import audit, trace, undo
from choai.web import render
from choai.web.auth import Request, allowed
from choai.web.faults import problem_or_none, reader_of
from choai.web.paging import PageQuery
from choai.web.render import Places
from choai.web.shapes.common import Listing, Started
from choai.web.shapes.inbox import AuditVerdict, TraceRow, UndoPreview

router = Router()


class TraceQuery(PageQuery):
    sync: int
    side: Literal["left", "right"]
    id: str = Field(min_length=1, max_length=120)


@router.get("/runs/{run_id}/undo", response=UndoPreview, auth=allowed("view"))
def preview_undo(request: Request, run_id: int, page: Query[PageQuery]) -> dict[str, Any]:
    """What undoing a run would put back, and what it would only list."""
    place, reader = request.auth.workspace_id, reader_of(request)
    found = undo.preview(place, run_id, page=page.page, page_size=page.page_size)
    places, ends = Places(place), found["ends"]
    rows = [
        {
            **row,
            "problem": problem_or_none(row["code"], _facts(row, ends, places), reader),
            "left_link": places.link(ends["left"]["connection"], ends["left"]["object"], row["left_id"]),
            "right_link": places.link(ends["right"]["connection"], ends["right"]["object"], row["right_id"]),
        }
        for row in found["items"].rows
    ]
    return {**found, "rows": rows, "total": found["items"].total, "page": page.page, "page_size": page.page_size}


def _facts(row: Mapping[str, Any], ends: Mapping[str, Mapping[str, Any]], places: Places) -> dict[str, str]:
    """Where an item was written, for the text that says why it is only listed."""
    side = row["side"]
    return {**places.service(ends[side]["connection"]), "name": row["name"], "id": row[f"{side}_id"]}


@router.post("/runs/{run_id}/undo", response=Started, auth=allowed("configure"))
def undo_run(request: Request, run_id: int) -> dict[str, Any]:
    """Begin the run that puts a run's CRM updates back."""
    new = undo.start(request.auth.workspace_id, request.auth.user_id, run_id)
    bell.ring()
    return {"run_id": new}


@router.get("/records/trace", response=Listing[TraceRow], auth=allowed("view"))
def trace_record(request: Request, page: Query[TraceQuery]) -> dict[str, Any]:
    """Every outcome of one record, newest first, with the values before and after."""
    place, reader = request.auth.workspace_id, reader_of(request)
    found = trace.of_record(place, **page.dict(exclude={"sort", "q"}))
    places = Places(place)
    rows = [
        {**render.item(row, row["settings"], places, reader), "run": row["run"], "fields": render.changes(row)}
        for row in found.rows
    ]
    return {"rows": rows, "total": found.total, "page": page.page, "page_size": page.page_size}


@router.get("/audit/verify", response=AuditVerdict, auth=allowed("administer"))
def verify_audit(request: Request) -> dict[str, Any]:
    """Walk the chain of the workspace's audit trail from its beginning to its end."""
    found = audit.verify(request.auth.workspace_id)
    return {
        "intact": found.intact,
        "entries": found.entries,
        "head": found.head,
        "broken": found.broken,
        "reason": found.reason,
        "at": found.at,
    }
