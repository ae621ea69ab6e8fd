"""Zoho's accounts server: consent with the data centre on the way back, tokens that stay, errors under HTTP 200."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from choai.sandbox import grants
from choai.sandbox.core import World
from choai.sandbox.limits import Meter, spend

CLIENT_ID = "1000.CH0A1DEM0CH0A1DEM0CH0A1DEM00001"
CLIENT_SECRET = "choai-demo-secret"
SELF_ID = "1000.CH0A1DEM0CH0A1DEM0CH0A1DEM00002"  # a self client: no person consents, no refresh token
USER = "982000000554041"
SCHEME = "Zoho-oauthtoken"  # documented; Bearer, the type that a token answer names, is taken as well
TOKENS = Meter("tokens", 10, 600, sliding=True)  # of one refresh token


def _adds(world: World, grant: grants.Json) -> grants.Json:
    domain = world.state["settings"].get("api_domain", "https://www.zohoapis.jp")
    return {"scope": grant["scope"].replace(",", " "), "api_domain": domain}


RULES = grants.Rules(
    access_seconds=3600,
    code_seconds=120,
    client_auth=("body",),
    kinds=("authorization_code", "refresh_token", "client_credentials"),
    words={
        "invalid_grant": ("invalid_code", 200),
        "invalid_client": ("invalid_client", 200),
        "unsupported_grant_type": ("general_error", 200),
    },
    adds=_adds,
    offline=lambda asked: asked.get("access_type") == "offline",
)


def grant_of(world: World, request: Request) -> grants.Json | None:
    """The grant of a request's access token, in either spelling of the header."""
    bearer = request.headers.get("authorization", "").lower().startswith("bearer ")
    return grants.grant_of(world, request, "Bearer" if bearer else SCHEME)


def users() -> grants.Json:
    return {USER: {"name": "青空 花子", "email": "hanako@example.jp"}}


def clients() -> grants.Json:
    return {
        CLIENT_ID: {"secret": CLIENT_SECRET, "redirect_uris": [], "any_loopback": True},
        SELF_ID: {"secret": CLIENT_SECRET, "redirect_uris": [], "runs_as": USER},
    }


def account_routes(world: World) -> list[BaseRoute]:
    """Consent, token and revocation under /oauth/v2, and the list of data centres."""

    async def consent(request: Request) -> Response:
        if request.method == "GET":
            return _located(world, grants.show_consent(world, dict(request.query_params), request.url.path, RULES))
        return _located(world, grants.decide(world, RULES, await grants.form_of(request)))

    async def token(request: Request) -> Response:
        asked = {**request.query_params, **await grants.form_of(request)}
        refresh = asked.get("refresh_token", "")
        if refresh in grants.books(world)["refresh"] and spend(world, (TOKENS,), refresh) is not None:
            told = "You have made too many requests continuously. Please try again after some time."
            return JSONResponse({"error": "Access Denied", "error_description": told, "status": "failure"}, 400)
        return grants.token_answer(world, RULES, asked, request)

    def centres(_: Request) -> Response:
        place = world.state["settings"].get("location", "jp")
        return JSONResponse({"result": "success", "locations": {place: "https://accounts.zoho.jp"}})

    shared = grants.routes(
        world, RULES, authorize="/oauth/none", token="/oauth/none/token", revoke="/oauth/v2/token/revoke"
    )
    return [
        Route("/oauth/v2/auth", consent, methods=["GET", "POST"]),
        Route("/oauth/v2/token", token, methods=["POST"]),
        Route("/oauth/serverinfo", centres),
        shared[-1],
    ]


def _located(world: World, answer: Response) -> Response:
    """The way back names the data centre, when a code goes with it."""
    back = answer.headers.get("location", "")
    if "code" in dict(parse_qsl(back.partition("?")[2])):
        place = world.state["settings"].get("location", "jp")
        more = {"location": place, "accounts-server": f"https://accounts.zoho.{place}"}
        answer.headers["location"] = f"{back}&{urlencode(more)}"
    return answer
