"""The needs-attention inbox (要確認): one list of what waits for a person in a workspace.

Records come from ``Waiting``, runs that wait or ended by drift and connections from their own rows. Everything shown is what was
stored when the record was planned; nothing is asked of a service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from choai.connectors import registry
from choai.engine.choices import KINDS, Case, Choice, choices, conflict_of
from choai.engine.codec import plain, unpack
from choai.engine.context import Settings, object_spec, parse
from choai.engine.decide import candidates
from choai.engine.ports import RunRow
from choai.errors import ChoaiError
from choai.model.mapping import Side
from choai.model.values import Values
from choai.store import drift
from choai.store.models import Binding, Connection, Decision, Intent, Item, Run, Sync, Waiting
from choai.store.pages import Found, found


def listed(
    workspace_id: int,
    *,
    page: int,
    page_size: int,
    kind: str | None = None,
    sync: int | None = None,
    q: str = "",
    state: str = "open",
) -> Found:
    """One page: waiting runs and connections first, then records, oldest first. ``state``: open, or decided (answered, the next
    run has not come by yet)."""
    heads = [] if q or state != "open" else [h for h in others(workspace_id, sync) if kind in (None, h["kind"])]
    start = (page - 1) * page_size
    rows = _records(workspace_id, kind=kind, sync=sync, q=q, state=state)
    total = len(heads) + rows.count()
    part = heads[start : start + page_size]
    first = max(0, start - len(heads))
    cases = _Cases()
    part += [cases.entry(w) for w in rows.order_by("since", "id")[first : first + page_size - len(part)]]
    return Found(part, total)


def _records(workspace_id: int, *, kind: str | None, sync: int | None, q: str, state: str) -> QuerySet[Waiting]:
    rows = Waiting.objects.filter(workspace_id=workspace_id, decision__isnull=state == "open")
    if kind:
        rows = rows.filter(code__in=[code for code, of in KINDS.items() if of == kind])
    if sync is not None:
        rows = rows.filter(sync_id=sync)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(record_id=q))
    return rows.select_related("item", "run", "sync", "sync__pairing", "decision", "decision__by")


def counts(workspace_id: int) -> dict[str, int]:
    """How many wait, by kind."""
    told = Counter(KINDS[w] for w in _open(workspace_id))
    told.update(h["kind"] for h in others(workspace_id))
    return dict(told)


def _open(workspace_id: int) -> Iterator[str]:
    return Waiting.objects.filter(workspace_id=workspace_id, decision=None).values_list("code", flat=True).iterator()


def one(workspace_id: int, id: str) -> dict[str, Any]:
    """One entry. Raises not_found."""
    kind, _, number = id.partition("-")
    if kind == "record":
        return _Cases().entry(waiting(workspace_id, id))
    entry = next((h for h in others(workspace_id) if h["id"] == id), None)
    if entry is None or not number:
        raise ChoaiError("not_found", what="inbox", id=id)
    return entry


def waiting(workspace_id: int, id: str) -> Waiting:
    """The row of a record's entry. Raises not_found."""
    number = id.removeprefix("record-")
    rows = Waiting.objects.select_related("item", "run", "sync", "sync__pairing", "decision", "decision__by")
    row = rows.filter(workspace_id=workspace_id, id=int(number)).first() if number.isdigit() else None
    if row is None:
        raise ChoaiError("not_found", what="inbox", id=id)
    return row


# ------------------------------------------------------------------ runs and connections


def others(workspace_id: int, sync: int | None = None) -> list[dict[str, Any]]:
    """Runs that the brake holds, syncs whose newest run ended by drift, connections that need a person."""
    runs = Run.objects.filter(workspace_id=workspace_id).select_related("sync", "sync__pairing")
    if sync is not None:
        runs = runs.filter(sync_id=sync)
    out = [_of_run(run, "held", run.error_code or "brake") for run in runs.filter(state="held").order_by("id")]
    for pause in drift.pauses(workspace_id, None if sync is None else [sync]).values():
        entry = _of_run(pause.run, "drift", pause.code)
        out.append({**entry, "facts": pause.facts, "link": pause.link, "breaks": pause.rows, "whole": pause.whole})
    if sync is None:
        bad = Connection.objects.filter(workspace_id=workspace_id).exclude(state__in=("ready", "new", "removed"))
        out += [_of_connection(row) for row in bad.order_by("id")]
    return out


_RUN_CHOICES = {
    "held": (Choice("apply", "この計画を実行する", "Carry this plan out"), Choice("discard", "破棄する", "Discard it")),
    "drift": (Choice("rerun", "もう一度確かめて実行する", "Check again and run"),),
}


def _of_run(run: Run, kind: str, code: str) -> dict[str, Any]:
    return {
        **_blank(f"run-{run.id}", kind, code, run.error_facts, f"/runs/{run.id}"),
        "name": run.sync.name,
        "since": run.ended_at or run.beat_at or run.created_at,
        "sync": {"id": run.sync_id, "name": run.sync.name},
        "run_id": run.id,
        "choices": [_choice(c) for c in _RUN_CHOICES[kind]],
    }


def _of_connection(row: Connection) -> dict[str, Any]:
    facts = {"connection": row.name, **row.state_facts}
    return {
        **_blank(
            f"connection-{row.id}", "connection", row.state_code or "reauthorise", facts, f"/connections/{row.id}"
        ),
        "name": row.name,
        "since": row.checked_at or row.created_at,
    }


def _blank(id: str, kind: str, code: str, facts: Mapping[str, Any], link: str) -> dict[str, Any]:
    return {
        "id": id, "kind": kind, "code": code, "facts": dict(facts), "link": link, "sync": None, "run_id": None,
        "item_id": None, "side": None, "left": None, "right": None, "fields": [], "candidates": [], "choices": [],
        "decision": None, "ends": None, "breaks": [], "whole": True,
    }  # fmt: skip


# ------------------------------------------------------------------ records


class _Cases:
    """Entries of one answer; what several share is opened once."""

    def __init__(self) -> None:
        self._settings: dict[int, Settings] = {}
        self._creates: dict[tuple[int, str], bool] = {}
        self._names: dict[int, tuple[str, str]] = {}

    def entry(self, row: Waiting) -> dict[str, Any]:
        """A waiting record with both sides beside the base, and the choices it offers."""
        case, item, ends = self.case(row), row.item, row.run.settings
        return {
            **_blank(f"record-{row.id}", KINDS[row.code], row.code, item.facts, f"/runs/{row.run_id}?item={item.id}"),
            "name": row.name,
            "since": row.since,
            "sync": {"id": row.sync_id, "name": row.sync.name},
            "run_id": row.run_id,
            "item_id": item.id,
            "side": row.side,
            "left": _record(case, item, Side.LEFT),
            "right": _record(case, item, Side.RIGHT),
            "ends": {side: ends[side] for side in ("left", "right")},
            "fields": _fields(case),
            "candidates": [_candidate(case, id, values) for id, values in case.candidates.items()],
            "choices": [_choice(c) for c in choices(case)] if row.decision_id is None else [],
            "decision": _decided(row.decision),
        }

    def case(self, row: Waiting) -> Case:
        """All that is stored of a waiting record."""
        item, run, side = row.item, row.run, Side(row.side)
        if run.id not in self._settings:
            self._settings[run.id] = parse(_run_row(run, row.sync))
        binding = _binding(row)
        bases = {s: unpack(getattr(binding, f"{s.value}_base")) if binding else {} for s in Side}
        met = candidates(item.before)
        intent = Intent.objects.filter(item=item, state="ambiguous").order_by("-id").first()
        return Case(
            code=row.code,
            side=side,
            settings=self._settings[run.id],
            values=unpack(item.source),
            theirs={} if met else unpack(item.before),
            bases=bases,
            candidates=met,
            payload=unpack(item.after) if intent is not None else {},
            facts=item.facts,
            taken=_taken(row, met) if met else {},
            creates=self._can_create(run.settings[side.other.value]),
            names={s: self._name(run.settings[s.value]["connection"]) for s in Side},
        )

    def _can_create(self, end: Mapping[str, Any]) -> bool:
        key = (int(end["connection"]), str(end["object"]))
        if key not in self._creates:
            service = Connection.objects.values_list("service", flat=True).get(id=key[0])
            known = service in registry.modules()
            self._creates[key] = not known or object_spec(registry.spec(service), key[1]).can_create
        return self._creates[key]

    def _name(self, connection_id: int) -> tuple[str, str]:
        if connection_id not in self._names:
            row = Connection.objects.get(id=connection_id)
            known = registry.spec(row.service) if row.service in registry.modules() else None
            self._names[connection_id] = (known.ja, known.en) if known is not None else (row.name, row.name)
        return self._names[connection_id]


def case_of(row: Waiting) -> Case:
    """All that is stored of a waiting record."""
    return _Cases().case(row)


def _run_row(run: Run, sync: Sync) -> RunRow:
    return RunRow(
        id=run.id, workspace_id=run.workspace_id, sync_id=run.sync_id, pairing_id=sync.pairing_id, preview=run.preview,
        trigger=run.trigger, state=run.state, phase=run.phase, control=run.control, settings=run.settings, work=run.work,
        counts=run.counts, run_as_id=run.run_as_id, time_zone="Asia/Tokyo", started_at=run.started_at,
    )  # fmt: skip


def _binding(row: Waiting) -> Binding | None:
    """The pair that the record belongs to."""
    mine = Binding.objects.filter(pairing_id=row.sync.pairing_id)
    return mine.filter(**{f"{row.side}_id": row.record_id}).first()


def _taken(row: Waiting, candidates: Mapping[str, Values]) -> dict[str, str]:
    """Candidates that belong to another record by now: their ids, and its id."""
    other = Side(row.side).other.value
    found = Binding.objects.filter(pairing_id=row.sync.pairing_id, **{f"{other}_id__in": list(candidates)})
    return dict(found.values_list(f"{other}_id", f"{row.side}_id"))


def _record(case: Case, item: Item, side: Side) -> dict[str, Any] | None:
    id = item.left_id if side is Side.LEFT else item.right_id
    return {"id": id, "values": plain(case.held[side])} if id else None


def _candidate(case: Case, id: str, values: Values) -> dict[str, Any]:
    target = case.side.other
    name = next((str(v) for n in case.settings.titles[target] if (v := values.get(n))), id)
    return {
        "id": id, "side": target.value, "name": name, "values": plain(values), "bound_to": case.taken.get(id)
    }  # fmt: skip


def _fields(case: Case) -> list[dict[str, Any]]:
    """Each mapped pair of fields: what both sides hold beside what they agreed on last."""
    left, right = case.held[Side.LEFT], case.held[Side.RIGHT]
    told = {side: plain(values) for side, values in ((Side.LEFT, left), (Side.RIGHT, right))}
    bases = {side: plain(values) for side, values in case.bases.items()}
    asked = {c.row for c in conflict_of(case).conflicts} if case.kind == "conflict" else set()
    out = []
    for number, row in enumerate(case.settings.rows):
        if row.left is None or row.right is None:
            continue
        known = case.settings.schemas[Side.LEFT].get(row.left) or case.settings.schemas[Side.RIGHT].get(row.right)
        out.append(
            {
                "row": number,
                "left": row.left,
                "right": row.right,
                "label_ja": known.ja if known else row.left,
                "label_en": known.en if known else row.left,
                "left_value": told[Side.LEFT].get(row.left),
                "right_value": told[Side.RIGHT].get(row.right),
                "left_base": bases[Side.LEFT].get(row.left),
                "right_base": bases[Side.RIGHT].get(row.right),
                "conflict": number in asked,
            }
        )
    return out


def _choice(choice: Choice) -> dict[str, Any]:
    return {
        "key": choice.key,
        "id": choice.id,
        "open_id": choice.open_id,
        "label_ja": choice.ja,
        "label_en": choice.en,
        "writes": [
            {"side": w.side.value, "field": w.field, **plain({"before": w.before, "after": w.after})}
            for w in choice.writes
        ],
    }


def _decided(decision: Decision | None) -> dict[str, Any] | None:
    return None if decision is None else facts(decision)


# ------------------------------------------------------------------ decisions


def facts(row: Decision) -> dict[str, Any]:
    """A decision for people. ``state``: waiting (for the next run), applied, standing (lasts until taken back), undone."""
    state = "undone" if row.undone_at else "standing" if row.lasting else "applied" if row.applied_at else "waiting"
    return {
        "id": row.id,
        "kind": row.kind,
        "choice": row.choice,
        "partner": row.args.get("id"),
        "fields": row.args.get("fields") or {},
        "name": row.name,
        "sync_id": row.sync_id,
        "side": row.side,
        "left_id": row.left_id,
        "right_id": row.right_id,
        "by": str(row.by) if row.by else None,
        "at": row.at,
        "state": state,
        "run_id": row.applied_run_id,
        "undone_at": row.undone_at,
    }


def decisions(
    workspace_id: int, *, page: int, page_size: int, sync: int | None = None, state: str | None = None
) -> Found:
    """Decisions, newest first: all, or those of a state."""
    rows = Decision.objects.filter(workspace_id=workspace_id).select_related("by").order_by("-id")
    if sync is not None:
        rows = rows.filter(sync_id=sync)
    asked = {
        "undone": Q(undone_at__isnull=False),
        "standing": Q(undone_at=None, lasting=True),
        "applied": Q(undone_at=None, lasting=False, applied_at__isnull=False),
        "waiting": Q(undone_at=None, lasting=False, applied_at=None),
    }
    if state is not None:
        rows = rows.filter(asked[state])
    return found(rows, page, page_size, facts)
