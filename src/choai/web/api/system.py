"""Dashboard, health, audit, the workspace's settings."""

from __future__ import annotations

from ninja import Query, Router

from choai.web.auth import Request, allowed
from choai.web.paging import AuditQuery
from choai.web.shapes.common import Listing
from choai.web.shapes.system import AuditRow, Dashboard, Health, WorkspaceOut, WorkspacePatch

router = Router()


@router.get("/dashboard", response=Dashboard, auth=allowed("view"))
def get_dashboard(request: Request):
    raise NotImplementedError


@router.get("/health", response=Health, auth=allowed("view"))
def get_health(request: Request):
    raise NotImplementedError


@router.get("/audit", response=Listing[AuditRow], auth=allowed("administer"))
def list_audit(request: Request, page: Query[AuditQuery]):
    raise NotImplementedError


@router.get("/workspace", response=WorkspaceOut, auth=allowed("view"))
def get_workspace(request: Request):
    raise NotImplementedError


@router.patch("/workspace", response=WorkspaceOut, auth=allowed("administer"))
def patch_workspace(request: Request, payload: WorkspacePatch):
    raise NotImplementedError
