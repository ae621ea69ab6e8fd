"""Xero's sign-in and identity hosts: consent with its scopes, tokens, revocation, connections."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from choai.sandbox import grants
from choai.sandbox.core import World
from choai.sandbox.xero.answers import NOBODY, Json, missing, problem
from choai.sandbox.xero.data import RULES, allowed_scopes
from choai.sandbox.xero.gate import connections


def sign_in_routes(world: World) -> list[BaseRoute]:
    made = grants.routes(world, RULES, authorize="/identity/connect/authorize", token="/connect/token")
    inner: Any = made[0].endpoint  # type: ignore[attr-defined]  # a Route

    async def authorize(request: Request) -> Response:
        asked = dict(request.query_params) if request.method == "GET" else await grants.form_of(request)
        client = grants.books(world)["clients"].get(asked.get("client_id", ""))
        known = client is not None and grants.redirect_allowed(client, asked.get("redirect_uri", ""))
        if known and set(asked.get("scope", "").split()) - allowed_scopes(world):
            return RedirectResponse(f"{asked['redirect_uri']}?error=invalid_scope&state={asked.get('state', '')}", 302)
        answer: Response = await inner(request)
        return answer

    async def revoke(request: Request) -> Response:
        token = (await grants.form_of(request)).get("token", "")
        held = grants.books(world)["refresh"].get(token)
        if held is not None:
            mine = grants.books(world)["grants"][held["grant"]]
            for number, one in grants.books(world)["grants"].items():
                if (one["client"], one["user"]) == (mine["client"], mine["user"]):
                    grants.revoke_grant(world, number)
            kept = [c for c in world.state["connections"] if (c["client"], c["user"]) != (mine["client"], mine["user"])]
            world.state["connections"] = kept
        return Response("", 200)

    return [
        Route("/identity/connect/authorize", authorize, methods=["GET", "POST"]),
        made[1],
        Route("/connect/revocation", revoke, methods=["POST"]),
    ]


def connection_routes(world: World) -> list[BaseRoute]:
    def shown_one(one: Json) -> Json:
        name = world.state["organisations"][one["tenantId"]]["organisation"]["Name"]
        rest = {k: v for k, v in one.items() if k not in ("client", "user")}
        return {**rest, "authEventId": NOBODY, "tenantType": "ORGANISATION", "tenantName": name}

    def respond(request: Request) -> Response:
        grant = grants.grant_of(world, request)
        if grant is None:
            return problem(401, "Unauthorized", "TokenExpired: token expired")
        mine = connections(world, grant)
        if request.method == "GET":
            return JSONResponse([shown_one(c) for c in mine])
        gone = next((c for c in mine if c["id"] == request.path_params["id"]), None)
        if gone is None:
            return missing()
        world.state["connections"].remove(gone)
        return Response(None, 204)

    paths = ("/connections", "/Connections")
    return [
        *(Route(path, respond, methods=["GET"]) for path in paths),
        *(Route(path + "/{id}", respond, methods=["DELETE"]) for path in paths),
    ]
