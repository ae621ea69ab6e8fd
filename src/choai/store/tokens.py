"""People's OAuth grants on connections, and the lease that lets one process refresh at a time.

A refresh is: ``claim`` (lease by the database's clock) → HTTP with no transaction open → ``keep`` (compare-and-swap on the
version, before the new token is used). Whoever finds the version moved on takes what is there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from choai import clock
from choai.store.dialect import rows
from choai.store.models import Authorisation, Connection, OAuthState
from choai.store.seal import seal, unseal

LEASE = 60.0  # seconds; longer than the token requests of one refresh
TRIP_HOURS = 1

_CLAIM = "UPDATE store_authorisation SET holder=%s, lease_until=:now+%s WHERE id=%s AND lease_until<:now RETURNING id"


@dataclass(slots=True, frozen=True)
class Grant:
    """``previous`` is the refresh token before the present one; instants are epoch seconds."""

    id: int
    connection_id: int
    user_id: int | None
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    previous: str = field(repr=False)
    issued_at: float
    expires_at: float
    state: str
    version: int


@dataclass(slots=True, frozen=True)
class Trip:
    """A round trip to a consent page."""

    connection_id: int
    workspace_id: int
    user_id: int
    verifier: str
    redirect_uri: str
    back: str


def grant_of(connection_id: int, user_id: int) -> Grant | None:
    """That person's grant on the connection, if there is one."""
    row = Authorisation.objects.filter(connection_id=connection_id, user_id=user_id).first()
    return None if row is None else _grant(row)


def own_grant(connection_id: int) -> Grant:
    """The connection's own sign-in, made empty and expired when there is none yet. Its ``refresh`` is no token, but a digest of
    what it was signed in with."""
    workspace_id = Connection.objects.values_list("workspace_id", flat=True).get(id=connection_id)
    row, _ = Authorisation.objects.get_or_create(
        connection_id=connection_id, user=None, defaults={"workspace_id": workspace_id}
    )
    return _grant(row)


def read(grant_id: int) -> Grant | None:
    row = Authorisation.objects.filter(id=grant_id).first()
    return None if row is None else _grant(row)


def version_of(grant_id: int) -> int | None:
    """Cheap look whether a grant is still the one in hand; None when it is gone."""
    found = rows("SELECT version FROM store_authorisation WHERE id=%s", [grant_id])
    return found[0][0] if found else None


def claim(grant_id: int, holder: str) -> Grant | None:
    """Take the refresh lease; the grant as it is now, or None while somebody else holds the lease."""
    return read(grant_id) if rows(_CLAIM, [holder, LEASE, grant_id]) else None


def keep(grant: Grant, access: str, refresh: str, expires_at: float) -> bool:
    """Store the new pair and end the lease. False, and nothing stored, when the grant changed since it was claimed.

    Whoever kept the lease too long (a stopped process) finds the grant rejected, because another one offered the same refresh
    token after us: the pair in our hand is its successor, and the grant is well again.
    """
    secrets = {"access": access, "refresh": refresh, "previous": grant.refresh if refresh != grant.refresh else ""}
    fresh = {
        "sealed": seal(_identity(grant.id), secrets),
        "expires_at": expires_at,
        "refreshed_at": clock.now(),
        "state": "ok",
        "version": grant.version + 1,
        "holder": "",
        "lease_until": 0,
    }
    kept = bool(Authorisation.objects.filter(id=grant.id, version=grant.version).update(**fresh))
    return kept or _keep_late(grant, fresh)


@transaction.atomic
def _keep_late(grant: Grant, fresh: dict[str, Any]) -> bool:
    row = Authorisation.objects.select_for_update().filter(id=grant.id, state="reauthorise").first()
    if row is None or _grant(row).refresh != grant.refresh:
        return False
    Authorisation.objects.filter(id=grant.id).update(**{**fresh, "version": row.version + 1})
    lost = Connection.objects.filter(id=row.connection_id, state="reauthorise")
    lost.update(state="ready", state_code="", state_facts={})
    return True


def release(grant_id: int, holder: str) -> None:
    """End a lease without a new pair."""
    Authorisation.objects.filter(id=grant_id, holder=holder).update(holder="", lease_until=0)


def clear_leases() -> None:
    """End every lease. Only where one process is alone on the database (SQLite), at its start."""
    Authorisation.objects.exclude(holder="").update(holder="", lease_until=0)


def reject(grant: Grant) -> bool:
    """The service no longer takes the refresh token: a person must authorise again. False when the grant changed meanwhile."""
    same = Authorisation.objects.filter(id=grant.id, version=grant.version)
    return bool(same.update(state="reauthorise", holder="", lease_until=0, version=grant.version + 1))


@transaction.atomic
def store_grant(connection_id: int, user_id: int, access: str, refresh: str, expires_at: float) -> Grant:
    """The pair of a new consent; replaces that person's earlier one."""
    workspace_id = Connection.objects.values_list("workspace_id", flat=True).get(id=connection_id)
    row, _ = Authorisation.objects.get_or_create(
        connection_id=connection_id, user_id=user_id, defaults={"workspace_id": workspace_id}
    )
    Authorisation.objects.filter(id=row.id).update(
        sealed=seal(_identity(row.id), {"access": access, "refresh": refresh, "previous": ""}),
        expires_at=expires_at,
        refreshed_at=clock.now(),
        state="ok",
        version=F("version") + 1,
        holder="",
        lease_until=0,
    )
    row.refresh_from_db()
    return _grant(row)


def forget(grant_id: int) -> None:
    Authorisation.objects.filter(id=grant_id).delete()


def begin_trip(state: str, connection_id: int, user_id: int, *, verifier: str, redirect_uri: str, back: str) -> None:
    """Note a round trip before the person leaves; trips that never came back are swept."""
    workspace_id = Connection.objects.values_list("workspace_id", flat=True).get(id=connection_id)
    OAuthState.objects.filter(created_at__lt=clock.now() - timedelta(hours=TRIP_HOURS)).delete()
    OAuthState.objects.create(
        state=state,
        workspace_id=workspace_id,
        connection_id=connection_id,
        user_id=user_id,
        verifier=verifier,
        redirect_uri=redirect_uri,
        back=back,
    )


def trip(state: str) -> Trip | None:
    """A trip that is under way and not too old; it stays under way."""
    since = clock.now() - timedelta(hours=TRIP_HOURS)
    row = OAuthState.objects.filter(state=state, created_at__gte=since).first()
    if row is None:
        return None
    return Trip(row.connection_id, row.workspace_id, row.user_id, row.verifier, row.redirect_uri, row.back)


def end_trip(state: str) -> bool:
    """True for the one caller that ends it: a state is good for one return."""
    return bool(OAuthState.objects.filter(state=state).delete()[0])


def _identity(grant_id: int) -> str:
    return f"authorisation:{grant_id}"


def _grant(row: Authorisation) -> Grant:
    secrets = unseal(_identity(row.id), row.sealed)
    return Grant(
        id=row.id,
        connection_id=row.connection_id,
        user_id=row.user_id,
        access=secrets.get("access", ""),
        refresh=secrets.get("refresh", ""),
        previous=secrets.get("previous", ""),
        issued_at=row.refreshed_at.timestamp() if row.refreshed_at else 0.0,
        expires_at=row.expires_at,
        state=row.state,
        version=row.version,
    )
