"""A service made of one scripted HTTP server, for tests of what lies between a connector and the wire."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from choai.connectors.contract import OAuthSpec, Reply, Role, SettingSpec, Spec
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
async def running() -> AsyncIterator[Server]:
    server = Server()
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
    }
    return Spec(**{**facts, **changes})
