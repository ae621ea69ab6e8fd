"""Sessions against an imitation service: the real HTTP session, without store and budget."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from choai.connectors import http, registry
from choai.connectors.contract import Account
from choai.connectors.http import Ports, ServiceSession
from choai.runtime.signing_in import own_way


@asynccontextmanager
async def _turn(_: str | None) -> AsyncIterator[None]:
    yield


@asynccontextmanager
async def opened(
    service: str,
    settings: Mapping[str, Any],
    *,
    secrets: Mapping[str, Any] | None = None,
    tokens: list[str] | None = None,
    renew: Callable[[], str] | None = None,
    auth: str = "",
    account: Account | None = None,
    identified: bool = True,
) -> AsyncIterator[ServiceSession]:
    """A session of ``service``. ``tokens`` are the OAuth access tokens it may use, one after the other: a call that meets
    ``token_expired`` takes the next one, or a new one of ``renew``. ``auth`` names one of the ways in which a connection signs
    in by itself. ``identified`` fills ``account`` first."""
    spec, connector = registry.spec(service), registry.connector(service)
    known = {s.name: s.default for s in spec.settings if s.default is not None and not s.secret} | dict(settings)
    own = own_way(spec, connector, auth, known, secrets or {})
    left = list(tokens or [])

    async def token(stale: str | None) -> str:
        if own is not None and (stale is not None or not left):
            signed = await own.sign_in()
            known.update(own.learn(signed.answer))
            left[:] = [signed.access]
        elif renew is not None and (stale is not None or not left):
            left[:] = [renew()]
        elif stale is not None and len(left) > 1:
            left.pop(0)
        return left[0]

    bearing = tokens is not None or renew is not None or own is not None
    ports = Ports(turn=_turn, token=token if bearing else None)
    session = ServiceSession(spec, connector, ports, settings=known, secrets=secrets or {}, account=account)
    try:
        if account is None and identified:
            session.account = await connector.identify(session)
        yield session
    finally:
        await http.close()
