"""The demo as its users start it: one command, a product and its imitation services on free ports."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from choai.sandbox import SERVICES
from postgres import free_port

READY_SECONDS = 90  # a wait with an end, not a measurement


@dataclass
class Product:
    """A running demo. ``told`` is the line it prints for programs: address, email, password, control pages."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]
    log: Path
    told: dict[str, str]

    def first_sync(self) -> dict[str, Any]:
        """Walk the guided set-up and the first syncs through the API, as ``choai demo --check`` does."""
        from choai.runtime import check

        with ThreadPoolExecutor(1) as apart:  # the browser's driver may hold an event loop in this thread
            return apart.submit(lambda: asyncio.run(check._walk(self.told))).result()


@contextmanager
def running(folder: Path, *options: str) -> Iterator[Product]:
    """Start it on a free port with its data in ``folder``; stop it politely at the end. Raises RuntimeError with its output
    when it does not come up."""
    port = free_port(1 + len(SERVICES))  # the product's and its imitations'
    log = folder / "demo.log"
    choai = Path(sys.executable).parent / "choai"
    command = [str(choai), "demo", "--port", str(port), "--data", str(folder / "data"), "--no-open", *options]
    env = {k: v for k, v in os.environ.items() if not k.startswith("CHOAI_")}
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=folder)
    product = Product(f"http://127.0.0.1:{port}", folder / "data", process, log, {})
    try:
        _await(product)
        yield product
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _await(product: Product) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and product.process.poll() is None:
        try:
            with urllib.request.urlopen(f"{product.url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    product.told = json.loads(product.log.read_text("utf-8").splitlines()[0])
                    return
        except (urllib.error.URLError, OSError, ValueError, IndexError):
            time.sleep(0.1)
    raise RuntimeError(f"the demo did not come up:\n{product.log.read_text('utf-8', 'replace')[-3000:]}")
