"""Signing in at webservice.php: one challenge per user, sessions that end when nobody uses them."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from choai.sandbox.core import World
from choai.sandbox.vtiger.catalog import PREFIX, Json
from choai.sandbox.vtiger.site import Wrong

CHALLENGE_SECONDS = 300
IDLE_SECONDS = 1440  # how long PHP keeps a session that nobody uses, unless the setting session_seconds says otherwise


def user_named(world: World, name: str) -> Json | None:
    """User names know no capitals."""
    users = world.state["users"].items()
    return next(({**user, "id": n} for n, user in users if user["user_name"].lower() == name.lower()), None)


def challenge(world: World, told: Json) -> Json:
    """A new challenge replaces the user's old one."""
    if not told.get("username"):
        raise Wrong("ACCESS_DENIED", "No username given")
    user = user_named(world, told["username"])
    if user is None:
        raise Wrong("ACCESS_DENIED", "username does not exists")
    now = int(world.now().timestamp())
    made = {"token": secrets.token_hex(7), "serverTime": now, "expireTime": now + CHALLENGE_SECONDS}
    world.state["challenges"][user["id"]] = made
    return made


def login(world: World, told: Json) -> Json:
    user = user_named(world, str(told.get("username") or ""))
    held = world.state["challenges"].get(user["id"]) if user else None
    if user is None or held is None or held["expireTime"] < world.now().timestamp():
        raise Wrong("INVALID_AUTH_TOKEN", "Specified token is invalid or expired")
    right = hashlib.md5(f"{held['token']}{user['accesskey']}".encode(), usedforsecurity=False).hexdigest()
    if told.get("accessKey") != right or user["status"] != "Active":
        raise Wrong("INVALID_USER_CREDENTIALS", "Invalid username or password")
    session = secrets.token_hex(11)
    world.state["sessions"][session] = {"user": user["id"], "at": world.now().timestamp()}
    return _told(world, user, session)


def _told(world: World, user: Json, session: str) -> Json:
    version = str(world.state["settings"].get("version", "8.2.0"))
    who = {
        "username": user["user_name"], "first_name": user["first_name"], "last_name": user["last_name"],
        "email": user["email1"], "time_zone": user["time_zone"], "hour_format": user["hour_format"],
        "date_format": user["date_format"], "is_admin": user["is_admin"], "call_duration": "5", "other_event_duration": "5",
    }  # fmt: skip
    own = {
        "sessionName": session,
        "userId": f"{PREFIX['Users']}x{user['id']}",
        "version": "0.22",
        "vtigerVersion": version,
    }
    old = tuple(int(part) for part in version.split(".")) < (7, 5)
    return own if old else {**who, **own}


def user_of(world: World, session: Any) -> Json:
    """Whose session it is. Raises the errors of one that is missing, unknown or was idle for too long."""
    if not session:
        raise Wrong("AUTHENTICATION_REQUIRED", "Authencation required")
    held = world.state["sessions"].get(str(session))
    idle = float(world.state["settings"].get("session_seconds", IDLE_SECONDS))
    if held is None or world.now().timestamp() - held["at"] > idle:
        raise Wrong("INVALID_SESSIONID", "Session Identifier provided is Invalid")
    held["at"] = world.now().timestamp()
    return {**world.state["users"][held["user"]], "id": held["user"]}


def extended(world: World, session: str, user: Json) -> Json:
    kept = ("sessionName", "userId", "version", "vtigerVersion")
    return {name: value for name, value in _told(world, user, session).items() if name in kept}
