"""Editing a live sync: what an edit would do, before it is saved (G18)."""

from __future__ import annotations

from typing import Any

import msgspec
from ninja import Router

from choai.model.mapping import MappingRow, MatchKey
from choai.runtime import control
from choai.store import drafts, history, syncs
from choai.store.models import Sync
from choai.web import render
from choai.web.api.syncs import demand_directions, demand_mapping
from choai.web.auth import Request, allowed
from choai.web.faults import reader_of
from choai.web.render import Places
from choai.web.shapes.common import Started
from choai.web.shapes.consequence import ConsequenceOut, DraftIn, DraftSave
from choai.web.shapes.runs import RunRow

router = Router()


def _fields(request: Request, sync: Sync, payload: DraftIn) -> dict[str, Any]:
    """The edits as fields of Sync, checked as if they were to be saved."""
    given = payload.dict(exclude={"version", "rows", "match_keys"}, exclude_unset=True)
    demand_directions(sync, given.get("directions") or ())
    fields = syncs.fields_of(given)
    if payload.rows is not None or payload.match_keys is not None:
        rows, keys = syncs.mapping_of(sync)
        if payload.rows is not None:
            rows = msgspec.convert([row.dict() for row in payload.rows], list[MappingRow])
        if payload.match_keys is not None:
            keys = msgspec.convert([key.dict() for key in payload.match_keys], list[MatchKey])
        demand_mapping(request, sync, rows, keys)
        fields |= {"mapping": msgspec.to_builtins(rows), "match_keys": msgspec.to_builtins(keys)}
    return fields


@router.post("/syncs/{sync_id}/consequence", response=Started, auth=allowed("configure"))
def preview_settings(request: Request, sync_id: int, payload: DraftIn) -> dict[str, Any]:
    """Begin a preview of what these settings would do to all records. Nothing is saved and nothing is written."""
    caller = request.auth
    sync = syncs.one(caller.workspace_id, sync_id)
    run_id = control.start_draft(
        sync_id,
        workspace_id=caller.workspace_id,
        user_id=caller.user_id,
        version=payload.version,
        fields=_fields(request, sync, payload),
    )
    return {"run_id": run_id}


@router.get("/syncs/{sync_id}/consequence/{run_id}", response=ConsequenceOut, auth=allowed("view"))
def get_consequence(request: Request, sync_id: int, run_id: int) -> dict[str, Any]:
    """What such a preview has found; complete once its run is planned."""
    place, reader = request.auth.workspace_id, reader_of(request)
    found = drafts.facts(place, sync_id, run_id)
    places = Places(place)
    samples = [
        {**render.item(one, one["settings"], places, reader), "fields": render.changes(one)} for one in found["samples"]
    ]
    return {**found, "samples": samples, "run": render.run(history.one(place, run_id), reader)}


@router.post("/syncs/{sync_id}/consequence/{run_id}/save", response=RunRow, auth=allowed("configure"))
def save_settings(request: Request, sync_id: int, run_id: int, payload: DraftSave) -> dict[str, Any]:
    """Save the settings of a preview; with ``apply`` its very plan is carried out as well."""
    caller = request.auth
    if payload.apply:
        caller.demand("run")
    control.save_draft(sync_id, run_id, workspace_id=caller.workspace_id, user_id=caller.user_id, apply=payload.apply)
    return render.run(history.one(caller.workspace_id, run_id), reader_of(request))
