"""A plain client of the Money Forward imitation."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from choai.sandbox import moneyforward
from choai.sandbox.core import World
from servers import Sandbox

API = "/api/v3"


@dataclass
class Answer:
    status: int
    data: Any
    text: str
    location: str = ""


@dataclass
class Client:
    http: aiohttp.ClientSession
    base_url: str
    world: World
    office: str
    token: str = ""

    async def send(
        self, method: str, path: str, json: Any = None, *, form: Any = None, auth: str = "", **query: Any
    ) -> Answer:
        """``path`` with a leading slash is under the API, otherwise under the sign-in host."""
        address = f"{self.base_url}{API}{path}" if path.startswith("/") else f"{self.base_url}/{path}"
        own = auth or (f"Bearer {self.token}" if self.token and not form else "")
        headers = {"Authorization": own} if own else {}
        told = {k.rstrip("_"): str(v) for k, v in query.items()}
        async with self.http.request(
            method, address, params=told, json=json, data=form, headers=headers, allow_redirects=False
        ) as response:
            text = (await response.read()).decode("utf-8", "replace")
            data = await response.json() if "json" in response.headers.get("content-type", "") else None
            return Answer(response.status, data, text, response.headers.get("location", ""))

    async def one(self, method: str, path: str, json: Any = None, **query: Any) -> dict[str, Any]:
        """A good answer."""
        answer = await self.send(method, path, json, **query)
        assert answer.status in (200, 201), (answer.status, answer.text)
        found: dict[str, Any] = answer.data
        return found

    def first(self, table: str, **wanted: Any) -> dict[str, Any]:
        """A row of the seed."""
        rows = self.world.state["offices"][self.office]["tables"][table].values()
        found: dict[str, Any] = next(row for row in rows if all(row.get(k) == v for k, v in wanted.items()))
        return found


@asynccontextmanager
async def client(
    box: Sandbox, office: str = moneyforward.COMPANY, *, limits: bool = False, **grant: Any
) -> AsyncIterator[Client]:
    """Signed in. ``limits``: the vendor's own; otherwise nobody is slowed down."""
    if not limits:
        box.world.state["settings"]["limit_second"] = 100_000
    token = moneyforward.sign_in(box.world, office, **grant)["access_token"]
    async with aiohttp.ClientSession() as http:
        yield Client(http, box.base_url, box.world, office, token)
