"""The services fail: maintenance, too many calls, lost replies, answers that are not the whole truth."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from choai.connectors import http
from choai.connectors.freee import faults as freee_faults
from choai.connectors.kintone import faults as kintone_faults
from choai.engine import run as engine
from choai.store.models import Binding, Budget, Connection
from integration.scene import IN, OUT, Scene, codes, counts, once_written

SERVICES = ("freee", "kintone")


def maintain(s: Scene, service: str, on: bool) -> None:
    world = s.books.world if service == "freee" else s.crm.world
    world.state["settings"]["maintenance"] = on


# ------------------------------------------------------------------ maintenance


@pytest.mark.req("FK-31", "FK-56")
@pytest.mark.parametrize("way", [IN, OUT])
@pytest.mark.parametrize("service", SERVICES)
def test_maintenance_at_the_start_executes_nothing(partners: Scene, service: str, way: str) -> None:
    s = partners
    s.book("青空商事")
    s.card("海山工業")
    maintain(s, service, True)
    run = s.run(way)
    assert (run.state, run.error_code, counts(run)) == ("error", "maintenance", {})
    s.told(run)
    assert (len(s.rows()), len(s.records())) == (1, 1)
    maintain(s, service, False)
    run = s.run(way)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    s.told(run)


@pytest.mark.req("FK-56", "CC-08")
def test_freee_goes_into_maintenance_in_the_middle(partners: Scene) -> None:
    s = partners
    s.card_companies(60)
    s.books.world.switch("maintenance", match="POST /api/1/partners", skip=45, times=None)
    run = s.run(OUT)
    assert (run.state, run.error_code) == ("stopped", "maintenance")
    assert counts(run) == {"created": 45, "not_reached": 15}
    assert len(s.rows()) == 45
    s.told(run)
    s.books.world.faults.clear()
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 15})
    assert all(r["freee取引先ID"] for r in s.records())
    s.told(run)


@pytest.mark.req("FK-56", "CC-08")
def test_kintone_goes_into_maintenance_in_the_middle_of_an_import(partners: Scene) -> None:
    s = partners
    s.book_companies(230)
    s.crm.world.switch("maintenance", match="PUT /k/v1/records.json", skip=1, times=None)
    run = s.run(IN)
    assert (run.state, run.error_code) == ("stopped", "maintenance")
    assert counts(run) == {"created": 100, "not_reached": 130}
    s.told(run)
    s.crm.world.faults.clear()
    run = s.run(IN)
    assert (run.state, counts(run)) == ("succeeded", {"created": 130})
    s.told(run)


@pytest.mark.req("FK-23", "FK-56")
def test_kintone_goes_into_maintenance_before_the_ids_are_written_back(partners: Scene) -> None:
    s = partners
    s.card_companies(60)
    run = s.run(OUT, between=once_written(lambda: maintain(s, "kintone", True)))
    assert (run.state, run.error_code) == ("stopped", "maintenance")
    assert counts(run) == {"created": 36, "failed": 24}
    assert codes(run) == {"write_back_failed": 24}
    s.told(run)
    maintain(s, "kintone", False)
    run = s.run(OUT)
    assert run.state == "succeeded", codes(run)
    assert len(s.rows()) == 60
    assert all(r["freee取引先ID"] for r in s.records())
    s.told(run)
    assert counts(s.run(OUT)) == {}


# ------------------------------------------------------------------ too many calls


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses of a second instead of minutes, and none of them is waited for within a call: the run steps aside."""
    monkeypatch.setattr(freee_faults, "BURST_SECONDS", 1)
    monkeypatch.setattr(kintone_faults, "PAUSE_SECONDS", 1)
    monkeypatch.setattr(http, "LONGEST_WAIT", 0.3)


@pytest.mark.req("FK-63")
@pytest.mark.parametrize(
    ("service", "fault", "code"),
    [("freee", "throttle", "throttled"), ("freee", "burst", "burst_blocked"), ("kintone", "throttle", "throttled")],
)
@pytest.mark.parametrize("way", [IN, OUT])
def test_too_many_calls_delay_a_run_and_fail_nothing(
    partners: Scene, impatient: None, service: str, fault: str, code: str, way: str
) -> None:
    s = partners
    s.patient = True
    s.book_companies(12)
    s.card_companies(12, first=20)
    world = s.books.world if service == "freee" else s.crm.world
    match = "/api/1/partners" if service == "freee" else "/k/v1/records.json"
    skip = 0 if way == IN else 3
    world.switch(fault, match=match, skip=skip, **({"seconds": 0.9} if fault == "burst" else {"times": 2}))
    run = s.run(way)
    assert (run.state, counts(run)) == ("succeeded", {"created": 12}), codes(run)
    assert [n["code"] for n in run.notes] == [code]
    assert s.waits or (service, fault) == ("freee", "throttle"), "whose resets are full seconds, perhaps the next one"
    s.told(run)
    run = s.run(way)
    assert (run.state, counts(run)) == ("succeeded", {})
    s.told(run)


@pytest.mark.req("FK-56", "FK-63")
def test_a_block_longer_than_a_run_waits_stops_it_and_the_rest_follows(
    partners: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    s = partners
    s.card_companies(50)
    monkeypatch.setattr(engine, "LONGEST_WAIT", engine.timedelta(minutes=5))
    s.books.world.switch("burst", match="POST /api/1/partners", skip=44, seconds=600)
    run = s.run(OUT)
    assert (run.state, run.error_code) == ("stopped", "burst_blocked")
    assert run.counts["created"] + run.counts["not_reached"] == 50
    assert run.counts["created"] == len(s.rows()) == 44
    s.told(run)
    s.books.world.state["settings"]["burst_until"] = 0
    Budget.objects.update(books="{}")  # ten minutes later
    assert Connection.objects.get(id=s.right).state == "ready"
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 6})
    s.told(run)


# ------------------------------------------------------------------ lost replies


@pytest.mark.req("CC-06", "FK-23")
@pytest.mark.parametrize("skip", [0, 7])
def test_freee_created_and_the_reply_was_lost(partners: Scene, skip: int) -> None:
    s = partners
    names = s.card_companies(10)
    s.books.world.switch("lost_reply", match="POST /api/1/partners", skip=skip, times=2)
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 10}), codes(run)
    assert sorted(r["name"] for r in s.rows()) == sorted(names)
    assert all(r["freee取引先ID"] for r in s.records())
    s.told(run)
    assert counts(s.run(OUT)) == {}


@pytest.mark.req("CC-06")
def test_kintone_created_and_the_reply_was_lost(partners: Scene) -> None:
    s = partners
    names = s.book_companies(120)
    s.crm.world.switch("lost_reply", match="PUT /k/v1/records.json", times=2)
    run = s.run(IN)
    assert (run.state, counts(run)) == ("succeeded", {"created": 120}), codes(run)
    assert sorted(r["取引先名"] for r in s.records()) == sorted(names)
    s.told(run)
    assert counts(s.run(IN)) == {}


@pytest.mark.req("CC-06", "FK-23")
def test_the_reply_to_a_write_back_was_lost(partners: Scene) -> None:
    s = partners
    s.card_companies(10)
    s.crm.world.switch("lost_reply", match="PUT /k/v1/records.json")
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 10}), codes(run)
    assert len(s.rows()) == 10
    assert all(r["freee取引先ID"] for r in s.records())
    s.told(run)
    assert counts(s.run(OUT)) == {}


@pytest.mark.req("CC-06")
@pytest.mark.parametrize("way", [IN, OUT])
def test_every_reply_is_lost_until_the_run_gives_up(partners: Scene, way: str) -> None:
    """Nothing is sent blindly, and the run after it puts everything right."""
    s = partners
    s.book("青空商事")
    s.card("海山工業")
    world, match = (s.crm.world, "PUT /k/v1/records.json") if way == IN else (s.books.world, "POST /api/1/partners")
    world.switch("lost_reply", match=match, times=None)
    run = s.run(way)
    s.told(run)
    assert (len(s.rows()), len(s.records())) == ((1, 2) if way == IN else (2, 1))
    world.faults.clear()
    run = s.run(way)
    assert run.state == "succeeded", codes(run)
    s.told(run)
    assert (len(s.rows()), len(s.records())) == ((1, 2) if way == IN else (2, 1))
    assert counts(s.run(way)) == {}


@pytest.mark.req("CC-22")
@pytest.mark.parametrize("service", SERVICES)
def test_an_answer_that_is_no_json_is_not_zero_records(partners: Scene, service: str) -> None:
    s = partners
    s.book("青空商事")
    world = s.books.world if service == "freee" else s.crm.world
    world.switch("garbage", match="partners" if service == "freee" else "fields.json", times=None)
    run = s.run(IN)
    assert (run.state, run.error_code, counts(run)) == ("error", "unexpected_answer", {})
    s.told(run)
    world.faults.clear()
    assert counts(s.run(IN)) == {"created": 1}


# ------------------------------------------------------------------ answers that are not the whole truth


@pytest.mark.req("CC-22", "FK-26")
@pytest.mark.parametrize(("fault", "code"), [("empty_page", "empty_source"), ("partial", "incomplete_answer")])
def test_a_list_that_lost_most_of_its_rows_is_not_believed(scene: Scene, fault: str, code: str) -> None:
    s = scene
    s.link("segment_1")
    for n in range(70):
        s.book(f"拠点{n:03}", "segment_1")
    assert counts(s.run(IN)) == {"created": 70}
    s.books.world.switch(fault, match="GET /api/1/segments/1/tags", times=None)
    run = s.run(IN)
    assert (run.state, run.error_code, counts(run)) == ("error", code, {})
    s.told(run)
    assert not Binding.objects.exclude(state="ok").exists()
    s.books.world.faults.clear()
    run = s.run(IN)
    assert (run.state, counts(run)) == ("succeeded", {"unchanged": 70})
    s.told(run)


@pytest.mark.req("CC-22")
def test_kintone_saying_nothing_where_it_counts_many_is_not_believed(partners: Scene) -> None:
    s = partners
    s.card_companies(50)
    s.run(OUT)
    sync = s.sync()
    sync.resync = True
    sync.save()
    s.crm.world.switch("empty_page", match="GET /k/v1/records.json", times=None)
    run = s.run(OUT)
    assert run.state == "error"
    assert run.error_code in ("incomplete_answer", "empty_source")
    s.told(run)
    assert not Binding.objects.exclude(state="ok").exists()
    s.crm.world.faults.clear()
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {})
    s.told(run)


@pytest.mark.req("CC-22", "FK-51")
def test_an_empty_list_of_the_target_never_makes_a_second_partner(partners: Scene) -> None:
    """The new record has the name of a partner that the list should have shown, in another spelling: freee would take it."""
    s = partners
    s.book_companies(60)
    s.run(IN)
    s.book("株式会社ひなた雑貨店")
    s.card("ひなた雑貨店（株）")
    s.books.world.switch("empty_page", match="GET /api/1/partners", times=None)
    run = s.run(OUT)
    assert (run.state, run.error_code, counts(run)) == ("error", "empty_source", {})
    s.meant_twice = {"ひなた雑貨店"}
    s.told(run)
    assert len(s.rows()) == 61
    s.books.world.faults.clear()
    run = s.run(OUT)
    assert (run.state, codes(run)) == ("partly", {"similar_name": 1})
    s.told(run)


@pytest.mark.req("FK-50")
@pytest.mark.parametrize("kind", ["partner", "tag", "segment_1"])
@pytest.mark.parametrize("way", [IN, OUT])
def test_no_targets_is_a_success(scene: Scene, kind: str, way: str) -> None:
    scene.link(kind)
    run = scene.run(way)
    assert (run.state, run.error_code, counts(run)) == ("succeeded", "", {})
    shown = scene.told(run)["counts"]
    assert (shown["targets"], shown["succeeded"], shown["failed"]) == (0, 0, 0)
    assert run.ended_at is not None
    assert run.ended_at <= datetime.now(UTC)


# ------------------------------------------------------------------ the day's calls


@pytest.mark.req("FK-64")
def test_a_run_stops_at_its_share_of_freees_day(partners: Scene) -> None:
    s = partners
    s.card_companies(60)
    s.adjust(s.right, limits={"day": 100, "minute": 90_000}, quota_share=0.5)
    run = s.run(OUT)
    assert (run.state, run.error_code) == ("stopped", "budget_spent")
    assert run.counts["created"] + run.counts["not_reached"] == 60
    assert 0 < run.counts["created"] == len(s.rows()) < 60
    assert sum(n for line, n in s.books.world.calls.items() if " /api/1/" in line) <= 50
    assert run.calls[str(s.right)] > 0, "a run states the calls it used"
    shown = s.told(run)
    assert "100" in shown["problem"]["cause"]
    again = s.run(OUT)
    assert (again.state, again.error_code) == ("stopped", "budget_spent")
    s.told(again)
    s.adjust(s.right, quota_share=1.0, limits={"day": 1000, "minute": 90_000})
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 60 - len(s.rows()) + counts(run)["created"]})
    assert len(s.rows()) == 60
    s.told(run)


@pytest.mark.req("FK-64")
def test_a_run_stops_at_its_share_of_an_apps_day(partners: Scene) -> None:
    s = partners
    s.book_companies(230)
    s.adjust(s.left, limits={"day": 12}, quota_share=0.5)
    run = s.run(IN)
    assert (run.state, run.error_code) == ("stopped", "budget_spent")
    assert run.counts.get("created", 0) + run.counts.get("not_reached", 0) in (0, 230)
    s.told(run)
    s.adjust(s.left, limits={"day": 1000})
    run = s.run(IN)
    assert run.state == "succeeded"
    assert len(s.records()) == 230
    s.told(run)
