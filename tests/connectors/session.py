"""Sessions against an imitation service: the real HTTP session, without store and budget."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from choai.connectors import http, registry
from choai.connectors.contract import Account
from choai.connectors.http import Ports, ServiceSession


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
    account: Account | None = None,
    identified: bool = True,
) -> AsyncIterator[ServiceSession]:
    """A session of ``service``. ``tokens`` are the OAuth access tokens it may use, one after the other: a call that meets
    ``token_expired`` takes the next one. ``identified`` fills ``account`` first."""
    left = list(tokens or [])

    async def token(stale: str | None) -> str:
        if stale is not None and len(left) > 1:
            left.pop(0)
        return left[0]

    spec, connector = registry.spec(service), registry.connector(service)
    ports = Ports(turn=_turn, token=token if tokens is not None else None)
    session = ServiceSession(spec, connector, ports, settings=settings, secrets=secrets or {}, account=account)
    try:
        if account is None and identified:
            session.account = await connector.identify(session)
        yield session
    finally:
        await http.close()
