"""What opens over a page – menus, dialogs, drawers – is usable by everyone, closes by Escape and gives the focus back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from browser import call, open_page, settle, sign_in
from e2e.axe import faults
from product import Product

FOCUS = "() => (document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent).trim()"

Opener = Callable[[Any], Any]
BUTTONS: tuple[tuple[str, Opener], ...] = (
    ("/", lambda p: p.locator(".side .foot button").last),
    ("/masters", lambda p: p.get_by_role("button", name="取引先のその他の操作")),
    ("/partners", lambda p: p.get_by_role("button", name="CSV")),
    ("/partners", lambda p: p.get_by_role("button", name="対応を追加")),
    ("/users", lambda p: p.get_by_role("button", name="ユーザーを追加")),
    ("/schedules/partner", lambda p: p.get_by_role("button", name="全件を再同期")),
)
OVERLAY = "[role=dialog], [role=menu], [role=listbox]"


def shown(page: Any) -> Any:
    """What is open over the page, once it no longer moves."""
    over = page.locator(OVERLAY).locator("visible=true").first
    over.wait_for()
    page.wait_for_function("() => document.getAnimations().every(a => a.playState !== 'running')")
    settle(page)
    return over


@pytest.mark.req("CC-17")
def test_menus_and_dialogs_are_clean_and_give_the_focus_back(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    wrong = {}
    for path, opener in BUTTONS:
        open_page(page, product, path)
        button = opener(page)
        button.focus()
        name = page.evaluate(FOCUS)
        page.keyboard.press("Enter")
        shown(page)
        wrong[f"{path} {name}"] = faults(page)
        page.keyboard.press("Escape")
        expect(page.locator(OVERLAY).locator("visible=true")).to_have_count(0)
        page.wait_for_function(f"(name) => ({FOCUS})() === name", arg=name)
    assert not {where: found for where, found in wrong.items() if found}


@pytest.mark.req("CC-17")
def test_drawers_of_one_record_and_one_pair_are_clean(page: Any, product: Product) -> None:
    sign_in(page, product, "en")
    runs = call(page, product, "GET", "/runs?page_size=100")["rows"]
    run = next(r["id"] for r in runs if r["counts"]["created"])
    wrong = {}
    for path in (f"/runs/{run}", "/partners"):
        open_page(page, product, path)
        page.locator("main table.dt td.name button").first.click()
        drawer = shown(page)
        drawer.locator("table.diff").first.wait_for()
        settle(page)
        wrong[path] = faults(page)
        assert drawer.locator("table.diff tbody tr").count() > 2
        page.reload()  # the drawer is part of the address
        shown(page).locator("table.diff").first.wait_for()
    assert not {where: found for where, found in wrong.items() if found}


def test_the_menu_of_a_narrow_screen(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    page.set_viewport_size({"width": 375, "height": 740})
    open_page(page, product, "/")
    page.get_by_role("button", name="メニュー", exact=True).click()
    drawer = shown(page)
    assert faults(page) == []
    drawer.get_by_role("link", name="実行状況").click()
    page.wait_for_url("**/runs")
    expect(drawer).to_have_count(0)
    assert "実行状況" in page.locator("h1").inner_text()


def test_a_mapping_select_finds_by_folded_text_and_is_clean(page: Any, product: Product) -> None:
    sign_in(page, product, "ja")
    sync = call(page, product, "GET", "/syncs")["rows"][0]["id"]
    open_page(page, product, f"/syncs/{sync}")
    page.get_by_role("button", name="行を追加").click()
    select = page.get_by_role("combobox", name="kintoneのフィールド(新しい行)")
    select.click()
    shown(page)
    assert faults(page) == []
    select.fill("ﾒｰﾙ")
    expect(page.get_by_role("option")).to_have_text([re.compile("メールアドレス")])
    page.keyboard.press("Escape")


def test_a_pair_is_added_by_hand_and_refused_for_what_is_not_there(
    page: Any, product: Product, complaints: list[str]
) -> None:
    sign_in(page, product, "ja")
    open_page(page, product, "/partners")
    page.get_by_role("button", name="対応を追加").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("kintoneのレコード番号").fill("1")
    dialog.get_by_label("freee会計のID").fill("1")
    dialog.get_by_role("button", name="対応づける").click()
    dialog.get_by_role("alert").wait_for()
    assert faults(page) == []
    assert len(complaints) == 1  # the refusal
    complaints.clear()
