"""Users of the workspace and API tokens."""

from __future__ import annotations

from ninja import Router

from choai.web.auth import Request, allowed
from choai.web.shapes.common import Ok
from choai.web.shapes.people import MemberIn, MemberPatch, MemberRow, Members, TokenIn, TokenOut, Tokens

router = Router()


@router.get("/users", response=Members, auth=allowed("view"))
def list_users(request: Request):
    raise NotImplementedError


@router.post("/users", response=MemberRow, auth=allowed("administer"))
def create_user(request: Request, payload: MemberIn):
    raise NotImplementedError


@router.patch("/users/{user_id}", response=MemberRow, auth=allowed("administer"))
def patch_user(request: Request, user_id: int, payload: MemberPatch):
    raise NotImplementedError


@router.delete("/users/{user_id}", response=Ok, auth=allowed("administer"))
def delete_user(request: Request, user_id: int):
    raise NotImplementedError


@router.get("/tokens", response=Tokens, auth=allowed("view"))
def list_tokens(request: Request):
    raise NotImplementedError


@router.post("/tokens", response=TokenOut, auth=allowed("view"))
def create_token(request: Request, payload: TokenIn):
    raise NotImplementedError


@router.delete("/tokens/{token_id}", response=Ok, auth=allowed("view"))
def delete_token(request: Request, token_id: int):
    raise NotImplementedError
