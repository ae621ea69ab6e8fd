"""Connect, map, save and run without a mouse: every stop shows its focus."""

from __future__ import annotations

from typing import Any

import pytest

from browser import call, open_page, settle, sign_in
from product import Product

NAME = """() => {
  const e = document.activeElement
  const labels = e.labels?.length ? [...e.labels].map(l => l.textContent).join(' ') : ''
  return (e.getAttribute('aria-label') ?? (labels || e.textContent)).trim()
}"""
SHOWN = """() => {
  const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect()
  return e.matches(':focus-visible') && r.bottom > 0 && r.top < innerHeight
    && (s.outlineStyle !== 'none' || s.boxShadow !== 'none' || e.closest('label, .mantine-Radio-root') !== null)
}"""
STOPS = 150  # more than any page has


def to(page: Any, name: str) -> None:
    """Tab until the focus is on what begins with this name."""
    met = []
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        found = page.evaluate(NAME)
        if found.startswith(name):
            assert page.evaluate(SHOWN), f"the focus on {found!r} cannot be seen"
            return
        met.append(found[:20])
    raise AssertionError(f"no {name!r} among the stops {met}")


def press(page: Any, name: str) -> None:
    to(page, name)
    page.keyboard.press("Enter")


@pytest.mark.req("CC-17", "CC-29")
def test_connect_map_save_and_run_by_keyboard(page: Any, untouched_product: Product, complaints: list[str]) -> None:
    product = untouched_product
    sign_in(page, product, "ja")
    _connect(page, product)
    complaints.clear()  # the imitation's consent page has no icon
    press(page, "次へ進む")
    page.wait_for_url("**/masters*")
    page.get_by_role("dialog").wait_for()
    press(page, "連携する")
    page.get_by_role("dialog").get_by_role("button", name="項目の対応").or_(page.get_by_text("連携中")).first.wait_for()
    sync = call(page, product, "GET", "/syncs")["rows"][0]["id"]
    _map(page, product, sync)
    press(page, "今すぐ同期")
    page.wait_for_url("**/runs/*")
    page.locator(".page-head .chip").filter(has_text="成功").wait_for(timeout=60_000)
    assert call(page, product, "GET", "/runs")["rows"][0]["counts"]["succeeded"] > 0


def _connect(page: Any, product: Product) -> None:
    """Both connections, the way the guide leads: freee by its consent page, kintone with its token."""
    open_page(page, product, "/")
    press(page, "次へ進む")
    page.wait_for_url("**/connections/new?service=freee")
    settle(page)
    press(page, "保存して")
    page.wait_for_url("**/authorize*")
    page.get_by_role("button", name="許可する").focus()  # the consent page is freee's
    page.keyboard.press("Enter")
    page.wait_for_url(f"{product.url}/connections/*")
    settle(page)
    press(page, "次へ進む")
    page.wait_for_url("**/connections/new?service=kintone")
    settle(page)
    press(page, "保存して")
    page.wait_for_url("**/connections/2*")
    settle(page)


def _map(page: Any, product: Product, sync: int) -> None:
    """Another policy for what exists twice, and another direction of a row; both are saved."""
    open_page(page, product, f"/syncs/{sync}?tab=settings")
    to(page, "失敗にする")
    page.keyboard.press("ArrowDown")
    press(page, "保存")
    page.get_by_text("保存しました。").first.wait_for()
    assert call(page, product, "GET", f"/syncs/{sync}")["duplicate_policy"] == "bind"
    open_page(page, product, f"/syncs/{sync}")
    before = call(page, product, "GET", f"/syncs/{sync}/mapping")
    last = next(i for i, row in reversed(list(enumerate(before["rows"]))) if row["direction"] == "both")
    name = next(f["ja"] for f in before["left"]["fields"] if f["name"] == before["rows"][last]["left"])
    to(page, f"方向({name}")
    page.keyboard.press("Enter")
    page.get_by_role("listbox").locator("visible=true").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    press(page, "保存")
    page.get_by_text("保存しました。").first.wait_for()
    assert call(page, product, "GET", f"/syncs/{sync}/mapping")["rows"][last]["direction"] != "both"
