from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from choai import clock
from choai.connectors import oauth
from choai.connectors.contract import Reply, Window
from choai.connectors.freee import api
from choai.connectors.freee.faults import fault
from choai.connectors.freee.spec import SPEC
from choai.errors import ChoaiError, Recovery
from choai.sandbox import freee
from choai.sandbox.freee import oauth as accounts
from connectors.session import opened

from .conftest import Link

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _still() -> Any:
    clock.set_clock(lambda: NOW)
    yield
    clock.set_clock(None)


def reply(status: int, data: Any = None, method: str = "GET", **headers: str) -> Reply:
    named = {k.replace("_", "-"): v for k, v in headers.items()}
    return Reply(status, named, data, "" if data is not None else "<html>", method, "/api/1/partners/5")


def coded(code: str) -> dict[str, Any]:
    return {"status_code": 401, "errors": [{"type": "status", "messages": ["だめ"], "codes": [code]}]}


CODES = [
    ("expired_access_token", "token_expired"),
    ("invalid_access_token", "token_expired"),
    ("user_do_not_have_permission", "no_permission"),
    ("company_not_found", "company_not_found"),
    ("freee_plan_limit", "freee_plan_limit"),
    ("not_available_plan_limited_app", "freee_plan_limit"),
    ("source_ip_address_limit", "ip_blocked"),
    ("re_authorization_required", "reauthorise"),
]


@pytest.mark.req("FK-62")
@pytest.mark.parametrize(("theirs", "ours"), CODES)
def test_codes_decide_in_both_shapes(theirs: str, ours: str) -> None:
    assert fault(reply(401, coded(theirs))).code == ours
    assert fault(reply(401, {"message": "何か", "code": theirs})).code == ours
    assert fault(reply(403, coded(theirs))).code == ours


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (reply(401), "token_expired"),
        (reply(401, {"message": "ログインをして下さい", "messages": "x"}), "token_expired"),
        (reply(401, {"error": "invalid_client"}), "wrong_client_secret"),
        (reply(400, {"error": "invalid_grant", "error_description": "x"}), "reauthorise"),
        (reply(400, {"errors": [{"type": "validation", "messages": ["重複"]}]}), "validation_rejected"),
        (reply(409, {"errors": []}), "validation_rejected"),
        (reply(404, {}), "record_not_found"),
        (reply(503), "maintenance"),
        (reply(503, method="POST"), "maintenance"),
        (reply(500), "unexpected_answer"),
        (reply(502, method="PUT"), "unknown_result"),
        (reply(500, {"errors": []}, method="POST"), "unknown_result"),
        (reply(418), "unexpected_answer"),
        (reply(400, ["not", "an", "object"]), "validation_rejected"),
        (reply(401, {"errors": ["odd", {"codes": "company_not_found"}]}), "company_not_found"),
    ],
)
def test_statuses(answer: Reply, code: str) -> None:
    assert fault(answer).code == code


def test_permission_and_burst_are_told_apart() -> None:
    missing = fault(reply(403, {"message": "アプリに権限がありません。"}))
    assert (missing.code, missing.recovery) == ("app_permission_missing", Recovery.REAUTHORISE)
    for body in ({"message": "アクセスを一時的に制限しています。"}, None, {}):
        burst = fault(reply(403, body))
        assert (burst.code, burst.facts["until"]) == ("burst_blocked", (NOW + timedelta(minutes=10)).isoformat())


@pytest.mark.req("FK-63")
@pytest.mark.parametrize(
    ("headers", "body", "until"),
    [
        ({"x_ratelimit_reset": "2026-03-01T09:00:30+09:00"}, {}, NOW + timedelta(seconds=30)),
        ({}, {"meta": {"reset": "2026-03-01T09:01:00+09:00"}}, NOW + timedelta(seconds=60)),
        ({"retry_after": "7"}, None, NOW + timedelta(seconds=7)),
        ({}, {"meta": None}, NOW + timedelta(seconds=30)),
        ({"x_ratelimit_reset": "soon"}, {}, NOW + timedelta(seconds=30)),
    ],
)
def test_throttled_until(headers: dict[str, str], body: Any, until: datetime) -> None:
    error = fault(reply(429, body, **headers))
    assert (error.code, error.recovery, error.facts["until"]) == ("throttled", Recovery.WAIT, until.isoformat())


def test_detail_is_freees_own_words() -> None:
    body = {
        "errors": [
            {"type": "status", "messages": ["不正なリクエストです。"]},
            {"type": "validation", "messages": ["甲", "乙"]},
        ]
    }
    error = fault(reply(400, body, x_freee_request_id="q-1"))
    assert (error.facts["detail"], error.facts["request_id"]) == ("甲 乙", "q-1")
    assert fault(reply(400, {"errors": body["errors"][:1]})).facts["detail"] == "不正なリクエストです。"


# ---------------------------------------------------------------- over the wire


@pytest.mark.req("FK-11")
async def test_an_expired_token_is_renewed_once(freee_sandbox: Any) -> None:
    grant = accounts.new_grant(freee_sandbox.world, freee.DEMO_CLIENT_ID, freee.USER_ADMIN, freee.ENTERPRISE)
    old, new = (accounts.issue(freee_sandbox.world, grant)["access_token"] for _ in range(2))
    settings = {"base_url": freee_sandbox.base_url, "company_id": str(freee.ENTERPRISE)}
    async with opened("freee", settings, tokens=[old, new]) as session:
        assert (await api.read(session, "tag", Window(), None)).records
    async with opened("freee", settings, tokens=[old, "also-stale"], identified=False) as session:
        with pytest.raises(ChoaiError, match="token_expired"):
            await api.read(session, "tag", Window(), None)


@pytest.mark.req("FK-57")
@pytest.mark.parametrize(
    ("setting", "code"),
    [
        ({"allow_ips": ["203.0.113.0/24"]}, "ip_blocked"),
        ({"permissions_version": 2}, "reauthorise"),
        ({"app_permissions": {"tags": "none"}}, "app_permission_missing"),
        ({"maintenance": True}, "maintenance"),
    ],
)
async def test_what_the_company_or_freee_forbids(
    freee_sandbox: Any, link: Link, setting: dict[str, Any], code: str
) -> None:
    async with link() as session:
        freee_sandbox.world.state["settings"] |= setting
        with pytest.raises(ChoaiError, match=code):
            await api.read(session, "tag", Window(), None)


@pytest.mark.req("FK-10")
async def test_the_oauth_round_trip(freee_sandbox: Any) -> None:
    from urllib.parse import parse_qs, urlsplit

    import aiohttp

    clock.set_clock(None)
    settings = {"accounts_url": freee_sandbox.base_url, "client_id": freee.DEMO_CLIENT_ID}
    verifier, back = oauth.new_verifier(), "http://127.0.0.1:9/cb"
    address = oauth.authorize_url(SPEC, settings, "s", back, verifier)
    asked = {k: v[0] for k, v in parse_qs(urlsplit(address).query).items()}
    assert asked["prompt"] == "select_company"
    form = {**asked, "user": str(freee.USER_ADMIN), "company": str(freee.ENTERPRISE), "decision": "allow"}
    async with (
        aiohttp.ClientSession() as person,
        person.post(address.partition("?")[0], data=form, allow_redirects=False) as answer,
    ):
        code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    async with opened("freee", {"base_url": freee_sandbox.base_url}, tokens=["-"], identified=False):
        first = await oauth.exchange(
            SPEC, settings, freee.DEMO_CLIENT_SECRET, code=code, redirect_uri=back, verifier=verifier
        )
        assert api.granted(first.answer) == {"company_id": str(freee.ENTERPRISE)}
        second = await oauth.refresh(SPEC, settings, freee.DEMO_CLIENT_SECRET, first.refresh)
        assert second.refresh != first.refresh
        with pytest.raises(ChoaiError, match="reauthorise"):
            await oauth.refresh(SPEC, settings, freee.DEMO_CLIENT_SECRET, first.refresh)
        with pytest.raises(ChoaiError, match="wrong_client_secret"):
            await oauth.refresh(SPEC, settings, "wrong", second.refresh)
        await oauth.revoke(SPEC, settings, freee.DEMO_CLIENT_SECRET, second.access)
