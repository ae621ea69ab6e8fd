"""A service in a process of its own, as strict as vendors are: rotating refresh tokens whose reuse ends the whole family, access
tokens that end, and limits that are counted in a window that slides. It takes no part in anybody's decisions; it counts.

    python -m proof.vendor '{"latency": 0.2, "uses": 500, …}'      prints its address

``life``/``uses``   seconds and calls that an access token is good for
``grace``           the refresh token before the present one is taken once more while nobody used the new pair
``per_window``      at most so many calls in any ``window`` seconds, ``at_once`` at the same time
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

WINDOW = 3.0


@dataclass
class Access:
    ends: float
    left: int


@dataclass
class Vendor:
    latency: float = 0.0
    life: float = 3600.0
    uses: int = 1_000_000
    grace: bool = False
    per_window: int = 1_000_000
    window: float = WINDOW
    at_once: int = 1_000_000
    tokens: dict[str, Access] = field(default_factory=dict)
    refresh: str = ""
    before: str = ""  # the refresh token before, until the new pair was used
    number: int = 0
    revoked: bool = False
    counted: Counter[str] = field(default_factory=Counter)
    arrived: deque[float] = field(default_factory=deque)
    now: int = 0
    order: list[str] = field(default_factory=list)

    def pair(self) -> dict[str, Any]:
        """A new pair; the access token before it ends, as with many vendors."""
        self.number += 1
        access = f"access-{self.number}"
        self.tokens = {access: Access(time.monotonic() + self.life, self.uses)}
        self.before, self.refresh = self.refresh, f"refresh-{self.number}"
        return {"access_token": access, "refresh_token": self.refresh, "expires_in": self.life}

    async def token(self, request: web.Request) -> web.Response:
        form = await request.post()
        await asyncio.sleep(self.latency / 2)
        known = form["refresh_token"] == self.refresh
        late = self.grace and bool(self.before) and form["refresh_token"] == self.before
        if self.revoked or not (known or late):
            self.revoked = True
            self.tokens.clear()
            self.counted["invalid_grant"] += 1
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.counted["refreshes"] += 1
        good = self.tokens.get(f"access-{self.number}")
        self.counted["needless"] += bool(known and good and good.left and good.ends - time.monotonic() > self.life / 2)
        answer = self.pair()
        await asyncio.sleep(self.latency / 2)
        return web.json_response(answer)

    async def call(self, request: web.Request) -> web.Response:
        now = time.monotonic()
        if self.number and not self._authorised(request, now):
            self.counted["expired"] += 1
            return web.json_response({"code": "token_expired"}, status=401)
        while self.arrived and self.arrived[0] <= now - self.window:
            self.arrived.popleft()
        self.arrived.append(now)
        self.now += 1
        self.order.append(request.query.get("by", ""))
        broken = len(self.arrived) > self.per_window or self.now > self.at_once
        try:
            await asyncio.sleep(self.latency)
        finally:
            self.now -= 1
        if broken:
            self.counted["429"] += 1
            return web.json_response({"code": "throttled"}, status=429)
        self.counted["calls"] += 1
        return web.json_response({"ok": True})

    def _authorised(self, request: web.Request, now: float) -> bool:
        held = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if held is None or held.ends < now or not held.left:
            return False
        held.left -= 1
        self.before = ""
        return True

    async def asked(self, request: web.Request) -> web.Response:
        """Somebody begins to want something: noted between the calls that came before and after."""
        self.order.append(request.query["by"])
        return web.json_response({})

    async def consent(self, _: web.Request) -> web.Response:
        """A person authorises (again)."""
        self.revoked = False
        return web.json_response(self.pair())

    async def told(self, _: web.Request) -> web.Response:
        return web.json_response({**self.counted, "order": self.order})


def serve(vendor: Vendor) -> None:
    app = web.Application()
    app.router.add_post("/oauth/token", vendor.token)
    app.router.add_post("/consent", vendor.consent)
    app.router.add_post("/asked", vendor.asked)
    app.router.add_get("/list", vendor.call)
    app.router.add_get("/told", vendor.told)

    async def live() -> None:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        print(f"http://127.0.0.1:{runner.addresses[0][1]}", flush=True)
        await asyncio.Event().wait()

    asyncio.run(live())


@dataclass
class Client:
    """What a test does with it besides calling."""

    url: str
    http: aiohttp.ClientSession

    async def consent(self) -> dict[str, Any]:
        async with self.http.post(f"{self.url}/consent") as answer:
            return dict(await answer.json())

    async def told(self) -> dict[str, Any]:
        async with self.http.get(f"{self.url}/told") as answer:
            return dict(await answer.json())


@asynccontextmanager
async def running(**facts: Any) -> AsyncIterator[Client]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "proof.vendor",
        json.dumps(facts),
        cwd=Path(__file__).parent.parent,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        url = (await process.stdout.readline()).decode().strip()
        async with aiohttp.ClientSession() as http:
            yield Client(url, http)
    finally:
        process.terminate()
        await process.wait()


if __name__ == "__main__":
    serve(Vendor(**json.loads(sys.argv[1])))
