"""Whether this process may still work on its runs.

A worker that has not beaten for a lease's length counts as dead: another one takes its runs over. One that was only stopped –
a paused machine, a suspended process, a database that was away – must then neither send nor note anything more for them when
it wakes. So each workflow remembers the term in which it began here; a beat that comes too late begins a new term, and what
began in an earlier one is refused.

Where nobody else can take runs over (SQLite), nothing is limited.
"""

from __future__ import annotations

import time
from contextvars import ContextVar

SHARE = 0.75  # of the lease: what is sent at its end has time to arrive before the heir begins


class NoLongerOurs(Exception):
    """The run may have another worker by now."""


_until: float | None = None
_term = 0
_began: ContextVar[int | None] = ContextVar("term", default=None)


def now() -> float:
    """Seconds that also pass while the machine sleeps, where the system tells them."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def beaten(at: float, seconds: float) -> None:
    """A beat that began at that moment is in the database; the lease has so many seconds."""
    global _until, _term
    if _until is not None and at > _until:
        _term += 1
    _until = at + seconds * SHARE


def unlimited() -> None:
    """No other worker can take our runs."""
    global _until
    _until = None


def begin() -> None:
    """What follows in this context belongs to a run that is ours now."""
    _began.set(_term)


def held() -> bool:
    """Whether the run of this context is still ours. Outside of runs always true."""
    began = _began.get()
    return began is None or _until is None or (began == _term and now() <= _until)


def demand() -> None:
    """Raises NoLongerOurs."""
    if not held():
        raise NoLongerOurs
