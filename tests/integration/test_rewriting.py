"""Both services rewrite what they are given – width, spaces, numbers, order – and nothing bounces: over HTTP, every field of the
ready-made setup that both sides can write."""

from __future__ import annotations

import pytest

from choai.store import runs
from choai.store.models import Run
from integration.scene import IN, OUT, Scene, codes, counts

ODD = {
    "カナ": "  ｱｵｿﾞﾗ　ｼｮｳｼﾞ ",
    "正式名称": "株式会社　青空 商事　",
    "電話番号": "０３-１２３４-5678 ",
    "郵便番号": "１００-０００５",
    "都道府県": "東京都",
    "市区町村番地": " 千代田区　丸の内１－２ ",
    "建物名": "ﾋﾞﾙ３F",
    "担当者名": "山田　太郎",
    "敬称": "様",
    "メールアドレス": "info@Example.JP",
    "登録番号": "T1234567890123",
}
WRITES = ("POST /api/1/partners", "PUT /api/1/partners", "POST /k/v1/records.json", "PUT /k/v1/records.json")


def wrote(s: Scene) -> dict[str, int]:
    """Writes to either service since the last look."""
    found = {
        name: sum(n for line, n in box.world.calls.items() if line.startswith(WRITES))
        for name, box in (("freee", s.books), ("kintone", s.crm))
    }
    for box in (s.books, s.crm):
        box.world.calls.clear()
    return found


def go(s: Scene, way: str) -> Run:
    if way in (IN, OUT):
        return s.run(way)
    run_id = runs.create_run(
        s.sync().id, workspace_id=s.workspace_id, trigger="manual", user_id=s.user_id, to_left=True, to_right=True
    )
    return s.go(run_id)


@pytest.fixture
def tidy(partners: Scene) -> Scene:
    """Both services tidy every text, whoever writes it."""
    for box in (partners.books, partners.crm):
        box.world.switch("rewrite", times=None)
    return partners


def silence(s: Scene, times: int = 3) -> None:
    for n in range(times):
        for way in (IN, OUT, "both"):
            run = go(s, way)
            assert (run.state, counts(run)) == ("succeeded", {}), (n, way, codes(run))
            assert wrote(s) == {"freee": 0, "kintone": 0}, (n, way)


@pytest.mark.req("FK-28")
def test_values_that_both_services_rewrite_settle_after_one_write(tidy: Scene) -> None:
    s = tidy
    cards = [s.card(f"青空{n}㈱", **ODD) for n in range(3)]
    for n in range(3):
        s.book(f"海山{n}　商店", name_kana="ｳﾐﾔﾏ", phone="０６－1111－222２", long_name=" 海山　商店 ")
    wrote(s)
    run = go(s, OUT)
    assert (run.state, counts(run)) == ("succeeded", {"created": 3}), codes(run)
    run = go(s, IN)
    assert (run.state, counts(run)) == ("succeeded", {"created": 3}), codes(run)
    wrote(s)
    silence(s)
    s.recard(cards[0], 電話番号="０９０-1111-２２２２", 市区町村番地="千代田区　大手町")
    run = go(s, OUT)
    assert counts(run) == {"updated": 1}, codes(run)
    assert wrote(s) == {"freee": 1, "kintone": 0}
    silence(s, 1)
    s.rebook(_called(s, "海山0"), phone="０６-９９９９-００００")
    run = go(s, "both")
    assert counts(run) == {"updated": 1}, codes(run)
    assert wrote(s) == {"freee": 0, "kintone": 1}
    silence(s, 1)


def _called(s: Scene, start: str) -> str:
    return next(str(r["name"]) for r in s.rows() if str(r["name"]).startswith(start))


def test_edits_of_both_sides_at_once_take_one_write_each(tidy: Scene) -> None:
    s = tidy
    card = s.card("青空商事", **ODD)
    assert counts(go(s, OUT)) == {"created": 1}
    wrote(s)
    silence(s, 1)
    s.recard(card, カナ="ｱｵ　ｿﾞﾗ")
    s.rebook("青空商事", contact_name="鈴木　一郎")
    wrote(s)
    run = go(s, "both")
    assert run.state == "succeeded", codes(run)
    assert wrote(s) == {"freee": 1, "kintone": 1}
    row, record = s.row("青空商事"), s.record("青空商事")
    assert row["name_kana"] == "アオ ゾラ"
    assert record["担当者名"].replace("\u3000", " ") == "鈴木 一郎"
    silence(s)
