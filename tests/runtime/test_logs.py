"""Logs: one JSON object a line, without secrets."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from choai.runtime import logs


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.set_up(stream=stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.req("CC-21")
@pytest.mark.parametrize(
    "text",
    [
        "GET /api/oauth/callback?state=SECRET&code=SECRET",
        '{"access_token": "SECRET", "refresh_token":"SECRET"}',
        "Authorization: Bearer SECRET",
        "authorization='Basic SECRETSECRET'",
        "X-Cybozu-API-Token: SECRET",
        "password=SECRET&client_secret=SECRET",
        "postgresql://choai:SECRET@db.example/choai",
        "token choai_SECRETSECRETSECRETSECRET",
    ],
)
def test_what_looks_like_a_secret_is_hidden(out: io.StringIO, text: str) -> None:
    logging.getLogger("choai.http").warning(text)
    assert "SECRET" not in out.getvalue()
    assert logs.HIDDEN in out.getvalue()


def test_a_line_is_one_object(out: io.StringIO) -> None:
    try:
        raise ValueError("日本語\nzwei")
    except ValueError:
        logging.getLogger("choai.runtime").exception("failed\ntwice", extra={"run": 3, "code": "disk_full"})
    [line] = out.getvalue().splitlines()
    entry = json.loads(line)
    assert (entry["run"], entry["code"], entry["level"]) == (3, "disk_full", "error")
    assert "ValueError: 日本語" in entry["error"]
    assert entry["message"] == "failed\ntwice"


def test_a_terminal_gets_plain_lines() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = Terminal()
    try:
        logs.set_up(stream=stream)
        logging.getLogger("choai.runtime").warning("held up", extra={"run": 3})
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    assert stream.getvalue().rstrip().endswith("WARNING held up run=3")
