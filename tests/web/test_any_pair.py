"""Setting up any CRM with any accounting service through the API, as the wizard does it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pairs.cell import Cell, stage
from passwords import quick_passwords


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Any, django_db_blocker: Any) -> Iterator[Cell]:
    """kintone and Xero in one installation for all tests here."""
    from databases import sqlite_copy

    folder = tmp_path_factory.mktemp("pair")
    unblocked, copied = django_db_blocker.unblock(), sqlite_copy(_sqlite_template, folder)
    with unblocked, quick_passwords(), copied, stage("kintone", "xero") as ready:
        yield ready


def ends(cell: Cell, topic: str, left: str, right: str) -> dict[str, Any]:
    return {
        "left_connection": cell.connections["left"], "left_object": left,
        "right_connection": cell.connections["right"], "right_object": right, "topic": topic,
    }  # fmt: skip


def wish(cell: Cell, made: dict[str, Any], which: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        **which, "name": made["name"], "directions": made["directions"], "rows": made["mapping"]["rows"],
        "match_keys": made["mapping"]["match_keys"], **more,
    }  # fmt: skip


def propose(cell: Cell, which: dict[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = cell.api("POST", "/pair-setup/propose", which)
    return made


PARTNER = ("partner", "app:1", "contact")
INVOICE = ("invoice", "app:50", "invoice")


def test_what_both_sides_offer_is_told_with_the_likeliest_objects(cell: Cell) -> None:
    found = cell.api("GET", "/pair-setup", left=cell.connections["left"], right=cell.connections["right"])
    rows = {row["key"]: row for row in found["rows"]}
    assert (rows["partner"]["left"], rows["partner"]["right"]) == ("app:1", "contact")
    assert (rows["invoice"]["left"], rows["invoice"]["right"]) == ("app:50", "invoice")
    assert rows["quote"]["right"] == "quote"
    assert rows["quote"]["left"] is None  # no app is called so; a person may still choose one
    assert [o["name"] for o in rows["quote"]["left_objects"]] == ["app:1", "app:50", "app:21@3"]
    assert not any(o["likely"] for o in rows["quote"]["left_objects"])


def test_connections_of_the_wrong_side_or_another_workspace_are_refused(cell: Cell) -> None:
    left, right = cell.connections["left"], cell.connections["right"]
    swapped = cell.person.get("/api/pair-setup", left=right, right=left)
    assert swapped.code == "bad_request"
    assert cell.person.get("/api/pair-setup", left=999_999, right=right).code == "not_found"
    gone = cell.person.post("/api/pair-setup/propose", ends(cell, "partner", "app:77", "contact"))
    assert gone.code == "object_not_found"
    assert cell.person.post("/api/pair-setup/propose", ends(cell, "nothing", "app:1", "contact")).code == "not_found"


def test_a_proposal_saves_nothing_and_pairs_what_means_the_same(cell: Cell) -> None:
    from choai.store.models import Pairing

    before = Pairing.objects.count()
    made = propose(cell, ends(cell, *PARTNER))
    pairs = {(row["left"], row["right"]): row for row in made["mapping"]["rows"]}
    assert pairs["取引先名", "Name"]["direction"] == "both"
    assert pairs["メールアドレス", "EmailAddress"]["direction"] == "both"
    assert pairs["都道府県", "POBOX.Region"]["direction"] == "to_right"  # free text never goes into a list of choices
    assert not {"freee取引先ID", "freee_URL"} & {left for left, _ in pairs}  # those are another service's
    assert [key["right"] for key in made["mapping"]["match_keys"]] == ["AccountNumber", "Name"]
    assert made["directions"] == made["offered"] == ["to_left", "to_right"]
    assert made["mapping"]["problems"] == []
    assert made["brake"] == {"share": 30, "minimum": 20}
    assert Pairing.objects.count() == before


def test_what_is_missing_is_told_at_once(cell: Cell) -> None:
    which = ends(cell, *INVOICE)
    made = propose(cell, which)
    assert made["directions"] == ["to_left"]  # accounting tells the CRM
    rows = [row for row in made["mapping"]["rows"] if row["left"] != "請求書番号"]
    asked = {**which, "rows": rows, "match_keys": [], "directions": ["to_left"]}
    problems = cell.api("POST", "/pair-setup/check", asked)["problems"]
    assert [(p["problem"]["code"], p["problem"]["facts"]["field"]) for p in problems] == [
        ("required_unmapped", "請求書番号")
    ]
    refused = cell.person.post("/api/pair-setup", {**asked, "name": "請求書"})
    assert refused.code == "mapping_invalid"
    bare = {**asked, "rows": [{"left": "件名", "right": "Reference"}], "directions": ["to_left"]}
    codes = [p["problem"]["code"] for p in cell.api("POST", "/pair-setup/check", bare)["problems"]]
    assert "key_field_missing" in codes  # nothing unique of the source would tell a record that was created


def test_a_direction_that_cannot_be_written_is_refused(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from choai.presets import any_pair

    which = ends(cell, *INVOICE)
    made = propose(cell, which)
    real = any_pair.offered_ways
    monkeypatch.setattr(
        any_pair,
        "offered_ways",
        lambda a, b: real(a, replace(b, spec=replace(b.spec, can_create=False, can_update=False))),
    )
    refused = cell.person.post("/api/pair-setup", wish(cell, made, which, directions=["to_right"]))
    assert refused.code == "direction_not_offered"


def test_a_double_click_makes_one_sync_with_schedule_and_audit(cell: Cell) -> None:
    from choai.store.models import AuditEntry, Sync

    which = ends(cell, *INVOICE)
    made = propose(cell, which)
    body = wish(cell, made, which, schedule={"enabled": True, "frequency": "weekly", "weekday": 2})
    with ThreadPoolExecutor(4) as pool:
        answers = [a.data for a in pool.map(lambda _: cell.person.post("/api/pair-setup", body), range(4))]
    assert len({a["sync_id"] for a in answers}) == 1
    assert sorted(a["created"] for a in answers) == [False, False, False, True]
    sync = Sync.objects.select_related("schedule", "pairing").get(id=answers[0]["sync_id"])
    assert (sync.preset, sync.pairing.kind, sync.to_left, sync.to_right) == ("any_pair", "invoice", True, False)
    assert sync.run_as_id == cell.user_id
    assert AuditEntry.objects.filter(action="pair.create").count() == 1
    shown = cell.api("GET", f"/syncs/{sync.id}/schedule")
    assert (shown["enabled"], shown["frequency"], shown["weekday"]) == (True, "weekly", 2)
    assert shown["next_at"] is not None
    assert cell.api("GET", "/dashboard")["next_runs"] == [
        {
            "kind": f"pair-{sync.pairing_id}",
            "sync": {"id": sync.id, "name": sync.name},
            "at": shown["next_at"],
            "late": False,
        }
    ]
    for board in (cell.api("GET", "/schedules"), cell.api("GET", "/dashboard")):
        (card,) = board["syncs"]
        assert card["sync"] == {"id": sync.id, "name": sync.name}
        assert (card["kind"], card["enabled"], card["direction"]) == ("invoice", True, "to_left")
        assert (card["next_at"], card["result"]) == (shown["next_at"], None)
    off = cell.api("PUT", f"/syncs/{sync.id}/schedule", {"enabled": False, "version": shown["version"]})
    assert (off["enabled"], off["next_at"]) == (False, None)
    stale = cell.person.put(f"/api/syncs/{sync.id}/schedule", {"enabled": True, "version": shown["version"]})
    assert stale.code == "conflict_edit"
    known = cell.api("GET", "/pair-setup", left=cell.connections["left"], right=cell.connections["right"])["known"]
    assert {"left": "app:50", "right": "invoice", "sync_id": sync.id} in known


def test_the_mapping_screen_and_a_preview_take_over_from_there(cell: Cell) -> None:
    which = ends(cell, *PARTNER)
    made = propose(cell, which)
    sync_id = cell.api("POST", "/pair-setup", wish(cell, made, which))["sync_id"]
    mapping = cell.api("GET", f"/syncs/{sync_id}/mapping")
    assert [r["left"] for r in mapping["rows"]] == [r["left"] for r in made["mapping"]["rows"]]
    assert sorted(mapping["directions"]) == ["to_left", "to_right"]
    assert not [p for p in mapping["problems"] if p["severity"] == "error"]
    assert cell.api("POST", f"/syncs/{sync_id}/run", {"preview": True})["run_id"]


def test_a_reference_to_what_is_not_synced_is_told_with_the_names_of_both(cell: Cell) -> None:
    from choai.store.models import SchemaSnapshot

    which = ends(cell, *PARTNER)
    made = propose(cell, which)
    sync_id = cell.api("POST", "/pair-setup", wish(cell, made, which))["sync_id"]
    mine = SchemaSnapshot.objects.get(connection=cell.connections["left"], object="app:1")
    kept = mine.data
    refers = {"name": "税", "kind": "reference", "ja": "税", "en": "Tax", "target": "app:50"}
    mine.data = {**kept, "fields": [*kept["fields"], refers]}
    mine.save()
    row = {"left": "税", "right": "AccountsReceivableTaxType", "direction": "to_left"}
    asked = {"rows": [*made["mapping"]["rows"], row], "match_keys": made["mapping"]["match_keys"]}
    try:
        for path, more in (
            ("/pair-setup/check", {**which, "directions": ["to_left"]}),
            (f"/syncs/{sync_id}/mapping/check", {}),
        ):
            found = cell.api("POST", path, {**asked, **more})["problems"]
            told = next(p for p in found if p["problem"]["code"] == "reference_not_synced")
            assert (told["severity"], told["row"]) == ("warning", len(made["mapping"]["rows"]))
            assert "「税率」" in told["problem"]["cause"], told
    finally:
        mine.data = kept
        mine.save()
