"""The needs-attention inbox: what waits, what may be answered, answering, and taking back."""

from __future__ import annotations

from typing import Any, Literal

from ninja import Query, Router
from pydantic import Field

from choai.connectors.contract import Window
from choai.engine.codec import plain
from choai.engine.context import object_spec
from choai.engine.decide import same_name
from choai.errors import ChoaiError
from choai.model.mapping import Side
from choai.model.record import Record
from choai.runtime import bell, control, link
from choai.store import audit, decisions, inbox
from choai.store.models import Run
from choai.web import live
from choai.web.auth import Request, allowed
from choai.web.faults import Reader, problem, reader_of
from choai.web.paging import PageQuery
from choai.web.permissions import Caller
from choai.web.render import Places
from choai.web.shapes.common import Listing, Ok
from choai.web.shapes.inbox import (
    Decided,
    DecideIn,
    DecideMany,
    DecisionRow,
    FoundRecords,
    InboxCounts,
    InboxRow,
    TakeBackIn,
)

router = Router()
PAGES = 5  # of a service that is asked for a name it cannot be asked for


class InboxQuery(PageQuery):
    kind: str | None = None
    sync: int | None = None
    state: Literal["open", "decided"] = "open"


class DecisionQuery(PageQuery):
    sync: int | None = None
    state: Literal["waiting", "applied", "standing", "undone"] | None = Field(default=None)


def _shown(entry: dict[str, Any], places: Places, reader: Reader) -> dict[str, Any]:
    """An entry with its texts and the addresses of its records."""
    out = {**entry, "problem": problem(entry["code"], {"name": entry["name"], **entry["facts"]}, reader)}
    out["breaks"] = [{**b, "problem": problem(b["code"], b["facts"], reader)} for b in entry["breaks"]]
    ends = entry["ends"]
    if ends is None:
        return out
    for side in ("left", "right"):
        if entry[side] is not None:
            at = ends[side]
            out[side] = {**entry[side], "link": places.link(at["connection"], at["object"], entry[side]["id"])}
    out["candidates"] = [
        {**c, "link": places.link(ends[c["side"]]["connection"], ends[c["side"]]["object"], c["id"])}
        for c in entry["candidates"]
    ]
    return out


@router.get("/inbox", response=Listing[InboxRow], auth=allowed("view"))
def list_inbox(request: Request, page: Query[InboxQuery]) -> dict[str, Any]:
    """What waits for a person, runs and connections first, then records, oldest first."""
    place, reader = request.auth.workspace_id, reader_of(request)
    found = inbox.listed(place, **page.dict(exclude={"sort"}))
    places = Places(place)
    rows = [_shown(row, places, reader) for row in found.rows]
    return {"rows": rows, "total": found.total, "page": page.page, "page_size": page.page_size}


@router.get("/inbox/counts", response=InboxCounts, auth=allowed("view"))
def count_inbox(request: Request) -> dict[str, Any]:
    """How many wait, by kind."""
    kinds = inbox.counts(request.auth.workspace_id)
    return {"total": sum(kinds.values()), "kinds": kinds}


@router.get("/inbox/decisions", response=Listing[DecisionRow], auth=allowed("view"))
def list_decisions(request: Request, page: Query[DecisionQuery]) -> dict[str, Any]:
    """Decisions, newest first; "standing" are the records that are ignored until that is taken back."""
    found = inbox.decisions(request.auth.workspace_id, **page.dict(exclude={"sort", "q"}))
    return {"rows": found.rows, "total": found.total, "page": page.page, "page_size": page.page_size}


@router.post("/inbox/decide", response=Decided, auth=allowed("run"))
def decide_many(request: Request, payload: DecideMany) -> dict[str, Any]:
    """Answer several entries at once, all or none. What the choices write is in the entries; ten seconds after the last answer,
    in which all may be taken back, a run carries them out, or the next one where the sync is busy."""
    caller = request.auth
    records = [d for d in payload.decisions if d.id.startswith("record-")]
    runs = [d for d in payload.decisions if not d.id.startswith("record-")]
    answers = [decisions.Answer(d.id, d.choice, d.partner, d.fields) for d in records]
    given = decisions.decide(caller.workspace_id, caller.user_id, answers)
    started = [run for one in runs for run in _decide_run(request, one.id, one.choice)]
    if started:
        bell.ring()
    told = [{"id": g["id"], "decision_id": g["decision_id"]} for g in given]
    soon = decisions.soon([g["decision_id"] for g in given])
    return {"decisions": [*told, *({"id": r.id} for r in runs)], "runs": started, "soon": soon}


@router.post("/inbox/undo", response=Ok, auth=allowed("run"))
def take_back(request: Request, payload: TakeBackIn) -> dict[str, Any]:
    """Take decisions back: before their run they were never given; ignored records are synced again."""
    caller = request.auth
    ids = [*payload.decision_ids, *([payload.decision_id] if payload.decision_id is not None else [])]
    if not ids:
        raise ChoaiError("bad_request", detail="decision_id", field="decision_id")
    decisions.take_back_all(caller.workspace_id, caller.user_id, ids)
    return {"ok": True}


@router.get("/inbox/{entry_id}", response=InboxRow, auth=allowed("view"))
def get_inbox_entry(request: Request, entry_id: str) -> dict[str, Any]:
    """One entry."""
    place = request.auth.workspace_id
    return _shown(inbox.one(place, entry_id), Places(place), reader_of(request))


@router.post("/inbox/{entry_id}/decide", response=Decided, auth=allowed("run"))
def decide(request: Request, entry_id: str, payload: DecideIn) -> dict[str, Any]:
    """Answer one entry, as with several."""
    caller = request.auth
    if not entry_id.startswith("record-"):
        inbox.one(caller.workspace_id, entry_id)
        return {"decisions": [{"id": entry_id}], "runs": _decide_run(request, entry_id, payload.choice), "soon": False}
    answer = decisions.Answer(entry_id, payload.choice, payload.partner, payload.fields)
    given = decisions.decide(caller.workspace_id, caller.user_id, [answer])
    made = given[0]["decision_id"]
    return {"decisions": [{"id": entry_id, "decision_id": made}], "runs": [], "soon": decisions.soon([made])}


def _decide_run(request: Request, entry_id: str, choice: str) -> list[int]:
    """Apply or discard a held plan, or run again what had ended by drift. Raises not_found, not_actionable."""
    caller = request.auth
    entry = inbox.one(caller.workspace_id, entry_id)
    if choice not in {c["key"] for c in entry["choices"]}:
        raise ChoaiError("not_actionable", state=entry["kind"], id=entry_id)
    run_id = int(entry["run_id"])
    place, user = caller.workspace_id, caller.user_id
    if choice == "rerun":
        sync_id = Run.objects.values_list("sync_id", flat=True).get(id=run_id, workspace_id=caller.workspace_id)
        started = [control.start(sync_id, workspace_id=place, user_id=user)]
    else:
        (control.apply_plan if choice == "apply" else control.discard)(run_id, workspace_id=place, user_id=user)
        started = [run_id] if choice == "apply" else []
    audit.note(caller.workspace_id, caller.user_id, f"run.{choice}", str(run_id))
    return started


# ------------------------------------------------------------------ looking for a partner


@router.get("/inbox/{entry_id}/search", response=FoundRecords, auth=allowed("run"))
def search_partner(request: Request, entry_id: str, q: str) -> dict[str, Any]:
    """Records of the other side with this name or id, asked of the service now."""
    caller = request.auth
    row = inbox.waiting(caller.workspace_id, entry_id)
    side = Side(row.side).other
    at = row.run.settings[side.value]
    case = inbox.case_of(row)
    names = [*case.settings.titles[side], *(k.left if side is Side.LEFT else k.right for k in case.settings.keys)]
    connection_id, object = int(at["connection"]), str(at["object"])
    records = live.wait_for(_search, caller, connection_id, object, list(dict.fromkeys(names)), q.strip())
    places = Places(caller.workspace_id)
    return {
        "rows": [
            {
                "id": r.id, "side": side.value, "link": places.link(connection_id, object, r.id), "values": plain(r.values),
                "name": next((str(v) for n in names if (v := r.values.get(n))), r.id),
            }
            for r in records
        ]
    }  # fmt: skip


async def _search(caller: Caller, connection_id: int, object: str, names: list[str], q: str) -> list[Record]:
    """By id and by the keys the service can be asked for; where a name is no such key, the first pages are looked through."""
    opened = await link.open_link(caller.workspace_id, connection_id, caller.user_id, purpose=live.PERSON)
    spec = object_spec(opened.spec, object)
    found: dict[str, Record] = {}
    for key in ("id", *(n for n in names if n in spec.keys)):
        for record in await opened.connector.find(opened.session, object, key, [q]):
            found[record.id] = record
    token: str | None = None
    for _ in range(PAGES if not found else 0):
        page = await opened.connector.read(opened.session, object, Window(), token)
        found.update((r.id, r) for r in page.records if any(same_name(r.values.get(n), q) for n in names))
        token = page.next
        if token is None:
            break
    return list(found.values())[:20]
