"""A workspace with two connections and a sync, in the database at hand: what the runtime's tests begin with."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from choai.store.models import Connection, Pairing, Run, Schedule, Sync, User, Workspace


@dataclass
class Scene:
    workspace: Workspace
    user: User
    schedule: Schedule
    sync: Sync


def scene(syncs: int = 1, **schedule: Any) -> Scene:
    """``schedule`` overrides the row's columns; its syncs are of the kinds partner0, partner1 …; ``sync`` is the last one."""
    place = Workspace.objects.create(name="見本商事")
    user = User.objects.create(email=f"owner{place.id}@example.com", name="持ち主")
    crm = Connection.objects.create(workspace=place, service="kintone", name="kintone", auth="api_token")
    books = Connection.objects.create(workspace=place, service="freee", name="freee", auth="oauth")
    row = Schedule.objects.create(workspace=place, **{"kind": "partner", "data": {"kind": "daily"}} | schedule)
    for number in range(syncs):
        pairing = Pairing.objects.create(
            workspace=place,
            kind=f"partner{number}",
            left_connection=crm,
            left_object=f"app:{number}",
            right_connection=books,
            right_object="partner",
        )
        sync = Sync.objects.create(
            workspace=place, pairing=pairing, schedule=row, name=f"取引先{number}", to_left=True, run_as=user
        )
    return Scene(place, user, row, sync)


def until(what: Callable[[], Any], seconds: float = 30) -> Any:
    """The first true answer."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.03)
    raise AssertionError("it did not come about")


def state_of(run_id: int) -> str:
    return str(Run.objects.values_list("state", flat=True).get(id=run_id))
