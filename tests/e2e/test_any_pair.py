"""The wizard for any two services in a real browser: four steps by keyboard and mouse, then the preview's own page."""

from __future__ import annotations

import re
from typing import Any

import pytest

from browser import call, open_page, settle, sign_in
from e2e.axe import faults
from product import Product

WORDS = {
    "ja": "品目・商品 取引先 次へ 戻る 作成してプレビュー".split(),
    "en": ["Items", "Partners", "Next", "Back", "Create and preview"],
}


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    settle(page)


@pytest.mark.parametrize("language", ["en", "ja"])
def test_four_steps_lead_to_a_preview(page: Any, product: Product, language: str) -> None:
    item, partner, onward, back, start = WORDS[language]
    sign_in(page, product, language)
    open_page(page, product, "/presets")
    assert "freee" in page.locator("main section").first.inner_text()  # the ready-made one stays first
    page.locator("a[href='/setup/pair']").click()
    page.wait_for_url("**/setup/pair")
    settle(page)
    looked = {"ends": faults(page)}
    press(page, onward)

    page.get_by_role("radio", name=partner, exact=True).check()
    settle(page)
    # these two are synced by the preset already: the way on is to their settings
    assert page.get_by_role("button", name=onward, exact=True).is_disabled()
    assert page.locator("main a[href^='/syncs/']").count() == 1
    page.get_by_role("radio", name=item, exact=True).check()
    settle(page)
    looked["topics"] = faults(page)
    press(page, onward)
    page.wait_for_selector("table.dt")
    settle(page)
    looked["proposal"] = faults(page)
    boxes = page.locator("main input[type=checkbox][value^=to_]")
    assert [boxes.nth(n).is_disabled() for n in range(2)] == [False, True]  # freee's items cannot be written
    press(page, onward)
    looked["start"] = faults(page)
    press(page, back)
    press(page, onward)
    assert not {step: found for step, found in looked.items() if found}
    if language == "en":
        return  # one of the two makes it
    page.get_by_role("button", name=start, exact=True).click()
    page.wait_for_url(re.compile(r"/runs/\d+"))
    settle(page)
    syncs = call(page, product, "GET", "/syncs?page_size=200")["rows"]
    (made,) = [row for row in syncs if row["preset"] == "any_pair"]
    assert (made["kind"], made["directions"]) == ("item", ["to_left"])
    page.wait_for_function(
        "() => /26/.test(document.querySelector('main').innerText)"
    )  # freee's 26 items would be created


def test_without_connections_the_wizard_leads_to_them(page: Any, empty_product: Product) -> None:
    sign_in(page, empty_product, "ja")
    open_page(page, empty_product, "/setup/pair")
    page.locator("main a[href='/connections']").first.click()
    page.wait_for_url("**/connections")


def test_a_connection_shows_its_webhook_address(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    rows = call(page, product, "GET", "/connections")["rows"]
    kintone = next(row for row in rows if row["service"] == "kintone")
    open_page(page, product, f"/connections/{kintone['id']}")
    panel = page.locator("section[aria-labelledby=hook]")
    shown = panel.locator("code").inner_text()
    assert shown.startswith(f"{product.url}/hooks/{kintone['id']}/")
    assert "まだ届いていません" in panel.inner_text()
    assert not faults(page)
