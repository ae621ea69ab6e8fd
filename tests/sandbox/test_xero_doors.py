"""Xero's doors: consent and tokens, organisations and scopes, limits, media type, idempotency keys."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from aiohttp import encode_basic_auth

from choai.sandbox import xero
from sandbox.xero_client import Client, client
from servers import Sandbox, sandbox

BACK = "http://localhost:8000/back"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with sandbox(xero) as running:
        yield running


@pytest.fixture
async def person(box: Sandbox) -> AsyncIterator[Client]:
    async with client(box) as entered:
        yield entered


async def consent(person: Client, **changes: str) -> dict[str, str]:
    """What the way back from the consent page carries."""
    asked = {
        "response_type": "code",
        "client_id": xero.DEMO_CLIENT_ID,
        "redirect_uri": BACK,
        "scope": xero.SCOPES,
        "state": "s",
        **changes,
    }
    address = f"{person.base_url}/identity/connect/authorize"
    async with person.http.get(address, params=asked, allow_redirects=False) as page:
        if page.status == 302:
            return {k: v[0] for k, v in parse_qs(urlsplit(page.headers["location"]).query).items()}
    form = {"decision": "allow", "account": xero.GLOBAL, **asked}
    async with person.http.post(address, data=form, allow_redirects=False) as answer:
        return {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def token(person: Client, secret: str = xero.DEMO_CLIENT_SECRET, **form: str) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": encode_basic_auth(xero.DEMO_CLIENT_ID, secret)}
    async with person.http.post(f"{person.base_url}/connect/token", data=form, headers=headers) as answer:
        return answer.status, await answer.json()


async def granted(person: Client, **changes: str) -> dict[str, Any]:
    code = (await consent(person, **changes))["code"]
    status, told = await token(person, grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert status == 200, told
    return told


# ---------------------------------------------------------------- sign-in


async def test_new_apps_know_granular_scopes_only(person: Client) -> None:
    assert (await consent(person, scope="offline_access accounting.transactions"))["error"] == "invalid_scope"
    person.world.state["settings"]["granular_only"] = False
    assert "code" in await consent(person, scope="offline_access accounting.transactions")


async def test_tokens_and_their_lives(person: Client) -> None:
    first = await granted(person)
    assert (first["expires_in"], first["token_type"]) == (1800, "Bearer")
    assert first["id_token"].count(".") == 2
    refresh = first["refresh_token"]
    status, second = await token(person, grant_type="refresh_token", refresh_token=refresh)
    assert status == 200
    assert second["refresh_token"] != refresh
    person.world.shift += timedelta(minutes=29)
    assert (await token(person, grant_type="refresh_token", refresh_token=refresh))[0] == 200, "half an hour of grace"
    person.world.shift += timedelta(minutes=2)
    assert await token(person, grant_type="refresh_token", refresh_token=refresh) == (
        400,
        {"error": "invalid_grant", "error_description": "expired access/refresh token"},
    )
    person.token = first["access_token"]
    answer = await person.get("Contacts")
    assert (answer.status, answer.data["Title"]) == (401, "Unauthorized")
    assert answer.data["Detail"].startswith("TokenExpired")
    person.world.shift += timedelta(days=61)
    status, told = await token(person, grant_type="refresh_token", refresh_token=second["refresh_token"])
    assert (status, told["error"]) == (400, "invalid_grant")


async def test_codes_are_used_once_and_soon(person: Client) -> None:
    code = (await consent(person))["code"]
    person.world.shift += timedelta(minutes=6)
    assert (await token(person, grant_type="authorization_code", code=code, redirect_uri=BACK))[0] == 400
    code = (await consent(person))["code"]
    assert (await token(person, grant_type="authorization_code", code=code, redirect_uri=BACK))[0] == 200
    assert (await token(person, grant_type="authorization_code", code=code, redirect_uri=BACK))[0] == 400
    status, told = await token(person, "wrong", grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert (status, told["error"]) == (400, "invalid_client")


async def test_without_offline_access_there_is_no_refresh_token(person: Client) -> None:
    assert "refresh_token" not in await granted(person, scope="openid accounting.contacts")


async def test_revocation_drops_the_connections(person: Client) -> None:
    told = await granted(person)
    person.token = told["access_token"]
    assert len((await person.get("/connections")).data) == 1
    form = {"token": told["refresh_token"]}
    async with person.http.post(f"{person.base_url}/connect/revocation", data=form) as answer:
        assert (answer.status, await answer.text()) == (200, "")
    assert (await person.get("/connections")).status == 401


# ---------------------------------------------------------------- organisations, scopes, media types


async def test_only_authorised_organisations(person: Client) -> None:
    for tenant in (xero.STARTER, "nonsense", ""):
        person.tenant = tenant
        answer = await person.get("Contacts")
        assert (answer.status, answer.data["Detail"]) == (403, "AuthenticationUnsuccessful")
    (connection,) = (await person.get("/connections")).data
    person.tenant = connection["id"]
    assert (await person.get("Contacts")).status == 403, "the connection's id is not the organisation's"


async def test_scopes_are_asked_for_reading_and_writing(box: Sandbox) -> None:
    async with client(box, scope="accounting.contacts.read accounting.transactions") as person:
        assert (await person.get("Contacts")).status == 200
        assert (await person.send("PUT", "Contacts", {"Name": "x"})).status == 403
        assert (await person.get("Invoices")).status == 200, "the broad scope"
        answer = await person.get("Accounts")
        assert (answer.status, answer.headers["www-authenticate"]) == (403, "insufficient_scope")


async def test_xml_unless_json_is_asked_for(person: Client) -> None:
    answer = await person.send("GET", "Contacts", headers={"Accept": "*/*"})
    assert (answer.status, answer.data) == (200, None)
    assert answer.text.startswith("<Response>")


# ---------------------------------------------------------------- limits and keys


async def test_the_minute(box: Sandbox) -> None:
    async with client(box, limits=True) as person:
        first = await person.get("Currencies")
        assert (first.headers["X-MinLimit-Remaining"], first.headers["X-DayLimit-Remaining"]) == ("59", "4999")
        assert first.headers["X-AppMinLimit-Remaining"] == "9999"
        for _ in range(59):
            await person.get("Currencies")
        over = await person.get("Currencies")
        assert (over.status, over.headers["X-Rate-Limit-Problem"]) == (429, "minute")
        assert 1 <= int(over.headers["Retry-After"]) <= 60
        box.world.shift += timedelta(seconds=61)
        assert (await person.get("Currencies")).status == 200


async def test_the_day(person: Client) -> None:
    person.world.state["settings"]["limit_day"] = 2
    assert [(await person.get("Currencies")).status for _ in range(3)] == [200, 200, 429]
    over = await person.get("Currencies")
    assert over.headers["X-Rate-Limit-Problem"] == "day"


async def test_five_at_once(person: Client) -> None:
    person.world.state["settings"]["concurrent"] = 0
    over = await person.get("Currencies")
    assert (over.status, over.headers["X-Rate-Limit-Problem"]) == (429, "concurrent")
    assert "Retry-After" not in over.headers
    person.world.state["settings"]["concurrent"] = 5
    answers = await asyncio.gather(*(person.get("Currencies") for _ in range(4)))
    assert {a.status for a in answers} == {200}


async def test_keys_repeat_the_answer_for_six_minutes(person: Client) -> None:
    key = {"Idempotency-Key": "k1"}

    async def put(name: str) -> Any:
        return await person.send("PUT", "Contacts", {"Contacts": [{"Name": name}]}, headers=key)

    first = await put("鍵商事")
    assert (await put("鍵商事")).data == first.data
    assert (await put("別の商事")).status == 400, "another body"
    refused = await person.send("PUT", "Contacts", {"Name": "<"}, headers={"Idempotency-Key": "k2"})
    again = await person.send("PUT", "Contacts", {"Name": "<"}, headers={"Idempotency-Key": "k2"})
    assert (refused.status, again.status) == (400, 400), "refusals are repeated too"
    person.world.shift += timedelta(seconds=361)
    assert (await put("鍵商事")).messages, "forgotten: the name is taken"
