"""Event streams."""

from __future__ import annotations

from ninja import Router

from choai.web.auth import Request, allowed
from choai.web.shapes.runs import RunEvent, WorkspaceEvent

router = Router()

STREAM = {"responses": {200: {"description": "text/event-stream"}}}


@router.get("/runs/{run_id}/events", auth=allowed("view"), response=RunEvent)
def stream_run(request: Request, run_id: int):
    raise NotImplementedError


@router.get("/events", auth=allowed("view"), response=WorkspaceEvent)
def stream_workspace(request: Request):
    raise NotImplementedError
