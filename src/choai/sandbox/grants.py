"""An OAuth 2.0 authorization server for imitations that do not need one of their own.

Kinds: authorization code (with PKCE), refresh with or without rotation, client credentials, JWT bearer (RS256). What vendors do
differently is data (``Rules``). Everything is under ``state["oauth"]``: clients, codes, grants, access and refresh tokens.

A client is ``{"secret", "redirect_uris", "any_loopback"?, "public"?, "public_key"?, "runs_as"?}``: ``public`` need no secret,
``public_key`` (PEM) verifies JWTs, ``runs_as`` is the user of client credentials. Users are ``state["users"]``: id →
``{"name", …}``; what they may choose on the consent page are ``state["accounts"]``: id → ``{"name", …}``, when ``Rules.chooses``.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from choai.sandbox import markup
from choai.sandbox.core import World

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
Json = dict[str, Any]


@dataclass(frozen=True)
class Rules:
    """What a vendor's server does. ``words`` are its errors and their statuses where they differ: Zoho's
    ``{"invalid_grant": ("invalid_code", 200)}``. ``adds`` makes the further keys of a token answer from the grant. ``offline``
    says from the authorize parameters whether a refresh token is given. ``grace_seconds``: so long a used refresh token works."""

    access_seconds: int = 3600
    refresh_days: float | None = None
    code_seconds: int = 600
    rotates: bool = False
    grace_seconds: int = 0
    client_auth: tuple[str, ...] = ("body", "basic")
    needs_pkce: bool = False
    kinds: tuple[str, ...] = ("authorization_code", "refresh_token")
    chooses: bool = False
    tells_life: bool = True  # expires_in
    one_refresh_per_grant: bool = False  # a used refresh token revokes its grant
    audience: str | None = None  # of JWTs
    words: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    adds: Callable[[World, Json], Json] = lambda world, grant: {}
    offline: Callable[[Mapping[str, str]], bool] = lambda asked: True


_STATUS = {"invalid_client": 401}


def books(world: World) -> Json:
    """The server's state, made at first use."""
    made: Json = world.state.setdefault("oauth", {})
    for name in ("clients", "codes", "grants", "access", "refresh"):
        made.setdefault(name, {})
    return made


def routes(world: World, rules: Rules, *, authorize: str, token: str, revoke: str | None = None) -> list[BaseRoute]:
    """The consent page (GET), its form (POST), the token endpoint and revocation."""

    async def consent(request: Request) -> Response:
        if request.method == "GET":
            return show_consent(world, dict(request.query_params), request.url.path, rules)
        return decide(world, rules, await form_of(request))

    async def grant(request: Request) -> Response:
        return token_answer(world, rules, {**request.query_params, **await form_of(request)}, request)

    async def forget(request: Request) -> Response:
        asked = {**request.query_params, **await form_of(request)}
        held = books(world)["access"].get(asked.get("token")) or books(world)["refresh"].get(asked.get("token"))
        if held is not None:
            revoke_grant(world, held["grant"])
        return JSONResponse({"status": "success"})

    made: list[BaseRoute] = [
        Route(authorize, consent, methods=["GET", "POST"]),
        Route(token, grant, methods=["POST"]),
    ]
    return [*made, Route(revoke, forget, methods=["POST", "GET"])] if revoke else made


async def form_of(request: Request) -> dict[str, str]:
    """An urlencoded body."""
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))


def problem(rules: Rules, error: str, description: str = "") -> Response:
    """An error of the token endpoint in the vendor's words."""
    word, status = rules.words.get(error, (error, _STATUS.get(error, 400)))
    body = {"error": word, **({"error_description": description} if description else {})}
    return JSONResponse(body, status)


# ---------------------------------------------------------------- consent


def redirect_allowed(client: Json, uri: str) -> bool:
    """Registered exactly, or any loopback address where the client says so (the demo's)."""
    if uri in client.get("redirect_uris", ()):
        return True
    parts = urlsplit(uri)
    if not client.get("any_loopback") or parts.scheme not in ("http", "https"):
        return False
    try:
        return parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        return False


def show_consent(world: World, asked: Mapping[str, str], path: str, rules: Rules) -> Response:
    """A page with one form; nothing is sent to an address that is not registered."""
    client = books(world)["clients"].get(asked.get("client_id", ""))
    if client is None or not redirect_allowed(client, asked.get("redirect_uri", "")):
        return HTMLResponse("<h1>invalid client_id or redirect_uri</h1>", 400)
    if asked.get("response_type") != "code":
        return _back(asked, {"error": "unsupported_response_type"})
    if rules.needs_pkce and not asked.get("code_challenge"):
        return _back(asked, {"error": "invalid_request"})
    choices = {"user": world.state.get("users", {})}
    if rules.chooses:
        choices["account"] = world.state.get("accounts", {})
    return HTMLResponse(markup.consent(world.service, path, asked, choices))


def decide(world: World, rules: Rules, asked: Mapping[str, str]) -> Response:
    """The form of the consent page: ``user``, ``account``, ``decision`` allow or deny."""
    client = books(world)["clients"].get(asked.get("client_id", ""))
    if client is None or not redirect_allowed(client, asked.get("redirect_uri", "")):
        return HTMLResponse("<h1>invalid client_id or redirect_uri</h1>", 400)
    if asked.get("decision") != "allow":
        return _back(asked, {"error": "access_denied"})
    code = secrets.token_urlsafe(24)
    users, accounts = world.state.get("users", {}), world.state.get("accounts", {})
    books(world)["codes"][code] = {
        "client": asked["client_id"],
        "user": asked.get("user") or next(iter(users), None),
        "account": (asked.get("account") or next(iter(accounts), None)) if rules.chooses else None,
        "redirect_uri": asked["redirect_uri"],
        "challenge": asked.get("code_challenge"),
        "scope": asked.get("scope", ""),
        "offline": rules.offline(asked),
        "expires": world.now().timestamp() + rules.code_seconds,
        "grant": None,
    }
    world.dirty = True
    return _back(asked, {"code": code})


def _back(asked: Mapping[str, str], values: Json) -> Response:
    if "state" in asked:
        values["state"] = asked["state"]
    uri = asked["redirect_uri"]
    return RedirectResponse(uri + ("&" if "?" in uri else "?") + urlencode(values), 302)


# ---------------------------------------------------------------- tokens


def token_answer(world: World, rules: Rules, asked: Json, request: Request | None = None) -> Response:
    """The token endpoint."""
    kind = {JWT_BEARER: "jwt_bearer"}.get(asked.get("grant_type", ""), asked.get("grant_type", ""))
    if kind not in rules.kinds:
        return problem(rules, "unsupported_grant_type")
    if kind == "jwt_bearer":
        return _jwt(world, rules, asked)
    client_id, secret, way = _client(asked, request)
    client = books(world)["clients"].get(client_id)
    public = client is not None and secret is None and client.get("public") and kind != "client_credentials"
    proven = client is not None and secret is not None and secrets.compare_digest(client["secret"], secret)
    if not public and not (proven and way in rules.client_auth):
        return problem(rules, "invalid_client", "invalid client credentials")
    if kind == "client_credentials":
        if client is None or not client.get("runs_as"):
            return problem(rules, "invalid_grant", "no run-as user")
        grant = new_grant(world, client_id, user=client["runs_as"], offline=False)
        return _answer(world, rules, grant)
    return (_exchange if kind == "authorization_code" else _refresh)(world, rules, client_id, asked)


def _client(asked: Json, request: Request | None) -> tuple[str, str | None, str]:
    header = request.headers.get("authorization", "") if request is not None else ""
    if header.startswith("Basic "):
        name, _, secret = base64.b64decode(header[6:]).decode().partition(":")
        return unquote(name), unquote(secret), "basic"
    return asked.get("client_id", ""), asked.get("client_secret"), "body"


def _exchange(world: World, rules: Rules, client_id: str, asked: Json) -> Response:
    code = books(world)["codes"].get(asked.get("code", ""))
    if code is None or code["client"] != client_id or code["redirect_uri"] != asked.get("redirect_uri"):
        return problem(rules, "invalid_grant", "expired authorization code")
    if code["grant"] is not None:  # a code seen twice: what it gave is taken back
        revoke_grant(world, code["grant"])
        return problem(rules, "invalid_grant", "expired authorization code")
    if code["expires"] < world.now().timestamp() or not _verified(code, asked.get("code_verifier", "")):
        return problem(rules, "invalid_grant", "invalid code or code verifier")
    grant = code["grant"] = new_grant(
        world, client_id, user=code["user"], account=code["account"], scope=code["scope"], offline=code["offline"]
    )
    return _answer(world, rules, grant)


def _verified(code: Json, verifier: str) -> bool:
    if not code["challenge"]:
        return True
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return secrets.compare_digest(str(code["challenge"]).encode(), made.encode())


def _refresh(world: World, rules: Rules, client_id: str, asked: Json) -> Response:
    held = books(world)["refresh"].get(asked.get("refresh_token", ""))
    now = world.now().timestamp()
    if held is None or books(world)["grants"][held["grant"]]["client"] != client_id:
        return problem(rules, "invalid_grant", "expired access/refresh token")
    revoked = books(world)["grants"][held["grant"]]["revoked"]
    used = held["used"] is not None and now > held["used"] + rules.grace_seconds
    if world.fault("revoke_family", "POST token") or (used and rules.one_refresh_per_grant):
        revoke_grant(world, held["grant"])
    if used or revoked or (held["expires"] is not None and held["expires"] < now):
        return problem(rules, "invalid_grant", "expired access/refresh token")
    if books(world)["grants"][held["grant"]]["revoked"]:
        return problem(rules, "invalid_grant", "expired access/refresh token")
    if rules.rotates and held["used"] is None:
        held["used"] = now
    return _answer(world, rules, held["grant"], refreshing=True)


def _jwt(world: World, rules: Rules, asked: Json) -> Response:
    try:
        head, body, signature = str(asked["assertion"]).split(".")
        claims = json.loads(_unpadded(body))
        client = books(world)["clients"][claims["iss"]]
        key = load_pem_public_key(client["public_key"].encode())
        if not isinstance(key, RSAPublicKey) or json.loads(_unpadded(head))["alg"] != "RS256":
            raise ValueError
        key.verify(_unpadded(signature), f"{head}.{body}".encode(), PKCS1v15(), SHA256())
        ends = float(claims.get("exp", 0))  # some clients send a text
    except (KeyError, TypeError, ValueError, InvalidSignature):
        return problem(rules, "invalid_grant", "invalid assertion")
    now = world.now().timestamp()
    if not now - 60 < ends <= now + 360 or (rules.audience and claims.get("aud") != rules.audience):
        return problem(rules, "invalid_grant", "invalid assertion")
    users = world.state.get("users", {})
    user = next((id for id, row in users.items() if claims.get("sub") in (id, row.get("username"))), None)
    if user is None:
        return problem(rules, "invalid_grant", "user hasn't approved this consumer")
    return _answer(world, rules, new_grant(world, claims["iss"], user=user, offline=False))


def _unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_grant(
    world: World,
    client: str,
    *,
    user: str | None = None,
    account: str | None = None,
    scope: str = "",
    offline: bool = True,
) -> str:
    """A grant as after consent; its id."""
    number = secrets.token_hex(8)
    made = {"client": client, "user": user, "account": account, "scope": scope, "offline": offline, "revoked": False}
    books(world)["grants"][number] = made
    world.dirty = True
    return number


def issue(world: World, rules: Rules, grant: str, *, refreshing: bool = False) -> Json:
    """A token answer for a grant: what tests and the demo begin with. At a refresh without rotation the refresh token stays."""
    shelf = books(world)
    now = world.now().timestamp()
    access = secrets.token_urlsafe(32)
    shelf["access"][access] = {"grant": grant, "expires": now + rules.access_seconds}
    made: Json = {"access_token": access, "token_type": "Bearer"}
    if rules.tells_life:
        made["expires_in"] = rules.access_seconds
    if shelf["grants"][grant]["offline"] and (rules.rotates or not refreshing):
        made["refresh_token"] = secrets.token_urlsafe(32)
        expires = None if rules.refresh_days is None else now + rules.refresh_days * 86400
        shelf["refresh"][made["refresh_token"]] = {"grant": grant, "expires": expires, "used": None}
    world.dirty = True
    return made | rules.adds(world, shelf["grants"][grant])


def _answer(world: World, rules: Rules, grant: str, *, refreshing: bool = False) -> Response:
    return JSONResponse(issue(world, rules, grant, refreshing=refreshing), headers={"cache-control": "no-store"})


def revoke_grant(world: World, number: str) -> None:
    """No token of this grant works any more."""
    shelf = books(world)
    shelf["grants"][number]["revoked"] = True
    for name in [name for name, held in shelf["access"].items() if held["grant"] == number]:
        del shelf["access"][name]


def expire(world: World) -> None:
    """Every access token has lived."""
    books(world)["access"].clear()


def grant_of(world: World, request: Request, scheme: str = "Bearer") -> Json | None:
    """The grant whose access token the request carries; None when it has none that is valid. The fault ``expire`` ends
    the token of a matching request."""
    told, _, token = request.headers.get("authorization", "").partition(" ")
    shelf = books(world)
    if world.fault("expire", f"{request.method} {request.url.path}"):
        shelf["access"].pop(token, None)
    held = shelf["access"].get(token)
    if told.lower() != scheme.lower() or held is None or held["expires"] < world.now().timestamp():
        return None
    found: Json = shelf["grants"][held["grant"]]
    return None if found["revoked"] else found
