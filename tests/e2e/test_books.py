"""要確認, 照合, undoing a run, the history of a record and the chain of the audit trail, on real runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from browser import call, open_page, settle, sign_in
from e2e.axe import faults
from product import Product


def narrow_is_whole(page: Any) -> bool:
    page.set_viewport_size({"width": 375, "height": 800})
    settle(page)
    whole = page.evaluate("() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1")
    page.set_viewport_size({"width": 1366, "height": 860})
    return bool(whole)


def second_records(page: Any, product: Product, count: int) -> None:
    """The same partners once more in kintone: their upload is refused and asks a person."""
    settings = call(page, product, "GET", "/session")["demo"]["kintone"]["settings"]
    app = next(a for a in settings["apps"] if a["id"] == "1")
    headers = {"X-Cybozu-API-Token": app["token"]}
    records = f"{settings['base_url']}/k/v1/records.json?app=1"
    found = page.request.get(f"{records}&query=limit {count}", headers=headers).json()["records"]
    again = [{"取引先名": {"value": r["取引先名"]["value"]}} for r in found]
    answer = page.request.post(
        f"{settings['base_url']}/k/v1/records.json", headers=headers, data={"app": "1", "records": again}
    )
    if not answer.ok:  # the app may forbid the same name: a space makes another of it
        again = [{"取引先名": {"value": r["取引先名"]["value"] + "\u3000"}} for r in found]
        page.request.post(
            f"{settings['base_url']}/k/v1/records.json", headers=headers, data={"app": "1", "records": again}
        )


@pytest.mark.req("CC-17")
def test_the_inbox_is_answered_by_keys_and_together_and_taken_back(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    second_records(page, product, 3)
    run = call(page, product, "POST", "/masters/partner/upload", {})["runs"][0]
    open_page(page, product, f"/runs/{run}")
    page.locator(".page-head .chip", has_text="一部失敗").wait_for(timeout=30_000)
    waiting = call(page, product, "GET", "/inbox/counts")["total"]
    assert waiting >= 3
    open_page(page, product, "/inbox")
    expect(page.locator(".nav .badge")).to_contain_text(str(waiting))
    assert faults(page) == []
    assert narrow_is_whole(page)
    page.keyboard.press("j")
    expect(page.locator(".inbox-list li").nth(1)).to_have_attribute("data-now", "true")
    page.keyboard.press("k")
    page.keyboard.press("a")
    bulk = page.get_by_role("region", name="まとめて回答")
    bulk.wait_for()
    assert faults(page) == []
    bulk.get_by_role("button", name="無視する").click()
    page.get_by_role("button", name="元に戻す").wait_for()
    expect(page.locator(".nav .badge")).to_have_count(0)
    assert faults(page) == []
    page.get_by_role("button", name="元に戻す").click()
    expect(page.locator(".nav .badge")).to_contain_text(str(waiting))
    page.locator(".answers").get_by_role(
        "button", name="新しく登録する"
    ).first.click()  # what writes is taken back as well
    expect(page.locator(".nav .badge")).to_contain_text(str(waiting - 1))
    page.get_by_role("button", name="元に戻す").click()
    expect(page.locator(".nav .badge")).to_contain_text(str(waiting))
    page.locator(".answers").get_by_role("button", name="無視する").click()
    expect(page.locator(".nav .badge")).to_contain_text(str(waiting - 1))
    page.get_by_role("button", name="無視・除外しているもの").click()
    page.get_by_role("button", name="回答を取り消す").first.click()
    expect(page.locator(".nav .badge")).to_contain_text(str(waiting))


def test_two_books_are_reconciled_and_the_statement_is_verified(page: Any, product: Product, tmp_path: Path) -> None:
    sign_in(page, product, "ja")
    open_page(page, product, "/reconciliations")
    page.locator(".books button").nth(1).click()
    page.wait_for_url("**/reconciliations/*")
    page.locator(".ledger").wait_for(timeout=30_000)
    settle(page)
    assert faults(page) == []
    assert narrow_is_whole(page)
    id = int(page.url.rsplit("/", 1)[1])
    told = call(page, product, "GET", f"/reconciliations/{id}")
    word = {"agree": "一致", "differ": "不一致"}[told["verdict"]]
    assert page.locator(".ledger .seal").get_attribute("aria-label").endswith(f"{word}の印")
    shown = page.locator(".ledger tr", has=page.get_by_role("rowheader", name="対応づけ済み")).locator("td")
    assert shown.all_inner_texts() == [str(told["counts"]["bound"])] * 2
    with page.expect_download() as download:
        page.get_by_role("button", name="署名付きの記録を保存").click()
    kept = tmp_path / "statement.json"
    download.value.save_as(kept)
    for path in (f"{id}.pdf?lang=ja", f"{id}.pdf?lang=en", f"{id}.csv?encoding=sjis", f"{id}.csv?encoding=utf8"):
        assert page.request.get(f"{product.url}/api/reconciliations/{path}").ok
    open_page(page, product, "/reconciliations")
    assert faults(page) == []
    page.get_by_role("button", name="記録を検証").click()
    dialog = page.get_by_role("dialog")
    page.locator("input[type=file]").set_input_files(kept)
    dialog.get_by_role("button", name="検証する").click()
    dialog.get_by_text("署名は有効です").wait_for()
    assert faults(page) == []
    changed = tmp_path / "changed.json"
    changed.write_text(json.dumps({**json.loads(kept.read_text("utf-8")), "verdict": "other"}), "utf-8")
    page.locator("input[type=file]").set_input_files(changed)
    dialog.get_by_role("button", name="検証する").click()
    dialog.locator(".note.bad").wait_for()


@pytest.mark.req("CC-12")
def test_a_run_shows_what_undoing_it_would_put_back(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    runs = call(page, product, "GET", "/runs?page_size=100")["rows"]
    run = next(r for r in runs if r["direction"] == "to_left" and r["counts"]["updated"])
    open_page(page, product, f"/runs/{run['id']}")
    page.get_by_role("button", name="取り消し").click()
    drawer = page.get_by_role("dialog")
    drawer.locator("table.diff").first.wait_for()
    page.wait_for_function("() => document.getAnimations().every(a => a.playState !== 'running')")
    assert faults(page) == []
    plan = call(page, product, "GET", f"/runs/{run['id']}/undo")
    assert str(plan["totals"]["put_back"]) in drawer.locator(".figures").inner_text()


@pytest.mark.req("CC-11")
def test_every_write_of_a_record_and_the_chain_of_the_trail(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    open_page(page, product, "/partners")
    page.locator("main table.dt td.name button").first.click()
    page.get_by_role("button", name="このレコードの履歴").click()
    page.locator("article a[href^='/runs/']").first.wait_for()
    page.wait_for_function("() => document.getAnimations().every(a => a.playState !== 'running')")
    assert faults(page) == []
    open_page(page, product, "/audit")
    page.get_by_role("button", name="改変の有無を検証").click()
    page.locator(".note.ok").wait_for()
    assert "改変や欠けはありません" in page.locator(".note.ok").inner_text()
    assert faults(page) == []
