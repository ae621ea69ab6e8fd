from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from choai import clock
from choai.connectors import http, oauth
from choai.connectors.contract import OAuthSpec
from choai.errors import ChoaiError
from connectors import fake

NOW = datetime(2026, 4, 1, 3, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def still() -> Any:
    clock.set_clock(lambda: NOW)
    yield
    clock.set_clock(None)


@pytest.fixture
async def server() -> AsyncIterator[fake.Server]:
    async with fake.running() as running:
        yield running
        await http.close()


def spec(**changes: Any) -> Any:
    own: dict[str, Any] = {"authorize_url": "{base_url}/auth", "token_url": "{base_url}/token", **changes}
    return fake.spec(oauth=OAuthSpec(**own))


def settings(server: fake.Server | None = None) -> dict[str, str]:
    return {"base_url": server.url if server else "https://books.example", "client_id": "c i+d"}


def form(server: fake.Server, index: int = -1) -> dict[str, str]:
    return {k: v[0] for k, v in parse_qs(server.seen[index][3].decode()).items()}


def granted(**more: Any) -> Any:
    return fake.status(200, {"access_token": "at-1", "refresh_token": "rt-1", "expires_in": 21600, **more})


async def code_of(call: Any) -> ChoaiError:
    with pytest.raises(ChoaiError) as caught:
        await call
    return caught.value


def test_the_consent_address() -> None:
    wanted = spec(pkce=True, scopes=("k:read", "k:write"), extra_authorize={"prompt": "select_company"})
    url = urlsplit(oauth.authorize_url(wanted, settings(), "s/1", "http://127.0.0.1/cb?x=1", "v" * 43))
    query = {k: v[0] for k, v in parse_qs(url.query).items()}
    assert f"{url.scheme}://{url.netloc}{url.path}" == "https://books.example/auth"
    assert query == {
        "response_type": "code",
        "client_id": "c i+d",
        "redirect_uri": "http://127.0.0.1/cb?x=1",
        "state": "s/1",
        "scope": "k:read k:write",
        "prompt": "select_company",
        "code_challenge": oauth.challenge("v" * 43),
        "code_challenge_method": "S256",
    }


def test_without_pkce_and_scopes_neither_is_sent() -> None:
    url = oauth.authorize_url(spec(), settings(), "s", "http://x/cb", oauth.new_verifier())
    assert "scope" not in url
    assert "challenge" not in url


def test_the_challenge_of_rfc_7636() -> None:
    wanted = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert oauth.challenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") == wanted
    assert 43 <= len(oauth.new_verifier()) <= 128
    assert oauth.new_state() != oauth.new_state()


def test_a_connection_without_client_id_is_not_ready() -> None:
    with pytest.raises(ChoaiError) as caught:
        oauth.authorize_url(spec(), {"base_url": "https://x"}, "s", "http://x/cb", "v")
    assert caught.value.code == "connection_not_ready"


@pytest.mark.req("FK-04")
async def test_exchange_with_the_secret_in_the_body(server: fake.Server) -> None:
    server.answer = granted(company_id="123", scope="read write", token_type="bearer")
    token = await oauth.exchange(
        spec(pkce=True), settings(server), "sec+ret", code="c/1", redirect_uri="http://x/cb", verifier="v1"
    )
    assert form(server) == {
        "grant_type": "authorization_code",
        "code": "c/1",
        "redirect_uri": "http://x/cb",
        "code_verifier": "v1",
        "client_id": "c i+d",
        "client_secret": "sec+ret",
    }
    assert (token.access, token.refresh) == ("at-1", "rt-1")
    assert token.expires_at == (NOW + timedelta(hours=6)).timestamp()
    assert token.answer == {"company_id": "123", "scope": "read write", "token_type": "bearer", "expires_in": 21600}
    assert "at-1" not in repr(token)
    assert "rt-1" not in repr(token)


async def test_refresh_with_basic_authentication_keeps_a_token_that_does_not_rotate(server: fake.Server) -> None:
    server.answer = fake.status(200, {"access_token": "at-2", "expires_in": "3600"})
    token = await oauth.refresh(spec(client_auth="basic"), settings(server), "s:x", "rt-1")
    assert form(server) == {"grant_type": "refresh_token", "refresh_token": "rt-1"}
    pair = base64.b64decode(server.seen[0][2]["authorization"].removeprefix("Basic ")).decode()
    assert pair == "c%20i%2Bd:s%3Ax"
    assert (token.access, token.refresh) == ("at-2", "rt-1")
    assert token.expires_at == (NOW + timedelta(hours=1)).timestamp()


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, {"error": "invalid_grant", "error_description": "used"}, "reauthorise"),
        (401, {"error": "invalid_grant"}, "reauthorise"),
        (401, {"error": "invalid_client"}, "wrong_client_secret"),
        (400, {"error": "unauthorized_client"}, "wrong_client_secret"),
        (401, {"message": "?"}, "reauthorise"),
        (400, {"error": "invalid_request"}, "unexpected_answer"),
        (200, {"error": "invalid_grant"}, "reauthorise"),
        (200, {"token_type": "bearer"}, "unexpected_answer"),
        (200, [], "unexpected_answer"),
        (503, {}, "unexpected_answer"),
        (302, {}, "unexpected_answer"),
    ],
)
async def test_what_refusals_mean(server: fake.Server, status: int, body: Any, code: str) -> None:
    server.answer = fake.status(status, body)
    error = await code_of(oauth.refresh(spec(), settings(server), "s", "rt-1"))
    assert error.code == code
    assert "rt-1" not in str(error)
    assert len(server.seen) == 1


async def test_a_throttled_token_endpoint_names_the_time(server: fake.Server) -> None:
    server.answer = fake.status(429, {}, {"Retry-After": "90"})
    error = await code_of(oauth.refresh(spec(), settings(server), "s", "rt-1"))
    assert (error.code, error.facts["until"]) == ("throttled", (NOW + timedelta(seconds=90)).isoformat())
    assert oauth.retry_after({"retry-after": "Wed, 01 Apr 2026 03:05:00 GMT"}) == NOW + timedelta(minutes=5)
    assert oauth.retry_after({"retry-after": "soon"}) == NOW + timedelta(seconds=30)


@pytest.mark.req("FK-10")
async def test_a_lost_reply_is_not_repeated_blindly(server: fake.Server) -> None:
    server.answer = fake.drop
    assert (await code_of(oauth.refresh(spec(), settings(server), "s", "rt-1"))).code == "timeout"
    assert len(server.seen) == 1


async def test_revoke(server: fake.Server) -> None:
    await oauth.revoke(spec(), settings(server), "s", "rt-1")
    assert server.seen == []
    await oauth.revoke(spec(revoke_url="{base_url}/revoke"), settings(server), "s", "rt-1")
    assert form(server) == {"token": "rt-1", "client_id": "c i+d", "client_secret": "s"}
    server.answer = fake.status(401, {"error": "invalid_client"})
    error = await code_of(oauth.revoke(spec(revoke_url="{base_url}/revoke"), settings(server), "s", "rt-1"))
    assert error.code == "wrong_client_secret"


def test_what_the_way_back_from_the_consent_page_says() -> None:
    assert oauth.refused(spec(), "access_denied").code == "consent_refused"
    assert oauth.refused(spec(), "server_error", "x" * 999).facts["detail"] == "x" * 300
    assert oauth.refused(spec(), "unauthorized_client").code == "wrong_client_secret"
