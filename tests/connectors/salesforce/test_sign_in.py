"""Ways in, and who a connection is."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from choai.connectors import oauth, registry
from choai.connectors.contract import Window
from choai.connectors.salesforce import api
from choai.errors import ChoaiError
from choai.sandbox import grants, salesforce
from connectors.session import opened
from servers import Sandbox

SPEC = registry.spec("salesforce")
CALLBACK = "http://localhost:8000/callback"


def settings(box: Sandbox, **more: Any) -> dict[str, Any]:
    known = {s.name: s.default for s in SPEC.settings if s.default is not None}
    return {**known, "login_url": box.base_url, "client_id": salesforce.DEMO_CLIENT_ID, **more}


async def consented(box: Sandbox, verifier: str) -> str:
    """A person allows what the consent address asks for; the code that comes back."""
    address = oauth.authorize_url(SPEC, settings(box), "state", CALLBACK, verifier)
    asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
    assert asked["scope"] == "api refresh_token"
    form = {**asked, "decision": "allow", "user": salesforce.USER}
    target = f"{box.base_url}/services/oauth2/authorize"
    async with aiohttp.ClientSession() as browser:
        async with browser.get(address) as page:
            assert page.status == 200
        async with browser.post(target, data=form, allow_redirects=False) as back:
            return parse_qs(urlsplit(back.headers["location"]).query)["code"][0]


async def exchanged(box: Sandbox, code: str, verifier: str, **more: Any) -> oauth.Token:
    told = {"code": code, "redirect_uri": CALLBACK, "verifier": verifier, **more}
    return await oauth.exchange(SPEC, settings(box), salesforce.DEMO_CLIENT_SECRET, **told)


async def test_the_consent_of_a_person(box: Sandbox) -> None:
    """The org's own address is learnt from the answer, and with it whose it is."""
    verifier = oauth.new_verifier()
    token = await exchanged(box, await consented(box, verifier), verifier)
    assert token.refresh
    learnt = api.granted(token.answer)
    assert learnt == {
        "instance_url": box.base_url,
        "organization_id": salesforce.ORGANIZATION,
        "user_id": salesforce.USER,
    }
    async with opened("salesforce", settings(box, **learnt), tokens=[token.access]) as session:
        assert session.account is not None
        assert session.account.id == learnt["organization_id"]
        assert session.account.user_id == salesforce.USER
        assert (session.account.plan, session.account.currency) == ("Developer Edition", "JPY")
        assert session.account.limits == {"day": 15_000}
        assert session.account.time_zone == "Asia/Tokyo"
        link = api.link(session.settings, session.account, "Account", "001")
        assert link == f"{box.base_url}/lightning/r/Account/001/view"


async def test_a_wrong_verifier_or_a_used_code(box: Sandbox) -> None:
    verifier = oauth.new_verifier()
    code = await consented(box, verifier)
    with pytest.raises(ChoaiError):
        await exchanged(box, code, oauth.new_verifier())
    assert await exchanged(box, code, verifier)
    with pytest.raises(ChoaiError) as caught:
        await exchanged(box, code, verifier)
    assert caught.value.code == "reauthorise"


@pytest.mark.parametrize("rotation", [False, True])
async def test_refreshing(box: Sandbox, rotation: bool) -> None:
    """Some orgs rotate refresh tokens, others do not; the connection lives on either way."""
    box.world.state["settings"]["rotation"] = rotation
    verifier = oauth.new_verifier()
    token = await exchanged(box, await consented(box, verifier), verifier)
    again = await oauth.refresh(SPEC, settings(box), salesforce.DEMO_CLIENT_SECRET, token.refresh)
    assert (again.refresh != token.refresh) is rotation
    assert api.granted(again.answer)["instance_url"] == box.base_url
    assert again.access != token.access
    await oauth.revoke(SPEC, settings(box), salesforce.DEMO_CLIENT_SECRET, again.refresh)
    with pytest.raises(ChoaiError) as caught:
        await oauth.refresh(SPEC, settings(box), salesforce.DEMO_CLIENT_SECRET, again.refresh)
    assert caught.value.code == "reauthorise"


async def test_client_credentials(box: Sandbox) -> None:
    """A session that ends is had anew; a login host does not know this way."""
    secrets = {"client_secret": salesforce.DEMO_CLIENT_SECRET}
    async with opened("salesforce", settings(box), secrets=secrets, auth="client_credentials") as session:
        grants.expire(box.world)
        assert (await api.read(session, "Account", Window(), None)).records
        assert session.settings["instance_url"] == box.base_url
    box.world.state["settings"]["my_domain"] = False
    with pytest.raises(ChoaiError) as caught:
        async with opened("salesforce", settings(box), secrets=secrets, auth="client_credentials"):
            pass
    assert caught.value.code == "reauthorise"


async def test_a_signed_jwt(box: Sandbox) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forms = serialization.PublicFormat.SubjectPublicKeyInfo
    salesforce.trust(box.world, key.public_key().public_bytes(serialization.Encoding.PEM, forms).decode())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    known = settings(box, client_id=salesforce.JWT_CLIENT_ID, username=salesforce.USERNAME)
    secrets = {"private_key": private.decode()}
    async with opened("salesforce", known, secrets=secrets, auth="jwt_bearer") as session:
        assert session.account is not None
        assert session.account.user_id == salesforce.USER
    for wrong in ({"username": "nobody@example.jp"}, {"audience": "https://login.example.com"}):
        with pytest.raises(ChoaiError) as caught:
            async with opened("salesforce", {**known, **wrong}, secrets=secrets, auth="jwt_bearer"):
                pass
        assert caught.value.code == "reauthorise"


async def test_an_edition_without_the_api(box: Sandbox) -> None:
    box.world.state["settings"]["api_off"] = True
    with pytest.raises(ChoaiError) as caught:
        async with opened("salesforce", settings(box, base_url=box.base_url), tokens=["x"]):
            pass
    assert caught.value.code == "api_not_in_plan"


async def test_a_user_who_may_not_see_the_limits(box: Sandbox) -> None:
    box.world.state["settings"]["no_setup_permission"] = True
    tokens = [salesforce.sign_in(box.world)["access_token"]]
    async with opened("salesforce", settings(box, base_url=box.base_url), tokens=tokens) as session:
        assert session.account is not None
        assert session.account.limits == {}
