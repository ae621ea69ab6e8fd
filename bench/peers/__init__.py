"""The job of a sync, done by Choai, by its peers and by a loop written by hand: bench/README.md, "peers"."""

from __future__ import annotations

from typing import Any


def run(arguments: list[str]) -> dict[str, Any]:
    """See racing.run; imported late, so that the measured processes below this package load none of it."""
    from bench.peers.racing import run as race

    return race(arguments)
