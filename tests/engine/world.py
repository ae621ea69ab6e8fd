"""A workspace with two toy services, one sync and the engine over the real store."""

from __future__ import annotations

import asyncio
from typing import Any

from choai.engine.run import advance
from choai.store import runs
from choai.store.models import Connection, Item, Member, Pairing, Run, Sync, User, Workspace
from engine.toy import Clock, Ports, Toy, books, crm

MAPPING = [
    {"left": "name", "right": "name"},
    {"left": "phone", "right": "phone"},
    {"left": "memo", "right": "note"},
    {"left": "books_id", "right": "id", "direction": "to_left", "write_back": True},
]
KEYS = [{"left": "books_id", "right": "id"}, {"left": "name", "right": "name", "how": "name"}]


class World:
    """``sync`` may be edited and saved before a run. ``run()`` goes to the end and answers the run's row."""

    def __init__(self, left: Toy, right: Toy, clock: Clock, **settings: Any) -> None:
        self.clock, self.left, self.right = clock, left, right
        self.user = User.objects.create_user("owner@example.jp")
        self.workspace = Workspace.objects.create(name="帳合商事")
        Member.objects.create(workspace=self.workspace, user=self.user, role="administrator")
        ends = [
            Connection.objects.create(workspace=self.workspace, service="toy", name=n, auth="key", state="ready")
            for n in ("crm", "books")
        ]
        self.pairing = Pairing.objects.create(
            workspace=self.workspace, kind="partner", left_connection=ends[0], left_object="things",
            right_connection=ends[1], right_object="things",
        )  # fmt: skip
        self.sync = Sync.objects.create(
            workspace=self.workspace, pairing=self.pairing, name="取引先", run_as=self.user,
            **{"mapping": MAPPING, "match_keys": KEYS, "to_right": True, **settings},
        )  # fmt: skip
        self.ports = Ports(clock, {ends[0].id: left, ends[1].id: right})

    def start(self, **how: Any) -> int:
        return runs.create_run(
            self.sync.id, workspace_id=self.workspace.id, trigger="manual", user_id=self.user.id, **how
        )

    def go(self, run_id: int, *, steps: int = 500) -> Run:
        """Advance a run until it ends or waits for a person; waits pass on the toy clock."""

        async def loop() -> None:
            for _ in range(steps):
                step = await advance(run_id, self.ports)
                if step.done:
                    return
                if step.wait_until is not None and step.wait_until > self.clock.at:
                    self.clock.at = step.wait_until
            raise AssertionError("the run does not end")

        asyncio.run(loop())
        return Run.objects.get(id=run_id)

    def run(self, **how: Any) -> Run:
        run = self.go(self.start(**how))
        self.clock.tick(minutes=30)
        return run

    def items(self, run: Run) -> list[Item]:
        return list(Item.objects.filter(run=run).order_by("id"))


def world(
    clock: Clock | None = None,
    *,
    left: dict[str, Any] | None = None,
    right: dict[str, Any] | None = None,
    **settings: Any,
) -> World:
    clock = clock or Clock()
    return World(crm(clock, **(left or {})), books(clock, **(right or {})), clock, **settings)


def counts(run: Run) -> dict[str, int]:
    """The outcomes that are not zero."""
    return {k: v for k, v in run.counts.items() if v and k in runs.COUNTS}
