from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from choai import clock
from choai.connectors import http
from choai.connectors.contract import Limit, SettingSpec
from choai.errors import ChoaiError
from choai.runtime import link
from choai.runtime.threads import in_thread
from choai.runtime.turns import count_calls
from choai.store import links, tokens
from choai.store.seal import load_secrets
from connectors import fake
from store.rows import a_connection, a_run, a_user, a_workspace

CALLBACK = "http://127.0.0.1:8420/api/oauth/callback"


@pytest.fixture(autouse=True)
def service() -> Iterator[None]:
    settings = (SettingSpec("client_id", "ID", "ID"), SettingSpec("zone", "地域", "Zone", default="jp"))
    fake.install(settings=settings, limits=(Limit("day", 10, 86400),))
    yield
    fake.remove()


@dataclass
class Stage:
    server: fake.TokenServer
    workspace: Any
    user: Any

    async def connection(self, **fields: Any) -> Any:
        settings = {"base_url": self.server.url, "client_id": "c"}
        secrets = {"client_secret": "secret"}
        return await in_thread(a_connection, self.workspace, secrets, **{"settings": settings, **fields})

    async def authorised(self, **fields: Any) -> Any:
        row = await self.connection(**fields)
        await in_thread(tokens.store_grant, row.id, self.user.id, *self.server.first_pair(), 4e9)
        return row

    async def consent(self, row: Any, user: Any = None, back: str = "/c") -> str:
        """Begin, and come back with the state that the consent page was given."""
        url = await link.begin_authorisation(row.id, (user or self.user).id, CALLBACK, back)
        return parse_qs(urlsplit(url).query)["state"][0]


@pytest.fixture
async def stage(database: str, data_folder: Path) -> AsyncIterator[Stage]:
    load_secrets()
    workspace = await in_thread(a_workspace)
    user = await in_thread(a_user, workspace)
    async with fake.running(fake.TokenServer()) as server:
        try:
            yield Stage(server, workspace, user)
        finally:
            await http.close()


async def raised(call: Any) -> ChoaiError:
    with pytest.raises(ChoaiError) as caught:
        await call
    return caught.value


async def code_of(call: Any) -> str:
    return (await raised(call)).code


# ------------------------------------------------------------------ opening


async def test_an_opened_link_calls_in_the_users_name(stage: Stage) -> None:
    row = await stage.authorised()
    opened = await link.open_link(stage.workspace.id, row.id, stage.user.id)
    assert (opened.connection_id, opened.name, opened.spec.service) == (row.id, "本社", "fake")
    assert opened.settings["zone"] == "jp", "defaults of the form"
    assert "client_secret" not in opened.settings
    await opened.session.call("GET", "/x")
    assert stage.server.seen[0][2]["authorization"] == "Bearer at-1"
    assert opened.session.calls == 1
    opened.session.memo["fields"] = 1


@pytest.mark.req("FK-07")
async def test_a_run_needs_a_user_with_authority(stage: Stage) -> None:
    row = await stage.authorised()
    other = await in_thread(a_user, stage.workspace)
    viewer = await in_thread(a_user, stage.workspace, role="viewer")
    left = await in_thread(a_user, stage.workspace, is_active=False)
    stranger = await in_thread(a_user, await in_thread(a_workspace))
    for user in (other, viewer, left, stranger):
        error = await raised(link.open_link(stage.workspace.id, row.id, user.id))
        assert error.code == "run_as_without_authority"
        assert error.facts["user"] == "経理 花子"
    assert await code_of(link.open_link(stage.workspace.id, row.id, None)) == "run_as_without_authority"
    assert await code_of(link.open_link(stage.workspace.id, row.id, 987654)) == "run_as_without_authority"
    key = await stage.connection(auth="key")
    assert await code_of(link.open_link(stage.workspace.id, key.id, viewer.id)) == "run_as_without_authority"
    await link.open_link(stage.workspace.id, key.id, viewer.id, purpose="person")


@pytest.mark.req("FK-05")
async def test_a_person_without_a_grant_is_sent_to_authorise(stage: Stage) -> None:
    row = await stage.authorised()
    other = await in_thread(a_user, stage.workspace)
    assert await code_of(link.open_link(stage.workspace.id, row.id, other.id, purpose="person")) == "reauthorise"


async def test_nothing_crosses_a_workspace(stage: Stage) -> None:
    row = await stage.authorised()
    elsewhere = await in_thread(a_workspace)
    assert await code_of(link.open_link(elsewhere.id, row.id, stage.user.id)) == "not_found"


async def test_states_that_cannot_be_opened(stage: Stage) -> None:
    new = await stage.connection(state="new")
    assert await code_of(link.open_link(stage.workspace.id, new.id, stage.user.id)) == "connection_not_ready"
    token = await stage.connection(auth="key", state="reauthorise", state_code="api_token_invalid")
    assert await code_of(link.open_link(stage.workspace.id, token.id, stage.user.id)) == "api_token_invalid"
    row = await stage.authorised()
    grant = await in_thread(tokens.grant_of, row.id, stage.user.id)
    assert grant is not None
    await in_thread(tokens.reject, grant)
    assert await code_of(link.open_link(stage.workspace.id, row.id, stage.user.id)) == "reauthorise"
    removed = await stage.authorised(state="removed")
    assert await code_of(link.open_link(stage.workspace.id, removed.id, stage.user.id)) == "not_found"
    blocked = await stage.authorised(state="blocked", state_code="maintenance")
    await link.open_link(stage.workspace.id, blocked.id, stage.user.id)


@pytest.mark.req("FK-64")
async def test_the_share_of_the_day_is_the_connections_the_workspaces_or_the_callers(stage: Stage) -> None:
    async def calls_until_spent(row: Any, **more: Any) -> int:
        opened = await link.open_link(stage.workspace.id, row.id, stage.user.id, **more)
        for _ in range(10):
            try:
                await opened.session.call("GET", "/x", auth={})
            except ChoaiError as error:
                assert error.code == "budget_spent"  # noqa: PT017  (the number of calls before it is the point)
                break
        return opened.session.calls

    stage.server.answer = fake.ok
    assert await calls_until_spent(await stage.connection(auth="key")) == 8
    assert await calls_until_spent(await stage.connection(auth="key"), quota_share=0.3) == 3
    settings = {"base_url": stage.server.url, "quota_share": "0.5"}
    assert await calls_until_spent(await stage.connection(auth="key", settings=settings)) == 5
    agreed = {"base_url": stage.server.url, "limits": {"day": 5, "minute": "x"}}
    assert await calls_until_spent(await stage.connection(auth="key", settings=agreed)) == 4
    stage.workspace.settings = {"quota_share": 0.6}
    await in_thread(stage.workspace.save)
    assert await calls_until_spent(await stage.connection(auth="key")) == 6
    person = await stage.connection(auth="key")
    assert await calls_until_spent(person, purpose="person") == 10


@pytest.mark.req("FK-64")
async def test_a_run_has_its_syncs_share_and_a_few_chosen_records_go_as_a_persons(stage: Stage) -> None:
    from choai.runtime.ports import RunPorts
    from choai.store.models import Run

    async def calls(**changes: Any) -> int:
        row = await stage.connection(auth="key")
        run_id = await in_thread(a_run, row)
        await in_thread(Run.objects.filter(id=run_id).update, **changes)
        opened = await RunPorts().open(stage.workspace.id, row.id, stage.user.id, run_id)
        ended = [
            await asyncio.gather(opened.session.call("GET", "/x", auth={}), return_exceptions=True) for _ in range(11)
        ]
        assert getattr(ended[-1][0], "code", "") == "budget_spent"
        return int(opened.session.calls)

    stage.server.answer = fake.ok
    few, many = ({"only": {"left": [str(n) for n in range(count)]}} for count in (20, 21))
    assert await calls() == 8
    assert await calls(settings={"options": {"quota_share": 0.5}}) == 5
    assert await calls(settings=few, started_by=stage.user) == 10
    assert await calls(settings=few) == 8, "nobody waits for it"
    assert await calls(settings=many, started_by=stage.user) == 8


@pytest.mark.req("FK-63", "FK-64")
async def test_a_run_is_told_of_calls_and_pauses(stage: Stage) -> None:
    from choai.store.models import Run

    row = await stage.connection(auth="key")
    run_id = await in_thread(a_run, row)
    opened = await link.open_link(stage.workspace.id, row.id, stage.user.id, run_id=run_id)
    soon = (clock.now() + timedelta(seconds=0.2)).isoformat()
    stage.server.answer = fake.script(fake.status(429, {"code": "throttled", "until": soon}), fake.ok)
    await opened.session.call("GET", "/x")
    await count_calls(run_id)
    run = await in_thread(Run.objects.get, id=run_id)
    assert run.calls == {str(row.id): 2}
    assert [(n["code"], n["facts"]["until"]) for n in run.notes] == [("throttled", soon)]


# ------------------------------------------------------------------ testing


async def test_a_test_stores_account_and_state(stage: Stage) -> None:
    row = await stage.authorised(state="new")
    account = await link.identify(row.id, stage.user.id)
    await in_thread(row.refresh_from_db)
    assert (row.state, row.state_code, row.account["name"]) == ("ready", "", "帳合商事")
    assert row.checked_at is not None
    opened = await link.open_link(stage.workspace.id, row.id, stage.user.id)
    assert opened.account == account
    assert (await in_thread(row.authorisations.get)).service_user == "花子"


@pytest.mark.parametrize(
    ("status", "body", "code", "state"),
    [
        (401, {"code": "ip_blocked"}, "ip_blocked", "blocked"),
        (503, {"code": "maintenance"}, "maintenance", "blocked"),
        (401, {"code": "reauthorise"}, "reauthorise", "reauthorise"),
        (404, {"code": "company_not_found"}, "company_not_found", None),
    ],
)
async def test_a_failed_test_is_remembered(stage: Stage, status: int, body: Any, code: str, state: str | None) -> None:
    row = await stage.authorised()
    stage.server.answer = fake.status(status, body)
    error = await raised(link.identify(row.id, stage.user.id))
    assert error.code == code
    await in_thread(row.refresh_from_db)
    assert row.state_code == code
    assert row.state_facts["service"] == "テスト会計"
    assert row.state == (state or row.state)
    assert row.state != "ready"


async def test_without_a_grant_there_is_nothing_to_test(stage: Stage) -> None:
    row = await stage.connection(state="new")
    assert await code_of(link.identify(row.id, stage.user.id)) == "connection_not_ready"
    await in_thread(row.refresh_from_db)
    assert row.state == "new"


@pytest.mark.req("FK-08")
async def test_a_call_that_finds_the_authorisation_gone_marks_the_connection(stage: Stage) -> None:
    row = await stage.authorised()
    opened = await link.open_link(stage.workspace.id, row.id, stage.user.id)
    stage.server.number = 50
    assert await code_of(opened.session.call("GET", "/x")) == "reauthorise"
    await in_thread(row.refresh_from_db)
    assert (row.state, row.settings["client_id"]) == ("reauthorise", "c")


# ------------------------------------------------------------------ consent


@pytest.mark.req("FK-04", "FK-06")
async def test_a_consent_from_beginning_to_end(stage: Stage) -> None:
    row = await stage.connection(state="new")
    url = urlsplit(await link.begin_authorisation(row.id, stage.user.id, CALLBACK, "/connections?x=1"))
    query = {k: v[0] for k, v in parse_qs(url.query).items()}
    assert (query["redirect_uri"], query["prompt"]) == (CALLBACK, "select_company")
    trip = await link.authorisation_trip(query["state"])
    assert trip is not None
    assert (trip.connection_id, trip.back, trip.workspace_id) == (row.id, "/connections?x=1", stage.workspace.id)
    done = await link.finish_authorisation(query["state"], code="abc", user_id=stage.user.id)
    assert done == row.id
    await in_thread(row.refresh_from_db)
    assert (row.state, row.settings["company_id"], row.created_by_id) == ("ready", "77", stage.user.id)
    assert "at-1" not in str(row.settings)
    opened = await link.open_link(stage.workspace.id, row.id, stage.user.id)
    await opened.session.call("GET", "/x")
    assert await code_of(link.finish_authorisation(query["state"], code="abc")) == "consent_expired"
    assert await link.authorisation_trip(query["state"]) is None


async def test_a_state_is_for_the_person_who_began(stage: Stage) -> None:
    row = await stage.connection(state="new")
    state = await stage.consent(row)
    assert await code_of(link.finish_authorisation(state, code="abc", user_id=stage.user.id + 1)) == "consent_expired"
    assert await code_of(link.finish_authorisation("made-up", code="abc")) == "consent_expired"
    assert stage.server.seen == []
    await link.finish_authorisation(state, code="abc", user_id=stage.user.id)


async def test_a_refused_consent(stage: Stage) -> None:
    row = await stage.connection(state="new")
    assert (
        await code_of(link.finish_authorisation(await stage.consent(row), error="access_denied")) == "consent_refused"
    )
    assert await code_of(link.finish_authorisation(await stage.consent(row))) == "consent_refused"
    stage.server.answer = fake.status(401, {"error": "invalid_client"})
    assert await code_of(link.finish_authorisation(await stage.consent(row), code="a")) == "wrong_client_secret"
    await in_thread(row.refresh_from_db)
    assert row.state == "new"


async def test_another_company_than_the_connections_is_refused(stage: Stage) -> None:
    row = await stage.connection(state="new")
    await link.finish_authorisation(await stage.consent(row), code="a")
    stage.server.company = "99"
    error = await raised(link.finish_authorisation(await stage.consent(row), code="b"))
    assert (error.code, error.facts["name"], error.facts["other"]) == ("wrong_company", "帳合商事", "99")
    grant = await in_thread(tokens.grant_of, row.id, stage.user.id)
    assert grant is not None
    assert grant.access == "at-1"
    await in_thread(row.refresh_from_db)
    assert row.settings["company_id"] == "77"


@pytest.mark.req("FK-08")
async def test_authorising_again_keeps_the_settings(stage: Stage) -> None:
    row = await stage.connection(state="new", settings={"base_url": stage.server.url, "client_id": "c", "zone": "x"})
    await link.finish_authorisation(await stage.consent(row), code="a")
    grant = await in_thread(tokens.grant_of, row.id, stage.user.id)
    assert grant is not None
    await in_thread(tokens.reject, grant)
    await link.finish_authorisation(await stage.consent(row), code="b")
    opened = await link.open_link(stage.workspace.id, row.id, stage.user.id)
    assert opened.settings["zone"] == "x"
    await opened.session.call("GET", "/x")


async def test_revoking_forgets_one_persons_grant(stage: Stage) -> None:
    row = await stage.authorised()
    other = await in_thread(a_user, stage.workspace)
    await in_thread(tokens.store_grant, row.id, other.id, "x", "y", 4e9)
    await link.revoke(row.id, stage.user.id)
    await link.revoke(row.id, stage.user.id)
    await in_thread(row.refresh_from_db)
    assert row.state == "ready"
    await link.revoke(row.id, other.id)
    await in_thread(row.refresh_from_db)
    assert row.state == "new"


async def test_secret_settings_are_merged_and_removed(stage: Stage) -> None:
    row = await stage.connection()
    await in_thread(links.store_secrets, row.id, {"basic_password": "p"})
    assert (await in_thread(links.load, row.id, None)).secrets == {"client_secret": "secret", "basic_password": "p"}
    await in_thread(links.store_secrets, row.id, {"client_secret": None, "basic_password": None})
    await in_thread(row.refresh_from_db)
    assert row.sealed == ""
