"""Kill real workers at points found by instrumentation, drive their runs to the end, and judge what exists at the services.

    python3 dev.py crash --kills 500 --seed 1 [--postgres] [--kinds header,stamp] [--ways oneway] [--every]

Prints one line of JSON: kills, repeats (records sent again, harmlessly), duplicates, lost, ambiguous (a person must look) and
noise (writes of a run that had nothing to do), in all and by kind. Exit code 1 when something was doubled, lost, miscounted
or noisy. ``--every`` kills at each point instead of at a sample.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from crash import losses, worker
from crash.judging import FIGURES, Tally, edit, judge, wanted_of
from crash.points import Points
from crash.stage import KINDS, WAYS, Laid, Stage, forked, template


@contextmanager
def service() -> Iterator[str]:
    """The test service in a process of its own; answers its address."""
    command = [sys.executable, "-m", "services.shelf.app"]
    here = Path(__file__).resolve().parents[1]
    paths = os.pathsep.join([str(here), str(here.parent / "src")])
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": paths}
    ) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())["address"]
        finally:
            process.kill()


def until_killed(laid: Laid, at: int, *, resume: bool, how: int = signal.SIGKILL, lease: float = 0) -> dict[str, Any]:
    """In a child: work on the run until the kill. Reached its end alive: how many points there were."""
    point = Points(at, stop=lambda: os.kill(os.getpid(), how))
    with worker.at_work(laid, point, lease=lease):
        from choai.store.models import Run

        point.on = True
        run_id = Run.objects.latest("id").id if resume else worker.begin()
        told = worker.ended(run_id)
        point.on = False
    return {"points": point.passed, "kinds": dict(point.kinds), **told}


def to_the_end(laid: Laid, lease: float = 0) -> dict[str, Any]:
    """In a child: the interrupted run, one that takes up what was edited meanwhile, and one that has nothing to do."""
    from choai.store.models import Run

    with worker.at_work(laid, lease=lease):
        last = Run.objects.order_by("-id").first()
        assert last is not None
        runs = [worker.ended(last.id), worker.run_to_the_end()]
        before = laid.stage.writes()
        runs.append(worker.run_to_the_end())
        return {
            "runs": runs,
            "noise": laid.stage.writes() - before,
            "parked": worker.parked(),
            "unsettled": worker.unsettled(),
        }


def record(stage: Stage, base: Path) -> dict[str, Any]:
    """An undisturbed run: how many points it passes, and that it does what it should."""
    laid = stage.lay_out(base)
    out = laid.folder / "out.json"
    if forked(lambda: until_killed(laid, 0, resume=False), out=out):
        raise RuntimeError(f"{stage.name}: the recording run failed")
    told: dict[str, Any] = json.loads(out.read_text())
    stage.points, stage.clean = told["points"], stage.counted("created")
    laid.drop()
    return told


def kill(stage: Stage, base: Path, at: list[int], rng: random.Random, tally: Tally) -> None:
    """One story: the run is killed at these points one after the other, people edit meanwhile, the run goes on, all is judged."""
    laid = stage.lay_out(base)
    edits: list[str] = []
    told = f"{stage.name} at {at}"
    wanted = wanted_of(stage)
    for number, k in enumerate(at):
        status = forked(lambda k=k, resume=number > 0: until_killed(laid, k, resume=resume))
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            tally.counts["kills"] += 1
        elif status:
            tally.fault("miscounted", 1, f"{told}: the worker failed by itself")
        if not has_begun(laid):
            break
        if rng.random() < 0.4:
            edits += edit(stage, rng, wanted)
    told += f" {edits}" if edits else ""
    out = laid.folder / "out.json"
    out.unlink(missing_ok=True)
    if not has_begun(laid):  # killed before there was a run: nothing to go on with
        laid.drop()
        return
    if forked(lambda: to_the_end(laid), out=out):
        tally.fault("lost", 1, f"{told}: the runs did not end")
    else:
        judge(stage, json.loads(out.read_text()), wanted, tally, told, edits=bool(edits))
    laid.drop()


def has_begun(laid: Laid) -> bool:
    """Whether the run that was to be killed stands in the ledger (two: the first one prepared the stage)."""

    def look() -> int:
        from choai.store.models import Run
        from databases import pointed

        with pointed(laid.url(), laid.folder):
            return Run.objects.count()

    out = laid.folder / "begun.json"
    return forked(look, out=out) == 0 and int(out.read_text()) > 1


# ---------------------------------------------------------------- the command


def stories(stage: Stage, kills: int, rng: random.Random, *, every: bool) -> Iterator[list[int]]:
    """The points at which one run after another is killed: spread over the whole run, each fourth one killed again."""
    if every:
        yield from ([k] for k in range(1, stage.points + 1))
        return
    left = kills
    number = 0
    while left > 0:
        # slices of equal length, one point of each: a sample that leaves no part of the run out
        width = stage.points / max(kills, 1)
        first = min(stage.points, 1 + int((number % kills) * width + rng.random() * width))
        again = rng.randrange(1, max(stage.points // 2, 2)) if rng.random() < 0.25 and left > 1 else 0
        yield [first, again] if again else [first]
        left -= 2 if again else 1
        number += 1


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="crash", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL instead of SQLite")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--every", action="store_true", help="kill at each point")
    parser.add_argument("--losses", type=int, default=0, help="so many stories of each kind of loss, see losses.py")
    parser.add_argument("--at", type=int, nargs="*", help="only this story, to look at a failure")
    options = parser.parse_args(words)
    began = time.monotonic()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # the figures so far are told
    worker.warm()
    stages = [(kind, way) for kind in options.kinds.split(",") for way in options.ways.split(",")]
    by_stage: dict[str, Tally] = {}
    points: dict[str, int] = {}
    try:
        _tell_all(options, stages, by_stage, points)
    finally:
        code = _told(by_stage, points, began)
    return code


def _tell_all(
    options: argparse.Namespace, stages: list[tuple[str, str]], by_stage: dict[str, Tally], points: dict[str, int]
) -> None:
    """Prepare each stage and tell its stories."""
    with ExitStack() as stack:
        base = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crash")))
        address = stack.enter_context(service())
        server = None
        if options.postgres:
            from postgres import postgres

            server = stack.enter_context(postgres())
        empty = template(base / "empty", server)
        share, more = divmod(options.kills, len(stages))
        for number, (kind, way) in enumerate(stages):
            stage = Stage(kind, way, address, base / f"{kind}-{way}", server)
            stage.prepare(empty)
            record(stage, base)
            points[stage.name] = stage.points
            tally = by_stage[stage.name] = Tally()
            rng = random.Random(f"{options.seed} {stage.name}")
            wish = share + (number < more)
            for at in [options.at] if options.at else stories(stage, wish, rng, every=options.every):
                kill(stage, base, at, rng, tally)
            if options.losses:
                losses.stories(stage, base, options.losses, rng, tally)


def _told(by_stage: dict[str, Tally], points: dict[str, int], began: float) -> int:
    total: Counter[str] = Counter()
    for tally in by_stage.values():
        total += tally.counts
        for line in tally.wrong:
            print(line, file=sys.stderr)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = {
        **{name: total[name] for name in FIGURES},
        "seconds": round(time.monotonic() - began, 1),
        "cpu_seconds": round(used.ru_utime + used.ru_stime + time.process_time(), 1),
        "points": points,
        "by_stage": {name: {f: t.counts[f] for f in FIGURES if t.counts[f]} for name, t in by_stage.items()},
    }
    print(json.dumps(report), flush=True)
    return int(any(total[name] for name in ("duplicates", "lost", "noise", "miscounted")))


if __name__ == "__main__":
    sys.exit(main())
