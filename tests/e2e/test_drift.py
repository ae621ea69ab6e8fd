"""A field is renamed in kintone while its sync is live: what stands still, why, and the two ways on, as a person sees them."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from browser import call, open_page, settle, sign_in
from e2e.axe import faults
from product import Product


def change_form(page: Any, product: Product, code: str, **change: str) -> None:
    answer = page.request.post(
        product.told["kintone"] + "/state", data={"form": [{"app": "1", "code": code, **change}]}
    )
    assert answer.ok


def until_quiet(page: Any, product: Product) -> None:
    """No run of the partners is at work."""
    while any(
        run["state"] in ("queued", "running") for run in call(page, product, "GET", "/runs?page_size=20")["rows"]
    ):
        page.wait_for_timeout(200)


def imported(page: Any, product: Product) -> str:
    until_quiet(page, product)
    run = call(page, product, "POST", "/masters/partner/import", {})["runs"][0]
    while (state := call(page, product, "GET", f"/runs/{run}")["state"]) in ("queued", "running"):
        page.wait_for_timeout(200)
    return str(state)


@pytest.mark.req("FK-66", "CC-17")
@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_renamed_field_is_told_with_both_ends_and_goes_on_when_it_is_back(
    page: Any, product: Product, language: str
) -> None:
    ja = language == "ja"
    sign_in(page, product, language)
    change_form(page, product, "電話番号", rename="代表電話")
    try:
        assert imported(page, product) == "error"
        open_page(page, product, "/syncs")
        expect(page.locator("table .chip.attention")).to_have_text("停止中" if ja else "Paused")
        open_page(page, product, "/inbox?kind=drift")
        assert faults(page) == []
        cells = page.locator("article table tbody tr").first.locator("td")
        expect(cells.nth(1)).to_have_text("kintone「電話番号」" if ja else "kintone “Phone (電話番号)”")
        expect(cells.nth(2)).to_have_text("freee会計「電話番号」" if ja else "freee accounting “Telephone”")
        page.locator("article a.mantine-Button-root").click()
        settle(page)
        meant = page.locator("tr[data-meant=true]")
        expect(meant).to_be_in_viewport()
        expect(meant.locator("input").first).to_have_value("電話番号(見つかりません)" if ja else "電話番号 (not found)")
        assert faults(page) == []
    finally:
        change_form(page, product, "代表電話", rename="電話番号")
    open_page(page, product, "/inbox?kind=drift")
    page.get_by_role("button", name="もう一度確かめて実行する" if ja else "Check again and run").click()
    expect(page.locator(".inbox-list, .empty").first).to_be_visible()
    page.wait_for_function(
        "() => fetch('/api/inbox/counts').then(r => r.json()).then(c => !c.kinds.drift)"
    )  # one is at it
    until_quiet(page, product)
    assert "drift" not in call(page, product, "GET", "/inbox/counts")["kinds"]
