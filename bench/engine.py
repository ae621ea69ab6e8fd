"""What the engine itself costs: 30-field records between two services in memory, the real ledger underneath.

    python -m bench engine [--records N …] [--postgres]

Each size runs in a process of its own: load everything, then nothing changed (with cursor), then nothing changed (everything
read again), then 1 % changed. CPU seconds cover all threads of that process, start-up apart; the work of a PostgreSQL server
is not in them. ``services_cpu_s`` is what the services in memory took of it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import time
from typing import Any

from bench.databases import ROOT, fresh

SIZES = (10_000, 100_000)


def run(arguments: list[str]) -> dict[str, Any]:
    """Measure every size, each in a child process."""
    parser = argparse.ArgumentParser(prog="bench engine")
    parser.add_argument("--records", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args(arguments)
    sizes = {}
    for count in options.records:
        with fresh(postgres=options.postgres) as (_, env):
            command = [sys.executable, "-m", "bench.engine", str(count)]
            done = subprocess.run(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, check=True)
        sizes[str(count)] = json.loads(done.stdout)
    return {"database": "postgresql" if options.postgres else "sqlite", "records": sizes}


def measure(count: int) -> dict[str, Any]:
    """All runs over one number of records, in this process."""
    began = time.process_time()
    from choai.runtime import boot
    from choai.runtime.threads import settle_in

    boot.ready(boot.prepare())
    settle_in()
    started = {"cpu_s": round(time.process_time() - began, 2), "rss_mb": _peak_mb()}
    scene = _Scene(count)
    answer = {"start": started, "full_load": scene.go(), "no_change_cursor": scene.go()}
    answer["no_change_scan"] = scene.go(resync=True)
    scene.edit()
    answer["one_percent_changed"] = scene.go()
    return answer


def _peak_mb() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


class _Scene:
    """A workspace with one sync from the source to the target."""

    def __init__(self, count: int) -> None:
        from bench.memory import KEYS, MAPPING, SPEC, Clock, Ports, Source, Target, schema
        from choai.store.models import Connection, Member, Pairing, Sync, User, Workspace

        self.clock = Clock()
        self.source = Source(SPEC, schema("partners"), count=count)
        self.target = Target(SPEC, schema("partners", key="source_id"))
        user = User.objects.create(email="bench@example.jp")
        place = Workspace.objects.create(name="計測")
        Member.objects.create(workspace=place, user=user, role="administrator")
        ends = [
            Connection.objects.create(workspace=place, service="memory", name=n, auth="key", state="ready")
            for n in ("crm", "books")
        ]
        pairing = Pairing.objects.create(
            workspace=place, kind="partner", left_connection=ends[0], left_object="partners", right_connection=ends[1],
            right_object="partners",
        )  # fmt: skip
        self.sync = Sync.objects.create(
            workspace=place,
            pairing=pairing,
            name="取引先",
            to_right=True,
            mapping=MAPPING,
            match_keys=KEYS,
            run_as=user,
        )
        self.ports = Ports(self.clock, {ends[0].id: self.source, ends[1].id: self.target})

    def edit(self) -> None:
        """Every hundredth part of the records changes, all in one stretch."""
        self.source.edited_at = self.clock.now()
        self.source.changed = range(1, self.source.count // 100 + 1)
        self.clock.tick(minutes=30)

    def go(self, *, resync: bool = False) -> dict[str, Any]:
        """One run and what it took. Raises RuntimeError when it does not end well."""
        from choai.store import runs
        from choai.store.models import Run, Sync

        Sync.objects.filter(id=self.sync.id).update(resync=resync)
        for service in (self.source, self.target):
            service.calls.clear()
            service.cpu = 0.0
        run_id = runs.create_run(self.sync.id, workspace_id=self.sync.workspace_id, trigger="manual", user_id=None)
        cpu, wall = time.process_time(), time.perf_counter()
        steps = asyncio.run(self._advance(run_id))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        row = Run.objects.get(id=run_id)
        if row.state != "succeeded":
            raise RuntimeError(f"the run ended as {row.state}: {row.error_code} {row.error_facts} {row.counts}")
        self.clock.tick(hours=1)
        return {
            "cpu_s": round(cpu, 2),
            "services_cpu_s": round(self.source.cpu + self.target.cpu, 2),
            "wall_s": round(wall, 2),
            "peak_rss_mb": _peak_mb(),
            "steps": steps,
            "source_calls": dict(self.source.calls),
            "target_calls": dict(self.target.calls),
            "counts": {k: v for k, v in row.counts.items() if v},
        }

    async def _advance(self, run_id: int) -> int:
        from choai.engine.run import advance

        steps = 1
        while not (await advance(run_id, self.ports)).done:
            steps += 1
        return steps


if __name__ == "__main__":
    json.dump(measure(int(sys.argv[1])), sys.stdout)
