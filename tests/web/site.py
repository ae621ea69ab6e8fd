"""The product's web side on loopback, and the people who use it: cookies, CSRF and all."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from http.client import HTTPResponse
from http.cookiejar import CookieJar
from typing import Any

PASSWORD = "correct-horse-battery"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def data(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The code of a refusal."""
        return str(self.data["code"])


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


@dataclass
class Person:
    """A browser, or with ``token`` a script."""

    base: str
    token: str | None = None
    language: str = "ja"
    cookies: CookieJar = field(default_factory=CookieJar)
    csrf: bool = True

    def send(self, method: str, path: str, body: Any = None, **query: Any) -> Answer:
        url = self.base + path + (f"?{urllib.parse.urlencode(query)}" if query else "")
        request = urllib.request.Request(url, method=method)
        request.add_header("Accept-Language", self.language)
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        mark = next((c.value for c in self.cookies if c.name == "csrftoken"), None)
        if mark and self.csrf and method != "GET":
            request.add_header("X-CSRFToken", mark)
        opener = urllib.request.build_opener(_Stay, urllib.request.HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(request, timeout=30) as answer:
                return _answer(answer)
        except urllib.error.HTTPError as error:
            with error:
                return _answer(error)

    def get(self, path: str, **query: Any) -> Answer:
        return self.send("GET", path, **query)

    def post(self, path: str, body: Any = None, **query: Any) -> Answer:
        return self.send("POST", path, {} if body is None else body, **query)

    def put(self, path: str, body: Any) -> Answer:
        return self.send("PUT", path, body)

    def patch(self, path: str, body: Any) -> Answer:
        return self.send("PATCH", path, body)

    def delete(self, path: str, **query: Any) -> Answer:
        return self.send("DELETE", path, **query)

    def sign_in(self, email: str, password: str = PASSWORD) -> Answer:
        self.get("/api/session")
        return self.post("/api/session", {"email": email, "password": password})


def _answer(answer: HTTPResponse | urllib.error.HTTPError) -> Answer:
    return Answer(int(answer.status or 0), {k.lower(): v for k, v in answer.headers.items()}, answer.read())


@dataclass
class Cast:
    """Everybody who may knock: the owner, an operator, a viewer, a stranger of another workspace, nobody, and a script."""

    base: str
    owner: Person
    operator: Person
    viewer: Person
    stranger: Person
    nobody: Person
    workspace_id: int
    other_id: int
    owner_id: int

    def everybody(self) -> dict[str, Person]:
        return {n: getattr(self, n) for n in ("owner", "operator", "viewer", "stranger", "nobody")}
