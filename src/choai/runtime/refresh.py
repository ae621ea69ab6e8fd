"""An access token that works: single-flight across processes, and the new pair is stored before it is used (FK-10, FK-11).

Services whose refresh tokens rotate leave one gap that nobody can close: a crash after the service's answer and before our
commit loses the new pair. The old refresh token is tried once more then, and after that a person authorises again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4
from weakref import WeakKeyDictionary

from choai import clock
from choai.connectors import oauth
from choai.connectors.contract import Spec
from choai.errors import ChoaiError
from choai.runtime.signing_in import Own
from choai.runtime.threads import in_thread
from choai.store import links, tokens
from choai.store.tokens import Grant

POLL = 0.05  # seconds between two looks while another process refreshes
LOOK = 1.0  # seconds between two looks whether another process replaced the pair
PATIENCE = 2 * tokens.LEASE


@dataclass(slots=True)
class Purse:
    """One person's grant as one opened link holds it."""

    spec: Spec
    settings: dict[str, Any]  # the link's own: what a token answer teaches is added
    client_secret: str = field(repr=False)
    grant: Grant = field(repr=False)
    own: Own | None = field(default=None, repr=False)  # the connection signs in by itself
    granted: Callable[[Mapping[str, Any]], Mapping[str, Any]] = field(default=lambda _: {}, repr=False)  # see Connector
    looked_at: float = field(default=float("-inf"), repr=False)  # when the store was asked last, monotonic


async def access_token(purse: Purse, stale: str | None = None) -> str:
    """A token that is not ``stale`` and not about to expire, refreshed when there is none.

    The store is asked every second whether the pair in hand is still the newest; a token that another process replaced within it
    is refused as expired, and then nothing is refreshed that is fresh already. Raises ``reauthorise``, ``wrong_client_secret``,
    ``unreachable``, ``timeout``, ``throttled``, ``unexpected_answer``.
    """
    if clock.monotonic() - purse.looked_at > LOOK:
        purse.looked_at = clock.monotonic()
        if await in_thread(tokens.version_of, purse.grant.id) != purse.grant.version:
            await _reread(purse)
    _must_be_ok(purse)
    if _fresh(purse, stale):
        return purse.grant.access
    line = _line(purse.grant.id)
    waited = line.lock.locked()
    async with line.lock:
        if waited and not _fresh(purse, stale):
            if line.newest is not None and line.newest.version > purse.grant.version:
                purse.grant = line.newest
            else:
                await _reread(purse)
        _must_be_ok(purse)
        if not (waited and _fresh(purse, stale)):
            await _renewed(purse, stale)
        line.newest = purse.grant
        return purse.grant.access


@dataclass(slots=True)
class _Line:
    """Those of one loop who want a new token. Only the first asks the store for the lease, and the others take what it got: were
    each to read it, a token of few calls would be used up before the last one's turn."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    newest: Grant | None = field(default=None, repr=False)


_lines: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[int, _Line]] = WeakKeyDictionary()


def _line(grant_id: int) -> _Line:
    return _lines.setdefault(asyncio.get_running_loop(), {}).setdefault(grant_id, _Line())


async def _renewed(purse: Purse, stale: str | None) -> None:
    """The purse holds the pair that we refresh, or that another process refreshes meanwhile."""
    holder = uuid4().hex
    deadline = clock.monotonic() + PATIENCE
    while clock.monotonic() < deadline:
        claimed = await in_thread(tokens.claim, purse.grant.id, holder)
        if claimed is None:  # somebody else is refreshing, or the grant is gone
            await asyncio.sleep(POLL)
            await _reread(purse)
        else:
            purse.grant = claimed
            try:
                if claimed.state == "ok" and not _fresh(purse, stale):
                    await _refresh(purse)
                    return  # however short its life
            finally:
                await in_thread(tokens.release, claimed.id, holder)
            _must_be_ok(purse)
        if _fresh(purse, stale):
            return
    raise ChoaiError("timeout", service=purse.spec.ja, detail="refresh lease")


async def _refresh(purse: Purse) -> None:
    """Called with the lease held: one pair for another, committed before anybody uses it."""
    grant = purse.grant
    if purse.own is not None:
        token = await purse.own.sign_in()
        await in_thread(tokens.keep, grant, token.access, purse.own.mark, token.expires_at)
        await _learn(purse, purse.own.learn(token.answer))
        await _reread(purse)
        return
    try:
        token = await oauth.refresh(purse.spec, purse.settings, purse.client_secret, grant.refresh)
    except ChoaiError as error:
        if error.code != "reauthorise":
            raise
        token = await _second_try(purse, error)
    await in_thread(tokens.keep, grant, token.access, token.refresh, token.expires_at)
    await _learn(purse, purse.granted(token.answer))
    await _reread(purse)  # not ours when a new consent came meanwhile, or our lease ran out and another was faster


async def _learn(purse: Purse, learnt: Mapping[str, Any]) -> None:
    """What an answer told beside the token (an address that moved). Whose account it is stays as the consent said."""
    news = {k: v for k, v in learnt.items() if k not in purse.spec.identity and purse.settings.get(k) != v}
    if news:
        purse.settings.update(news)
        await in_thread(links.learn, purse.grant.connection_id, news, purse.grant.user_id)


async def _second_try(purse: Purse, refused: ChoaiError) -> oauth.Token:
    """After invalid_grant: the refresh token before this one, once; else the grant is lost."""
    grant = purse.grant
    if grant.previous:
        try:
            return await oauth.refresh(purse.spec, purse.settings, purse.client_secret, grant.previous)
        except ChoaiError as error:
            if error.code != "reauthorise":
                raise
    await in_thread(tokens.reject, grant)
    raise refused


async def _reread(purse: Purse) -> None:
    grant = await in_thread(tokens.read, purse.grant.id)
    if grant is None:
        raise ChoaiError("reauthorise", service=purse.spec.ja)
    purse.grant = grant
    _must_be_ok(purse)


def _must_be_ok(purse: Purse) -> None:
    if purse.grant.state != "ok":
        raise ChoaiError("reauthorise", service=purse.spec.ja)


def _fresh(purse: Purse, stale: str | None) -> bool:
    """Early is early only in the second half of a token's life, or a short-lived one would be refreshed at each call."""
    grant = purse.grant
    if purse.own is not None and grant.refresh != purse.own.mark:
        return False
    early: float = purse.spec.oauth.refresh_early_seconds if purse.spec.oauth else 0
    early = purse.own.early_seconds if purse.own is not None else early
    early = min(early, (grant.expires_at - grant.issued_at) / 2)
    return bool(grant.access) and grant.access != stale and grant.expires_at - early > clock.now().timestamp()
