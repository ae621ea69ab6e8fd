"""Notices that Choai asks a service for are switched on the connection's page, and what became of it stands there."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import expect

from browser import call, open_page, settle, sign_in
from choai.sandbox import zoho_crm
from e2e.axe import faults
from product import Product
from servers import sandbox


@pytest.mark.parametrize(
    ("language", "turn_on", "waiting", "turn_off", "off"),
    [
        ("ja", "通知を受け取る", "有効な同期ができるのを待っています", "通知を止める", "受け取っていません"),
        ("en", "Receive notices", "Waiting for a sync that reads", "Stop notices", "No notices are received"),
    ],
)
def test_notices_are_switched_on_and_off(
    page: Any, empty_product: Product, language: str, turn_on: str, waiting: str, turn_off: str, off: str
) -> None:
    sign_in(page, empty_product, language)
    with sandbox(zoho_crm) as box:
        settings = {"client_id": zoho_crm.DEMO_CLIENT_ID, "client_secret": zoho_crm.DEMO_CLIENT_SECRET}
        hosts = dict.fromkeys(("base_url", "accounts_url", "web_url"), box.base_url)
        body = {"service": "zoho_crm", "name": "Zoho", "auth": "oauth", "settings": {**settings, **hosts}}
        connection = call(page, empty_product, "POST", "/connections", body)["id"]
        try:
            url = call(page, empty_product, "POST", f"/connections/{connection}/authorise", {"back": "/"})["url"]
            parts = urlsplit(url)
            form = {**dict(parse_qsl(parts.query)), "decision": "allow"}
            page.request.post(parts._replace(query="").geturl(), form=form)
            open_page(page, empty_product, f"/connections/{connection}")
            panel = page.get_by_role("region", name="変更の通知" if language == "ja" else "Change notices")
            expect(panel.get_by_text(off)).to_be_visible()
            panel.get_by_role("button", name=turn_on).click()
            expect(panel.get_by_text(waiting)).to_be_visible()
            settle(page)
            assert not faults(page)
            panel.get_by_role("button", name=turn_off).click()
            expect(panel.get_by_text(off)).to_be_visible()
        finally:
            call(page, empty_product, "DELETE", f"/connections/{connection}?force=true")
