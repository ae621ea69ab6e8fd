"""A plain client of the Salesforce imitation."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import aiohttp
from yarl import URL

from choai.sandbox import salesforce
from choai.sandbox.core import World
from servers import Sandbox

API = "/services/data/v65.0"


@dataclass
class Answer:
    status: int
    headers: Any
    data: Any
    text: str

    @property
    def code(self) -> str:
        return str(self.data[0]["errorCode"]) if isinstance(self.data, list) else ""


@dataclass
class Client:
    http: aiohttp.ClientSession
    base_url: str
    world: World
    token: str

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """``path`` below the version, or from the root; already encoded. Header names with _ for -."""
        address = self.base_url + (path if path.startswith("/") else f"{API}/{path}")
        told = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        content = body if isinstance(body, str | None) else json.dumps(body)
        if body is not None:
            told.setdefault("Content-Type", "application/json")
        async with self.http.request(method, URL(address, encoded=True), data=content, headers=told) as answer:
            text = await answer.text()
            kind = answer.headers.get("content-type", "")
            return Answer(answer.status, answer.headers, json.loads(text) if "json" in kind and text else None, text)

    async def query(self, soql: str, resource: str = "query") -> Answer:
        return await self.send("GET", f"{resource}/?q={quote(soql)}")

    async def names(self, soql: str) -> list[Any]:
        """The first field of each record."""
        answer = await self.query(soql)
        assert answer.status == 200, answer.text
        return [list(row.values())[1] for row in answer.data["records"]]

    async def make(self, object: str, **values: Any) -> str:
        answer = await self.send("POST", f"sobjects/{object}", values)
        assert answer.status == 201, answer.text
        return str(answer.data["id"])

    async def get(self, object: str, id: str) -> Any:
        return (await self.send("GET", f"sobjects/{object}/{id}")).data


@asynccontextmanager
async def client(box: Sandbox) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession() as http:
        yield Client(http, box.base_url, box.world, salesforce.sign_in(box.world)["access_token"])
