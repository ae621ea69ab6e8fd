"""What every imitation service shares: faults, clock, call log, snapshot file and the control page. Beside it: grants.py (an
OAuth server whose differences are data), limits.py (counters and the vendors' headers), lists.py (numbered pages) and markup.py
(pages for people).

A service is a Starlette application built by ``build(world)`` in ``choai.sandbox.<service>``; its state is one plain
JSON-like dict in ``world.state`` so that it can be saved and looked at. Under ``/_sandbox`` every service answers

    GET    /_sandbox                  control page for people
    GET    /_sandbox/state            the state (for tests: count what really exists)
    POST   /_sandbox/state            merge patch into ``state["settings"]`` (plan, code mode, allow-lists …)
    GET    /_sandbox/calls            calls made since the last reset, by "METHOD /path-template"
    DELETE /_sandbox/calls
    GET    /_sandbox/faults           switches with their hits
    POST   /_sandbox/faults           {"name", "match"?, "times"?, "skip"?, **options}
    DELETE /_sandbox/faults           all off; answers the switches that were never hit
    POST   /_sandbox/clock            {"now": iso} or {"shift": seconds} or {"real": true}
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from choai.sandbox import markup


@dataclass
class Fault:
    """A switch. ``match`` is a regular expression searched in "METHOD /path"; it fires ``times`` times (None: until
    switched off) after letting ``skip`` matching requests pass.

    Names that every service knows: ``late`` (options: seconds), ``lost_reply`` (act, then drop the connection), ``refuse`` (drop
    before acting), ``status`` (options: status, body, headers), ``maintenance``, ``ip_block``, ``throttle`` (the
    vendor's own 429), ``garbage`` (200 with text that is not JSON). The services add their own.
    """

    name: str
    match: str = ""
    times: int | None = 1
    skip: int = 0
    options: dict[str, Any] = field(default_factory=dict)
    hits: int = 0
    seen: int = 0


class World:
    """State, clock, faults and call log of one imitation service."""

    def __init__(self, service: str, state: dict[str, Any], *, file: Path | None = None) -> None:
        self.service = service
        self.state = state
        self.file = file
        self.faults: list[Fault] = []
        self.retired: list[Fault] = []
        self.calls: Counter[str] = Counter()
        self.log: list[dict[str, Any]] = []
        self.meters: dict[str, list[float]] = {}  # see limits.py; not part of the state
        self.shift = timedelta()
        self.frozen: datetime | None = None
        self.dirty = False
        self.maintenance: Callable[[], Response] = lambda: JSONResponse({"message": "maintenance"}, 503)
        self.ip_block: Callable[[], Response] = lambda: JSONResponse({"message": "forbidden"}, 403)
        self.throttle: Callable[[], Response] = lambda: JSONResponse({"message": "too many requests"}, 429)
        if file is not None and file.exists():
            self.state.clear()
            self.state.update(json.loads(file.read_text("utf-8")))

    def now(self) -> datetime:
        return (self.frozen or datetime.now(UTC)) + self.shift

    def switch(self, name: str, **options: Any) -> Fault:
        """Set a fault."""
        known = {k: options.pop(k) for k in ("match", "times", "skip") if k in options}
        fault = Fault(name, options=options, **known)
        self.faults.append(fault)
        return fault

    def fault(self, name: str, line: str = "") -> Fault | None:
        """The switch that fires now for this request, counted as hit; None when there is none."""
        for fault in self.faults:
            if fault.name == name and re.search(fault.match, line):
                fault.seen += 1
                if fault.seen <= fault.skip:
                    return None
                fault.hits += 1
                if fault.times is not None and fault.hits >= fault.times:
                    self.faults.remove(fault)
                    self.retired.append(fault)
                return fault
        return None

    def never_hit(self) -> list[Fault]:
        return [f for f in self.faults if not f.hits]

    def save(self) -> None:
        if self.file is None or not self.dirty:
            return
        self.dirty = False
        temporary = self.file.with_suffix(".new")
        temporary.write_text(json.dumps(self.state, ensure_ascii=False), "utf-8")
        os.replace(temporary, self.file)


class DropConnection(Exception):
    """Raised inside the application to close the connection without an answer."""


async def _drop(receive: Receive) -> None:
    """Close the client's connection. ASGI knows no way to say so, and a server answers 500 for an application that ends
    without an answer; under uvicorn the transport is at hand. Raises DropConnection where it is not."""
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if transport is None:
        raise DropConnection
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


class Imitation:
    """ASGI wrapper around a service's routes: log, faults, headers, snapshot."""

    def __init__(self, app: ASGIApp, world: World, headers: Callable[[], dict[str, str]] | None = None) -> None:
        self.app = app
        self.world = world
        self.headers = headers or dict

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            self.world.save()
            return
        if scope["type"] != "http" or scope["path"].startswith("/_sandbox"):
            await self.app(scope, receive, send)
            return
        line = f"{scope['method']} {scope['path']}"
        world = self.world
        world.calls[line] += 1
        if (late := world.fault("late", line)) is not None:
            await asyncio.sleep(float(late.options.get("seconds", 1)))
        if world.fault("refuse", line):
            await _drop(receive)
            return
        answer = self.answer(line)
        if answer is not None:
            await answer(scope, receive, send)
            return
        lost = world.fault("lost_reply", line)

        async def out(message: Message) -> None:
            if lost is not None:
                if message["type"] == "http.response.body" and not message.get("more_body"):
                    raise DropConnection(line)
                return
            if message["type"] == "http.response.start":
                extra = [(k.lower().encode(), v.encode("latin-1")) for k, v in self.headers().items()]
                message["headers"] = [*message.get("headers", []), *extra]
                world.dirty = world.dirty or scope["method"] != "GET"
            await send(message)

        try:
            await self.app(scope, receive, out)
        except DropConnection:
            await _drop(receive)

    def answer(self, line: str) -> Response | None:
        world = self.world
        if world.fault("maintenance", line):
            return world.maintenance()
        if world.fault("ip_block", line):
            return world.ip_block()
        if world.fault("throttle", line):
            return world.throttle()
        if world.fault("garbage", line):
            return HTMLResponse("<html>proxy page</html>", 200)
        if (status := world.fault("status", line)) is not None:
            options = status.options
            return JSONResponse(options.get("body"), int(options["status"]), options.get("headers"))
        return None


def control_routes(world: World, page: Callable[[World], str] | None = None) -> list[BaseRoute]:
    """The /_sandbox routes of a service."""

    async def state(request: Request) -> Response:
        if request.method == "POST":
            world.state.setdefault("settings", {}).update(await request.json())
            world.dirty = True
        return JSONResponse(world.state)

    async def calls(request: Request) -> Response:
        answer = dict(world.calls)
        if request.method == "DELETE":
            world.calls.clear()
        return JSONResponse(answer)

    async def faults(request: Request) -> Response:
        if request.method == "POST":
            body = await request.json()
            world.switch(body.pop("name"), **body)
        answer = {"on": [asdict(f) for f in world.faults], "used": [asdict(f) for f in world.retired]}
        if request.method == "DELETE":
            answer = {"never_hit": [asdict(f) for f in world.never_hit()]}
            world.faults.clear()
            world.retired.clear()
        return JSONResponse(answer)

    async def clock(request: Request) -> Response:
        body = await request.json()
        if "now" in body:
            world.frozen, world.shift = datetime.fromisoformat(body["now"]), timedelta()
        elif "shift" in body:
            world.shift += timedelta(seconds=body["shift"])
        else:
            world.frozen, world.shift = None, timedelta()
        return JSONResponse({"now": world.now().isoformat()})

    async def control(_: Request) -> Response:
        return HTMLResponse(page(world) if page else markup.control(world.service, world.state, world.calls))

    return [
        Route("/_sandbox", control),
        Route("/_sandbox/state", state, methods=["GET", "POST"]),
        Route("/_sandbox/calls", calls, methods=["GET", "DELETE"]),
        Route("/_sandbox/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/_sandbox/clock", clock, methods=["POST"]),
    ]


def imitation(world: World, routes: Sequence[BaseRoute], **options: Any) -> ASGIApp:
    """The application of a service's routes, behind the control routes. ``options`` are Starlette's."""
    return Imitation(Starlette(routes=[*control_routes(world), *routes], **options), world)
