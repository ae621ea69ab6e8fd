"""Choai on the job of the peers, as one process: the real worker with its queue, the connector over HTTP, the ledger.

    python -m bench.peers.choai prepare ADDRESS OBJECT     an installation with two connections and one sync (not measured)
    python -m bench.peers.choai run [--resync] [--times N] start the worker, run the sync, stop; prints what each run took

CHOAI_DATA and CHOAI_DATABASE_URL say where, as for the product. The web application is not started: nobody looks on.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from choai.connectors import registry

registry.SERVICES["bench"] = "bench.service"
ENDED = ("succeeded", "partly", "error", "stopped", "cancelled", "planned", "held", "paused")


def prepare(address: str, target: str) -> None:
    """A workspace with an owner, two connections to the mock, both tested, and one sync between them."""
    from choai.runtime import boot

    boot.ready(boot.prepare())
    set_up(address, target)


def set_up(address: str, target: str, **options: Any) -> tuple[int, int]:
    """As ``prepare``, in a database that is ready. Answers the workspace and the sync."""
    from bench.service.api import MAPPING, MATCH_KEYS
    from choai.connectors import http
    from choai.runtime import link
    from choai.store import connections, people
    from choai.store.models import Pairing, Sync

    owner, place = people.first_start(
        workspace="計測", name="計測", email="bench@example.jp", password="hirogaru-chouai", language="ja"
    )
    known = {"base_url": address, "key": "k"}
    ends = [
        connections.create(place, owner.id, service="bench", name=name, auth="key", settings=known).id
        for name in ("crm", "books")
    ]

    async def test() -> None:
        for one in ends:
            await link.identify(one, owner.id)
        await http.close()

    asyncio.run(test())
    pairing = Pairing.objects.create(
        workspace_id=place, kind="partner", left_connection_id=ends[0], left_object="contacts",
        right_connection_id=ends[1], right_object=target,
    )  # fmt: skip
    sync = Sync.objects.create(
        workspace_id=place, pairing=pairing, name="取引先", to_right=True, mapping=MAPPING, match_keys=MATCH_KEYS,
        options=options, run_as=owner,
    )  # fmt: skip
    return place, sync.id


def run(*, resync: bool, times: int) -> list[dict[str, Any]]:
    """The worker's life: up, so many runs of the sync, down."""
    from choai.runtime import boot

    home = boot.prepare()
    from choai.runtime import worker  # its models want a configured Django

    with ExitStack() as stack:
        if not home.postgres:
            stack.enter_context(boot.locked(home))
        boot.ready(home)
        worker.start(home.engine_url)
        stack.callback(worker.stop)
        return [once(resync=resync) for _ in range(times)]


def once(*, resync: bool) -> dict[str, Any]:
    """One run through the queue. Raises RuntimeError when it does not end well."""
    from choai.runtime import bell
    from choai.store import runs
    from choai.store.models import Run, Sync

    sync = Sync.objects.get()
    Sync.objects.filter(id=sync.id).update(resync=resync)
    cpu, wall = time.process_time(), time.perf_counter()
    run_id = runs.create_run(sync.id, workspace_id=sync.workspace_id, trigger="manual", user_id=sync.run_as_id)
    bell.ring()
    pause = 0.01
    while (state := Run.objects.values_list("state", flat=True).get(id=run_id)) not in ENDED:
        time.sleep(pause)
        pause = min(0.25, pause * 1.1)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    row = Run.objects.get(id=run_id)
    if state != "succeeded":
        raise RuntimeError(f"the run ended as {state}: {row.error_code} {row.error_facts} {row.counts}")
    return {
        "cpu_s": round(cpu, 3),
        "wall_s": round(wall, 3),
        "peak_rss_mb": peak_mb(),
        "counts": {name: count for name, count in row.counts.items() if count},
    }


def peak_mb() -> float:
    """Highest memory of this process. The system's other figure, ru_maxrss, begins with that of the process that started it."""
    status = Path("/proc/self/status").read_text("utf-8")
    return round(int(status.split("VmHWM:")[1].split()[0]) / 1024, 1)


def main(words: list[str]) -> None:
    parser = argparse.ArgumentParser()
    commands = parser.add_subparsers(dest="command", required=True)
    preparing = commands.add_parser("prepare")
    preparing.add_argument("address")
    preparing.add_argument("object")
    running = commands.add_parser("run")
    running.add_argument("--resync", action="store_true")
    running.add_argument("--times", type=int, default=1)
    options = parser.parse_args(words)
    if options.command == "prepare":
        prepare(options.address, options.object)
    else:
        print(json.dumps(run(resync=options.resync, times=options.times)))


if __name__ == "__main__":
    main(sys.argv[1:])
