"""Asking services for webhooks where they have an API for it: made, renewed before they end, taken back."""

from __future__ import annotations

import asyncio
import logging
from typing import cast

from choai import clock
from choai.connectors import registry
from choai.connectors.contract import Further
from choai.errors import ChoaiError
from choai.runtime import link
from choai.runtime.threads import in_thread
from choai.store import subscriptions
from choai.store.subscriptions import Wish

log = logging.getLogger("choai.runtime")

LEAVE_SECONDS = 15.0  # so long a person who deletes a connection waits for its service


async def keep(connection_id: int) -> None:
    """Make the service's knowledge what a person wants. What goes wrong is kept for the screens and tried again later."""
    wish = await in_thread(subscriptions.wish, connection_id)
    if wish is None:
        return
    try:
        await _keep(wish)
    except ChoaiError as error:
        log.warning("webhooks were not asked for", extra={"code": error.code, "facts": {"connection": connection_id}})
        if wish.wanted:
            await in_thread(subscriptions.failed, wish, error)
        else:  # the service was not told: it ends by itself, and until then its calls are heard in vain
            await in_thread(subscriptions.forgotten, wish)


async def _keep(wish: Wish) -> None:
    nobody = not wish.wanted or not wish.objects
    if (nobody and wish.known is None) or (not nobody and not wish.due):
        await in_thread(subscriptions.looked if wish.wanted else subscriptions.forgotten, wish)
        return
    opened = await link.open_link(wish.workspace_id, wish.connection_id, wish.user_id, purpose="person")
    connector, hook = cast("Further", opened.connector), opened.spec.hook
    if nobody and wish.known is not None:
        await connector.unsubscribe(opened.session, wish.known)
        await in_thread(subscriptions.forgotten, wish)
        return
    made = await connector.subscribe(opened.session, wish.objects, wish.address, wish.token, wish.known)
    await in_thread(subscriptions.kept, wish, made, hook.renew_seconds if hook else None)


async def leave(connection_id: int, user_id: int) -> None:
    """Take back what the service knows, because that user is about to delete the connection. What goes wrong is written to the
    audit trail and does not stop them: the subscription then ends by itself, and until then its calls are heard in vain."""
    wish = await in_thread(subscriptions.wish, connection_id)
    if wish is None or wish.known is None:
        return
    code = ""
    try:
        async with asyncio.timeout(LEAVE_SECONDS):
            opened = await link.open_link(wish.workspace_id, connection_id, wish.user_id, purpose="person")
            await cast("Further", opened.connector).unsubscribe(opened.session, wish.known)
    except (ChoaiError, TimeoutError) as error:
        code = error.code if isinstance(error, ChoaiError) else "timeout"
        log.warning("webhooks were not taken back", extra={"code": code, "facts": {"connection": connection_id}})
    await in_thread(subscriptions.left, wish, user_id, code)


def due() -> list[int]:
    """The connections to look at now. Housekeeping of a worker, which lets ``keep`` run for each."""
    return subscriptions.claim(clock.now())


def offered(service: str) -> bool:
    """Whether the service is asked by its API."""
    hook = registry.spec(service).hook
    return hook is not None and hook.subscribes
