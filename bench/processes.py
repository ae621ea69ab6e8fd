"""What processes take, by /proc: Linux only."""

from __future__ import annotations

import os
from pathlib import Path

PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
TICK = 1 / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int(_stat(int(folder.name))[1])
            except OSError:  # it ended while we looked
                continue
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name: state, parent, …"""
    return Path(f"/proc/{pid}/stat").read_text("utf-8").rsplit(")", 1)[1].split()


def cpu(pid: int) -> float:
    """CPU seconds of the family so far."""
    return sum((int(s[11]) + int(s[12])) * TICK for s in map(_stat, family(pid)))


def memory(pid: int) -> dict[int, float]:
    """Resident MB of each process of the family. Shared pages are counted for each of them."""
    return {one: int(Path(f"/proc/{one}/statm").read_text("utf-8").split()[1]) * PAGE_MB for one in family(pid)}


def lifetime_cpu(pid: int) -> float:
    """CPU seconds of a server's processes so far, those that have ended since included: their parents waited for them."""
    total = 0.0
    for one in family(pid):
        try:
            total += sum(int(field) for field in _stat(one)[11:15]) * TICK
        except OSError:  # it ended while we looked
            continue
    return total
