"""A plain HTTP client for the freee imitation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import aiohttp

from choai.sandbox import freee
from choai.sandbox.core import World
from choai.sandbox.freee import oauth


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    data: Any
    text: str

    @property
    def messages(self) -> str:
        """The validation texts of a 400."""
        return " ".join(m for e in self.data["errors"] if e["type"] == "validation" for m in e["messages"])


@dataclass
class Client:
    """Calls of one user for one company. ``token`` None sends no Authorization header."""

    http: aiohttp.ClientSession
    base: str
    world: World
    company: int = freee.ENTERPRISE
    token: str | None = None
    extra: dict[str, str] = field(default_factory=dict)

    def sign_in(self, user: int = freee.USER_ADMIN, company: int = freee.ENTERPRISE) -> Client:
        """Another client with a token of its own."""
        grant = oauth.new_grant(self.world, freee.DEMO_CLIENT_ID, user, company)
        token = oauth.issue(self.world, grant)["access_token"]
        return Client(self.http, self.base, self.world, company, token)

    async def send(self, method: str, path: str, *, query: Any = None, json: Any = None, form: Any = None) -> Answer:
        headers = dict(self.extra)
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        async with self.http.request(
            method, self.base + path, params=query, json=json, data=form, headers=headers, allow_redirects=False
        ) as got:
            text = await got.text()
            data = await got.json(content_type=None) if got.content_type.endswith("json") else None
            return Answer(got.status, {k.lower(): v for k, v in got.headers.items()}, data, text)

    async def get(self, path: str, **query: Any) -> Answer:
        query.setdefault("company_id", self.company)
        return await self.send("GET", f"/api/1{path}", query={k: str(v) for k, v in query.items()})

    async def post(self, path: str, **body: Any) -> Answer:
        return await self.send("POST", f"/api/1{path}", json={"company_id": self.company, **body})

    async def put(self, path: str, **body: Any) -> Answer:
        return await self.send("PUT", f"/api/1{path}", json={"company_id": self.company, **body})

    async def delete(self, path: str) -> Answer:
        return await self.send("DELETE", f"/api/1{path}", query={"company_id": str(self.company)})

    def set(self, **settings: Any) -> None:
        """Settings of the company."""
        own = self.world.state["settings"]["companies"].setdefault(str(self.company), {})
        own.update(settings)
