"""Running a pipe of processes and what it took: CPU and peak memory of all of them added up, start-up included."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

LONGEST = 1800.0  # seconds after which a pipe is ended


class Broke(Exception):
    """A process of a pipe did not end well; the text is the end of what it said."""


@dataclass(slots=True, frozen=True)
class Took:
    """``out`` is what the last process printed. CPU and memory are the system's own count at each process's end; the memory
    of several processes is the sum of their peaks."""

    cpu_s: float
    wall_s: float
    peak_rss_mb: float
    out: str


def run(commands: Sequence[Sequence[str | Path]], *, env: dict[str, str], folder: Path) -> Took:
    """All at once, each one's output into the next one's input. Raises Broke."""
    out, errors = folder / "out.txt", folder / "errors.txt"
    began = time.perf_counter()
    processes: list[subprocess.Popen[bytes]] = []
    with out.open("wb") as told, errors.open("wb") as screen:
        feed: object = subprocess.DEVNULL
        for command in commands:
            last = command is commands[-1]
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=feed,
                stdout=told if last else subprocess.PIPE,
                stderr=screen,
                env=env,
                cwd=folder,
            )  # type: ignore[call-overload]  # stdin is DEVNULL or the pipe before
            if not isinstance(feed, int):
                feed.close()  # type: ignore[attr-defined]  # the reader's end belongs to the reader
            feed = process.stdout
            processes.append(process)
    try:
        ended = [_ended(process) for process in processes]
    finally:
        for process in processes:
            if process.returncode is None:  # somebody ended us
                process.kill()
                process.wait()
    wall = time.perf_counter() - began
    if any(code for code, _, _ in ended):
        said = errors.read_text("utf-8", "replace").strip()[-1500:]
        raise Broke(f"{Path(commands[0][0]).name} ended with {[code for code, _, _ in ended]}: {said}")
    return Took(
        round(sum(cpu for _, cpu, _ in ended), 3), round(wall, 3), round(sum(rss for _, _, rss in ended), 1),
        out.read_text("utf-8", "replace"),
    )  # fmt: skip


def _ended(process: subprocess.Popen[bytes]) -> tuple[int, float, float]:
    """Exit code, CPU seconds and peak MB of a process and the children it waited for."""
    watch = threading.Timer(LONGEST, process.kill)
    watch.start()
    try:
        _, status, used = os.wait4(process.pid, 0)
    finally:
        watch.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    return process.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024
