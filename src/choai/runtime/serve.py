"""The running program: the web application with a worker in one process, or each by itself on PostgreSQL."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from contextlib import ExitStack
from types import FrameType

import uvicorn

from choai.errors import ChoaiError
from choai.runtime import boot
from choai.runtime.boot import Home

log = logging.getLogger("choai.runtime")

STREAMS_SECONDS = 3  # open event streams get so long to end


class _Server(uvicorn.Server):
    """uvicorn that says when it listens."""

    def __init__(self, config: uvicorn.Config, listening: Callable[[], None]) -> None:
        super().__init__(config)
        self.listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started:
            self.listening()


def serve(
    home: Home,
    *,
    host: str = "127.0.0.1",
    port: int = 8420,
    with_worker: bool = True,
    listening: Callable[[str], None] = lambda address: None,
) -> None:
    """Serve until SIGTERM or SIGINT; then requests are answered, the batches at work finished, and it returns.

    Raises data_folder_locked, database_newer, database_unavailable, secret_key_missing, port_in_use.
    """
    if not with_worker and not home.postgres:
        raise ChoaiError("needs_postgresql")
    from choai.runtime import worker

    with ExitStack() as stack:
        if not home.postgres:
            stack.enter_context(boot.locked(home))
        boot.ready(home)
        listener = stack.enter_context(_listener(host, port))
        address = f"http://{_shown(host)}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            "choai.web.asgi:application",
            log_config=None,
            access_log=False,
            lifespan="on",
            ws="none",
            timeout_graceful_shutdown=STREAMS_SECONDS,
            proxy_headers=True,
            forwarded_allow_ips=os.environ.get("CHOAI_FORWARDED_ALLOW_IPS", "127.0.0.1"),
            server_header=False,
        )
        if with_worker:
            worker.start(home.engine_url)
            stack.callback(worker.stop)
        _ignore_what_uvicorn_raises_again()
        _Server(config, lambda: listening(address)).run(sockets=[listener])


def work(home: Home, *, ready: Callable[[str], None] = lambda worker_id: None) -> None:
    """Run syncs without a web application, until SIGTERM or SIGINT. Raises needs_postgresql and what ``serve`` raises."""
    if not home.postgres:
        raise ChoaiError("needs_postgresql")
    from choai.runtime import worker

    boot.ready(home)
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    ready(worker.start(home.engine_url))
    try:
        stop.wait()
    finally:
        worker.stop()


def _listener(host: str, port: int) -> socket.socket:
    """Bound before anything else starts, so that a taken port costs nothing."""
    try:
        return socket.create_server(
            (host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET, backlog=2048
        )
    except OSError as error:
        raise ChoaiError("port_in_use", name=f"{host}:{port}", detail=error.strerror or "") from error


def _shown(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104  compared, not bound
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _ignore_what_uvicorn_raises_again() -> None:
    """After its own stop uvicorn sends the signal again to whoever was there before: that must not end us before the worker
    has finished its batch."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
