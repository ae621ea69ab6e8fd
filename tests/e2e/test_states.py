"""Every list in its quiet states – nothing yet, nothing found, no answer – leads on, and axe finds nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from browser import call, open_page, settle, sign_in
from e2e.axe import faults
from product import Product

EMPTY = {"rows": [], "total": 0, "page": 1, "page_size": 50}
FAULT = {
    "code": "unexpected", "title": "想定外の問題が起きました", "cause": "処理を中止しました。", "next": "再試行してください。",
    "who": "host", "recovery": "retry", "facts": {}, "fields": [], "id": "f00",
}  # fmt: skip


def lists(page: Any, product: Product) -> Iterator[tuple[str, str]]:
    """(page, the call that fills its list)."""
    run = call(page, product, "GET", "/runs")["rows"][0]["id"]
    yield from (
        ("/connections", "/api/connections"),
        ("/syncs", "/api/syncs"),
        ("/runs", "/api/runs"),
        (f"/runs/{run}", f"/api/runs/{run}/items"),
        ("/partners", "/api/bindings"),
        ("/audit", "/api/audit"),
        ("/schedules/partner", "/api/schedules/partner/history"),
    )


def answer(page: Any, path: str, status: int, body: Any) -> str:
    """From now on the call is answered with this. Answers the pattern, to take it back."""
    pattern = f"**{path}?*"
    page.route(pattern, lambda route: route.fulfill(status=status, json=body))
    return pattern


def test_lists_without_anything(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    wrong = {}
    for path, source in list(lists(page, product)):
        pattern = answer(page, source, 200, EMPTY)
        open_page(page, product, path)
        assert page.locator("main .empty").count() == 1, path
        assert page.get_by_role("button", name="条件をすべて解除").count() == 0, path
        wrong[path] = faults(page)
        page.unroute(pattern)
    assert not {path: found for path, found in wrong.items() if found}


def test_lists_whose_answer_fails_can_be_asked_again(page: Any, product: Product, complaints: list[str]) -> None:
    sign_in(page, product, "ja")
    wrong = {}
    for path, source in list(lists(page, product)):
        pattern = answer(page, source, 500, FAULT)
        open_page(page, product, path)
        alert = page.get_by_role("alert").first
        alert.wait_for()
        assert FAULT["title"] in alert.inner_text(), path
        wrong[path] = faults(page)
        page.unroute(pattern)
        alert.get_by_role("button", name="再試行").click()
        page.locator("main table.dt tbody tr").first.wait_for()
        assert page.get_by_role("alert").count() == 0, path
    assert not {path: found for path, found in wrong.items() if found}
    assert all("500" in line for line in complaints)
    complaints.clear()  # the failed calls, as the browser notes them


def test_filters_that_find_nothing_say_so_and_can_be_taken_back(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    wrong = {}
    run = call(page, product, "GET", "/runs")["rows"][-1]["id"]
    for path in ("/connections", "/syncs", "/runs", f"/runs/{run}", "/partners", "/audit"):
        open_page(page, product, f"{path}?q=zzz-nothing-is-called-this")
        wrong[path] = faults(page)
        page.get_by_role("button", name="条件をすべて解除").click()
        page.locator("main table.dt tbody tr").first.wait_for()
        assert "q=" not in page.url
    assert not {path: found for path, found in wrong.items() if found}


def test_a_lost_server_is_told_and_the_page_recovers(page: Any, product: Product, complaints: list[str]) -> None:
    sign_in(page, product, "ja")
    open_page(page, product, "/runs")
    page.route("**/api/bindings?*", lambda route: route.abort())
    page.get_by_role("navigation", name="メインメニュー").get_by_role("link", name="取引先").click()
    page.get_by_role("alert").filter(has_text="サーバーに接続できません").wait_for()
    page.unroute("**/api/bindings?*")
    page.get_by_role("button", name="再試行").click()
    page.locator("main table.dt tbody tr").first.wait_for()
    assert all("ERR_FAILED" in line for line in complaints)
    complaints.clear()


def test_an_edit_that_someone_else_overtook_is_refused_and_kept(
    page: Any, product: Product, complaints: list[str]
) -> None:
    sign_in(page, product, "ja")
    sync = call(page, product, "GET", "/syncs")["rows"][0]["id"]
    open_page(page, product, f"/syncs/{sync}?tab=settings")
    page.get_by_role("radio", name="スキップする").check()
    now = call(page, product, "GET", f"/syncs/{sync}")
    call(page, product, "PATCH", f"/syncs/{sync}", {"version": now["version"], "name": now["name"]})
    page.get_by_role("button", name="保存", exact=True).click()
    alert = page.get_by_role("alert")
    alert.wait_for()
    settle(page)
    assert page.get_by_role("radio", name="スキップする").is_checked()  # the edit is not lost
    assert call(page, product, "GET", f"/syncs/{sync}")["duplicate_policy"] == now["duplicate_policy"]
    assert faults(page) == []
    assert json.dumps(complaints).count("409") == len(complaints)
    complaints.clear()
    page.get_by_role("button", name="元に戻す").click()
