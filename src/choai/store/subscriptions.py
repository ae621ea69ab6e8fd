"""Webhooks that a service is asked for by its API: whether a person wants them, what the service knows, when to look again.

The calls to the service are made in runtime/subscribing.py. A worker looks at each wanted subscription once a minute: it is made,
renewed before it ends, and told anew when the syncs, the address or its secret have changed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from choai import clock
from choai.connectors.contract import Subscription
from choai.errors import ChoaiError
from choai.store import audit, connections, hooks, links
from choai.store.models import Connection, Hook

LOOK = timedelta(minutes=1)
AGAIN = timedelta(minutes=5)  # after a failure
TAKEN = timedelta(minutes=2)  # so long a worker has it for itself


@dataclass(slots=True, frozen=True)
class Wish:
    """What a connection's subscription should be. ``objects``: what syncs read that run by themselves; ``told``: a digest of all
    this; ``due``: the service does not know it so, or it ends soon."""

    connection_id: int
    workspace_id: int
    user_id: int | None
    wanted: bool
    address: str = field(repr=False)
    token: str = field(repr=False)
    objects: tuple[str, ...]
    known: Subscription | None
    told: str
    due: bool


def turn(workspace_id: int, user_id: int, connection_id: int, base: str, *, on: bool) -> None:
    """A person wants the service's notices, or does not any more. ``base``: of our own address, as the service can reach it.
    Raises not_found."""
    with transaction.atomic():
        connection = connections.one(workspace_id, connection_id)
        hooks.secret_of(workspace_id, connection_id)
        hooks.secrets_in(Hook.objects.select_for_update().get(connection=connection))
        # whoever asks makes the call at once; a worker looks when that came to nothing
        facts = {"wanted": on, "base": base, "look_at": clock.now() + TAKEN, "code": "", "facts": {}}
        Hook.objects.filter(connection=connection).update(**facts, **({"wanted_by_id": user_id} if on else {}))
        audit.note(workspace_id, user_id, "hook.subscribe" if on else "hook.unsubscribe", connection.name)


def claim(now: datetime) -> list[int]:
    """The connections that this worker is to look at now; others leave them alone for a while."""
    due = Hook.objects.filter(look_at__lte=now).exclude(connection__state=connections.REMOVED)
    taken = []
    for connection_id, look_at in due.values_list("connection_id", "look_at")[:50]:
        if Hook.objects.filter(connection_id=connection_id, look_at=look_at).update(look_at=now + TAKEN):
            taken.append(connection_id)
    return taken


def wish(connection_id: int) -> Wish | None:
    """None when there is nothing to look at any more."""
    row = Hook.objects.select_related("connection").filter(connection_id=connection_id).first()
    if row is None or row.connection.state == connections.REMOVED or not (row.wanted or row.subscription):
        return None
    secret, token = hooks.secrets_in(row)
    address = f"{row.base}/hooks/{connection_id}/{secret}"
    objects = tuple(sorted({object for object, _ in hooks.reading(row.connection)}))
    told = hashlib.sha256("\n".join((address, token, *objects)).encode()).hexdigest()
    known = Subscription(row.subscription, row.expires_at) if row.subscription else None
    late = row.renew_at is not None and row.renew_at <= clock.now()
    due = known is None or told != row.told or late
    return Wish(
        connection_id, row.workspace_id, row.wanted_by_id, row.wanted, address, token, objects, known, told, due
    )


def kept(wish: Wish, made: Subscription, renew_seconds: int | None) -> None:
    """The service knows it now."""
    now = clock.now()
    ends = None if made.expires_at is None else now + (made.expires_at - now) / 2
    wished = None if renew_seconds is None else now + timedelta(seconds=renew_seconds)
    renew_at = min((at for at in (ends, wished) if at is not None), default=None)
    _row(wish).update(
        subscription=made.id, told=wish.told, expires_at=made.expires_at, renew_at=renew_at, look_at=now + LOOK,
        code="", facts={},
    )  # fmt: skip


def forgotten(wish: Wish) -> None:
    """The service does not know it any more; a wanted one is looked at again (a sync may begin to read)."""
    _row(wish).update(
        subscription="", told="", expires_at=None, renew_at=None, look_at=clock.now() + LOOK if wish.wanted else None,
        code="", facts={},
    )  # fmt: skip


def left(wish: Wish, user_id: int, code: str) -> None:
    """Taken back before that user deletes the connection; with a ``code`` the service could not be told. Should the connection
    stay all the same, a wanted subscription is made again."""
    with transaction.atomic():
        forgotten(wish)
        name = connections.one(wish.workspace_id, wish.connection_id).name
        audit.note(wish.workspace_id, user_id, "hook.unsubscribe", name, after={"code": code} if code else None)


def looked(wish: Wish) -> None:
    _row(wish).update(look_at=clock.now() + LOOK)


def failed(wish: Wish, error: ChoaiError) -> None:
    """Tried again after a while, or when the service said."""
    until = error.facts.get("until")
    later = datetime.fromisoformat(str(until)) if until else clock.now() + AGAIN
    _row(wish).update(code=error.code, facts=links.plain(error.facts), look_at=later)


def _row(wish: Wish) -> Any:
    """As it was looked at: what a person switched meanwhile is looked at anew."""
    return Hook.objects.filter(connection_id=wish.connection_id, wanted=wish.wanted)


def facts(connection: Connection) -> dict[str, Any]:
    """For the screens. ``waiting``: wanted, but nothing reads from here by itself."""
    row = Hook.objects.filter(connection=connection).first()
    if row is None:
        return {"wanted": False, "subscribed": False, "waiting": False, "expires_at": None, "code": "", "facts": {}}
    alive = bool(row.subscription) and (row.expires_at is None or row.expires_at > clock.now())
    return {
        "wanted": row.wanted,
        "subscribed": row.wanted and alive,
        "waiting": row.wanted and not row.subscription and not row.code and not hooks.reading(connection),
        "expires_at": row.expires_at if row.subscription else None,
        "code": row.code if row.wanted else "",
        "facts": {"connection": connection.name, **row.facts},
    }
