"""Pairs of records."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from ninja import Query, Router

from choai.web.auth import Request, allowed
from choai.web.paging import Encoding, BindingQuery
from choai.web.shapes.bindings import BindingDetail, BindingIn, BindingRow
from choai.web.shapes.common import Listing, Ok

router = Router()


@router.get("/bindings", response=Listing[BindingRow], auth=allowed("view"))
def list_bindings(request: Request, page: Query[BindingQuery]):
    raise NotImplementedError


@router.get("/bindings.csv", auth=allowed("view"))
def download_bindings(request: Request, page: Query[BindingQuery], encoding: Encoding = "utf8"):
    raise NotImplementedError


@router.get("/bindings/{binding_id}", response=BindingDetail, auth=allowed("view"))
def get_binding(request: Request, binding_id: int):
    raise NotImplementedError


@router.delete("/bindings/{binding_id}", response=Ok, auth=allowed("configure"))
def delete_binding(request: Request, binding_id: int):
    raise NotImplementedError


@router.post("/syncs/{sync_id}/bindings", response=BindingDetail, auth=allowed("configure"))
def create_binding(request: Request, sync_id: int, payload: BindingIn):
    raise NotImplementedError
