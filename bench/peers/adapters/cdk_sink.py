"""The airbyte-cdk has sources only: this reads their messages, POSTs batches and keeps the last state.

source-declarative-manifest read … | python cdk_sink.py ADDRESS FOLDER BATCH
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson
from posting import post

ADDRESS, FOLDER, BATCH = sys.argv[1], sys.argv[2], int(sys.argv[3])


def main() -> None:
    held: list[dict[str, Any]] = []
    state = None
    for line in sys.stdin.buffer:
        message = orjson.loads(line)
        if message["type"] == "RECORD":
            held.append(message["record"]["data"])
            if len(held) == BATCH:
                post(ADDRESS, BATCH, held)
                held.clear()
        elif message["type"] == "STATE":
            state = message["state"]
        elif message["type"] == "TRACE" and message["trace"]["type"] == "ERROR":
            raise SystemExit(str(message["trace"]["error"])[:2000])
    if held:
        post(ADDRESS, BATCH, held)
    if state:
        Path(FOLDER, "state.json").write_bytes(orjson.dumps([state]))


main()
