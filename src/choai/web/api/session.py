"""Signing in and out, the first start, one's own settings."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from choai.web.auth import Request, allowed
from choai.web.shapes.common import Ok
from choai.web.shapes.session import FirstStart, MePatch, Session, SignIn

router = Router()


@router.get("/session", response=Session, auth=None)
def get_session(request: HttpRequest):
    raise NotImplementedError


@router.post("/session", response=Session, auth=None)
def sign_in(request: HttpRequest, payload: SignIn):
    raise NotImplementedError


@router.delete("/session", response=Session, auth=None)
def sign_out(request: HttpRequest):
    raise NotImplementedError


@router.post("/first-start", response=Session, auth=None)
def first_start(request: HttpRequest, payload: FirstStart):
    raise NotImplementedError


@router.patch("/me", response=Session, auth=allowed("view"))
def patch_me(request: Request, payload: MePatch):
    raise NotImplementedError


@router.post("/workspaces/{workspace_id}/enter", response=Session, auth=allowed("view"))
def enter_workspace(request: Request, workspace_id: int):
    raise NotImplementedError
