"""Objects, addresses and request headers: an object is ``app:12``, or ``app:12@3`` for an app of guest space 3."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

from choai.connectors.contract import Account
from choai.errors import ChoaiError

MAX_TOKENS = 9  # per request
_ADDRESS = re.compile(r"/k/(?:guest/([0-9]+)/)?([0-9]+)(?:/|$|#|\?)")


def link(settings: Mapping[str, Any], account: Account | None, object: str, id: str) -> str | None:
    space = space_of(object)
    guest = f"guest/{space}/" if space else ""
    return f"{base(settings)}/k/{guest}{app_of(object)}/show#record={id}"


def authorise(settings: Mapping[str, Any], secrets: Mapping[str, Any], scope: str | None) -> dict[str, str]:
    """The app's own token first, then those of the other apps of the same kind of space, which lookups need; nine in all."""
    headers = {"Accept-Language": "ja"}
    if "access_token" in secrets:
        return headers
    if settings.get("basic_user"):
        headers["Authorization"] = "Basic " + encoded(f"{settings['basic_user']}:{secrets.get('basic_password', '')}")
    if secrets.get("password"):
        headers["X-Cybozu-Authorization"] = encoded(f"{settings.get('login', '')}:{secrets['password']}")
        return headers
    tokens = {object_of(app): str(app["token"]) for app in secrets.get("apps") or ()}
    own = [tokens[scope]] if scope in tokens else []
    space = space_of(scope) if scope else None
    others = [t for app, t in tokens.items() if app != scope and (scope is None or space_of(app) == space)]
    headers["X-Cybozu-API-Token"] = ",".join([*own, *others][:MAX_TOKENS])
    return headers


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")


def base(settings: Mapping[str, Any]) -> str:
    return str(settings.get("base_url") or f"https://{settings.get('domain', '')}").rstrip("/")


def object_of(app: Mapping[str, Any]) -> str:
    """Name of an object: ``app:12``, or ``app:12@3`` for an app of guest space 3. The id may be given as ``12``, as ``12@3``, or
    as the address of the app in the browser."""
    id = str(app["id"]).strip()
    found = _ADDRESS.search(id)
    if found:
        id = f"{found[2]}@{found[1]}" if found[1] else found[2]
    space = app.get("guest_space")
    return f"app:{id}" + (f"@{space}" if space and "@" not in id else "")


def app_of(object: str) -> str:
    kind, _, rest = object.partition(":")
    app = rest.partition("@")[0]
    if kind != "app" or not app.isdigit():
        raise ChoaiError("object_not_found", object=object)
    return app


def space_of(object: str) -> str | None:
    return object.partition("@")[2] or None


def path_of(object: str | None, resource: str, space: str | None = None) -> str:
    space = space_of(object) if object else space or None
    return f"/k/guest/{space}/v1/{resource}" if space else f"/k/v1/{resource}"


def token_apps(settings: Mapping[str, Any]) -> list[str]:
    return [object_of(app) for app in settings.get("apps") or ()]


def guest_spaces(settings: Mapping[str, Any]) -> list[str]:
    return [s.strip() for s in str(settings.get("guest_spaces") or "").split(",") if s.strip()]
