"""CSV for spreadsheets: UTF-8 with BOM or Shift_JIS (cp932), lines ended by CR LF, formulas made harmless.

A cell that a spreadsheet would take for a formula (it begins with = + - @ or a control character) gets an apostrophe in front;
plain numbers stay numbers. Letters that Shift_JIS does not have become 〓.
"""

from __future__ import annotations

import csv as stdlib
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from choai.report.words import word

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
LINES = 500  # per chunk


def cell(value: object) -> str:
    """One cell, harmless."""
    if value is None:
        return ""
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text


def encoded(head: Sequence[str], lines: Iterable[Sequence[object]], encoding: str) -> Iterator[bytes]:
    """The file in chunks. ``encoding``: utf8 or sjis."""
    if encoding != "sjis":
        yield b"\xef\xbb\xbf"
    buffer = io.StringIO()
    writer = stdlib.writer(buffer, lineterminator="\r\n")
    writer.writerow(head)
    for number, line in enumerate(lines, 1):
        writer.writerow([cell(value) for value in line])
        if number % LINES == 0:
            yield _bytes(buffer, encoding)
    yield _bytes(buffer, encoding)


def _bytes(buffer: io.StringIO, encoding: str) -> bytes:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    if encoding != "sjis":
        return text.encode()
    try:
        return text.encode("cp932")
    except UnicodeEncodeError:
        return b"".join(_geta(letter) for letter in text)


def _geta(letter: str) -> bytes:
    try:
        return letter.encode("cp932")
    except UnicodeEncodeError:
        return "〓".encode("cp932")


# ------------------------------------------------------------------ the tables there are

_ITEM_HEAD = {
    "ja": ("名前", "書き込み先", "操作", "結果", "CRM側ID", "会計側ID", "理由コード", "理由", "次にすること",
           "CRM側リンク", "会計側リンク", "終了日時"),
    "en": ("Name", "Written to", "Action", "Outcome", "CRM id", "Accounting id", "Code", "Reason", "Next step", "CRM link",
           "Accounting link", "Ended at"),
}  # fmt: skip
_BINDING_HEAD = {
    "ja": ("名前", "種類", "CRM側ID", "会計側ID", "状態", "由来", "最終同期", "CRM側リンク", "会計側リンク"),
    "en": ("Name", "Kind", "CRM id", "Accounting id", "State", "Origin", "Last synced", "CRM link", "Accounting link"),
}
_JA = {
    "left": "CRM", "right": "会計", "create": "作成", "update": "更新", "bind": "対応付け", "none": "なし",
    "planned": "予定", "created": "作成", "updated": "更新", "unchanged": "変更なし", "skipped": "スキップ", "failed": "失敗",
    "blocked": "保留", "not_reached": "未到達", "not_counted": "対象外",
    "ok": "正常", "missing_left": "CRM側にない", "missing_right": "会計側にない", "id_changed": "ID変更", "matched": "照合",
}  # fmt: skip


def _word(code: str, language: str) -> str:
    return _JA.get(code, code) if language == "ja" else code.replace("_", " ")


def item_head(language: str) -> tuple[str, ...]:
    return _ITEM_HEAD[language]


def item_line(item: Mapping[str, Any], language: str) -> list[object]:
    """One outcome in the order of ``item_head``."""
    problem = item["problem"] or {}
    words = [_word(item[name], language) for name in ("side", "op", "outcome")]
    why = [problem.get(name) for name in ("code", "title", "next")]
    ended = item["ended_at"].isoformat() if item["ended_at"] else ""
    return [item["name"], *words, item["left_id"], item["right_id"], *why, item["left_link"], item["right_link"], ended]


def binding_head(language: str) -> tuple[str, ...]:
    return _BINDING_HEAD[language]


def binding_line(row: Mapping[str, Any], language: str) -> list[object]:
    """One pair in the order of ``binding_head``."""
    synced = row["synced_at"].isoformat() if row["synced_at"] else ""
    state = [_word(row[name], language) for name in ("state", "origin")]
    return [
        row["name"],
        row["kind"],
        row["left_id"],
        row["right_id"],
        *state,
        synced,
        row["left_link"],
        row["right_link"],
    ]


_DIFFERENCE = ("kind", "name", "left_id", "right_id", "left_field", "right_field", "left_value", "right_value", "left_base",
               "right_base", "note", "left_link", "right_link")  # fmt: skip


def difference_head(language: str) -> tuple[str, ...]:
    return tuple(word(name, language) for name in _DIFFERENCE)


def difference_lines(row: Mapping[str, Any], language: str) -> list[list[object]]:
    """One difference in the order of ``difference_head``: a line for each field that differs, at least one."""
    record = [word(row["kind"], language), row["name"], row["left_id"], row["right_id"]]
    links = [row["left_link"], row["right_link"]]
    if not row["fields"]:
        gone = word(f"gone_{row['gone']}", language) if row["gone"] else ""
        return [[*record, "", "", "", "", "", "", gone, *links]]
    return [
        [
            *record,
            *(field[side][language] or field[side]["name"] for side in ("left_field", "right_field")),
            *(_flat(field[side]) for side in ("left", "right", "left_base", "right_base")),
            word("unread", language) if field["unread"] else "",
            *links,
        ]
        for field in row["fields"]
    ]


def _flat(value: object) -> object:
    """A list in one cell."""
    return "、".join(str(v) for v in value) if isinstance(value, list) else value
