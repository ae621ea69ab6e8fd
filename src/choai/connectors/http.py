"""One connection's way to its service over HTTP: address, authorisation, budget, decoding, and what may be repeated.

    refused connection, unknown host, no connect in time → unreachable     (did not arrive)
    no answer in time, connection lost                   → timeout for a read, unknown_result for a write
    status not in ok                                     → the connector's fault(reply)

What is repeated here, and nothing else: reads after a passing fault; any call after a 401 token_expired (twice) or a 429 whose
pause is short, because neither was acted upon. Everything longer is raised, so that the run steps aside.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from http import HTTPStatus
from typing import Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
import msgspec
from yarl import URL

from choai import clock
from choai.connectors.addresses import base_address
from choai.connectors.bodies import encoded, pairs_of
from choai.connectors.contract import Account, Connector, Pairs, Part, Reply, Spec
from choai.engine.budget import instant
from choai.errors import ChoaiError, Recovery

log = logging.getLogger("choai.http")

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
PAUSES = (0.3, 0.9, 2.7)  # seconds before a read is repeated after a passing fault
WAITS = 5  # of any call after a short pause
RENEWALS = 2  # of the token for one call: another process may renew it between our look and the service's
LONGEST_WAIT = 60.0
KEEP_ALIVE = 4.0  # shorter than servers': a write on a connection the server just closed would be an unknown result
REDIRECTS = 3
USER_AGENT = "Choai/0.1"

_NOT_ARRIVED = (
    aiohttp.ClientConnectorError,
    aiohttp.ClientHttpProxyError,
    aiohttp.ConnectionTimeoutError,
    aiohttp.InvalidURL,
    socket.gaierror,
)

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
_clients: dict[asyncio.AbstractEventLoop, AsyncGenerator[aiohttp.ClientSession, None]] = {}


# ---------------------------------------------------------------- the one client of a loop


async def client() -> aiohttp.ClientSession:
    """The running loop's client, made at first use. It keeps no cookies: connections share it."""
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        made = _clients[loop] = _made(loop)
        return await anext(made)
    return await _clients[loop].asend(None)


async def _made(loop: asyncio.AbstractEventLoop) -> AsyncGenerator[aiohttp.ClientSession, None]:
    """A generator, because a loop finishes its asynchronous generators before it closes: that closes a forgotten client."""
    connector = aiohttp.TCPConnector(limit=200, keepalive_timeout=KEEP_ALIVE, ttl_dns_cache=300)
    session = aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), headers={"User-Agent": USER_AGENT}
    )
    # aiohttp sends a lost PUT or DELETE again by itself; whether a write is repeated is ours to decide
    session._retry_connection = False
    try:
        while True:
            yield session
    finally:
        _clients.pop(loop, None)
        await session.close()


async def close() -> None:
    """Close the running loop's client before the loop ends."""
    made = _clients.pop(asyncio.get_running_loop(), None)
    if made is not None:
        await made.aclose()


@lru_cache(maxsize=256)
def _proxy(scheme: str, host: str) -> str | None:
    """The proxy that the environment names for a host (HTTPS_PROXY, NO_PROXY)."""
    proxy = getproxies().get(scheme)
    return proxy if proxy and not proxy_bypass(host) else None


async def send(
    method: str,
    url: URL,
    *,
    headers: Mapping[str, str],
    body: bytes | None = None,
    effect: bool,
    service: str,
    read_seconds: float | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """One request, one answer: status, headers with lower-case names, body. Follows no redirect.

    Raises unreachable, timeout (reads), unknown_result (effect).
    """
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=read_seconds or READ_SECONDS)
    where = {"service": service, "host": url.host or ""}
    began = clock.monotonic()
    try:
        session = await client()
        async with session.request(
            method,
            url,
            data=body,
            headers=headers,
            timeout=timeout,
            allow_redirects=False,
            proxy=_proxy(url.scheme, url.host or ""),
        ) as response:
            content = await response.read()
    except _NOT_ARRIVED as lost:
        log.debug("%s %s%s unreachable: %s", method, url.host, url.path, type(lost).__name__)
        raise ChoaiError("unreachable", **where, detail=type(lost).__name__) from lost
    except (TimeoutError, aiohttp.ClientError, ConnectionError) as lost:
        log.debug("%s %s%s lost: %s", method, url.host, url.path, type(lost).__name__)
        raise ChoaiError("unknown_result" if effect else "timeout", **where, detail=type(lost).__name__) from lost
    milliseconds = (clock.monotonic() - began) * 1000
    log.debug("%s %s%s → %d in %.0f ms", method, url.host, url.path, response.status, milliseconds)
    return response.status, {k.lower(): v for k, v in response.headers.items()}, content


def decoded(content: bytes) -> Any:
    """JSON with every number that has a point or an exponent as Decimal; None when it is not JSON."""
    try:
        return _decode(content)
    except (msgspec.DecodeError, ArithmeticError, UnicodeDecodeError):
        return None


# ---------------------------------------------------------------- a connection's session


@dataclass(slots=True)
class Ports:
    """What a session needs from the house. ``token(stale)`` gives the access token, another one than ``stale``; None when
    the connection has no OAuth. ``turn(scope)`` holds a place in the budget. ``paused(error)`` tells the others of a pause
    that the service asked for, ``lost(error)`` of an authorisation that a person must renew. ``fence()`` raises when the run has
    another worker by now: then no write is sent."""

    turn: Callable[[str | None], AbstractAsyncContextManager[None]]
    token: Callable[[str | None], Awaitable[str]] | None = None
    paused: Callable[[ChoaiError], Awaitable[None]] | None = None
    lost: Callable[[ChoaiError], Awaitable[None]] | None = None
    fence: Callable[[], None] | None = None


@dataclass(slots=True, frozen=True)
class _Request:
    method: str
    url: URL
    path: str
    headers: Mapping[str, str]
    auth: Mapping[str, str] | None
    form: Pairs | None
    body: bytes | None
    effect: bool
    ok: tuple[int, ...]
    scope: str | None


@dataclass(slots=True)
class _Tries:
    """What was already done again for one request."""

    repeats: int = 0
    waits: int = 0
    token: str | None = None
    stale: str | None = None  # the token that was refused as expired
    renewals: int = 0


class ServiceSession:
    """Session of the contract. ``memo`` is the connector's own notebook for as long as the link is open; ``calls`` counts
    requests sent."""

    def __init__(
        self,
        spec: Spec,
        connector: Connector,
        ports: Ports,
        *,
        settings: Mapping[str, Any],
        secrets: Mapping[str, Any],
        account: Account | None,
    ) -> None:
        self.spec = spec
        self.settings = settings
        self.account = account
        self.memo: dict[str, Any] = {}
        self.calls = 0
        self._connector = connector
        self._secrets = secrets
        self._ports = ports
        self._good: Callable[[Reply], bool] | None = getattr(connector, "good", None)
        # an address that the first token answer tells is not known yet; any other is missed now rather than at the first call
        self._told_later = ports.token is not None and any(
            s.learnt and f"{{{s.name}}}" in spec.base_url for s in spec.settings
        )
        if not self._told_later:
            base_address(spec, settings)

    def now(self) -> datetime:
        return clock.now()

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Pairs | None = None,
        json: Any = None,
        form: Pairs | None = None,
        parts: Sequence[Part] | None = None,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        effect: bool | None = None,
        ok: tuple[int, ...] = (200, 201, 204),
        scope: str | None = None,
        auth: Mapping[str, str] | None = None,
    ) -> Reply:
        """As the contract promises. ``Reply.text`` is empty for a good JSON answer (the text would double the memory)."""
        content, kind = encoded(json, form, parts, body)
        if self._told_later and self._ports.token is not None:
            try:
                base_address(self.spec, self.settings)
            except ChoaiError:
                await self._ports.token(None)
        request = _Request(
            method=method,
            url=self._url(path, query),
            path=path,
            headers={**kind, **(headers or {})},
            auth=auth,
            form=form,
            body=content,
            effect=method != "GET" if effect is None else effect,
            ok=ok,
            scope=scope,
        )
        return await self._persist(request)

    async def _persist(self, request: _Request) -> Reply:
        """Send until there is an answer or nothing more may be repeated."""
        tries = _Tries()
        while True:
            try:
                return await self._once(request, tries)
            except ChoaiError as error:
                error.facts.setdefault("service", self.spec.ja)
                error.facts.setdefault("service_en", self.spec.en)
                expired = error.code == "token_expired" and tries.token is not None and tries.renewals < RENEWALS
                delay = 0.0 if expired else repeat_after(error, request.effect, tries.repeats, tries.waits, self.now())
                await self._tell_others(error, final=delay is None)
                if delay is None:
                    raise
                if expired:
                    tries.stale = tries.token
                    tries.renewals += 1
                elif error.recovery is Recovery.WAIT:
                    tries.waits += 1
                else:
                    tries.repeats += 1
            await asyncio.sleep(delay)

    async def _once(self, request: _Request, tries: _Tries) -> Reply:
        url = request.url
        for _ in range(REDIRECTS + 1):
            async with self._ports.turn(request.scope):
                if self._ports.token is not None and request.auth is None:
                    tries.token = await self._ports.token(tries.stale)
                headers = self._headers(request, tries.token)
                to, body = self._with_session(request, url, tries.token)
                if request.effect and self._ports.fence is not None:
                    self._ports.fence()  # as late as can be: the turn and the token may have taken a while
                self.calls += 1
                status, got, content = await send(
                    request.method,
                    to,
                    headers=headers,
                    body=body,
                    effect=request.effect,
                    service=self.spec.ja,
                )
            onward = _redirect(url, status, got.get("location"))
            if onward is None or request.effect:
                break
            url = onward
        data = decoded(content) if content else None
        good = status in request.ok
        text = "" if good and (data is not None or not content) else content.decode("utf-8", "replace")
        raw = content if good and data is None else b""
        reply = Reply(status, got, data, text, request.method, request.path, raw)
        if good and (self._good is None or self._good(reply)):
            return reply
        if status in _MOVED:
            raise ChoaiError("unexpected_answer", service=self.spec.ja, status=status, detail=f"→ {_origin(got)}")
        fault = self._connector.fault(reply)
        fault.facts.setdefault("status", status)
        raise fault

    def _headers(self, request: _Request, token: str | None) -> dict[str, str]:
        if request.auth is not None:
            return {**request.auth, **request.headers}
        secrets = self._secrets if token is None else {**self._secrets, "access_token": token}
        own = self._connector.authorise(self.settings, secrets, request.scope)
        in_header = token is not None and (self.spec.sign_in is None or self.spec.sign_in.parameter is None)
        bearer = {"Authorization": f"Bearer {token}"} if in_header else {}
        return {**bearer, **own, **request.headers}

    def _with_session(self, request: _Request, url: URL, token: str | None) -> tuple[URL, bytes | None]:
        """Address and body, with the session of the service's own where it travels as a parameter."""
        name = self.spec.sign_in.parameter if self.spec.sign_in else None
        if name is None or token is None:
            return url, request.body
        if request.form is not None:
            return url, encoded(form=[*pairs_of(request.form), (name, token)])[0]
        return url.extend_query([(name, token)]), request.body

    def _url(self, path: str, query: Pairs | None) -> URL:
        if not path.startswith(("http://", "https://")):
            base = base_address(self.spec, self.settings).rstrip("/")
            path = f"{base}/{path.lstrip('/')}" if path else base
        return URL(path).extend_query(pairs_of(query)) if query else URL(path)

    async def _tell_others(self, error: ChoaiError, *, final: bool) -> None:
        """Only what the service itself said: our own counters are shared already."""
        if final and error.recovery is Recovery.REAUTHORISE and self._ports.lost is not None:
            await self._ports.lost(error)
        said = error.recovery is Recovery.WAIT and "status" in error.facts
        if said and self._ports.paused is not None:
            await self._ports.paused(error)


# ---------------------------------------------------------------- decisions

_MOVED = (301, 302, 303, 307, 308)
_PASSING = ("unreachable", "timeout", "locked", "unexpected_answer")


def repeat_after(error: ChoaiError, effect: bool, repeats: int, waits: int, now: datetime) -> float | None:
    """Seconds after which the same call may be sent again; None when it may not."""
    if error.recovery is Recovery.WAIT:
        until = instant(error.facts.get("until")) or now + timedelta(seconds=2.0 ** (waits + 1))
        seconds = (until - now).total_seconds()
        return max(0.2, seconds) if waits < WAITS and seconds <= LONGEST_WAIT else None
    if effect or repeats >= len(PAUSES) or error.code not in _PASSING:
        return None
    status = error.facts.get("status")
    broken = isinstance(status, int) and status >= HTTPStatus.INTERNAL_SERVER_ERROR
    if error.code == "unexpected_answer" and not broken:
        return None
    return PAUSES[repeats]


def _redirect(url: URL, status: int, location: str | None) -> URL | None:
    """The address to go on to, only on the same host: credentials never travel to another."""
    if status not in _MOVED or not location:
        return None
    try:
        onward = url.join(URL(location))
        return onward if onward.origin() == url.origin() else None
    except ValueError:
        return None


def _origin(headers: Mapping[str, str]) -> str:
    try:
        return str(URL(headers.get("location", "")).origin())
    except ValueError:
        return "?"
