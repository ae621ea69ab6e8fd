"""Connections as the engine and the screens use them: open, test, authorise, revoke."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

from choai.connectors import oauth, registry
from choai.connectors.contract import Account, Spec
from choai.connectors.http import Ports, ServiceSession
from choai.engine.budget import PERSON, RUN, instant
from choai.engine.ports import Link
from choai.errors import ChoaiError, Recovery
from choai.runtime import lease
from choai.runtime.refresh import Purse, access_token
from choai.runtime.signing_in import own_way
from choai.runtime.threads import in_thread
from choai.runtime.turns import turns
from choai.store import budget, ledger, links, tokens
from choai.store.links import Opening
from choai.store.tokens import Trip

log = logging.getLogger("choai.link")


async def open_link(
    workspace_id: int,
    connection_id: int,
    user_id: int | None,
    *,
    purpose: str = RUN,
    run_id: int | None = None,
    quota_share: float | None = None,
    waited_for: bool = False,
) -> Link:
    """The connection, ready for calls in that user's name. ``purpose`` "run" leaves a reserve of the budget for "person" and for
    a run that a person waits for. Calls and pauses are told to the run ``run_id``.

    Raises ``not_found`` (another workspace's), ``connection_not_ready`` (never authorised or tested), ``reauthorise``, and for
    runs ``run_as_without_authority`` (no such user, no role that may run, or no grant of theirs).
    """
    opening = await in_thread(links.load, connection_id, user_id, workspace_id)
    spec = registry.spec(opening.service)
    _must_be_open(opening, spec, purpose)
    return _link(opening, spec, PERSON if waited_for else purpose, quota_share=quota_share, run_id=run_id)


async def identify(connection_id: int, user_id: int | None) -> Account:
    """Test the connection: ask the service who it is. Stores the account and the state; a failure is stored and raised."""
    opening = await in_thread(links.load, connection_id, user_id)
    spec = registry.spec(opening.service)
    try:
        if opening.auth == "oauth" and opening.grant is None:
            raise ChoaiError("connection_not_ready", service=spec.ja, connection=opening.name)
        link = _link(opening, spec, PERSON)
        account = await link.connector.identify(link.session)
    except ChoaiError as error:
        if error.code != "connection_not_ready":
            await in_thread(links.failed, connection_id, error)
        raise
    await in_thread(links.found, connection_id, account, user_id)
    return account


async def begin_authorisation(connection_id: int, user_id: int, redirect_uri: str, back: str) -> str:
    """The address of the service's consent page. ``back`` is our own page to return to afterwards."""
    opening = await in_thread(links.load, connection_id, user_id)
    spec = registry.spec(opening.service)
    state, verifier = oauth.new_state(), oauth.new_verifier()
    url = oauth.authorize_url(spec, _settings(spec, opening), state, redirect_uri, verifier)
    note = partial(tokens.begin_trip, verifier=verifier, redirect_uri=redirect_uri, back=back)
    await in_thread(note, state, connection_id, user_id)
    return url


async def authorisation_trip(state: str) -> Trip | None:
    """Whose trip a ``state`` is and where it returns to; None when it is over, too old or not ours."""
    return await in_thread(tokens.trip, state)


async def finish_authorisation(
    state: str,
    *,
    code: str = "",
    error: str = "",
    description: str = "",
    user_id: int | None = None,
    told: Mapping[str, str] | None = None,
) -> int:
    """The person is back from the consent page: store the grant, test the connection. Returns the connection's id. ``told`` are
    the other parameters of the way back (OAuthSpec.callback).

    With ``user_id`` only that person can finish. Raises ``consent_expired`` (unknown, used or old state), ``consent_refused``,
    ``wrong_client_secret``, ``wrong_company`` (another company than the connection's; the grant is not kept), and what
    ``identify`` raises (the grant is stored then).
    """
    trip = await in_thread(tokens.trip, state)
    if trip is None or (user_id is not None and trip.user_id != user_id) or not await in_thread(tokens.end_trip, state):
        raise ChoaiError("consent_expired")
    opening = await in_thread(links.load, trip.connection_id, trip.user_id)
    spec = registry.spec(opening.service)
    if error or not code:
        raise oauth.refused(spec, error or "access_denied", description)
    moved = _moved(spec, told or {})
    token = await oauth.exchange(
        spec,
        {**_settings(spec, opening), **moved},
        _client_secret(opening),
        code=code,
        redirect_uri=trip.redirect_uri,
        verifier=trip.verifier,
    )
    learnt = {**moved, **registry.connector(opening.service).granted(token.answer)}
    _must_be_same(opening, spec, learnt)
    await in_thread(links.learn, trip.connection_id, learnt, trip.user_id)
    grant = await in_thread(
        tokens.store_grant, trip.connection_id, trip.user_id, token.access, token.refresh, token.expires_at
    )
    try:
        await identify(trip.connection_id, trip.user_id)
    except ChoaiError as problem:
        if problem.code == "wrong_company":  # a service whose token does not name its company: only now is it known
            await in_thread(links.withdraw, trip.connection_id, grant.id)
        raise
    return trip.connection_id


async def revoke(connection_id: int, user_id: int) -> None:
    """Forget that person's grant, and tell the service where it can be told; that it cannot be reached does not keep ours."""
    opening = await in_thread(links.load, connection_id, user_id)
    if opening.grant is None or opening.auth != "oauth":
        return
    spec = registry.spec(opening.service)
    try:
        held = opening.grant.refresh or opening.grant.access
        await oauth.revoke(spec, _settings(spec, opening), _client_secret(opening), held)
    except ChoaiError as error:
        log.warning("connection %d: the service was not told of the revocation: %s", connection_id, error.code)
    await in_thread(links.withdraw, connection_id, opening.grant.id)


def _link(
    opening: Opening, spec: Spec, purpose: str, *, quota_share: float | None = None, run_id: int | None = None
) -> Link:
    connector = registry.connector(opening.service)
    settings = _settings(spec, opening)
    share = opening.share if quota_share is None else quota_share
    ports = Ports(
        turn=turns(opening.connection_id, spec, links.limits_of(opening), purpose=purpose, share=share, run_id=run_id),
        token=_token_source(opening, spec, settings),
        paused=partial(_paused, opening.connection_id, run_id),
        lost=partial(_lost, opening.connection_id),
        fence=lease.demand,
    )
    session = ServiceSession(
        spec, connector, ports, settings=settings, secrets=opening.secrets, account=opening.account
    )
    return Link(
        connection_id=opening.connection_id,
        name=opening.name,
        spec=spec,
        connector=connector,
        session=session,
        account=opening.account,
        settings=settings,
    )


def _token_source(
    opening: Opening, spec: Spec, settings: dict[str, Any]
) -> Callable[[str | None], Awaitable[str]] | None:
    connector = registry.connector(opening.service)
    own = own_way(spec, connector, opening.auth, settings, opening.secrets)
    if opening.grant is None or (own is None and opening.auth != "oauth"):
        return None
    return partial(access_token, Purse(spec, settings, _client_secret(opening), opening.grant, own, connector.granted))


async def _paused(connection_id: int, run_id: int | None, error: ChoaiError) -> None:
    """The service asked for a pause: every process keeps it, and the run says so (FK-63)."""
    until = instant(error.facts.get("until"))
    if until is not None:
        await in_thread(budget.pause, connection_id, until)
    if run_id is not None:
        await in_thread(ledger.note, run_id, error.code, links.plain(error.facts))


async def _lost(connection_id: int, error: ChoaiError) -> None:
    """A call found that a person must authorise again: the next screen says so (FK-08)."""
    if error.recovery is Recovery.REAUTHORISE:
        await in_thread(links.failed, connection_id, error)


def _must_be_open(opening: Opening, spec: Spec, purpose: str) -> None:
    facts = {"service": spec.ja, "connection": opening.name}
    if purpose == RUN and not opening.may_run:
        raise ChoaiError("run_as_without_authority", user=opening.user_name, **facts)
    if opening.state == "new":
        raise ChoaiError("connection_not_ready", **facts)
    if opening.auth != "oauth":
        if opening.state == "reauthorise":
            raise ChoaiError(opening.state_code or "reauthorise", **facts)
        return
    if opening.grant is None:
        code = "run_as_without_authority" if purpose == RUN else "reauthorise"
        raise ChoaiError(code, user=opening.user_name, **facts)
    if opening.grant.state != "ok":
        raise ChoaiError("reauthorise", **facts)


def _moved(spec: Spec, told: Mapping[str, str]) -> dict[str, str]:
    """Choice settings that the way back corrects (the person's data centre): only to one of their choices."""
    names = spec.oauth.callback if spec.oauth else {}
    choices = {s.name: {c.value for c in s.choices} for s in spec.settings}
    return {name: told[key] for key, name in names.items() if told.get(key) in choices.get(name, ())}


def _must_be_same(opening: Opening, spec: Spec, learnt: Mapping[str, Any]) -> None:
    """A consent for another company than the connection's own would mix two ledgers."""
    for name, value in learnt.items():
        if name not in spec.identity:
            continue
        known = opening.settings.get(name)
        if known not in (None, "") and str(known) != str(value):
            own = opening.account.name if opening.account else known
            raise ChoaiError("wrong_company", name=own, other=value, connection=opening.name)


def _settings(spec: Spec, opening: Opening) -> dict[str, Any]:
    """The connection's settings over the defaults of the form; never a secret."""
    defaults = {s.name: s.default for s in spec.settings if s.default is not None and not s.secret}
    return {**defaults, **{k: v for k, v in opening.settings.items() if v not in (None, "")}}


def _client_secret(opening: Opening) -> str:
    return str(opening.secrets.get("client_secret", ""))
