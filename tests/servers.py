"""ASGI applications on a free loopback port, in a thread of this process."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
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


@dataclass
class Sandbox:
    """An imitation service that runs: its address, and its state, clock, faults and call log in ``world``."""

    base_url: str
    world: World


@contextmanager
def sandbox(service: ModuleType, *, seed: int = 1) -> Iterator[Sandbox]:
    """``service`` is a module like ``choai.sandbox.freee``. Fails at the end when a fault was set and never hit."""
    world: World = service.new_world(None, seed)
    with serve(service.build(world)) as base_url:
        yield Sandbox(base_url, world)
    unused = [f"{fault.name} {fault.match}" for fault in world.never_hit()]
    assert not unused, f"faults that were set and never hit: {unused}"
