"""What the demo takes: seconds to the first page, memory and idle CPU of the product and the imitations together.

    python -m bench demo [--idle SECONDS]

Starts ``choai demo`` on an empty folder with everything installed, walks the guided set-up and the first syncs as
``choai demo --check`` does, and reads /proc: Linux only. Memory is the resident size of all processes added up, shared
pages counted once for each of them, so the truth is a little lower.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.databases import ROOT
from bench.lists import wait_for
from bench.processes import cpu, memory

LIMIT_MB = 500


def run(arguments: list[str]) -> dict[str, Any]:
    """Start, look, work, look again."""
    parser = argparse.ArgumentParser(prog="bench demo")
    parser.add_argument("--idle", type=float, default=20.0)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="choai-bench-") as name:
        return _demo(Path(name), options.idle)


def _demo(folder: Path, idle: float) -> dict[str, Any]:
    from postgres import free_port
    from product import Product

    port = free_port()
    base, log = f"http://127.0.0.1:{port}", folder / "demo.log"
    choai = Path(sys.executable).parent / "choai"
    command = [str(choai), "demo", "--port", str(port), "--data", str(folder / "data"), "--no-open"]
    env = {k: v for k, v in os.environ.items() if not k.startswith("CHOAI_")}
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=env, cwd=ROOT)
    try:
        wait_for(base, process, log, path="/")
        seconds = time.perf_counter() - began
        started = {"cpu_s": round(cpu(process.pid), 1), **_memory(process.pid)}
        product = Product(base, folder / "data", process, log, _told(log))
        before = cpu(process.pid)
        checked = product.first_sync()
        worked = {"cpu_s": round(cpu(process.pid) - before, 1), **_memory(process.pid)}
        time.sleep(5)  # what the first syncs left to do
        before = cpu(process.pid)
        time.sleep(idle)
        at_rest = {"cpu_percent": round(100 * (cpu(process.pid) - before) / idle, 1), **_memory(process.pid)}
    finally:
        process.terminate()
        process.wait(60)
    return {
        "first_page_s": round(seconds, 1),
        "started": started,
        "first_sync": worked,
        "idle": at_rest,
        "under_500_mb": worked["rss_mb"] < LIMIT_MB,
        "check": {name: value for name, value in checked.items() if name != "runs"},
    }


def _told(log: Path) -> dict[str, str]:

    told: dict[str, str] = json.loads(log.read_text("utf-8").splitlines()[0])
    return told


def _memory(pid: int) -> dict[str, Any]:
    each = memory(pid)
    product = each.pop(pid)
    return {
        "rss_mb": round(product + sum(each.values())),
        "product_mb": round(product),
        "imitations_mb": round(sum(each.values())),
    }
