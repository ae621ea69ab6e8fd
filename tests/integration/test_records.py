"""One record is not right, or changes while it is being synced: it ends by itself, with its reason, and the others go on."""

from __future__ import annotations

import pytest

from choai.store.models import Retry
from integration.scene import IN, OUT, Scene, after_writing, before_writing, codes, counts

LONG = {"partner": "長" * 256, "tag": "札" * 31, "segment_1": "域" * 101}


# ------------------------------------------------------------------ content


@pytest.mark.req("FK-18", "FK-47")
@pytest.mark.parametrize("kind", LONG)
def test_a_name_that_is_too_long(scene: Scene, kind: str) -> None:
    s = scene
    s.link(kind)
    id = s.card(LONG[kind])
    s.card("海山")
    run = s.run(OUT)
    assert (run.state, counts(run), codes(run)) == ("partly", {"created": 1, "failed": 1}, {"too_long": 1})
    problem = s.item(run, LONG[kind])["problem"]
    assert str(len(LONG[kind])) in problem["cause"]
    s.told(run)
    assert [r["name"] for r in s.rows()] == ["海山"]
    s.recard(id, **{"取引先名" if kind == "partner" else "名前": "短い"})
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    assert not Retry.objects.exists()
    s.told(run)


@pytest.mark.req("FK-27", "FK-18")
def test_an_empty_required_field_and_a_wrong_registration_number(partners: Scene) -> None:
    s = partners
    s.card("", 電話番号="03-0000-0001")
    s.card("海山工業", 登録番号="T123")
    s.card("青空商事")
    run = s.run(OUT)
    assert counts(run)["created"] == 1
    assert codes(run).pop("required_missing") == 1
    assert counts(run).get("failed", 0) + counts(run)["skipped"] == 2
    s.told(run)
    assert [r["name"] for r in s.rows()] == ["青空商事"]


# ------------------------------------------------------------------ duplicates


@pytest.mark.req("FK-51")
@pytest.mark.parametrize("kind", ["partner", "tag", "segment_1"])
def test_a_name_that_is_already_there(scene: Scene, kind: str) -> None:
    s = scene
    s.link(kind)
    there = s.book("青空商事", shortcut1="もと")
    s.card("青空商事")
    s.card("海山工業")
    before = dict(s.row("青空商事"))
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("partly", {"created": 1, "failed": 1})
    assert codes(run) == {"duplicate_name": 1}
    problem = s.item(run, "青空商事")["problem"]
    assert there in problem["cause"], "the id of the one that is there"
    assert s.row("青空商事") == before, "nothing is overwritten"
    s.told(run)
    s.rebook("青空商事", name="青空商事（旧）")
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    s.told(run)


@pytest.fixture
def coded(scene: Scene) -> Scene:
    """Partners linked in a company that uses partner codes."""
    scene.books_settings(use_partner_code=True)
    assert scene.identify(scene.right).capabilities["partner_code"]
    scene.link("partner")
    return scene


@pytest.mark.req("FK-20", "FK-51")
def test_with_codes_a_taken_code_and_a_taken_name_both_fail(coded: Scene) -> None:
    s = coded
    by_code = s.book("青空商事", code="C001")
    by_name = s.book("海山工業", code="C002")
    s.card("別の会社", 取引先コード="C001")
    s.card("海山工業", 取引先コード="C009")
    s.card("新しい会社", 取引先コード="C010")
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("partly", {"created": 1, "failed": 2})
    assert codes(run) == {"duplicate_code": 1, "duplicate_name": 1}
    problem = s.item(run, "別の会社")["problem"]
    assert all(part in problem["cause"] for part in ("C001", "青空商事", by_code))
    assert by_name in s.item(run, "海山工業")["problem"]["cause"]
    assert {r["code"] for r in s.rows()} == {"C001", "C002", "C010"}
    s.told(run)
    s.unbook("青空商事")
    s.rebook("海山工業", name="海山工業（旧）")
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 2})
    s.told(run)


@pytest.mark.req("FK-20", "FK-27")
def test_with_codes_a_record_without_one_is_not_selected_until_it_has_it(coded: Scene) -> None:
    s = coded
    id = s.card("青空商事")
    run = s.run(OUT)
    assert (counts(run), codes(run)) == ({"skipped": 1}, {"required_missing": 1})
    s.told(run)
    s.recard(id, 取引先コード="C001")
    assert counts(s.run(OUT)) == {"created": 1}
    assert s.row("青空商事")["code"] == "C001"


@pytest.mark.req("FK-20")
def test_without_codes_a_code_is_never_sent(partners: Scene) -> None:
    s = partners
    s.card("青空商事", 取引先コード="C001")
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    assert s.row("青空商事")["code"] is None


@pytest.mark.req("FK-20")
def test_the_code_mode_switched_on_behind_our_back(partners: Scene) -> None:
    """The form of the company changed since the last look: freee refuses the records, and says why."""
    s = partners
    s.card("青空商事", 取引先コード="C001")
    s.books_settings(use_partner_code=True)
    run = s.run(OUT)
    assert (run.state, codes(run)) == ("partly", {"validation_rejected": 1})
    s.told(run)
    assert not s.rows()
    s.identify(s.right)
    s.link("partner")
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    s.told(run)


@pytest.mark.req("FK-51")
def test_two_records_with_one_name_make_one_partner(partners: Scene) -> None:
    s = partners
    s.card("株式会社青空商事")
    s.card("（株）青空商事")
    s.meant_twice = {"青空商事"}
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("partly", {"created": 1, "failed": 1})
    assert codes(run) == {"duplicate_in_source": 1}
    assert len(s.rows()) == 1
    s.told(run)


@pytest.mark.req("FK-27", "FK-51")
def test_many_records_for_one_partner_are_none_of_them_sent(partners: Scene) -> None:
    s = partners
    id = s.book("青空商事")
    s.card("青空商事", freee取引先ID=id, 電話番号="1")
    s.card("青空商事 大阪支店", freee取引先ID=id, 電話番号="2")
    run = s.run(OUT)
    assert (run.state, counts(run), codes(run)) == ("succeeded", {"skipped": 2}, {"many_to_one": 2})
    assert s.row("青空商事")["phone"] is None
    s.meant_twice = {id}
    s.told(run)


@pytest.mark.req("FK-27")
def test_several_records_that_could_be_the_partner_are_not_guessed(partners: Scene) -> None:
    s = partners
    s.book("株式会社青空商事")
    for name in ("㈱青空商事", "（株）青空商事"):
        s.card(name)
    s.meant_twice = {"青空商事"}
    run = s.run(IN)
    assert (run.state, codes(run)) == ("partly", {"ambiguous_match": 1})
    assert len(s.records()) == 2
    assert not any(r["freee取引先ID"] for r in s.records())
    s.told(run)


# ------------------------------------------------------------------ archived


@pytest.mark.req("FK-21")
def test_an_archived_partner_fails_with_its_reason(partners: Scene) -> None:
    s = partners
    id = s.card("青空商事", 電話番号="03-0000-0001")
    s.run(OUT)
    s.rebook("青空商事", _archived=True)
    s.recard(id, 電話番号="03-0000-0002")
    run = s.run(OUT)
    assert (run.state, codes(run)) == ("partly", {"archived_on_accounting_side": 1})
    s.told(run)
    assert s.row("青空商事")["phone"] == "03-0000-0001"
    s.rebook("青空商事", _archived=False)
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"updated": 1})
    s.told(run)


@pytest.mark.req("FK-21")
def test_a_record_that_names_an_archived_partner_makes_no_new_one(partners: Scene) -> None:
    s = partners
    there = s.book("青空商事", _archived=True)
    s.card("青空商事（新）", freee取引先ID=there)
    run = s.run(OUT)
    assert (run.state, codes(run)) == ("partly", {"archived_on_accounting_side": 1})
    assert len(s.rows()) == 1
    s.told(run)
    s.rebook("青空商事", _archived=False)
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"updated": 1})
    assert [r["name"] for r in s.rows()] == ["青空商事（新）"]
    s.told(run)


@pytest.mark.req("FK-21", "FK-51")
def test_the_name_of_an_archived_partner_is_taken(partners: Scene) -> None:
    s = partners
    s.book("青空商事", _archived=True)
    s.card("青空商事")
    run = s.run(OUT)
    assert (run.state, codes(run)) == ("partly", {"validation_rejected": 1})
    s.told(run)
    assert len(s.rows()) == 1


# ------------------------------------------------------------------ edits during the run


@pytest.mark.req("FK-52")
@pytest.mark.parametrize("way", [IN, OUT])
def test_edited_before_its_turn_goes_out_with_the_new_content(scene: Scene, way: str) -> None:
    s = scene
    s.link("partner", recheck_seconds=0)
    s.book("青空商事", phone="旧") if way == IN else s.card("青空商事", 電話番号="旧")

    def act() -> None:
        s.rebook("青空商事", phone="新") if way == IN else s.recard("1", 電話番号="新")

    run = s.run(way, between=before_writing(act))
    assert (run.state, counts(run)) == ("succeeded", {"created": 1})
    assert s.record("青空商事")["電話番号"] == s.row("青空商事")["phone"] == "新"
    s.told(run)
    assert counts(s.run(way)) == {}


@pytest.mark.req("FK-52")
@pytest.mark.parametrize("way", [IN, OUT])
def test_edited_after_its_turn_is_a_failure_of_this_run_and_follows(partners: Scene, way: str) -> None:
    s = partners
    s.book("青空商事", phone="旧") if way == IN else s.card("青空商事", 電話番号="旧")

    def act() -> None:
        s.rebook("青空商事", phone="新") if way == IN else s.recard("1", 電話番号="新")

    run = s.run(way, between=after_writing(act))
    assert (run.state, counts(run)) == ("partly", {"failed": 1})
    assert codes(run) == {"changed_during_run": 1}
    assert s.record("青空商事")["電話番号"] == ("旧" if way == IN else "新")
    s.told(run)
    run = s.run(way)
    assert (run.state, counts(run)) == ("succeeded", {"updated": 1})
    assert s.record("青空商事")["電話番号"] == s.row("青空商事")["phone"] == "新"
    s.told(run)
    assert counts(s.run(way)) == {}


@pytest.mark.req("FK-53", "FK-54")
@pytest.mark.parametrize("way", [IN, OUT])
@pytest.mark.parametrize("kind", ["partner", "segment_1"])
def test_deleted_during_the_run_is_not_counted(scene: Scene, way: str, kind: str) -> None:
    s = scene
    s.link(kind, recheck_seconds=0)
    for name in ("青空商事", "海山工業"):
        s.book(name) if way == IN else s.card(name)

    def act() -> None:
        s.unbook("青空商事") if way == IN else s.uncard("1")

    run = s.run(way, between=before_writing(act))
    assert (run.state, counts(run)) == ("succeeded", {"created": 1, "not_counted": 1})
    assert codes(run) == {"deleted_during_run": 1}
    assert s.told(run)["counts"]["targets"] == 1
    held = [r["name"] for r in s.rows()] if way == OUT else [r["$id"] for r in s.records()]
    assert len(held) == 1
    run = s.run(way)
    assert run.state == "succeeded"
    s.told(run)


@pytest.mark.req("FK-54", "FK-60")
def test_a_record_deleted_at_kintone_leaves_its_partner_alone(partners: Scene) -> None:
    s = partners
    for name in ("青空商事", "海山工業"):
        s.card(name)
    s.run(OUT)
    s.uncard("1")
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {})
    assert len(s.rows()) == 2
    s.told(run)
