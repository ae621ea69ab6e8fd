"""What the cases of Zoho's finance products have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from types import ModuleType
from typing import Any

from choai.connectors import registry
from choai.connectors.contract import Acted, Done, Item, Op
from choai.connectors.http import ServiceSession
from choai.connectors.zoho import calls, reading
from choai.model.values import Value
from choai.sandbox import grants
from choai.sandbox.core import World
from choai.sandbox.zoho.accounts import CLIENT_ID, CLIENT_SECRET, RULES, USER
from choai.sandbox.zoho.books import add_custom_field, edit
from choai.sandbox.zoho.data import ORGANISATION
from connectors.session import opened
from contract.case import Act, Case, Subject, Values
from servers import Sandbox

Made = Callable[[ServiceSession], Awaitable[str]]


def entrance(service: str, scope: str) -> Callable[[Sandbox], AbstractAsyncContextManager[ServiceSession]]:
    """Opens an identified session; the minute's limit is out of the way."""

    @asynccontextmanager
    async def enters(box: Sandbox) -> AsyncIterator[ServiceSession]:
        box.world.state["settings"]["limit_minute"] = box.world.state["settings"]["limit_day"] = 100_000
        grant = grants.new_grant(box.world, CLIENT_ID, user=USER, scope=scope)
        settings = {"base_url": box.base_url, "web_url": box.base_url, "client_id": CLIENT_ID}
        renew = lambda: grants.issue(box.world, RULES, grant)["access_token"]  # noqa: E731
        async with opened(service, settings, secrets={"client_secret": CLIENT_SECRET}, renew=renew) as session:
            yield session

    return enters


def at(
    object: str, path: str, text: str, *, kept: str | None = None, only: Callable[[Any], bool] | None = None,
    custom: bool = True, **more: Any,
) -> Subject:  # fmt: skip
    """A subject whose rows lie under ``path`` of the default organisation. ``kept``: the sandbox's name of ``text``."""

    def rows(world: World) -> int:
        held = world.state["organizations"][ORGANISATION]["tables"].get(path, {}).values()
        return sum(1 for row in held if only is None or only(row))

    def edits(world: World, id: str, value: str) -> None:
        edit(world, path, id, **{kept or text: value})

    def shrinks(patch: Any, size: int) -> None:
        patch.setattr(reading, "DETAILED", size)
        patch.setattr(calls, "MOST", size)

    usual: dict[str, Any] = {
        "rows": rows,
        "edits": edits,
        "shrinks": shrinks,
        "erases": lambda world, number: edit(world, path, number, delete=True),
    }
    if custom:
        usual["drifts"] = lambda world: add_custom_field(world, path, "rank")
    return Subject(object, text=text, **{**usual, **more})


def secrets_of(box: Sandbox) -> list[str]:
    oauth = box.world.state["oauth"]
    return [CLIENT_SECRET, *oauth["access"], *oauth["refresh"]]


LACKS = {
    "*: a_stale_revision_is_refused": "Zoho has no revisions",
    "*: an_upsert_makes_one_record": "needs a unique custom field that not every organisation has",
    "*: the_same_header_makes_one_record": "Zoho has no idempotency header",
    "*: records_are_read_again_by_id": "no list of ids, found one by one",
}


def case(
    service: str, sandbox: ModuleType, scope: str, subjects: tuple[Subject, ...], lacks: Mapping[str, str]
) -> Case:
    return Case(
        service=service,
        sandbox=sandbox,
        enters=entrance(service, scope),
        subjects=subjects,
        secrets=secrets_of,
        expires=grants.expire,
        lacks={**LACKS, **lacks},
    )


# ---------------------------------------------------------------- actions


def made(service: str, object: str, new: Callable[[int], Values], *moves: str, **more: Value) -> Made:
    """A record, moved on by actions."""

    async def record(session: ServiceSession) -> str:
        api: Any = registry.connector(service)
        session.memo["tried"] = session.memo.get("tried", 500) + 1
        (result,) = await api.write(session, object, Op.CREATE, [Item("1", {**new(session.memo["tried"]), **more})])
        assert isinstance(result, Done), result
        for move in moves:
            await api.act(session, object, result.record.id, move, {})
        id: str = result.record.id
        return id

    return record


def becomes(value: Value, field: str = "status") -> Callable[[Acted], bool]:
    return lambda acted: acted.record is not None and acted.record.values[field] == value


def moves(service: str, object: str, new: Callable[[int], Values], *rows: tuple[str, str, str]) -> tuple[Act, ...]:
    """Act for each (action, state afterwards, the actions before it)."""
    return tuple(
        Act(name, made(service, object, new, *before.split()), holds=becomes(state)) for name, state, before in rows
    )


def papers(service: str, object: str, new: Callable[[int], Values]) -> tuple[Act, ...]:
    """What every paper for a partner can be told."""
    to: dict[str, Value] = {"to": "a@example.jp, b@example.jp", "subject": "件名", "body": None}
    return (
        Act("email", made(service, object, new), args=to),
        Act(
            "pdf",
            made(service, object, new),
            holds=lambda acted: bool(acted.document and acted.document.content[:4] == b"%PDF"),
        ),
    )


def invoiced(service: str, object: str, new: Callable[[int], Values], *before: str) -> Act:
    return Act(
        "invoice",
        made(service, object, new, *before),
        holds=lambda acted: bool(acted.made and acted.made[0] == "invoice"),
    )
