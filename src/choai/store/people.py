"""People: the first start, memberships, passwords, API tokens. No secret leaves this module except a new token, once."""

from __future__ import annotations

import secrets
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Q

from choai import clock
from choai.errors import ChoaiError
from choai.store import audit
from choai.store.models import ApiToken, Member, SignInFailure, User, Workspace

TOKEN_PREFIX = "choai_"  # noqa: S105 the visible beginning, so that scanners recognise a leaked one
DEFAULT_SETTINGS: dict[str, Any] = {
    "night_window": ["01:00", "05:00"],
    "retention_days": 400,
    "quota_share": 0.8,
    "open_configuration": True,
}


def nobody_yet() -> bool:
    """Whether this installation waits for its first start."""
    return not User.objects.exists()


def check_password_rules(password: str, user: User | None = None) -> None:
    """Raises weak_password."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ChoaiError("weak_password", detail=" ".join(error.messages)) from None


def first_start(*, workspace: str, name: str, email: str, password: str, language: str) -> tuple[User, int]:
    """The owner and the first workspace. Raises forbidden once there is anybody, also when two people start at once."""
    owner = User(email=email.lower(), name=name, language=language)
    check_password_rules(password, owner)
    if not nobody_yet():
        raise ChoaiError("forbidden", permission="first_start")
    with transaction.atomic():
        try:  # a row of its own decides between two first starts at the same moment
            SignInFailure.objects.create(key="first-start", since=clock.now())
        except IntegrityError:
            raise ChoaiError("forbidden", permission="first_start") from None
        place = Workspace.objects.create(name=workspace, language=language, settings=DEFAULT_SETTINGS)
        owner.set_password(password)
        owner.save()
        Member.objects.create(workspace=place, user=owner, role="administrator")
        audit.note(place.id, owner.id, "workspace.first_start", place.name)
    return owner, place.id


def add_workspace(name: str, owner_id: int, language: str = "ja", time_zone: str = "Asia/Tokyo") -> int:
    """Another tenant of this installation, with its first administrator."""
    with transaction.atomic():
        place = Workspace.objects.create(name=name, language=language, time_zone=time_zone, settings=DEFAULT_SETTINGS)
        Member.objects.create(workspace=place, user_id=owner_id, role="administrator")
        audit.note(place.id, owner_id, "workspace.create", name)
    return place.id


# ------------------------------------------------------------------ who is who


def _member_facts(member: Member) -> dict[str, Any]:
    user, place = member.user, member.workspace
    return {
        "user_id": user.id,
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "role": member.role,
        "workspace_id": place.id,
        "workspace_name": place.name,
        "workspace_language": place.language,
        "time_zone": place.time_zone,
        "settings": place.settings,
    }


def membership(user_id: int, workspace_id: int | None) -> dict[str, Any] | None:
    """A person in a workspace (None: in the first one they joined), or None when they are not in it."""
    found = Member.objects.select_related("user", "workspace").filter(user_id=user_id, user__is_active=True)
    if workspace_id is not None:
        found = found.filter(workspace_id=workspace_id)
    member = found.order_by("id").first()
    return _member_facts(member) if member else None


def memberships(user_id: int) -> list[dict[str, Any]]:
    """All workspaces of a person."""
    found = Member.objects.select_related("user", "workspace").filter(user_id=user_id, user__is_active=True)
    return [_member_facts(m) for m in found.order_by("id")]


def token_member(token: str) -> dict[str, Any] | None:
    """The member an API token acts for, with ``token_role`` and ``token_id``; None when it is unknown, expired or its person
    has left. The time of use is kept to the minute."""
    now = clock.now()
    row = ApiToken.objects.filter(digest=_digest(token)).first()
    if row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    found = membership(row.user_id, row.workspace_id)
    if found is None:
        return None
    if row.used_at is None or (now - row.used_at).total_seconds() > 60:
        ApiToken.objects.filter(id=row.id).update(used_at=now)
    return {**found, "token_role": row.role, "token_id": row.id}


# ------------------------------------------------------------------ members


def members(workspace_id: int) -> list[dict[str, Any]]:
    """Everyone in a workspace, with the number of syncs that run as them."""
    found = (
        Member.objects.select_related("user")
        .filter(workspace_id=workspace_id)
        .annotate(runs=Count("user__sync", filter=Q(user__sync__workspace_id=workspace_id)))
        .order_by("user__name", "id")
    )
    return [
        {
            "id": m.user_id,
            "email": m.user.email,
            "name": m.user.name,
            "language": m.user.language,
            "role": m.role,
            "is_active": m.user.is_active,
            "runs": m.runs,
            "created_at": m.created_at,
        }
        for m in found
    ]


def add_member(
    workspace_id: int, by: int, *, email: str, name: str, role: str, password: str | None, language: str
) -> int:
    """Add a person. Somebody this installation already knows keeps their name and password. Raises already_member,
    weak_password (also when a new person gets none)."""
    email = email.lower()
    with transaction.atomic():
        user = User.objects.filter(email=email).first()
        if user is None:
            user = User(email=email, name=name, language=language)
            check_password_rules(password or "", user)
            user.set_password(password)
            user.save()
        try:
            with transaction.atomic():
                Member.objects.create(workspace_id=workspace_id, user=user, role=role)
        except IntegrityError:
            raise ChoaiError("already_member", email=email) from None
        audit.note(workspace_id, by, "user.add", email, after={"role": role})
    return int(user.id)


def _member(workspace_id: int, user_id: int) -> Member:
    found = (
        Member.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(workspace_id=workspace_id, user_id=user_id)
        .first()
    )
    if found is None:
        raise ChoaiError("not_found", what="user", id=user_id)
    return found


def _keep_an_administrator(workspace_id: int, user_id: int) -> None:
    others = Member.objects.select_for_update().filter(workspace_id=workspace_id, role="administrator")
    if not [m for m in others if m.user_id != user_id]:
        raise ChoaiError("last_administrator")


def change_member(
    workspace_id: int, by: int, user_id: int, *, role: str | None, name: str | None, password: str | None
) -> None:
    """Change a role, a name or a password. Name and password only of a person who is in no other workspace: they are
    that person's own. A new password ends all their sessions. Raises not_found, forbidden, last_administrator."""
    with transaction.atomic():
        member = _member(workspace_id, user_id)
        user = member.user
        elsewhere = Member.objects.filter(user_id=user_id).exclude(workspace_id=workspace_id).exists()
        if elsewhere and (name is not None or password is not None):
            raise ChoaiError("forbidden", permission="user.own", user=user.email)
        if role is not None and role != member.role:
            if member.role == "administrator":
                _keep_an_administrator(workspace_id, user_id)
            audit.note(workspace_id, by, "user.role", user.email, {"role": member.role}, {"role": role})
            member.role = role
            member.save(update_fields=["role"])
        if name is not None and name != user.name:
            audit.note(workspace_id, by, "user.name", user.email, {"name": user.name}, {"name": name})
            user.name = name
            user.save(update_fields=["name"])
        if password is not None:
            set_password(user, password)
            audit.note(workspace_id, by, "user.password", user.email)


def remove_member(workspace_id: int, by: int, user_id: int) -> None:
    """Take a person out of the workspace, with their tokens and their authorisations there. What they configured stays;
    syncs that run as them end as run_as_without_authority until they are handed over (FK-07)."""
    with transaction.atomic():
        member = _member(workspace_id, user_id)
        if member.role == "administrator":
            _keep_an_administrator(workspace_id, user_id)
        user = member.user
        member.delete()
        ApiToken.objects.filter(workspace_id=workspace_id, user_id=user_id).delete()
        user.authorisation_set.filter(workspace_id=workspace_id).delete()
        audit.note(workspace_id, by, "user.remove", user.email, before={"role": member.role})


# ------------------------------------------------------------------ oneself


def change_self(user_id: int, *, name: str | None, language: str | None) -> None:
    changes = {k: v for k, v in {"name": name, "language": language}.items() if v is not None}
    if changes:
        User.objects.filter(id=user_id).update(**changes)


def set_password(user: User, password: str) -> None:
    """A new password. Sessions signed in with the old one end by Django's session hash. Raises weak_password."""
    check_password_rules(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])


def forget_old_sessions(now: datetime) -> int:
    """Delete expired sessions; called by the nightly housekeeping."""
    return Session.objects.filter(expire_date__lt=now).delete()[0]


# ------------------------------------------------------------------ tokens


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


def tokens(workspace_id: int, user_id: int | None) -> list[dict[str, Any]]:
    """Tokens of a workspace, of one person or of all."""
    found = ApiToken.objects.select_related("user").filter(workspace_id=workspace_id)
    if user_id is not None:
        found = found.filter(user_id=user_id)
    return [_token_facts(t) for t in found.order_by("-id")]


def _token_facts(token: ApiToken) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "role": token.role,
        "user": str(token.user),
        "created_at": token.created_at,
        "used_at": token.used_at,
        "expires_at": token.expires_at,
    }


def create_token(
    workspace_id: int, user_id: int, *, name: str, role: str, expires_at: datetime | None
) -> dict[str, Any]:
    """A new token; its text is in the answer and nowhere else."""
    text = TOKEN_PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        row = ApiToken.objects.create(
            workspace_id=workspace_id,
            user_id=user_id,
            name=name,
            role=role,
            digest=_digest(text),
            expires_at=expires_at,
        )
        audit.note(workspace_id, user_id, "token.create", name, after={"role": role})
    return {**_token_facts(row), "token": text}


def delete_token(workspace_id: int, by: int, token_id: int, owner_id: int | None) -> None:
    """Revoke a token, of ``owner_id`` only or (None) of anybody. Raises not_found."""
    with transaction.atomic():
        found = ApiToken.objects.filter(workspace_id=workspace_id, id=token_id)
        row = (found if owner_id is None else found.filter(user_id=owner_id)).first()
        if row is None:
            raise ChoaiError("not_found", what="token", id=token_id)
        row.delete()
        audit.note(workspace_id, by, "token.revoke", row.name, before={"role": row.role})
