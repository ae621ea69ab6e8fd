"""A worker that slept past its lease leaves its runs alone."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextvars import copy_context

import pytest

from choai.runtime import lease
from choai.runtime.ports import RunPorts


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    at = [100.0]
    monkeypatch.setattr(lease, "now", lambda: at[0])
    monkeypatch.setattr(lease, "_until", None)
    yield at
    lease.unlimited()


def held_in_a_run() -> bool:
    lease.begin()
    return lease.held()


def test_a_run_is_ours_until_the_lease_is_nearly_over(clock: list[float]) -> None:
    lease.beaten(100.0, 20.0)
    run = copy_context()
    assert run.run(held_in_a_run)
    clock[0] = 114.9
    assert run.run(lease.held)
    clock[0] = 115.1
    assert not run.run(lease.held)
    assert lease.held(), "what belongs to no run is not limited"


def test_a_beat_after_waking_does_not_bring_the_runs_back(clock: list[float]) -> None:
    """The housekeeping wakes first and beats; the run was taken over while all slept."""
    lease.beaten(100.0, 20.0)
    run = copy_context()
    run.run(lease.begin)
    clock[0] = 200.0
    lease.beaten(200.0, 20.0)
    assert not run.run(lease.held)
    assert copy_context().run(held_in_a_run), "a run that begins now is ours"


def test_nothing_is_noted_for_a_run_that_is_not_ours(clock: list[float]) -> None:
    lease.beaten(100.0, 20.0)
    done: list[int] = []

    async def late() -> None:
        lease.begin()
        clock[0] = 200.0
        await RunPorts().call(done.append, 1)

    with pytest.raises(lease.NoLongerOurs):
        asyncio.run(late())
    assert not done


def test_where_nobody_else_works_nothing_is_limited(clock: list[float]) -> None:
    run = copy_context()
    run.run(lease.begin)
    clock[0] = 10_000.0
    assert run.run(lease.held)
