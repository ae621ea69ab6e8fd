"""Event streams: progress of a run, and what changes in a workspace.

They look at the ledger, so they tell the truth whichever process does the work. One event model each, sent as JSON.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from django.http import StreamingHttpResponse
from ninja import Router
from ninja.responses import NinjaJSONEncoder

from choai.runtime.threads import in_thread
from choai.store import history, people
from choai.web import render
from choai.web.auth import Request, allowed
from choai.web.faults import Reader, reader_of
from choai.web.permissions import Caller
from choai.web.shapes.runs import RunEvent, WorkspaceEvent

router = Router()

LOOK = 0.5  # seconds between two looks at a run
GLANCE = 1.0  # … at a workspace
QUIET = 15.0  # after so long without news a comment keeps the line open, and the reader's rights are looked at again
OVER = ("succeeded", "partly", "error", "stopped", "cancelled")


def _event(model: type[RunEvent | WorkspaceEvent], body: dict[str, Any]) -> bytes:
    data = json.dumps(model.model_validate(body).model_dump(), cls=NinjaJSONEncoder, ensure_ascii=False)
    return f"data: {data}\n\n".encode()


async def _still_allowed(caller: Caller) -> bool:
    return await in_thread(people.membership, caller.user_id, caller.workspace_id) is not None


async def run_events(caller: Caller, run_id: int, reader: Reader) -> AsyncIterator[bytes]:
    """The run whenever it differs from what was sent last, until it has ended."""
    sent: dict[str, Any] | None = None
    silent = 0.0
    while True:
        facts = await in_thread(history.one, caller.workspace_id, run_id)
        if facts != sent:
            sent, silent = facts, 0.0
            yield _event(RunEvent, {"run": render.run(facts, reader)})
            if facts["state"] in OVER:
                return
        elif silent >= QUIET:
            silent = 0.0
            if not await _still_allowed(caller):
                return
            yield b": still here\n\n"
        await asyncio.sleep(LOOK)
        silent += LOOK


async def workspace_events(caller: Caller) -> AsyncIterator[bytes]:
    """The ids of runs that changed, while anybody listens."""
    seen = await in_thread(history.marks, caller.workspace_id)
    silent = 0.0
    yield b": listening\n\n"
    while True:
        await asyncio.sleep(GLANCE)
        silent += GLANCE
        now = await in_thread(history.marks, caller.workspace_id)
        changed = [run_id for run_id, mark in now.items() if seen.get(run_id) != mark]
        seen = now
        if changed:
            silent = 0.0
            yield _event(WorkspaceEvent, {"runs": changed})
        elif silent >= QUIET:
            silent = 0.0
            if not await _still_allowed(caller):
                return
            yield b": still here\n\n"


def _stream(events: AsyncIterator[bytes]) -> StreamingHttpResponse:
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "identity"}
    return StreamingHttpResponse(events, content_type="text/event-stream; charset=utf-8", headers=headers)


@router.get("/runs/{run_id}/events", auth=allowed("view"), response=RunEvent)
def stream_run(request: Request, run_id: int) -> StreamingHttpResponse:
    """Progress as server-sent events, each at most a second old, until the run ends."""
    caller = request.auth
    history.one(caller.workspace_id, run_id)
    return _stream(run_events(caller, run_id, reader_of(request)))


@router.get("/events", auth=allowed("view"), response=WorkspaceEvent)
def stream_workspace(request: Request) -> StreamingHttpResponse:
    """Which runs of the workspace changed, as server-sent events."""
    return _stream(workspace_events(request.auth))
