"""Connections that sign in by themselves: client credentials, a signed JWT, a session of the service's own; and what a token
answer teaches. The other side is the sandbox's OAuth server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from choai import clock
from choai.connectors import http
from choai.connectors.contract import Account, OAuthSpec, Reply, SettingSpec, SignedIn, SignInSpec
from choai.errors import ChoaiError
from choai.model.schema import choices
from choai.runtime import link
from choai.runtime.threads import in_thread
from choai.sandbox import grants
from choai.sandbox.core import Imitation, World
from choai.store import links, tokens
from choai.store.models import Authorisation, Connection
from choai.store.seal import load_secrets
from connectors import fake
from servers import serve
from store.rows import a_connection, a_user, a_workspace

KINDS = ("authorization_code", "refresh_token", "client_credentials", "jwt_bearer")
RULES = grants.Rules(
    kinds=KINDS,
    tells_life=False,
    audience="https://login.example",
    adds=lambda world, grant: {"instance_url": world.state["instance_url"]},
)
OAUTH = OAuthSpec(
    authorize_url="{login_url}/authorize",
    token_url="{login_url}/token",
    pkce=True,
    jwt_audience="https://login.example",
    callback={"location": "region"},
    refresh_early_seconds=0,
)
SETTINGS = (
    SettingSpec("login_url", "L", "L"),
    SettingSpec("username", "U", "U"),
    SettingSpec("region", "R", "R", kind="choice", choices=choices("jp|us"), default="jp"),
    SettingSpec("instance_url", "I", "I", learnt=True, required=False),
    SettingSpec("version", "V", "V", learnt=True, required=False),
)
CALLBACK = "http://127.0.0.1:8420/api/oauth/callback"


@cache
def key() -> tuple[str, str]:
    made = generate_private_key(65537, 2048)
    private = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return private, made.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


class Signing(fake.Connector):
    """``/me`` by token, ``/rpc`` with a session as a parameter."""

    async def identify(self, session: Any) -> Account:
        if session.spec.sign_in is not None:
            told = await session.call("GET", "/rpc", query={"operation": "me"})
            said = await session.call("POST", "/rpc", form={"operation": "me"}, effect=False)
            assert said.data == told.data
            return Account(id="a1", name=told.data["name"])
        return Account(id="a1", name=(await session.call("GET", "/me")).data["user"])

    def granted(self, token: Any) -> dict[str, Any]:
        return {"instance_url": token["instance_url"]} if "instance_url" in token else {}

    async def sign_in(self, session: Any, secrets: Any) -> SignedIn:
        form = {"user": session.settings["username"], "key": secrets["access_key"]}
        reply = await session.call("POST", "/login", form=form, effect=False, auth={})
        return SignedIn(reply.data["session"], 600, {"version": "8.2"})

    def good(self, reply: Reply) -> bool:
        return not (isinstance(reply.data, dict) and reply.data.get("success") is False)


@dataclass
class Service:
    """The imitation: OAuth, and sessions of its own."""

    world: World
    url: str = ""
    sessions: set[str] = field(default_factory=set)
    logins: int = 0
    seen: list[str] = field(default_factory=list)

    def app(self) -> Any:
        async def me(request: Request) -> Response:
            held = grants.grant_of(self.world, request)
            if held is None:
                return JSONResponse({"code": "token_expired"}, 401)
            self.seen.append(request.headers["host"])
            return JSONResponse({"user": held["user"]})

        async def login(request: Request) -> Response:
            asked = await grants.form_of(request)
            if "authorization" in request.headers or "session" in asked:
                return JSONResponse({"success": False, "code": "unexpected"})
            if asked.get("key") != self.world.state["access_key"]:
                return JSONResponse({"success": False, "code": "reauthorise"})
            self.logins += 1
            self.sessions.add(f"s{self.logins}")
            await asyncio.sleep(0.05)
            return JSONResponse({"success": True, "session": f"s{self.logins}"})

        async def rpc(request: Request) -> Response:
            asked = dict(request.query_params) if request.method == "GET" else await grants.form_of(request)
            if asked.get("sessionName") not in self.sessions:
                return JSONResponse({"success": False, "code": "token_expired"})
            return JSONResponse({"success": True, "name": "帳合商事"})

        routes = grants.routes(self.world, RULES, authorize="/authorize", token="/token", revoke="/revoke")
        more = [
            Route("/me", me),
            Route("/login", login, methods=["POST"]),
            Route("/rpc", rpc, methods=["GET", "POST"]),
        ]
        return Imitation(Starlette(routes=[*routes, *more]), self.world)

    def issued(self) -> int:
        return len(grants.books(self.world)["grants"])


@pytest.fixture
def service() -> Iterator[Service]:
    client = {"secret": "s3cret", "redirect_uris": [CALLBACK], "public_key": key()[1], "runs_as": "u1"}
    users = {"u1": {"name": "花子", "username": "hanako@example.jp"}}
    world = World("fake", {"oauth": {"clients": {"c": client}}, "users": users, "access_key": "k1"})
    made = Service(world)
    with serve(made.app()) as url:
        made.url = world.state["instance_url"] = url
        yield made


@dataclass
class Stage:
    service: Service
    workspace: Any
    user: Any

    async def connection(self, auth: str, secrets: dict[str, Any], **more: Any) -> Any:
        install(auth)
        url = self.service.url
        settings = {"login_url": url, "client_id": "c", "username": "hanako@example.jp", "instance_url": url, **more}
        return await in_thread(a_connection, self.workspace, secrets, settings=settings, auth=auth, state="new")


def install(auth: str) -> None:
    fake.remove()
    sign_in = SignInSpec(parameter="sessionName") if auth == "session" else None
    ways = ("oauth", "client_credentials", "jwt_bearer", "session")
    changes: dict[str, Any] = {"settings": SETTINGS, "base_url": "{instance_url}", "oauth": OAUTH, "identity": ()}
    fake.install(Signing(), auth=ways, sign_in=sign_in, **changes)


@pytest.fixture
async def stage(database: str, data_folder: Path, service: Service) -> AsyncIterator[Stage]:
    load_secrets()
    workspace = await in_thread(a_workspace)
    user = await in_thread(a_user, workspace)
    try:
        yield Stage(service, workspace, user)
    finally:
        await http.close()
        fake.remove()


async def code_of(call: Any) -> str:
    with pytest.raises(ChoaiError) as caught:
        await call
    return caught.value.code


async def test_client_credentials_are_asked_for_once_and_again_when_they_end(stage: Stage) -> None:
    row = await stage.connection("client_credentials", {"client_secret": "s3cret"})
    assert (await link.identify(row.id, stage.user.id)).name == "u1"
    await link.identify(row.id, None)
    assert stage.service.issued() == 1
    grants.expire(stage.service.world)
    await link.identify(row.id, stage.user.id)
    assert stage.service.issued() == 2
    held = await in_thread(Authorisation.objects.get)
    assert held.user_id is None
    assert "s3cret" not in held.sealed


async def test_many_calls_sign_in_once(stage: Stage) -> None:
    row = await stage.connection("session", {"access_key": "k1"})
    await link.identify(row.id, None)
    stage.service.sessions.clear()
    await asyncio.gather(*(link.identify(row.id, None) for _ in range(8)))
    assert stage.service.logins == 2


async def test_other_secrets_do_not_go_on_with_the_old_token(stage: Stage) -> None:
    row = await stage.connection("session", {"access_key": "k1"})
    await link.identify(row.id, None)
    await in_thread(links.store_secrets, row.id, {"access_key": "wrong"})
    assert await code_of(link.identify(row.id, None)) == "reauthorise"
    assert (await in_thread(Connection.objects.get, id=row.id)).state == "reauthorise"
    assert await code_of(link.open_link(stage.workspace.id, row.id, stage.user.id)) == "reauthorise"
    await in_thread(links.store_secrets, row.id, {"access_key": "k1"})
    await link.identify(row.id, None)
    assert stage.service.logins == 1  # the earlier session belongs to these again
    opened = await link.open_link(stage.workspace.id, row.id, stage.user.id)
    assert (await opened.connector.identify(opened.session)).name == "帳合商事"


async def test_a_session_of_its_own_travels_as_a_parameter_and_teaches(stage: Stage) -> None:
    row = await stage.connection("session", {"access_key": "k1"})
    assert (await link.identify(row.id, None)).name == "帳合商事"
    assert (await in_thread(Connection.objects.get, id=row.id)).settings["version"] == "8.2"
    await link.identify(row.id, None)
    assert stage.service.logins == 1  # what was learnt does not make it another sign-in


async def test_a_signed_jwt(stage: Stage) -> None:
    row = await stage.connection("jwt_bearer", {"private_key": key()[0]})
    assert (await link.identify(row.id, None)).name == "u1"


@pytest.mark.parametrize(("private", "code"), [("no key", "wrong_client_secret"), (None, "reauthorise")])
async def test_a_jwt_that_is_not_taken(stage: Stage, private: str | None, code: str) -> None:
    other = generate_private_key(65537, 2048).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    row = await stage.connection("jwt_bearer", {"private_key": private or other.decode()})
    assert await code_of(link.identify(row.id, None)) == code


async def test_a_wrong_client_secret(stage: Stage) -> None:
    row = await stage.connection("client_credentials", {"client_secret": "other"})
    assert await code_of(link.identify(row.id, None)) == "wrong_client_secret"


async def test_a_refresh_teaches_a_new_address_at_once(stage: Stage) -> None:
    row = await stage.connection("oauth", {"client_secret": "s3cret"})
    world = stage.service.world
    pair = grants.issue(world, RULES, grants.new_grant(world, "c", user="u1"))
    access, refresh = pair["access_token"], pair["refresh_token"]
    await in_thread(tokens.store_grant, row.id, stage.user.id, access, refresh, clock.now().timestamp() + 3600)
    moved = stage.service.url.replace("127.0.0.1", "localhost")
    world.state["instance_url"] = moved
    await link.identify(row.id, stage.user.id)
    grants.expire(world)
    opened = await link.open_link(stage.workspace.id, row.id, stage.user.id)
    await opened.connector.identify(opened.session)  # refused, refreshed, repeated
    await opened.connector.identify(opened.session)
    assert [host.split(":")[0] for host in stage.service.seen] == ["127.0.0.1", "127.0.0.1", "localhost"]
    assert (await in_thread(Connection.objects.get, id=row.id)).settings["instance_url"] == moved
    assert (await in_thread(tokens.read, (await in_thread(Authorisation.objects.get)).id)).refresh == refresh


@pytest.mark.parametrize(("told", "region"), [("us", "us"), ("evil", "jp"), (None, "jp")])
async def test_the_way_back_corrects_the_data_centre(stage: Stage, told: str | None, region: str) -> None:
    row = await stage.connection("oauth", {"client_secret": "s3cret"}, region="jp")
    url = await link.begin_authorisation(row.id, stage.user.id, CALLBACK, "/")
    asked = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
    back = grants.decide(stage.service.world, RULES, {**asked, "decision": "allow", "user": "u1"})
    code = parse_qs(urlsplit(back.headers["location"]).query)["code"][0]
    more = {"location": told} if told else {}
    await link.finish_authorisation(asked["state"], code=code, user_id=stage.user.id, told=more)
    assert (await in_thread(Connection.objects.get, id=row.id)).settings["region"] == region
