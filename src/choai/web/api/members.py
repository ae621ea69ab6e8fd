"""Users of the workspace and API tokens."""

from __future__ import annotations

from typing import Any

from ninja import Router

from choai.errors import ChoaiError
from choai.store import people
from choai.web.auth import Request, allowed
from choai.web.permissions import ROLE_RIGHTS, weaker
from choai.web.shapes.common import Ok
from choai.web.shapes.people import MemberIn, MemberPatch, MemberRow, Members, TokenIn, TokenOut, Tokens

router = Router()


def _rows(request: Request) -> list[dict[str, Any]]:
    """Members; addresses and roles of others are an administrator's to see."""
    caller = request.auth
    rows = []
    for row in people.members(caller.workspace_id):
        mine = row["id"] == caller.user_id
        if not mine and "administer" not in caller.rights:
            row["email"] = ""
        rows.append({**row, "is_me": mine, "rights": sorted(ROLE_RIGHTS[row["role"]])})
    return rows


def _row(request: Request, user_id: int) -> dict[str, Any]:
    return next(row for row in _rows(request) if row["id"] == user_id)


@router.get("/users", response=Members, auth=allowed("view"))
def list_users(request: Request) -> dict[str, Any]:
    """Everyone in the workspace."""
    return {"rows": _rows(request)}


@router.post("/users", response=MemberRow, auth=allowed("administer"))
def create_user(request: Request, payload: MemberIn) -> dict[str, Any]:
    """Add a person with an initial password, or somebody this installation already knows."""
    caller = request.auth
    user_id = people.add_member(
        caller.workspace_id,
        caller.user_id,
        email=payload.email,
        name=payload.name,
        role=payload.role,
        password=payload.password,
        language=payload.language,
    )
    return _row(request, user_id)


@router.patch("/users/{user_id}", response=MemberRow, auth=allowed("administer"))
def patch_user(request: Request, user_id: int, payload: MemberPatch) -> dict[str, Any]:
    """Change a role, a name or a password."""
    caller = request.auth
    people.change_member(
        caller.workspace_id,
        caller.user_id,
        user_id,
        role=payload.role,
        name=payload.name,
        password=payload.password,
    )
    return _row(request, user_id)


@router.delete("/users/{user_id}", response=Ok, auth=allowed("administer"))
def delete_user(request: Request, user_id: int) -> dict[str, Any]:
    """Take a person out of the workspace. What they configured stays."""
    people.remove_member(request.auth.workspace_id, request.auth.user_id, user_id)
    return {"ok": True}


@router.get("/tokens", response=Tokens, auth=allowed("view"))
def list_tokens(request: Request) -> dict[str, Any]:
    """One's own API tokens; all of the workspace for an administrator."""
    caller = request.auth
    owner = None if "administer" in caller.rights else caller.user_id
    return {"rows": people.tokens(caller.workspace_id, owner)}


@router.post("/tokens", response=TokenOut, auth=allowed("view"))
def create_token(request: Request, payload: TokenIn) -> dict[str, Any]:
    """A token for scripts. Its role is never above one's own, and a token makes no tokens."""
    caller = request.auth
    if caller.token_id is not None or weaker(payload.role, caller.role) != payload.role:
        raise ChoaiError("forbidden", permission=payload.role, user=caller.name)
    return people.create_token(
        caller.workspace_id, caller.user_id, name=payload.name, role=payload.role, expires_at=payload.expires_at
    )


@router.delete("/tokens/{token_id}", response=Ok, auth=allowed("view"))
def delete_token(request: Request, token_id: int) -> dict[str, Any]:
    """Revoke one's own token; an administrator revokes anybody's."""
    caller = request.auth
    owner = None if "administer" in caller.rights else caller.user_id
    people.delete_token(caller.workspace_id, caller.user_id, token_id, owner)
    return {"ok": True}
