"""A signed statement: any change shows, and an old key verifies as long as it is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from choai.report import statement
from choai.store import seal

BODY = {
    "kind": statement.KIND,
    "version": 1,
    "workspace": {"name": "帳合商事"},
    "counts": {"left": 3},
    "verdict": "agree",
}


def test_a_statement_verifies_and_any_change_shows() -> None:
    signed = statement.sign(BODY, b"key")
    assert statement.verify(signed, [b"key"]) == (True, "")
    assert statement.verify(dict(reversed(signed.items())), [b"other", b"key"]) == (True, "")
    for changed in ({**signed, "counts": {"left": 4}}, {**signed, "more": 1}, {**signed, "signature": "0" * 64}):
        assert statement.verify(changed, [b"key"]) == (False, "changed")
    shorter = {k: v for k, v in signed.items() if k != "verdict"}
    assert statement.verify(shorter, [b"key"]) == (False, "changed")


@pytest.mark.parametrize("found", [None, [], "text", {}, {"kind": "other", "signature": "x"}, {**BODY, "signature": 5}])
def test_what_is_no_statement_is_told_apart(found: object) -> None:
    assert statement.verify(found, [b"key"]) == (False, "not_a_statement")


def test_signing_again_replaces_key_and_signature() -> None:
    again = statement.sign(statement.sign(BODY, b"old"), b"new")
    assert again == statement.sign(BODY, b"new")
    assert statement.verify(again, [b"old"]) == (False, "unknown_key")


@pytest.mark.usefixtures("sqlite_database")
def test_statements_outlive_a_rotation(monkeypatch: pytest.MonkeyPatch, data_folder: Path) -> None:
    seal.load_secrets()
    signed = statement.sign(BODY, seal.statement_keys()[0])
    seal.rotate()
    assert statement.verify(signed, seal.statement_keys()) == (True, "")
    monkeypatch.setenv("CHOAI_SECRET_KEYS", "new,old")
    assert statement.verify(signed, seal.statement_keys()) == (False, "unknown_key")
    by_old = statement.sign(BODY, seal.statement_keys()[1])
    assert statement.verify(by_old, seal.statement_keys()) == (True, "")
    assert statement.sign(BODY, seal.statement_keys()[0])["key"] != by_old["key"]
