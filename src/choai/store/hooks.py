"""Webhooks in: a connection's secret address, what arrived there, and the nudges that wait to become runs.

A call only says where to look; what has changed is read from the service. A call is answered before anything is looked at.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet

from choai import clock
from choai.errors import ChoaiError
from choai.store import audit, connections, drift, runs
from choai.store.models import ACTIVE_RUNS, Connection, Hook, HookCall, Nudge, Run, Sync
from choai.store.seal import seal, unseal

GATHER = timedelta(seconds=3)  # calls so close together become one run
AGAIN = timedelta(seconds=10)  # a sync at work is asked for again after so long
LATER = timedelta(minutes=1)  # a plan that waits for a person is not thrown away by a nudge
KEPT = timedelta(days=3)  # how long a repetition of a call is recognised
NOTED = timedelta(hours=1)  # refusals are written to the audit trail once an hour
COUNTED = timedelta(seconds=5)  # and counted that often: a flood costs no more than that
LONGEST_MARK = 64


# ------------------------------------------------------------------ the address


def _row(connection: Connection) -> Hook:
    row, _ = Hook.objects.get_or_create(connection=connection, defaults={"workspace_id": connection.workspace_id})
    return row


def _seal(row: Hook, part: str = "address") -> str:
    """A new secret for a part; the others stay."""
    secret = token_urlsafe(24)
    held = unseal(f"hook:{row.connection_id}", row.sealed) if row.sealed else {}
    row.sealed = seal(f"hook:{row.connection_id}", {**held, part: secret})
    Hook.objects.filter(connection_id=row.connection_id).update(sealed=row.sealed)
    return secret


def secret_of(workspace_id: int, connection_id: int) -> str:
    """The secret part of the connection's address; made when first asked for. Raises not_found."""
    with transaction.atomic():
        row = _row(connections.one(workspace_id, connection_id))
        row = Hook.objects.select_for_update().get(connection_id=row.connection_id)
        return _opened(row) or _seal(row)


def _opened(row: Hook, part: str = "address") -> str:
    return str(unseal(f"hook:{row.connection_id}", row.sealed).get(part, "")) if row.sealed else ""


def secrets_in(row: Hook) -> tuple[str, str]:
    """The secret part of the address, and the token that a subscription's calls carry; made when first asked for."""
    return _opened(row) or _seal(row), _opened(row, "token") or _seal(row, "token")


def token_of(connection_id: int) -> str:
    """The token that a subscription's calls carry; empty before there is one."""
    row = Hook.objects.filter(connection_id=connection_id).first()
    return "" if row is None else _opened(row, "token")


def renew(workspace_id: int, user_id: int, connection_id: int) -> str:
    """Another address; the one before is refused from now on. Raises not_found."""
    with transaction.atomic():
        connection = connections.one(workspace_id, connection_id)
        secret = _seal(_row(connection))
        Hook.objects.filter(connection=connection, wanted=True).update(look_at=clock.now())
        audit.note(workspace_id, user_id, "hook.renew", connection.name)
    return secret


def known_secret(connection_id: int) -> str | None:
    """The secret part of the address of a connection that is there; None when it has none yet."""
    row = Hook.objects.filter(connection_id=connection_id).exclude(connection__state=connections.REMOVED).first()
    return None if row is None else _opened(row) or None


def facts(connection_id: int) -> dict[str, Any]:
    """What arrived so far."""
    row = Hook.objects.filter(connection_id=connection_id).first()
    if row is None:
        return {"heard_at": None, "refused_at": None, "refused": 0}
    return {"heard_at": row.heard_at, "refused_at": row.refused_at, "refused": row.refused}


# ------------------------------------------------------------------ calls


def heard(connection_id: int, mark: str, objects: Iterable[str]) -> bool:
    """A genuine call: note what is to be looked at. False for a repetition of an earlier call, which does nothing."""
    now = clock.now()
    with transaction.atomic():
        connection = Connection.objects.get(id=connection_id)
        Hook.objects.filter(connection_id=connection_id).update(heard_at=now)
        if mark and not _first(connection_id, mark[:LONGEST_MARK], now):
            return False
        for sync in concerned(connection, set(objects)):
            _nudge(sync, now)
    return True


def _first(connection_id: int, mark: str, now: datetime) -> bool:
    try:
        with transaction.atomic():
            HookCall.objects.create(connection_id=connection_id, mark=mark, at=now)
    except IntegrityError:
        return False
    return True


def concerned(connection: Connection, objects: set[str]) -> list[Sync]:
    """The syncs that read one of these objects (or a view of one: ``object@view``) as a source, and that run by themselves:
    linked, and with a schedule only when that is enabled."""
    return [sync for object, sync in reading(connection) if object in objects or object.partition("@")[0] in objects]


def reading(connection: Connection) -> list[tuple[str, Sync]]:
    """The syncs that read from a connection and run by themselves, each with the object that it reads."""
    left = Q(pairing__left_connection=connection, to_right=True)
    right = Q(pairing__right_connection=connection, to_left=True)
    found = []
    for sync in _by_themselves(connection.workspace_id).select_related("pairing").filter(left | right).order_by("id"):
        pair = sync.pairing
        here = pair.left_connection_id == connection.id and sync.to_right
        found.append((pair.left_object if here else pair.right_object, sync))
    return found


def _by_themselves(workspace_id: int) -> QuerySet[Sync]:
    linked = Sync.objects.filter(workspace_id=workspace_id, pairing__linked=True)
    return linked.filter(Q(schedule__isnull=True) | Q(schedule__enabled=True))


def _nudge(sync: Sync, now: datetime) -> None:
    mine = Nudge.objects.filter(sync=sync)
    if mine.update(turn=F("turn") + 1):
        return
    try:
        with transaction.atomic():
            Nudge.objects.create(workspace_id=sync.workspace_id, sync=sync, due_at=now + GATHER)
    except IntegrityError:  # another call at the same moment
        mine.update(turn=F("turn") + 1)


def refused(connection_id: int, why: str) -> None:
    """A call that is not genuine: counted, and written to the audit trail once an hour however many there are."""
    now = clock.now()
    recent = Q(refused_at__isnull=False, refused_at__gt=now - COUNTED)
    with transaction.atomic():
        mine = Hook.objects.filter(connection_id=connection_id)
        if not mine.exclude(recent).update(refused_at=now, refused=F("refused") + 1):
            return
        due = mine.filter(Q(noted_at__isnull=True) | Q(noted_at__lte=now - NOTED))
        if due.update(noted_at=now):
            row = Hook.objects.select_related("connection").get(connection_id=connection_id)
            audit.note(
                row.workspace_id, None, "hook.refused", row.connection.name, after={"why": why, "count": row.refused}
            )


def failing(workspace_id: int) -> list[Hook]:
    """Connections whose webhooks a service was asked for in vain."""
    rows = Hook.objects.select_related("connection").filter(workspace_id=workspace_id, wanted=True).exclude(code="")
    return list(rows.exclude(connection__state=connections.REMOVED).order_by("connection_id"))


def refusing(workspace_id: int) -> list[tuple[Connection, int]]:
    """Connections whose address was called by somebody else within a day, with how often in all."""
    since = clock.now() - timedelta(days=1)
    rows = Hook.objects.select_related("connection").filter(workspace_id=workspace_id, refused_at__gte=since)
    return [(row.connection, row.refused) for row in rows.order_by("connection_id")]


# ------------------------------------------------------------------ nudges become runs


def begin_due(now: datetime) -> list[int]:
    """Begin the runs that are due; answers them. A sync that is at work, or whose plan waits for a person, is asked again later;
    one that was switched off, unlinked or paused meanwhile is not begun."""
    begun = []
    for nudge in Nudge.objects.filter(due_at__lte=now).order_by("due_at", "sync_id")[:200]:
        wait, run_id = _begin(nudge)
        if run_id is not None:
            begun.append(run_id)
        mine = Nudge.objects.filter(sync_id=nudge.sync_id)
        # a call that arrived while the run was begun may tell of something that it has not read
        if wait is not None or not mine.filter(turn=nudge.turn).delete()[0]:
            mine.update(due_at=now + (wait or GATHER))
    return begun


def _begin(nudge: Nudge) -> tuple[timedelta | None, int | None]:
    """After how long to ask again, and the run that was begun. Neither: nothing is to be done."""
    sync = _by_themselves(nudge.workspace_id).filter(id=nudge.sync_id).first()
    if sync is None:
        return None, None
    if Run.objects.filter(sync=sync, state__in=("planned", "held")).exists():
        return LATER, None
    if Run.objects.filter(sync=sync, state__in=ACTIVE_RUNS).exists():
        return AGAIN, None
    pause = drift.pauses(nudge.workspace_id, [sync.id]).get(sync.id)
    if pause is not None and pause.whole:
        return None, None
    try:
        run_id = runs.create_run(
            sync.id, workspace_id=sync.workspace_id, trigger="hook", user_id=None, schedule_id=sync.schedule_id
        )
    except ChoaiError as error:
        return (AGAIN if error.code == "already_running" else None), None
    return None, run_id


def forget(now: datetime) -> int:
    """Forget marks of calls that nobody repeats any more; answers how many."""
    return HookCall.objects.filter(at__lt=now - KEPT).delete()[0]
