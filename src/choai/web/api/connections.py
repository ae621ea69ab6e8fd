"""Services and connections."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router

from choai.web.auth import Request, allowed
from choai.web.paging import PageQuery
from choai.web.shapes.common import Listing, Ok
from choai.web.shapes.connections import (
    AccountIn,
    AuthoriseIn,
    AuthoriseOut,
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


@router.get("/services", response=list[ServiceRow], auth=allowed("view"))
def list_services(request: Request):
    raise NotImplementedError


@router.get("/connections", response=Listing[ConnectionRow], auth=allowed("view"))
def list_connections(request: Request, page: Query[PageQuery]):
    raise NotImplementedError


@router.post("/connections", response=ConnectionDetail, auth=allowed("connect"))
def create_connection(request: Request, payload: ConnectionIn):
    raise NotImplementedError


@router.get("/connections/{connection_id}", response=ConnectionDetail, auth=allowed("view"))
def get_connection(request: Request, connection_id: int):
    raise NotImplementedError


@router.patch("/connections/{connection_id}", response=ConnectionDetail, auth=allowed("connect"))
def patch_connection(request: Request, connection_id: int, payload: ConnectionPatch):
    raise NotImplementedError


@router.delete("/connections/{connection_id}", response=Ok, auth=allowed("connect"))
def delete_connection(request: Request, connection_id: int, force: bool = False):
    raise NotImplementedError


@router.post("/connections/{connection_id}/authorise", response=AuthoriseOut, auth=allowed("view"))
def authorise_connection(request: Request, connection_id: int, payload: AuthoriseIn):
    raise NotImplementedError


@router.get("/oauth/callback", auth=None)
def oauth_callback(request: HttpRequest, state: str = "", code: str = "", error: str = ""):
    raise NotImplementedError


@router.post("/connections/{connection_id}/test", response=ConnectionDetail, auth=allowed("run"))
def test_connection(request: Request, connection_id: int):
    raise NotImplementedError


@router.post("/connections/{connection_id}/account", response=ConnectionDetail, auth=allowed("connect"))
def choose_account(request: Request, connection_id: int, payload: AccountIn):
    raise NotImplementedError


@router.get("/connections/{connection_id}/objects", response=ObjectChoices, auth=allowed("view"))
def list_objects(request: Request, connection_id: int):
    raise NotImplementedError


@router.get("/connections/{connection_id}/schema", response=SchemaOut, auth=allowed("view"))
def get_schema(request: Request, connection_id: int, object: str):
    raise NotImplementedError


@router.post("/connections/{connection_id}/schema/refresh", response=SchemaOut, auth=allowed("configure"))
def refresh_schema(request: Request, connection_id: int, object: str):
    raise NotImplementedError


@router.get("/connections/{connection_id}/people", response=People, auth=allowed("view"))
def list_people(request: Request, connection_id: int):
    raise NotImplementedError


@router.get("/outbound", response=Outbound, auth=allowed("view"))
def get_outbound(request: Request):
    raise NotImplementedError
