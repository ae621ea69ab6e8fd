"""CSV for spreadsheets."""

from __future__ import annotations

import csv as stdlib
import io

import pytest

from choai.report import csv


@pytest.mark.req("CC-16")
@pytest.mark.parametrize("text", ["=1+1", "+81 90", "-株式会社", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_formulas_are_neutralised(text: str) -> None:
    assert csv.cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["-5", "+3.14", "12", "株式会社=x", "", 0, -12])
def test_what_is_no_formula_stays(value: object) -> None:
    assert csv.cell(value) == str(value)


def test_nothing_is_an_empty_cell() -> None:
    assert csv.cell(None) == ""


def test_utf8_has_a_mark_and_survives_quotes_and_lines() -> None:
    raw = b"".join(csv.encoded(("名前", "備考"), [('髙島,"商店"', "一行\n二行")], "utf8"))
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(stdlib.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert rows == [["名前", "備考"], ['髙島,"商店"', "一行\n二行"]]


def test_shift_jis_marks_what_it_does_not_have() -> None:
    raw = b"".join(csv.encoded(("名前",), [("①髙橋㈱🏢",)], "sjis"))
    assert raw.decode("cp932") == "名前\r\n①髙橋㈱〓\r\n"


def test_a_long_table_comes_in_chunks() -> None:
    chunks = list(csv.encoded(("n",), ([n] for n in range(1200)), "utf8"))
    assert len(chunks) == 4  # the mark, two full ones, the rest
    assert b"".join(chunks).count(b"\r\n") == 1201


@pytest.mark.parametrize("language", ["ja", "en"])
def test_lines_fit_their_heads(language: str) -> None:
    item = dict.fromkeys(("name", "side", "op", "outcome", "left_id", "right_id", "left_link", "right_link"), "x")
    line = csv.item_line({**item, "problem": None, "ended_at": None}, language)
    assert len(line) == len(csv.item_head(language))
    row = dict.fromkeys(("name", "kind", "left_id", "right_id", "state", "origin", "left_link", "right_link"), "x")
    assert len(csv.binding_line({**row, "synced_at": None}, language)) == len(csv.binding_head(language))
    assert "失敗" in csv.item_line({**item, "outcome": "failed", "problem": None, "ended_at": None}, "ja")
