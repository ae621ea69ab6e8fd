"""Rows that store tests begin with."""

from __future__ import annotations

import itertools
from typing import Any

_numbers = itertools.count(1)


def a_workspace(**settings: Any) -> Any:
    from choai.store.models import Workspace

    return Workspace.objects.create(name=f"会社{next(_numbers)}", settings=settings)


def a_user(workspace: Any, role: str = "operator", **fields: Any) -> Any:
    from choai.store.models import Member, User

    user = User.objects.create(email=f"u{next(_numbers)}@example.com", name="経理 花子", **fields)
    Member.objects.create(workspace=workspace, user=user, role=role)
    return user


def a_connection(workspace: Any, secrets: dict[str, Any] | None = None, **fields: Any) -> Any:
    """``secrets`` are sealed as the product does it."""
    from choai.store.links import store_secrets
    from choai.store.models import Connection

    facts = {"service": "fake", "name": "本社", "auth": "oauth", "state": "ready", **fields}
    row = Connection.objects.create(workspace=workspace, **facts)
    if secrets:
        store_secrets(row.id, secrets)
        row.refresh_from_db()
    return row


def a_run(connection: Any) -> int:
    """A run of a sync over that connection (on both sides)."""
    from choai import clock
    from choai.store.models import Pairing, Run, Sync

    pairing = Pairing.objects.create(
        workspace=connection.workspace,
        kind="partner",
        left_connection=connection,
        left_object="app:1",
        right_connection=connection,
        right_object="partner",
    )
    sync = Sync.objects.create(workspace=connection.workspace, pairing=pairing, name="取引先")
    facts = {"batch": "b", "trigger": "manual", "created_at": clock.now()}
    return int(Run.objects.create(workspace=connection.workspace, sync=sync, **facts).id)
