"""The app's administrator or the accounting side changes its fields while syncs are live: what uses them pauses, by name, the
rest runs, and everything goes on by itself once it is put right (G17 of the anchors)."""

from __future__ import annotations

from typing import Any

import pytest

from choai.store import drift, health, inbox
from choai.store.models import Binding, Run
from choai.web.faults import problem
from integration.scene import IN, OUT, READERS, Scene, complete, counts

pytestmark = pytest.mark.req("FK-66")


@pytest.fixture
def live(unstarted: Scene) -> Scene:
    """Partners and tags are linked, and both have been synced."""
    s = unstarted
    s.start()
    s.link("tag")
    s.link("partner")
    s.book("青空商事", phone="03-0000-0001", contact_name="山田 太郎")
    s.book("月次", "tag")
    assert counts(s.run(IN)) == {"created": 1}
    assert counts(s.run(IN, "tag")) == {"created": 1}
    assert paused(s) == {}
    return s


def paused(s: Scene) -> dict[str, drift.Pause]:
    return {p.run.sync.pairing.kind: p for p in drift.pauses(s.workspace_id).values()}


def waiting(s: Scene) -> list[dict[str, Any]]:
    return [e for e in inbox.listed(s.workspace_id, page=1, page_size=50).rows if e["kind"] == "drift"]


def ends(entry: dict[str, Any]) -> list[tuple[Any, ...]]:
    return [(b["row"], b["code"], b["left_ja"], b["right_ja"]) for b in entry["breaks"]]


def row_of(s: Scene, left: str) -> int:
    return 1 + next(n for n, row in enumerate(s.sync().mapping) if row["left"] == left)


def demand_paused(s: Scene, code: str) -> dict[str, Any]:
    """Partners stand still and say why in both languages, tags run, the pairs are what they were."""
    pairs = set(Binding.objects.values_list("id", "left_id", "right_id"))
    run = s.run(IN)
    assert (run.state, run.error_code, counts(run)) == ("error", code, {})
    s.told(run)
    s.book(f"臨時{Run.objects.count()}", "tag")
    assert counts(s.run(IN, "tag")) == {"created": 1}
    (entry,) = waiting(s)
    assert (entry["kind"], entry["run_id"], entry["whole"]) == ("drift", run.id, True)
    assert [c["key"] for c in entry["choices"]] == ["rerun"]
    assert list(paused(s)) == ["partner"]
    assert [a["link"] for a in health.attention(s.workspace_id) if a["code"] == code] == [f"/inbox?entry=run-{run.id}"]
    for reader in READERS:
        complete(problem(entry["code"], entry["facts"], reader))
    assert pairs <= set(Binding.objects.values_list("id", "left_id", "right_id"))
    return entry


def demand_resumed(s: Scene) -> None:
    """The next start goes on by itself: an edit of the meantime arrives at the same record."""
    before = set(Binding.objects.values_list("id", "left_id", "right_id"))
    s.rebook("青空商事", phone="03-9999-9999")
    run = s.run(IN, trigger="schedule")
    assert (run.state, counts(run)) == ("succeeded", {"updated": 1})
    assert (waiting(s), paused(s)) == ([], {})
    assert set(Binding.objects.values_list("id", "left_id", "right_id")) == before
    assert len(s.records()) == 1


def test_a_new_label_changes_nothing(live: Scene) -> None:
    s = live
    s.form("電話番号", label="代表電話")
    s.rebook("青空商事", phone="03-1111-1111")
    assert counts(s.run(IN)) == {"updated": 1}
    assert waiting(s) == []


@pytest.mark.parametrize("change", [{"rename": "代表電話"}, {"remove": True}])
def test_a_renamed_or_deleted_field_pauses_what_uses_it(live: Scene, change: dict[str, Any]) -> None:
    s = live
    s.form("電話番号", **change)
    entry = demand_paused(s, "field_not_found")
    number = row_of(s, "電話番号")
    assert ends(entry) == [(number, "field_not_found", "kintone「電話番号」", "freee会計「電話番号」")]
    assert entry["link"] == f"/syncs/{s.sync().id}?row={number}"
    shown = problem(entry["code"], entry["facts"], READERS[0])
    assert "関係する項目: kintone「電話番号」 ↔ freee会計「電話番号」。" in shown["cause"]
    if "rename" in change:
        s.form("代表電話", rename="電話番号")
        demand_resumed(s)


def test_a_deleted_field_is_known_by_the_label_it_had(live: Scene) -> None:
    s = live
    s.form("電話番号", label="代表番号")
    s.run(IN)
    s.form("電話番号", remove=True)
    s.run(IN)
    entry = demand_paused(s, "field_not_found")
    assert [b["left_ja"] for b in entry["breaks"]] == ["kintone「代表番号（電話番号）」"]


def test_a_repaired_mapping_resumes_as_well(live: Scene) -> None:
    s = live
    s.form("電話番号", rename="代表電話")
    demand_paused(s, "field_not_found")
    sync = s.sync()
    sync.mapping = [{**r, "left": "代表電話"} if r["left"] == "電話番号" else r for r in sync.mapping]
    sync.save(update_fields=["mapping"])
    demand_resumed(s)


def test_a_retyped_field_that_values_cannot_pass_into_pauses_what_uses_it(live: Scene) -> None:
    s = live
    s.form("担当者名", type="FILE")
    run = s.run(IN)
    entry = demand_paused(s, run.error_code)
    assert run.error_code in ("not_writable", "kinds_not_convertible")
    assert {b["left_ja"] for b in entry["breaks"]} == {"kintone「担当者名」"}
    assert {b["row"] for b in entry["breaks"]} == {row_of(s, "担当者名")}
    s.form("担当者名", type="SINGLE_LINE_TEXT")
    demand_resumed(s)


def test_a_match_key_that_is_gone_pauses_and_is_named_with_its_partner(live: Scene) -> None:
    s = live
    sync = s.sync()
    sync.match_keys = [*sync.match_keys, {"left": "無い項目", "right": "name", "how": "exact"}]
    sync.save(update_fields=["match_keys"])
    entry = demand_paused(s, "match_key_missing")
    assert ends(entry) == [(None, "match_key_missing", "kintone「無い項目」", "freee会計「取引先名」")]


def test_a_field_made_required_holds_back_new_records_only(live: Scene) -> None:
    s = live
    s.recard(str(s.record("青空商事")["$id"]), 備考="常連")
    s.form("備考", required=True)
    s.book("海山工業")
    s.rebook("青空商事", phone="03-2222-2222")
    run = s.run(IN)
    assert (run.state, counts(run)) == ("partly", {"updated": 1, "blocked": 1})
    assert s.record("青空商事")["電話番号"] == "03-2222-2222"
    assert "備考" in s.item(run, "海山工業")["problem"]["cause"]
    s.told(run)
    (entry,) = waiting(s)
    assert (entry["code"], entry["whole"]) == ("required_unmapped", False)
    assert ends(entry) == [(None, "required_unmapped", "kintone「備考」", None)]
    s.form("備考", required=False)
    run = s.run(IN, trigger="schedule")
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    assert waiting(s) == []


def test_a_removed_choice_fails_the_records_that_use_it_by_name(live: Scene) -> None:
    s = live
    s.book("海山工業", contact_name="鈴木 一郎")
    s.form(
        "担当者名", type="DROP_DOWN", options={"鈴木 一郎": {"label": "鈴木 一郎", "index": "0"}}
    )  # "佐藤 花子" is no more
    s.rebook("青空商事", contact_name="佐藤 花子")
    run = s.run(IN)
    assert (run.state, counts(run)) == ("partly", {"created": 1, "failed": 1})
    told = s.item(run, "青空商事")["problem"]
    assert told["code"] == "not_a_choice"
    assert "佐藤 花子" in told["cause"]
    s.told(run)
    assert (waiting(s), paused(s)) == ([], {})


@pytest.mark.parametrize("broken", ["field", "choice"])
def test_a_condition_that_nothing_can_fulfil_is_no_success(live: Scene, broken: str) -> None:
    """It would leave out every record without a word."""
    s = live
    rule = {"field": "無い項目", "values": ["対象"]} if broken == "field" else {"field": "状態", "values": ["対象"]}
    sync = s.sync()
    sync.selection = {**sync.selection, "left": [rule]}
    sync.save(update_fields=["selection"])
    if broken == "choice":
        s.form("担当者名", rename="状態")
        s.form("状態", type="DROP_DOWN", options={"対象外": {"label": "対象外", "index": "0"}})
        sync.mapping = [r for r in sync.mapping if r["left"] != "担当者名"]
        sync.save(update_fields=["mapping"])
    s.card("海山工業")
    run = s.run(OUT)
    assert (run.state, run.error_code, counts(run)) == ("error", "selection_broken", {})
    s.told(run)
    (entry,) = waiting(s)
    assert entry["link"] == f"/syncs/{sync.id}?tab=settings"
