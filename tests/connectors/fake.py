"""A service made of one scripted HTTP server, for tests of what lies between a connector and the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from choai.connectors.contract import Account, OAuthSpec, Reply, Role, SettingSpec, Spec
from choai.errors import ChoaiError

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Server:
    """``answer`` is what it does next; ``seen`` keeps (method, path with query, headers, body)."""

    def __init__(self) -> None:
        self.answer: Answer = ok
        self.seen: list[tuple[str, str, dict[str, str], bytes]] = []
        self.url = ""

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        headers = {k.lower(): v for k, v in request.headers.items()}
        self.seen.append((request.method, request.raw_path, headers, await request.read()))
        return await self.answer(request)


async def ok(_: web.Request) -> web.StreamResponse:
    return web.json_response({"ok": True})


async def drop(request: web.Request) -> web.StreamResponse:
    """Act, then lose the reply."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()


def status(code: int, body: Any = None, headers: dict[str, str] | None = None) -> Answer:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.json_response(body if body is not None else {}, status=code, headers=headers)

    return answer


def script(*answers: Answer) -> Answer:
    """One after the other; the last one stays."""
    rest = list(answers)

    async def answer(request: web.Request) -> web.StreamResponse:
        return await (rest.pop(0) if len(rest) > 1 else rest[0])(request)

    return answer


@asynccontextmanager
async def running(server: Any = None) -> AsyncIterator[Any]:
    server = server or Server()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", server._handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


class Connector:
    """Says with its status what went wrong: {"code": …, **facts} in the body names the error."""

    def authorise(self, settings: Any, secrets: Any, scope: str | None) -> dict[str, str]:
        key = secrets.get("key")
        return {"X-Key": f"{key}/{scope}"} if key else {}

    def fault(self, reply: Reply) -> ChoaiError:
        facts = dict(reply.data) if isinstance(reply.data, dict) else {}
        return ChoaiError(facts.pop("code", "unexpected_answer"), **facts)

    async def identify(self, session: Any) -> Account:
        reply = await session.call("GET", "/me")
        return Account(id=reply.data["id"], name=reply.data["name"], user_name=reply.data["user"])

    def granted(self, token: Any) -> dict[str, Any]:
        return {"company_id": str(token["company_id"])} if "company_id" in token else {}


def spec(base_url: str = "https://{domain}", **changes: Any) -> Spec:
    oauth = OAuthSpec(
        authorize_url="{base_url}/oauth/authorize",
        token_url="{base_url}/oauth/token",
        rotates=True,
        refresh_early_seconds=0,
        extra_authorize={"prompt": "select_company"},
    )
    facts: dict[str, Any] = {
        "service": "fake",
        "role": Role.ACCOUNTING,
        "ja": "テスト会計",
        "en": "Test books",
        "base_url": base_url,
        "auth": ("oauth", "key"),
        "settings": (SettingSpec("domain", "ドメイン", "Domain"),),
        "objects": (),
        "limits": (),
        "oauth": oauth,
        "concurrency": 4,
        "identity": ("company_id",),
    }
    return Spec(**{**facts, **changes})


def install(connector: Any = None, **changes: Any) -> None:
    """Make the registry know the service "fake", in this process, with the functions of Connector or of another."""
    import sys
    from types import ModuleType

    from choai.connectors import registry

    connector = connector or Connector()
    for name, contents in (("choai_fake.spec", {"SPEC": spec(**changes)}), ("choai_fake.api", _functions(connector))):
        module = ModuleType(name)
        module.__dict__.update(contents)
        sys.modules[name] = module
    registry.SERVICES["fake"] = "choai_fake"
    for cached in (registry.modules, registry.spec, registry.connector):
        cached.cache_clear()


def remove() -> None:
    from choai.connectors import registry

    registry.SERVICES.pop("fake", None)
    for cached in (registry.modules, registry.spec, registry.connector):
        cached.cache_clear()


def _functions(connector: Any) -> dict[str, Any]:
    return {name: getattr(connector, name) for name in dir(connector) if not name.startswith("_")}


class TokenServer(Server):
    """OAuth with rotation. An access token is good for ``uses`` calls; a new one ends those before; a refresh token works
    once. ``needless`` counts refreshes while the newest token was still good."""

    def __init__(self, uses: int = 1_000_000) -> None:
        super().__init__()
        self.answer = self.serve
        self.uses = uses
        self.number = 0
        self.left = 0
        self.expiries = 0
        self.refreshes = 0
        self.needless = 0
        self.invalid_grants = 0
        self.before_answer: Callable[[], Awaitable[None]] | None = None
        self.company = "77"

    def first_pair(self) -> tuple[str, str]:
        self._next()
        return f"at-{self.number}", f"rt-{self.number}"

    def _next(self) -> None:
        self.number += 1
        self.left = self.uses

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/oauth/token":
            return await self._token(await request.post())
        if request.headers.get("Authorization") != f"Bearer at-{self.number}":
            return web.json_response({"code": "token_expired"}, status=401)
        if self.left == 0:
            return web.json_response({"code": "token_expired"}, status=401)
        self.left -= 1
        self.expiries += self.left == 0
        return web.json_response({"id": "a1", "name": "帳合商事", "user": "花子"})

    async def _token(self, form: Any) -> web.StreamResponse:
        if form["grant_type"] == "refresh_token":
            if form["refresh_token"] != f"rt-{self.number}":
                self.invalid_grants += 1
                return web.json_response({"error": "invalid_grant"}, status=401)
            self.refreshes += 1
            self.needless += self.left > 0
        self._next()
        answer = {"access_token": f"at-{self.number}", "refresh_token": f"rt-{self.number}", "expires_in": 3600}
        if self.before_answer is not None:
            await self.before_answer()
        return web.json_response({**answer, "company_id": self.company})
