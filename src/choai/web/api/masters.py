"""Masters: linking each kind, importing and uploading it by hand."""

from __future__ import annotations

from ninja import Router

from choai.web.auth import Request, allowed
from choai.web.shapes.common import PreviewIn, StartedMany
from choai.web.shapes.setup import LinkIn, LinkOut, MasterRow, Masters

router = Router()


@router.get("/masters", response=Masters, auth=allowed("view"))
def list_masters(request: Request):
    raise NotImplementedError


@router.post("/masters/{kind}/link", response=LinkOut, auth=allowed("configure"))
def link_master(request: Request, kind: str, payload: LinkIn):
    raise NotImplementedError


@router.post("/masters/{kind}/disable", response=MasterRow, auth=allowed("configure"))
def disable_master(request: Request, kind: str):
    raise NotImplementedError


@router.post("/masters/{kind}/enable", response=MasterRow, auth=allowed("configure"))
def enable_master(request: Request, kind: str):
    raise NotImplementedError


@router.post("/masters/{kind}/import", response=StartedMany, auth=allowed("run"))
def import_master(request: Request, kind: str, payload: PreviewIn):
    raise NotImplementedError


@router.post("/masters/{kind}/upload", response=StartedMany, auth=allowed("run"))
def upload_master(request: Request, kind: str, payload: PreviewIn):
    raise NotImplementedError
