"""Connections as people see and edit them. Secret settings go into ``sealed`` and never come out again here."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet

from choai import clock
from choai.connectors import registry
from choai.connectors.contract import SettingSpec, Spec
from choai.errors import ChoaiError
from choai.store import audit, budget
from choai.store.links import account_of
from choai.store.models import Authorisation, Connection, Member, Pairing, SchemaSnapshot, Sync
from choai.store.pages import Found, found, ordering
from choai.store.seal import seal, unseal

REMOVED = "removed"
_SORTS = {"name": ("name",), "service": ("service",), "state": ("state",), "checked_at": ("checked_at",)}


def alive(workspace_id: int) -> QuerySet[Connection]:
    return Connection.objects.filter(workspace_id=workspace_id).exclude(state=REMOVED)


def one(workspace_id: int, connection_id: int) -> Connection:
    """Raises not_found."""
    row = alive(workspace_id).filter(id=connection_id).first()
    if row is None:
        raise ChoaiError("not_found", what="connection", id=connection_id)
    return row


def listed(workspace_id: int, user_id: int, *, page: int, page_size: int, sort: str = "", q: str = "") -> Found:
    """The connections of a workspace as ``facts`` describes them."""
    rows = alive(workspace_id)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(service__icontains=q))
    answer = found(rows.order_by(*ordering(sort, _SORTS, "name")), page, page_size, lambda row: {"row": row})
    answer.rows = facts(workspace_id, user_id, [entry["row"] for entry in answer.rows])
    return answer


def facts(workspace_id: int, user_id: int, rows: list[Connection]) -> list[dict[str, Any]]:
    """Everything a screen shows of these connections. Asked for together, so that a list costs a handful of queries."""
    ids = [row.id for row in rows]
    grants: dict[int, list[Authorisation]] = defaultdict(list)
    for grant in Authorisation.objects.filter(connection_id__in=ids, workspace_id=workspace_id):
        grants[grant.connection_id].append(grant)
    uses: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for sync_id, name, left, right in _users_of(ids):
        for connection_id in {left, right} & set(ids):
            uses[connection_id].append({"id": sync_id, "name": name})
    members = set(Member.objects.filter(workspace_id=workspace_id).values_list("user_id", flat=True))
    return [_facts(row, user_id, grants[row.id], uses[row.id], members) for row in rows]


def _users_of(ids: list[int]) -> list[tuple[int, str, int, int]]:
    found = Sync.objects.filter(Q(pairing__left_connection__in=ids) | Q(pairing__right_connection__in=ids))
    return list(
        found.order_by("id").values_list("id", "name", "pairing__left_connection_id", "pairing__right_connection_id")
    )


def _facts(
    row: Connection,
    user_id: int,
    grants: list[Authorisation],
    used_by: list[dict[str, Any]],
    members: set[int],
) -> dict[str, Any]:
    spec = registry.spec(row.service)
    valid = {g.user_id for g in grants if g.state == "ok"} & members
    personal = row.auth == "oauth"
    refreshed = [g.refreshed_at for g in grants if g.refreshed_at]
    state, code, why = row.state, row.state_code, row.state_facts
    if personal and any(g.user_id == user_id and g.state == "reauthorise" for g in grants) and state == "ready":
        state, code, why = "reauthorise", "reauthorise", {"connection": row.name}
    return {
        "id": row.id,
        "service": row.service,
        "name": row.name,
        "auth": row.auth,
        "state": state,
        "code": code,
        "facts": {"connection": row.name, **why},
        "account": row.account,
        "authorised": user_id in valid if personal else state == "ready",
        "people": {
            "authorised": len(valid) if personal else len(members),
            "missing": len(members - valid) if personal else 0,
        },
        "used_by": used_by,
        "usage": usage(row),
        "checked_at": row.checked_at,
        "refreshed_at": max(refreshed, default=None),
        "expires_hint": _expiry(spec, refreshed) if personal else None,
        "created_by": str(row.created_by) if row.created_by else None,
        "version": row.version,
    }


def _expiry(spec: Spec, refreshed: list[datetime]) -> datetime | None:
    """When the first idle refresh token dies (FK-12)."""
    if spec.oauth is None or spec.oauth.refresh_days is None or not refreshed:
        return None
    return min(refreshed) + timedelta(days=spec.oauth.refresh_days)


WARN_DAYS = 10  # before the death of an idle refresh token a person is told (FK-12)


def fading(workspace_id: int) -> list[tuple[Authorisation, str]]:
    """Grants that die within WARN_DAYS because nobody uses them, with the ISO day of their death."""
    found = []
    grants = Authorisation.objects.filter(
        workspace_id=workspace_id, state="ok", refreshed_at__isnull=False, user__isnull=False
    )
    for grant in grants.exclude(connection__state="removed").select_related("connection", "user"):
        ends = _expiry(registry.spec(grant.connection.service), [grant.refreshed_at] if grant.refreshed_at else [])
        if ends is not None and clock.now() >= ends - timedelta(days=WARN_DAYS):
            found.append((grant, ends.date().isoformat()))
    return found


def usage(row: Connection) -> list[dict[str, Any]]:
    """Day limits with what is used of them."""
    return [
        {
            "name": f"{u.name} {u.scope}".strip(),
            "limit": u.limit,
            "used": u.used,
            "resets_at": u.resets_at,
            "share": f"{u.share:.3f}",
        }
        for u in budget.usage(row.id, registry.spec(row.service), account_of(row))
    ]


def settings_of(row: Connection) -> tuple[dict[str, Any], list[str]]:
    """The open settings, and the names of the secret ones that are set."""
    return row.settings, sorted(unseal(f"connection:{row.id}", row.sealed))


# ------------------------------------------------------------------ editing


def _split(spec: Spec, given: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Open and secret settings. Raises bad_request for a name the service does not have or a value of the wrong form."""
    known = {s.name: s for s in spec.settings}
    plain: dict[str, Any] = {}
    secret: dict[str, Any] = {}
    for name, value in given.items():
        setting = known.get(name)
        if setting is None:
            raise ChoaiError("bad_request", detail=name, field=f"settings.{name}")
        if value in (None, "", []):
            continue
        _demand_form(setting, value)
        (secret if setting.secret or setting.kind == "apps" else plain)[name] = value
        if setting.kind == "apps":  # which apps is no secret, their tokens are
            plain[name] = [{k: v for k, v in app.items() if k != "token"} for app in value]
    return plain, secret


def _demand_form(setting: SettingSpec, value: Any) -> None:
    if setting.kind == "apps":
        right = isinstance(value, list) and all(isinstance(a, dict) and a.get("id") and a.get("token") for a in value)
    else:
        right = isinstance(value, str) and len(value) <= 2000
        right = right and (setting.pattern is None or re.fullmatch(setting.pattern, value) is not None)
        right = right and (not setting.choices or value in {c.value for c in setting.choices})
        right = right and (setting.kind != "url" or re.match(r"https?://", value) is not None)
    if not right:
        raise ChoaiError("bad_request", detail=setting.ja, field=f"settings.{setting.name}")


def _demand_complete(spec: Spec, auth: str, there: Mapping[str, Any]) -> None:
    for setting in spec.settings:
        concerns = not setting.learnt and (setting.auth is None or auth in setting.auth.split())
        if concerns and setting.required and setting.default is None and not there.get(setting.name):
            raise ChoaiError("bad_request", detail=setting.ja, field=f"settings.{setting.name}")


def create(
    workspace_id: int, user_id: int, *, service: str, name: str, auth: str, settings: Mapping[str, Any]
) -> Connection:
    """A new connection, not yet authorised. Raises not_found (no such service), bad_request (with the field)."""
    spec = registry.spec(service)
    if auth not in spec.auth:
        raise ChoaiError("bad_request", detail=auth, field="auth")
    plain, secret = _split(spec, settings)
    _demand_complete(spec, auth, {**plain, **secret})
    with transaction.atomic():
        row = Connection.objects.create(
            workspace_id=workspace_id, service=service, name=name, auth=auth, settings=plain, created_by_id=user_id
        )
        if secret:
            row.sealed = seal(f"connection:{row.id}", secret)
            row.save(update_fields=["sealed"])
        audit.note(workspace_id, user_id, "connection.create", name, after={"service": service, "auth": auth, **plain})
    return row


def change(
    workspace_id: int,
    user_id: int,
    connection_id: int,
    *,
    version: int,
    name: str | None,
    settings: Mapping[str, Any] | None,
) -> Connection:
    """Edit a connection. Secret settings left out keep their value; an open setting given empty is taken away. Changed
    access settings make it "new" until it is tested again. Raises not_found, conflict_edit, bad_request."""
    with transaction.atomic():
        row = one(workspace_id, connection_id)
        before = {"name": row.name, **row.settings}
        if settings is not None:
            spec = registry.spec(row.service)
            plain, secret = _split(spec, settings)
            kept = {k: v for k, v in row.settings.items() if k not in settings}
            secrets = {**unseal(f"connection:{row.id}", row.sealed), **secret}
            _demand_complete(spec, row.auth, {**kept, **plain, **secrets})
            if secret or {**kept, **plain} != row.settings:
                row.state, row.state_code, row.state_facts = "new", "", {}
            row.settings = {**kept, **plain}
            row.sealed = seal(f"connection:{row.id}", secrets) if secrets else ""
        row.name = name or row.name
        changed = Connection.objects.filter(id=row.id, version=version).update(
            name=row.name,
            settings=row.settings,
            sealed=row.sealed,
            state=row.state,
            state_code=row.state_code,
            state_facts=row.state_facts,
            version=F("version") + 1,
        )
        if not changed:
            raise ChoaiError("conflict_edit", what="connection", id=connection_id)
        replaced = sorted(secret) if settings is not None else []
        audit.note(
            workspace_id,
            user_id,
            "connection.change",
            row.name,
            before,
            {"name": row.name, **row.settings, **({"secrets_replaced": replaced} if replaced else {})},
        )
    return one(workspace_id, connection_id)


def choose_account(workspace_id: int, user_id: int, connection_id: int, account_id: str) -> Connection:
    """Another of the accounts the authorisation reaches (freee: 事業所). Raises wrong_company when it is none of them."""
    with transaction.atomic():
        row = one(workspace_id, connection_id)
        account = account_of(row)
        choices = {c["id"] for c in account.choices} if account else set()
        if account is None or account_id not in choices | {account.id}:
            raise ChoaiError("wrong_company", id=account_id, connection=row.name)
        if (
            Pairing.objects.filter(Q(left_connection=row) | Q(right_connection=row)).exists()
            and account_id != account.id
        ):
            # Bindings belong to one company: another company is another connection.
            raise ChoaiError("connection_in_use", connection=row.name, used_by=names_using(row.id))
        before = {"company_id": row.settings.get("company_id")}
        Connection.objects.filter(id=row.id).update(
            settings={**row.settings, "company_id": account_id}, version=F("version") + 1
        )
        audit.note(workspace_id, user_id, "connection.account", row.name, before, {"company_id": account_id})
    return one(workspace_id, connection_id)


def names_using(connection_id: int) -> str:
    return "、".join(name for _, name, _, _ in _users_of([connection_id]))


def delete(workspace_id: int, user_id: int, connection_id: int, *, force: bool) -> None:
    """Delete a connection. One that syncs use is refused with their names (connection_in_use, RK-11); by force its secrets
    and grants go, the linkages are disabled, and its bindings wait for the same account to be linked again (CC-05)."""
    with transaction.atomic():
        row = one(workspace_id, connection_id)
        pairings = Pairing.objects.filter(Q(left_connection=row) | Q(right_connection=row))
        used_by = names_using(row.id)
        if used_by and not force:
            raise ChoaiError("connection_in_use", connection=row.name, used_by=used_by)
        audit.note(
            workspace_id, user_id, "connection.delete", row.name, before={"service": row.service, "force": force}
        )
        if not pairings.exists():
            row.delete()
            return
        pairings.update(linked=False)
        row.authorisations.all().delete()
        SchemaSnapshot.objects.filter(connection=row).delete()
        Connection.objects.filter(id=row.id).update(
            state=REMOVED, state_code="", state_facts={}, sealed="", version=F("version") + 1
        )


def people(workspace_id: int, connection_id: int) -> list[dict[str, Any]]:
    """Every member and whether they have authorised this connection (FK-05)."""
    row = one(workspace_id, connection_id)
    grants = {g.user_id: g for g in row.authorisations.all()}
    answer = []
    for member in Member.objects.select_related("user").filter(workspace_id=workspace_id).order_by("user__name", "id"):
        grant = grants.get(member.user_id)
        state = grant.state if grant else "missing"
        if row.auth != "oauth":
            state = "ok"
        answer.append(
            {
                "user": {"id": member.user_id, "name": str(member.user)},
                "authorised": state == "ok",
                "state": state,
                "service_user": grant.service_user if grant else "",
            }
        )
    return answer


def snapshot(workspace_id: int, connection_id: int, object: str) -> SchemaSnapshot | None:
    """The last discovered fields of an object."""
    return SchemaSnapshot.objects.filter(workspace_id=workspace_id, connection_id=connection_id, object=object).first()


def objects_used(workspace_id: int, connection_id: int) -> list[str]:
    """The objects of a connection that syncs use."""
    found = Pairing.objects.filter(workspace_id=workspace_id, syncs__isnull=False)
    ends = [(f"{side}_connection_id", f"{side}_object") for side in ("left", "right")]
    return sorted(
        {name for at, held in ends for name in found.filter(**{at: connection_id}).values_list(held, flat=True)}
    )


CATALOGUE = "*"  # the object under which a connection's list of objects is remembered


def save_catalogue(workspace_id: int, connection_id: int, objects: Mapping[str, Mapping[str, str]]) -> None:
    """Remember what the connection's objects are called: name → {"ja", "en"}."""
    SchemaSnapshot.objects.update_or_create(
        connection_id=connection_id, object=CATALOGUE, defaults={"workspace_id": workspace_id, "data": dict(objects)}
    )


def labels(workspace_id: int) -> dict[int, dict[str, dict[str, str]]]:
    """What objects are called, by connection and name, as far as it was ever asked."""
    rows = SchemaSnapshot.objects.filter(workspace_id=workspace_id, object=CATALOGUE)
    return dict(rows.values_list("connection_id", "data"))
