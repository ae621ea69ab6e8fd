"""Rate limits: counters by the world's clock, and the vendors' headers made from a table.

LIMITS = (
    Meter("minute", 60, 60, remaining="X-MinLimit-Remaining"),
    Meter("day", 5000, 86400, remaining="X-DayLimit-Remaining"),
)
over = spend(world, LIMITS, key=tenant)      # the meter that is exhausted, or None
headers = told(world, LIMITS, key=tenant)    # for every answer
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from choai.sandbox.core import World


@dataclass(frozen=True)
class Meter:
    """``count`` calls in ``seconds``: a fixed window from the epoch, or a ``sliding`` one. The header names are the vendor's;
    ``reset`` tells epoch seconds, ``wait`` seconds from now (only beside a refusal)."""

    name: str
    count: int
    seconds: int
    sliding: bool = False
    limit: str | None = None
    remaining: str | None = None
    reset: str | None = None
    wait: str | None = None
    offset: int = 0  # seconds by which a fixed window begins later than the epoch's (a vendor's midnight)


def _count(world: World, meter: Meter, key: str) -> list[float]:
    """The instants of the calls that count now."""
    held = world.meters.setdefault(f"{meter.name}:{key}", [])
    now = world.now().timestamp()
    start = now - meter.seconds if meter.sliding else _window(meter, now)
    held[:] = [at for at in held if at >= start]
    return held


def _window(meter: Meter, now: float) -> float:
    return now - (now - meter.offset) % meter.seconds


def allowed(world: World, meter: Meter) -> int:
    """The meter's count, or what the setting ``limit_<name>`` of the sandbox says."""
    return int(world.state.get("settings", {}).get(f"limit_{meter.name}", meter.count))


def spend(world: World, meters: Sequence[Meter], key: str = "", cost: int = 1) -> Meter | None:
    """Count a call on every meter. The first that has no room left, and then nothing is counted."""
    now = world.now().timestamp()
    for meter in meters:
        if len(_count(world, meter, key)) + cost > allowed(world, meter):
            return meter
    for meter in meters:
        _count(world, meter, key).extend([now] * cost)
    return None


def wait_seconds(world: World, meter: Meter, key: str = "") -> int:
    """Until there is room again, at least 1."""
    now = world.now().timestamp()
    held = _count(world, meter, key)
    until = (held[0] if held else now) + meter.seconds if meter.sliding else _window(meter, now) + meter.seconds
    return max(1, round(until - now))


def told(world: World, meters: Sequence[Meter], key: str = "", over: Meter | None = None) -> dict[str, str]:
    """The vendor's headers. ``over``: the meter that refused the call, whose ``wait`` is told."""
    now = world.now().timestamp()
    out: dict[str, str] = {}
    for meter in meters:
        limit = allowed(world, meter)
        left = max(0, limit - len(_count(world, meter, key)))
        wait = wait_seconds(world, meter, key)
        facts = {meter.limit: limit, meter.remaining: left, meter.reset: round(now + wait)}
        if meter is over:
            facts[meter.wait] = wait
        out |= {name: str(value) for name, value in facts.items() if name}
    return out
