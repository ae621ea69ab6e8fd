"""Connections that sign in by themselves: client credentials, a signed JWT, or a session of the service's own."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import msgspec

from choai import clock
from choai.connectors import oauth
from choai.connectors.contract import OWN_WAYS, Connector, SignInSpec, Spec
from choai.connectors.http import Ports, ServiceSession
from choai.connectors.oauth import Token


@dataclass(slots=True, frozen=True)
class Own:
    """How a connection gets its next token. ``mark`` is a digest of what it signs in with: a token that was got with other
    settings or secrets is not used. ``learn`` makes settings of the answer."""

    mark: str
    sign_in: Callable[[], Awaitable[Token]]
    learn: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    early_seconds: float


def own_way(
    spec: Spec, connector: Connector, auth: str, settings: Mapping[str, Any], secrets: Mapping[str, Any]
) -> Own | None:
    """None when the connection does not sign in by itself."""
    if auth not in OWN_WAYS:
        return None
    learnt = {s.name for s in spec.settings if s.learnt}
    given = {"auth": auth, "settings": {k: v for k, v in settings.items() if k not in learnt}, "secrets": secrets}
    mark = hashlib.sha256(msgspec.json.encode(given, order="deterministic")).hexdigest()
    early = float(spec.oauth.refresh_early_seconds if spec.oauth else 0)

    async def client_credentials() -> Token:
        return await oauth.client_credentials(spec, settings, str(secrets.get("client_secret", "")))

    async def jwt_bearer() -> Token:
        return await oauth.jwt_bearer(spec, settings, str(secrets.get("private_key", "")))

    async def session() -> Token:
        return await _session(spec, connector, settings, secrets)

    if auth == "session":
        return Own(mark, session, dict, (spec.sign_in or SignInSpec()).early_seconds)
    return Own(mark, client_credentials if auth == "client_credentials" else jwt_bearer, connector.granted, early)


async def _session(spec: Spec, connector: Any, settings: Mapping[str, Any], secrets: Mapping[str, Any]) -> Token:
    """The connector signs in over a session without authorisation. It takes no turn of the budget: the call that waits for it
    holds one."""
    began = clock.now().timestamp()
    bare = ServiceSession(spec, connector, Ports(turn=_free), settings=settings, secrets={}, account=None)
    signed = await connector.sign_in(bare, secrets)
    seconds = signed.seconds if signed.seconds is not None else (spec.sign_in or SignInSpec()).seconds
    return Token(signed.token, "", began + seconds, dict(signed.facts))


@asynccontextmanager
async def _free(_: str | None) -> AsyncIterator[None]:
    yield
