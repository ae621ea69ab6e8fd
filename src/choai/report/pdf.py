"""The reconciliation report as a PDF to print, sign and file: A4, Japanese or English.

Everything on it comes from the signed statement; only the differences are beside it, the first ones in full and the rest counted.
Japanese is set in the standard CID fonts of PDF, which readers supply: no font file travels with Choai or the report.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from html import escape
from itertools import islice
from typing import Any, Literal
from zoneinfo import ZoneInfo

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from choai.report.words import COUNT_ORDER, word

SHOWN = 200  # differences set in full
GOTHIC, MINCHO, CODE = "HeiseiKakuGo-W5", "HeiseiMin-W3", "Courier"
INK, FAINT, LINE, PAPER = (colors.HexColor(c) for c in ("#1f2a37", "#6b7280", "#d5d9e0", "#f5f6f8"))
VERDICT_INK = {"agree": colors.HexColor("#0b6e4f"), "differ": colors.HexColor("#b42318")}
MARGIN = 18 * mm
WIDTH = A4[0] - 2 * MARGIN
Row = list[Any]
Align = Literal[0, 1, 2]  # left, centre, right: reportlab's numbers
Rules = list[tuple[Any, ...]]


def report(
    statement: Mapping[str, Any],
    fields: Sequence[Mapping[str, Any]],
    differences: Iterable[Mapping[str, Any]],
    services: Mapping[str, Mapping[str, str]],
    language: str,
) -> bytes:
    """The PDF. ``fields`` are the compared pairs with their labels, ``services`` the names of services by language."""
    for font in (GOTHIC, MINCHO):
        if font not in pdfmetrics.getRegisteredFontNames():
            pdfmetrics.registerFont(UnicodeCIDFont(font))
    buffer = io.BytesIO()
    title = word("title", language)
    document = BaseDocTemplate(
        buffer, pagesize=A4, title=f"{title} {statement['id']}", author="Choai 帳合", lang=language,
        leftMargin=MARGIN, rightMargin=MARGIN, topMargin=16 * mm, bottomMargin=18 * mm,
    )  # fmt: skip
    frame = Frame(MARGIN, 18 * mm, WIDTH, A4[1] - 34 * mm, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate(frames=[frame]))
    told = _Told(statement, fields, services, language)
    story = [
        *told.head(),
        *told.verdict(),
        *told.ends(),
        *told.counts(),
        *told.sums(),
        *told.compared(),
        *told.differences(differences),
        *told.signature(),
    ]
    foot = f"{title}  {statement['id']}  ·  {statement['workspace']['name']}"
    document.build(story, canvasmaker=lambda *a, **k: _Numbered(foot, *a, **k))
    return buffer.getvalue()


class _Numbered(Canvas):
    """Page n of N: pages are kept until their number is known."""

    def __init__(self, foot: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.foot = foot
        self.kept: list[dict[str, Any]] = []

    def showPage(self) -> None:  # noqa: N802  reportlab's name
        self.kept.append(dict(self.__dict__))
        self._startPage()  # type: ignore[attr-defined]  # reportlab's own recipe; its stubs leave it out

    def save(self) -> None:
        for number, page in enumerate(self.kept, 1):
            self.__dict__.update(page)
            self.setStrokeColor(LINE)
            self.line(MARGIN, 14 * mm, A4[0] - MARGIN, 14 * mm)
            self.setFillColor(FAINT)
            self.setFont(GOTHIC, 7)
            self.drawString(MARGIN, 10 * mm, self.foot)
            self.drawRightString(A4[0] - MARGIN, 10 * mm, f"{number} / {len(self.kept)}")
            super().showPage()
        super().save()


def _style(size: float = 8.5, *, ink: Any = INK, font: str = GOTHIC, align: Align = 0) -> ParagraphStyle:
    return ParagraphStyle(
        "text", fontName=font, fontSize=size, leading=size * 1.45, textColor=ink, alignment=align, wordWrap="CJK"
    )


def _text(value: object, size: float = 8.5, **how: Any) -> Paragraph:
    return Paragraph(escape("" if value is None else str(value)), _style(size, **how))


def _heading(text: str) -> list[Flowable]:
    """With room for the first rows below it, or on the next page."""
    return [CondPageBreak(28 * mm), Spacer(1, 5 * mm), _text(text, 10.5), Spacer(1, 1.5 * mm)]


def _figure(value: int | str) -> Paragraph:
    shown = f"{Decimal(value):,f}"
    return _text(shown, 8.5, align=TA_RIGHT)


_RULED: Rules = [
    ("LINEBELOW", (0, 0), (-1, -1), 0.4, LINE),
    ("LINEABOVE", (0, 0), (-1, 0), 0.8, INK),
    ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
    ("LINEBELOW", (0, -1), (-1, -1), 0.8, INK),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ("TOPPADDING", (0, 0), (-1, -1), 2.2),
    ("BOTTOMPADDING", (0, 0), (-1, -1), 2.8),
    ("LEFTPADDING", (0, 0), (-1, -1), 3),
    ("RIGHTPADDING", (0, 0), (-1, -1), 3),
]


def _ruled(head: Sequence[str], rows: Sequence[Row], shares: Sequence[float], figures: Sequence[int] = ()) -> Table:
    """A table with its head repeated on each page; the shares of the width add up to one, ``figures`` are columns of numbers."""
    top = [_text(name, 7.5, ink=FAINT, align=TA_RIGHT if n in figures else 0) for n, name in enumerate(head)]
    return Table([top, *rows], colWidths=[WIDTH * s for s in shares], repeatRows=1, style=TableStyle(_RULED))


class _Told:
    """The parts of one report, in reading order."""

    def __init__(
        self,
        statement: Mapping[str, Any],
        fields: Sequence[Mapping[str, Any]],
        services: Mapping[str, Mapping[str, str]],
        language: str,
    ) -> None:
        self.it, self.fields, self.services, self.language = statement, fields, services, language

    def say(self, name: str) -> str:
        return word(name, self.language)

    def when(self, instant: str) -> str:
        at = datetime.fromisoformat(instant).astimezone(ZoneInfo(self.it["zone"]))
        pattern = "%Y年%m月%d日 %H:%M:%S" if self.language == "ja" else "%Y-%m-%d %H:%M:%S"
        return f"{at.strftime(pattern)} ({self.it['zone']})"

    def head(self) -> list[Flowable]:
        title = _text(self.say("title"), 21, font=MINCHO if self.language == "ja" else "Times-Roman", align=TA_CENTER)
        it = self.it
        facts = [
            (self.say("workspace"), it["workspace"]["name"]),
            (self.say("pairing"), it["sync"]["name"]),
            (self.say("period"), f"{self.when(it['started'])}  –  {self.when(it['ended'])}"),
            (self.say("by"), it["by"] or "–"),
        ]
        rows = [[_text(name, 8, ink=FAINT), _text(value, 8.5)] for name, value in facts]
        plain: Rules = [("TOPPADDING", (0, 0), (-1, -1), 0.6), ("BOTTOMPADDING", (0, 0), (-1, -1), 0.6)]
        return [
            title,
            Spacer(1, 6 * mm),
            Table(rows, colWidths=[WIDTH * 0.16, WIDTH * 0.84], style=TableStyle(plain)),
            Spacer(1, 4 * mm),
        ]

    def verdict(self) -> list[Flowable]:
        said = self.it["verdict"]
        ink = VERDICT_INK[said]
        style: Rules = [
            ("BOX", (0, 0), (-1, -1), 1.2, ink),
            ("ALIGN", (0, 0), (-1, -1), "CENTER"),
            ("TOPPADDING", (0, 0), (-1, 0), 8),
            ("BOTTOMPADDING", (0, -1), (-1, -1), 9),
        ]
        lines = [
            [_text(self.say(said), 22, ink=ink, align=TA_CENTER)],
            [_text(self.say(f"{said}_means"), 8.5, align=TA_CENTER)],
        ]
        return [Table(lines, colWidths=[WIDTH], style=TableStyle(style)), Spacer(1, 5 * mm)]

    def ends(self) -> list[Flowable]:
        cells = [self._end(side) for side in ("left", "right")]
        style: Rules = [
            ("BACKGROUND", (0, 0), (0, 0), PAPER),
            ("BACKGROUND", (2, 0), (2, 0), PAPER),
            ("LINEABOVE", (0, 0), (0, 0), 1.2, INK),
            ("LINEABOVE", (2, 0), (2, 0), 1.2, INK),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("TOPPADDING", (0, 0), (-1, -1), 5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 6),
        ]
        half = (WIDTH - 6 * mm) / 2
        return [Table([[cells[0], "", cells[1]]], colWidths=[half, 6 * mm, half], style=TableStyle(style))]

    def _end(self, side: str) -> list[Flowable]:
        it = self.it[side]
        service = self.services.get(it["service"], {}).get(self.language) or it["service"]
        account = " ".join(x for x in (it["account"]["name"], it["account"]["id"]) if x)
        label = it["label"].get(self.language) or it["label"].get("ja") or it["object"]
        count = self.it["counts"][side]
        return [
            _text(self.say(side), 7.5, ink=FAINT),
            _text(service, 12),
            _text(f"{it['connection']}  ·  {account}" if account else it["connection"], 8),
            _text(label, 8),
            Spacer(1, 1.5 * mm),
            _text(f"{count:,} {self.say('records')}", 14),
            _text(self.say("fingerprint"), 7, ink=FAINT),
            _text(self.it["fingerprints"][side], 5.8, font=CODE),
        ]

    def counts(self) -> list[Flowable]:
        it = self.it["counts"]
        names = [name for name in COUNT_ORDER if it.get(name) or name in ("bound", "agreeing")]
        rows = [
            [_text(self.say(n)), _figure(it.get(n, 0)), _text(self.say(f"{n}_means"), 7.5, ink=FAINT)] for n in names
        ]
        return [
            *_heading(self.say("counts")),
            _ruled((self.say("count"), self.say("counts"), ""), rows, (0.24, 0.14, 0.62), (1,)),
        ]

    def _pair(self, row: int) -> str:
        known = next((f for f in self.fields if f["row"] == row), None)
        return f"{known['left'][self.language]} ↔ {known['right'][self.language]}" if known else "–"

    def sums(self) -> list[Flowable]:
        out: list[Flowable] = []
        for grouping in ("total", "partner", "month"):
            found = self.it["sums"][grouping]
            if not found:
                continue
            rows = [
                [
                    _text(self._pair(t["row"])),
                    _text(" ".join(x for x in (t["key"] or ("" if grouping == "total" else "–"), t["currency"]) if x)),
                    _figure(t["left"]),
                    _figure(t["right"]),
                    _figure(format(Decimal(t["left"]) - Decimal(t["right"]), "f")),
                ]
                for t in found
            ]
            head = (self.say("field"), self.say(grouping), self.say("left"), self.say("right"), self.say("gap"))
            out += [*_heading(self.say(f"by_{grouping}")), _ruled(head, rows, (0.26, 0.2, 0.18, 0.18, 0.18), (2, 3, 4))]
        return out

    def compared(self) -> list[Flowable]:
        rows = [
            [_text(f["left"][self.language]), _text(f["right"][self.language]), _figure(f["differing"])]
            for f in self.fields
        ]
        head = (self.say("left_field"), self.say("right_field"), self.say("differing"))
        return [*_heading(self.say("compared")), _ruled(head, rows, (0.42, 0.42, 0.16), (2,))] if rows else []

    def differences(self, found: Iterable[Mapping[str, Any]]) -> list[Flowable]:
        rows: list[Row] = []
        shown = 0
        for difference in islice(found, SHOWN):
            shown += 1
            rows.extend(self._difference(difference))
        if not shown:
            return []
        counts = self.it["counts"]
        rest = sum(counts.get(n, 0) for n in ("differs", "only_left", "only_right", "missing", "moving")) - shown
        head = (self.say("kind"), self.say("name"), self.say("field"), self.say("left_value"), self.say("right_value"))
        out = [*_heading(self.say("differences")), _ruled(head, rows, (0.13, 0.23, 0.2, 0.22, 0.22))]
        if rest > 0:
            out += [Spacer(1, 1.5 * mm), _text(self.say("rest").format(count=f"{rest:,}"), 8, ink=FAINT)]
        return out

    def _difference(self, it: Mapping[str, Any]) -> list[Row]:
        ids = " / ".join(x for x in (it["left_id"], it["right_id"]) if x)
        name = [_text(it["name"] or "–", 8), _text(ids, 6.5, ink=FAINT)]
        kind = _text(self.say(it["kind"]), 8)
        if not it["fields"]:
            gone = self.say(f"gone_{it['gone']}") if it["gone"] else ""
            return [[kind, name, _text(gone, 7.5, ink=FAINT), "", ""]]
        rows: list[Row] = []
        for number, field in enumerate(it["fields"]):
            label = field["left_field"].get(self.language) or field["left_field"]["name"]
            values = [_text(_short(field[side]), 8) for side in ("left", "right")]
            first = [kind, name] if number == 0 else ["", ""]
            rows.append([*first, _text(label, 8), *values])
        return rows

    def signature(self) -> list[Flowable]:
        it = self.it
        rows = [
            (self.say("mapping_print"), it["mapping"]),
            (self.say("key"), it["key"]),
            (self.say("signature"), it["signature"]),
        ]
        table = [[_text(name, 7.5, ink=FAINT), _text(value, 7, font=CODE)] for name, value in rows]
        return [
            *_heading(self.say("signed")),
            _text(self.say("signed_means"), 7.5, ink=FAINT),
            Table(table, colWidths=[WIDTH * 0.2, WIDTH * 0.8], style=TableStyle([("TOPPADDING", (0, 0), (-1, -1), 1)])),
        ]


def _short(value: object) -> str:
    """A value for a narrow cell; lists are joined, long texts are cut."""
    if value is None or value == "":
        return "–"
    if isinstance(value, list):
        value = "、".join(str(v) for v in value)
    text = str(value)
    return text if len(text) <= 200 else text[:199] + "…"
