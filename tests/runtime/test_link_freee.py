"""A connection to freee from consent to expiry, over HTTP against the imitation that enforces freee's rules."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from yarl import URL

from choai.connectors import http
from choai.errors import ChoaiError
from choai.runtime import link
from choai.runtime.threads import in_thread
from choai.sandbox import freee
from choai.store import tokens
from choai.store.seal import load_secrets
from store.rows import a_connection, a_user, a_workspace

CALLBACK = "http://127.0.0.1:8420/api/oauth/callback"


@dataclass
class Stage:
    box: Any
    workspace: Any
    user: Any
    row: Any

    async def authorise(self, decision: str = "allow", company: int = freee.ENTERPRISE) -> int:
        """What a person does: leave, decide on freee's page, come back."""
        url = urlsplit(await link.begin_authorisation(self.row.id, self.user.id, CALLBACK, "/connections"))
        asked = dict(parse_qsl(url.query))
        form = {**asked, "user": str(freee.USER_ADMIN), "company": str(company), "decision": decision}
        client = await http.client()
        async with client.post(f"{url.scheme}://{url.netloc}{url.path}", data=form, allow_redirects=False) as answer:
            back = dict(URL(answer.headers["Location"]).query)
        assert back["state"] == asked["state"]
        return await link.finish_authorisation(
            back["state"], code=back.get("code", ""), error=back.get("error", ""), user_id=self.user.id
        )

    async def open(self) -> Any:
        return await link.open_link(self.workspace.id, self.row.id, self.user.id)

    async def grant(self) -> tokens.Grant:
        grant = await in_thread(tokens.grant_of, self.row.id, self.user.id)
        assert grant is not None
        return grant

    def token_calls(self) -> int:
        return int(self.box.world.calls["POST /public_api/token"])


@pytest.fixture
async def stage(sqlite_database: str, data_folder: Path, freee_sandbox: Any) -> AsyncIterator[Stage]:
    load_secrets()
    workspace = await in_thread(a_workspace)
    user = await in_thread(a_user, workspace)
    settings = {
        "client_id": freee.DEMO_CLIENT_ID,
        "base_url": freee_sandbox.base_url,
        "accounts_url": freee_sandbox.base_url,
    }
    secrets = {"client_secret": freee.DEMO_CLIENT_SECRET}
    row = await in_thread(
        a_connection, workspace, secrets, service="freee", name="freee会計", settings=settings, state="new"
    )
    yield Stage(freee_sandbox, workspace, user, row)
    await http.close()


async def code_of(call: Any) -> str:
    with pytest.raises(ChoaiError) as caught:
        await call
    return caught.value.code


@pytest.mark.req("FK-04", "FK-06")
async def test_consent_account_and_objects(stage: Stage) -> None:
    assert await stage.authorise() == stage.row.id
    await in_thread(stage.row.refresh_from_db)
    assert stage.row.state == "ready"
    assert stage.row.settings["company_id"] == str(freee.ENTERPRISE)
    assert stage.row.account["id"] == str(freee.ENTERPRISE)
    opened = await stage.open()
    assert {o.name for o in await opened.connector.catalogue(opened.session)} >= {"partner", "tag", "segment_1"}
    assert opened.session.calls >= 0


async def test_a_refused_consent_and_another_company(stage: Stage) -> None:
    assert await code_of(stage.authorise("deny")) == "consent_refused"
    await stage.authorise()
    assert await code_of(stage.authorise(company=freee.STARTER)) == "wrong_company"


@pytest.mark.req("FK-10", "FK-11")
async def test_an_expired_token_is_refreshed_once_for_all_callers(stage: Stage) -> None:
    await stage.authorise()
    before = stage.token_calls()
    stage.box.world.state["access"].clear()  # every access token ended
    links = [await stage.open() for _ in range(3)]
    calls = [one.connector.identify(one.session) for one in links]
    accounts = await asyncio.gather(*calls)
    assert {a.id for a in accounts} == {str(freee.ENTERPRISE)}
    assert stage.token_calls() == before + 1
    assert sum(held["used"] for held in stage.box.world.state["refresh"].values()) == 1


@pytest.mark.req("FK-08")
async def test_a_revoked_family_asks_for_the_person_and_keeps_the_settings(stage: Stage) -> None:
    await stage.authorise()
    opened = await stage.open()
    stage.box.world.state["access"].clear()
    fault = stage.box.world.switch("revoke_family")
    assert await code_of(opened.connector.identify(opened.session)) == "reauthorise"
    assert fault.hits == 1
    await in_thread(stage.row.refresh_from_db)
    assert stage.row.state == "reauthorise"
    assert (await stage.grant()).state == "reauthorise"
    assert await code_of(stage.open()) == "reauthorise"
    await stage.authorise()
    opened = await stage.open()
    await opened.connector.identify(opened.session)


@pytest.mark.req("FK-10")
async def test_a_lost_token_answer_ends_in_a_question_never_in_a_loop(stage: Stage) -> None:
    """freee rotates and gives no grace: the pair in the lost answer is gone, and the person is asked at once."""
    await stage.authorise()
    opened = await stage.open()
    stage.box.world.state["access"].clear()
    stage.box.world.switch("lost_reply", match="POST /public_api/token")
    before = stage.token_calls()
    assert await code_of(opened.session.call("POST", "/api/1/tags", json={})) == "timeout"
    assert await code_of(opened.session.call("POST", "/api/1/tags", json={})) == "reauthorise"
    assert stage.token_calls() == before + 2


async def test_revoking_ends_the_grant_at_freee(stage: Stage) -> None:
    await stage.authorise()
    await link.revoke(stage.row.id, stage.user.id)
    assert stage.box.world.state["access"] == {}
    assert await code_of(stage.open()) in ("connection_not_ready", "run_as_without_authority")


async def test_a_consent_for_another_company_that_only_the_test_finds_out_is_not_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Services whose token does not name its company tell it at the first call."""

    async def another(*_: object) -> None:
        raise ChoaiError("wrong_company", name="帳合商事", other="別会社", connection="会計")

    monkeypatch.setattr(link, "identify", another)
    assert await code_of(stage.authorise()) == "wrong_company"
    assert await in_thread(tokens.grant_of, stage.row.id, stage.user.id) is None
