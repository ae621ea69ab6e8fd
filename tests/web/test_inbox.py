"""The inbox, undoing and the audit trail over HTTP: as everybody, and what comes of an answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from choai import clock
from web.furniture import AT, MAPPING, a_run, a_sync, connections
from web.site import Cast

FIELDS = {
    "left": [{"name": "取引先名", "kind": "text", "ja": "取引先名", "en": "Name"},
             {"name": "電話番号", "kind": "text", "ja": "電話番号", "en": "Phone"}],
    "right": [{"name": "name", "kind": "text", "ja": "名前", "en": "Name", "role": "partner.name"},
              {"name": "phone", "kind": "text", "ja": "電話", "en": "Phone"}],
}  # fmt: skip


@pytest.fixture
def scene(cast: Cast) -> dict[str, Any]:
    """A two-way sync whose last run met a conflict (record 1) and a doubtful match (record 2)."""
    from choai.engine.codec import pack
    from choai.model.values import Row
    from choai.store import ledger
    from choai.store.ledger import waiting
    from choai.store.models import Binding, Item, Run

    crm, books = connections(cast.workspace_id, cast.owner_id)
    sync = a_sync(cast.workspace_id, cast.owner_id, crm, books)
    run = a_run(sync, ())
    schemas = {s: {"object": s, "fields": FIELDS[s], "revision": "1"} for s in ("left", "right")}
    settings = {**run.settings, "to_left": True, "to_right": True, "mapping": MAPPING, "schemas": schemas}
    Run.objects.filter(id=run.id).update(settings=settings, counts={"blocked": 1, "failed": 1})
    base = {"name": "青空", "phone": "1"}
    Binding.objects.create(
        workspace_id=cast.workspace_id, pairing_id=sync.pairing_id, left_id="1", right_id="1001", name="青空",
        created_at=AT, synced_at=AT, left_base=pack({"取引先名": "青空", "電話番号": "1"}), right_base=pack(base),
    )  # fmt: skip
    common = {"workspace_id": cast.workspace_id, "run_id": run.id, "sync_id": sync.id, "side": "right", "op": "none"}
    Item.objects.create(
        **common, left_id="1", right_id="1001", name="青空", outcome="blocked", code="conflict",
        source=pack({"取引先名": "青空", "電話番号": "左"}), before=pack({"name": "青空", "phone": "右"}),
        facts={"field": "電話番号"},
    )  # fmt: skip
    Item.objects.create(
        **common, left_id="2", name="海", outcome="failed", code="ambiguous_match",
        source=pack({"取引先名": "海", "電話番号": "2"}), facts={"key": "取引先名", "count": "2"},
        before=pack({"$candidates": [Row("2001", {"name": "海"}), Row("2002", {"name": "海", "phone": "9"})]}),
    )  # fmt: skip
    run.refresh_from_db()
    waiting.remember(run, AT)
    assert ledger.decisions(sync.id, ledger.run.Side.LEFT, ["1"]) == []
    return {"run_id": run.id, "sync_id": sync.id, "books_id": books.id}


def rows(person: Any, **query: Any) -> list[dict[str, Any]]:
    return list(person.get("/api/inbox", **query).data["rows"])


def test_the_inbox_shows_both_sides_beside_the_base_and_what_each_choice_writes(
    cast: Cast, scene: dict[str, Any]
) -> None:
    conflict, doubt = rows(cast.viewer)
    assert [conflict["kind"], doubt["kind"]] == ["conflict", "ambiguous"]
    assert conflict["problem"]["title"] == "両方で変更されています"
    assert conflict["left"]["link"] == "https://example.cybozu.com/k/1/show#record=1"
    phone = next(f for f in conflict["fields"] if f["left"] == "電話番号")
    assert (phone["left_value"], phone["right_value"], phone["left_base"], phone["conflict"]) == ("左", "右", "1", True)
    assert {c["key"]: c["writes"] for c in conflict["choices"]} == {
        "left": [{"side": "right", "field": "phone", "before": "右", "after": "左"}],
        "right": [{"side": "left", "field": "電話番号", "before": "左", "after": "右"}],
    }
    assert conflict["choices"][0]["label_ja"] == "kintoneの値を残す"
    assert [c["id"] for c in doubt["candidates"]] == ["2001", "2002"]
    assert [(c["key"], c["id"]) for c in doubt["choices"]] == [
        ("bind", "2001"), ("bind", "2002"), ("create", None), ("ignore", None)
    ]  # fmt: skip
    assert cast.viewer.get("/api/inbox/counts").data == {"total": 2, "kinds": {"conflict": 1, "ambiguous": 1}}
    assert [r["name"] for r in rows(cast.viewer, kind="ambiguous")] == ["海"]
    assert [r["name"] for r in rows(cast.viewer, q="青")] == ["青空"]
    assert cast.viewer.get(f"/api/inbox/{doubt['id']}").data == doubt


@pytest.mark.req("CC-14", "CC-02")
def test_who_may_decide(cast: Cast, scene: dict[str, Any]) -> None:
    id = rows(cast.viewer)[0]["id"]
    assert cast.viewer.post(f"/api/inbox/{id}/decide", {"choice": "left"}).code == "forbidden"
    assert cast.stranger.post(f"/api/inbox/{id}/decide", {"choice": "left"}).code == "not_found"
    assert cast.stranger.get(f"/api/inbox/{id}").code == "not_found"
    assert rows(cast.stranger) == []
    assert cast.operator.post(f"/api/inbox/{id}/decide", {"choice": "bind"}).code == "not_actionable"
    assert cast.operator.post(f"/api/runs/{scene['run_id']}/undo").code == "forbidden"
    assert cast.stranger.get("/api/records/trace", sync=scene["sync_id"], side="left", id="1").code == "not_found"


def test_an_answer_starts_a_run_of_just_these_records_and_is_on_record(cast: Cast, scene: dict[str, Any]) -> None:
    from choai.store import decisions
    from choai.store.models import Run

    conflict, doubt = rows(cast.operator)
    answers = [
        {"id": conflict["id"], "choice": "right"},
        {"id": doubt["id"], "choice": "bind", "partner": "2002"},
    ]
    given = cast.operator.post("/api/inbox/decide", {"decisions": answers})
    assert given.status == 200, given.body
    assert (given.data["runs"], given.data["soon"]) == ([], True)
    assert decisions.begin_due(clock.now()) == []
    (run_id,) = decisions.begin_due(clock.now() + decisions.GRACE)
    assert Run.objects.get(id=run_id).settings["only"] == {"left": ["1", "2"], "right": ["1001"]}
    assert rows(cast.operator) == []
    decided = rows(cast.operator, state="decided")
    assert [(r["decision"]["choice"], r["decision"]["partner"], r["decision"]["by"]) for r in decided] == [
        ("right", None, "operator"), ("bind", "2002", "operator")
    ]  # fmt: skip
    trail = cast.owner.get("/api/audit", action="inbox").data["rows"]
    assert [(r["action"], r["user"]) for r in trail] == [
        ("inbox.ambiguous", "operator"),
        ("inbox.conflict", "operator"),
    ]
    ids = [d["decision_id"] for d in given.data["decisions"]]
    assert cast.operator.post("/api/inbox/undo", {"decision_ids": ids}).status == 200
    assert len(rows(cast.operator)) == 2
    assert {d["state"] for d in cast.viewer.get("/api/inbox/decisions").data["rows"]} == {"undone"}


def test_answers_may_be_taken_back_before_their_run(cast: Cast, scene: dict[str, Any]) -> None:
    from choai.store import decisions
    from choai.store.models import Decision, Run

    conflict, doubt = rows(cast.operator)
    first = cast.operator.post(f"/api/inbox/{conflict['id']}/decide", {"choice": "right"}).data["decisions"][0]
    second = cast.operator.post(f"/api/inbox/{doubt['id']}/decide", {"choice": "bind", "partner": "2002"}).data
    at = Decision.objects.get(id=first["decision_id"]).at
    second_id = second["decisions"][0]["decision_id"]
    Decision.objects.filter(id=second_id).update(at=at + timedelta(seconds=8))
    assert decisions.begin_due(at + timedelta(seconds=12)) == [], "an answer to the same sync was given since"
    assert cast.operator.post("/api/inbox/undo", {"decision_ids": [second_id]}).status == 200
    (run_id,) = decisions.begin_due(at + timedelta(seconds=12))
    assert Run.objects.get(id=run_id).settings["only"] == {"left": ["1"], "right": ["1001"]}
    assert decisions.begin_due(at + timedelta(seconds=13)) == [], "it is at work"
    Run.objects.filter(id=run_id).update(state="error", ended_at=at)
    assert decisions.begin_due(at + timedelta(seconds=14)) == [], "its next run tries again"


def test_an_answer_to_a_busy_sync_waits_for_its_run(cast: Cast, scene: dict[str, Any]) -> None:
    from choai.store import decisions
    from choai.store.models import Run

    conflict = rows(cast.operator)[0]
    Run.objects.filter(id=scene["run_id"]).update(state="running", ended_at=None)
    given = cast.operator.post(f"/api/inbox/{conflict['id']}/decide", {"choice": "right"}).data
    assert (given["runs"], given["soon"]) == ([], False)
    assert decisions.begin_due(clock.now() + timedelta(seconds=30)) == []
    Run.objects.filter(id=scene["run_id"]).update(state="partly")
    assert len(decisions.begin_due(clock.now() + timedelta(seconds=31))) == 1


def test_bulk_is_all_or_none(cast: Cast, scene: dict[str, Any]) -> None:
    conflict, doubt = rows(cast.operator)
    answers = [{"id": conflict["id"], "choice": "right"}, {"id": doubt["id"], "choice": "left"}]
    assert cast.operator.post("/api/inbox/decide", {"decisions": answers}).code == "not_actionable"
    assert len(rows(cast.operator)) == 2


def test_held_runs_drift_and_connections_wait_as_well(cast: Cast, scene: dict[str, Any]) -> None:
    from choai.store.models import Connection, Run

    Run.objects.filter(id=scene["run_id"]).update(
        state="held", error_code="brake", error_facts={"count": 40, "total": 50, "limit": 30}, ended_at=None
    )
    Connection.objects.filter(id=scene["books_id"]).update(state="reauthorise", state_code="reauthorise")
    held, connection = rows(cast.operator)[:2]
    assert (held["kind"], [c["key"] for c in held["choices"]]) == ("held", ["apply", "discard"])
    assert (connection["kind"], connection["link"]) == ("connection", f"/connections/{scene['books_id']}")
    assert cast.operator.post(f"/api/inbox/{held['id']}/decide", {"choice": "discard"}).status == 200
    assert Run.objects.get(id=scene["run_id"]).state == "cancelled"
    Run.objects.filter(id=scene["run_id"]).update(state="error", error_code="field_not_found")
    drift = rows(cast.operator)[0]
    assert (drift["kind"], drift["problem"]["code"]) == ("drift", "field_not_found")
    again = cast.operator.post(f"/api/inbox/{drift['id']}/decide", {"choice": "rerun"})
    assert Run.objects.get(id=again.data["runs"][0]).state == "queued"
    assert rows(cast.operator)[0]["kind"] == "connection", "a newer run is at it"


@pytest.mark.req("FK-66")
def test_a_drift_names_both_ends_and_where_it_is_put_right(cast: Cast, scene: dict[str, Any]) -> None:
    from choai.store.models import Run

    sync_id = scene["sync_id"]
    broken = {
        "row": 2, "code": "field_not_found", "facts": {"service": "kintone", "object": "取引先マスタ", "field": "電話番号"},
        "left_ja": "kintone「電話番号」", "left_en": "kintone “Phone”",
        "right_ja": "freee会計「電話」", "right_en": "freee “Tel”",
    }  # fmt: skip
    facts = {**broken["facts"], "rows": [broken]}
    Run.objects.filter(id=scene["run_id"]).update(
        state="error", phase="open", error_code="field_not_found", error_facts=facts
    )
    drift = rows(cast.viewer, kind="drift")[0]
    assert (drift["link"], drift["whole"]) == (f"/syncs/{sync_id}?row=2", True)
    assert [(b["row"], b["left_ja"], b["right_ja"], b["problem"]["code"]) for b in drift["breaks"]] == [
        (2, "kintone「電話番号」", "freee会計「電話」", "field_not_found")
    ]
    assert "関係する項目: kintone「電話番号」 ↔ freee会計「電話」。" in drift["problem"]["cause"]
    for shown in (
        cast.viewer.get(f"/api/syncs/{sync_id}").data["paused"],
        cast.viewer.get("/api/syncs").data["rows"][0]["paused"],
        next(m for m in cast.viewer.get("/api/masters").data["rows"] if m["sync_id"] == sync_id)["reason"],
        next(a for a in cast.viewer.get("/api/dashboard").data["attention"] if a["link"].startswith("/inbox"))[
            "problem"
        ],
    ):
        assert shown["cause"] == drift["problem"]["cause"]
    assert [r["kind"] for r in rows(cast.viewer, sync=sync_id) if r["id"].startswith("run-")] == ["drift"]
    Run.objects.filter(id=scene["run_id"]).update(state="succeeded", error_code="", error_facts={})
    assert cast.viewer.get(f"/api/syncs/{sync_id}").data["paused"] is None
    assert rows(cast.viewer, kind="drift") == []


def test_two_records_are_said_to_be_two_and_that_is_taken_back(cast: Cast, scene: dict[str, Any]) -> None:
    from choai.store.models import Binding, Retry

    pair = Binding.objects.get().id
    assert cast.operator.delete(f"/api/bindings/{pair}?apart=true").code == "forbidden"
    assert cast.stranger.delete(f"/api/bindings/{pair}?apart=true").code == "not_found"
    assert cast.owner.delete(f"/api/bindings/{pair}?apart=true").status == 200
    (standing,) = cast.viewer.get("/api/inbox/decisions", state="standing").data["rows"]
    assert (standing["kind"], standing["choice"], standing["left_id"], standing["right_id"]) == (
        "pair", "apart", "1", "1001"
    )  # fmt: skip
    looked = set(Retry.objects.values_list("side", "record_id"))
    assert looked >= {("left", "1"), ("right", "1001")}, "the next run looks at both"
    entry = cast.owner.get("/api/audit", action="binding.unlink").data["rows"][0]
    assert (entry["after"], entry["before"]) == ({"apart": True}, {"left_id": "1", "right_id": "1001"})
    assert "" not in {a["problem"]["code"] for a in cast.viewer.get("/api/dashboard").data["attention"]}
    assert cast.operator.post("/api/inbox/undo", {"decision_ids": [standing["id"]]}).status == 200
    assert cast.viewer.get("/api/inbox/decisions", state="standing").data["rows"] == []


def test_a_candidate_that_belongs_to_another_record_is_not_offered(cast: Cast, scene: dict[str, Any]) -> None:
    from choai.store.models import Binding, Sync

    pairing = Sync.objects.get(id=scene["sync_id"]).pairing_id
    Binding.objects.create(
        workspace_id=cast.workspace_id, pairing_id=pairing, left_id="9", right_id="2001", name="海", created_at=AT
    )
    doubt = rows(cast.viewer, kind="ambiguous")[0]
    assert [(c["id"], c["bound_to"]) for c in doubt["candidates"]] == [("2001", "9"), ("2002", None)]
    assert [(c["key"], c["id"]) for c in doubt["choices"]] == [("bind", "2002"), ("create", None), ("ignore", None)]
    answer = {"choice": "bind", "partner": "2001"}
    assert cast.operator.post(f"/api/inbox/{doubt['id']}/decide", answer).code == "not_actionable"


def test_a_run_is_undone_by_a_run(cast: Cast, scene: dict[str, Any]) -> None:
    from choai.engine.codec import pack
    from choai.store.models import Binding, Item, Run

    Item.objects.create(
        workspace_id=cast.workspace_id, run_id=scene["run_id"], sync_id=scene["sync_id"], side="left", op="update",
        outcome="updated", name="青空", left_id="1", right_id="1001", ended_at=AT,
        before=pack({"電話番号": "0"}), after=pack({"電話番号": "1"}),
    )  # fmt: skip
    Item.objects.create(
        workspace_id=cast.workspace_id, run_id=scene["run_id"], sync_id=scene["sync_id"], side="right", op="update",
        outcome="updated", name="青空", left_id="1", right_id="1001", ended_at=AT,
        before=pack({"phone": "0"}), after=pack({"phone": "1"}),
    )  # fmt: skip
    assert Binding.objects.count() == 1
    shown = cast.viewer.get(f"/api/runs/{scene['run_id']}/undo")
    assert shown.status == 200, shown.body
    assert (shown.data["possible"], shown.data["totals"]["put_back"]) == (True, 1)
    back, listed = shown.data["rows"]
    assert (back["fields"][0]["previous"], back["problem"]) == ("0", None)
    assert (listed["action"], listed["problem"]["next"]) == (
        "listed",
        "必要であれば、以前の値を見てfreee会計で直してください。",
    )
    started = cast.owner.post(f"/api/runs/{scene['run_id']}/undo")
    assert Run.objects.get(id=started.data["run_id"]).trigger == "undo"
    assert cast.owner.post(f"/api/runs/{scene['run_id']}/undo").code == "undone_already"


@pytest.mark.req("CC-11")
def test_every_write_into_a_record_is_traced_to_its_run(cast: Cast, scene: dict[str, Any]) -> None:
    found = cast.viewer.get("/api/records/trace", sync=scene["sync_id"], side="left", id="1")
    assert found.status == 200, found.body
    (row,) = found.data["rows"]
    assert (row["run"]["id"], row["outcome"], row["run"]["trigger"]) == (scene["run_id"], "blocked", "manual")


def test_the_trail_is_verified(cast: Cast, scene: dict[str, Any]) -> None:
    from choai.store.models import AuditEntry

    found = cast.owner.get("/api/audit/verify").data
    assert found["intact"] is True
    assert found["entries"] == AuditEntry.objects.filter(workspace_id=cast.workspace_id).count() > 0
    AuditEntry.objects.filter(workspace_id=cast.workspace_id, number=2).update(subject="x")
    found = cast.owner.get("/api/audit/verify").data
    assert (found["intact"], found["broken"], found["reason"]) == (False, 2, "changed")
    assert cast.operator.get("/api/audit/verify").code == "forbidden"
