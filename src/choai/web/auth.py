"""How a request proves who it acts for: the session cookie (with CSRF) or an API token, with the same rights."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer
from ninja.utils import check_csrf

from choai.errors import ChoaiError
from choai.store import people
from choai.web.permissions import Caller, rights_of, weaker

WORKSPACE_KEY = "workspace"


class Request(HttpRequest):
    """A request that passed ``allowed``."""

    auth: Caller


def demand_csrf(request: HttpRequest) -> None:
    """Raises ``csrf_failed`` unless the request carries the token of its CSRF cookie (safe methods always pass)."""
    if check_csrf(request):
        raise ChoaiError("csrf_failed")


def caller_of_session(request: HttpRequest) -> Caller | None:
    """The caller of a signed-in session within the workspace it has entered, or within the first one of the person."""
    user = request.user
    if not user.is_authenticated:
        return None
    wanted = request.session.get(WORKSPACE_KEY)
    member = people.membership(user.pk, wanted) or people.membership(user.pk, None)
    if member is None:
        raise ChoaiError("forbidden", permission="view", user=str(user))
    return _caller(member, member["role"], None)


def _caller(member: dict[str, Any], role: str, token_id: int | None) -> Caller:
    return Caller(
        user_id=member["user_id"],
        email=member["email"],
        name=member["name"],
        language=member["language"],
        workspace_id=member["workspace_id"],
        time_zone=member["time_zone"],
        role=role,
        rights=rights_of(role, member["settings"]),
        token_id=token_id,
    )


class CookieAuth(APIKeyCookie):
    """The session cookie. ``right`` is what the endpoint asks for."""

    param_name = settings.SESSION_COOKIE_NAME

    def __init__(self, right: str) -> None:
        self.right = right
        super().__init__(csrf=False)

    def authenticate(self, request: HttpRequest, key: str | None) -> Caller | None:
        if "Authorization" in request.headers:
            return None
        caller = caller_of_session(request)
        if caller is not None:
            demand_csrf(request)
            caller.demand(self.right)
        return caller


class TokenAuth(HttpBearer):
    """An API token: as much as its own role and its person's role both allow, today."""

    openapi_name = "ApiToken"

    def __init__(self, right: str) -> None:
        self.right = right
        super().__init__()

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        found = people.token_member(token)
        if found is None:
            return None
        caller = _caller(found, weaker(found["role"], found["token_role"]), found["token_id"])
        caller.demand(self.right)
        return caller


def allowed(right: str) -> list[CookieAuth | TokenAuth]:
    """Authentication of an endpoint that asks for one right."""
    return [CookieAuth(right), TokenAuth(right)]
