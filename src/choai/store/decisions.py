"""Answers to what waits: stored, taken back, and the run that carries them out."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max, Q

from choai import clock
from choai.engine.choices import KINDS, LASTING, PAIR, Case, choices, conflict_of, seen_in
from choai.errors import ChoaiError
from choai.model.mapping import Side
from choai.store import audit, pairs, runs
from choai.store.inbox import case_of, waiting
from choai.store.models import ACTIVE_RUNS, Binding, Decision, Intent, Retry, Run, Waiting

_BINDING = (
    "left_id", "right_id", "name", "left_base", "right_base", "left_print", "right_print", "state", "origin", "created_at",
    "synced_at",
)  # fmt: skip
_CODES = {kind: code for code, kind in KINDS.items()}


@dataclass(slots=True, frozen=True)
class Answer:
    """What a person says to one entry. ``partner``: the chosen record of a ``bind``; ``fields``: mapping row → side."""

    id: str
    choice: str
    partner: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)


def decide(workspace_id: int, user_id: int, answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Store the answers, all or none. Raises not_found, not_actionable (a choice that the entry does not offer),
    already_linked_elsewhere."""
    with transaction.atomic():
        return [_decide(workspace_id, user_id, answer) for answer in answers]


def _decide(workspace_id: int, user_id: int, answer: Answer) -> dict[str, Any]:
    row = waiting(workspace_id, answer.id)
    if row.decision_id is not None:
        raise ChoaiError("not_actionable", state="decided", id=answer.id)
    case = case_of(row)
    choice, args = _checked(case, answer)
    item = row.item
    both = bool(item.left_id and item.right_id) and case.kind in ("conflict", "missing", "id_changed", "write_back")
    decision = Decision(
        workspace_id=workspace_id,
        sync_id=row.sync_id,
        side=row.side,
        left_id=item.left_id if row.side == "left" or both else "",
        right_id=item.right_id if row.side == "right" or both else "",
        name=row.name,
        kind=case.kind,
        choice=choice,
        args=args,
        lasting=choice in LASTING,
        by_id=user_id,
        at=clock.now(),
    )
    args["restore"] = _effect(row, decision, user_id)
    decision.save(force_insert=True)
    Waiting.objects.filter(id=row.id).update(decision=decision)
    said = {"choice": decision.choice, "partner": args.get("id"), "fields": args.get("fields"), "decision": decision.id}
    audit.note(workspace_id, user_id, f"inbox.{case.kind}", row.name or row.record_id, after=said)
    return {"decision_id": decision.id, "sync_id": row.sync_id, "id": answer.id}


def _checked(case: Case, answer: Answer) -> tuple[str, dict[str, Any]]:
    """The choice and what it needs, when the entry offers it."""
    if case.kind == "conflict":
        return _side(case, answer)
    for offered in choices(case):
        if offered.key != answer.choice:
            continue
        if offered.open_id and answer.partner:
            return answer.choice, {"id": answer.partner}
        if not offered.open_id and (offered.key != "bind" or offered.id == answer.partner):
            return answer.choice, {"id": offered.id} if offered.id else {}
    raise ChoaiError("not_actionable", state=case.kind, id=answer.id)


def _side(case: Case, answer: Answer) -> tuple[str, dict[str, Any]]:
    """A conflict's answer: one side, or ("fields") a side for every field that is in conflict."""
    fields = {row: side for row, side in answer.fields.items() if side in ("left", "right")}
    if answer.choice in ("left", "right"):
        return answer.choice, {"seen": seen_in(case), "fields": {}}
    if answer.choice != "fields" or not _covers(case, fields):
        raise ChoaiError("not_actionable", state=case.kind, id=answer.id)
    return answer.choice, {"seen": seen_in(case), "fields": fields}


def _covers(case: Case, fields: Mapping[str, str]) -> bool:
    """Whether every field that is in conflict has its side."""
    return {str(c.row) for c in conflict_of(case).conflicts} <= fields.keys()


# ------------------------------------------------------------------ what holds at once


def _effect(row: Waiting, decision: Decision, user_id: int) -> dict[str, Any]:
    """What a choice changes in our own books before the next run; answers what taking it back needs."""
    restore: dict[str, Any] = {}
    if decision.kind == "parked" and decision.choice != "ignore":
        state = "repeat" if decision.choice == "again" else "done"
        restore["intents"] = _close(row, "ambiguous", state)
    elif decision.kind == "write_back" and decision.choice == "stop":
        restore["intents"] = _close(row, "owed", "done")
    elif decision.choice in ("unlink", "recreate", "relink"):
        binding = _binding(row, decision)
        if binding is not None:
            restore["binding"] = {"id": binding.id, **_frozen(binding)}
            if decision.choice == "relink":
                _relink(row, decision, binding, user_id)
            else:
                binding.delete()
        elif decision.choice == "relink":
            decision.choice = "bind"  # nothing was tied yet: the next run ties the two
    return restore


def _close(row: Waiting, old: str, new: str) -> dict[str, Any]:
    mine = Intent.objects.filter(pairing_id=row.sync.pairing_id, source_id=row.record_id, state=old)
    mine = mine.exclude(side=row.side)
    ids = list(mine.values_list("id", flat=True))
    Intent.objects.filter(id__in=ids).update(state=new, settled_at=clock.now())
    return {"ids": ids, "state": old}


def _binding(row: Waiting, decision: Decision) -> Binding | None:
    """The pair that is to be changed: the record's own, or that of the record it stands for (FK-67)."""
    mine = Binding.objects.select_for_update().filter(pairing_id=row.sync.pairing_id)
    own = mine.filter(**{f"{row.side}_id": row.record_id}).first()
    if own is not None or decision.choice != "relink":
        return own
    return mine.filter(**{f"{row.side}_id": str(row.item.facts.get("old", ""))}).first()


def _relink(row: Waiting, decision: Decision, binding: Binding, user_id: int) -> None:
    new = str(row.item.facts.get("new", ""))
    side = Side(row.side) if new == row.record_id else Side(row.side).other
    pairs.relink(row.workspace_id, user_id, binding.id, new, side)
    decision.left_id, decision.right_id = (new, binding.right_id) if side is Side.LEFT else (binding.left_id, new)


def _frozen(binding: Binding) -> dict[str, Any]:
    def one(value: Any) -> Any:
        if isinstance(value, (bytes, memoryview)):
            return {"b": b64encode(bytes(value)).decode()}
        return value.isoformat() if hasattr(value, "isoformat") else value

    return {name: one(getattr(binding, name)) for name in _BINDING}


def _thawed(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {name: b64decode(v["b"]) if isinstance(v := kept[name], dict) else v for name in _BINDING}


# ------------------------------------------------------------------ taking back


def take_back_all(workspace_id: int, user_id: int, decision_ids: Sequence[int]) -> None:
    """Take several decisions back, all or none."""
    with transaction.atomic():
        for decision_id in decision_ids:
            take_back(workspace_id, user_id, decision_id)


def take_back(workspace_id: int, user_id: int, decision_id: int) -> None:
    """Undo a decision: before its run it was never given; "ignore" and "unlink" at any time. Raises not_found, decision_applied
    (what it wrote is undone by undoing the run), already_running (a run works with it, or a plan that rests on it waits)."""
    with transaction.atomic():
        rows = Decision.objects.select_for_update(of=("self",)).select_related("sync")
        row = rows.filter(workspace_id=workspace_id, id=decision_id, undone_at=None).first()
        if row is None:
            raise ChoaiError("not_found", what="decision", id=decision_id)
        if row.applied_at is not None and not row.lasting:
            raise ChoaiError("decision_applied", id=decision_id, name=row.name, run=row.applied_run_id or "–")
        busy = Run.objects.filter(sync_id=row.sync_id, state__in=(*ACTIVE_RUNS, "planned", "held"))
        if busy.filter(started_at__gte=row.at).exists():
            raise runs.busy(row.sync)
        _restore(row)
        row.undone_at = clock.now()
        row.save(update_fields=["undone_at"])
        Waiting.objects.filter(decision=row).update(decision=None)
        if row.lasting:
            _select_again(row)
        audit.note(workspace_id, user_id, "inbox.undo", row.name, before={"choice": row.choice, "decision": row.id})


def _restore(row: Decision) -> None:
    restore = row.args.get("restore") or {}
    if "intents" in restore:
        Intent.objects.filter(id__in=restore["intents"]["ids"]).update(state=restore["intents"]["state"])
    if "binding" in restore:
        kept = _thawed(restore["binding"])
        if Binding.objects.filter(id=restore["binding"]["id"]).update(**kept):
            return
        try:
            with transaction.atomic():
                Binding.objects.create(workspace_id=row.workspace_id, pairing_id=row.sync.pairing_id, **kept)
        except IntegrityError:
            raise ChoaiError(
                "already_linked_elsewhere", name=row.name, id=kept["right_id"], other=kept["left_id"]
            ) from None


def _select_again(row: Decision) -> None:
    """The record is looked at by the next run whatever the cursor says."""
    if row.kind == PAIR:
        pairs.select_again(row.sync, {"left_id": row.left_id, "right_id": row.right_id})
        return
    record_id = row.left_id if row.side == "left" else row.right_id
    Retry.objects.get_or_create(
        sync_id=row.sync_id, side=row.side, record_id=record_id,
        defaults={"workspace_id": row.workspace_id, "code": _CODES[row.kind], "since": clock.now()},
    )  # fmt: skip


# ------------------------------------------------------------------ the run


# ------------------------------------------------------------------ the run that carries them out

GRACE = timedelta(seconds=10)  # for taking an answer back; each further answer to the same sync begins it again
_GIVEN_UP = timedelta(minutes=2)  # a sync that is busy for so long carries its answers out by its next run
_TO_DO = Q(applied_at=None, undone_at=None) & ~Q(choice="ignore")


def soon(decision_ids: Sequence[int]) -> bool:
    """Whether a run begins by itself when the time to take these answers back is over: their syncs are free by now. A sync whose
    plan waits for a decision is not."""
    syncs = set(Decision.objects.filter(_TO_DO, id__in=list(decision_ids)).values_list("sync_id", flat=True))
    return bool(syncs) and not _busy(syncs)


def begin_due(now: datetime) -> list[int]:
    """Begin a run of just the answered records of each sync whose answers can no longer be taken back; answers the runs. A busy
    sync is looked at again, and one that has run since then is not: its answers wait for the next run."""
    begun = []
    last = Decision.objects.filter(_TO_DO, at__gt=now - _GIVEN_UP).values("sync_id").annotate(at=Max("at"))
    for found in last.filter(at__lte=now - GRACE).order_by("sync_id"):
        sync_id = found["sync_id"]
        if not _busy({sync_id}) and not Run.objects.filter(sync_id=sync_id, created_at__gt=found["at"]).exists():
            begun += _begin(sync_id, now - _GIVEN_UP)
    return begun


def _busy(syncs: Collection[int]) -> bool:
    return Run.objects.filter(sync_id__in=syncs, state__in=(*ACTIVE_RUNS, "planned", "held")).exists()


def _begin(sync_id: int, since: datetime) -> list[int]:
    rows = list(Decision.objects.filter(_TO_DO, sync_id=sync_id, at__gt=since).order_by("id"))
    only = {side: [id for row in rows if (id := getattr(row, f"{side}_id"))] for side in ("left", "right")}
    newest = rows[-1]
    try:
        return [
            runs.create_run(sync_id, workspace_id=newest.workspace_id, trigger="retry", user_id=newest.by_id, only=only)
        ]
    except ChoaiError as error:
        if error.code not in ("already_running", "link_disabled"):
            raise
        return []
