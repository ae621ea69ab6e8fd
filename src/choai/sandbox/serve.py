"""The imitation services as one process: ``python -m choai.sandbox.serve freee=8421 kintone=8422 --data DIR``.

Loopback only. The state of each service is kept in ``DIR/sandbox-<service>.json`` when a folder is given: once a second while it
changes, and at the end. Port 0 takes a free one. When all answer, one JSON line on stdout tells the addresses and how to
sign in. Ends on SIGTERM or SIGINT, and when its standard input closes if ``--with-parent`` is given. An address that cannot be
taken ends it with status 3 and the reason on stderr.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import sys
import threading
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from importlib import import_module
from pathlib import Path
from typing import Any

import uvicorn

from choai.sandbox import SERVICES, freee, kintone
from choai.sandbox.core import World
from choai.sandbox.kintone import catalog

HOST = "127.0.0.1"
SAVE_SECONDS = 1.0
PORT_TAKEN = 3  # exit status


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: one process serves several."""

    def capture_signals(self) -> Any:
        return nullcontext()


def keys(addresses: Mapping[str, str]) -> dict[str, Any]:
    """How a client reaches the services: what the demo's forms are prefilled with. None of it is a secret. ``control``: the page
    for people, where freee's and kintone's records can be changed by hand and the others' be looked at."""
    known = {name: _key(name, address) for name, address in addresses.items()}
    if "freee" in known:
        known["freee"] |= {"user_id": freee.USER_ADMIN, "company_id": freee.ENTERPRISE}
        known["freee_invoice"] = known["freee"]
    if "kintone" in known:
        apps = {
            "partner": kintone.PARTNER,
            "tag": kintone.TAG,
            **{f"segment_{axis}": app for axis, app in kintone.SEGMENT.items()},
            "item": catalog.ITEM,
            "section": catalog.SECTION,
            "account_item": catalog.ACCOUNT_ITEM,
            "tax_code": catalog.TAX_CODE,
            "expense_category": catalog.EXPENSE,
            "walletable": catalog.WALLET,
        }
        known["kintone"]["settings"]["apps"] = [{"id": app, "token": kintone.token(app)} for app in apps.values()]
        known["kintone"]["objects"] = {kind: f"app:{app}" for kind, app in apps.items()}
    return known


def _key(name: str, address: str) -> dict[str, Any]:
    """A service with an OAuth app, a key or a login of its own; all its hosts are one address."""
    service = import_module(f"choai.sandbox.{name}")
    if hasattr(service, "DEMO_KEY"):
        app = {"api_key": service.DEMO_KEY}
    elif hasattr(service, "DEMO_LOGIN"):
        app = dict(service.DEMO_LOGIN)
    else:
        app = {"client_id": service.DEMO_CLIENT_ID, "client_secret": service.DEMO_CLIENT_SECRET}
    return {"address": address, "settings": app, "control": address + "/_sandbox"}


async def serve(ports: Mapping[str, int], folder: Path | None, *, with_parent: bool = False) -> None:
    """The services of these names (SERVICES), until a signal."""
    worlds: dict[str, World] = {}
    servers: list[_Server] = []
    addresses: dict[str, str] = {}
    tasks = []
    for name, port in ports.items():
        service = import_module(f"choai.sandbox.{name}")
        listener = _listener(port)
        worlds[name] = service.new_world(folder / f"sandbox-{name}.json" if folder else None)
        addresses[name] = f"http://{HOST}:{listener.getsockname()[1]}"
        config = uvicorn.Config(
            service.build(worlds[name]), log_level="error", access_log=False, ws="none", timeout_graceful_shutdown=1
        )
        servers.append(_Server(config))
        tasks.append(asyncio.create_task(servers[-1].serve(sockets=[listener])))
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)
    if with_parent:
        threading.Thread(target=_follow_parent, args=(loop, end), daemon=True).start()
    while not all(server.started for server in servers):
        if any(task.done() for task in tasks):
            raise SystemExit("the sandbox could not start")
        await asyncio.sleep(0.02)
    sys.stdout.write(json.dumps(keys(addresses)) + "\n")
    sys.stdout.flush()
    while not end.is_set():
        with suppress(TimeoutError):
            await asyncio.wait_for(end.wait(), SAVE_SECONDS)
        for world in worlds.values():
            world.save()
    for server in servers:
        server.should_exit = True
    await asyncio.gather(*tasks)


def _listener(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port), backlog=1024)
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"{HOST}:{port}: {getattr(error, 'strerror', None) or error}\n")
        raise SystemExit(PORT_TAKEN) from error


def _follow_parent(loop: asyncio.AbstractEventLoop, end: asyncio.Event) -> None:
    sys.stdin.read()
    loop.call_soon_threadsafe(end.set)


def _named(text: str) -> tuple[str, int]:
    name, _, port = text.partition("=")
    if name not in SERVICES:
        raise argparse.ArgumentTypeError(f"no service {name!r}; there are: {', '.join(SERVICES)}")
    return name, int(port)


def main() -> None:
    parser = argparse.ArgumentParser(prog="choai.sandbox.serve", description="Imitations of services on loopback.")
    parser.add_argument("services", nargs="+", type=_named, metavar="SERVICE=PORT", help="port 0: a free one")
    parser.add_argument("--data", type=Path, help="folder to keep their state in")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    given = parser.parse_args()
    asyncio.run(serve(dict(given.services), given.data, with_parent=given.with_parent))


if __name__ == "__main__":
    main()
