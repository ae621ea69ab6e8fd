"""Setting up any CRM with any accounting service: what both offer, a proposal, and the sync made of it. The rules are those of
presets/any_pair.py; the screens only show them."""

from __future__ import annotations

from typing import Any

import msgspec
from ninja import Router

from choai.connectors import registry
from choai.connectors.contract import ObjectInfo, Role
from choai.engine.context import object_spec
from choai.engine.read import brake_minimum, brake_share
from choai.errors import ChoaiError
from choai.model.mapping import MappingRow, MatchKey
from choai.model.schema import Schema
from choai.presets import any_pair
from choai.presets.any_pair import Offer, Topic
from choai.store import any_pairs, connections, schedules, syncs
from choai.store.models import Connection, Sync
from choai.web import live, render
from choai.web.api.syncs import converters, not_synced
from choai.web.auth import Request, allowed
from choai.web.faults import Reader, problem, problem_or_none, reader_of
from choai.web.shapes.pair_setup import (
    PairCheckIn,
    PairCreated,
    PairCreateIn,
    PairDraft,
    PairIn,
    PairProblems,
    TimingIn,
    TimingOut,
    TopicRows,
)

router = Router()


def _connection(request: Request, connection_id: int, role: Role) -> Connection:
    """Raises not_found; bad_request for a service of the other role; connection_not_ready before it was authorised."""
    row = connections.one(request.auth.workspace_id, connection_id)
    spec = registry.spec(row.service)
    if spec.role is not role:
        raise ChoaiError("bad_request", detail=row.service, field="connection")
    if row.state == "new":
        raise ChoaiError("connection_not_ready", service=spec.ja, service_en=spec.en, connection=row.name)
    return row


def _offers(request: Request, row: Connection) -> list[Offer]:
    """What the connection offers now."""
    caller, spec = request.auth, registry.spec(row.service)
    return [Offer(i, object_spec(spec, i.spec)) for i in live.objects(caller.workspace_id, row.id, caller.user_id)]


def _topic(key: str) -> Topic:
    if key not in any_pair.BY_KEY:
        raise ChoaiError("not_found", what="topic", id=key)
    return any_pair.BY_KEY[key]


def _label(info: ObjectInfo, reader: Reader) -> str:
    return info.ja if reader.language == "ja" else info.en or info.ja


def _option(topic: Topic, offer: Offer, row: Connection, reader: Reader) -> dict[str, Any]:
    info = offer.info
    facts = {"connection": row.name, "plan": (row.account or {}).get("plan") or "–", "object": _label(info, reader)}
    return {
        "name": info.name,
        "ja": info.ja,
        "en": info.en or info.ja,
        "available": info.available,
        "reason": problem_or_none(info.reason or "", facts, reader),
        "likely": offer.spec.role not in any_pair.FREE or any_pair.suggested(topic, [offer]) is not None,
    }


@router.get("/pair-setup", response=TopicRows, auth=allowed("configure"))
def list_topics(request: Request, left: int, right: int) -> dict[str, Any]:
    """What can be synced between a CRM connection and an accounting connection, asked of both services now."""
    reader = reader_of(request)
    rows = _connection(request, left, Role.CRM), _connection(request, right, Role.ACCOUNTING)
    lefts, rights = _offers(request, rows[0]), _offers(request, rows[1])
    known = any_pairs.existing(request.auth.workspace_id, left, right)
    out = []
    for topic in any_pair.TOPICS:
        ends = any_pair.candidates(topic, lefts), any_pair.candidates(topic, rights)
        chosen = any_pair.suggested(topic, lefts), any_pair.suggested(topic, rights)
        names = tuple(one.info.name if one else None for one in chosen)
        out.append(
            {
                "key": topic.key,
                "ja": topic.ja,
                "en": topic.en,
                "offered": all(any(o.info.available for o in side) for side in ends),
                "left": names[0],
                "right": names[1],
                "left_objects": [_option(topic, o, rows[0], reader) for o in ends[0]],
                "right_objects": [_option(topic, o, rows[1], reader) for o in ends[1]],
                "sync_id": known.get((names[0] or "", names[1] or "")),
            }
        )
    return {"rows": out, "known": [{"left": a, "right": b, "sync_id": n} for (a, b), n in known.items()]}


def _end(request: Request, row: Connection, name: str, *, fresh: bool) -> tuple[Schema, Offer]:
    """An object of a connection: its fields and what it can do. Raises object_not_found, or why it is not available."""
    caller, spec = request.auth, registry.spec(row.service)
    if not fresh:
        labels = connections.labels(caller.workspace_id).get(row.id, {}).get(name, {"ja": name, "en": name})
        schema, _ = live.known_schema(caller.workspace_id, row.id, caller.user_id, name)
        found = object_spec(spec, name)
        return schema, Offer(ObjectInfo(name, labels["ja"], labels["en"], found.name), found)
    offer = next((o for o in _offers(request, row) if o.info.name == name), None)
    if offer is None:
        raise ChoaiError("object_not_found", object=name, service=spec.service)
    if not offer.info.available:
        plan = (row.account or {}).get("plan") or "–"
        raise ChoaiError(offer.info.reason or "no_permission", object=offer.info.ja, plan=plan, connection=row.name)
    return live.describe(caller.workspace_id, row.id, caller.user_id, name), offer


Ends = tuple[tuple[Schema, Offer], tuple[Schema, Offer]]


def _ends(request: Request, payload: PairIn, *, fresh: bool) -> tuple[Connection, Connection, Ends]:
    left = _connection(request, payload.left_connection, Role.CRM)
    right = _connection(request, payload.right_connection, Role.ACCOUNTING)
    ends = (
        _end(request, left, payload.left_object, fresh=fresh),
        _end(request, right, payload.right_object, fresh=fresh),
    )
    return left, right, ends


@router.post("/pair-setup/propose", response=PairDraft, auth=allowed("configure"))
def propose_pair(request: Request, payload: PairIn) -> dict[str, Any]:
    """The set-up that the fields of two objects suggest. Nothing is saved."""
    place, reader, topic = request.auth.workspace_id, reader_of(request), _topic(payload.topic)
    left, right, ends = _ends(request, payload, fresh=True)
    tied = any_pairs.tied(place, left.id, right.id)
    made = any_pair.draft(topic, *ends, tied, (left.service, right.service))
    known = any_pairs.existing(place, left.id, right.id)
    shown = render.mapping_problems(made.problems, reader)
    worst = {p["row"]: p["severity"] for p in sorted(shown, key=lambda p: p["severity"], reverse=True)}
    rows = msgspec.to_builtins(made.rows)
    name = topic.ja if reader.language == "ja" else topic.en
    return {
        "topic": topic.key,
        "name": f"{name}（{left.name} ↔ {right.name}）"
        if reader.language == "ja"
        else f"{name} ({left.name} ↔ {right.name})",
        "left_label": _label(ends[0][1].info, reader),
        "right_label": _label(ends[1][1].info, reader),
        "mapping": {
            "rows": [{**row, "status": worst.get(n, "ok")} for n, row in enumerate(rows)],
            "left": render.schema(ends[0][0], None),
            "right": render.schema(ends[1][0], None),
            "converters": converters(),
            "match_keys": msgspec.to_builtins(made.match_keys),
            "problems": shown,
            "directions": list(made.directions),
            "version": 0,
        },
        "maybe": [{**msgspec.to_builtins(p.row), "score": p.score, "why": p.why} for p in made.maybe],
        "offered": list(made.offered),
        "directions": list(made.directions),
        "duplicate_policy": made.duplicate_policy,
        "conflict_policy": made.conflict_policy,
        "brake": {"share": brake_share({}), "minimum": brake_minimum({})},
        "sync_id": known.get((payload.left_object, payload.right_object)),
    }


def _given(payload: PairCheckIn) -> tuple[list[MappingRow], list[MatchKey]]:
    rows = msgspec.convert([row.dict() for row in payload.rows], list[MappingRow])
    return rows, msgspec.convert([key.dict() for key in payload.match_keys], list[MatchKey])


@router.post("/pair-setup/check", response=PairProblems, auth=allowed("configure"))
def check_pair(request: Request, payload: PairCheckIn) -> dict[str, Any]:
    """What is wrong with a set-up that is being edited."""
    left, right, ends = _ends(request, payload, fresh=False)
    rows, keys = _given(payload)
    found = any_pair.check(rows, keys, *ends, payload.directions)
    found += not_synced(request.auth.workspace_id, (left.id, right.id), rows, ends[0][0], ends[1][0])
    return {"problems": render.mapping_problems(found, reader_of(request))}


@router.post("/pair-setup", response=PairCreated, auth=allowed("configure"))
def create_pair(request: Request, payload: PairCreateIn) -> dict[str, Any]:
    """Make the sync. Nothing is read or written yet; a second call answers the sync of the first. Raises mapping_invalid,
    direction_not_offered."""
    caller, topic = request.auth, _topic(payload.topic)
    left, right, ends = _ends(request, payload, fresh=False)
    if set(payload.directions) - set(any_pair.offered_ways(ends[0][1], ends[1][1])):
        raise ChoaiError("direction_not_offered", kind=topic.ja, kind_en=topic.en)
    rows, keys = _given(payload)
    errors = [p for p in any_pair.check(rows, keys, *ends, payload.directions) if p.severity == "error"]
    if errors:
        first = render.mapping_problems(errors[:1], reader_of(request))[0]["problem"]
        raise ChoaiError("mapping_invalid", count=len(errors), detail=first["title"], name=payload.name)
    wish = any_pairs.Wish(
        topic=topic.key,
        name=payload.name,
        rows=rows,
        match_keys=keys,
        directions=payload.directions,
        duplicate_policy=payload.duplicate_policy,
        conflict_policy=payload.conflict_policy,
        options=syncs.fields_of({"options": payload.options})["options"],
        schedule=payload.schedule.dict(exclude_none=True),
    )
    between = any_pairs.Ends(left, payload.left_object, right, payload.right_object)
    sync, created = any_pairs.create(caller.workspace_id, caller.user_id, between, wish)
    return {"sync_id": sync.id, "pairing_id": sync.pairing_id, "created": created}


# ------------------------------------------------------------------ when it runs by itself


def _timing(sync: Sync, reader: Reader) -> dict[str, Any]:
    schedule = sync.schedule
    assert schedule is not None  # noqa: S101  sync_of sees to it
    reason = schedules.reason_against(schedule, schedules.syncs_of(schedule))
    data = schedule.data
    plan = schedules.parsed(data)
    return {
        "enabled": schedule.enabled,
        "can_enable": reason is None,
        "reason": problem(reason[0], reason[1], reader) if reason else None,
        "frequency": data["kind"],
        "day": plan.day,
        "missing_day": plan.missing_day,
        "weekday": plan.weekday,
        "next_at": schedule.next_at if schedule.enabled else None,
        "window": list(plan.window or ("00:00", "00:00")),
        "zone": plan.zone,
        "version": schedule.version,
    }


@router.get("/syncs/{sync_id}/schedule", response=TimingOut, auth=allowed("view"))
def get_timing(request: Request, sync_id: int) -> dict[str, Any]:
    """When a sync of the any-pair set-up runs by itself."""
    return _timing(any_pairs.sync_of(request.auth.workspace_id, sync_id), reader_of(request))


@router.put("/syncs/{sync_id}/schedule", response=TimingOut, auth=allowed("schedule"))
def put_timing(request: Request, sync_id: int, payload: TimingIn) -> dict[str, Any]:
    """Change when it runs by itself."""
    caller = request.auth
    wanted = payload.dict(exclude={"version"}, exclude_none=True)
    any_pairs.save_schedule(caller.workspace_id, caller.user_id, sync_id, version=payload.version, wanted=wanted)
    return _timing(any_pairs.sync_of(caller.workspace_id, sync_id), reader_of(request))
