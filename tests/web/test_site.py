"""What lies around the API: security headers, the screens, health, unknown addresses."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from web.site import Cast, Person

ROOT = Path(__file__).parents[2]


def test_every_answer_carries_the_security_headers(site: str) -> None:
    person = Person(site)
    for path in ("/", "/api/session", "/api/nowhere", "/healthz"):
        headers = person.get(path).headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["script-src"] == "'self'"
        assert policy["style-src"] == "'self' 'unsafe-inline'"
        assert policy["object-src"] == policy["frame-ancestors"] == "'none'"
        assert policy["base-uri"] == "'self'"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-frame-options"] == "DENY"


def test_unknown_api_addresses_are_json_and_404(site: str) -> None:
    person = Person(site)
    for path in ("/api", "/api/", "/api/rnus", "/api/runs/1/itemz"):
        answer = person.get(path)
        assert answer.status == 404
        assert answer.code == "not_found"


@pytest.fixture
def screens(tmp_path: Path, settings: Any) -> Path:
    folder = tmp_path / "ui"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>画面</title>", "utf-8")
    (folder / "assets" / "app-1a2b.js").write_text("export {}", "utf-8")
    (tmp_path / "secret.txt").write_text("nobody's business", "utf-8")
    settings.STATIC_UI = folder
    return folder


def test_the_screens(site: str, screens: Path) -> None:
    person = Person(site)
    for path in ("/", "/runs/12", "/schedules/partner", "/index.html"):
        answer = person.get(path)
        assert answer.status == 200
        assert "画面" in answer.body.decode()
        assert answer.headers["cache-control"] == "no-cache"
    asset = person.get("/assets/app-1a2b.js")
    assert asset.body == b"export {}"
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"].startswith(("text/javascript", "application/javascript"))
    assert person.get("/assets/gone-9z.js").status == 404
    assert person.post("/runs/12").status == 403


@pytest.mark.parametrize("path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "/%00"])
def test_no_file_outside_the_screens_is_served(site: str, screens: Path, path: str) -> None:
    assert b"nobody" not in Person(site).get(path).body


def test_without_built_screens_it_says_what_to_do(site: str, settings: Any, tmp_path: Path) -> None:
    settings.STATIC_UI = tmp_path / "none"
    assert "dev.py demo" in Person(site).get("/").body.decode()


def test_healthz(site: str) -> None:
    answer = Person(site).get("/healthz")
    assert answer.status == 200
    assert answer.data["ok"] is True


def test_an_unexpected_failure_is_logged_under_its_id(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from choai.store import history

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a detail nobody outside may read")

    monkeypatch.setattr(history, "listed", broken)
    answer = cast.owner.get("/api/runs")
    assert (answer.status, answer.code) == (500, "unexpected")
    assert "detail nobody" not in answer.body.decode()
    assert any(getattr(record, "mark", None) == answer.data["id"] for record in caplog.records)


def test_passwords_are_kept_by_argon2() -> None:
    from choai.web import settings

    assert settings.PASSWORD_HASHERS == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


@pytest.mark.parametrize(
    ("url", "secure"), [("https://choai.example.com", True), ("http://127.0.0.1:8420", False), ("", False)]
)
def test_cookies_are_secure_behind_https(url: str, secure: bool) -> None:
    code = (
        "from choai.web import settings as s; import json; "
        "print(json.dumps([s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.ALLOWED_HOSTS]))"
    )
    env = {"CHOAI_PUBLIC_URL": url, "CHOAI_DATA": "/nonexistent", "PYTHONPATH": str(ROOT / "src")}
    out = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True, text=True)
    session, csrf, closed, hosts = json.loads(out.stdout)
    assert (session, csrf, closed) == (secure, secure, True)
    assert ("choai.example.com" in hosts) == secure


def test_the_committed_document_is_what_the_api_emits() -> None:
    from choai.web.openapi import document

    committed = json.loads((ROOT / "ui" / "openapi.json").read_text("utf-8"))
    assert committed == document()
