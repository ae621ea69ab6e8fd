"""A run that is really under way: its buttons work on it, and its page ends at the server's truth."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from browser import call, open_page, sign_in
from e2e.axe import faults
from product import Product


def control(product: Product, service: str, method: str, body: Any = None) -> None:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"{product.told[service]}/faults", data, method=method)
    with urllib.request.urlopen(request, timeout=10) as reply:
        reply.read()


@pytest.fixture
def slow(product: Product) -> Iterator[Product]:
    """kintone answers with its records so late that a run can be met while it reads."""
    control(product, "kintone", "POST", {"name": "late", "match": "records.json", "seconds": 3, "times": 2})
    yield product
    control(product, "kintone", "DELETE")


def started(page: Any, product: Product) -> int:
    """Press 今すぐ同期 on the page of the partners' mapping; the run's id when it is active."""
    sync = next(s for s in call(page, product, "GET", "/syncs")["rows"] if s["kind"] == "partner")
    open_page(page, product, f"/syncs/{sync['id']}")
    page.get_by_role("button", name="今すぐ同期").click()
    page.wait_for_url("**/runs/*")
    page.get_by_role("progressbar").wait_for()
    return int(page.url.rsplit("/", 1)[1].split("?")[0])


def chip(page: Any, text: str) -> None:
    page.locator(".page-head .chip", has_text=text).wait_for()


def ended(page: Any, product: Product, run: int) -> None:
    """The page shows the end of the run and its outcomes, as the server tells them."""
    page.get_by_role("progressbar").wait_for(state="detached", timeout=30_000)
    told = call(page, product, "GET", f"/runs/{run}")
    chip(page, {"succeeded": "成功", "partly": "一部失敗"}[told["state"]])
    total = call(page, product, "GET", f"/runs/{run}/items")["total"]
    expect(page.locator(".filters .count")).to_have_text(f"{total} 件")


@pytest.mark.req("CC-08")
def test_a_run_is_paused_and_resumed(page: Any, slow: Product) -> None:
    sign_in(page, slow, "ja")
    run = started(page, slow)
    page.get_by_role("button", name="一時停止").click()
    chip(page, "一時停止中")
    assert faults(page) == []
    page.reload()
    chip(page, "一時停止中")
    page.get_by_role("button", name="再開").click()
    ended(page, slow, run)


@pytest.mark.req("CC-08")
def test_a_run_is_cancelled_after_asking(page: Any, slow: Product) -> None:
    sign_in(page, slow, "ja")
    run = started(page, slow)
    page.get_by_role("button", name="キャンセル").click()
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    dialog.get_by_role("button", name="実行をキャンセル").click()
    chip(page, "キャンセル")
    page.get_by_role("progressbar").wait_for(state="detached")
    assert call(page, slow, "GET", f"/runs/{run}")["state"] == "cancelled"


def test_without_its_event_stream_a_run_is_followed_by_asking(page: Any, slow: Product, complaints: list[str]) -> None:
    sign_in(page, slow, "ja")
    page.route("**/events", lambda route: route.abort())
    run = started(page, slow)
    page.get_by_text("進捗の受信が途切れた").wait_for()
    ended(page, slow, run)
    complaints.clear()  # the streams cut here


def test_a_throttled_run_says_so(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    control(product, "kintone", "POST", {"name": "throttle", "match": "records.json", "times": 1})
    started(page, product)
    page.locator("main .note", has_text="利用上限").first.wait_for()
    control(product, "kintone", "DELETE")
