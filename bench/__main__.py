"""python -m bench [part] [options]: run one part or, without a name, all of them; print one JSON document."""

from __future__ import annotations

import importlib
import json
import os
import platform
import sys
import time
from typing import Any

PARTS = ("peers", "engine", "turns", "lists", "demo")


def machine() -> dict[str, Any]:
    """What the figures were taken on. ``yardstick_cpu_s`` is a fixed piece of Python; compare it before comparing figures."""
    record = {f"field{n}": "株式会社青葉商事" for n in range(30)}
    start = time.process_time()
    for _ in range(100_000):
        {name.upper(): value for name, value in record.items()}
    yardstick = time.process_time() - start
    return {
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "yardstick_cpu_s": round(yardstick, 2),
    }


def main(arguments: list[str]) -> int:
    """Print one JSON document. 2 for an unknown part."""
    chosen = [arguments[0]] if arguments and not arguments[0].startswith("-") else list(PARTS)
    if not set(chosen) <= set(PARTS):
        print(f"unknown part: {arguments[0]}; one of {', '.join(PARTS)}", file=sys.stderr)
        return 2
    rest = arguments[1:] if len(chosen) == 1 else arguments
    answer: dict[str, Any] = {"machine": machine()}
    for name in chosen:
        print(f"… {name}", file=sys.stderr, flush=True)
        answer[name] = importlib.import_module(f"bench.{name}").run(rest)
    print(json.dumps(answer, ensure_ascii=False, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
