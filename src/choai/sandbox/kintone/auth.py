"""Who calls: password, API tokens or OAuth, in the order in which kintone looks at them."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from choai.sandbox.kintone import params
from choai.sandbox.kintone.answers import ApiError, ip_block, maintenance
from choai.sandbox.kintone.site import ADMINISTRATOR, Caller, Site

MAX_TOKENS = 9

# (method, resource) → OAuth scope; a resource that is not here cannot be used with OAuth at all
_READ, _WRITE = "k:app_record:read", "k:app_record:write"
_FORM, _FORM_WRITE = "k:app_settings:read", "k:app_settings:write"
SCOPES: dict[tuple[str, str], str] = {
    ("GET", "record.json"): _READ,
    ("GET", "records.json"): _READ,
    ("GET", "record/comments.json"): _READ,
    ("GET", "records/acl/evaluate.json"): _READ,
    ("POST", "record.json"): _WRITE,
    ("PUT", "record.json"): _WRITE,
    ("POST", "records.json"): _WRITE,
    ("PUT", "records.json"): _WRITE,
    ("DELETE", "records.json"): _WRITE,
    ("POST", "record/comment.json"): _WRITE,
    ("DELETE", "record/comment.json"): _WRITE,
    ("PUT", "record/status.json"): _WRITE,
    ("PUT", "records/status.json"): _WRITE,
    ("PUT", "record/assignees.json"): _WRITE,
    ("GET", "app.json"): _FORM,
    ("GET", "apps.json"): _FORM,
    ("GET", "apps/statistics.json"): _FORM,
    ("GET", "app/form/fields.json"): _FORM,
    ("GET", "app/form/layout.json"): _FORM,
    ("GET", "app/views.json"): _FORM,
    ("GET", "app/status.json"): _FORM,
    ("GET", "app/settings.json"): _FORM,
    ("GET", "preview/app/form/fields.json"): _FORM,
    ("GET", "preview/app/deploy.json"): _FORM,
    ("POST", "preview/app/form/fields.json"): _FORM_WRITE,
    ("PUT", "preview/app/form/fields.json"): _FORM_WRITE,
    ("DELETE", "preview/app/form/fields.json"): _FORM_WRITE,
    ("POST", "preview/app/deploy.json"): _FORM_WRITE,
    ("GET", "file.json"): "k:file:read",
    ("POST", "file.json"): "k:file:write",
}
NOT_FOR_TOKENS = frozenset({"apps.json", "apps/statistics.json"})


def door(site: Site, request: Request) -> Response | None:
    """What stands before kintone itself: maintenance, IP restriction, the environment's Basic authentication."""
    settings = site.settings
    if settings.get("maintenance"):
        return maintenance()
    allowed = settings.get("allow_ips")
    if allowed is not None and (request.client.host if request.client else "") not in allowed:
        return ip_block()
    wanted = settings.get("basic_auth")
    if wanted and request.headers.get("authorization") != "Basic " + base64.b64encode(wanted.encode()).decode():
        headers = {"WWW-Authenticate": 'Basic realm="cybozu.com"'}
        return HTMLResponse("<html><body><h1>401 Unauthorized</h1></body></html>", 401, headers)
    return None


def caller(site: Site, request: Request, space: str | None, method: str, resource: str) -> Caller:
    """Raises CB_AU01, CB_WA01, GAIA_IA02, GAIA_NO01 or CB_NO02."""
    language = params.language(request.headers.get("accept-language", ""))
    password = request.headers.get("x-cybozu-authorization")
    if password:
        return Caller("password", _password(site, password), language=language, space=space)
    tokens = [t.strip() for h in request.headers.getlist("x-cybozu-api-token") for t in h.split(",") if t.strip()]
    if tokens:
        if len(tokens) > MAX_TOKENS:
            raise ApiError("CB_IL02")
        if resource in NOT_FOR_TOKENS:
            raise ApiError("GAIA_NO01")
        return Caller("token", ADMINISTRATOR, tokens=tuple(tokens), language=language, space=space)
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        caller = _oauth(site, bearer.strip(), SCOPES.get((method, resource)))
        caller.language, caller.space = language, space
        return caller
    raise ApiError("CB_AU01")


def _password(site: Site, header: str) -> str:
    try:
        login, _, password = base64.b64decode(header, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise ApiError("CB_WA01") from None
    user = site.state["users"].get(login)
    if user is None or not user.get("password") or user["password"] != password or user.get("stopped"):
        raise ApiError("CB_WA01")
    return login


def _oauth(site: Site, token: str, scope: str | None) -> Caller:
    grant = site.state["access"].get(token)
    if grant is None or datetime.fromisoformat(grant["until"]) <= site.now():
        raise ApiError("CB_AU01")
    user = site.state["users"].get(grant["user"])
    if user is None or user.get("stopped"):
        raise ApiError("CB_AU01")
    if scope is None or scope not in grant["scopes"]:
        raise ApiError("CB_NO02")
    return Caller("oauth", grant["user"])
