"""Webhooks in: a verified call becomes a nudge, and a nudge within seconds a run of the syncs that read what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from choai import clock
from choai.connectors import registry
from choai.connectors.contract import Forged, Further, Heard
from choai.connectors.hooks import TOKEN, same
from choai.errors import ChoaiError
from choai.runtime import bell
from choai.store import hooks, links

UNKNOWN = Forged(404, "address")


def receive(connection_id: int, secret: str, headers: Mapping[str, str], body: bytes) -> Heard | Forged:
    """A call at a connection's webhook address; ``headers`` have lower-case names. What is not genuine is refused with what the
    service expects, counted and noted; an address that there is not says no more than that."""
    known = hooks.known_secret(connection_id)
    if known is None:
        return UNKNOWN
    if not same(secret, known):
        hooks.refused(connection_id, UNKNOWN.why)
        return UNKNOWN
    try:
        opening = links.load(connection_id, None)
    except ChoaiError:
        return UNKNOWN
    spec = registry.spec(opening.service)
    if spec.hook is None:
        return UNKNOWN
    defaults = {s.name: s.default for s in spec.settings if s.default is not None and not s.secret}
    settings = {**defaults, **{k: v for k, v in opening.settings.items() if v not in (None, "")}}
    connector = cast("Further", registry.connector(opening.service))
    known_token = {TOKEN: hooks.token_of(connection_id)} if spec.hook.subscribes else {}
    told = connector.heard(settings, {**opening.secrets, **known_token}, headers, body)
    if isinstance(told, Forged):
        hooks.refused(connection_id, told.why)
    else:
        hooks.heard(connection_id, told.mark, told.changed)
    return told


def begin() -> list[int]:
    """Begin the runs of nudges that are due; answers them. Housekeeping of a worker."""
    begun = hooks.begin_due(clock.now())
    if begun:
        bell.ring()
    return begun
