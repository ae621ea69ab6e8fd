"""Masters: linking each kind, importing and uploading it by hand."""

from __future__ import annotations

from typing import Any

from ninja import Router

from choai.errors import ChoaiError
from choai.presets import freee_kintone as preset
from choai.runtime import control
from choai.store import audit, connections, drift, history, masters
from choai.store.models import Connection, Sync
from choai.web import live, render
from choai.web.auth import Request, allowed
from choai.web.faults import Reader, problem, reader_of
from choai.web.render import Places
from choai.web.shapes.common import PreviewIn, StartedMany
from choai.web.shapes.setup import LinkIn, LinkOut, MasterRow, Masters

router = Router()


def end_of(sync: Sync, side: str, places: Places, reader: Reader) -> dict[str, Any]:
    """One end of a linkage for people."""
    connection: Connection = getattr(sync.pairing, f"{side}_connection")
    name: str = getattr(sync.pairing, f"{side}_object")
    return {
        "connection": connection.id,
        "connection_name": connection.name,
        "object": name,
        "label": places.label(connection.id, name, reader),
        "link": places.link(connection.id, name, ""),
    }


def master_rows(workspace_id: int, reader: Reader, only: str | None = None) -> list[dict[str, Any]]:
    """All kinds (or one) with where they stand."""
    places = Places(workspace_id)
    syncs = masters.all_of(workspace_id)
    counts = masters.binding_counts(workspace_id)
    runs = history.latest_of_syncs(workspace_id, [s.id for s in syncs.values()])
    capable = _capabilities(workspace_id)
    rows = []
    for master in preset.MASTERS:
        if only is not None and master.kind != only:
            continue
        sync = syncs.get(master.kind)
        state, reason = _state(master, sync, capable, reader)
        if state == "linked" and sync is not None and (pause := drift.pauses(workspace_id, [sync.id]).get(sync.id)):
            reason = problem(pause.code, pause.facts, reader)
        rows.append(
            {
                "kind": master.kind,
                "ja": master.ja,
                "en": master.en,
                "directions": list(master.directions),
                "schedulable": master.schedule is not None,
                "state": state,
                "reason": reason,
                "pairing_id": sync and sync.pairing_id,
                "sync_id": sync and sync.id,
                "left": sync and end_of(sync, "left", places, reader),
                "right": sync and end_of(sync, "right", places, reader),
                "bindings": counts.get(sync.pairing_id, 0) if sync else 0,
                "last_run": render.last_run(runs.get(sync.id), reader) if sync else None,
            }
        )
    return rows


def _capabilities(workspace_id: int) -> list[dict[str, Any]]:
    """The accounting accounts of the workspace as they were last identified."""
    found = connections.alive(workspace_id).filter(service=preset.RIGHT_SERVICE)
    return [{**row.account, "connection": row.name} for row in found if row.account]


def _state(
    master: preset.Master, sync: Sync | None, accounts: list[dict[str, Any]], reader: Reader
) -> tuple[str, dict[str, Any] | None]:
    """linked, disabled, unlinked; unavailable when no account of the workspace offers the kind (FK-19)."""
    refusing = [a for a in accounts if a.get("capabilities", {}).get(master.kind) is False]
    if refusing and len(refusing) == len(accounts):
        code = refusing[0].get("reasons", {}).get(master.kind, "freee_plan_limit")
        facts = {"object": master.ja, "plan": refusing[0].get("plan") or "–", "connection": refusing[0]["connection"]}
        return "unavailable", problem(code, facts, reader)
    if sync is None:
        return "unlinked", None
    return ("linked", None) if sync.pairing.linked else ("disabled", problem("link_disabled", {}, reader))


@router.get("/masters", response=Masters, auth=allowed("view"))
def list_masters(request: Request) -> dict[str, Any]:
    """Every kind of master, the directions it may go, and whether it is linked."""
    return {"rows": master_rows(request.auth.workspace_id, reader_of(request))}


@router.post("/masters/{kind}/link", response=LinkOut, auth=allowed("configure"))
def link_master(request: Request, kind: str, payload: LinkIn) -> dict[str, Any]:
    """Link a kind with an app. Raises setup_incomplete while a connection is not ready (FK-03), key_field_missing when the app
    has no field that prohibits duplicates for the accounting id (FK-65). Other faults of the proposed mapping are the
    answer's ``problems`` (FK-66)."""
    caller, reader = request.auth, reader_of(request)
    place, user = caller.workspace_id, caller.user_id
    master = preset.master(kind)
    left = connections.one(place, payload.left_connection)
    right = connections.one(place, payload.right_connection)
    for row, service in ((left, preset.LEFT_SERVICE), (right, preset.RIGHT_SERVICE)):
        if row.service != service:
            raise ChoaiError("bad_request", detail=row.service, field="connection")
        if row.state == "new":
            raise ChoaiError("setup_incomplete", name="認証設定" if reader.language == "ja" else "Authentication")
    _demand_offered(right, master)
    left_schema = live.describe(place, left.id, user, payload.left_object)
    right_schema = live.describe(place, right.id, user, kind)
    if connections.labels(place).get(left.id, {}).get(payload.left_object) is None:
        live.objects(place, left.id, user)
    app = Places(place).label(left.id, payload.left_object, reader)
    draft = preset.draft(kind, left_schema, right_schema, app)
    sync = masters.link(place, user, kind, left=left, left_object=payload.left_object, right=right, draft=draft)
    return {
        "sync_id": sync.id,
        "pairing_id": sync.pairing_id,
        "problems": render.mapping_problems(draft.problems, reader),
    }


def _demand_offered(right: Connection, master: preset.Master) -> None:
    """Raises the plan's reason when the account does not offer the kind (FK-19)."""
    account = right.account or {}
    if account.get("capabilities", {}).get(master.kind) is False:
        code = account.get("reasons", {}).get(master.kind, "freee_plan_limit")
        raise ChoaiError(code, object=master.ja, plan=account.get("plan") or "–", connection=right.name)


def _set_linked(request: Request, kind: str, linked: bool) -> dict[str, Any]:
    masters.set_linked(request.auth.workspace_id, request.auth.user_id, kind, linked)
    return master_rows(request.auth.workspace_id, reader_of(request), kind)[0]


@router.post("/masters/{kind}/disable", response=MasterRow, auth=allowed("configure"))
def disable_master(request: Request, kind: str) -> dict[str, Any]:
    """Disable a linkage; its pairs, mapping and history stay."""
    return _set_linked(request, kind, False)


@router.post("/masters/{kind}/enable", response=MasterRow, auth=allowed("configure"))
def enable_master(request: Request, kind: str) -> dict[str, Any]:
    """Enable a linkage again."""
    return _set_linked(request, kind, True)


def _run_by_hand(request: Request, kind: str, direction: str, preview: bool) -> dict[str, Any]:
    caller = request.auth
    preset.demand_direction(kind, direction)
    sync = masters.one(caller.workspace_id, kind)
    run_id = control.start(
        sync.id,
        workspace_id=caller.workspace_id,
        user_id=caller.user_id,
        trigger="preview" if preview else "manual",
        preview=preview,
        to_left=direction == "to_left",
        to_right=direction == "to_right",
    )
    audit.note(
        caller.workspace_id, caller.user_id, "run.start", kind, after={"direction": direction, "preview": preview}
    )
    return {"runs": [run_id]}


@router.post("/masters/{kind}/import", response=StartedMany, auth=allowed("run"))
def import_master(request: Request, kind: str, payload: PreviewIn) -> dict[str, Any]:
    """freee → kintone, now (FK-17)."""
    return _run_by_hand(request, kind, "to_left", payload.preview)


@router.post("/masters/{kind}/upload", response=StartedMany, auth=allowed("run"))
def upload_master(request: Request, kind: str, payload: PreviewIn) -> dict[str, Any]:
    """kintone → freee, now (FK-17). Raises direction_not_offered for kinds that are only imported."""
    return _run_by_hand(request, kind, "to_right", payload.preview)
