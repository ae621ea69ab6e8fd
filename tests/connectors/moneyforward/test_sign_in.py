"""Consent, code, tokens: with the method of client authentication that the app portal has for the app."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import aiohttp
import pytest

from choai.connectors import http, oauth, registry
from choai.errors import ChoaiError
from choai.sandbox import moneyforward
from servers import Sandbox

SPEC = registry.spec("moneyforward")
CALLBACK = "http://127.0.0.1:9/back"


def settings(box: Sandbox, **more: str) -> dict[str, Any]:
    return {"auth_url": box.base_url, "client_id": moneyforward.DEMO_CLIENT_ID, "client_auth": "basic", **more}


async def consent(box: Sandbox, verifier: str) -> str:
    """The code that a person's consent gives."""
    address = oauth.authorize_url(SPEC, settings(box), "state", CALLBACK, verifier)
    asked = dict(parse_qsl(urlsplit(address).query))
    assert asked["scope"] == moneyforward.SCOPES, "both, always"
    async with (
        aiohttp.ClientSession() as person,
        person.post(f"{box.base_url}/authorize", data={**asked, "decision": "allow"}, allow_redirects=False) as answer,
    ):
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def exchange(box: Sandbox, method: str, secret: str = moneyforward.DEMO_CLIENT_SECRET) -> oauth.Token:
    verifier = oauth.new_verifier()
    code = await consent(box, verifier)
    given = settings(box, client_auth=method)
    try:
        return await oauth.exchange(SPEC, given, secret, code=code, redirect_uri=CALLBACK, verifier=verifier)
    finally:
        await http.close()


@pytest.mark.parametrize("method", ["basic", "body"])
async def test_the_method_of_the_portal_signs_in(box: Sandbox, method: str) -> None:
    box.world.state["settings"]["client_auth"] = method
    first = await exchange(box, method)
    given = settings(box, client_auth=method)
    second = await oauth.refresh(SPEC, given, moneyforward.DEMO_CLIENT_SECRET, first.refresh)
    assert second.refresh != first.refresh
    with pytest.raises(ChoaiError) as caught:
        await oauth.refresh(SPEC, given, moneyforward.DEMO_CLIENT_SECRET, first.refresh)
    assert caught.value.code == "reauthorise"
    await http.close()


@pytest.mark.parametrize(("portal", "chosen"), [("basic", "body"), ("body", "basic")])
async def test_the_other_method_is_told(box: Sandbox, portal: str, chosen: str) -> None:
    box.world.state["settings"]["client_auth"] = portal
    with pytest.raises(ChoaiError) as caught:
        await exchange(box, chosen)
    assert caught.value.code == "wrong_client_secret"


async def test_a_wrong_secret_is_told_the_same_way(box: Sandbox) -> None:
    with pytest.raises(ChoaiError) as caught:
        await exchange(box, "basic", "wrong")
    assert caught.value.code == "wrong_client_secret"
