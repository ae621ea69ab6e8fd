"""Names as people mean them: width, case, spaces and corporate forms do not make two companies of one.

The keys are for comparing only and are never written anywhere. Both functions give the same answer when they are
applied to their own result.
"""

from __future__ import annotations

import re
import unicodedata

_CIRCLED = {ord("㊑"): "(株)", ord("㊒"): "(有)", ord("㊓"): "(社)", ord("㊖"): "(財)", ord("㊫"): "(学)"}
# Invisible characters and the selectors that pick a variant glyph of the same kanji.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_DASHES = re.compile("[\u2010-\u2015\u2043\u2212\u2500\u2501\ufe58\ufe63\uff0d]")
_KANA_DASH = re.compile("(?<=[ぁ-ゖァ-ヺー])-")  # a hyphen typed for the long vowel mark
_LONE_MARK = re.compile("(?<![ぁ-ゖァ-ヺー])ー")  # the long vowel mark typed for a hyphen


def fold(text: str) -> str:
    """The text without differences of width, case, dash variants and spaces.

    Half-width kana become full-width; hiragana and katakana stay two things. Runs of spaces become one.
    """
    if text.isascii():
        return " ".join(text.casefold().split())
    while True:
        folded = _fold_once(text)
        if folded == text:
            return folded
        text = folded


def _fold_once(text: str) -> str:
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text.translate(_CIRCLED)))
    text = unicodedata.normalize("NFKC", text.casefold())
    text = _LONE_MARK.sub("-", _KANA_DASH.sub("ー", _DASHES.sub("-", text)))
    return " ".join(text.split())


# Longest first, so that 医療法人社団 is not read as 医療法人.
_FORMS = tuple(
    sorted(
        (
            "株式会社 有限会社 合同会社 合資会社 合名会社 相互会社 特定目的会社 投資法人 有限責任事業組合 企業組合 農事組合法人 "
            "一般社団法人 一般財団法人 公益社団法人 公益財団法人 社団法人 財団法人 社会福祉法人 学校法人 宗教法人 "
            "医療法人社団 医療法人財団 社会医療法人 医療法人 特定非営利活動法人 npo法人 独立行政法人 地方独立行政法人 国立大学法人 "
            "税理士法人 弁護士法人 司法書士法人 行政書士法人 弁理士法人 社会保険労務士法人 監査法人 有限責任監査法人"
        ).split(),
        key=len,
        reverse=True,
    )
)
_SHORT = {
    "株": "株式会社",
    "有": "有限会社",
    "同": "合同会社",
    "資": "合資会社",
    "名": "合名会社",
    "社": "社団法人",
    "財": "財団法人",
    "一社": "一般社団法人",
    "一財": "一般財団法人",
    "公社": "公益社団法人",
    "公財": "公益財団法人",
    "社福": "社会福祉法人",
    "福": "社会福祉法人",
    "学": "学校法人",
    "宗": "宗教法人",
    "医": "医療法人",
    "医社": "医療法人社団",
    "医財": "医療法人財団",
    "特非": "特定非営利活動法人",
    "npo": "npo法人",
}
_BRACKETED = re.compile(r"[(\[<{〔【〈《「] ?(" + "|".join(_SHORT) + r") ?[)\]>}〕】〉》」]")
_HONORIFICS = ("御中", "様", "殿")
_WESTERN = (
    r"co\.? ?,? ?ltd\.?|company,? limited|pte\.? ltd\.?|pty\.? ltd\.?|ltd\.?|limited|inc\.?|incorporated|corp\.?|corporation"
    r"|co\.?|company|l\.?l\.?c\.?|l\.?l\.?p\.?|plc|gmbh|k\.?k\.?|g\.?k\.?|y\.?k\.?|kabushiki kaisha|godo kaisha|yugen kaisha"
)
_WESTERN_BACK = re.compile(rf"(?<=.)[ ,]+(?:{_WESTERN})$")
_WESTERN_FRONT = re.compile(
    r"^(?:k\.k\.|k\.?k\.?(?= )|kabushiki kaisha(?= )|godo kaisha(?= )|yugen kaisha(?= )) ?(?=.)"
)


def company_key(name: str) -> str:
    """What two spellings of one company's name have in common.

    Folded, without spaces, without an honorific behind (御中, 様, 殿) and without corporate forms in front or behind (株式会社, ㈱,
    (株), Co., Ltd. …). Whether the form stood in front or behind (前株, 後株), and which one it was, is lost on purpose. A form
    in the middle stays, written in full; a name that is nothing but a form stays itself.
    """
    text = fold(_BRACKETED.sub(lambda m: _SHORT[m[1]], fold(name)))
    while True:
        shorter = _strip_once(text)
        if shorter == text:
            shorter = fold(text.replace(" ", ""))  # what came together may combine (a letter and its accent)
            if shorter == text:
                return text
        text = shorter


def same_company(a: str, b: str) -> bool:
    """Whether two names have the same, non-empty company_key."""
    key = company_key(a)
    return key != "" and key == company_key(b)


def _strip_once(text: str) -> str:
    for word in _HONORIFICS:
        # 神様, 湯殿: one character before it is a word, not a company with an honorific.
        if text.endswith(word) and len(text) >= len(word) + 2:
            return text.removesuffix(word).rstrip()
    for form in _FORMS:
        if len(text) > len(form):
            if text.startswith(form):
                return text.removeprefix(form).lstrip()
            if text.endswith(form):
                return text.removesuffix(form).rstrip()
    return _WESTERN_FRONT.sub("", _WESTERN_BACK.sub("", text))
