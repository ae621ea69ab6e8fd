"""No record is missed at a boundary: seeded schedules of edits, runs and faults over clocks that disagree.

A schedule has a source and a target whose clocks differ from ours by up to five minutes either way, a filter by day, by minute
or by the instant, pages of a few records, time that passes with every call, writes that show later than their stamp says
(up to the object's ``overlap_seconds``, which is the promise), records of one instant on both sides of a page's end, edits
between two pages and between reading and writing, runs that fail before or in the middle, and days that begin or are 23 or
25 hours long.

At the end the target equals the source, no value has been written twice, and a further run writes nothing.
``CHOAI_FULL=1`` runs 1,200 schedules instead of a few.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest

from choai.connectors.contract import Account, CursorKind
from choai.engine.context import forget
from choai.errors import ChoaiError
from choai.store.models import Connection, Pairing, Run, Sync, User, Workspace
from engine.toy import Clock, Skewed, Toy
from engine.world import World, counts, world

SCHEDULES = 1200 if os.environ.get("CHOAI_FULL") else 36
CHUNKS = 12
SKEW = 300  # seconds that a clock may be ahead or behind
STARTS = {  # instants that something happens at, by zone
    "Asia/Tokyo": [datetime(2026, 11, 1, 15, 0, tzinfo=UTC), datetime(2026, 12, 31, 15, 0, tzinfo=UTC)],
    "America/New_York": [
        datetime(2026, 3, 8, 7, 0, tzinfo=UTC),
        datetime(2026, 11, 1, 6, 0, tzinfo=UTC),
        datetime(2026, 11, 1, 4, 0, tzinfo=UTC),
    ],
    "Australia/Lord_Howe": [datetime(2026, 4, 4, 15, 0, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)],
}


@dataclass
class Schedule:
    """One seed's world and what happens in it."""

    seed: int
    rng: Random = field(init=False)
    clock: Clock = field(init=False)
    w: World = field(init=False)
    sources: list[Toy] = field(init=False)
    overlap: int = field(init=False)
    busy: float = field(init=False)
    told: list[str] = field(default_factory=list)
    wrote: list[tuple[str, str, str]] = field(default_factory=list)  # toy, field, value
    made: int = 0
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng = Random(self.seed)
        zone = rng.choice(list(STARTS))
        self.clock = Clock(rng.choice(STARTS[zone]) - timedelta(seconds=rng.choice([30, 90, 300, 1200, 7200])))
        self.overlap = rng.choice([0, 60, 180, 600])
        self.busy = rng.choice([0, 0, 1, 20, 90])
        way = rng.choice(["right", "left", "both"])
        ends = [
            {
                "cursor": rng.choice([CursorKind.DATE, CursorKind.MINUTE, CursorKind.INSTANT]),
                "page_size": rng.choice([2, 3, 5, 50]),
                "overlap_seconds": self.overlap,
            }
            for _ in range(2)
        ]
        bind = {"duplicate_policy_left": "bind", "duplicate_policy_right": "bind"}
        self.w = world(
            self.clock, left=ends[0], right=ends[1], to_right=way != "left", to_left=way != "right", options=bind
        )
        self.w.workspace.time_zone = rng.choice([zone, "Asia/Tokyo"])
        self.w.workspace.save()
        self.w.ports.clock = self._skewed()
        for name, toy in (("left", self.w.left), ("right", self.w.right)):
            toy.clock, toy.zone = self._skewed(), zone
            toy.account = Account("1", "toy", time_zone=zone)
            toy.hook = lambda call, payload, name=name, toy=toy: self._call(name, toy, call, payload)
            toy.after = lambda call, payload, name=name, toy=toy: self._answer(toy, call)
        self.told.append(
            f"{way}, overlap {self.overlap} s, busy {self.busy} s, ours {self.w.ports.clock.ahead}, {zone}"
        )
        for toy in (self.w.left, self.w.right):
            self.told.append(f"{toy.prefix}: {toy.spec.cursor}, pages of {toy.spec.page_size}, {toy.clock.ahead}")
        self.sources = [t for t, flows in ((self.w.left, way != "left"), (self.w.right, way != "right")) if flows]

    def _skewed(self) -> Skewed:
        return Skewed(of=self.clock, ahead=timedelta(seconds=self.rng.randint(-SKEW, SKEW)))

    # what services and people do while a run is on

    def _call(self, name: str, toy: Toy, call: str, payload: Any) -> None:
        if self.busy:
            self.clock.tick(seconds=self.rng.uniform(0, self.busy))
        if call in self.faults:
            self.faults.remove(call)
            raise ChoaiError("maintenance", until=self.clock.now() + timedelta(hours=9))
        if call == "write":
            for item in payload[1]:
                self.wrote += [
                    (name, field, str(value))
                    for field, value in item.values.items()
                    if field in ("phone", "memo", "note") and value is not None
                ]

    def _answer(self, toy: Toy, call: str) -> None:
        if call == "read" and self.rng.random() < 0.2:
            self.something()

    def something(self) -> None:
        """A person does something on a side that is read."""
        toy = self.rng.choice(self.sources)
        known = sorted(toy.records, key=lambda i: int(i[1:]))
        kind = self.rng.choice(["add", "edit", "edit", "edit", "unseen", "new unseen", "many"])
        if toy.next_id > 12 and "add" in kind:
            kind = "edit"
        lag = timedelta(seconds=self.rng.choice([self.overlap, self.rng.uniform(0, self.overlap)]))
        if kind == "add" or not known:
            toy.add(name=f"名{toy.prefix}{toy.next_id}", **self.value(toy))
        elif kind == "new unseen" and toy.next_id <= 12:
            toy.add_unseen(lag, name=f"名{toy.prefix}{toy.next_id}", **self.value(toy))
        elif kind == "unseen":
            toy.edit_unseen(self.rng.choice(known), lag, **self.value(toy))
        else:
            for id in self.rng.sample(known, min(len(known), self.rng.randint(2, 6) if kind == "many" else 1)):
                toy.edit(id, **self.value(toy))
        self.told.append(f"{self.clock.at:%m-%d %H:%M:%S} {kind} {toy.prefix}")

    def value(self, toy: Toy) -> dict[str, str]:
        """A value that no other edit has. The sides edit fields of their own, so that nothing conflicts."""
        self.made += 1
        return {"phone" if toy is self.w.left else "note": f"v{self.made}"}

    # the course of things

    def go(self) -> None:
        for _ in range(self.rng.randint(3, 5)):
            for _ in range(self.rng.randint(0, 3)):
                self.something()
                self.clock.tick(seconds=self.rng.choice([0, 0, 1, 59, 61, 600, self.rng.uniform(0, 90_000)]))
            self.run(fault=self.rng.random() < 0.25)
            self.clock.tick(seconds=self.rng.choice([0, 1, 30, 61, 300, 1000, self.rng.uniform(0, 90_000)]))
        self.clock.tick(seconds=self.overlap + 1)
        self.busy = 0
        for toy in (self.w.left, self.w.right):
            toy.after = lambda *_: None
        for _ in range(2):  # the second one brings what was overtaken in the first
            self.run(fault=False)
            self.clock.tick(seconds=self.rng.choice([0, 30, 4000]))

    def run(self, *, fault: bool) -> Run:
        self.faults = [self.rng.choice(["read", "write", "describe"])] if fault else []
        run = self.w.go(self.w.start())
        self.told.append(f"{self.clock.at:%m-%d %H:%M:%S} {run.state} {counts(run)} {run.error_code}")
        self.faults = []
        return run


def check(seed: int) -> None:
    s = Schedule(seed)
    s.go()
    course = "\n".join([f"seed {seed}", *s.told])
    w = s.w
    assert not w.left.late + w.right.late, course
    by_id = {str(r["books_id"]): r for r in w.left.records.values()}
    for toy in s.sources:
        for id, record in toy.records.items():
            met = w.right.records.get(str(record["books_id"])) if toy is w.left else by_id.get(id)
            assert met is not None, f"{id} did not arrive\n{course}"
            there, here = (met["phone"], record["phone"]) if toy is w.left else (met["memo"], record["note"])
            assert there == here, f"{id}: {here} did not arrive, {there} is there\n{course}"
    twice = sorted({one for one in s.wrote if s.wrote.count(one) > 1})
    assert not twice, f"{twice} written twice\n{course}"
    before = len(s.wrote)
    sizes = {toy.prefix: len(toy.calls) for toy in (w.left, w.right)}
    last = s.run(fault=False)
    assert (last.state, counts(last), len(s.wrote)) == ("succeeded", {}, before), f"{counts(last)} again\n{course}"
    calls = [c for toy in (w.left, w.right) for c in toy.calls[sizes[toy.prefix] :]]
    assert not [c for c in calls if c.startswith("write")], course


def wipe() -> None:
    for model in (Run, Sync, Pairing, Connection, Workspace, User):
        for id in model.objects.values_list("id", flat=True):
            if model is Run:
                forget(id)
        model.objects.all().delete()


@pytest.mark.req("FK-28", "FK-52")
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_change_arrives_exactly_once(chunk: int, sqlite_database: str) -> None:
    for seed in range(chunk, SCHEDULES, CHUNKS):
        check(seed)
        wipe()


# ---------------------------------------------------------------- the bounds themselves


@pytest.mark.parametrize("cursor", [CursorKind.DATE, CursorKind.MINUTE, CursorKind.INSTANT])
@pytest.mark.parametrize("overlap", [0, 180])
def test_a_write_that_shows_as_late_as_is_promised_is_not_missed(
    cursor: CursorKind, overlap: int, sqlite_database: str
) -> None:
    """The promise is ``overlap_seconds``, to the second: the record appears right after a run that saw a later stamp."""
    clock = Clock(datetime(2026, 11, 1, 14, 59, 50, tzinfo=UTC))  # ten seconds before midnight in Tokyo
    w = world(clock, left={"cursor": cursor, "overlap_seconds": overlap, "page_size": 1})
    w.left.zone, w.left.account = "Asia/Tokyo", Account("1", "toy")
    first = w.left.add(name="先", phone="0")
    w.go(w.start())
    clock.tick(seconds=40)
    w.left.add_unseen(timedelta(seconds=overlap), name="後", phone="1")
    w.left.edit_unseen(first, timedelta(seconds=overlap), phone="2")
    clock.tick(seconds=max(overlap - 0.001, 0))
    w.left.add(name="その後", phone="3")
    assert "その後" not in w.right.names()
    w.go(w.start())
    clock.tick(seconds=0.002)
    w.go(w.start())
    assert {r["name"]: r["phone"] for r in w.right.records.values()} == {"先": "2", "後": "1", "その後": "3"}
    assert counts(w.run()) == {}


def test_what_a_later_page_shows_proves_nothing_about_an_earlier_one(sqlite_database: str) -> None:
    """A record on page one is edited while page two is read, and a record of page two a moment later: both arrive."""
    clock = Clock()
    w = world(clock, left={"cursor": CursorKind.INSTANT, "page_size": 2})
    ids = [w.left.add(name=f"会社{n}", phone="0") for n in range(4)]
    w.run()
    pages: list[Any] = []

    def between(call: str, page: Any) -> None:
        if call == "read":
            pages.append(page)
            if len(pages) == 1:
                clock.tick(minutes=20)
                w.left.edit(ids[0], phone="1")
                clock.tick(minutes=20)
                w.left.edit(ids[3], phone="1")

    for id in ids:
        w.left.edit(id, memo="新")
    w.left.after = between
    w.right.hook = lambda *_: None
    w.run()
    w.left.after = lambda *_: None
    w.run()
    assert {r["name"]: r["phone"] for r in w.right.records.values()} == {
        "会社0": "1", "会社1": "0", "会社2": "0", "会社3": "1",
    }  # fmt: skip


def test_a_skipped_record_that_is_put_right_during_the_run_follows(sqlite_database: str) -> None:
    clock = Clock()
    w = world(clock, left={"cursor": CursorKind.INSTANT})
    nameless = w.left.add(name=None, phone="1")
    w.left.add(name="青空", phone="1")

    def during(call: str, _: Any) -> None:
        if call == "write" and w.left.records[nameless]["name"] is None:
            clock.tick(minutes=20)
            w.left.edit(nameless, name="名無し")
            clock.tick(minutes=20)

    w.right.hook = during
    assert counts(w.go(w.start())) == {"created": 1, "skipped": 1}
    assert counts(w.run()) == {"created": 1}
    assert w.right.names() == ["名無し", "青空"]


def test_a_clock_that_is_put_back_is_caught_up_with(sqlite_database: str) -> None:
    clock = Clock()
    w = world(clock, left={"cursor": CursorKind.INSTANT})
    ahead = Skewed(of=clock, ahead=timedelta(minutes=5))
    w.left.clock = ahead
    id = w.left.add(name="青空", phone="1")
    w.go(w.start())
    clock.tick(seconds=30)
    ahead.ahead = timedelta(minutes=-5)
    w.left.edit(id, phone="2")
    for _ in range(3):
        w.go(w.start())
        clock.tick(minutes=1)
    assert [r["phone"] for r in w.right.records.values()] == ["2"]
