"""Syncs and their mappings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from ninja import Query, Router

from choai.errors import ChoaiError
from choai.model import check_mapping as checks
from choai.model.automap import propose
from choai.model.check_mapping import Problem
from choai.model.convert import CONVERTERS
from choai.model.mapping import MappingRow, MatchKey, Side
from choai.model.schema import Schema
from choai.presets import freee_kintone as preset
from choai.runtime import control
from choai.store import any_pairs, audit, connections, drift, history, masters, schedules, syncs
from choai.store.models import Sync
from choai.web import live, render
from choai.web.api.masters import end_of
from choai.web.auth import Request, allowed
from choai.web.faults import Reader, problem, reader_of
from choai.web.paging import PageQuery
from choai.web.render import Places
from choai.web.shapes.common import Listing, Started
from choai.web.shapes.syncs import (
    MappingCheckIn,
    MappingIn,
    MappingOut,
    MappingProblems,
    Proposals,
    SyncDetail,
    SyncPatch,
    SyncRow,
    SyncRunIn,
)

router = Router()


def _end(sync: Sync, side: str, places: Places, reader: Reader) -> dict[str, Any]:
    end = end_of(sync, side, places, reader)
    return {**end, "service": getattr(sync.pairing, f"{side}_connection").service, "deep_link": end["link"]}


def _row(sync: Sync, places: Places, counts: dict[int, int], runs: dict[int, Any], reader: Reader) -> dict[str, Any]:
    pause = drift.pauses(sync.workspace_id, [sync.id]).get(sync.id)
    return {
        "id": sync.id,
        "name": sync.name,
        "preset": sync.preset,
        "kind": sync.pairing.kind,
        "pairing": sync.pairing_id,
        "linked": sync.pairing.linked,
        "left": _end(sync, "left", places, reader),
        "right": _end(sync, "right", places, reader),
        "directions": syncs.directions(sync),
        "last_run": render.last_run(runs.get(sync.id), reader),
        "bindings": counts.get(sync.pairing_id, 0),
        "version": sync.version,
        "paused": problem(pause.code, pause.facts, reader) if pause is not None else None,
    }


@router.get("/syncs", response=Listing[SyncRow], auth=allowed("view"))
def list_syncs(request: Request, page: Query[PageQuery]) -> dict[str, Any]:
    """The syncs of the workspace."""
    place, reader = request.auth.workspace_id, reader_of(request)
    found = syncs.listed(place, **page.dict())
    shown = [row["sync"] for row in found.rows]
    places, counts = Places(place), masters.binding_counts(place)
    runs = history.latest_of_syncs(place, [sync.id for sync in shown])
    rows = [_row(sync, places, counts, runs, reader) for sync in shown]
    return {"rows": rows, "total": found.total, "page": page.page, "page_size": page.page_size}


def _detail(request: Request, sync: Sync) -> dict[str, Any]:
    place, reader = request.auth.workspace_id, reader_of(request)
    runs = history.latest_of_syncs(place, [sync.id])
    when = sync.schedule
    return {
        **_row(sync, Places(place), masters.binding_counts(place), runs, reader),
        "duplicate_policy": sync.duplicate_policy,
        "conflict_policy": sync.conflict_policy,
        "delete_policy": sync.delete_policy,
        "selection": sync.selection,
        "match_keys": sync.match_keys,
        "options": sync.options,
        "resync": sync.resync,
        "run_as": schedules.run_as(sync),
        "schedule": when and {"id": when.id, "kind": when.kind, "enabled": when.enabled, "next_at": when.next_at},
    }


@router.get("/syncs/{sync_id}", response=SyncDetail, auth=allowed("view"))
def get_sync(request: Request, sync_id: int) -> dict[str, Any]:
    """One sync with all its settings."""
    return _detail(request, syncs.one(request.auth.workspace_id, sync_id))


def demand_directions(sync: Sync, wanted: Sequence[str]) -> None:
    """Raises what the preset says to a direction that it does not offer."""
    if sync.preset == preset.PRESET:
        for direction in wanted:
            preset.demand_direction(sync.pairing.kind, direction)


@router.patch("/syncs/{sync_id}", response=SyncDetail, auth=allowed("configure"))
def patch_sync(request: Request, sync_id: int, payload: SyncPatch) -> dict[str, Any]:
    """Change settings; runs at work keep theirs, cursors stay."""
    changes = payload.dict(exclude={"version"}, exclude_unset=True)
    sync = syncs.one(request.auth.workspace_id, sync_id)
    demand_directions(sync, changes.get("directions") or ())
    if changes.get("run_as") is not None:
        request.auth.demand("administer")
    sync = syncs.change(
        request.auth.workspace_id, request.auth.user_id, sync_id, version=payload.version, changes=changes
    )
    return _detail(request, sync)


# ------------------------------------------------------------------ mapping


def _schemas(request: Request, sync: Sync) -> dict[Side, tuple[Schema, Any]]:
    caller, pairing = request.auth, sync.pairing
    ends = {
        Side.LEFT: (pairing.left_connection_id, pairing.left_object),
        Side.RIGHT: (pairing.right_connection_id, pairing.right_object),
    }
    return {
        side: live.known_schema(caller.workspace_id, connection_id, caller.user_id, name)
        for side, (connection_id, name) in ends.items()
    }


def _targets(sync: Sync) -> set[Side]:
    """A mapping must be fit for every direction that may be asked for by hand, not only the scheduled one."""
    if sync.preset == preset.PRESET:
        offered = preset.master(sync.pairing.kind).directions
        return {side for side in Side if f"to_{side.value}" in offered}
    return syncs.targets(sync)


def _check(
    sync: Sync, rows: Sequence[MappingRow], keys: Sequence[MatchKey], left: Schema, right: Schema
) -> list[Problem]:
    unique_on = {Side.LEFT} if sync.pairing.left_connection.service == preset.LEFT_SERVICE else set()
    problems = checks.check_mapping(rows, left, right, _targets(sync), keys=keys, unique_on=unique_on)
    pairing = sync.pairing
    ends = pairing.left_connection_id, pairing.right_connection_id
    return problems + not_synced(sync.workspace_id, ends, rows, left, right)


def not_synced(
    workspace_id: int, ends: tuple[int, int], rows: Sequence[MappingRow], left: Schema, right: Schema
) -> list[Problem]:
    """Warnings for references between objects of these two connections that no sync pairs, with the objects' names for people."""
    tied = any_pairs.tied(workspace_id, *ends) | {(left.object, right.object)}
    found = checks.check_references(rows, left, right, tied)
    labels = connections.labels(workspace_id) if found else {}
    for problem_ in found:
        for fact, connection_id in zip(("target", "other"), ends, strict=True):
            name = str(problem_.facts[fact])
            known = labels.get(connection_id, {}).get(name, {})
            problem_.facts.update({f"{fact}_ja": known.get("ja") or name, f"{fact}_en": known.get("en") or name})
    return found


def _mapping(request: Request, sync: Sync) -> dict[str, Any]:
    reader = reader_of(request)
    schemas = _schemas(request, sync)
    (left, left_seen), (right, right_seen) = schemas[Side.LEFT], schemas[Side.RIGHT]
    rows, keys = syncs.mapping_of(sync)
    problems = _check(sync, rows, keys, left, right)
    worst: dict[int, str] = {}
    for found in problems:
        if found.row is not None and worst.get(found.row) != "error":
            worst[found.row] = found.severity
    return {
        "rows": [{**row, "status": worst.get(n, "ok")} for n, row in enumerate(msgspec.to_builtins(rows))],
        "left": render.schema(left, left_seen),
        "right": render.schema(right, right_seen),
        "converters": converters(),
        "match_keys": sync.match_keys,
        "problems": render.mapping_problems(problems, reader),
        "directions": sorted(f"to_{side.value}" for side in _targets(sync)),
        "version": sync.version,
    }


def converters() -> list[dict[str, Any]]:
    """The converters a mapping may name."""
    return [
        {
            "name": c.name,
            "ja": c.ja,
            "en": c.en,
            "left_kinds": sorted(k.value for k in c.left_kinds),
            "right_kinds": sorted(k.value for k in c.right_kinds),
            "two_way": c.to_left is not None and c.to_right is not None,
            "options": [
                {
                    "name": o.name,
                    "ja": o.ja,
                    "en": o.en,
                    "kind": o.kind,
                    "choices": list(o.choices),
                    "required": o.required,
                }
                for o in c.options
            ],
        }
        for c in CONVERTERS.values()
    ]


def _given(payload: MappingCheckIn) -> tuple[list[MappingRow], list[MatchKey]]:
    rows = msgspec.convert([row.dict() for row in payload.rows], list[MappingRow])
    return rows, msgspec.convert([key.dict() for key in payload.match_keys], list[MatchKey])


def demand_mapping(request: Request, sync: Sync, rows: Sequence[MappingRow], keys: Sequence[MatchKey]) -> None:
    """Raises mapping_invalid when a mapping has errors."""
    schemas = _schemas(request, sync)
    problems = _check(sync, rows, keys, schemas[Side.LEFT][0], schemas[Side.RIGHT][0])
    errors = [p for p in problems if p.severity == "error"]
    if errors:
        first = render.mapping_problems(errors[:1], reader_of(request))[0]["problem"]
        raise ChoaiError("mapping_invalid", count=len(errors), detail=first["title"], name=sync.name)


@router.get("/syncs/{sync_id}/mapping", response=MappingOut, auth=allowed("view"))
def get_mapping(request: Request, sync_id: int) -> dict[str, Any]:
    """The mapping with both schemas, the converters there are, and what is wrong with it."""
    return _mapping(request, syncs.one(request.auth.workspace_id, sync_id))


@router.put("/syncs/{sync_id}/mapping", response=MappingOut, auth=allowed("configure"))
def put_mapping(request: Request, sync_id: int, payload: MappingIn) -> dict[str, Any]:
    """Save the mapping. One with errors is refused as mapping_invalid; what is wrong is in POST …/mapping/check."""
    caller = request.auth
    sync = syncs.one(caller.workspace_id, sync_id)
    rows, keys = _given(payload)
    demand_mapping(request, sync, rows, keys)
    sync = syncs.save_mapping(
        caller.workspace_id, caller.user_id, sync_id, version=payload.version, mapping=rows, match_keys=keys
    )
    return _mapping(request, sync)


@router.post("/syncs/{sync_id}/mapping/propose", response=Proposals, auth=allowed("configure"))
def propose_mapping(request: Request, sync_id: int) -> dict[str, Any]:
    """Rows the fields suggest. Nothing is saved."""
    sync = syncs.one(request.auth.workspace_id, sync_id)
    schemas = _schemas(request, sync)
    left, right = schemas[Side.LEFT][0], schemas[Side.RIGHT][0]
    if sync.preset == preset.PRESET:
        left = preset.cast_parts(left, preset.noun_of(right))
    return {
        "rows": [{**msgspec.to_builtins(p.row), "score": p.score, "why": p.why} for p in propose(left, right)],
    }


@router.post("/syncs/{sync_id}/mapping/check", response=MappingProblems, auth=allowed("configure"))
def check_mapping(request: Request, sync_id: int, payload: MappingCheckIn) -> dict[str, Any]:
    """What is wrong with a mapping that is being edited."""
    sync = syncs.one(request.auth.workspace_id, sync_id)
    rows, keys = _given(payload)
    schemas = _schemas(request, sync)
    problems = _check(sync, rows, keys, schemas[Side.LEFT][0], schemas[Side.RIGHT][0])
    return {"problems": render.mapping_problems(problems, reader_of(request))}


@router.post("/syncs/{sync_id}/run", response=Started, auth=allowed("run"))
def run_sync(request: Request, sync_id: int, payload: SyncRunIn) -> dict[str, Any]:
    """Run or preview a sync now, in its own directions or in those asked for."""
    caller = request.auth
    sync = syncs.one(caller.workspace_id, sync_id)
    wanted = {"both": ("to_left", "to_right"), None: ()}.get(payload.direction, (str(payload.direction),))
    demand_directions(sync, wanted)
    run_id = control.start(
        sync.id,
        workspace_id=caller.workspace_id,
        user_id=caller.user_id,
        trigger="preview" if payload.preview else "api" if caller.token_id else "manual",
        preview=payload.preview,
        to_left="to_left" in wanted if wanted else None,
        to_right="to_right" in wanted if wanted else None,
    )
    audit.note(
        caller.workspace_id,
        caller.user_id,
        "run.start",
        sync.name,
        after={"direction": payload.direction, "preview": payload.preview},
    )
    return {"run_id": run_id}
