"""The scheduled-execution screens: exact choices, next run, results, hand-over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from web.furniture import AT, a_run, a_sync, connections
from web.site import Answer, Cast


@pytest.fixture
def linked(cast: Cast) -> Any:
    """Partner is linked, and the sync over it."""
    crm, books = connections(cast.workspace_id, cast.owner_id)
    return a_sync(cast.workspace_id, cast.owner_id, crm, books)


def save(cast: Cast, **changes: Any) -> Answer:
    now = cast.owner.get("/api/schedules/partner").data
    body = {"enabled": True, "direction": "to_left", "frequency": "daily", "version": now["version"], **changes}
    return cast.owner.put("/api/schedules/partner", body)


@pytest.mark.req("FK-15", "FK-16")
def test_a_kind_that_is_not_linked_cannot_be_enabled(cast: Cast) -> None:
    cards = cast.owner.get("/api/schedules").data["rows"]
    assert [c["kind"] for c in cards] == ["partner", "tag", "segment"]
    assert {c["reason"]["code"] for c in cards} == {"not_linked"}
    assert not any(c["can_enable"] for c in cards)
    refused = save(cast)
    assert (refused.status, refused.code) == (409, "not_linked")
    assert save(cast, enabled=False).status == 200
    assert cast.owner.get("/api/schedules/item").code == "bad_request"


@pytest.mark.req("FK-33", "FK-34", "FK-35", "FK-36", "FK-37", "FK-38")
@pytest.mark.parametrize(
    "choice",
    [
        {"frequency": "daily"},
        {"frequency": "weekly", "weekday": 0},
        {"frequency": "weekly", "weekday": 6},
        {"frequency": "monthly", "day": 1},
        {"frequency": "monthly", "day": 31, "missing_day": "skip"},
        {"frequency": "monthly", "day": "last"},
        {"direction": "to_right"},
        {"enabled": False},
    ],
)
def test_every_choice_of_the_screen_is_kept(cast: Cast, linked: Any, choice: dict[str, Any]) -> None:
    saved = save(cast, **choice)
    assert saved.status == 200, saved.body
    for name, value in choice.items():
        assert saved.data[name] == value
    assert (saved.data["next_at"] is not None) == saved.data["enabled"]
    assert len(saved.data["upcoming"]) == 5
    assert saved.data["syncs"][0]["direction"] == saved.data["direction"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("direction", "both"), ("frequency", "hourly"), ("day", 32), ("day", 0), ("day", "first"), ("weekday", 7),
     ("missing_day", "next")],
)  # fmt: skip
def test_nothing_else_can_be_chosen(cast: Cast, linked: Any, field: str, value: object) -> None:
    refused = save(cast, **{field: value})
    assert refused.status == 422
    assert refused.code in ("bad_request", "schedule_invalid")
    assert cast.owner.get("/api/schedules/partner").data["version"] == 1


@pytest.mark.req("FK-39", "FK-40")
def test_the_next_run_is_at_night_and_shown_after_saving(cast: Cast, linked: Any) -> None:
    saved = save(cast, frequency="monthly", day="last").data
    next_at = datetime.fromisoformat(saved["next_at"]).astimezone(ZoneInfo("Asia/Tokyo"))
    assert 1 <= next_at.hour < 5
    assert (next_at + timedelta(days=1)).day == 1
    assert saved["upcoming"][0] == saved["next_at"]
    again = save(cast, frequency="monthly", day="last").data
    assert again["next_at"] == saved["next_at"]  # a stable slot


@pytest.mark.req("FK-30", "FK-42", "FK-43")
def test_saving_touches_neither_cursors_nor_a_run_at_work(cast: Cast, linked: Any) -> None:
    from choai.store.models import Cursor, Run

    Cursor.objects.create(workspace_id=cast.workspace_id, sync_id=linked.id, side="right", value="2026-04-01")
    started = cast.operator.post("/api/schedules/partner/run", {})
    assert started.status == 200
    run_id = started.data["runs"][0]
    before = Run.objects.get(id=run_id).settings
    save(cast, direction="to_right")
    save(cast, enabled=False)
    assert Run.objects.get(id=run_id).settings == before
    assert before["to_left"]
    assert Cursor.objects.get(sync_id=linked.id).value == "2026-04-01"
    off = cast.owner.get("/api/schedules/partner").data
    assert off["next_at"] is None
    assert off["linked"]
    assert off["result"]["runs"] == [run_id]


def test_of_two_people_who_save_the_second_is_told(cast: Cast, linked: Any) -> None:
    assert save(cast, version=1).status == 200
    late = save(cast, version=1, frequency="weekly")
    assert (late.status, late.code) == (409, "conflict_edit")
    assert cast.owner.get("/api/schedules/partner").data["frequency"] == "daily"
    trail = cast.owner.get("/api/audit", action="schedule").data["rows"]
    assert len(trail) == 1
    assert trail[0]["after"]["enabled"] is True
    assert trail[0]["before"]["enabled"] is False
    assert "frequency" not in trail[0]["after"]  # only what changed


@pytest.mark.req("FK-45", "FK-46", "FK-49", "FK-50")
def test_results_and_history(cast: Cast, linked: Any) -> None:
    from choai.store.models import Run, Schedule

    schedule = Schedule.objects.get(workspace_id=cast.workspace_id, kind="partner")
    assert cast.owner.get("/api/schedules/partner").data["result"] is None
    first = a_run(linked, schedule=schedule, batch="a" * 32)
    empty = a_run(
        linked, (), schedule=schedule, batch="b" * 32, trigger="late", late_for=datetime(2026, 3, 31, tzinfo=UTC)
    )
    a_run(linked, schedule=schedule, batch="c" * 32, preview=True)
    screen = cast.owner.get("/api/schedules/partner").data["result"]
    assert (screen["targets"], screen["succeeded"], screen["failed"]) == (0, 0, 0)
    assert screen["state"] == "succeeded"
    assert screen["late_for"]
    assert screen["runs"] == [empty.id]
    past = cast.owner.get("/api/schedules/partner/history").data
    assert past["total"] == 2
    assert [r["batch"][0] for r in past["rows"]] == ["b", "a"]
    assert past["rows"][1]["succeeded"] + past["rows"][1]["failed"] == past["rows"][1]["targets"] == 6
    assert [
        r["batch"][0] for r in cast.owner.get("/api/schedules/partner/history", page=2, page_size=1).data["rows"]
    ] == ["a"]
    Run.objects.filter(id=first.id).update(state="error", error_code="maintenance", error_facts={"service": "freee"})
    shown = cast.owner.get("/api/schedules/partner/history").data["rows"][1]
    assert shown["state"] == "error"
    assert shown["problem"]["code"] == "maintenance"
    assert first.ended_at == AT


@pytest.mark.req("FK-07")
def test_the_run_as_role_is_handed_over(cast: Cast, linked: Any) -> None:
    from choai.store.models import Member, User
    from choai.store.tokens import store_grant

    successor = User.objects.get(email="operator@example.com")
    body = {"user_id": successor.id}
    assert cast.operator.post("/api/schedules/partner/run-as", body).code == "forbidden"
    unauthorised = cast.owner.post("/api/schedules/partner/run-as", body)
    assert unauthorised.code == "run_as_without_authority"
    store_grant(linked.pairing.right_connection_id, successor.id, "a", "r", 4_000_000_000.0)
    done = cast.owner.post("/api/schedules/partner/run-as", body)
    assert done.data["run_as"] == {"user": "operator", "user_id": successor.id, "state": "ok"}
    Member.objects.filter(user=successor).delete()
    assert cast.owner.get("/api/schedules/partner").data["run_as"]["state"] == "missing"


@pytest.mark.req("FK-30")
def test_resync_all(cast: Cast, linked: Any) -> None:
    from choai.store.models import Sync

    assert cast.operator.post("/api/schedules/partner/resync").status == 200
    assert Sync.objects.get(id=linked.id).resync
    assert cast.operator.post("/api/schedules/tag/resync").code == "not_linked"


@pytest.mark.req("FK-55", "FK-15")
def test_a_disabled_linkage_is_no_target(cast: Cast, linked: Any) -> None:
    assert save(cast).status == 200
    assert cast.owner.post("/api/masters/partner/disable").data["state"] == "disabled"
    screen = cast.owner.get("/api/schedules/partner").data
    assert not screen["linked"]
    assert screen["reason"]["code"] == "link_disabled"
    assert cast.operator.post("/api/schedules/partner/run", {}).code == "not_linked"
    assert cast.operator.post("/api/masters/partner/import").code == "link_disabled"
    assert cast.owner.post("/api/masters/partner/enable").data["state"] == "linked"
    assert cast.owner.get("/api/schedules/partner").data["enabled"]


@pytest.mark.req("CC-18", "FK-39")
def test_a_new_time_zone_or_window_moves_the_schedules(cast: Cast, linked: Any) -> None:
    save(cast)
    changed = cast.owner.patch(
        "/api/workspace", {"time_zone": "Europe/Berlin", "settings": {"night_window": ["22:00", "23:00"]}}
    )
    assert changed.status == 200
    moved = cast.owner.get("/api/schedules/partner").data
    assert moved["zone"] == "Europe/Berlin"
    assert moved["window"] == ["22:00", "23:00"]
    assert datetime.fromisoformat(moved["next_at"]).astimezone(ZoneInfo("Europe/Berlin")).hour == 22
    for wrong in ({"time_zone": "Mars/Base"}, {"settings": {"night_window": ["25:00", "01:00"]}}):
        assert cast.owner.patch("/api/workspace", wrong).code == "bad_request"
