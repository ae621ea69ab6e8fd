"""Calls beside JSON: forms, files, answers that are no JSON, failures in good statuses, sessions as parameters."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from choai.connectors import http
from choai.connectors.contract import Part, Reply, SignInSpec, Spec
from choai.connectors.http import Ports, ServiceSession
from choai.errors import ChoaiError
from connectors import fake

SPEC = {"settings": (), "auth": ("key",)}


@asynccontextmanager
async def _turn(_: str | None) -> AsyncIterator[None]:
    yield


class Good(fake.Connector):
    def good(self, reply: Reply) -> bool:
        return not isinstance(reply.data, dict) or reply.data.get("success", True)


@pytest.fixture
async def server() -> AsyncIterator[fake.Server]:
    async with fake.running() as running:
        try:
            yield running
        finally:
            await http.close()


def session(server: fake.Server, connector: Any = None, token: Any = None, **changes: Any) -> ServiceSession:
    spec: Spec = fake.spec(server.url, **{**SPEC, **changes})
    ports = Ports(turn=_turn, token=token)
    return ServiceSession(spec, connector or fake.Connector(), ports, settings={}, secrets={}, account=None)


async def test_a_form_and_raw_bytes_and_parts(server: fake.Server) -> None:
    link = session(server)
    await link.call("POST", "/f", form={"element": '{"名":"1"}', "q": "a b"})
    await link.call("PUT", "/job/batches", body="Name\n青空\n".encode(), headers={"Content-Type": "text/csv"})
    await link.call("POST", "/upload", parts=[Part("file", b"\x00", "a.zip", "application/zip")])
    form, raw, parts = server.seen
    assert form[2]["content-type"] == "application/x-www-form-urlencoded"
    assert form[3] == b"element=%7B%22%E5%90%8D%22%3A%221%22%7D&q=a+b"
    assert (raw[2]["content-type"], raw[3].decode()) == ("text/csv", "Name\n青空\n")
    assert parts[2]["content-type"].startswith("multipart/form-data; boundary=")
    assert b'filename="a.zip"' in parts[3]


async def test_an_answer_that_is_no_json_comes_as_bytes(server: fake.Server) -> None:
    async def pdf(_: web.Request) -> web.StreamResponse:
        return web.Response(body=b"%PDF-1.7\xff", content_type="application/pdf")

    server.answer = pdf
    reply = await session(server).call("GET", "/doc")
    assert (reply.data, reply.body) == (None, b"%PDF-1.7\xff")
    server.answer = fake.ok
    assert (await session(server).call("GET", "/doc")).body == b""


async def test_a_failure_in_a_good_status_is_one(server: fake.Server) -> None:
    server.answer = fake.status(200, {"success": False, "code": "record_not_found", "id": "1"})
    with pytest.raises(ChoaiError, match="record_not_found"):
        await session(server, Good()).call("GET", "/x")
    assert (await session(server).call("GET", "/x")).data["success"] is False


async def test_a_session_travels_in_the_query_or_the_form_and_is_renewed_once(server: fake.Server) -> None:
    given: list[str | None] = []

    async def token(stale: str | None) -> str:
        given.append(stale)
        return f"s{len(given)}"

    expired = fake.status(200, {"success": False, "code": "token_expired"})
    server.answer = fake.script(expired, fake.ok, fake.ok)
    link = session(server, Good(), token, sign_in=SignInSpec(parameter="sessionName"))
    await link.call("GET", "", query={"operation": "query"})
    await link.call("POST", "", form={"operation": "create"}, effect=False)
    first, second, third = server.seen
    assert first[1] == "/?operation=query&sessionName=s1"
    assert second[1] == "/?operation=query&sessionName=s2"
    assert given[1] == "s1"
    assert third[3] == b"operation=create&sessionName=s3"
    assert all("authorization" not in seen[2] for seen in server.seen)


async def test_the_address_may_move_while_the_link_is_open(server: fake.Server) -> None:
    async with fake.running() as other:
        link = session(server)
        link.settings = {}
        await link.call("GET", "/a")
        link.settings = {"base_url": other.url}
        await link.call("GET", "/b/?x=1")
        assert [s[1] for s in server.seen] == ["/a"]
        assert [s[1] for s in other.seen] == ["/b/?x=1"]


async def test_numbers_with_a_point_stay_exact_both_ways(server: fake.Server) -> None:
    async def echo(request: web.Request) -> web.StreamResponse:
        return web.Response(body=await request.read(), content_type="application/json")

    server.answer = echo
    from decimal import Decimal

    exact = Decimal("12345678901234567890.1234567890")
    reply = await session(server).call("POST", "/x", json={"n": exact}, effect=False)
    assert reply.data == {"n": exact}
    assert json.loads(server.seen[0][3]) is not None
