"""The imitation services as one process: ``python -m choai.sandbox.serve --freee 8421 --kintone 8422 --data DIR``.

Loopback only. The state of each service is kept in ``DIR/sandbox-<service>.json`` when a folder is given: once a second while it
changes, and at the end. Port 0 takes a free one. When both answer, one JSON line on stdout tells the addresses and how to
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
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import uvicorn

from choai.sandbox import (
    freee,
    freee_invoice,
    kintone,
    moneyforward,
    salesforce,
    senses,
    vtiger,
    xero,
    zoho_billing,
    zoho_books,
    zoho_crm,
    zoho_expense,
    zoho_invoice,
)
from choai.sandbox.core import World
from choai.sandbox.kintone import catalog

HOST = "127.0.0.1"
ALWAYS: dict[str, Any] = {"freee": freee, "kintone": kintone}
ASKED_FOR: dict[str, tuple[Any, tuple[str, ...]]] = {  # only served when a port is given; settings that are its address
    "freee_invoice": (freee_invoice, ("base_url", "accounts_url", "web_url")),
    "moneyforward": (moneyforward, ("base_url", "auth_url", "web_url")),
    "salesforce": (salesforce, ("base_url", "login_url")),
    "senses": (senses, ("base_url",)),
    "vtiger": (vtiger, ("base_url", "site")),
    "xero": (xero, ("base_url", "login_url", "identity_url", "web_url")),
    "zoho_billing": (zoho_billing, ("base_url", "accounts_url", "web_url")),
    "zoho_books": (zoho_books, ("base_url", "accounts_url", "web_url")),
    "zoho_crm": (zoho_crm, ("base_url", "accounts_url", "web_url")),
    "zoho_expense": (zoho_expense, ("base_url", "accounts_url", "web_url")),
    "zoho_invoice": (zoho_invoice, ("base_url", "accounts_url", "web_url")),
}
SAVE_SECONDS = 1.0
PORT_TAKEN = 3  # exit status


class _Server(uvicorn.Server):
    """uvicorn without signal handlers of its own: one process serves several."""

    def capture_signals(self) -> Any:
        return nullcontext()


def keys(addresses: dict[str, str]) -> dict[str, Any]:
    """How a client reaches the services: what the demo's set-up is prefilled with. None of it is a secret."""
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
    return {
        "freee": {
            "base_url": addresses["freee"],
            "accounts_url": addresses["freee"],
            "client_id": freee.DEMO_CLIENT_ID,
            "client_secret": freee.DEMO_CLIENT_SECRET,
            "user_id": freee.USER_ADMIN,
            "company_id": freee.ENTERPRISE,
            "control": addresses["freee"] + "/_sandbox",
        },
        "kintone": {
            "base_url": addresses["kintone"],
            "domain": addresses["kintone"].split("://", 1)[1],
            "auth": "api_token",
            "apps": [{"id": app, "token": kintone.token(app)} for app in apps.values()],
            "objects": {kind: f"app:{app}" for kind, app in apps.items()},
            "client_id": kintone.DEMO_CLIENT_ID,
            "client_secret": kintone.DEMO_CLIENT_SECRET,
            "control": addresses["kintone"] + "/_sandbox",
        },
        **{name: _key(name, addresses[name]) for name in ASKED_FOR if name in addresses},
    }


def _key(name: str, address: str) -> dict[str, str]:
    """A service with an OAuth app or a key of its own: all its hosts are one address."""
    service, hosts = ASKED_FOR[name]
    if hasattr(service, "DEMO_KEY"):
        app = {"api_key": service.DEMO_KEY}
    elif hasattr(service, "DEMO_LOGIN"):
        app = service.DEMO_LOGIN
    else:
        app = {"client_id": service.DEMO_CLIENT_ID, "client_secret": service.DEMO_CLIENT_SECRET}
    return {**dict.fromkeys(hosts, address), **app, "control": address + "/_sandbox"}


async def serve(ports: dict[str, int], folder: Path | None, *, with_parent: bool = False) -> None:
    """Until a signal."""
    worlds: dict[str, World] = {}
    servers: list[_Server] = []
    addresses: dict[str, str] = {}
    tasks = []
    for name, service in {**ALWAYS, **{name: module for name, (module, _) in ASKED_FOR.items()}}.items():
        if name not in ports:
            continue
        worlds[name] = service.new_world(folder / f"sandbox-{name}.json" if folder else None)
        listener = _listener(ports[name])
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


def main() -> None:
    parser = argparse.ArgumentParser(prog="choai sandbox", description="Imitations of the services on loopback.")
    parser.add_argument("--freee", type=int, default=8421, help="port, 0: a free one")
    parser.add_argument("--kintone", type=int, default=8422, help="port, 0: a free one")
    for name in ASKED_FOR:
        parser.add_argument(f"--{name}", type=int, help="port, 0: a free one; not served without")
    parser.add_argument("--data", type=Path, help="folder to keep their state in")
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    given = parser.parse_args()
    ports = {name: port for name in (*ALWAYS, *ASKED_FOR) if (port := getattr(given, name)) is not None}
    asyncio.run(serve(ports, given.data, with_parent=given.with_parent))


if __name__ == "__main__":
    main()
