"""A tag deleted at freee and made again under the same name has another id: a person is asked, nothing is made twice (FK-67)."""

from __future__ import annotations

import pytest

from choai.errors import ChoaiError
from choai.store import pairs
from choai.store.models import Binding
from integration.scene import IN, OUT, Scene, codes, counts


def remake(s: Scene, name: str) -> tuple[str, str]:
    """Delete at freee and make again under the same name: the old and the new id."""
    old = str(s.row(name)["id"])
    s.unbook(name)
    return old, s.book(name)


@pytest.mark.req("FK-67")
@pytest.mark.parametrize("kind", ["partner", "tag", "segment_1"])
def test_a_tag_made_again_asks_before_an_import(scene: Scene, kind: str) -> None:
    s = scene
    s.link(kind)
    for name in ("青空", "海山"):
        s.book(name)
    s.run(IN)
    old, new = remake(s, "青空")
    for _ in range(2):  # left alone, it asks again and stays as it is
        run = s.run(IN)
        assert (run.state, counts(run).get("blocked"), codes(run)) == ("partly", 1, {"id_changed": 1})
        cause = s.item(run, "青空")["problem"]["cause"]
        assert old in cause
        assert new in cause
        assert len(s.records()) == 2
        s.told(run)
    binding = Binding.objects.get(right_id=old)
    assert binding.state == "id_changed"
    pairs.relink(s.workspace_id, s.user_id, binding.id, new)
    run = s.run(IN)
    assert run.state == "succeeded", codes(run)
    assert {r["名前" if kind != "partner" else "取引先名"] for r in s.records()} == {"青空", "海山"}
    assert new in s.record("青空").values()
    s.told(run)
    assert counts(s.run(IN)).get("updated", 0) == 0


@pytest.mark.req("FK-67")
@pytest.mark.parametrize("kind", ["partner", "tag", "segment_1"])
def test_a_tag_made_again_asks_before_an_upload(scene: Scene, kind: str) -> None:
    s = scene
    s.link(kind)
    id = s.card("青空")
    s.card("海山")
    s.run(OUT)
    old, new = remake(s, "青空")
    s.recard(id, ショートカット1="S1") if kind != "partner" else s.recard(id, 電話番号="03-0000-0001")
    for _ in range(2):
        run = s.run(OUT)
        assert (run.state, counts(run), codes(run)) == ("partly", {"blocked": 1}, {"id_changed": 1})
        cause = s.item(run, "青空")["problem"]["cause"]
        assert old in cause
        assert new in cause
        assert len(s.rows()) == 2
        s.told(run)
    pairs.relink(s.workspace_id, s.user_id, Binding.objects.get(right_id=old).id, new)
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"updated": 1}), codes(run)
    assert new in s.record("青空").values()
    assert old not in s.record("青空").values()
    s.told(run)
    assert counts(s.run(OUT)).get("updated", 0) == 0


@pytest.mark.req("FK-60", "FK-67")
def test_a_tag_that_is_only_gone_is_missing_and_comes_back(partners: Scene) -> None:
    s = partners
    id = s.card("青空商事")
    s.run(OUT)
    kept = dict(s.row("青空商事"))
    s.unbook("青空商事")
    s.recard(id, 電話番号="03-0000-0001")
    run = s.run(OUT)
    assert codes(run) == {"record_not_found": 1}
    s.told(run)
    run = s.run(OUT)
    assert codes(run) == {"missing_on_other_side": 1}
    assert not s.rows()
    s.told(run)
    s.book("青空商事", id=kept["id"])  # restored by freee's support
    run = s.run(OUT)
    assert (run.state, counts(run)) == ("succeeded", {"updated": 1})
    assert s.row("青空商事")["phone"] == "03-0000-0001"
    s.told(run)


@pytest.mark.req("FK-67")
def test_relinking_to_a_partner_of_another_record_is_refused(partners: Scene) -> None:
    s = partners
    for name in ("青空商事", "海山工業"):
        s.card(name)
    s.run(OUT)
    first, second = Binding.objects.order_by("id")
    with pytest.raises(ChoaiError) as caught:
        pairs.relink(s.workspace_id, s.user_id, first.id, second.right_id)
    assert caught.value.code == "already_linked_elsewhere"
    with pytest.raises(ChoaiError) as caught:
        pairs.relink(s.workspace_id + 1, s.user_id, first.id, "1")
    assert caught.value.code == "not_found"


@pytest.mark.req("FK-67")
def test_a_lost_database_and_a_tag_made_again(partners: Scene) -> None:
    """The record still carries the old id; nobody remembers the pair."""
    s = partners
    s.book("青空商事")
    s.card("青空商事", freee取引先ID="123")
    s.card("海山工業", freee取引先ID="124")
    run = s.run(OUT)
    assert (run.state, codes(run)) == ("partly", {"id_changed": 1, "missing_on_other_side": 1})
    assert len(s.rows()) == 1
    s.told(run)
