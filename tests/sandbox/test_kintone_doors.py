"""Who may enter the kintone imitation: tokens, passwords, OAuth, guest spaces, limits, maintenance; and its pages for people."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from choai.sandbox import kintone
from choai.sandbox.kintone import DEAL, GUEST, GUEST_SPACE, PARTNER, TAG, token
from sandbox.kintone_client import Answer, Client, cells, client
from servers import Sandbox

BACK = "http://127.0.0.1:9999/oauth/callback"
SCOPES = "k:app_record:read k:app_record:write k:app_settings:read"


@pytest.fixture
async def box(kintone_sandbox: Sandbox) -> AsyncIterator[Client]:
    async with client(kintone_sandbox) as link:
        yield link


# ---------------------------------------------------------------- tokens and passwords


async def test_nobody(box: Client) -> None:
    answer = await box.get("records.json", app=PARTNER)
    assert (answer.status, answer.code) == (401, "CB_AU01")


async def test_tokens_belong_to_one_app_and_do_what_is_ticked(box: Client, kintone_sandbox: Sandbox) -> None:
    assert (await box.of(TAG).get("records.json", app=PARTNER)).code == "GAIA_IA02"
    assert (await box.with_tokens("wrong").get("records.json", app=PARTNER)).code == "GAIA_IA02"
    looker = box.with_tokens(token(PARTNER, "view"))
    assert (await looker.get("records.json", app=PARTNER)).status == 200
    assert (await looker.send("POST", "record.json", app=PARTNER, record=cells(取引先名="x"))).code == "GAIA_NO01"
    both = box.with_tokens(token(PARTNER), token(PARTNER, "view"))
    assert (await both.get("records.json", app=PARTNER)).code == "GAIA_IA02"
    assert (await box.with_tokens(*[token(PARTNER)] * 10).get("records.json", app=PARTNER)).code == "CB_IL02"
    assert (await box.of(PARTNER).get("apps.json")).code == "GAIA_NO01"
    assert (await box.of(PARTNER).get("app.json", id=PARTNER)).data["name"] == "取引先マスタ"
    kintone_sandbox.world.state["settings"].update(legacy_520=True, tokens={token(PARTNER): {"deployed": False}})
    assert (await box.of(PARTNER).get("app.json", id=PARTNER)).status == 520


async def test_people(box: Client, kintone_sandbox: Sandbox) -> None:
    assert (await box.person("sato", "wrong").get("apps.json")).code == "CB_WA01"
    assert len((await box.person("sato").get("apps.json", limit=100)).data["apps"]) == 12
    assert [a["appId"] for a in (await box.person().get("apps.json", name="セグ", offset=1)).data["apps"]] == ["4", "5"]
    looker = box.person("tanaka")
    assert (await looker.send("POST", "record.json", app=PARTNER, record=cells(取引先名="x"))).code == "CB_NO02"
    kintone_sandbox.world.state["settings"]["denied"] = {"suzuki": {PARTNER: ["edit"]}}
    assert (await box.person("suzuki").send("PUT", "record.json", app=PARTNER, id=1, record={})).code == "CB_NO02"
    kintone_sandbox.world.state["settings"]["users"] = {"suzuki": {"stopped": True}}
    assert (await box.person("suzuki").get("apps.json")).code == "CB_WA01"


async def test_guest_spaces_have_their_own_path(box: Client) -> None:
    plain = await box.of(GUEST).get("records.json", app=GUEST)
    assert plain.code == "GAIA_IL23"
    inside = box.of(GUEST)
    inside.space = GUEST_SPACE
    assert len((await inside.get("records.json", app=GUEST)).data["records"]) == 12
    outside = box.of(PARTNER)
    outside.space = GUEST_SPACE
    assert (await outside.get("records.json", app=PARTNER)).code == "GAIA_IL23"
    stranger = box.person("suzuki")
    stranger.space = GUEST_SPACE
    assert (await stranger.get("records.json", app=GUEST)).code == "CB_NO02"


# ---------------------------------------------------------------- OAuth


async def consent(box: Client, **more: str) -> Answer:
    asked = {
        "client_id": kintone.DEMO_CLIENT_ID,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": SCOPES,
        "state": "s1",
        "user": "suzuki",
        "decision": "allow",
        **more,
    }
    return await box.raw("POST", "/oauth2/authorization", data=asked)


def came_back(answer: Answer) -> dict[str, str]:
    assert answer.status == 302, answer.text
    return {k: v[0] for k, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}


async def exchange(box: Client, secret: str = kintone.DEMO_CLIENT_SECRET, **form: str) -> Answer:
    pair = base64.b64encode(f"{kintone.DEMO_CLIENT_ID}:{secret}".encode()).decode()
    return await box.raw("POST", "/oauth2/token", data=form, headers={"Authorization": f"Basic {pair}"})


async def granted(box: Client, **more: str) -> dict[str, Any]:
    code = came_back(await consent(box, **more))["code"]
    answer = await exchange(box, grant_type="authorization_code", code=code, redirect_uri=BACK)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.data
    return found


def bearer(box: Client, access: str) -> Client:
    return Client(box.http, box.base, box.world, {"Authorization": f"Bearer {access}"})


async def test_the_consent_page_and_both_answers(box: Client) -> None:
    query = {
        "client_id": kintone.DEMO_CLIENT_ID,
        "redirect_uri": BACK,
        "response_type": "code",
        "scope": SCOPES,
        "state": "s1",
    }
    page = await box.raw("GET", "/oauth2/authorization", params=query)
    assert "許可" in page.text
    assert "鈴木 一郎" in page.text
    assert came_back(await consent(box))["state"] == "s1"
    assert came_back(await consent(box, decision="deny"))["error"] == "access_denied"
    assert came_back(await consent(box, user="tanaka"))["error"] == "access_denied"  # not among the client's users
    assert came_back(await consent(box, scope="k:everything"))["error"] == "invalid_scope"
    assert came_back(await consent(box, response_type="token"))["error"] == "unsupported_response_type"
    assert (await consent(box, redirect_uri="https://evil.example/cb")).status == 400
    assert (await consent(box, client_id="nobody")).status == 400


async def test_codes_work_once_and_the_refresh_token_stays(box: Client, kintone_sandbox: Sandbox) -> None:
    code = came_back(await consent(box))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK}
    assert (await exchange(box, "wrong", **form)).data == {"error": "invalid_client"}
    first = (await exchange(box, **form)).data
    assert (first["token_type"], first["expires_in"], first["scope"]) == ("bearer", 3600, SCOPES)
    assert (await exchange(box, **form)).data == {"error": "invalid_grant"}
    again = await box.raw(
        "POST",
        "/oauth2/token",
        data={
            "grant_type": "refresh_token",
            "refresh_token": first["refresh_token"],
            "client_id": kintone.DEMO_CLIENT_ID,
            "client_secret": kintone.DEMO_CLIENT_SECRET,
        },
    )
    assert "refresh_token" not in again.data
    old, new = bearer(box, first["access_token"]), bearer(box, again.data["access_token"])
    assert (await old.get("records.json", app=PARTNER)).status == 200
    await box.raw("POST", "/_sandbox/clock", json={"shift": 3601})
    assert (await new.get("records.json", app=PARTNER)).code == "CB_AU01"
    late = came_back(await consent(box))["code"]
    await box.raw("POST", "/_sandbox/clock", json={"shift": 601})
    assert (await exchange(box, grant_type="authorization_code", code=late, redirect_uri=BACK)).status == 400
    kintone_sandbox.world.state["settings"]["users"] = {"suzuki": {"stopped": True}}
    await new.get("apps.json")
    refused = await exchange(box, grant_type="refresh_token", refresh_token=first["refresh_token"])
    assert refused.data == {"error": "invalid_grant"}


async def test_scopes_and_what_oauth_cannot_do(box: Client) -> None:
    reader = bearer(box, (await granted(box, scope="k:app_record:read"))["access_token"])
    assert (await reader.get("records.json", app=PARTNER)).status == 200
    assert (await reader.send("POST", "record.json", app=PARTNER, record=cells(取引先名="x"))).status == 403
    assert (await reader.get("app/form/fields.json", app=PARTNER)).status == 403
    full = bearer(box, (await granted(box))["access_token"])
    assert (await full.send("POST", "records/cursor.json", app=PARTNER)).status == 403
    assert (await full.send("POST", "bulkRequest.json", requests=[])).status == 403
    made = await full.send("POST", "record.json", app=PARTNER, record=cells(取引先名="x"))
    assert box.world.state["apps"][PARTNER]["records"][made.data["id"]]["creator"] == "suzuki"


# ---------------------------------------------------------------- limits and closures


async def test_the_hundred_and_first_call_at_once(box: Client, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.state["settings"]["concurrency"] = 2
    kintone_sandbox.world.switch("late", match="records.json", times=2, seconds=0.5)
    tokens = box.of(PARTNER)
    calls = [asyncio.create_task(tokens.get("records.json", app=PARTNER, query="limit 1")) for _ in range(3)]
    answers = await asyncio.gather(*calls)
    assert sorted(a.status for a in answers) == [200, 200, 429]
    refused = next(a for a in answers if a.status == 429)
    assert refused.code == refused.headers["x-cybozu-error"] == "GAIA_TO04"
    assert refused.headers["x-concurrencylimit-running"] == "3"
    good = await tokens.get("app.json", id=PARTNER)
    assert (good.headers["x-concurrencylimit-limit"], good.headers["x-concurrencylimit-running"]) == ("2", "1")


async def test_calls_of_the_day(box: Client, kintone_sandbox: Sandbox) -> None:
    kintone_sandbox.world.state["settings"]["daily_counts"] = {PARTNER: 9_999}
    for _ in range(2):  # beyond the limit nothing is refused
        assert (await box.of(PARTNER).get("records.json", app=PARTNER)).status == 200

    async def used() -> str:
        apps = (await box.person().get("apps/statistics.json")).data["apps"]
        return next(a["dailyRequestCount"] for a in apps if a["id"] == PARTNER)

    assert await used() == "10001"
    await box.raw("POST", "/_sandbox/clock", json={"shift": 86_400})
    assert await used() == "0"


@pytest.mark.parametrize(
    ("setting", "status"),
    [({"maintenance": True}, 503), ({"allow_ips": ["203.0.113.9"]}, 403), ({"basic_auth": "a:b"}, 401)],
)
async def test_what_stands_before_is_html(box: Client, setting: dict[str, Any], status: int) -> None:
    await box.raw("POST", "/_sandbox/state", json=setting)
    answer = await box.of(PARTNER).get("records.json", app=PARTNER)
    assert answer.status == status
    assert answer.headers["content-type"].startswith("text/html")


async def test_deleted_apps(box: Client) -> None:
    await box.raw("POST", "/_sandbox/state", json={"deleted_apps": [int(PARTNER)]})
    assert (await box.of(PARTNER).get("records.json", app=PARTNER)).code == "GAIA_AP01"
    assert PARTNER not in [a["appId"] for a in (await box.person().get("apps.json")).data["apps"]]
    assert (await box.of(PARTNER).get("records.json", app=777)).code == "GAIA_AP01"


# ---------------------------------------------------------------- pages for people, state


async def test_a_person_edits_a_record_in_the_browser(box: Client) -> None:
    assert token(PARTNER) in (await box.raw("GET", "/_sandbox")).text
    assert "取引先マスタ" in (await box.raw("GET", f"/k/{PARTNER}/")).text
    assert (
        f"/k/guest/{GUEST_SPACE}/{GUEST}/show#record="
        in (await box.raw("GET", f"/k/guest/{GUEST_SPACE}/{GUEST}/")).text
    )
    assert (await box.raw("GET", f"/k/{PARTNER}/show")).status == 200
    form = (await box.raw("GET", f"/_sandbox/apps/{PARTNER}/records/5")).text
    assert 'name="取引先名"' in form
    saved = await box.raw(
        "POST",
        f"/_sandbox/apps/{PARTNER}/records/5",
        data=[("カナ", "ヘンコウ"), ("同期対象", ""), ("同期対象", "同期する")],
    )
    assert saved.headers["location"] == f"/k/{PARTNER}/show#record=5"
    record = (await box.of(PARTNER).get("record.json", app=PARTNER, id=5)).data["record"]
    assert (record["カナ"]["value"], record["更新者"]["value"]["code"]) == ("ヘンコウ", "sato")
    assert record["同期対象"]["value"] == ["同期する"]
    refused = await box.raw("POST", f"/_sandbox/apps/{PARTNER}/records/5", data={"敬称": "殿"})
    assert refused.status == 400
    added = await box.raw("POST", f"/_sandbox/apps/{TAG}/records/new", data={"名前": "手で追加"})
    assert added.headers["location"].endswith("#record=65")
    assert not any(line.endswith("/records/5") for line in box.world.calls)


async def test_the_state_survives_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "kintone.json"
    world = kintone.new_world(file)
    kintone.edit(world, PARTNER, "1", {"カナ": "残る"})
    world.dirty = True
    world.save()
    again = kintone.new_world(file)
    assert again.state["apps"][PARTNER]["records"]["1"]["values"]["カナ"] == "残る"


def test_the_seed_is_repeatable_and_overlaps_with_freee() -> None:
    one, two, other = (kintone.new_world(None, seed) for seed in (1, 1, 2))
    names = [[r["values"]["取引先名"] for r in w.state["apps"][PARTNER]["records"].values()] for w in (one, two, other)]
    assert names[0] == names[1] != names[2]
    assert len(names[0]) == len(set(names[0])) == 480
    assert len(one.state["apps"][TAG]["records"]) == 64
    assert all(not r["values"]["freee取引先ID"] for r in one.state["apps"][PARTNER]["records"].values())
    assert all(one.state["apps"][a]["records"] == {} for a in ("6", "7", "8", "9"))
    json.dumps(one.state)
    assert len(one.state["apps"][DEAL]["records"]) == 60
