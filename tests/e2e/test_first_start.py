"""A new installation: the first person registers as its owner and is led to the set-up."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from e2e.axe import faults
from postgres import free_port

READY_SECONDS = 60  # a wait with an end, not a measurement


@pytest.fixture
def new_installation(tmp_path: Path) -> Iterator[str]:
    """``choai serve`` on an empty data folder; its address."""
    port = free_port()
    env = {k: v for k, v in os.environ.items() if not k.startswith("CHOAI_")}
    choai = Path(sys.executable).parent / "choai"
    log = (tmp_path / "log").open("wb")
    process = subprocess.Popen(
        [str(choai), "serve", "--port", str(port), "--data", str(tmp_path / "data")],
        stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=env, cwd=tmp_path,
    )  # fmt: skip
    try:
        _await(f"http://127.0.0.1:{port}/healthz", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)
        log.close()


def _await(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + READY_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("choai serve did not come up")


@pytest.mark.req("CC-29")
def test_the_first_person_becomes_the_owner(page: Any, new_installation: str) -> None:
    page.goto(new_installation)
    page.get_by_role("heading", name="最初の管理者を登録").wait_for()
    assert faults(page) == []
    page.get_by_label("会社名").fill("見本商事株式会社")
    page.get_by_label("名前").fill("帳合 花子")
    page.get_by_label("メールアドレス").fill("hanako@example.jp")
    page.locator("input[type=password]").first.fill("kakeibo-no-yoru-7")
    page.locator("input[type=password]").last.fill("kakeibo-no-yoru-8")
    page.get_by_role("button", name="登録してはじめる").click()
    page.get_by_text("確認用のパスワードが一致しません。").wait_for()
    page.locator("input[type=password]").last.fill("kakeibo-no-yoru-7")
    page.get_by_role("button", name="登録してはじめる").click()
    page.wait_for_url("**/setup")
    expect(page.locator("h1")).to_contain_text("はじめに")
    assert page.get_by_text("帳合 花子").count() >= 1
    session = page.request.get(f"{new_installation}/api/session").json()
    assert (session["role"], session["workspace"]["name"]) == ("administrator", "見本商事株式会社")
    assert session["first_start"] is False
