"""A plain HTTP client for the kintone imitation."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from choai.sandbox import kintone
from choai.sandbox.core import World
from servers import Sandbox


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    data: Any
    text: str

    @property
    def code(self) -> Any:
        return self.data["code"]

    @property
    def errors(self) -> dict[str, list[str]]:
        return {key: e["messages"] for key, e in self.data["errors"].items()}


@dataclass
class Client:
    """Calls with one way of signing in: ``headers``."""

    http: aiohttp.ClientSession
    base: str
    world: World
    headers: dict[str, str] = field(default_factory=dict)
    space: str = ""

    def with_tokens(self, *tokens: str) -> Client:
        return Client(self.http, self.base, self.world, {"X-Cybozu-API-Token": ",".join(tokens)}, self.space)

    def of(self, *apps: str) -> Client:
        """With the tokens of these apps."""
        return self.with_tokens(*(kintone.token(a) for a in apps))

    def person(self, login: str = "sato", password: str = kintone.PASSWORD) -> Client:
        pair = base64.b64encode(f"{login}:{password}".encode()).decode()
        return Client(self.http, self.base, self.world, {"X-Cybozu-Authorization": pair}, self.space)

    async def raw(self, method: str, path: str, **more: Any) -> Answer:
        headers = {**self.headers, **more.pop("headers", {})}
        async with self.http.request(method, self.base + path, headers=headers, allow_redirects=False, **more) as got:
            text = await got.text()
            data = await got.json() if got.content_type == "application/json" else None
            return Answer(got.status, {k.lower(): v for k, v in got.headers.items()}, data, text)

    async def get(self, resource: str, **query: Any) -> Answer:
        """Lists become ``name[0]=…``."""
        pairs: list[tuple[str, str]] = []
        for name, value in query.items():
            pairs += (
                [(f"{name}[{n}]", str(v)) for n, v in enumerate(value)]
                if isinstance(value, list)
                else [(name, str(value))]
            )
        return await self.raw("GET", self.path(resource), params=pairs)

    async def send(self, method: str, resource: str, **body: Any) -> Answer:
        return await self.raw(method, self.path(resource), json=body)

    def path(self, resource: str) -> str:
        return f"/k/guest/{self.space}/v1/{resource}" if self.space else f"/k/v1/{resource}"

    async def ids(self, app: str, query: str) -> list[int]:
        """What a query finds, or the code of its error."""
        answer = await self.get("records.json", app=app, query=query, fields=["$id"])
        assert answer.status == 200, answer.text
        return [int(r["$id"]["value"]) for r in answer.data["records"]]


@asynccontextmanager
async def client(box: Sandbox) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(http, box.base_url, box.world)


def cells(**values: Any) -> dict[str, Any]:
    return {code: {"value": value} for code, value in values.items()}
