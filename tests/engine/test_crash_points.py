"""A process that dies at any await point of a run: nothing twice, nothing lost, counts that add up.

Death is an exception that nothing catches, raised before or after the n-th call of the store or of a service; what was
committed stays, everything in memory is forgotten. (Real processes with SIGKILL: tests/crash.)
"""

from __future__ import annotations

from typing import Any

import pytest

from choai.connectors.contract import Idempotency
from choai.engine.context import forget
from choai.store.models import Intent, Item, Run
from engine.world import World, counts, world

KEYED = {"external": {"idempotency": Idempotency.EXTERNAL_ID}, "natural": {"idempotency": Idempotency.NATURAL_KEY}}


class Killed(BaseException):
    """The process is gone."""


class Reaper:
    """Counts the await points and kills at one of them."""

    def __init__(self, w: World, at: int) -> None:
        self.left = at
        real = w.ports.call

        async def call(fn: Any, *args: Any, **kwargs: Any) -> Any:
            self.point()
            answer = await real(fn, *args, **kwargs)
            self.point()
            return answer

        w.ports.call = call  # type: ignore[method-assign]  # the point of this class
        for toy in (w.left, w.right):
            toy.hook = toy.after = lambda *_: self.point()

    def point(self) -> None:
        self.left -= 1
        if self.left == 0:
            raise Killed


def survive(w: World, reaper: Reaper, run_id: int) -> tuple[Run, bool]:
    """Go on after each death as a new process would."""
    killed = False
    while True:
        try:
            return w.go(run_id), killed
        except Killed:
            killed = True
            forget(run_id)


def sides(direction: str) -> dict[str, Any]:
    if direction == "both":
        bind = {"duplicate_policy_left": "bind", "duplicate_policy_right": "bind"}
        return {"to_left": True, "to_right": True, "conflict_policy": "left", "options": bind}
    return {"to_right": direction == "right", "to_left": direction == "left"}


@pytest.mark.req("CC-06")
@pytest.mark.parametrize("direction", ["right", "left", "both"])
def test_killed_at_every_await_point(direction: str, sqlite_database: str) -> None:
    at, deaths, stride = 1, 0, 3 if direction == "both" else 1  # both directions are made of the same points
    while True:
        Intent.objects.all().delete()
        _wipe()
        w = world(**sides(direction))
        lefts = [w.left.add(name=f"左{n}", phone="1") for n in range(2)] if direction != "left" else []
        rights = [w.right.add(name=f"右{n}", phone="1") for n in range(2)] if direction != "right" else []
        reaper = Reaper(w, at)
        run, killed = survive(w, reaper, w.start())
        reaper.left = 0  # no more deaths
        total = len(lefts) + len(rights)
        context = f"{direction}, killed at point {at}"
        assert run.state == "succeeded", (context, run.error_code, run.error_facts)
        assert counts(run) == {"created": total}, context
        assert len(w.left.records) == len(w.right.records) == total, context
        assert w.left.names() == w.right.names(), context
        assert {r["books_id"] for r in w.left.records.values()} == set(w.right.records), context
        assert Item.objects.filter(run=run).count() == total, context
        assert not Intent.objects.filter(state__in=("open", "wrote", "owed")).exists(), context
        for toy in (w.left, w.right):
            toy.calls.clear()
        again = w.go(w.start())
        assert counts(again) == {}, context
        assert not [c for c in w.left.calls + w.right.calls if c.startswith("write")], context
        assert killed or at > 1, context
        if not killed:
            break
        deaths += 1
        at += stride
    assert deaths > 30


def _wipe() -> None:
    from choai.store.models import Binding, Connection, Pairing, Sync, User, Workspace

    for model in (Run, Binding, Sync, Pairing, Connection, Workspace, User):
        model.objects.all().delete()
