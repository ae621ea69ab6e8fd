"""A closer look at an account, as a person takes it on the connection's page."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import expect

from browser import call, open_page, settle, sign_in
from e2e.axe import faults
from product import Product


@pytest.mark.parametrize("language", ["ja", "en"])
def test_a_look_tells_what_can_be_read_and_what_is_open(page: Any, product: Product, language: str) -> None:
    ja = language == "ja"
    sign_in(page, product, language)
    books = next(c for c in call(page, product, "GET", "/connections")["rows"] if c["service"] == "freee")
    open_page(page, product, f"/connections/{books['id']}")
    panel = page.get_by_role("region", name="アカウントのくわしい確認" if ja else "A closer look at the account")
    panel.get_by_role("button", name="使っている種類を確認" if ja else "Look at what is used").click()
    expect(panel.locator(".note.info")).to_contain_text(
        "読み取りに問題はありません" if ja else "Everything can be read"
    )
    expect(panel.locator("tbody tr").first).to_be_visible()
    used = panel.locator("tbody tr").count()
    expect(panel.locator("tbody .tag")).to_have_count(used)
    expect(panel.get_by_text("試験用の事業所で" if ja else "In a test company").first).to_be_visible()
    assert faults(page) == []
    panel.get_by_role("button", name="すべての種類を確認" if ja else "Look at everything").click()
    expect(panel.locator("tbody tr").nth(used)).to_be_visible()
    page.set_viewport_size({"width": 375, "height": 800})
    settle(page)
    width = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"
    assert page.evaluate(width), "a phone shows it whole"
    page.set_viewport_size({"width": 1366, "height": 860})
