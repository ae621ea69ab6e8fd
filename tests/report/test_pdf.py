"""The report as PDF: what stands on it, in both languages, and how long it may get."""

from __future__ import annotations

import base64
import re
import zlib
from typing import Any

import pytest

from choai.report import pdf, statement

SIDE = {
    "service": "freee",
    "connection": "本社",
    "account": {"id": "1", "name": "帳合商会"},
    "object": "partner",
    "label": {},
}
SUM = {
    "row": 0,
    "key": "",
    "currency": "JPY",
    "left": "1234567.8",
    "right": "1",
    "left_count": 1,
    "right_count": 1,
    "agree": False,
}
NAME = {"name": "name", "ja": "取引先名", "en": "Name"}


def body(**changes: Any) -> dict[str, Any]:
    counts = {"left": 9, "right": 8, "bound": 8, "agreeing": 7, "differs": 1, "only_left": 1}
    return {
        "kind": statement.KIND, "version": 1, "id": 12, "workspace": {"id": 1, "name": "帳合商事"},
        "sync": {"id": 1, "name": "取引先"}, "left": SIDE, "right": SIDE, "started": "2026-11-21T15:30:00+00:00",
        "ended": "2026-11-21T15:31:00+00:00", "zone": "Asia/Tokyo", "by": "持ち主", "mapping": "a" * 64,
        "fingerprints": {"left": "b" * 64, "right": "c" * 64}, "counts": counts,
        "sums": {"total": [SUM], "month": [], "partner": []}, "verdict": "differ",
    } | changes  # fmt: skip


def difference(name: str, left: Any = "甲") -> dict[str, Any]:
    field = {"left_field": NAME, "right_field": NAME, "left": left, "right": None, "unread": False}
    return {"kind": "differs", "name": name, "left_id": "1", "right_id": "2", "gone": "", "fields": [field]}


def made(language: str, differences: list[dict[str, Any]], **changes: Any) -> bytes:
    fields = [{"row": 0, "differing": 1, "left": NAME, "right": NAME}]
    services = {"freee": {"ja": "freee会計", "en": "freee Accounting"}}
    return pdf.report(statement.sign(body(**changes), b"k"), fields, differences, services, language)


def text(raw: bytes) -> str:
    """The text that is set, read both ways: UTF-16 as the CID fonts have it, one byte a letter as the others."""
    out = []
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", raw, re.DOTALL):
        content = zlib.decompress(base64.a85decode(b"<~" + stream.strip(), adobe=True))
        for literal in re.findall(rb"\(((?:\\.|[^\\()])*)\) Tj", content, re.DOTALL):
            plain = re.sub(rb"\\([0-7]{3}|.)", _letter, literal, flags=re.DOTALL)
            out.append(plain.decode("utf-16-be", "ignore"))
            out.append(plain.decode("ascii", "ignore"))
    wide, narrow = out[::2], out[1::2]
    return "".join(wide) + "".join(narrow)


def _letter(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8)]) if len(code) == 3 else {b"n": b"\n", b"r": b"\r", b"t": b"\t"}.get(code, code)


def pages(raw: bytes) -> int:
    return len(re.findall(rb"/Type /Page\b", raw))


@pytest.mark.parametrize(
    ("language", "words"),
    [
        (
            "ja",
            ("照合報告書", "不一致", "freee会計", "2026年11月22日 00:30:00", "1,234,567.8", "1,234,566.8", "持ち主"),
        ),
        ("en", ("Reconciliation Report", "The two sides do not agree", "freee Accounting", "1,234,567.8")),
    ],
)
def test_what_stands_on_it(language: str, words: tuple[str, ...]) -> None:
    told = text(made(language, [difference("㈱髙島<b>&商店")]))
    assert not [
        w
        for w in (*words, "帳合商事", "㈱髙島<b>&商店", "b" * 40, "Name" if language == "en" else "取引先名")
        if w not in told
    ]


def test_two_sides_that_agree_have_no_list() -> None:
    told = text(made("ja", [], verdict="agree", counts={"left": 1, "right": 1, "bound": 1, "agreeing": 1}))
    assert "一致しないもの" not in told
    assert "不一致" not in told


def test_the_first_differences_are_set_and_the_rest_is_counted() -> None:
    counts = {"left": 900, "right": 900, "bound": 900, "agreeing": 0, "differs": 900}
    many = made("ja", [difference(f"店{n}") for n in range(900)], counts=counts)
    told = text(many)
    assert "店199" in told
    assert "店200" not in told
    assert "ほかに 700 件あります" in told
    assert 1 < pages(many) < 20


@pytest.mark.parametrize("value", ["あ" * 5000, "x" * 5000, ["甲", "乙"] * 500, 0, False])
def test_any_value_fits(value: Any) -> None:
    assert pages(made("ja", [difference("長い店" * 80, value)])) >= 1
