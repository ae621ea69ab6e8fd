"""Runs, items, CSV, event streams, pairs."""

from __future__ import annotations

import csv
import io
import json
import urllib.request
from datetime import timedelta
from typing import Any

import pytest

from choai import clock
from choai.store.models import Authorisation
from web.furniture import OUTCOMES, a_sync, connections, furnish
from web.site import Cast, Person


@pytest.fixture
def scene(cast: Cast) -> dict[str, int]:
    return furnish(cast)


@pytest.mark.req("FK-45", "FK-46", "CC-08")
def test_counts_of_a_run_add_up(cast: Cast, scene: dict[str, int]) -> None:
    run = cast.owner.get(f"/api/runs/{scene['run_id']}").data
    counts = run["counts"]
    assert counts["succeeded"] == counts["created"] + counts["updated"] + counts["unchanged"] == 4
    assert counts["targets"] == counts["succeeded"] + counts["failed"] == 6
    assert counts["not_counted"] == 1
    assert run["progress"]["percent"] == 100
    assert run["actions"] == ["retry"]
    assert run["kind"] == "partner"
    assert run["direction"] == "to_left"
    assert run["run_as"] == "持ち主"


@pytest.mark.req("FK-48", "CC-16")
def test_each_count_lists_its_records(cast: Cast, scene: dict[str, int]) -> None:
    path = f"/api/runs/{scene['run_id']}/items"
    counts = cast.owner.get(f"/api/runs/{scene['run_id']}").data["counts"]
    for outcome in ("created", "updated", "unchanged", "failed", "not_counted", "succeeded", "targets"):
        found = cast.owner.get(path, outcome=outcome).data
        assert len(found["rows"]) == found["total"] == counts[outcome], outcome
    everything = cast.owner.get(path).data
    assert everything["total"] == len(OUTCOMES)
    failed = cast.owner.get(path, outcome="failed").data["rows"][0]
    assert failed["problem"]["code"] == "too_long"
    assert "名前" in failed["problem"]["cause"]
    assert failed["problem"]["next"]
    assert failed["problem"]["who"]
    assert failed["left_link"] == "https://example.cybozu.com/k/1/show#record=5"
    assert failed["right_link"].startswith("https://")
    assert "1005" in failed["right_link"]


def test_items_are_paged_sorted_and_searched_by_the_server(cast: Cast, scene: dict[str, int]) -> None:
    path = f"/api/runs/{scene['run_id']}/items"
    first = cast.owner.get(path, page_size=3, sort="-name").data
    assert [r["name"] for r in first["rows"]] == ["取引先006", "取引先005", "取引先004"]
    last = cast.owner.get(path, page_size=3, page=3, sort="-name").data
    assert [r["name"] for r in last["rows"]] == ["取引先000"]
    assert last["total"] == 7
    assert [r["name"] for r in cast.owner.get(path, q="先003").data["rows"]] == ["取引先003"]
    assert [r["name"] for r in cast.owner.get(path, q="1006").data["rows"]] == ["取引先005"]
    assert cast.owner.get(path, q="無い").data["rows"] == []
    assert cast.owner.get(path, code="too_long").data["total"] == 2
    assert cast.owner.get(path, sort="facts").code == "bad_request"
    assert cast.owner.get(path, page_size=201).code == "bad_request"
    assert cast.owner.get(path, page=0).code == "bad_request"


@pytest.mark.req("CC-09", "CC-11")
def test_an_item_shows_its_fields_before_and_after(cast: Cast, scene: dict[str, int]) -> None:
    updated = cast.owner.get(f"/api/runs/{scene['run_id']}/items", outcome="updated").data["rows"][0]
    found = cast.owner.get(f"/api/runs/{scene['run_id']}/items/{updated['id']}").data
    fields = {f["left"]: f for f in found["fields"]}
    assert (fields["取引先名"]["before"], fields["取引先名"]["after"]) == ("旧1", "取引先001")
    assert fields["取引先名"]["changed"]
    assert not fields["電話番号"]["changed"]
    assert found["changes"] == 1


def test_runs_are_filtered(cast: Cast, scene: dict[str, int]) -> None:
    def ids(**query: Any) -> list[int]:
        return [r["id"] for r in cast.owner.get("/api/runs", **query).data["rows"]]

    run = scene["run_id"]
    assert (
        ids(kind="partner") == ids(state="partly,error") == ids(sync=scene["sync_id"]) == ids(trigger="manual") == [run]
    )
    assert ids(kind="segment") == ids(state="succeeded") == ids(q="無い") == ids(until="2020-01-01T00:00:00Z") == []


def download(person: Person, path: str, **query: Any) -> bytes:
    answer = person.get(path, **query)
    assert answer.status == 200
    assert "attachment" in answer.headers["content-disposition"]
    return answer.body


@pytest.mark.req("CC-16")
def test_csv_of_all_rows_of_the_filter(cast: Cast, scene: dict[str, int]) -> None:
    from choai.store.models import Item

    Item.objects.filter(id=scene["item_id"]).update(name="=HYPERLINK(1)🏢髙島")
    raw = download(cast.owner, f"/api/runs/{scene['run_id']}/items.csv", page_size=1)
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert len(rows) == 1 + len(OUTCOMES)
    assert rows[0][0] == "名前"
    assert rows[1][0] == "'=HYPERLINK(1)🏢髙島"
    failed = download(cast.owner, f"/api/runs/{scene['run_id']}/items.csv", outcome="failed")
    assert failed.decode().count("\r\n") == 3
    sjis = download(cast.owner, f"/api/runs/{scene['run_id']}/items.csv", encoding="sjis").decode("cp932")
    assert "'=HYPERLINK(1)〓髙島" in sjis
    cast.owner.language = "en"
    assert download(cast.owner, f"/api/runs/{scene['run_id']}/items.csv").decode("utf-8-sig").startswith("Name,")
    assert cast.owner.get(f"/api/runs/{scene['run_id']}/items.csv", encoding="latin").code == "bad_request"


def test_a_long_csv_comes_whole(cast: Cast, scene: dict[str, int]) -> None:
    from choai.store.models import Item, Run

    run = Run.objects.get(id=scene["run_id"])
    Item.objects.bulk_create(
        [Item(workspace_id=run.workspace_id, run=run, sync_id=run.sync_id, side="left", op="none", outcome="unchanged",
              name=f"多{n}") for n in range(2500)]
    )  # fmt: skip
    raw = download(cast.owner, f"/api/runs/{scene['run_id']}/items.csv", outcome="unchanged").decode()
    assert raw.count("\r\n") == 2500 + 1 + 1


# ------------------------------------------------------------------ deciding


@pytest.mark.req("FK-59")
def test_what_a_run_offers_depends_on_its_state(cast: Cast, scene: dict[str, int]) -> None:
    from choai.store.models import Run

    path = f"/api/runs/{scene['run_id']}"
    assert cast.operator.post(f"{path}/apply").code == "not_actionable"
    retried = cast.operator.post(f"{path}/retry", {"items": None})
    assert retried.status == 200
    new = retried.data["run_id"]
    settings = Run.objects.get(id=new).settings
    assert sorted(settings["only"]["right"]) == ["1005", "1006"]
    assert cast.operator.post(f"{path}/retry", {}).code == "already_running"
    assert cast.owner.get(f"/api/runs/{new}").data["actions"] == ["cancel", "pause"]
    assert cast.operator.post(f"/api/runs/{new}/pause").data["actions"] == ["cancel", "resume"]
    assert cast.operator.post(f"/api/runs/{new}/resume").data["actions"] == ["cancel", "pause"]
    cast.operator.post(f"/api/runs/{new}/cancel")
    assert Run.objects.get(id=new).control == "cancel"
    Run.objects.filter(id=new).update(state="planned", control="", phase="apply")
    assert cast.owner.get(f"/api/runs/{new}").data["actions"] == ["apply", "discard"]
    assert cast.operator.post(f"/api/runs/{new}/discard").data["state"] == "cancelled"
    actions = [r["action"] for r in cast.owner.get("/api/audit", action="run").data["rows"]]
    assert actions == ["run.discard", "run.cancel", "run.resume", "run.pause", "run.retry"]


def test_a_waiting_plan_says_what_it_would_do(cast: Cast, scene: dict[str, int]) -> None:
    from choai.store.models import Item, Run

    Run.objects.filter(id=scene["run_id"]).update(state="planned", phase="apply", ended_at=None)
    Item.objects.filter(run_id=scene["run_id"], op="update").update(outcome="planned")
    assert cast.owner.get(f"/api/runs/{scene['run_id']}").data["plan"] == {"left_update": 2}


# ------------------------------------------------------------------ streams


def events(person: Person, path: str, count: int) -> list[Any]:
    """The first events of a stream."""
    request = urllib.request.Request(person.base + path, headers={"Accept-Encoding": "gzip"})
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(person.cookies))
    found: list[Any] = []
    with opener.open(request, timeout=30) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Content-Encoding"] == "identity"
        for line in answer:
            if line.startswith(b"data: "):
                found.append(json.loads(line[6:]))
                if len(found) == count:
                    break
    return found


def test_an_ended_run_is_told_once_and_the_stream_ends(cast: Cast, scene: dict[str, int]) -> None:
    told = events(cast.viewer, f"/api/runs/{scene['run_id']}/events", 99)
    assert [t["run"]["state"] for t in told] == ["partly"]
    assert told[0]["run"] == cast.viewer.get(f"/api/runs/{scene['run_id']}").data


def test_progress_is_told_until_the_end(cast: Cast, scene: dict[str, int]) -> None:
    import time
    from threading import Thread

    from django.db import connection

    from choai.store.models import Run

    Run.objects.filter(id=scene["run_id"]).update(state="running", phase="apply", ended_at=None)
    told: list[Any] = []
    listener = Thread(target=lambda: told.extend(events(cast.viewer, f"/api/runs/{scene['run_id']}/events", 99)))
    listener.start()
    Run.objects.filter(id=scene["run_id"]).update(counts={"created": 3, "planned": 7})
    time.sleep(1.2)
    Run.objects.filter(id=scene["run_id"]).update(state="succeeded", ended_at="2026-04-01T00:00:00Z")
    listener.join(20)
    connection.close()
    assert not listener.is_alive()
    assert told[-1]["run"]["state"] == "succeeded"
    percents = [t["run"]["progress"]["percent"] for t in told]
    assert percents == sorted(percents)
    assert percents[-1] == 100


def test_a_workspace_is_told_which_runs_changed(cast: Cast, scene: dict[str, int]) -> None:
    from threading import Timer

    from django.db import connection

    from choai.store.models import Run

    def change() -> None:
        Run.objects.filter(id=scene["run_id"]).update(state="error")
        connection.close()

    timer = Timer(0.7, change)
    timer.start()
    assert events(cast.viewer, "/api/events", 1) == [{"runs": [scene["run_id"]]}]
    timer.join()


def test_streams_are_closed_to_others(cast: Cast, scene: dict[str, int]) -> None:
    assert cast.stranger.get(f"/api/runs/{scene['run_id']}/events").code == "not_found"
    assert cast.nobody.get("/api/events").code == "not_signed_in"


# ------------------------------------------------------------------ pairs


def test_pairs_by_hand(cast: Cast, scene: dict[str, int]) -> None:
    path = f"/api/syncs/{scene['sync_id']}/bindings"
    made = cast.owner.post(path, {"left_id": "7", "right_id": "1007"})
    assert made.status == 200
    assert made.data["left_link"] == "https://example.cybozu.com/k/1/show#record=7"
    taken = cast.owner.post(path, {"left_id": "7", "right_id": "1008"})
    assert (taken.status, taken.code) == (409, "already_linked_elsewhere")
    assert cast.owner.get("/api/bindings", sort="left_id").data["total"] == 2
    found = cast.owner.get("/api/bindings", q="取引先000").data["rows"]
    assert [r["id"] for r in found] == [scene["binding_id"]]
    detail = cast.owner.get(f"/api/bindings/{scene['binding_id']}").data
    assert detail["fields"][0]["left_value"] == detail["fields"][0]["right_value"] == "取引先000"
    assert cast.owner.delete(f"/api/bindings/{made.data['id']}").status == 200
    assert cast.owner.get("/api/bindings").data["total"] == 1
    raw = download(cast.owner, "/api/bindings.csv").decode("utf-8-sig")
    assert raw.count("\r\n") == 2
    assert "取引先000" in raw


def test_dashboard_health_and_masters_answer(cast: Cast, scene: dict[str, int]) -> None:
    board = cast.owner.get("/api/dashboard")
    assert board.status == 200, board.body
    assert [k["kind"] for k in board.data["kinds"]] == ["partner", "tag", "segment"]
    assert board.data["recent_runs"][0]["id"] == scene["run_id"]
    health = cast.owner.get("/api/health")
    assert health.status == 200
    assert health.data["database"]["kind"] == "SQLite"
    assert health.data["queue"] == {"depth": 0, "oldest_seconds": 0}
    partner = cast.owner.get("/api/masters").data["rows"][0]
    assert partner["state"] == "linked"
    assert partner["bindings"] == 1
    assert partner["last_run"]["targets"] == 6
    assert partner["last_run"]["failed"] == 2


@pytest.mark.req("FK-12")
def test_an_idle_authorisation_is_told_of_ten_days_before_it_dies(cast: Cast) -> None:
    _, books = connections(cast.workspace_id, cast.owner_id)
    grant, _ = Authorisation.objects.update_or_create(
        connection=books, user_id=cast.owner_id, defaults={"workspace_id": cast.workspace_id, "state": "ok"}
    )
    for days, told in ((79, []), (80, ["grant_expiring"])):
        Authorisation.objects.filter(id=grant.id).update(refreshed_at=clock.now() - timedelta(days=days, minutes=1))
        found = cast.owner.get("/api/dashboard").data["attention"]
        assert [a["problem"]["code"] for a in found] == told
    assert found[0]["link"] == f"/connections/{books.id}"
    assert books.name in found[0]["problem"]["cause"]


def test_the_queue_is_seen(cast: Cast) -> None:
    crm, books = connections(cast.workspace_id, cast.owner_id)
    sync = a_sync(cast.workspace_id, cast.owner_id, crm, books)
    started = cast.operator.post(f"/api/syncs/{sync.id}/run", {"direction": "to_right", "preview": True})
    assert started.status == 200
    assert cast.owner.get("/api/health").data["queue"]["depth"] == 1
    run = cast.owner.get(f"/api/runs/{started.data['run_id']}").data
    assert (run["direction"], run["preview"], run["trigger"]) == ("to_right", True, "preview")
