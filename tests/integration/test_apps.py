"""What people do to the linked app: delete it, rename, retype and remove its fields, make one required."""

from __future__ import annotations

import pytest

from choai.engine import wave
from choai.errors import ChoaiError
from choai.store import masters
from choai.store.models import Binding
from integration.scene import APPS, IN, OUT, Scene, after_writing, before_writing, codes, counts, once_written


def delete_app(s: Scene, gone: bool = True) -> None:
    s.crm.world.state["settings"]["deleted_apps"] = [APPS[s.kind]] if gone else []


@pytest.mark.req("FK-55")
@pytest.mark.parametrize("way", [IN, OUT])
def test_an_app_deleted_before_the_run(scene: Scene, way: str) -> None:
    s = scene
    s.link("tag")
    s.link("partner")
    s.book("青空商事")
    s.card("海山工業")
    s.book("重点", "tag")
    delete_app(s)
    run = s.run(way)
    assert (run.state, run.error_code, counts(run)) == ("error", "app_not_found", {})
    assert s.told(run)["problem"]["facts"]["app"]
    assert (len(s.rows()), len(s.records())) == (1, 1)
    assert counts(s.run(IN, "tag")) == {"created": 1}, "other kinds are not affected"
    delete_app(s, False)
    run = s.run(way)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    s.told(run)


@pytest.mark.req("FK-55")
def test_an_unlinked_app_runs_nothing(partners: Scene) -> None:
    masters.set_linked(partners.workspace_id, partners.user_id, "partner", False)
    with pytest.raises(ChoaiError) as caught:
        partners.run(IN)
    assert caught.value.code == "link_disabled"


@pytest.mark.req("FK-55")
def test_an_app_deleted_in_the_middle_of_an_import(partners: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wave, "in_flight", lambda _: 1)
    monkeypatch.setattr(wave, "rounds", lambda _: 1)
    s = partners
    s.book_companies(150)
    run = s.run(IN, between=once_written(lambda: delete_app(s)))
    assert (run.state, run.error_code) == ("error", "app_not_found")
    assert counts(run) == {"created": 100, "not_reached": 50}
    s.told(run)
    delete_app(s, False)
    run = s.run(IN)
    assert (run.state, counts(run)) == ("succeeded", {"created": 50})
    s.told(run)


@pytest.mark.req("FK-23", "FK-55")
def test_an_app_deleted_in_the_middle_of_an_upload(partners: Scene) -> None:
    s = partners
    s.card_companies(50)
    run = s.run(OUT, between=once_written(lambda: delete_app(s)))
    assert (run.state, run.error_code) == ("error", "app_not_found")
    assert counts(run) == {"created": 36, "failed": 14}
    assert codes(run) == {"write_back_failed": 14}
    assert len(s.rows()) == 50
    s.told(run)
    delete_app(s, False)
    run = s.run(OUT)
    assert run.state == "succeeded", codes(run)
    assert len(s.rows()) == 50
    assert all(r["freee取引先ID"] for r in s.records())
    s.told(run)


# ------------------------------------------------------------------ fields


@pytest.mark.req("FK-66")
@pytest.mark.parametrize("way", [IN, OUT])
@pytest.mark.parametrize("change", [{"rename": "代表電話"}, {"remove": True}])
def test_a_mapped_field_renamed_or_removed_is_found_before_anything_is_written(
    partners: Scene, change: dict[str, object], way: str
) -> None:
    s = partners
    s.book("青空商事", phone="03-0000-0001")
    s.card("海山工業", 電話番号="03-0000-0002")
    s.form("電話番号", **change)
    run = s.run(way)
    assert (run.state, run.error_code, counts(run)) == ("error", "field_not_found", {})
    assert "電話番号" in s.told(run)["problem"]["cause"]
    assert (len(s.rows()), len(s.records())) == (1, 1)
    s.link("partner")  # the person chooses again
    run = s.run(way)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    s.told(run)


@pytest.mark.req("FK-66")
def test_a_field_retyped_so_that_values_cannot_pass_is_found_before_anything_is_written(partners: Scene) -> None:
    s = partners
    s.book("青空商事", contact_name="山田 太郎")
    s.form("担当者名", type="FILE")
    run = s.run(IN)
    assert (run.state, run.error_code, counts(run)) in (
        ("error", "not_writable", {}),
        ("error", "kinds_not_convertible", {}),
    )
    s.told(run)
    assert not s.records()
    s.form("担当者名", type="SINGLE_LINE_TEXT")
    run = s.run(IN)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    assert s.record("青空商事")["担当者名"] == "山田 太郎"
    s.told(run)


@pytest.mark.req("FK-47", "FK-61")
def test_a_field_retyped_so_that_some_values_pass_fails_the_others(partners: Scene) -> None:
    s = partners
    s.book("青空商事", contact_name="12")
    s.book("海山工業", contact_name="山田 太郎")
    s.form("担当者名", type="NUMBER")
    run = s.run(IN)
    if run.state == "partly":
        assert counts(run) == {"created": 1, "failed": 1}
        assert codes(run) == {"value_not_convertible": 1}
        assert len(s.records()) == 1
    else:
        assert (run.state, run.error_code, counts(run)) == ("error", "kinds_not_convertible", {})
    s.told(run)
    s.form("担当者名", type="SINGLE_LINE_TEXT")
    run = s.run(IN)
    assert run.state == "succeeded", codes(run)
    assert len(s.records()) == 2
    s.told(run)


@pytest.mark.req("FK-66")
def test_the_identity_field_removed_or_no_longer_unique_stops_every_write(partners: Scene) -> None:
    s = partners
    s.book("青空商事")
    for code in ("freee取引先ID", "取引先名"):  # either would do
        s.form(code, unique=False)
    run = s.run(IN)
    assert (run.state, run.error_code, counts(run)) == ("error", "key_field_missing", {})
    s.told(run)
    for code in ("freee取引先ID", "取引先名"):
        s.form(code, unique=True)
    assert counts(s.run(IN)) == {"created": 1}
    s.book("海山工業")
    s.form("freee取引先ID", remove=True)
    run = s.run(IN)
    assert (run.state, run.error_code, counts(run)) == ("error", "field_not_found", {})
    s.told(run)
    assert len(s.records()) == 1


@pytest.mark.req("FK-52")
def test_a_field_renamed_in_the_middle_is_told_by_the_next_run_and_nothing_is_lost(partners: Scene) -> None:
    s = partners
    s.book_companies(3)
    s.book("青空商事", phone="03-0000-0001")
    run = s.run(IN, between=before_writing(lambda: s.form("電話番号", rename="代表電話")))
    assert (run.state, counts(run)) == ("partly", {"created": 3, "failed": 1})
    assert codes(run) == {"field_not_taken": 1}
    assert "電話番号" in s.item(run, "青空商事")["problem"]["cause"]
    s.told(run)
    again = s.run(IN)
    assert (again.state, again.error_code, counts(again)) == ("error", "field_not_found", {})
    s.told(again)
    s.form("代表電話", rename="電話番号")
    again = s.run(IN)
    assert again.state == "succeeded", codes(again)
    assert s.record("青空商事")["電話番号"] == "03-0000-0001"
    assert len(s.records()) == 4
    s.told(again)


@pytest.mark.req("FK-66")
def test_a_required_field_that_nothing_feeds_is_found_before_the_first_record(partners: Scene) -> None:
    s = partners
    s.book("青空商事")
    s.form("備考", required=True)
    run = s.run(IN)
    assert (run.state, run.error_code, counts(run)) == ("error", "required_unmapped", {})
    problem = s.told(run)["problem"]
    assert "備考" in problem["cause"]
    assert "kintone" in problem["cause"]
    s.form("備考", required=False)
    assert counts(s.run(IN)) == {"created": 1}


@pytest.mark.req("FK-66")
def test_a_field_made_required_in_the_middle_fails_these_records_only(partners: Scene) -> None:
    s = partners
    s.book_companies(3)
    run = s.run(IN, between=before_writing(lambda: s.form("備考", required=True)))
    assert (run.state, counts(run)) == ("partly", {"failed": 3})
    assert codes(run) == {"validation_rejected": 3}
    s.told(run)
    s.form("備考", required=False)
    run = s.run(IN)
    assert (run.state, counts(run)) == ("succeeded", {"created": 3})
    s.told(run)


@pytest.mark.req("FK-60")
def test_records_deleted_at_kintone_after_their_turn_are_only_marked(partners: Scene) -> None:
    s = partners
    s.book_companies(5)
    run = s.run(IN, between=after_writing(lambda: s.uncard("1")))
    assert (run.state, counts(run)) == ("succeeded", {"created": 5})
    s.rebook(s.rows()[0]["name"], phone="03-0000-0009")
    run = s.run(IN)
    assert (run.state, codes(run)) == ("partly", {"record_not_found": 1})
    s.told(run)
    assert Binding.objects.get(left_id="1").state == "missing_left"
    run = s.run(IN)
    assert (run.state, codes(run)) == ("partly", {"missing_on_other_side": 1})
    s.told(run)
    assert len(s.rows()) == 5
