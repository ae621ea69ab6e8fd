"""Syncs and their mappings."""

from __future__ import annotations

from ninja import Query, Router

from choai.web.auth import Request, allowed
from choai.web.paging import PageQuery
from choai.web.shapes.common import Listing, Started
from choai.web.shapes.syncs import (
    MappingCheckIn,
    MappingIn,
    MappingOut,
    MappingProblems,
    Proposals,
    SyncDetail,
    SyncPatch,
    SyncRow,
    SyncRunIn,
)

router = Router()


@router.get("/syncs", response=Listing[SyncRow], auth=allowed("view"))
def list_syncs(request: Request, page: Query[PageQuery]):
    raise NotImplementedError


@router.get("/syncs/{sync_id}", response=SyncDetail, auth=allowed("view"))
def get_sync(request: Request, sync_id: int):
    raise NotImplementedError


@router.patch("/syncs/{sync_id}", response=SyncDetail, auth=allowed("configure"))
def patch_sync(request: Request, sync_id: int, payload: SyncPatch):
    raise NotImplementedError


@router.get("/syncs/{sync_id}/mapping", response=MappingOut, auth=allowed("view"))
def get_mapping(request: Request, sync_id: int):
    raise NotImplementedError


@router.put("/syncs/{sync_id}/mapping", response=MappingOut, auth=allowed("configure"))
def put_mapping(request: Request, sync_id: int, payload: MappingIn):
    raise NotImplementedError


@router.post("/syncs/{sync_id}/mapping/propose", response=Proposals, auth=allowed("configure"))
def propose_mapping(request: Request, sync_id: int):
    raise NotImplementedError


@router.post("/syncs/{sync_id}/mapping/check", response=MappingProblems, auth=allowed("configure"))
def check_mapping(request: Request, sync_id: int, payload: MappingCheckIn):
    raise NotImplementedError


@router.post("/syncs/{sync_id}/run", response=Started, auth=allowed("run"))
def run_sync(request: Request, sync_id: int, payload: SyncRunIn):
    raise NotImplementedError
