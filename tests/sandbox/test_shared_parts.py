"""What imitations share: the OAuth server whose differences are data, and rate limits with the vendors' headers."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from choai.sandbox import grants, limits
from choai.sandbox.core import World
from choai.sandbox.limits import Meter

BACK = "https://app.example/back"
VERIFIER = "v" * 64
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASK = {"response_type": "code", "client_id": "c", "redirect_uri": BACK, "state": "s", "scope": "api"}


@dataclass
class Answer:
    status_code: int
    headers: dict[str, str]
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Http:
    """Requests to an application without a server."""

    app: Any

    def get(self, path: str, *, params: dict[str, str] | None = None, headers: dict[str, str] | None = None) -> Answer:
        return asyncio.run(self._send("GET", path, urlencode(params or {}), b"", headers or {}))

    def post(self, path: str, *, data: dict[str, str], auth: tuple[str, str] | None = None) -> Answer:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        if auth is not None:
            headers["authorization"] = "Basic " + base64.b64encode(":".join(auth).encode()).decode()
        return asyncio.run(self._send("POST", path, "", urlencode(data).encode(), headers))

    async def _send(self, method: str, path: str, query: str, body: bytes, headers: dict[str, str]) -> Answer:
        sent: list[Any] = []
        scope = {
            "type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": [
                (k.encode(), v.encode()) for k, v in headers.items()
            ], "http_version": "1.1", "scheme": "http", "server": ("sandbox", 80), "root_path": "",
        }  # fmt: skip

        async def receive() -> Any:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        got = {k.decode(): v.decode() for k, v in sent[0]["headers"]}
        return Answer(sent[0]["status"], got, b"".join(m.get("body", b"") for m in sent[1:]).decode())


def world() -> World:
    client = {"secret": "x", "redirect_uris": [BACK]}
    return World(
        "toy",
        {"oauth": {"clients": {"c": client}}, "users": {"1": {"name": "花子"}}, "accounts": {"9": {"name": "帳合"}}},
    )


def client(made: World, rules: grants.Rules) -> Http:
    async def me(request: Request) -> JSONResponse:
        held = grants.grant_of(made, request, "Zoho-oauthtoken")
        return JSONResponse(held or {}, 200 if held else 401)

    routes = grants.routes(made, rules, authorize="/auth", token="/token", revoke="/revoke")
    return Http(Starlette(routes=[*routes, Route("/me", me)]))


def code(http: Http, **more: str) -> str:
    answer = http.post("/auth", data={**ASK, "decision": "allow", **more})
    found = parse_qs(urlsplit(answer.headers["location"]).query)
    assert found["state"] == ["s"]
    return found["code"][0]


def exchange(http: Http, given: str, **more: str) -> Any:
    form = {
        "grant_type": "authorization_code",
        "code": given,
        "redirect_uri": BACK,
        "client_id": "c",
        "client_secret": "x",
    }
    return http.post("/token", data={**form, **more})


def refresh(http: Http, token: str) -> Any:
    form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": "c", "client_secret": "x"}
    return http.post("/token", data=form)


def bearer(token: str, scheme: str = "Zoho-oauthtoken") -> dict[str, str]:
    return {"authorization": f"{scheme} {token}"}


def test_the_code_flow_with_pkce_and_choices() -> None:
    made = world()
    rules = grants.Rules(needs_pkce=True, chooses=True, adds=lambda _, grant: {"company": grant["account"]})
    http = client(made, rules)
    assert "error=invalid_request" in http.get("/auth", params=ASK).headers["location"]
    challenge = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert "帳合" in http.get("/auth", params={**ASK, **challenge}).text
    assert http.get("/auth", params={**ASK, "redirect_uri": "https://evil.example"}).status_code == 400
    assert exchange(http, code(http, **challenge), code_verifier="w" * 64).json()["error"] == "invalid_grant"
    given = code(http, **challenge)
    token = exchange(http, given, code_verifier=VERIFIER).json()
    assert token["company"] == "9"
    assert http.get("/me", headers=bearer(token["access_token"])).json()["user"] == "1"
    assert http.get("/me", headers=bearer(token["access_token"], "Bearer")).status_code == 401
    assert exchange(http, given, code_verifier=VERIFIER).status_code == 400  # used twice: what it gave is taken back
    assert http.get("/me", headers=bearer(token["access_token"])).status_code == 401


def test_refusals() -> None:
    http = client(world(), grants.Rules(words={"invalid_grant": ("invalid_code", 200)}))
    denied = http.post("/auth", data={**ASK, "decision": "deny"}).headers["location"]
    assert parse_qs(urlsplit(denied).query) == {"error": ["access_denied"], "state": ["s"]}
    assert exchange(http, "x", client_secret="y").status_code == 401
    odd = exchange(http, "no such code")
    assert (odd.status_code, odd.json()["error"]) == (200, "invalid_code")
    assert http.post("/token", data={"grant_type": "password"}).json()["error"] == "unsupported_grant_type"


def test_client_authentication_must_be_the_one_of_the_app() -> None:
    http = client(world(), grants.Rules(client_auth=("basic",)))
    assert exchange(http, code(http)).json()["error"] == "invalid_client"
    form = {"grant_type": "authorization_code", "code": code(http), "redirect_uri": BACK}
    assert http.post("/token", data=form, auth=("c", "x")).status_code == 200


@pytest.mark.parametrize(("grace", "status"), [(0, 400), (1800, 200)])
def test_rotation_and_its_grace(grace: int, status: int) -> None:
    made = world()
    made.frozen = datetime(2026, 4, 1, tzinfo=UTC)
    http = client(made, grants.Rules(rotates=True, grace_seconds=grace, refresh_days=60))
    first = exchange(http, code(http)).json()
    second = refresh(http, first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    made.shift += timedelta(minutes=20)
    assert refresh(http, first["refresh_token"]).status_code == status
    made.shift += timedelta(minutes=20)
    assert refresh(http, first["refresh_token"]).status_code == 400
    assert refresh(http, second["refresh_token"]).status_code == 200
    made.shift += timedelta(days=61)
    assert refresh(http, second["refresh_token"]).status_code == 400


def test_without_rotation_the_refresh_token_stays() -> None:
    made = world()
    http = client(made, grants.Rules(access_seconds=60))
    first = exchange(http, code(http)).json()
    again = refresh(http, first["refresh_token"]).json()
    assert "refresh_token" not in again
    assert refresh(http, first["refresh_token"]).status_code == 200
    made.shift += timedelta(seconds=61)
    assert http.get("/me", headers=bearer(again["access_token"])).status_code == 401
    http.post("/revoke", data={"token": first["refresh_token"]})
    assert refresh(http, first["refresh_token"]).status_code == 400


def test_no_refresh_token_unless_it_was_asked_for() -> None:
    rules = grants.Rules(offline=lambda asked: asked.get("access_type") == "offline")
    http = client(world(), rules)
    assert "refresh_token" not in exchange(http, code(http)).json()
    assert "refresh_token" in exchange(http, code(http, access_type="offline")).json()


def test_a_token_ends_by_a_fault() -> None:
    made = world()
    http = client(made, grants.Rules())
    token = grants.issue(made, grants.Rules(), grants.new_grant(made, "c", user="1"))["access_token"]
    made.switch("expire", match="/me", skip=1)
    assert [http.get("/me", headers=bearer(token)).status_code for _ in range(3)] == [200, 401, 401]


# ---------------------------------------------------------------- limits

MINUTE = Meter("minute", 3, 60, remaining="X-MinLimit-Remaining", wait="Retry-After")
DAY = Meter("day", 5, 86400, limit="X-Day", remaining="X-DayLimit-Remaining", reset="X-Reset")


def test_limits_and_their_headers() -> None:
    made = World("toy", {})
    made.frozen = datetime(2026, 4, 1, 12, 0, 50, tzinfo=UTC)
    assert [limits.spend(made, (MINUTE, DAY), "t") for _ in range(4)] == [None, None, None, MINUTE]
    assert limits.told(made, (MINUTE, DAY), "t", over=MINUTE) == {
        "X-MinLimit-Remaining": "0",
        "Retry-After": "10",
        "X-Day": "5",
        "X-DayLimit-Remaining": "2",
        "X-Reset": str(int(datetime(2026, 4, 2, tzinfo=UTC).timestamp())),
    }
    assert "Retry-After" not in limits.told(made, (MINUTE,), "t")
    assert limits.spend(made, (MINUTE,), "other") is None
    made.shift += timedelta(seconds=10)
    assert [limits.spend(made, (MINUTE, DAY), "t") for _ in range(3)] == [None, None, DAY]


def test_a_sliding_window_and_a_setting() -> None:
    made = World("toy", {"settings": {"limit_minute": 1}})
    made.frozen = datetime(2026, 4, 1, 12, 0, 50, tzinfo=UTC)
    sliding = replace(MINUTE, sliding=True)
    assert limits.spend(made, (sliding,)) is None
    made.shift += timedelta(seconds=50)
    assert limits.spend(made, (sliding,)) is sliding
    assert limits.wait_seconds(made, sliding) == 10
    made.shift += timedelta(seconds=11)
    assert limits.spend(made, (sliding,)) is None
