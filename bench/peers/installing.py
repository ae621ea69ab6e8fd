"""The peers' own environments: one each, below .tools/peers, made at the first use from the package index."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from bench.databases import ROOT

sys.path.insert(0, str(ROOT))
import dev  # uv, and pip's settings in its words

PLACE = ROOT / ".tools" / "peers"
PINS = {
    "bare": ("aiohttp==3.14.5", "orjson==3.13.0", "uvloop==0.23.0"),
    "dlt": ("dlt==1.31.0", "orjson==3.13.0", "requests==2.34.2"),
    "airbyte-cdk": ("airbyte-cdk==7.39.1", "orjson==3.13.0"),
    "singer-sdk": ("singer-sdk==0.54.9", "orjson==3.13.0", "requests==2.34.2"),
}


class CannotInstall(Exception):
    """Why a peer is not measured."""


def home(name: str) -> Path:
    """The environment's bin folder, installed when it is not there. Raises CannotInstall."""
    pins = PINS[name]
    mark = hashlib.sha256(" ".join(pins).encode()).hexdigest()[:8]
    folder = PLACE / f"{name}-{mark}"
    bin = folder / dev.BIN
    done = folder / "installed"
    if not done.exists():
        print(f"  installing {' '.join(pins)}", file=sys.stderr, flush=True)
        try:
            dev.quiet(
                [dev.uv(), "venv", "--quiet", "--clear", "--python", sys.executable, folder], env=dev.uv_environment()
            )
            into: list[str | Path] = ["--python", bin / "python", "--compile-bytecode"]
            dev.quiet([dev.uv(), "pip", "install", "--quiet", *into, *pins], env=dev.uv_environment())
        except dev.Stop as stop:
            raise CannotInstall(str(stop)[-600:]) from stop
        done.touch()
    return bin


def environment() -> dict[str, str]:
    """What every measured process gets: byte code is kept (and was made by a first run that is not counted), nobody phones
    home, nothing is logged."""
    env = {k: v for k, v in os.environ.items() if not k.startswith("CHOAI_") and k != "PYTHONDONTWRITEBYTECODE"}
    return env | {
        "DO_NOT_TRACK": "1",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "RUNTIME__LOG_LEVEL": "ERROR",
        "SINGER_SDK_LOG_LEVEL": "ERROR",
        "NO_COLOR": "1",
    }


def version(bin: Path, package: str) -> str:
    """What is installed there."""
    code = f"import importlib.metadata as m; print(m.version({package!r}))"
    done = subprocess.run([bin / "python", "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()
