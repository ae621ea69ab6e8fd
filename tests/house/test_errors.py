"""Every code has a recovery, someone who can act, and words an accountant understands, in both languages."""

from __future__ import annotations

import ast
import re
import string

import pytest

from choai.errors import Entry, Recovery, catalogue, explain
from house.tree import PACKAGE, ROOT, modules

ENTRIES = sorted(catalogue().values(), key=lambda entry: entry.code)
WHO = {"user", "accounting_admin", "crm_admin", "host", "nobody"}
JAPANESE = re.compile(r"[ぁ-んァ-ン一-龯]")


def ids(entry: Entry) -> str:
    return entry.code


@pytest.mark.req("CC-17")
@pytest.mark.parametrize("entry", ENTRIES, ids=ids)
def test_texts_are_complete(entry: Entry) -> None:
    assert entry.who in WHO
    assert entry.http == 200 or 400 <= entry.http <= 599  # 200: a remark beside a success
    for language in ("ja", "en"):
        texts = entry.text(language)
        assert set(texts) == {"title", "cause", "next"}
        assert all(text.strip() for text in texts.values())
    assert all(JAPANESE.search(text) for text in entry.ja.values())
    assert not any(JAPANESE.search(text) for text in entry.en.values())


def test_japanese_is_polite_and_ends_its_sentences() -> None:
    polite = re.compile(r"(です|ます|ません|でした|ました|ください)(（[^）]*）)?。$")
    for entry in ENTRIES:
        assert entry.ja["cause"].endswith("。"), entry.code
        assert not entry.ja["title"].endswith("。"), entry.code
        assert polite.search(entry.ja["next"]), entry.code


def test_both_languages_tell_the_same_facts() -> None:
    def facts(texts: dict[str, str]) -> set[str]:
        return {name for text in texts.values() for _, name, _, _ in string.Formatter().parse(text) if name}

    assert {e.code: facts(e.ja) for e in ENTRIES} == {e.code: facts(e.en) for e in ENTRIES}


def test_says_what_was_and_was_not_written() -> None:
    """Nobody should have to guess whether something happened."""
    words = "書き込|保存|変更|登録|送信|実行|起動|成功|削除|処理|対象外|上書き|停止して|ログイン|対応付け|送"
    silent = [e.code for e in ENTRIES if e.recovery is not Recovery.RETRY and not re.search(words, e.ja["cause"])]
    assert not silent


def test_missing_facts_read_as_a_dash_and_unknown_codes_explain_themselves() -> None:
    assert "–" in explain("too_long", {}, "ja")["cause"]
    assert explain("code_of_a_newer_version", {}, "en")["title"] == catalogue()["unexpected"].en["title"]


def used_codes() -> set[tuple[str, str]]:
    """(code, module) of every code that is raised or named by keyword."""
    out = set()
    for name, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func).split(".")[-1]
                first = node.args[0] if node.args else None
                if (
                    called in {"ChoaiError", "_problem", "Note"}
                    and isinstance(first, ast.Constant)
                    and isinstance(first.value, str)
                ):
                    out.add((first.value, name))
    return out


def test_every_code_that_is_raised_is_in_the_catalogue() -> None:
    assert used_codes()
    assert not sorted((code, name) for code, name in used_codes() if code not in catalogue())


def test_every_code_of_the_catalogue_is_used_somewhere() -> None:
    """A code nobody raises is a promise nobody keeps."""
    source = "\n".join(p.read_text("utf-8") for p in PACKAGE.rglob("*.py"))
    assert not [entry.code for entry in ENTRIES if not re.search(rf"[\"']{entry.code}[\"']", source)]


def test_every_code_is_documented() -> None:
    page = (ROOT / "docs" / "errors.md").read_text("utf-8")
    assert not [entry.code for entry in ENTRIES if f"`{entry.code}`" not in page]
