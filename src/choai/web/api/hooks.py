"""A connection's webhook address: what to enter at the vendor, and what has arrived."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Router

from choai.connectors import registry
from choai.errors import ChoaiError
from choai.runtime import subscribing
from choai.store import connections, hooks, subscriptions
from choai.store.models import Connection
from choai.web import live
from choai.web.auth import Request, allowed
from choai.web.faults import problem_or_none, reader_of
from choai.web.shapes.hooks import HookOut, HookWish

router = Router()


def _base(request: HttpRequest) -> str:
    return str(settings.PUBLIC_URL or request.build_absolute_uri("/").rstrip("/"))


def address(request: HttpRequest, connection_id: int, secret: str) -> str:
    return f"{_base(request)}/hooks/{connection_id}/{secret}"


def _facts(request: Request, connection_id: int) -> dict[str, Any]:
    row = connections.one(request.auth.workspace_id, connection_id)
    spec = registry.spec(row.service)
    hook, at = spec.hook, hooks.facts(connection_id)
    if hook is None:
        return {**at, "offered": False, "proof": "", "help_ja": "", "help_en": ""}
    needed = next((s for s in spec.settings if s.name == hook.secret), None)
    shown = address(request, connection_id, hooks.secret_of(request.auth.workspace_id, connection_id))
    return {
        **at,
        "offered": True,
        "address": shown,
        "reachable": shown.startswith("https://"),
        "proof": hook.proof,
        "help_ja": hook.help_ja,
        "help_en": hook.help_en,
        "secret_ja": needed.ja if needed else None,
        "secret_en": needed.en if needed else None,
        "secret_set": needed is None or needed.name in connections.settings_of(row)[1],
        **(_subscription(request, row) if hook.subscribes else {}),
    }


def _subscription(request: Request, row: Connection) -> dict[str, Any]:
    told = subscriptions.facts(row)
    problem = problem_or_none(told.pop("code"), told.pop("facts"), reader_of(request))
    return {"subscribes": True, **told, "problem": problem}


@router.get("/connections/{connection_id}/hook", response=HookOut, auth=allowed("connect"))
def get_hook(request: Request, connection_id: int) -> dict[str, Any]:
    """The address to enter at the vendor; whoever knows it may ring, so that only those who may see secrets are told."""
    return _facts(request, connection_id)


@router.post("/connections/{connection_id}/hook/renew", response=HookOut, auth=allowed("connect"))
def renew_hook(request: Request, connection_id: int) -> dict[str, Any]:
    """Another address; calls at the one before are refused from now on."""
    hooks.renew(request.auth.workspace_id, request.auth.user_id, connection_id)
    return _facts(request, connection_id)


@router.post("/connections/{connection_id}/hook/subscribe", response=HookOut, auth=allowed("connect"))
def subscribe_hook(request: Request, connection_id: int, payload: HookWish) -> dict[str, Any]:
    """Ask the service for notices, or take that back. It is renewed by itself from then on; what goes wrong is told as
    ``problem`` and tried again."""
    caller = request.auth
    row = connections.one(caller.workspace_id, connection_id)
    if not subscribing.offered(row.service):
        raise ChoaiError("bad_request", detail="subscribe", field="on")
    subscriptions.turn(caller.workspace_id, caller.user_id, connection_id, _base(request), on=payload.on)
    live.wait_for(subscribing.keep, connection_id)
    return _facts(request, connection_id)
