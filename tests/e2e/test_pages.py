"""Every page, in both languages and three widths: usable by everyone, within the content security policy, in one piece."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from browser import PAGES, call, open_page, pages_with_ids, settle, sign_in
from e2e.axe import faults
from product import Product

JAPANESE = re.compile(r"[ぁ-んァ-ヶ]")
WIDTHS = (1366, 1024, 375)


@pytest.mark.req("CC-17")
@pytest.mark.parametrize("language", ["ja", "en"])
def test_pages_can_be_used_by_everyone(page: Any, product: Product, language: str) -> None:
    sign_in(page, product, language)
    wrong = {}
    for path in pages_with_ids(page, product):
        open_page(page, product, path)
        assert page.evaluate("document.documentElement.lang") == language
        assert page.locator("h1").count() == 1, path
        wrong[path] = faults(page)
    assert not {path: found for path, found in wrong.items() if found}


@pytest.mark.parametrize("language", ["ja", "en"])
def test_pages_before_anything_is_set_up(page: Any, empty_product: Product, language: str) -> None:
    """An empty installation leads on: each page stands, and axe finds nothing."""
    sign_in(page, empty_product, language)
    wrong = {}
    for path in PAGES:
        open_page(page, empty_product, path)
        wrong[path] = faults(page)
    assert not {path: found for path, found in wrong.items() if found}


@pytest.mark.req("CC-17")
def test_english_pages_hold_no_japanese_of_ours(page: Any, empty_product: Product) -> None:
    """On an empty installation all text is ours: kana on an English page is a text without its translation."""
    sign_in(page, empty_product, "en")
    left = {}
    for path in PAGES:
        open_page(page, empty_product, path)
        text = page.evaluate("() => document.querySelector('main').innerText")
        lines = [line for line in text.splitlines() if JAPANESE.search(line)]
        left[path] = [line for line in lines if not any(name in line for name in ("帳合", "日本語"))]
    assert not {path: found for path, found in left.items() if found}


def test_no_page_scrolls_sideways(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    wide = []
    for path in pages_with_ids(page, product):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 860})
            open_page(page, product, path)
            if page.evaluate("() => document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"):
                wide.append(f"{path} at {width}")
    assert not wide


def test_scripts_come_from_here_only(page: Any, product: Product) -> None:
    answer = page.request.get(f"{product.url}/")
    policy = answer.headers["content-security-policy"]
    for rule in ("script-src 'self'", "object-src 'none'", "frame-ancestors 'none'", "base-uri 'self'"):
        assert rule in policy
    assert "unsafe-eval" not in policy
    assert "script-src 'self' '" not in policy


def test_a_wrong_address_is_a_404_for_programs_and_a_page_for_people(
    page: Any, product: Product, complaints: list[str]
) -> None:
    assert page.request.get(f"{product.url}/api/no-such-thing").status == 404
    sign_in(page, product, "ja")
    open_page(page, product, "/no-such-page")
    assert page.locator("h1").count() == 1
    complaints.clear()  # the 404 itself is noted on the console


def test_sign_in_by_keyboard_and_out(page: Any, empty_product: Product) -> None:
    page.goto(empty_product.url)
    page.wait_for_selector("input[type=email]")
    assert page.locator("input[type=email]").input_value() == empty_product.told["email"]
    page.locator("input[type=password]").press("Enter")
    page.wait_for_selector("nav")
    session = call(page, empty_product, "GET", "/session")
    assert session["signed_in"]
    assert json.dumps(session).count(empty_product.told["password"]) <= 1  # only as the demo's own prefill


@pytest.mark.req("FK-16", "FK-32")
def test_management_of_scheduled_execution_leads_to_exactly_three_kinds(page: Any, empty_product: Product) -> None:
    sign_in(page, empty_product, "ja")
    open_page(page, empty_product, "/schedules")
    links = page.locator("main a[href^='/schedules/']")
    kinds = {links.nth(i).get_attribute("href").split("/")[-1] for i in range(links.count())}
    assert kinds == {"partner", "tag", "segment"}
    page.locator("main a[href='/schedules/partner']").first.click()
    page.wait_for_url("**/schedules/partner")
    settle(page)
    assert "取引先の定期実行" in page.locator("h1").inner_text()


@pytest.mark.req("CC-23")
def test_the_health_page_shows_connections_ticks_queue_next_runs_and_quotas(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    open_page(page, product, "/system")
    text = page.locator("main").inner_text()
    health = call(page, product, "GET", "/health")
    assert health["workers"]
    assert health["quotas"]
    for expected in (
        "処理プロセス",
        "待ち行列",
        "定期実行の最終確認",
        "次回の実行予定",
        "freee会計",
        "kintone",
        "5,000",
    ):
        assert expected in text
