"""A bell between whoever puts a run into the ledger and the housekeeping of a worker in the same process.

Without a worker in the process ringing it does nothing; workers elsewhere look at the ledger every second anyway.
"""

from __future__ import annotations

import threading

_rung = threading.Event()


def ring() -> None:
    """There is something to take up."""
    _rung.set()


def wait(seconds: float) -> bool:
    """Wait until the bell rings, at most so long; true when it rang. Forgets the ring."""
    rang = _rung.wait(seconds)
    _rung.clear()
    return rang
