"""What the screens read and write, on both databases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from choai.errors import ChoaiError

PASSWORD = "correct-horse-battery"


@dataclass
class Scene:
    place: int
    owner: int
    sync: Any
    run: Any


@pytest.fixture
def scene(database: str) -> Scene:
    from choai.store import people, seal
    from web.furniture import a_run, a_sync, connections

    seal.load_secrets()
    owner, place = people.first_start(
        workspace="見本商事", name="持ち主", email="owner@example.com", password=PASSWORD, language="ja"
    )
    crm, books = connections(place, owner.id)
    sync = a_sync(place, owner.id, crm, books)
    return Scene(place, owner.id, sync, a_run(sync))


def code_of(call: Any, *args: Any, **facts: Any) -> str:
    with pytest.raises(ChoaiError) as refused:
        call(*args, **facts)
    return refused.value.code


def test_there_is_one_first_start_and_more_workspaces(scene: Scene) -> None:
    from choai.store import people

    again = {"workspace": "x", "name": "x", "email": "x@example.com", "password": PASSWORD, "language": "ja"}
    assert code_of(people.first_start, **again) == "forbidden"
    assert people.add_workspace("他社", scene.owner) != scene.place


def test_members(scene: Scene) -> None:
    from choai.store import people

    body: dict[str, Any] = {"name": "新人", "role": "operator", "password": PASSWORD, "language": "ja"}
    new = people.add_member(scene.place, scene.owner, email="new@example.com", **body)
    assert code_of(people.add_member, scene.place, scene.owner, email="new@example.com", **body) == "already_member"
    rows = {m["email"]: m for m in people.members(scene.place)}
    assert rows["owner@example.com"]["runs"] == 1
    assert rows["new@example.com"]["runs"] == 0
    people.change_member(scene.place, scene.owner, new, role="administrator", name="別名", password="another-long-one")
    people.remove_member(scene.place, new, scene.owner)
    assert code_of(people.remove_member, scene.place, new, new) == "last_administrator"
    token = people.create_token(scene.place, new, name="t", role="viewer", expires_at=None)
    found = people.token_member(token["token"])
    assert found is not None
    assert (found["user_id"], found["token_role"]) == (new, "viewer")
    people.delete_token(scene.place, new, token["id"], None)
    assert people.token_member(token["token"]) is None


@pytest.mark.parametrize("q", ["先003", "1004", "無い", "取引先"])
def test_outcomes_are_searched(scene: Scene, q: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from choai.store import outcomes

    def names(**filters: Any) -> list[str]:
        found = outcomes.listed(scene.place, scene.run.id, page=1, page_size=50, **filters)
        return [row["name"] for row in found.rows]

    looked_up = names(q=q, sort="-name")
    monkeypatch.setattr(outcomes, "MANY", -1)  # every text counts as frequent
    assert names(q=q, sort="-name") == looked_up
    assert len(looked_up) == {"先003": 1, "1004": 1, "無い": 0, "取引先": 7}[q]
    assert len(names(outcome="targets")) == 6


def test_totals(scene: Scene) -> None:
    from choai.store import outcomes

    for filters, total in (
        ({}, 7),
        ({"outcome": "failed"}, 2),
        ({"code": "too_long"}, 2),
        ({"q": "先003"}, 1),
        ({"op": "x"}, 0),
    ):
        found = outcomes.listed(scene.place, scene.run.id, page=1, page_size=1, **filters)
        assert found.total == total, filters
    assert outcomes.listed(scene.place, scene.run.id, page=9, page_size=1, code="too_long").rows == []


def test_items_by_code_are_found_by_their_index(scene: Scene) -> None:
    """Otherwise each look at the failures of one kind walks over a run's million wide rows. SQLite takes the index only while the
    query repeats its condition word for word."""
    from django.db import connection

    from choai.store import outcomes

    rows = outcomes.chosen(scene.run.id, code="too_long").order_by("id").values_list("pk")
    assert len(rows) == 2
    if connection.vendor == "sqlite":
        assert "item_code" in rows.explain()


def test_a_long_list_is_not_counted_to_its_end(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    from choai.store import outcomes, pages

    monkeypatch.setattr(pages, "COUNTED", 1)
    found = outcomes.listed(scene.place, scene.run.id, page=1, page_size=1, code="too_long")
    assert (len(found.rows), found.total) == (1, None)


def test_history_by_batch(scene: Scene) -> None:
    from choai.store import history
    from choai.store.models import Schedule
    from web.furniture import a_run

    schedule = Schedule.objects.get(workspace_id=scene.place, kind="partner")
    for batch in "abc":
        a_run(scene.sync, ("created",), schedule=schedule, batch=batch * 32)
        a_run(scene.sync, ("failed", "created"), schedule=schedule, batch=batch * 32)
    found = history.batches(scene.place, schedule.id, page=1, page_size=2)
    assert (found.total, [row["batch"][0] for row in found.rows]) == (3, ["c", "b"])
    assert (found.rows[0]["targets"], found.rows[0]["succeeded"], found.rows[0]["failed"]) == (3, 2, 1)
    assert [r["batch"][0] for r in history.batches(scene.place, schedule.id, page=2, page_size=2).rows] == ["a"]
    assert history.listed(scene.place, page=1, page_size=3, kind="partner").total == 7


def test_schedules_and_the_workspace(scene: Scene) -> None:
    from choai.store import audit, places, schedules

    settings = {"enabled": True, "direction": "to_right", "frequency": "monthly", "day": "last"}
    saved = schedules.save(scene.place, scene.owner, "partner", version=1, settings=settings)
    assert saved.next_at is not None
    assert code_of(schedules.save, scene.place, scene.owner, "partner", version=1, settings=settings) == "conflict_edit"
    places.change(scene.place, scene.owner, {"time_zone": "America/New_York", "settings": {"retention_days": 90}})
    moved = schedules.of_kind(scene.place, "partner")
    assert moved.data["zone"] == "America/New_York"
    assert moved.next_at != saved.next_at
    trail = audit.entries(scene.place, page=1, page_size=50)
    assert [e["action"] for e in trail.rows][:2] == ["workspace.change", "schedule.save"]


def test_pairs(scene: Scene) -> None:
    from choai.store import pairs

    first = pairs.tie(scene.place, scene.owner, scene.sync.id, left_id="1", right_id="11", name="甲")
    pairs.tie(scene.place, scene.owner, scene.sync.id, left_id="2", right_id="12", name="乙")
    taken = code_of(pairs.tie, scene.place, scene.owner, scene.sync.id, left_id="3", right_id="12")
    assert taken == "already_linked_elsewhere"
    assert pairs.listed(scene.place, page=1, page_size=1, sort="-left_id", kind="partner").rows[0]["name"] == "乙"
    assert [row["left_id"] for row in pairs.streamed(scene.place)] == ["1", "2"]
    pairs.unlink(scene.place, scene.owner, first)
    assert pairs.listed(scene.place, page=1, page_size=9, q="甲").total == 0


def test_a_connection_in_use(scene: Scene) -> None:
    from choai.store import connections, masters

    left = scene.sync.pairing.left_connection_id
    assert code_of(connections.delete, scene.place, scene.owner, left, force=False) == "connection_in_use"
    connections.delete(scene.place, scene.owner, left, force=True)
    assert code_of(connections.one, scene.place, left) == "not_found"
    assert not masters.one(scene.place, "partner").pairing.linked


def test_health(scene: Scene, database: str) -> None:
    from choai.clock import now
    from choai.store import health, workers

    workers.beat("w-1", "host", 1, now())
    assert [w["alive"] for w in health.workers()] == [True]
    assert health.last_tick() is not None
    assert health.database()["kind"] == {"sqlite": "SQLite", "postgres": "PostgreSQL"}[database]
    assert health.database()["size"] > 0
    assert health.attention(scene.place) == []


def test_throttle(scene: Scene) -> None:
    from choai.store import throttle

    for _ in range(5):
        throttle.demand("a@example.com", "192.0.2.1")
        throttle.failed("a@example.com", "192.0.2.1")
    assert code_of(throttle.demand, "A@example.com", "192.0.2.1") == "throttled_sign_in"
    throttle.demand("a@example.com", "192.0.2.2")
    for n in range(15):
        throttle.failed("a@example.com", f"192.0.2.{n + 10}")
    assert code_of(throttle.demand, "a@example.com", "192.0.2.99") == "throttled_sign_in"
    throttle.succeeded("b@example.com", "192.0.2.1")
