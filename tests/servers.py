"""ASGI applications on a free loopback port, in a thread of this process."""

from __future__ import annotations

import pickle
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import uvicorn

from choai.sandbox.core import World


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """The application's address while the context lasts."""
    # the protocol is named because asyncio sets TCP_NODELAY by it; without, every answer waits 40 ms for an ACK
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)
    port = listener.getsockname()[1]
    config = uvicorn.Config(app, log_level="critical", access_log=False, timeout_graceful_shutdown=1, ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name=f"serve-{port}", daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the server ended before it was ready")
        time.sleep(0.005)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()


class _Place:
    """A server that stays up and serves whatever application is there: ending one takes a fifth of a second, which thousands of
    tests would wait for."""

    def __init__(self) -> None:
        self.app: Any = None
        self.busy = 0
        self.up = ExitStack()
        self.address = self.up.enter_context(serve(self))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            for step in ("startup", "shutdown"):
                await receive()
                await send({"type": f"lifespan.{step}.complete"})
            return
        self.busy += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.busy -= 1


_places: list[_Place] = []  # those that nobody uses now


@contextmanager
def lent(app: Any) -> Iterator[str]:
    """As ``serve``, on a server that other applications had before."""
    place = _places.pop() if _places else _Place()
    place.app = app
    try:
        yield place.address
    finally:
        if place.busy:  # what still hangs there belongs to this test
            place.up.close()
        else:
            _places.append(place)


@dataclass
class Sandbox:
    """An imitation service that runs: its address, and its state, clock, faults and call log in ``world``."""

    base_url: str
    world: World


_made: dict[tuple[str, int], tuple[str, bytes]] = {}


def _world(service: ModuleType, seed: int) -> World:
    """A world of its own with the state that a new one has, which is made once: filling it takes longer than most tests."""
    known = _made.get((service.__name__, seed))
    if known is None:
        first: World = service.new_world(None, seed)
        _made[service.__name__, seed] = first.service, pickle.dumps(first.state)
        return first
    return World(known[0], pickle.loads(known[1]))


@contextmanager
def sandbox(service: ModuleType, *, seed: int = 1) -> Iterator[Sandbox]:
    """``service`` is a module like ``choai.sandbox.freee``. Fails at the end when a fault was set and never hit."""
    world = _world(service, seed)
    with lent(service.build(world)) as base_url:
        yield Sandbox(base_url, world)
    unused = [f"{fault.name} {fault.match}" for fault in world.never_hit()]
    assert not unused, f"faults that were set and never hit: {unused}"
