"""What is needed to open a connection, and what opening it taught: account, state, learnt settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from django.db import transaction

from choai import clock
from choai.connectors.contract import OWN_WAYS, Account
from choai.engine.budget import SHARE
from choai.errors import ChoaiError, Recovery
from choai.store import tokens
from choai.store.models import Authorisation, Connection, Member, Run, User
from choai.store.seal import seal, unseal

BLOCKED = (
    "ip_blocked",
    "maintenance",
    "burst_blocked",
    "throttled",
    "budget_spent",
    "freee_plan_limit",
    "plan_not_eligible",
    "app_permission_missing",
    "no_permission",
)

FEW = 20  # records of a run that a person waits for


@dataclass(slots=True, frozen=True)
class Opening:
    """A connection with its secrets opened. ``share`` is the part of a vendor's day that runs may use. ``may_run``: the user is
    active and has a role in the workspace that may run syncs."""

    connection_id: int
    workspace_id: int
    service: str
    name: str
    auth: str
    settings: dict[str, Any]
    secrets: dict[str, Any] = field(repr=False)
    account: Account | None
    state: str
    state_code: str
    share: float
    user_id: int | None
    user_name: str
    may_run: bool
    grant: tokens.Grant | None = field(repr=False)


def load(connection_id: int, user_id: int | None, workspace_id: int | None = None) -> Opening:
    """Raises ``not_found`` for a connection that was removed or is another workspace's."""
    rows = Connection.objects.select_related("workspace").filter(id=connection_id).exclude(state="removed")
    row = (rows if workspace_id is None else rows.filter(workspace_id=workspace_id)).first()
    if row is None:
        raise ChoaiError("not_found", id=connection_id)
    user = None if user_id is None else User.objects.filter(id=user_id).first()
    share = row.settings.get("quota_share", row.workspace.settings.get("quota_share", SHARE))
    return Opening(
        connection_id=row.id,
        workspace_id=row.workspace_id,
        service=row.service,
        name=row.name,
        auth=row.auth,
        settings=row.settings,
        secrets=secrets_of(row),
        account=account_of(row),
        state=row.state,
        state_code=row.state_code,
        share=_share(share),
        user_id=user_id,
        user_name=str(user) if user else "",
        may_run=user is not None and user.is_active and _has_role(user, row.workspace_id),
        grant=_grant(row, user),
    )


def _grant(row: Connection, user: User | None) -> tokens.Grant | None:
    """The user's, or the connection's own where it signs in by itself."""
    if row.auth in OWN_WAYS:
        return tokens.own_grant(row.id)
    return None if user is None else tokens.grant_of(row.id, user.pk)


def terms(run_id: int) -> tuple[float | None, bool]:
    """What a run may take of its connections: the share that its sync has of its own (None: the connection's), and whether a
    person waits for it because it is about a few chosen records."""
    run = Run.objects.only("settings", "started_by").get(id=run_id)
    own = (run.settings.get("options") or {}).get("quota_share")
    chosen = sum(len(ids) for ids in (run.settings.get("only") or {}).values())
    few = run.started_by_id is not None and 0 < chosen <= FEW
    return None if own is None else _share(own), few


def secrets_of(row: Connection) -> dict[str, Any]:
    """The secret settings of a connection, opened."""
    return unseal(f"connection:{row.id}", row.sealed)


@transaction.atomic
def store_secrets(connection_id: int, changes: Mapping[str, Any]) -> None:
    """Merge secret settings into a connection and seal them; None removes one."""
    row = Connection.objects.select_for_update().get(id=connection_id)
    merged = {k: v for k, v in {**secrets_of(row), **changes}.items() if v is not None}
    Connection.objects.filter(id=row.id).update(sealed=seal(f"connection:{row.id}", merged) if merged else "")


def account_of(row: Connection) -> Account | None:
    """The account as ``identify`` found it last."""
    return None if row.account is None else msgspec.convert(row.account, Account)


def limits_of(opening: Opening) -> dict[str, int]:
    """Counts by limit name: the plan's, and over them what the connection's setting ``limits`` says (an agreement with the
    vendor, or a sandbox)."""
    own = opening.settings.get("limits")
    agreed = {k: v for k, v in own.items() if isinstance(v, int) and v > 0} if isinstance(own, dict) else {}
    return {**(opening.account.limits if opening.account else {}), **agreed}


@transaction.atomic
def found(connection_id: int, account: Account, user_id: int | None) -> None:
    """The connection answered: remember who it is, and that it works."""
    Connection.objects.filter(id=connection_id).update(
        account=msgspec.to_builtins(account), state="ready", state_code="", state_facts={}, checked_at=clock.now()
    )
    if user_id is not None:
        mine = Authorisation.objects.filter(connection_id=connection_id, user_id=user_id)
        mine.update(service_user=(account.user_name or account.user_id or "")[:200])


def failed(connection_id: int, error: ChoaiError) -> None:
    """The connection did not answer as it should: remember why. The account known until then stays."""
    if error.recovery is Recovery.REAUTHORISE:
        state = "reauthorise"
    else:
        state = "blocked" if error.code in BLOCKED else "error"
    Connection.objects.filter(id=connection_id).update(
        state=state, state_code=error.code, state_facts=plain(error.facts), checked_at=clock.now()
    )


@transaction.atomic
def learn(connection_id: int, learnt: Mapping[str, Any], user_id: int | None) -> None:
    """Merge settings that a token answer taught (the company chosen). The first to authorise is the initial configurer
    (FK-06)."""
    row = Connection.objects.select_for_update().get(id=connection_id)
    row.settings = {**row.settings, **learnt}
    if row.created_by_id is None:
        row.created_by_id = user_id
    row.save(update_fields=["settings", "created_by"])


@transaction.atomic
def withdraw(connection_id: int, grant_id: int) -> None:
    """Forget a grant; a connection without any is new again."""
    tokens.forget(grant_id)
    if not Authorisation.objects.filter(connection_id=connection_id).exists():
        Connection.objects.filter(id=connection_id).update(state="new", state_code="", state_facts={})


def plain(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as JSON values."""
    simple: dict[str, Any] = msgspec.to_builtins(dict(facts), enc_hook=str)
    return simple


def _has_role(user: User, workspace_id: int) -> bool:
    return Member.objects.filter(user=user, workspace_id=workspace_id).exclude(role="viewer").exists()


def _share(value: object) -> float:
    """A share as stored, kept within (0, 1]."""
    try:
        number = float(str(value))
    except ValueError:
        return SHARE
    return number if 0 < number <= 1 else SHARE
