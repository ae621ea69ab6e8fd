"""Services and connections."""

from __future__ import annotations

import logging
import os
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from ninja import Query, Router

from choai.connectors import registry
from choai.connectors.contract import Spec
from choai.errors import ChoaiError
from choai.runtime import link, probe, subscribing
from choai.store import audit, connections
from choai.store.models import Connection
from choai.web import live, render
from choai.web.auth import Request, allowed, caller_of_session
from choai.web.faults import problem_or_none, reader_of
from choai.web.paging import PageQuery
from choai.web.shapes.common import Listing, Ok
from choai.web.shapes.connections import (
    AccountIn,
    AuthoriseIn,
    AuthoriseOut,
    CheckOut,
    ConnectionDetail,
    ConnectionIn,
    ConnectionPatch,
    ConnectionRow,
    ObjectChoices,
    Outbound,
    People,
    SchemaOut,
    ServiceRow,
)

router = Router()
log = logging.getLogger("choai.web")

CALLBACK = "/api/oauth/callback"


def redirect_uri(request: HttpRequest) -> str:
    """The address a service sends people back to; it must be registered there letter by letter."""
    return f"{settings.PUBLIC_URL or request.build_absolute_uri('/').rstrip('/')}{CALLBACK}"


def _service(spec: Spec, uri: str) -> dict[str, Any]:
    return {
        "service": spec.service,
        "role": spec.role.value,
        "ja": spec.ja,
        "en": spec.en,
        "auth": list(spec.auth),
        "settings": [
            {n: getattr(s, n) for n in s.__dataclass_fields__ if n != "learnt"} for s in spec.settings if not s.learnt
        ],
        "oauth": spec.oauth is not None,
        "redirect_uri": uri,
        "docs": spec.docs,
        "objects": [
            {
                "name": o.name,
                "ja": o.ja,
                "en": o.en,
                "role": o.role,
                "can_create": o.can_create,
                "can_update": o.can_update,
                "cursor": o.cursor.value,
            }
            for o in spec.objects
        ],
        "limits": [{n: getattr(x, n) for n in x.__dataclass_fields__} for x in spec.limits],
    }


@router.get("/services", response=list[ServiceRow], auth=allowed("view"))
def list_services(request: Request) -> list[dict[str, Any]]:
    """The services there are connectors for, with the inputs of their connection form."""
    return [_service(spec, redirect_uri(request)) for spec in registry.services()]


@router.get("/connections", response=Listing[ConnectionRow], auth=allowed("view"))
def list_connections(request: Request, page: Query[PageQuery]) -> dict[str, Any]:
    """The connections of the workspace."""
    caller, reader = request.auth, reader_of(request)
    found = connections.listed(caller.workspace_id, caller.user_id, **page.dict())
    rows = [render.connection(row, reader) for row in found.rows]
    return {"rows": rows, "total": found.total, "page": page.page, "page_size": page.page_size}


def _detail(request: Request, row: Connection) -> dict[str, Any]:
    caller = request.auth
    facts = connections.facts(caller.workspace_id, caller.user_id, [row])[0]
    plain, secret = connections.settings_of(row)
    return {**render.connection(facts, reader_of(request)), "settings": plain, "secrets": secret}


@router.post("/connections", response=ConnectionDetail, auth=allowed("connect"))
def create_connection(request: Request, payload: ConnectionIn) -> dict[str, Any]:
    """A new connection. It is ready once it was authorised (OAuth) or tested."""
    row = connections.create(
        request.auth.workspace_id,
        request.auth.user_id,
        service=payload.service,
        name=payload.name,
        auth=payload.auth,
        settings=payload.settings,
    )
    return _detail(request, row)


@router.get("/connections/{connection_id}", response=ConnectionDetail, auth=allowed("view"))
def get_connection(request: Request, connection_id: int) -> dict[str, Any]:
    """One connection with its settings; secret ones by name only."""
    return _detail(request, connections.one(request.auth.workspace_id, connection_id))


@router.patch("/connections/{connection_id}", response=ConnectionDetail, auth=allowed("connect"))
def patch_connection(request: Request, connection_id: int, payload: ConnectionPatch) -> dict[str, Any]:
    """Change name and settings. Bindings, mappings and schedules stay."""
    row = connections.change(
        request.auth.workspace_id,
        request.auth.user_id,
        connection_id,
        version=payload.version,
        name=payload.name,
        settings=payload.settings,
    )
    return _detail(request, row)


@router.delete("/connections/{connection_id}", response=Ok, auth=allowed("connect"))
def delete_connection(request: Request, connection_id: int, force: bool = False) -> dict[str, Any]:
    """Delete a connection; one in use only by force (connection_in_use)."""
    caller = request.auth
    row = connections.one(caller.workspace_id, connection_id)
    # a service that was asked for notices is told while the connection can still be opened
    if subscribing.offered(row.service) and (force or not connections.names_using(connection_id)):
        live.wait_for(subscribing.leave, connection_id, caller.user_id)
    connections.delete(caller.workspace_id, caller.user_id, connection_id, force=force)
    return {"ok": True}


# ------------------------------------------------------------------ authorising and testing


@router.post("/connections/{connection_id}/authorise", response=AuthoriseOut, auth=allowed("view"))
def authorise_connection(request: Request, connection_id: int, payload: AuthoriseIn) -> dict[str, Any]:
    """The address of the service's consent page, for oneself (FK-05). Every member may authorise themselves."""
    caller = request.auth
    row = connections.one(caller.workspace_id, connection_id)
    if row.auth != "oauth":
        raise ChoaiError("bad_request", detail="auth", field="auth")
    back = payload.back if url_has_allowed_host_and_scheme(payload.back, allowed_hosts=None) else "/"
    url = live.wait_for(link.begin_authorisation, connection_id, caller.user_id, redirect_uri(request), back)
    audit.note(caller.workspace_id, caller.user_id, "connection.authorise", row.name)
    return {"url": url}


def _return(back: str, **facts: object) -> HttpResponseRedirect:
    safe = back if url_has_allowed_host_and_scheme(back, allowed_hosts=None) else "/"
    return HttpResponseRedirect(f"{safe}{'&' if '?' in safe else '?'}{urlencode(facts)}")


@router.get("/oauth/callback", auth=None)
def oauth_callback(
    request: HttpRequest, state: str = "", code: str = "", error: str = "", error_description: str = ""
) -> HttpResponseRedirect:
    """Where a consent page sends the browser back to; ends at the screen the round trip began on, with ``connection`` and, if
    something was wrong, ``problem`` (a code)."""
    caller = caller_of_session(request)
    if caller is None:
        return _return("/", problem="not_signed_in")
    trip = live.wait_for(link.authorisation_trip, state)
    if trip is None or trip.user_id != caller.user_id:
        return _return("/", problem="consent_expired")
    try:
        live.wait_for(
            link.finish_authorisation,
            state,
            code=code,
            error=error,
            description=error_description[:300],
            user_id=caller.user_id,
            told=request.GET.dict(),
        )
    except ChoaiError as failed:
        log.info("authorisation failed", extra={"code": failed.code, "connection": trip.connection_id})
        return _return(trip.back, connection=trip.connection_id, problem=failed.code)
    audit.note(trip.workspace_id, caller.user_id, "connection.authorised", str(trip.connection_id))
    return _return(trip.back, connection=trip.connection_id)


@router.post("/connections/{connection_id}/test", response=ConnectionDetail, auth=allowed("run"))
def test_connection(request: Request, connection_id: int) -> dict[str, Any]:
    """Ask the service who it is. What is wrong is the answer's ``problem``, not a failure of this call."""
    caller = request.auth
    connections.one(caller.workspace_id, connection_id)
    try:
        live.wait_for(link.identify, connection_id, caller.user_id)
    except ChoaiError as error:
        if error.code == "connection_not_ready":
            raise
    return _detail(request, connections.one(caller.workspace_id, connection_id))


@router.post("/connections/{connection_id}/check", response=CheckOut, auth=allowed("run"))
def check_connection(request: Request, connection_id: int, everything: bool = False) -> dict[str, Any]:
    """Look at the account, reading only: fields and one page of the objects that syncs use (or of all), limits, and which facts
    that the vendor's documents leave open it settled. Raises what the connection test finds wrong."""
    caller, reader = request.auth, reader_of(request)
    connections.one(caller.workspace_id, connection_id)
    found = live.wait_for(probe.look, caller.workspace_id, connection_id, caller.user_id, everything=everything)
    return render.looked(found, reader)


@router.post("/connections/{connection_id}/account", response=ConnectionDetail, auth=allowed("connect"))
def choose_account(request: Request, connection_id: int, payload: AccountIn) -> dict[str, Any]:
    """Choose another of the accounts the authorisation reaches (freee: 事業所)."""
    caller = request.auth
    connections.choose_account(caller.workspace_id, caller.user_id, connection_id, payload.account_id)
    return test_connection(request, connection_id)


# ------------------------------------------------------------------ what a connection offers


@router.get("/connections/{connection_id}/objects", response=ObjectChoices, auth=allowed("view"))
def list_objects(request: Request, connection_id: int) -> dict[str, Any]:
    """The objects of the connection, asked of the service now; unavailable ones with the reason."""
    caller, reader = request.auth, reader_of(request)
    row = connections.one(caller.workspace_id, connection_id)
    found = live.objects(caller.workspace_id, connection_id, caller.user_id)
    facts = {"connection": row.name, "plan": (row.account or {}).get("plan") or "–"}
    return {
        "rows": [
            {
                "name": info.name,
                "ja": info.ja,
                "en": info.en,
                "spec": info.spec,
                "available": info.available,
                "reason": problem_or_none(info.reason or "", {**facts, "object": info.ja}, reader),
                "note": info.note,
            }
            for info in found
        ]
    }


@router.get("/connections/{connection_id}/schema", response=SchemaOut, auth=allowed("view"))
def get_schema(request: Request, connection_id: int, object: str) -> dict[str, Any]:
    """The fields of an object as they were last seen."""
    caller = request.auth
    connections.one(caller.workspace_id, connection_id)
    return render.schema(*live.known_schema(caller.workspace_id, connection_id, caller.user_id, object))


@router.post("/connections/{connection_id}/schema/refresh", response=SchemaOut, auth=allowed("configure"))
def refresh_schema(request: Request, connection_id: int, object: str) -> dict[str, Any]:
    """The fields of an object, asked of the service now."""
    caller = request.auth
    found = live.describe(caller.workspace_id, connection_id, caller.user_id, object)
    return render.schema(found, connections.snapshot(caller.workspace_id, connection_id, object))


@router.get("/connections/{connection_id}/people", response=People, auth=allowed("view"))
def list_people(request: Request, connection_id: int) -> dict[str, Any]:
    """Who has authorised the connection and who is missing (FK-05)."""
    caller = request.auth
    found = connections.people(caller.workspace_id, connection_id)
    return {"rows": [{**row, "is_me": row["user"]["id"] == caller.user_id} for row in found]}


@router.get("/outbound", response=Outbound, auth=allowed("view"))
def get_outbound(request: Request) -> dict[str, Any]:
    """The addresses our calls come from, for the services' allow-lists (FK-09). Only the operator knows them: they are
    set in CHOAI_OUTBOUND, joined by commas."""
    return {"addresses": [a.strip() for a in os.environ.get("CHOAI_OUTBOUND", "").split(",") if a.strip()]}
