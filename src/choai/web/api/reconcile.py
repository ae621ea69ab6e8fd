"""Reconciliations: start, follow, read, download, verify."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, StreamingHttpResponse
from ninja import Body, Query, Router

from choai.connectors import registry
from choai.errors import ChoaiError
from choai.report import csv
from choai.runtime import control
from choai.store import audit, reconcile
from choai.web import downloads
from choai.web.auth import Request, allowed
from choai.web.faults import Reader, problem, problem_or_none, reader_of
from choai.web.paging import DifferenceQuery, Encoding, Language, ReconciliationQuery
from choai.web.render import Places
from choai.web.shapes.common import Listing
from choai.web.shapes.reconcile import (
    DifferenceRow,
    ReconciliationDetail,
    ReconciliationRow,
    ReconciliationStarted,
    Verified,
)

router = Router()


@router.post("/syncs/{sync_id}/reconcile", response=ReconciliationStarted, auth=allowed("run"))
def start_reconciliation(request: Request, sync_id: int) -> dict[str, int]:
    """Lay the two sides of a sync side by side: everything is read, nothing is written to a service."""
    caller = request.auth
    new = control.start_reconcile(sync_id, workspace_id=caller.workspace_id, user_id=caller.user_id)
    audit.note(caller.workspace_id, caller.user_id, "sync.reconcile", str(sync_id), after={"reconciliation": new})
    return {"id": new}


@router.get("/reconciliations", response=Listing[ReconciliationRow], auth=allowed("view"))
def list_reconciliations(request: Request, page: Query[ReconciliationQuery]) -> dict[str, Any]:
    """Reconciliations, newest first."""
    place, reader = request.auth.workspace_id, reader_of(request)
    found = reconcile.listed(place, **page.dict())
    places = Places(place)
    rows = [_row(row, places, reader) for row in found.rows]
    return {"rows": rows, "total": found.total, "page": page.page, "page_size": page.page_size}


@router.post("/reconciliations/verify", response=Verified, auth=allowed("view"))
def verify_statement(request: Request, payload: Body[dict[str, Any]]) -> dict[str, Any]:
    """Whether this installation signed exactly this statement."""
    said = reconcile.verify(payload)
    wrong = problem(reconcile.REASONS[said.reason], {}, reader_of(request)) if said.reason else None
    return {"valid": said.valid, "reason": said.reason, "problem": wrong}


@router.get("/reconciliations/{reconciliation_id}.csv", auth=allowed("view"))
def download_differences(
    request: Request, reconciliation_id: int, page: Query[DifferenceQuery], encoding: Encoding = "utf8"
) -> StreamingHttpResponse:
    """All differences the filter finds as CSV, a line for each field: UTF-8 with BOM, or Shift_JIS."""
    place, language = request.auth.workspace_id, reader_of(request).language
    ends = reconcile.one(place, reconciliation_id)["ends"]
    rows = reconcile.streamed(place, reconciliation_id, kind=page.kind, q=page.q)
    places = Places(place)
    lines = (line for row in rows for line in csv.difference_lines(_difference(row, ends, places), language))
    name = f"reconciliation-{reconciliation_id}.csv"
    return downloads.answer(csv.encoded(csv.difference_head(language), lines, encoding), name, encoding)


@router.get("/reconciliations/{reconciliation_id}.pdf", auth=allowed("view"))
def download_report(request: Request, reconciliation_id: int, lang: Language | None = None) -> HttpResponse:
    """The report to print and file. Raises ``reconciliation_unfinished`` before the end."""
    from choai.report import pdf  # its library loads only when a report is wanted

    place = request.auth.workspace_id
    found = reconcile.one(place, reconciliation_id)
    if found["statement"] is None:
        raise ChoaiError("reconciliation_unfinished", id=reconciliation_id, state=found["state"])
    rows = reconcile.streamed(place, reconciliation_id)
    made = pdf.report(found["statement"], found["fields"], rows, registry.names(), lang or reader_of(request).language)
    headers = {"Content-Disposition": f'attachment; filename="reconciliation-{reconciliation_id}.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


@router.get("/reconciliations/{reconciliation_id}", response=ReconciliationDetail, auth=allowed("view"))
def get_reconciliation(request: Request, reconciliation_id: int) -> dict[str, Any]:
    """One reconciliation with its sums and its signed statement."""
    place = request.auth.workspace_id
    return _row(reconcile.one(place, reconciliation_id), Places(place), reader_of(request))


@router.get("/reconciliations/{reconciliation_id}/differences", response=Listing[DifferenceRow], auth=allowed("view"))
def list_differences(request: Request, reconciliation_id: int, page: Query[DifferenceQuery]) -> dict[str, Any]:
    """What does not agree: each record with its differing fields, both values and both bases."""
    place = request.auth.workspace_id
    ends = reconcile.one(place, reconciliation_id)["ends"]
    found = reconcile.differences(place, reconciliation_id, **page.dict())
    places = Places(place)
    rows = [_difference(row, ends, places) for row in found.rows]
    return {"rows": rows, "total": found.total, "page": page.page, "page_size": page.page_size}


@router.post("/reconciliations/{reconciliation_id}/cancel", response=ReconciliationRow, auth=allowed("run"))
def cancel_reconciliation(request: Request, reconciliation_id: int) -> dict[str, Any]:
    """End a comparison at the next page or chunk; it has no statement then. No effect on an ended one."""
    caller = request.auth
    before = reconcile.one(caller.workspace_id, reconciliation_id)
    if "cancel" in before["actions"]:
        control.cancel(reconciliation_id, workspace_id=caller.workspace_id, user_id=caller.user_id)
        audit.note(caller.workspace_id, caller.user_id, "reconciliation.cancel", str(reconciliation_id))
    place = caller.workspace_id
    return _row(reconcile.one(place, reconciliation_id), Places(place), reader_of(request))


def _row(facts: dict[str, Any], places: Places, reader: Reader) -> dict[str, Any]:
    return {
        **facts,
        **{side: _end(at, places, reader) for side, at in facts["ends"].items()},
        "problem": problem_or_none(facts["code"], facts["facts"], reader),
        "notes": [problem(note["code"], note.get("facts", {}), reader) for note in facts["notes"]],
    }


def _end(at: dict[str, Any], places: Places, reader: Reader) -> dict[str, Any]:
    row = places.row(at["connection"])
    label = places.label(row.id, at["object"], reader)
    return {
        "connection": {"id": row.id, "name": row.name},
        "service": row.service,
        "object": at["object"],
        "label": label,
    }


def _difference(row: dict[str, Any], ends: dict[str, Any], places: Places) -> dict[str, Any]:
    return {**row, **places.links(ends, row)}
