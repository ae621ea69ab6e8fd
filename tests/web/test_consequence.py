"""Editing a live sync through the API: its consequence first, then saved and carried out, or only saved, or neither (G18)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from choai.engine.context import dump_schema
from choai.engine.run import advance
from engine.toy import Clock, Ports, Toy, books, crm
from web.furniture import a_sync, connections
from web.site import Cast

ROWS = [{"left": "name", "right": "name"}, {"left": "phone", "right": "phone"}]
NOTE = {"left": "memo", "right": "note", "direction": "to_right"}
BACK = {"left": "books_id", "right": "id", "direction": "to_left", "write_back": True}
KEYS = [{"left": "books_id", "right": "id", "how": "exact"}, {"left": "name", "right": "name", "how": "name"}]


@dataclass
class Live:
    """A sync of the owner's that has run, with toy services behind its connections."""

    cast: Cast
    id: int
    left: Toy
    right: Toy
    ports: Ports

    @property
    def path(self) -> str:
        return f"/api/syncs/{self.id}"

    @property
    def version(self) -> int:
        return int(self.cast.owner.get(self.path).data["version"])

    def go(self, run_id: int, *, steps: int = 500) -> str:
        async def loop() -> None:
            for _ in range(steps):
                if (await advance(run_id, self.ports)).done:
                    return

        asyncio.run(loop())
        return str(self.cast.owner.get(f"/api/runs/{run_id}").data["state"])

    def draft(self, **edits: Any) -> int:
        answer = self.cast.owner.post(f"{self.path}/consequence", {"version": self.version, **edits})
        assert answer.status == 200, answer.body
        return int(answer.data["run_id"])

    def found(self, run_id: int) -> dict[str, Any]:
        answer = self.cast.owner.get(f"{self.path}/consequence/{run_id}")
        assert answer.status == 200, answer.body
        return dict(answer.data)


@pytest.fixture
def live(cast: Cast) -> Live:
    from choai.store import ledger
    from choai.store.models import Sync

    kintone, freee = connections(cast.workspace_id, cast.owner_id)
    sync = a_sync(cast.workspace_id, cast.owner_id, kintone, freee)
    Sync.objects.filter(id=sync.id).update(
        preset="", to_left=False, to_right=True, mapping=[*ROWS, BACK], match_keys=KEYS, selection={}
    )
    clock = Clock()
    left, right = crm(clock, name="app:*"), books(clock, name="partner")
    for connection, object, toy in ((kintone, "app:1", left), (freee, "partner", right)):
        ledger.save_schema(cast.workspace_id, connection.id, object, "1", dump_schema(toy.schema))
    made = Live(cast, sync.id, left, right, Ports(clock, {kintone.id: left, freee.id: right}))
    for n in range(5):
        left.add(name=f"会社{n}", phone="1", memo=f"メモ{n}", sync="する" if n else "しない")
    assert made.go(cast.owner.post(f"{made.path}/run", {}).data["run_id"]) == "succeeded"
    clock.tick(minutes=30)
    return made


@pytest.mark.req("FK-42")
def test_look_then_save_and_carry_out_the_very_plan(live: Live) -> None:
    owner = live.cast.owner
    run = live.draft(rows=[*ROWS, NOTE, BACK])
    assert live.found(run)["run"]["state"] == "queued"
    assert live.go(run) == "planned"
    found = live.found(run)
    assert found["writes"]["right"] == {"create": 0, "update": 5, "bind": 0}
    assert found["fields"] == [{"side": "right", "field": "note", "ja": "note", "en": "note", "count": 5}]
    assert [c["calls"] for c in found["run"]["cost"]] == [5]
    shown = next(f for f in found["samples"][0]["fields"] if f["changed"])
    assert (shown["right"], shown["before"], shown["after"]) == ("note", None, "メモ0")
    assert (found["run"]["draft"], found["run"]["actions"]) == (True, ["discard"])
    assert owner.post(f"/api/runs/{run}/apply").code == "not_actionable"
    assert len(owner.get(f"{live.path}/mapping").data["rows"]) == 3
    writes = live.right.calls.count("write:update")
    assert owner.post(f"{live.path}/consequence/{run}/save", {"apply": True}).status == 200
    assert live.go(run) == "succeeded"
    assert live.right.calls.count("write:update") - writes == 5
    assert [r["note"] for r in live.right.records.values()] == [f"メモ{n}" for n in range(5)]
    assert len(owner.get(f"{live.path}/mapping").data["rows"]) == 4
    assert owner.get(live.path).data["bindings"] == 5
    assert owner.get("/api/audit", q="partner").status == 200


def test_only_saved_the_page_says_that_the_next_run_compares_everything(live: Live) -> None:
    owner = live.cast.owner
    run = live.draft(rows=[*ROWS, NOTE, BACK])
    assert live.go(run) == "planned"
    assert owner.post(f"{live.path}/consequence/{run}/save", {}).data["state"] == "cancelled"
    assert owner.get(live.path).data["resync"] is True
    assert live.go(owner.post(f"{live.path}/run", {}).data["run_id"]) == "succeeded"
    assert [r["note"] for r in live.right.records.values()] == [f"メモ{n}" for n in range(5)]
    assert owner.get(live.path).data["resync"] is False


def test_saved_without_looking_the_same_holds(live: Live) -> None:
    owner = live.cast.owner
    saved = owner.put(
        f"{live.path}/mapping", {"version": live.version, "rows": [*ROWS, NOTE, BACK], "match_keys": KEYS}
    )
    assert saved.status == 200, saved.body
    assert owner.get(live.path).data["resync"] is True
    narrower = {"selection": {"left": [{"field": "sync", "values": ["する"]}]}, "version": live.version}
    assert owner.patch(live.path, narrower).data["selection"]["left"] == [{"field": "sync", "values": ["する"]}]


def test_a_filter_tells_who_leaves_and_who_comes_in(live: Live) -> None:
    owner = live.cast.owner
    run = live.draft(selection={"left": [{"field": "sync", "values": ["する"]}]})
    assert live.go(run) == "planned"
    found = live.found(run)
    assert (found["leaving"], found["entering"], found["relook"], found["run"]["cost"]) == (1, 0, [], [])
    assert [(s["name"], s["problem"]["code"]) for s in found["samples"]] == [("会社0", "leaves_selection")]
    assert owner.post(f"{live.path}/consequence/{run}/save", {"apply": True}).status == 200
    assert live.go(run) == "succeeded"
    assert owner.get(live.path).data["bindings"] == 5
    run = live.draft(selection={"left": []})
    assert live.go(run) == "planned"
    assert (live.found(run)["entering"], live.found(run)["relook"]) == (1, ["selection_widened"])


Edit = Callable[[Live], Any]
REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, "bad_request"),
    "as it is": ({"duplicate_policy": "fail", "selection": {}}, "bad_request"),
    "no direction": ({"directions": []}, "bad_request"),
    "no such selection": ({"selection": {"left": [{"values": 3}]}}, "bad_request"),
    "mapping": ({"rows": [{"left": "nonsense", "right": "name"}]}, "mapping_invalid"),
    "old version": ({"version": 99, "conflict_policy": "left"}, "conflict_edit"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_saved_has_no_consequence_either(live: Live, name: str) -> None:
    edits, code = REFUSED[name]
    answer = live.cast.owner.post(f"{live.path}/consequence", {"version": live.version, **edits})
    assert answer.code == code
    assert live.cast.owner.get("/api/runs", trigger="preview").data["total"] == 0


def test_somebody_else_saved_meanwhile(live: Live) -> None:
    owner = live.cast.owner
    run = live.draft(conflict_policy="left")
    assert live.go(run) == "planned"
    assert owner.patch(live.path, {"name": "別名", "version": live.version}).status == 200
    assert live.found(run)["outdated"] is True
    assert owner.post(f"{live.path}/consequence/{run}/save", {"apply": True}).code == "conflict_edit"
    assert owner.get(live.path).data["conflict_policy"] == "ask"
    assert owner.get(f"/api/runs/{run}").data["state"] == "planned"


def test_cancelled_dropped_and_saved_twice(live: Live) -> None:
    owner = live.cast.owner
    run = live.draft(conflict_policy="left")
    live.go(run, steps=2)
    assert owner.post(f"{live.path}/consequence/{run}/save", {"apply": True}).code == "not_actionable"
    assert owner.post(f"/api/runs/{run}/cancel").status == 200
    assert live.go(run) == "cancelled"
    assert owner.post(f"{live.path}/consequence/{run}/save", {}).code == "not_actionable"
    run = live.draft(conflict_policy="left")
    assert live.go(run) == "planned"
    assert owner.post(f"{live.path}/consequence/{run}/save", {"apply": True}).status == 200
    assert owner.post(f"{live.path}/consequence/{run}/save", {"apply": True}).code == "not_actionable"
    assert live.go(run) == "succeeded"
    ordinary = owner.post(f"{live.path}/run", {"preview": True}).data["run_id"]
    assert owner.get(f"{live.path}/consequence/{ordinary}").code == "not_found"


@pytest.mark.req("CC-15")
def test_who_may_only_look_or_run_cannot_ask_or_save(live: Live) -> None:
    run = live.draft(conflict_policy="left")
    assert live.go(run) == "planned"
    for person in (live.cast.viewer, live.cast.operator):
        assert person.get(f"{live.path}/consequence/{run}").status == 200
        assert person.post(f"{live.path}/consequence", {"version": 1, "conflict_policy": "left"}).code == "forbidden"
        assert person.post(f"{live.path}/consequence/{run}/save", {"apply": True}).code == "forbidden"
    stranger = live.cast.stranger
    assert stranger.get(f"{live.path}/consequence/{run}").code == "not_found"
    assert stranger.post(f"{live.path}/consequence/{run}/save", {}).code == "not_found"
