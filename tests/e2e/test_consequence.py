"""What an edit of a live sync would do, seen in a real browser before it is saved."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from browser import call, open_page, settle, sign_in
from e2e.axe import faults
from product import Product

WORDS = {
    "see": {"ja": "変更の影響を見る", "en": "See the consequence"},
    "title": {"ja": "この変更を保存するとどうなるか", "en": "What saving this would do"},
    "save": {"ja": "保存だけする", "en": "Save only"},
    "remove": {"ja": "kintoneの条件 1 を削除", "en": "Remove condition 1 of kintone"},
    "coming": {"ja": "対象に入る", "en": "Come in"},
    "undo": {"ja": "元に戻す", "en": "Undo"},
}


def partner_sync(page: Any, product: Product) -> str:
    rows = call(page, product, "GET", "/syncs?page_size=100")["rows"]
    return f"/syncs/{next(row['id'] for row in rows if row['kind'] == 'partner')}"


def left_aside(page: Any, product: Product, name: str) -> int:
    """One more partner in kintone that its people have taken out of the sync; answers how many there are."""
    settings = call(page, product, "GET", "/session")["demo"]["kintone"]["settings"]
    app = next(a for a in settings["apps"] if a["id"] == "1")
    record = {"取引先名": {"value": name}, "同期対象": {"value": []}}
    headers = {"X-Cybozu-API-Token": app["token"]}
    there = f"{settings['base_url']}/k/v1/record"
    answer = page.request.post(f"{there}.json", headers=headers, data={"app": "1", "record": record})
    assert answer.ok, answer.text()
    query = {"app": "1", "query": '同期対象 not in ("同期する") limit 1', "totalCount": "true"}
    return int(page.request.get(f"{there}s.json", headers=headers, params=query).json()["totalCount"])


def look(page: Any, language: str) -> Any:
    """Press the button and wait until the plan stands."""
    see, title, save = (WORDS[name][language] for name in ("see", "title", "save"))
    page.get_by_role("button", name=see).click()
    drawer = page.get_by_role("dialog", name=title)
    drawer.get_by_role("button", name=save).wait_for(timeout=60_000)
    page.wait_for_function("() => document.getAnimations().every(a => a.playState !== 'running')")
    settle(page)
    return drawer


@pytest.mark.req("CC-17")
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_dropped_condition_shows_who_comes_in_and_nothing_is_saved(
    page: Any, product: Product, language: str
) -> None:
    remove, coming, undo = (WORDS[name][language] for name in ("remove", "coming", "undo"))
    sign_in(page, product, language)
    path = partner_sync(page, product)
    aside = left_aside(page, product, f"対象外の商店 {language}")
    before = call(page, product, "GET", path)
    open_page(page, product, f"{path}?tab=settings")
    page.get_by_role("button", name=remove).click()
    drawer = look(page, language)
    assert not faults(page)
    figure = drawer.locator(".figures > div").filter(has_text=coming).locator("dd")
    assert figure.inner_text() == str(aside)
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    now = call(page, product, "GET", path)
    assert (now["version"], now["selection"], now["bindings"]) == (
        before["version"],
        before["selection"],
        before["bindings"],
    )
    page.get_by_role("button", name=undo).click()
    expect(page.locator(".savebar")).to_have_count(0)


def test_a_mapping_is_looked_at_and_saved(page: Any, product: Product) -> None:
    save = WORDS["save"]["ja"]
    sign_in(page, product, "ja")
    path = partner_sync(page, product)
    mapping = call(page, product, "GET", f"{path}/mapping")
    bound = call(page, product, "GET", path)["bindings"]
    kept = [row for row in mapping["rows"] if row["left"] != "電話番号"]
    assert len(kept) == len(mapping["rows"]) - 1
    open_page(page, product, path)
    page.get_by_role("button", name="電話番号の行を削除").click()
    drawer = look(page, "ja")
    drawer.get_by_role("button", name=save).click()
    expect(drawer).to_have_count(0)
    expect(page.locator(".savebar")).to_have_count(0)
    assert [r["left"] for r in call(page, product, "GET", f"{path}/mapping")["rows"]] == [r["left"] for r in kept]
    page.get_by_role("button", name="自動で対応づけ").click()
    page.get_by_role("button", name="すべて採用").click()
    drawer = look(page, "ja")
    assert drawer.locator(".note.info li").all_inner_texts() == ["新しい項目を対応づけたため"]
    drawer.get_by_role("button", name=save).click()
    expect(drawer).to_have_count(0)
    now = call(page, product, "GET", path)
    assert (now["bindings"], now["resync"]) == (bound, True)
    expect(page.get_by_text("次の実行では一度、すべてのレコードを突き合わせます")).to_be_visible()
