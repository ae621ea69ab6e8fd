"""The demo: the product on imitations of all services, all on this computer.

The imitations run in a child process on the ports after the product's and keep their records in the demo's folder. The
product starts with an owner and an empty workspace; what the guided set-up needs to know about the imitations is put into
``installation.json``, from where the screens prefill it. None of it is a secret: everything listens on loopback only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import webbrowser
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console

from choai.connectors import registry
from choai.errors import ChoaiError
from choai.runtime import boot, logs
from choai.runtime import serve as program
from choai.sandbox import SERVICES

HOST = "127.0.0.1"
PORT_TAKEN = 3  # how the sandbox ends when it cannot listen
FOLDER = Path("choai-demo")
EMAIL = "demo@example.com"
PASSWORD = "hirogaru-chouai"  # noqa: S105  shown on the sign-in page of the demo
OWNER, WORKSPACE = "帳合 花子", "見本商事株式会社"
FAST = {"calls_per_minute": "6000"}  # the imitation does not block bursts, so the demo need not go at freee's pace
MORE: dict[str, dict[str, str]] = {"freee": FAST, "freee_invoice": FAST, "kintone": {"domain": HOST}}  # settings


def run(*, port: int, folder: Path | None, open_browser: bool) -> None:
    """Serve the demo until it is stopped; prints the addresses (one JSON line when nobody is looking)."""
    logs.set_up("WARNING")
    home = boot.prepare(folder or FOLDER)
    with ExitStack() as stack:
        with boot.locked(home):
            boot.ready(home)
            _owner()
        services = stack.enter_context(imitations(home.folder, port))
        _note(home.folder, services)
        program.serve(
            home, host=HOST, port=port, listening=lambda address: _tell(address, services, open_browser=open_browser)
        )


@contextmanager
def imitations(folder: Path, port: int) -> Iterator[dict[str, Any]]:
    """The sandbox as a child process; answers its addresses and keys. Raises port_in_use, and sandbox_failed with what it said
    last; all of it stays in ``sandbox.log``. Port 0: free ones."""
    places = [f"{name}={port + n if port else 0}" for n, name in enumerate(SERVICES, 1)]
    log = folder / "sandbox.log"
    with log.open("wb") as told:
        child = subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-m", "choai.sandbox.serve", *places, "--with-parent", "--data", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=told,
            start_new_session=True,  # Ctrl+C is for us: it ends when we close its input, after our last batch
        )
    assert child.stdin is not None  # noqa: S101  both are pipes
    assert child.stdout is not None  # noqa: S101
    try:
        line = child.stdout.readline()
        if not line:
            raise _not_started(child.wait(timeout=10), log)
        yield json.loads(line)
    finally:
        child.stdin.close()
        try:
            child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        child.stdout.close()


def _not_started(status: int, log: Path) -> ChoaiError:
    said = log.read_text("utf-8", errors="replace").strip().splitlines()
    last = said[-1] if said else f"exit status {status}"
    if status == PORT_TAKEN:
        name, _, detail = last.partition(": ")
        return ChoaiError("port_in_use", name=name, detail=detail)
    return ChoaiError("sandbox_failed", detail=last[:300], file=str(log))


def _owner() -> None:
    from choai.store import people

    if people.nobody_yet():
        people.first_start(workspace=WORKSPACE, name=OWNER, email=EMAIL, password=PASSWORD, language="ja")


def prefill(services: Mapping[str, Any]) -> dict[str, Any]:
    """What the screens put into the forms: for each service its connection, and what the guided set-up asks for."""
    freee, kintone = services["freee"], services["kintone"]
    return {
        "email": EMAIL,
        "password": PASSWORD,
        **{name: _form(name, told) for name, told in services.items()},
        "objects": kintone["objects"],
        "consent": {"user": freee["user_id"], "company": freee["company_id"]},
        "sandbox": {name: told["control"] for name, told in services.items()},
    }


def _form(service: str, told: Mapping[str, Any]) -> dict[str, Any]:
    """The connection of a service whose hosts are all at one address."""
    spec = registry.spec(service)
    hosts = {s.name: told["address"] for s in spec.settings if s.kind == "url"}
    return {"name": spec.ja, "auth": spec.auth[0], "settings": {**hosts, **MORE.get(service, {}), **told["settings"]}}


def _note(folder: Path, services: dict[str, Any]) -> None:
    file = folder / "installation.json"
    temporary = file.with_suffix(".new")
    temporary.write_text(json.dumps({"demo": prefill(services)}, ensure_ascii=False, indent=2), "utf-8")
    os.replace(temporary, file)


def _tell(address: str, services: dict[str, Any], *, open_browser: bool) -> None:
    facts = {
        "address": address,
        "email": EMAIL,
        "password": PASSWORD,
        **{name: services[name]["control"] for name in SERVICES},
    }
    if not sys.stdout.isatty():
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()
        return
    out = Console(highlight=False)
    out.print(f"\n[bold]Choai[/]         {address}\n[dim]sign in[/]       {EMAIL} / {PASSWORD}")
    out.print("\n".join(f"[dim]{name:13}[/] {facts[name]}" for name in SERVICES) + "\n\nCtrl+C\n")
    if open_browser and (
        sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        webbrowser.open(address)
