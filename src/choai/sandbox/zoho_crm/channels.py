"""Notification channels (which end by themselves) and the calls they make, and bulk read jobs."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import urllib.request
import zipfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from choai.sandbox.core import World
from choai.sandbox.zoho_crm.records import JST, Wrong, new_id, now, rows, shown
from choai.sandbox.zoho_crm.schema import Json

LONGEST = timedelta(days=7)
USUAL = timedelta(hours=1)
_EVENTS = {"insert": "create", "update": "edit", "delete": "delete"}


def _bad(name: str, **more: Any) -> Wrong:
    return Wrong("INVALID_DATA", "invalid data", api_name=name, **more)


def watch(world: World, sent: Any, *, replaces: bool) -> Json:
    """Make a channel, or replace one. Answers its events."""
    channels = world.state["channels"]
    if not isinstance(sent, Mapping) or not sent.get("notify_url") or not sent.get("events"):
        raise Wrong(
            "MANDATORY_NOT_FOUND",
            "required field not found",
            api_name="notify_url" if not sent.get("notify_url") else "events",
        )
    id = str(sent.get("channel_id") or new_id(world))
    if replaces and not _alive(world, channels.get(id)):
        raise _bad("channel_id")
    if len(str(sent["notify_url"])) > 255 or len(str(sent.get("token") or "")) > 256 or not id.isdigit():
        raise _bad("notify_url")
    ends = world.now() + USUAL
    if sent.get("channel_expiry"):
        ends = datetime.fromisoformat(sent["channel_expiry"])
        if ends.tzinfo is None or not world.now() < ends <= world.now() + LONGEST:
            raise _bad("channel_expiry")
    for event in sent["events"]:
        module, _, kind = str(event).partition(".")
        if module not in world.state["modules"] or kind not in ("all", *_EVENTS.values()):
            raise _bad("events")
    told = ends.astimezone(JST).isoformat(timespec="seconds")
    channels[id] = {"channel_id": id, "events": list(sent["events"]), "notify_url": sent["notify_url"],
                    "token": sent.get("token"), "channel_expiry": told}  # fmt: skip
    world.dirty = True
    return {"events": [_resource(world, id, str(e), told) for e in sent["events"]]}


def _resource(world: World, id: str, event: str, ends: str) -> Json:
    module = event.partition(".")[0]
    return {"channel_expiry": ends, "resource_uri": f"https://www.zohoapis.jp/crm/v8/{module}", "resource_name": module,
            "resource_id": world.state["modules"][module]["id"], "channel_id": id}  # fmt: skip


def _alive(world: World, channel: Json | None) -> bool:
    return channel is not None and datetime.fromisoformat(channel["channel_expiry"]) > world.now()


def alive(world: World) -> list[Json]:
    return [c for c in world.state["channels"].values() if _alive(world, c)]


def unwatch(world: World, id: str) -> Json:
    held = world.state["channels"].pop(id, None)
    if held is None:
        raise _bad("channel_id")
    module = held["events"][0].partition(".")[0]
    world.dirty = True
    return {
        "resource_uri": f"https://www.zohoapis.jp/crm/v8/{module}",
        "resource_id": world.state["modules"][module]["id"],
        "channel_id": id,
    }


def notices(world: World, module: str, operation: str, ids: list[str]) -> list[tuple[str, bytes]]:
    """The calls that tell of a change: address and body."""
    wanted = {f"{module}.all", f"{module}.{_EVENTS[operation]}"}
    out = []
    for channel in alive(world):
        if wanted & set(channel["events"]):
            body = {
                "server_time": int(world.now().timestamp() * 1000), "query_params": {}, "module": module, "operation": operation,
                "resource_uri": f"https://www.zohoapis.jp/crm/v8/{module}", "ids": ids, "affected_fields": [],
                "channel_id": channel["channel_id"], "token": channel["token"],
            }  # fmt: skip
            out.append((channel["notify_url"], json.dumps(body).encode()))
    return out


def tell(world: World, module: str, operation: str, ids: list[str]) -> None:
    """Make the calls, to loopback only; nobody waits for them."""
    for address, body in notices(world, module, operation, ids) if ids else ():
        if urlsplit(address).hostname in ("127.0.0.1", "localhost"):
            with suppress(RuntimeError):  # no loop: a person's edit in a test
                asyncio.get_running_loop().run_in_executor(None, _post, address, body)


def _post(address: str, body: bytes) -> None:
    request = urllib.request.Request(address, data=body, headers={"content-type": "application/json"})  # noqa: S310  (loopback)
    with suppress(OSError), urllib.request.urlopen(request, timeout=5):  # noqa: S310
        pass


# ---------------------------------------------------------------- bulk read


def begin(world: World, sent: Any) -> Json:
    query = (sent.get("query") if isinstance(sent, Mapping) else None) or {}
    module = (query.get("module") or {}).get("api_name")
    if module not in world.state["modules"]:
        raise Wrong("INVALID_MODULE", "the module name given seems to be invalid", api_name="module")
    if len(query.get("fields") or ()) > 200:
        raise Wrong("LIMIT_EXCEEDED", "the limit is exceeded", limit=200)
    id = new_id(world)
    held = world.state["modules"][module]
    world.state["jobs"][id] = {
        "id": id, "operation": "read", "state": "ADDED", "created_time": now(world), "file_type": "csv", "polls": 0,
        "created_by": {"id": "982000000554041", "name": "青空 花子"}, "Attachment_Source__s": "document", "File_Id__s": None,
        "query": {"module": {"api_name": module, "id": held["id"]}, "fields": list(query.get("fields") or ["id"]), "page": 1},
    }  # fmt: skip
    world.dirty = True
    return world.state["jobs"][id]  # type: ignore[no-any-return]  # the state is plain JSON


def job(world: World, id: str) -> Json:
    """One look: the second one finds it completed."""
    held = world.state["jobs"].get(id)
    if held is None:
        raise Wrong("RESOURCE_NOT_FOUND", "the requested resource doesn't exist", resource=id)
    held["polls"] += 1
    if world.fault("job_fails"):
        held["state"] = "FAILURE"
    elif held["state"] != "FAILURE":
        held["state"] = "COMPLETED" if held["polls"] > 1 else "IN PROGRESS"
    if held["state"] == "COMPLETED":
        count = len(rows(world, held["query"]["module"]["api_name"]))
        held["result"] = {"page": 1, "count": count, "per_page": 200_000, "more_records": False,
                          "download_url": f"/crm/bulk/v8/read/{id}/result"}  # fmt: skip
    return {k: v for k, v in held.items() if k != "polls"}


def result(world: World, id: str) -> bytes:
    held = world.state["jobs"].get(id)
    if held is None or held["state"] != "COMPLETED":
        raise Wrong("RESOURCE_NOT_FOUND", "the requested resource doesn't exist", resource=id)
    module, names = held["query"]["module"]["api_name"], held["query"]["fields"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Id", *names])
    for row in sorted(rows(world, module).values(), key=lambda one: str(one["id"])):
        seen = shown(world, module, row, names)
        writer.writerow([row["id"], *(_cell(seen.get(name)) for name in names)])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"{id}.csv", out.getvalue())
    return packed.getvalue()


def _cell(value: Any) -> str:
    if isinstance(value, dict):
        return str(value["id"])
    if isinstance(value, list):
        return ";".join(value)
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
