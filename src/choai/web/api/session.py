"""Signing in and out, the first start, one's own settings."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpRequest
from django.middleware.csrf import get_token
from ninja import Router

from choai import __version__
from choai.errors import ChoaiError
from choai.store import audit, people, syncs, throttle
from choai.store.models import User
from choai.web.auth import WORKSPACE_KEY, Request, allowed, demand_csrf
from choai.web.permissions import rights_of
from choai.web.shapes.session import FirstStart, MePatch, Session, SignIn

router = Router()


def address_of(request: HttpRequest) -> str:
    """The caller's network address; from X-Forwarded-For only as far as our own proxies wrote it."""
    if settings.PROXIES:
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        if len(hops) >= settings.PROXIES:
            return hops[-settings.PROXIES]
    return str(request.META.get("REMOTE_ADDR", ""))


def _demo() -> dict[str, Any] | None:
    """What the demo prefills, from the installation file of the data folder."""
    file = settings.DATA / "installation.json"
    if not file.is_file():
        return None
    found = json.loads(file.read_text("utf-8")).get("demo")
    return found if isinstance(found, dict) else None


def session_facts(request: HttpRequest, user: Any, workspace_id: int | None = None) -> dict[str, Any]:
    """The Session shape for a person, within the workspace they have entered."""
    get_token(request)  # sends the CSRF cookie that later requests must repeat as a header
    if not getattr(user, "is_authenticated", False):
        told = {name: value for name, value in (_demo() or {}).items() if name in ("email", "password")}
        return {"signed_in": False, "first_start": people.nobody_yet(), "demo": told or None, "version": __version__}
    places = people.memberships(user.pk)
    wanted = workspace_id or request.session.get(WORKSPACE_KEY)
    here = next((p for p in places if p["workspace_id"] == wanted), places[0] if places else None)
    return {
        "signed_in": True,
        "first_start": False,
        "user": {"id": user.pk, "email": user.email, "name": user.name, "language": user.language},
        "workspace": here
        and {
            "id": here["workspace_id"],
            "name": here["workspace_name"],
            "time_zone": here["time_zone"],
            "language": here["workspace_language"],
        },
        "workspaces": [{"id": p["workspace_id"], "name": p["workspace_name"], "role": p["role"]} for p in places],
        "role": here and here["role"],
        "rights": sorted(rights_of(here["role"], here["settings"])) if here else [],
        "ties": syncs.ties(here["workspace_id"]) if here else [],
        "demo": _demo(),
        "version": __version__,
    }


@router.get("/session", response=Session, auth=None)
def get_session(request: HttpRequest) -> dict[str, Any]:
    """Who is signed in, and what they may do here. Also sets the CSRF cookie."""
    return session_facts(request, request.user)


@router.post("/session", response=Session, auth=None)
def sign_in(request: HttpRequest, payload: SignIn) -> dict[str, Any]:
    """Sign in with e-mail address and password. Failed attempts in a row pause it (throttled_sign_in)."""
    demand_csrf(request)
    address = address_of(request)
    throttle.demand(payload.email, address)
    user = authenticate(request, username=payload.email.strip().lower(), password=payload.password)
    if not isinstance(user, User):
        throttle.failed(payload.email, address)
        raise ChoaiError("wrong_sign_in")
    throttle.succeeded(payload.email, address)
    login(request, user)
    for place in people.memberships(user.pk)[:1]:
        audit.note(place["workspace_id"], user.pk, "session.sign_in", user.email)
    return session_facts(request, user)


@router.delete("/session", response=Session, auth=None)
def sign_out(request: HttpRequest) -> dict[str, Any]:
    """Sign out; the session is gone on the server."""
    demand_csrf(request)
    logout(request)
    return session_facts(request, request.user)


@router.post("/first-start", response=Session, auth=None)
def first_start(request: HttpRequest, payload: FirstStart) -> dict[str, Any]:
    """The owner and the first workspace, once: refused as soon as there is anybody."""
    demand_csrf(request)
    owner, workspace_id = people.first_start(
        workspace=payload.workspace,
        name=payload.name,
        email=payload.email,
        password=payload.password,
        language=payload.language,
    )
    login(request, owner, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[WORKSPACE_KEY] = workspace_id
    return session_facts(request, owner, workspace_id)


@router.patch("/me", response=Session, auth=allowed("view"))
def patch_me(request: Request, payload: MePatch) -> dict[str, Any]:
    """One's own name, language and password. A new password ends all other sessions of this person."""
    caller = request.auth
    user = User.objects.get(id=caller.user_id)
    if payload.new_password is not None:
        address = address_of(request)
        throttle.demand(user.email, address)
        if caller.token_id is not None or not user.check_password(payload.current_password or ""):
            throttle.failed(user.email, address)
            raise ChoaiError("wrong_sign_in")
        people.set_password(user, payload.new_password)
        update_session_auth_hash(request, user)
        audit.note(caller.workspace_id, user.pk, "user.password", user.email)
    people.change_self(user.pk, name=payload.name, language=payload.language)
    user.refresh_from_db()
    return session_facts(request, user, caller.workspace_id)


@router.post("/workspaces/{workspace_id}/enter", response=Session, auth=allowed("view"))
def enter_workspace(request: Request, workspace_id: int) -> dict[str, Any]:
    """Go to another workspace one is a member of. A token stays in its own."""
    caller = request.auth
    if caller.token_id is not None:
        raise ChoaiError("forbidden", permission="session")
    if people.membership(caller.user_id, workspace_id) is None:
        raise ChoaiError("not_found", what="workspace", id=workspace_id)
    request.session[WORKSPACE_KEY] = workspace_id
    return session_facts(request, request.user, workspace_id)
