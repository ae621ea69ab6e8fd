from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal
from typing import Any, cast

import pytest
from aiohttp import web

from choai import clock
from choai.connectors import http
from choai.connectors.http import Ports, ServiceSession
from choai.errors import ChoaiError
from connectors import fake


@asynccontextmanager
async def free_turn(scope: str | None) -> AsyncIterator[None]:
    yield


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[fake.Server]:
    monkeypatch.setattr(http, "PAUSES", (0.0, 0.0, 0.0))
    async with fake.running() as running:
        yield running
        await http.close()


def session(url: str, *, secrets: dict[str, Any] | None = None, **ports: Any) -> ServiceSession:
    return ServiceSession(
        fake.spec(),
        cast("Any", fake.Connector()),
        Ports(turn=ports.pop("turn", free_turn), **ports),
        settings={"base_url": url},
        secrets=secrets or {},
        account=None,
    )


async def code_of(call: Any) -> ChoaiError:
    with pytest.raises(ChoaiError) as caught:
        await call
    return caught.value


@pytest.mark.req("CC-19")
async def test_numbers_with_a_point_are_exact(server: fake.Server) -> None:
    async def numbers(_: web.Request) -> web.Response:
        return web.Response(body=b'{"a": 0.1, "b": 12, "c": 1e3, "d": 100.00}', headers={"X-Request-ID": "r1"})

    server.answer = numbers
    reply = await session(server.url).call("GET", "/x")
    assert reply.data == {"a": Decimal("0.1"), "b": 12, "c": Decimal("1e3"), "d": Decimal("100.00")}
    assert isinstance(reply.data["b"], int)
    assert str(reply.data["d"]) == "100.00"
    assert (reply.headers["x-request-id"], reply.text) == ("r1", "")


async def test_an_answer_that_is_not_json_is_text(server: fake.Server) -> None:
    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>メンテナンス</html>")

    server.answer = page
    reply = await session(server.url).call("GET", "/x")
    assert (reply.data, reply.text) == (None, "<html>メンテナンス</html>")


async def test_query_body_and_headers_as_sent(server: fake.Server) -> None:
    opened = session(server.url + "/base/", secrets={"key": "k1"})
    await opened.call("GET", "/list", query=[("q", '名前 = "a+b&c"'), ("fields[0]", "$id")], scope="app:1")
    await opened.call("PUT", "item", json={"price": Decimal("10.50"), "name": "株式会社"})
    (_, listed, first, _), (_, written, second, body) = server.seen
    assert listed == "/base/list?q=%E5%90%8D%E5%89%8D+%3D+%22a%2Bb%26c%22&fields%5B0%5D=$id"
    assert "content-type" not in first  # kintone refuses a GET that names a content type without a body
    assert (first["x-key"], second["x-key"]) == ("k1/app:1", "k1/None")
    assert written == "/base/item"
    assert second["content-type"] == "application/json"
    assert body.decode() == '{"price":10.50,"name":"株式会社"}'


async def test_a_refused_connection_did_not_arrive(server: fake.Server) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    opened = session(f"http://127.0.0.1:{port}")
    assert (await code_of(opened.call("POST", "/x", json={}))).code == "unreachable"
    assert opened.calls == 1
    assert (await code_of(opened.call("GET", "/x"))).code == "unreachable"
    assert opened.calls == 5


async def test_an_unknown_host_did_not_arrive() -> None:
    try:
        opened = session("http://no-such-host.invalid")
        assert (await code_of(opened.call("POST", "/x", json={}))).code == "unreachable"
    finally:
        await http.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_a_lost_reply_to_a_write_is_unknown_and_never_sent_twice(server: fake.Server, method: str) -> None:
    opened = session(server.url)
    await opened.call("GET", "/warm")  # the write goes over a connection that was used before
    server.seen.clear()
    server.answer = fake.drop
    assert (await code_of(opened.call(method, "/x", json={}))).code == "unknown_result"
    assert len(server.seen) == 1


async def test_a_lost_reply_to_a_read_is_repeated(server: fake.Server) -> None:
    server.answer = fake.script(fake.drop, fake.drop, fake.ok)
    assert (await session(server.url).call("GET", "/x")).data == {"ok": True}
    assert len(server.seen) == 3
    server.answer = fake.drop
    assert (await code_of(session(server.url).call("GET", "/x"))).code == "timeout"


async def test_a_read_by_post_is_a_read(server: fake.Server) -> None:
    server.answer = fake.script(fake.drop, fake.ok)
    await session(server.url).call("POST", "/x", json={}, effect=False)
    assert len(server.seen) == 2


async def test_a_late_answer(server: fake.Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "READ_SECONDS", 0.05)
    monkeypatch.setattr(http, "PAUSES", ())
    stay = asyncio.Event()

    async def late(_: web.Request) -> web.Response:
        await stay.wait()
        return web.Response()

    server.answer = late
    assert (await code_of(session(server.url).call("POST", "/x", json={}))).code == "unknown_result"
    assert (await code_of(session(server.url).call("GET", "/x"))).code == "timeout"
    stay.set()


async def test_a_broken_service_is_asked_again_for_reads_only(server: fake.Server) -> None:
    server.answer = fake.script(fake.status(502), fake.ok)
    await session(server.url).call("GET", "/x")
    assert len(server.seen) == 2
    server.answer = fake.status(502)
    error = await code_of(session(server.url).call("POST", "/x", json={}))
    assert (error.code, error.facts["status"], len(server.seen)) == ("unexpected_answer", 502, 3)
    server.answer = fake.status(400, {"code": "validation_rejected"})
    assert (await code_of(session(server.url).call("GET", "/x"))).code == "validation_rejected"
    assert len(server.seen) == 4


@pytest.mark.req("FK-11")
async def test_an_expired_token_is_renewed_once_and_the_call_repeated(server: fake.Server) -> None:
    expired = fake.status(401, {"code": "token_expired"})
    asked: list[str | None] = []

    async def token(stale: str | None) -> str:
        asked.append(stale)
        return f"t{len(asked)}"

    server.answer = fake.script(expired, fake.ok)
    await session(server.url, token=token).call("POST", "/x", json={"a": 1})
    assert asked == [None, "t1"]
    assert [h["authorization"] for _, _, h, _ in server.seen] == ["Bearer t1", "Bearer t2"]
    assert server.seen[0][3] == server.seen[1][3]
    server.answer, asked[:] = expired, []
    assert (await code_of(session(server.url, token=token).call("GET", "/x"))).code == "token_expired"
    assert asked == [None, "t1", "t2"], "twice, because another process may renew it meanwhile; not for ever"


async def test_a_refusal_that_is_not_expiry_burns_no_refresh_token(server: fake.Server) -> None:
    asked: list[str | None] = []
    lost: list[str] = []

    async def token(stale: str | None) -> str:
        asked.append(stale)
        return "t"

    async def note(error: ChoaiError) -> None:
        lost.append(error.code)

    opened = session(server.url, token=token, lost=note)
    server.answer = fake.status(401, {"code": "freee_plan_limit"})
    assert (await code_of(opened.call("GET", "/x"))).code == "freee_plan_limit"
    assert (asked, lost) == ([None], [])
    server.answer = fake.status(401, {"code": "reauthorise"})
    assert (await code_of(opened.call("GET", "/x"))).code == "reauthorise"
    assert lost == ["reauthorise"]


async def test_own_authorisation_replaces_the_connections(server: fake.Server) -> None:
    async def token(stale: str | None) -> str:
        raise AssertionError("not asked")

    await session(server.url, secrets={"key": "k"}, token=token).call("GET", "/x", auth={"X-Other": "o"})
    assert server.seen[0][2]["x-other"] == "o"
    assert "x-key" not in server.seen[0][2]


@pytest.mark.req("FK-63")
async def test_a_short_pause_is_waited_for_whatever_the_method(server: fake.Server) -> None:
    soon = (clock.now() + timedelta(seconds=0.1)).isoformat()
    paused: list[Any] = []

    async def note(error: ChoaiError) -> None:
        paused.append(error.code)

    opened = session(server.url, paused=note)
    server.answer = fake.script(fake.status(429, {"code": "throttled", "until": soon}), fake.ok)
    await opened.call("POST", "/x", json={})
    assert len(server.seen) == 2
    assert paused == ["throttled"]


@pytest.mark.req("FK-63")
async def test_a_long_pause_makes_the_run_step_aside(server: fake.Server) -> None:
    later = (clock.now() + timedelta(minutes=10)).isoformat()
    paused: list[Any] = []

    async def note(error: ChoaiError) -> None:
        paused.append(error.facts["until"])

    opened = session(server.url, paused=note)
    server.answer = fake.status(403, {"code": "burst_blocked", "until": later})
    error = await code_of(opened.call("GET", "/x"))
    assert (error.code, error.facts["until"], paused, len(server.seen)) == ("burst_blocked", later, [later], 1)


async def test_pauses_come_to_an_end(server: fake.Server) -> None:
    now = clock.now()
    error = ChoaiError("throttled", until=now + timedelta(seconds=5))
    assert http.repeat_after(error, effect=True, repeats=0, waits=0, now=now) == 5
    assert http.repeat_after(error, effect=True, repeats=0, waits=http.WAITS, now=now) is None
    unnamed = ChoaiError("throttled")
    assert http.repeat_after(unnamed, effect=True, repeats=0, waits=1, now=now) == 4


async def test_credentials_do_not_follow_a_redirect_to_another_host(server: fake.Server) -> None:
    async with fake.running() as other:
        server.answer = fake.status(302, headers={"Location": f"{other.url}/steal"})
        error = await code_of(session(server.url, secrets={"key": "k"}).call("GET", "/x"))
        assert error.code == "unexpected_answer"
        assert other.seen == []


async def test_a_redirect_on_the_same_host_is_followed_for_reads(server: fake.Server) -> None:
    server.answer = fake.script(fake.status(307, headers={"Location": "/y"}), fake.ok)
    assert (await session(server.url).call("GET", "/x")).data == {"ok": True}
    assert [path for _, path, _, _ in server.seen] == ["/x", "/y"]
    server.answer = fake.status(307, headers={"Location": "/y"})
    assert (await code_of(session(server.url).call("POST", "/x", json={}))).code == "unexpected_answer"
    assert len(server.seen) == 3


async def test_cookies_are_not_kept(server: fake.Server) -> None:
    server.answer = fake.status(200, {}, {"Set-Cookie": "session=other-tenant"})
    await session(server.url).call("GET", "/x")
    await session(server.url).call("GET", "/x")
    assert "cookie" not in server.seen[1][2]


async def test_logs_tell_every_call_and_no_secret(server: fake.Server, caplog: pytest.LogCaptureFixture) -> None:
    async def token(stale: str | None) -> str:
        return "tok-secret"

    caplog.set_level(logging.DEBUG, "choai.http")
    await session(server.url, token=token, secrets={"key": "key-secret"}).call(
        "POST", "/x", query={"access_token": "query-secret"}, json={"a": "body-secret"}
    )
    server.answer = fake.drop
    await code_of(session(server.url).call("POST", "/x?k=query-secret"))
    told = [r.getMessage() for r in caplog.records if r.name == "choai.http"]
    assert len(told) == 2
    assert "POST 127.0.0.1/x → 200" in told[0]
    assert "secret" not in "".join(told)


async def test_each_call_takes_its_turn(server: fake.Server) -> None:
    scopes: list[str | None] = []

    @asynccontextmanager
    async def turn(scope: str | None) -> AsyncIterator[None]:
        scopes.append(scope)
        yield

    opened = session(server.url, turn=turn)
    server.answer = fake.script(fake.status(502), fake.ok)
    await opened.call("GET", "/x", scope="app:7")
    assert scopes == ["app:7", "app:7"]
    assert opened.calls == 2


def test_the_base_address_comes_from_the_settings_or_the_vendor() -> None:
    spec = fake.spec()
    assert http.base_address(spec, {"domain": "a.cybozu.com"}) == "https://a.cybozu.com"
    assert http.base_address(spec, {"domain": "a", "base_url": "http://127.0.0.1:1"}) == "http://127.0.0.1:1"
    with pytest.raises(ChoaiError) as caught:
        http.base_address(spec, {})
    assert (caught.value.code, caught.value.facts["field"]) == ("connection_not_ready", "domain")


def test_a_loop_that_ends_closes_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    async def one_call() -> Any:
        client = await http.client()
        assert await http.client() is client
        return client

    assert asyncio.run(one_call()).closed
