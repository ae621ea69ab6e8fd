"""The program as a real process, and a guide through its API."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import aiohttp

from choai.runtime import check, demo
from choai.sandbox.serve import keys

T = TypeVar("T")
COMPANY = "1070001"


class Program:
    """``choai <arguments>``; ``told`` is the JSON line it prints when it is ready."""

    def __init__(self, *arguments: str, data: Path, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "choai.cli", *arguments],
            env={**os.environ, "CHOAI_DATA": str(data), "CHOAI_LANG": "en", "CHOAI_WORKER_LEASE": "3", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.end()
            raise AssertionError(f"it did not start: {self.errors}")
        self.told: dict[str, Any] = json.loads(line)

    errors = ""

    def kill(self) -> None:
        """As a power cut would."""
        self.process.kill()
        self.end()

    def over(self) -> None:
        """Nothing of it is left running."""
        if self.process.poll() is None:
            self.kill()

    def stop(self) -> int:
        """As the system's service manager would; answers the exit code."""
        self.process.send_signal(signal.SIGTERM)
        self.end()
        return int(self.process.returncode)

    def end(self) -> None:
        _, errors = self.process.communicate(timeout=60)
        self.errors = errors.decode(errors="replace")


@contextmanager
def programs() -> Iterator[Callable[..., Program]]:
    """A starter; whatever still runs at the end is killed."""
    with ExitStack() as stack:

        def start(*arguments: str, data: Path, **environment: str) -> Program:
            program = Program(*arguments, data=data, **environment)
            stack.callback(program.over)
            return program

        yield start


def failing(*arguments: str, data: Path, **environment: str) -> tuple[int, str]:
    """Exit code and errors of a command that does not get far."""
    done = subprocess.run(
        [sys.executable, "-m", "choai.cli", *arguments],
        env={**os.environ, "CHOAI_DATA": str(data), "CHOAI_LANG": "en", **environment},
        capture_output=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stderr.decode()


def guide(address: str, deed: Callable[[check._Api, aiohttp.ClientSession], Awaitable[T]]) -> T:
    """Do something through the API, signed in as the owner (made at the first start)."""

    async def walk() -> T:
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
            api = check._Api(http, address)
            if (await api("GET", "/session"))["first_start"]:
                owner = {"workspace": "見本", "name": "持ち主", "email": demo.EMAIL, "password": demo.PASSWORD}
                await api("POST", "/first-start", owner)
            else:
                await api("POST", "/session", {"email": demo.EMAIL, "password": demo.PASSWORD})
            return await deed(api, http)

    return asyncio.run(walk())


def connect_and_import(address: str, freee: Any, kintone: Any, kind: str = "tag") -> None:
    """Both connections, one kind linked and imported into kintone."""
    prefilled = demo.prefill(keys({"freee": freee.base_url, "kintone": kintone.base_url}))

    async def deed(api: check._Api, http: aiohttp.ClientSession) -> None:
        await check._connect(api, http, prefilled, [kind])
        run_id = (await api("POST", f"/masters/{kind}/import", {"preview": False}))["runs"][0]
        await api.ended(run_id)

    guide(address, deed)


def upload(address: str, kind: str = "tag") -> int:
    """Begin kintone → freee; answers the run."""

    async def deed(api: check._Api, _: aiohttp.ClientSession) -> int:
        return int((await api("POST", f"/masters/{kind}/upload", {"preview": False}))["runs"][0])

    return guide(address, deed)


def ended(address: str, run_id: int) -> dict[str, Any]:
    async def deed(api: check._Api, _: aiohttp.ClientSession) -> dict[str, Any]:
        return await api.ended(run_id)

    return guide(address, deed)


def look(address: str, run_id: int) -> dict[str, Any]:
    """The run as it stands."""

    async def deed(api: check._Api, _: aiohttp.ClientSession) -> dict[str, Any]:
        row: dict[str, Any] = await api("GET", f"/runs/{run_id}")
        return row

    return guide(address, deed)


def names(freee: Any, table: str = "tags") -> list[str]:
    return [row["name"] for row in freee.world.state["tables"][f"{COMPANY}/{table}"]]


def reached(address: str, run_id: int, freee: Any, count: int) -> None:
    """freee holds so many tags; if it does not come about, the run says why."""
    try:
        until(lambda: len(names(freee)) >= count)
    except AssertionError:
        raise AssertionError(f"{len(names(freee))} of {count} tags: {look(address, run_id)}") from None


def until(what: Callable[[], Any], seconds: float = 60) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := what():
            return found
        time.sleep(0.02)
    raise AssertionError("it did not come about")
