"""Runs and their outcomes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import StreamingHttpResponse
from ninja import Query, Router

from choai.errors import ChoaiError
from choai.report import csv
from choai.runtime import control
from choai.store import audit, history, outcomes
from choai.web import downloads, render
from choai.web.auth import Request, allowed
from choai.web.faults import reader_of
from choai.web.paging import Encoding, ItemQuery, RunQuery
from choai.web.render import Places
from choai.web.shapes.common import Listing, Started
from choai.web.shapes.runs import ItemDetail, ItemRow, RetryIn, RunRow

router = Router()


def _run(request: Request, run_id: int) -> dict[str, Any]:
    return render.run(history.one(request.auth.workspace_id, run_id), reader_of(request))


@router.get("/runs", response=Listing[RunRow], auth=allowed("view"))
def list_runs(request: Request, page: Query[RunQuery]) -> dict[str, Any]:
    """Runs, newest first, previews included."""
    reader = reader_of(request)
    found = history.listed(request.auth.workspace_id, **page.dict())
    rows = [render.run(row, reader) for row in found.rows]
    return {"rows": rows, "total": found.total, "page": page.page, "page_size": page.page_size}


@router.get("/runs/{run_id}", response=RunRow, auth=allowed("view"))
def get_run(request: Request, run_id: int) -> dict[str, Any]:
    """One run."""
    return _run(request, run_id)


@router.get("/runs/{run_id}/items", response=Listing[ItemRow], auth=allowed("view"))
def list_items(request: Request, run_id: int, page: Query[ItemQuery]) -> dict[str, Any]:
    """The items of a run: of a waiting plan what will be done, of an ended run what happened to each record (FK-48)."""
    place, reader = request.auth.workspace_id, reader_of(request)
    found = outcomes.listed(place, run_id, **page.dict())
    ends, places = outcomes.ends_of(place, run_id), Places(place)
    rows = [render.item(row, ends, places, reader) for row in found.rows]
    return {"rows": rows, "total": found.total, "page": page.page, "page_size": page.page_size}


@router.get("/runs/{run_id}/items.csv", auth=allowed("view"))
def download_items(
    request: Request, run_id: int, page: Query[ItemQuery], encoding: Encoding = "utf8"
) -> StreamingHttpResponse:
    """All items the filter finds, as CSV: UTF-8 with BOM, or Shift_JIS with 〓 for letters it does not have."""
    place, reader = request.auth.workspace_id, reader_of(request)
    filters = page.dict(include={"outcome", "op", "side", "code", "q"})
    rows = outcomes.streamed(place, run_id, **filters)
    ends, places = outcomes.ends_of(place, run_id), Places(place)
    lines = (csv.item_line(render.item(row, ends, places, reader), reader.language) for row in rows)
    return downloads.answer(csv.encoded(csv.item_head(reader.language), lines, encoding), f"run-{run_id}.csv", encoding)


@router.get("/runs/{run_id}/items/{item_id}", response=ItemDetail, auth=allowed("view"))
def get_item(request: Request, run_id: int, item_id: int) -> dict[str, Any]:
    """One item with its fields before and after."""
    place, reader = request.auth.workspace_id, reader_of(request)
    found = outcomes.one(place, run_id, item_id)
    row = render.item(found, found["settings"], Places(place), reader)
    return {**row, "fields": render.changes(found)}


# ------------------------------------------------------------------ deciding about a run


def _do(request: Request, run_id: int, action: str, act: Callable[..., Any]) -> dict[str, Any]:
    """Do what a button of a run says, when the run's state offers it (not_actionable)."""
    caller = request.auth
    before = history.one(caller.workspace_id, run_id)
    if action not in before["actions"]:
        raise ChoaiError("not_actionable", state=before["state"], id=run_id)
    act(run_id, workspace_id=caller.workspace_id, user_id=caller.user_id)
    audit.note(caller.workspace_id, caller.user_id, f"run.{action}", str(run_id))
    return _run(request, run_id)


@router.post("/runs/{run_id}/apply", response=RunRow, auth=allowed("run"))
def apply_run(request: Request, run_id: int) -> dict[str, Any]:
    """Carry out exactly the plan that was shown."""
    return _do(request, run_id, "apply", control.apply_plan)


@router.post("/runs/{run_id}/discard", response=RunRow, auth=allowed("run"))
def discard_run(request: Request, run_id: int) -> dict[str, Any]:
    """Drop a waiting plan."""
    return _do(request, run_id, "discard", control.discard)


@router.post("/runs/{run_id}/cancel", response=RunRow, auth=allowed("run"))
def cancel_run(request: Request, run_id: int) -> dict[str, Any]:
    """End a run after the batch at work."""
    return _do(request, run_id, "cancel", control.cancel)


@router.post("/runs/{run_id}/pause", response=RunRow, auth=allowed("run"))
def pause_run(request: Request, run_id: int) -> dict[str, Any]:
    """Halt a run after the batch at work."""
    return _do(request, run_id, "pause", control.pause)


@router.post("/runs/{run_id}/resume", response=RunRow, auth=allowed("run"))
def resume_run(request: Request, run_id: int) -> dict[str, Any]:
    """Let a paused run go on."""
    return _do(request, run_id, "resume", control.resume)


@router.post("/runs/{run_id}/retry", response=Started, auth=allowed("run"))
def retry_run(request: Request, run_id: int, payload: RetryIn) -> dict[str, Any]:
    """A new run of only these items, or of all that did not succeed."""
    caller = request.auth
    new = control.retry(run_id, payload.items, workspace_id=caller.workspace_id, user_id=caller.user_id)
    audit.note(caller.workspace_id, caller.user_id, "run.retry", str(run_id), after={"run": new})
    return {"run_id": new}
