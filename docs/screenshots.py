"""The pictures under docs/screenshots/, in both languages, from the running demo after its first syncs.

python3 dev.py screenshots [NAME …]
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "screenshots"
sys.path.insert(0, str(ROOT / "tests"))

from browser import call, open_page, sign_in  # noqa: E402  tests/ has just been put on the path
from choai.sandbox.kintone.catalog import PARTNER  # noqa: E402  found by the path that is put in front above
from choai.sandbox.kintone.data import token  # noqa: E402  found by the path that is put in front above
from product import Product, running  # noqa: E402  found by the path that is put in front above

SIZE = {"width": 1366, "height": 860}


def addresses(page: Any, product: Product) -> dict[str, str]:
    """Picture → address. A preview and a finished run are made or looked up for it."""
    connection = call(page, product, "GET", "/connections")["rows"][0]["id"]
    sync = next(row for row in _rows(call(page, product, "GET", "/syncs")) if row["kind"] == "partner")["id"]
    runs = _rows(call(page, product, "GET", "/runs?page_size=100"))
    ended = next(row for row in runs if row["kind"] == "partner" and row["counts"].get("created"))["id"]
    return {
        "dashboard": "/",
        "setup": "/setup",
        "presets": "/presets",
        "connection": f"/connections/{connection}",
        "masters": "/masters",
        "schedule": "/schedules/partner",
        "mapping": f"/syncs/{sync}",
        "preview": f"/runs/{_preview(page, product)}",
        "run": f"/runs/{ended}",
        "runs": "/runs",
        "partners": "/partners",
        "inbox": "/inbox",
        "reconciliation": f"/reconciliations/{_reconciliation(page, product, sync)}",
        "system": "/system",
    }


def _rows(found: Any) -> list[Any]:
    rows: list[Any] = found["rows"] if isinstance(found, dict) else found
    return rows


def _preview(page: Any, product: Product) -> int:
    """A plan that waits to be looked at."""
    found = _rows(call(page, product, "GET", "/runs?state=planned"))
    if found:
        return int(found[0]["id"])
    return _ended(page, product, call(page, product, "POST", "/masters/partner/upload", {"preview": True})["runs"][0])


def _ended(page: Any, product: Product, run: Any) -> int:
    while call(page, product, "GET", f"/runs/{run}")["state"] in {"queued", "running"}:
        page.wait_for_timeout(200)
    return int(run)


def _reconciliation(page: Any, product: Product, sync: int) -> int:
    """The newest comparison of the partners, made when there is none."""
    found = _rows(call(page, product, "GET", f"/reconciliations?sync={sync}"))
    return (
        int(found[0]["id"])
        if found
        else _ended(page, product, call(page, product, "POST", f"/syncs/{sync}/reconcile", {})["id"])
    )


def _kintone(product: Product, method: str, body: dict[str, Any]) -> None:
    """What people do in the partner app meanwhile."""
    address = product.told["kintone"].removesuffix("/_sandbox")
    headers = {"X-Cybozu-API-Token": token(PARTNER), "Content-Type": "application/json"}
    data = json.dumps({"app": PARTNER, **body}).encode()
    urllib.request.urlopen(urllib.request.Request(f"{address}/k/v1/records.json", data, headers, method=method)).close()


def meanwhile(page: Any, product: Product) -> None:
    """Two names that freee knows already, which then wait for a person; after that some edits and a new partner to preview."""
    names = [row["name"] for row in call(page, product, "GET", "/bindings?page_size=2")["rows"]]
    _kintone(product, "POST", {"records": [{"取引先名": {"value": f"{name} "}} for name in names]})
    _ended(page, product, call(page, product, "POST", "/masters/partner/upload", {"preview": False})["runs"][0])
    edited = [
        {"id": n, "record": {"電話番号": {"value": f"03-5500-{n:04}"}, "担当者名": {"value": "高橋 美咲"}}}
        for n in range(2, 12)
    ]
    _kintone(product, "PUT", {"records": edited})
    _kintone(
        product,
        "POST",
        {"records": [{"取引先名": {"value": "株式会社みなと計測"}, "電話番号": {"value": "045-000-1200"}}]},
    )


def main(names: list[str]) -> int:
    from playwright.sync_api import sync_playwright

    OUT.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="choai-pictures-") as folder, running(Path(folder)) as product:
        product.first_sync()
        with sync_playwright() as driver:
            browser = driver.chromium.launch(executable_path=os.environ.get("CHOAI_CHROMIUM"), args=["--no-sandbox"])
            for language, locale in (("ja", "ja-JP"), ("en", "en-GB")):
                context = browser.new_context(viewport=SIZE, locale=locale, timezone_id="Asia/Tokyo")
                page = context.new_page()
                open_page(page, product, "/")
                if not names or "sign-in" in names:
                    page.screenshot(path=OUT / f"sign-in.{language}.png")
                sign_in(page, product, language)
                if language == "ja":
                    meanwhile(page, product)
                for name, path in addresses(page, product).items():
                    if not names or name in names:
                        open_page(page, product, path)
                        page.wait_for_timeout(400)  # charts and toasts come to rest
                        page.screenshot(path=OUT / f"{name}.{language}.png")
                        print(f"docs/screenshots/{name}.{language}.png")
                context.close()
            browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
