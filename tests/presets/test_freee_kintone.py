"""The setup that is proposed for linking an app with a kind of freee master."""

from __future__ import annotations

from dataclasses import replace

import pytest

from choai.errors import ChoaiError
from choai.model.mapping import Flow
from choai.model.schema import Choice, Field, Schema
from choai.model.values import Kind
from choai.presets import GALLERY
from choai.presets import freee_kintone as preset


def text(name: str, **more: object) -> Field:
    return replace(Field(name, Kind.TEXT, name, name), **more)  # type: ignore[arg-type]  # the facts vary by test


FREEE_TAG = Schema(
    "tag",
    (
        Field("id", Kind.IDENTIFIER, "ID", "Id", role="tag.id", on_create=False, on_update=False, unique=True),
        Field("name", Kind.TEXT, "名前", "Name", role="tag.name", required=True, max_length=30, unique=True),
        Field("shortcut1", Kind.TEXT, "ショートカット1", "Shortcut 1", role="tag.shortcut1", max_length=20),
    ),
)
FLAG = Field("同期対象", Kind.CHOICES, "同期対象", "Sync", choices=(Choice("同期する", "同期する"),))


def app(*fields: Field) -> Schema:
    return Schema("app:2", fields)


@pytest.mark.parametrize(
    ("identity", "name"), [("freeeタグID", "名前"), ("freee_id", "メモタグ名"), ("freee memo tag ID", "Tag")]
)
def test_the_tag_app_is_understood_by_its_labels(identity: str, name: str) -> None:
    left = app(text(name, required=True, unique=True), text(identity, unique=True), text("ショートカット1"), FLAG)
    draft = preset.draft("tag", left, FREEE_TAG, "メモタグ")
    rows = {row.left: row for row in draft.rows}
    assert rows[identity].right == "id"
    assert rows[identity].write_back
    assert rows[name].right == "name"
    assert rows[name].direction is Flow.BOTH
    assert rows["ショートカット1"].right == "shortcut1"
    assert [(k.left, k.how) for k in draft.match_keys] == [(identity, "exact"), (name, "text")]
    assert [p for p in draft.problems if p.severity == "error"] == []


@pytest.mark.req("FK-27")
def test_the_sync_flag_selects_crm_records() -> None:
    left = app(text("名前"), text("freeeタグID", unique=True), FLAG)
    draft = preset.draft("tag", left, FREEE_TAG, "メモタグ")
    assert draft.selection == {"all": [], "left": [{"field": "同期対象", "values": ["同期する"]}], "right": []}
    unflagged = preset.draft("tag", app(*left.fields[:2]), FREEE_TAG, "メモタグ")
    assert unflagged.selection["left"] == []


@pytest.mark.req("FK-26")
def test_segments_are_read_whole() -> None:
    assert preset.selection("segment_2", app())["all"] == ["right"]
    assert preset.selection("partner", app())["all"] == []


@pytest.mark.req("FK-65")
@pytest.mark.parametrize(
    "identity", [text("freeeタグID"), text("freee取引先ID", unique=True), text("備考", unique=True)]
)
def test_without_a_unique_field_for_the_id_it_is_refused(identity: Field) -> None:
    with pytest.raises(ChoaiError) as refused:
        preset.draft("tag", app(text("名前"), identity), FREEE_TAG, "メモタグ")
    assert refused.value.code == "key_field_missing"
    assert refused.value.facts["app"] == "メモタグ"


@pytest.mark.req("FK-66")
def test_a_required_field_that_nothing_feeds_is_told() -> None:
    left = app(text("名前"), text("freeeタグID", unique=True), text("担当部署", required=True))
    draft = preset.draft("tag", left, FREEE_TAG, "メモタグ")
    assert [(p.code, p.facts["field"]) for p in draft.problems if p.severity == "error"] == [
        ("required_unmapped", "担当部署")
    ]


@pytest.mark.req("FK-14")
def test_the_direction_matrix() -> None:
    for master in preset.MASTERS:
        assert preset.demand_direction(master.kind, "to_left") is master
        if master.kind in ("partner", "tag", "segment_1", "segment_2", "segment_3"):
            assert preset.demand_direction(master.kind, "to_right") is master
        else:
            with pytest.raises(ChoaiError) as refused:
                preset.demand_direction(master.kind, "to_right")
            assert refused.value.code == "direction_not_offered"
    with pytest.raises(ChoaiError) as unknown:
        preset.master("invoice")
    assert unknown.value.code == "not_found"


def test_an_import_only_master_never_writes_to_freee() -> None:
    right = Schema("item", tuple(replace(f, role=f.role and f.role.replace("tag.", "item.")) for f in FREEE_TAG.fields))
    left = app(text("名前"), text("freee品目ID", unique=True))
    rows = preset.draft("item", left, right, "品目").rows
    assert rows
    assert {row.direction for row in rows} == {Flow.TO_LEFT}


@pytest.mark.req("FK-16")
def test_three_kinds_are_scheduled() -> None:
    assert (
        {m.schedule for m in preset.MASTERS if m.schedule}
        == set(preset.SCHEDULE_KINDS)
        == {"partner", "tag", "segment"}
    )


def test_the_gallery_tells_both_languages() -> None:
    for card in GALLERY:
        assert card.ja
        assert card.en
        assert card.text_ja
        assert card.text_en
    assert set(GALLERY[0].kinds) == set(preset.BY_KIND)
