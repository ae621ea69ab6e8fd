"""A plain client of the Xero imitation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from choai.sandbox import xero
from choai.sandbox.core import World
from servers import Sandbox

API = "/api.xro/2.0"


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    data: Any
    text: str

    @property
    def messages(self) -> list[str]:
        """Validation messages of an error, or of the elements of a batch's answer."""
        rows = self.data.get("Elements") or next((v for v in self.data.values() if isinstance(v, list)), [])
        return [e["Message"] for row in rows for e in row.get("ValidationErrors", [])]


@dataclass
class Client:
    http: aiohttp.ClientSession
    base_url: str
    world: World
    token: str = ""
    tenant: str = xero.GLOBAL
    headers: dict[str, str] = field(default_factory=dict)

    async def send(
        self, method: str, path: str, json: Any = None, *, headers: Mapping[str, str] | None = None, **query: Any
    ) -> Answer:
        """``path`` under the accounting API, or with a leading slash as it is."""
        address = self.base_url + (path if path.startswith("/") else f"{API}/{path}")
        own = {"Accept": "application/json", "Authorization": f"Bearer {self.token}", "xero-tenant-id": self.tenant}
        async with self.http.request(
            method,
            address,
            params={k: str(v) for k, v in query.items()},
            json=json,
            headers={k: v for k, v in {**own, **self.headers, **(headers or {})}.items() if v},
            allow_redirects=False,
        ) as response:
            text = (await response.read()).decode("utf-8", "replace")
            data = await response.json() if "json" in response.headers.get("content-type", "") else None
            return Answer(response.status, response.headers, data, text)

    async def get(self, path: str, **query: Any) -> Answer:
        return await self.send("GET", path, **query)

    async def one(self, method: str, path: str, json: Any = None, **query: Any) -> dict[str, Any]:
        """The first record of a good answer."""
        answer = await self.send(method, path, json, **query)
        assert answer.status == 200, answer.text
        found: dict[str, Any] = next(v for v in answer.data.values() if isinstance(v, list))[0]
        return found

    def id(self, table: str, **wanted: Any) -> str:
        """The id of a record of the seed."""
        rows = self.world.state["organisations"][self.tenant]["tables"][table]
        return str(next(id for id, row in rows.items() if all(row.get(k) == v for k, v in wanted.items())))


@asynccontextmanager
async def client(box: Sandbox, *, limits: bool = False, **grant: Any) -> AsyncIterator[Client]:
    """Signed in. ``limits``: Xero's own; otherwise nobody is slowed down."""
    if not limits:
        box.world.state["settings"]["limit_minute"] = 100_000
    token = xero.sign_in(box.world, **grant)["access_token"]
    async with aiohttp.ClientSession() as http:
        yield Client(http, box.base_url, box.world, token, grant.get("tenant", xero.GLOBAL))
