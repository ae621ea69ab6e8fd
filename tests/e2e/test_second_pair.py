"""Salesforce with Xero in a real browser: no screen that speaks of their sync names the services of another pair."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from browser import open_page, sign_in
from choai.connectors.contract import Item, Op
from choai.runtime import link
from pairs.cell import Cell, run_async, stage
from passwords import quick_passwords
from product import Product
from web.site import PASSWORD

OTHERS = re.compile("kintone|freee", re.IGNORECASE)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory, _sqlite_template: Path, django_db_blocker: Any) -> Iterator[Any]:
    """An installation with the two, its partners synced once, a conflict waiting and the books reconciled."""
    from databases import sqlite_copy

    folder = tmp_path_factory.mktemp("second")
    unblocked, copied = django_db_blocker.unblock(), sqlite_copy(_sqlite_template, folder)
    with unblocked, quick_passwords(), copied, ThreadPoolExecutor(1) as apart:
        # the browser's driver may hold an event loop in this thread; the stage and its runs have one of their own
        staged = stage("salesforce", "xero")
        cell = apart.submit(staged.__enter__).result()
        try:
            yield apart.submit(furnish, cell).result()
        finally:
            apart.submit(staged.__exit__, None, None, None).result()


def furnish(cell: Cell) -> dict[str, Any]:
    from choai.store import reconcile
    from choai.store.models import Binding, Sync

    result = cell.sync("partner")
    assert not result.why, result
    sync = Sync.objects.get()
    pair = Binding.objects.filter(pairing_id=sync.pairing_id).order_by("id")[0]
    rename(cell, "left", "Account", pair.left_id, "左の名前")
    rename(cell, "right", "contact", pair.right_id, "右の名前")
    run = cell.run(sync.id)
    new = reconcile.create(sync.id, workspace_id=cell.workspace_id, user_id=cell.user_id)
    cell.finish(new)
    return {"cell": cell, "sync": sync.id, "run": run.id, "reconciliation": new, "binding": pair.id}


def rename(cell: Cell, side: str, object: str, id: str, name: str) -> None:
    """Somebody edits the record in its own service."""

    async def write() -> None:
        opened = await link.open_link(cell.workspace_id, cell.connections[side], cell.user_id, purpose="person")
        await opened.connector.write(opened.session, object, Op.UPDATE, [Item("1", {"Name": name}, id=id)])

    run_async(write())


@pytest.mark.parametrize("language", ["ja", "en"])
def test_screens_of_a_second_pair_name_its_own_services(page: Any, pair: dict[str, Any], language: str) -> None:
    cell = pair["cell"]
    product = Product(cell.person.base, Path(), None, Path(), {"email": "owner@example.com", "password": PASSWORD})  # type: ignore[arg-type]
    sign_in(page, product, language)
    pages = {
        "mapping": f"/syncs/{pair['sync']}",
        "settings": f"/syncs/{pair['sync']}?tab=settings",
        "run": f"/runs/{pair['run']}",
        "inbox": "/inbox",
        "reconciliation": f"/reconciliations/{pair['reconciliation']}",
        "pair": f"/partners?pair={pair['binding']}",
        "syncs": "/syncs", "runs": "/runs", "partners": "/partners", "schedules": "/schedules", "dashboard": "/",
        "reconciliations": "/reconciliations", "connection": f"/connections/{cell.connections['right']}",
    }  # fmt: skip
    told = {}
    for name, path in pages.items():
        open_page(page, product, path)
        told[name] = page.locator("body").inner_text() + " ".join(labels(page))
    others = {name: [line for line in text.splitlines() if OTHERS.search(line)] for name, text in told.items()}
    assert not {k: v for k, v in others.items() if v}
    for name in ("mapping", "settings", "run", "inbox", "reconciliation", "pair", "syncs"):
        assert "Salesforce" in told[name], name
        assert "Xero" in told[name], name


def labels(page: Any) -> list[str]:
    """What is read aloud and not written."""
    found: list[str] = page.locator("[aria-label]").evaluate_all("all => all.map(e => e.getAttribute('aria-label'))")
    return found
