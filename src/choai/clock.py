"""The one place that reads the clock. Tests and the demo may set it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime


def _real() -> datetime:
    return datetime.now(UTC)


_now: Callable[[], datetime] = _real


def now() -> datetime:
    """The current instant, aware, in UTC."""
    return _now()


def monotonic() -> float:
    """Seconds for measuring durations."""
    return time.monotonic()


def set_clock(clock: Callable[[], datetime] | None) -> None:
    """Replace the clock (None: the real one again)."""
    global _now
    _now = clock or _real
