"""Sign-in: authorize, token (four grants), revoke, introspect, userinfo and the identity address.

Settings read here: ``rotation`` (refresh tokens change at each use), ``session_seconds`` (life of an access token since its last
use, 7200), ``my_domain`` (False: the host is a login host, which knows no client credentials),
``certificate`` (PEM of the JWT app).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from choai.sandbox import grants
from choai.sandbox.core import World

JWT_CLIENT_ID = "3MVG9demo.ChoaiCertificate"
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
SECONDS = 7200


def _adds(world: World, grant: dict[str, Any]) -> dict[str, Any]:
    client = grants.books(world)["clients"][grant["client"]]
    user, org = grant["user"] or client.get("runs_as"), world.state["organization"]
    address = world.state["address"]
    return {
        "instance_url": address,
        "id": f"{address}/id/{org}/{user}",
        "issued_at": str(int(world.now().timestamp() * 1000)),
        "signature": base64.b64encode(hashlib.sha256(f"{org}{user}".encode()).digest()).decode(),
        "scope": grant["scope"] or "api",
    }


RULES = grants.Rules(
    access_seconds=SECONDS,
    code_seconds=900,
    tells_life=False,
    kinds=("authorization_code", "refresh_token", "client_credentials", "jwt_bearer"),
    words={"invalid_client": ("invalid_client", 400)},
    adds=_adds,
    offline=lambda asked: bool({"refresh_token", "offline_access"} & set(asked.get("scope", "").split())),
)


def rules(world: World) -> grants.Rules:
    settings = world.state["settings"]
    seconds = int(settings.get("session_seconds", SECONDS))
    return replace(RULES, rotates=bool(settings.get("rotation")), access_seconds=seconds)


def sign_in_routes(world: World) -> list[BaseRoute]:
    at = "/services/oauth2"
    return [
        Route(f"{at}/authorize", partial(_consent, world), methods=["GET", "POST"]),
        Route(f"{at}/token", partial(_token, world), methods=["POST"]),
        Route(f"{at}/revoke", partial(_revoke, world), methods=["GET", "POST"]),
        Route(f"{at}/introspect", partial(_introspect, world), methods=["POST"]),
        Route(f"{at}/userinfo", partial(_who, world), methods=["GET", "POST"]),
        Route("/id/{org}/{user}", partial(_who, world)),
    ]


def _here(world: World, request: Request) -> None:
    """The org's address is the one under which it is asked."""
    world.state["address"] = f"{request.url.scheme}://{request.url.netloc}"


async def _consent(world: World, request: Request) -> Response:
    _here(world, request)
    if request.method == "GET":
        return grants.show_consent(world, dict(request.query_params), request.url.path, rules(world))
    return grants.decide(world, rules(world), await grants.form_of(request))


async def _token(world: World, request: Request) -> Response:
    _here(world, request)
    asked = {**request.query_params, **await grants.form_of(request)}
    now = rules(world)
    kind = asked.get("grant_type", "")
    if kind == "client_credentials" and not world.state["settings"].get("my_domain", True):
        return grants.problem(now, "invalid_grant", "request not supported on this domain")
    certificate = world.state["settings"].get("certificate")
    if certificate:
        grants.books(world)["clients"][JWT_CLIENT_ID]["public_key"] = certificate
    if kind == grants.JWT_BEARER and not _meant_for(asked.get("assertion", ""), world.state["address"]):
        return grants.problem(now, "invalid_grant", "audience is invalid")
    code = grants.books(world)["codes"].get(asked.get("code", ""))
    verifier = asked.get("code_verifier", "")
    if code is not None and code["challenge"] and verifier and not _proves(code["challenge"], verifier):
        return grants.problem(now, "invalid_request", "invalid code verifier")
    if kind == "authorization_code" and code is not None and code["redirect_uri"] != asked.get("redirect_uri"):
        return grants.problem(now, "redirect_uri_mismatch", "redirect_uri must match configuration")
    client = asked.get("client_id")
    if client and client not in grants.books(world)["clients"]:
        return grants.problem(now, "invalid_client_id", "client identifier invalid")
    return grants.token_answer(world, now, asked, request)


def _meant_for(assertion: str, address: str) -> bool:
    try:
        body = assertion.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return True  # not a JWT: refused for that
    return claims.get("aud") in (*AUDIENCES, address)


def _proves(challenge: str, verifier: str) -> bool:
    made = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return made == challenge


async def _revoke(world: World, request: Request) -> Response:
    token = {**request.query_params, **await grants.form_of(request)}.get("token", "")
    shelf = grants.books(world)
    held = shelf["access"].get(token) or shelf["refresh"].get(token)
    if held is None:
        return JSONResponse({"error": "invalid_token", "error_description": "invalid token"}, 400)
    grants.revoke_grant(world, held["grant"])
    return Response("")


async def _introspect(world: World, request: Request) -> Response:
    held = grants.books(world)["access"].get((await grants.form_of(request)).get("token", ""))
    if held is None or held["expires"] < world.now().timestamp():
        return JSONResponse({"active": False})
    grant = grants.books(world)["grants"][held["grant"]]
    return JSONResponse(
        {"active": True, "exp": int(held["expires"]), "scope": grant["scope"], "client_id": grant["client"]}
    )


async def _who(world: World, request: Request) -> Response:
    grant = grants.grant_of(world, request)
    if grant is None:
        return Response("Bad_OAuth_Token", 403)
    id = user_of(world, grant)
    row = world.state["records"]["User"][id]
    return JSONResponse(
        {
            "sub": f"{world.state['address']}/id/{world.state['organization']}/{id}",
            "user_id": id,
            "organization_id": world.state["organization"],
            "preferred_username": row["Username"],
            "name": row["Name"],
            "email": row["Email"],
            "zoneinfo": row["TimeZoneSidKey"],
            "language": row["LanguageLocaleKey"],
            "urls": {"rest": world.state["address"] + "/services/data/v{version}/"},
            "active": True,
        }
    )


def user_of(world: World, grant: dict[str, Any]) -> str:
    return str(grant["user"] or grants.books(world)["clients"][grant["client"]].get("runs_as"))


def used(world: World, request: Request) -> None:
    """A session lives on with its use."""
    token = request.headers.get("authorization", "").partition(" ")[2]
    held = grants.books(world)["access"].get(token)
    if held is not None:
        held["expires"] = world.now().timestamp() + rules(world).access_seconds
