from __future__ import annotations

import base64
import hashlib
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from choai.sandbox import freee
from sandbox.freee_client import Client

BACK = "http://127.0.0.1:9/oauth/callback"
ASK = {
    "response_type": "code",
    "client_id": freee.DEMO_CLIENT_ID,
    "redirect_uri": BACK,
    "state": "s-1",
    "prompt": "select_company",
}
ALLOW = {**ASK, "user": str(freee.USER_ADMIN), "company": str(freee.ENTERPRISE), "decision": "allow"}


async def consent(box: Client, **changes: str) -> dict[str, str]:
    """The parameters that the redirect carries back."""
    answer = await box.send("POST", "/public_api/authorize", form={**ALLOW, **changes})
    assert answer.status == 302, answer.text
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {k: v[0] for k, v in query.items()}


async def token(box: Client, **form: str) -> Any:
    form = {"client_id": freee.DEMO_CLIENT_ID, "client_secret": freee.DEMO_CLIENT_SECRET, **form}
    return await box.send("POST", "/public_api/token", form=form)


async def exchanged(box: Client, code: str, **more: str) -> Any:
    return await token(box, grant_type="authorization_code", code=code, redirect_uri=BACK, **more)


async def refreshed(box: Client, refresh_token: str) -> Any:
    return await token(box, grant_type="refresh_token", refresh_token=refresh_token)


async def test_consent_page_names_app_users_and_companies(freee_box: Client) -> None:
    page = await freee_box.send("GET", "/public_api/authorize", query=ASK)
    assert page.status == 200
    for text in (
        "帳合（デモ）",
        "許可する",
        "許可しない",
        "株式会社帳合商会",
        "合同会社すみれ文具",
        "湯浅 佳乃",
        "笹森 亮太",
        "戸川 美咲",
    ):
        assert text in page.text


@pytest.mark.req("FK-04")
async def test_code_becomes_tokens_for_the_chosen_company(freee_box: Client) -> None:
    back = await consent(freee_box)
    assert back["state"] == "s-1"
    answer = await exchanged(freee_box, back["code"])
    assert answer.status == 200
    assert answer.data["company_id"] == str(freee.ENTERPRISE)
    assert (answer.data["expires_in"], answer.data["token_type"], answer.data["scope"]) == (
        21600,
        "bearer",
        "read write",
    )
    assert answer.data["created_at"] > 0
    freee_box.token = answer.data["access_token"]
    assert (await freee_box.get("/partners", limit=1)).status == 200
    other = await freee_box.get("/partners", company_id=freee.STARTER)
    assert (other.status, other.data["errors"][0]["codes"]) == (401, ["company_not_found"])
    assert len((await freee_box.get("/companies")).data["companies"]) == 2


async def test_without_company_choice_the_token_opens_all(freee_box: Client) -> None:
    asked = {k: v for k, v in ALLOW.items() if k not in ("prompt", "company")}
    answer = await freee_box.send("POST", "/public_api/authorize", form=asked)
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    answer = await exchanged(freee_box, code)
    assert "company_id" not in answer.data
    freee_box.token = answer.data["access_token"]
    for company in (freee.ENTERPRISE, freee.STARTER):
        assert (await freee_box.get("/partners", company_id=company)).status == 200


async def test_refused_consent(freee_box: Client) -> None:
    back = await consent(freee_box, decision="deny")
    assert (back["error"], back["state"]) == ("access_denied", "s-1")


async def test_redirect_must_be_registered_exactly(freee_box: Client) -> None:
    registered = {**ASK, "client_id": "registered-client", "redirect_uri": "https://choai.example.jp/oauth/callback"}
    assert (await freee_box.send("GET", "/public_api/authorize", query=registered)).status == 200
    for uri in ("https://choai.example.jp/oauth/callback/", "http://127.0.0.1:9/x", "https://evil.example.jp"):
        answer = await freee_box.send("GET", "/public_api/authorize", query={**registered, "redirect_uri": uri})
        assert answer.status == 400
        assert "location" not in answer.headers
    loopback = {**ASK, "redirect_uri": "http://localhost:1234/any"}
    assert (await freee_box.send("GET", "/public_api/authorize", query=loopback)).status == 200
    outside = {**ASK, "redirect_uri": "http://example.jp/"}
    assert (await freee_box.send("GET", "/public_api/authorize", query=outside)).status == 400


async def test_unknown_client_gets_a_page_and_no_redirect(freee_box: Client) -> None:
    answer = await freee_box.send("GET", "/public_api/authorize", query={**ASK, "client_id": "nobody"})
    assert answer.status == 401
    assert "location" not in answer.headers


async def test_code_is_single_use_and_lives_ten_minutes(freee_box: Client) -> None:
    code = (await consent(freee_box))["code"]
    first = await exchanged(freee_box, code)
    assert first.status == 200
    again = await exchanged(freee_box, code)
    assert (again.status, again.data["error"]) == (400, "invalid_grant")
    freee_box.token = first.data["access_token"]
    assert (await freee_box.get("/tags")).status == 401  # what a code seen twice had given is taken back
    late = (await consent(freee_box))["code"]
    freee_box.world.shift += timedelta(minutes=10, seconds=1)
    assert (await exchanged(freee_box, late)).data["error"] == "invalid_grant"


async def test_wrong_secret_and_wrong_redirect(freee_box: Client) -> None:
    code = (await consent(freee_box))["code"]
    wrong = await exchanged(freee_box, code, client_secret="no")
    assert (wrong.status, wrong.data["error"]) == (401, "invalid_client")
    other = await token(freee_box, grant_type="authorization_code", code=code, redirect_uri=BACK + "x")
    assert other.data["error"] == "invalid_grant"
    assert (await exchanged(freee_box, code)).status == 200


async def test_pkce(freee_box: Client) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    code = (await consent(freee_box, **asked))["code"]
    assert (await exchanged(freee_box, code, code_verifier="w" * 43)).data["error"] == "invalid_grant"
    assert (await exchanged(freee_box, code, code_verifier=verifier)).status == 200


@pytest.mark.req("FK-10")
async def test_refresh_tokens_rotate_and_reuse_revokes_the_family(freee_box: Client) -> None:
    first = (await exchanged(freee_box, (await consent(freee_box))["code"])).data
    second = (await refreshed(freee_box, first["refresh_token"])).data
    assert second["refresh_token"] != first["refresh_token"]
    reuse = await refreshed(freee_box, first["refresh_token"])
    assert (reuse.status, reuse.data["error"]) == (401, "invalid_grant")
    assert (await refreshed(freee_box, second["refresh_token"])).data["error"] == "invalid_grant"
    freee_box.token = second["access_token"]
    assert (await freee_box.get("/tags")).status == 401


@pytest.mark.req("FK-11")
async def test_a_new_access_token_ends_the_earlier_one(freee_box: Client) -> None:
    first = (await exchanged(freee_box, (await consent(freee_box))["code"])).data
    second = (await refreshed(freee_box, first["refresh_token"])).data
    freee_box.token = first["access_token"]
    stale = await freee_box.get("/tags")
    assert stale.data == {"message": "アクセスする権限がありません", "code": "expired_access_token"}
    freee_box.token = second["access_token"]
    assert (await freee_box.get("/tags")).status == 200


async def test_lifetimes(freee_box: Client) -> None:
    pair = (await exchanged(freee_box, (await consent(freee_box))["code"])).data
    freee_box.token = pair["access_token"]
    freee_box.world.shift += timedelta(hours=6)
    assert (await freee_box.get("/tags")).data["code"] == "expired_access_token"
    freee_box.world.shift += timedelta(days=90)
    assert (await refreshed(freee_box, pair["refresh_token"])).data["error"] == "invalid_grant"


async def test_revoke_ends_the_grant(freee_box: Client) -> None:
    pair = (await exchanged(freee_box, (await consent(freee_box))["code"])).data
    assert (await freee_box.send("POST", "/public_api/revoke", form={"token": pair["access_token"]})).status == 200
    freee_box.token = pair["access_token"]
    assert (await freee_box.get("/tags")).status == 401
    assert (await refreshed(freee_box, pair["refresh_token"])).data["error"] == "invalid_grant"


async def test_revoked_family_fault(freee_box: Client) -> None:
    pair = (await exchanged(freee_box, (await consent(freee_box))["code"])).data
    freee_box.world.switch("revoke_family")
    assert (await refreshed(freee_box, pair["refresh_token"])).data["error"] == "invalid_grant"
