"""Values of every kind as people type them, and what services make of them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from choai.model.coerce import TEXTS
from choai.model.schema import Choice, Field
from choai.model.values import Kind, Ref, Row, Value

Rewrite = Callable[[Any], Value]
TOKYO = ZoneInfo("Asia/Tokyo")
CHOICES: tuple[Choice, ...] = (
    Choice("1", "甲 (Ａ)", "First"),
    Choice("2", "乙", "Second"),
    Choice("3", "丙", "Third"),
    Choice("y", "はい", "yes"),
)
CHOICES += (Choice("n", "いいえ", "no"),)
CELLS = (
    Field("item", Kind.TEXT, "品名", "Item"),
    Field("quantity", Kind.DECIMAL, "数量", "Quantity"),
    Field("total", Kind.DECIMAL, "金額", "Total", on_create=False, on_update=False),
)


def field(name: str, kind: Kind, **more: Any) -> Field:
    """A field of the kind, with choices and columns where it has some."""
    chosen = CHOICES if kind in (Kind.CHOICE, Kind.CHOICES) else ()
    return Field(name, kind, name, name, **{"choices": chosen, "fields": CELLS if kind is Kind.ROWS else (), **more})


def line(item: str, quantity: str, id: str | None = None) -> Row:
    return Row(id, {"item": item, "quantity": Decimal(quantity)})


_TYPED: list[Value] = [
    "  ﾔﾏﾀﾞ  商店 Abc－１２ ", "Ｂ社　本店", "株式会社 ａｂｃ やまだ", "０３-1234-5678", "0312345679", "〒100-0005", "1000006",
    " info@Example.JP", "https://example.jp/Ａ", "1,234", "５６", "△７.50", "2026-04-01", "2026/4/2", "令和8年4月3日",
    "2026-04-01T10:30:45+09:00", "2026-04-02 11:31", "10:30", "9:05", "はい", "いいえ", "true", "1", "2", "3",
    "1、2", "乙、丙", "甲 (Ａ)", "丙",
]  # fmt: skip
SAMPLES: dict[Kind, list[Value]] = {
    **{kind: list(_TYPED) for kind in TEXTS},
    Kind.LONG_TEXT: [" 一行目 \r\n二行目", "一\n二\n", *_TYPED],
    Kind.HTML: ["<p>一 &amp; 二</p>", "三<br>四", *_TYPED],
    Kind.BOOLEAN: [True, False],
    Kind.INTEGER: [1, 20, 0, -3, 2026],
    Kind.DECIMAL: [Decimal(100), Decimal("0.125"), Decimal("-7.50"), Decimal("12345678901234567.89"), Decimal(3)],
    Kind.MONEY: [Decimal(100), Decimal("1234.56"), Decimal(-1), Decimal(2)],
    Kind.DATE: [date(2026, 4, 1), date(2024, 2, 29), date(2026, 12, 31)],
    Kind.TIME: [time(10, 30, 45), time(0, 0), time(23, 59, 59)],
    Kind.DATETIME: [
        datetime(2026, 4, 1, 10, 30, 45, 123456, UTC),
        datetime(2026, 3, 31, 15, 0, tzinfo=UTC),
        datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo("America/New_York")),
    ],
    Kind.CHOICE: ["1", "2", "3", "y", "n"],
    Kind.CHOICES: [["2", "1"], ["3"], ["1", "2", "3"], ["2"], ["y"]],
    Kind.REFERENCE: [Ref("11", "山田"), Ref("12", "鈴木"), Ref("13")],
    Kind.REFERENCES: [[Ref("11", "山田"), Ref("12")], [Ref("12")], [Ref("13"), Ref("11")], [Ref("14")]],
    Kind.ROWS: [
        [line(" 部品 Ａ", "1.50"), line("部品b", "2")],
        [line("部品b", "2"), line("工賃", "10"), line("部品b", "2")],
        [line("送料", "1")],
    ],
    Kind.FILES: [[Ref("f1", "a.pdf")]],
}

_HIRAGANA = {code: code + 0x60 for code in range(0x3041, 0x3097)}
_KATAKANA = {to: back for back, to in _HIRAGANA.items()}
_FULL = {code: code + 0xFEE0 for code in range(0x21, 0x7F)} | {0x20: 0x3000}


def _hyphens(text: str) -> str:
    digits = unicodedata.normalize("NFKC", text).replace("-", "")
    if not digits.isdecimal() or len(digits) not in (7, 10, 11):
        return text
    cuts = {7: (3, 7), 10: (2, 6), 11: (3, 7)}[len(digits)]
    return "-".join(p for p in (digits[: cuts[0]], digits[cuts[0] : cuts[1]], digits[cuts[1] :]) if p)


def _option(value: str) -> str:
    return next((c.ja for c in CHOICES if c.value == value), value)


def _places(number: str) -> Rewrite:
    return lambda v: v.quantize(Decimal(number), ROUND_HALF_EVEN)


def _cells(rows: list[Row], order: int) -> list[Row]:
    """Rows as a document service keeps them: numbered, cleaned, in an order of its own, with what it computes."""
    kept = []
    for n, row in enumerate(rows):
        name, count = str(row.values.get("item") or "").strip().upper(), row.values.get("quantity")
        count = Decimal(str(count)).quantize(Decimal("1.000")) if count is not None else None
        kept.append(Row(row.id or f"r{n}{name}{count}", {"item": name, "quantity": count, "total": (count or 0) * 100}))
    return kept[::order]


_ON_TEXT: dict[str, Rewrite] = {
    "as it is": lambda v: v,
    "trimmed": str.strip,
    "spaces collapsed": lambda v: " ".join(v.split()),
    "narrow": lambda v: unicodedata.normalize("NFKC", v),
    "wide": lambda v: v.translate(_FULL),
    "upper": str.upper,
    "lower": str.lower,
    "katakana": lambda v: v.translate(_HIRAGANA),
    "hiragana": lambda v: v.translate(_KATAKANA),
    "without hyphens": lambda v: v.replace("-", "").replace("－", ""),
    "hyphens put in": _hyphens,
    "line ends": lambda v: v.replace("\r\n", "\n").replace("\n", "\r\n"),
    "nothing as a text": lambda v: v or "",
    "no empty text": lambda v: v or None,
}
_ON_NUMBERS: dict[str, Rewrite] = {
    "as it is": lambda v: v,
    "two places": _places("1.00"),
    "rounded": _places("0.1"),
    "bare": lambda v: v.normalize(),
}
REWRITES: dict[Kind, dict[str, Rewrite]] = {
    **dict.fromkeys(TEXTS, _ON_TEXT),
    Kind.BOOLEAN: {"as it is": lambda v: v},
    Kind.INTEGER: {"as it is": lambda v: v},
    Kind.DECIMAL: _ON_NUMBERS,
    Kind.MONEY: _ON_NUMBERS,
    Kind.DATE: {"as it is": lambda v: v},
    Kind.TIME: {"as it is": lambda v: v, "minutes": lambda v: v.replace(second=0)},
    Kind.DATETIME: {
        "as it is": lambda v: v,
        "UTC": lambda v: v.astimezone(UTC),
        "Tokyo": lambda v: v.astimezone(TOKYO),
        "seconds": lambda v: v.replace(microsecond=0),
        "minutes": lambda v: v.astimezone(TOKYO).replace(second=0, microsecond=0),
    },
    Kind.CHOICE: {"as it is": lambda v: v, "its label": _option},
    Kind.CHOICES: {
        "as it is": lambda v: v,
        "another order": lambda v: v[::-1],
        "labels": lambda v: [_option(one) for one in v],
        "nothing as a list": lambda v: v or [],
    },
    Kind.REFERENCE: {
        "as it is": lambda v: v,
        "its own label": lambda v: Ref(v.id, f"{v.id}さん"),
        "no label": lambda v: Ref(v.id),
    },
    Kind.REFERENCES: {
        "as it is": lambda v: v,
        "another order": lambda v: v[::-1],
        "own labels": lambda v: [Ref(one.id, f"{one.id}さん") for one in v],
    },
    Kind.ROWS: {"as a document": lambda v: _cells(v, 1), "another order": lambda v: _cells(v, -1)},
}  # fmt: skip


def rewritten(rewrite: Rewrite, value: Value) -> Value:
    """What the service keeps; nothing stays nothing unless the rewriting says how nothing is told."""
    if value is None or value == "" or value == []:
        try:
            return rewrite("") if value == "" or value is None else rewrite([])
        except (TypeError, AttributeError, ArithmeticError, ValueError):
            return value
    return rewrite(value)
