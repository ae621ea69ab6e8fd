"""Names as people mean them: width, case, spaces and corporate forms do not make two companies of one.

The keys are for comparing only and are never written anywhere. ``fold`` and ``company_key`` give the same answer when they are
applied to their own result. From strict to loose: a verdict of *same* implies one company_key, and that implies one loose_key.
"""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

_CIRCLED = {ord("㊑"): "(株)", ord("㊒"): "(有)", ord("㊓"): "(社)", ord("㊖"): "(財)", ord("㊫"): "(学)"}
# Invisible characters and the selectors that pick a variant glyph of the same kanji.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_DASHES = re.compile("[\u2010-\u2015\u2043\u2212\u2500\u2501\ufe58\ufe63\uff0d]")
_KANA_DASH = re.compile("(?<=[ぁ-ゖァ-ヺー])-")  # a hyphen typed for the long vowel mark
_LONE_MARK = re.compile("(?<![ぁ-ゖァ-ヺー])ー")  # the long vowel mark typed for a hyphen

# Shapes of one kanji that JIS X 0208 writes with a single code point: which one is stored depends on the keyboard and on how old
# the system is, not on the company. (NFKC does this for the kanji of the compatibility blocks.)
_SHAPES = "髙高 﨑崎 𠮷吉 德徳 瀨瀬 靑青 淸清 綠緑 黃黄 黑黒 戶戸 內内 敎教 彥彦 步歩 增増 寬寛 鄕郷 薰薫 緖緒 橫横 曆暦 晚晩 尙尚 槪概 卽即"
_SIGNS = "’' ‘' ‛' ′' ”\" “\" ″\" 〜~ ·・ •・ ‧・ ∙・ ⋅・"
_ONE_SHAPE = {ord(pair[0]): pair[1] for pair in f"{_SHAPES} {_SIGNS}".split()}


_SETTLED = re.compile("[0-9a-zぁ-ゖァ-ヺ一-鿿]*")  # nothing in such a text folds: the common case, for speed only


def fold(text: str) -> str:
    """The text without differences of width, case, dash variants and spaces.

    Half-width kana become full-width; hiragana and katakana stay two things. Runs of spaces become one.
    """
    if _SETTLED.fullmatch(text):
        return text
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
_FORM_IN_FRONT = re.compile(f"(?:{'|'.join(_FORMS)})(?=.)", re.DOTALL)
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
    r"co\.? ?,? ?(?:ltd\.?|limited)|company,? (?:limited|ltd\.?)|(?:pte|pty)\.? (?:ltd\.?|limited)|ltd\.?|limited|inc\.?|incorporated"
    r"|corp\.?|corporation|co\.?|company|l\.?l\.?c\.?|l\.?l\.?p\.?|plc|gmbh|k\.?k\.?|g\.?k\.?|y\.?k\.?"
    r"|kabushiki kaisha|godo kaisha|yugen kaisha"
)
_WESTERN_BACK = re.compile(rf"(?<=.)[ ,]+({_WESTERN})$")
_WESTERN_FRONT = re.compile(r"^(k\.k\.|k\.?k\.?(?= )|kabushiki kaisha(?= )|godo kaisha(?= )|yugen kaisha(?= )) ?(?=.)")
# One form however it is written.
_WRITTEN = {
    "npo法人": "特定非営利活動法人",
    "limited": "ltd",
    "colimited": "coltd",
    "companyltd": "coltd",
    "companylimited": "coltd",
    "ptelimited": "pteltd",
    "ptylimited": "ptyltd",
    "incorporated": "inc",
    "corporation": "corp",
    "company": "co",
    "kabushikikaisha": "kk",
    "godokaisha": "gk",
    "yugenkaisha": "yk",
}
_SPACE = re.compile(" ")
_CJK = "々〆〇ぁ-ヿ㐀-䶿一-鿿豈-﫿\U00020000-\U0003ffff"
# One next to Japanese or a sign says nothing, unlike one between Latin words.
_IDLE_SPACE = re.compile(rf"(?<=[{_CJK}]) | (?=[{_CJK}])|(?<=\W) | (?=\W)")


def company_key(name: str) -> str:
    """What two spellings of one company's name have in common.

    Folded, without spaces, without an honorific behind (御中, 様, 殿) and without corporate forms in front or behind (株式会社, ㈱,
    (株), Co., Ltd. …). Whether the form stood in front or behind (前株, 後株), and which one it was, is lost on purpose. A form
    in the middle stays, written in full; a name that is nothing but a form stays itself.
    """
    return _take_apart(name, _SPACE)[0]


def same_company(a: str, b: str) -> bool:
    """Whether two names have the same, non-empty company_key."""
    key = company_key(a)
    return key != "" and key == company_key(b)


class Verdict(StrEnum):
    """What two names say about each other."""

    SAME = "same"  # two spellings of one name: may be bound
    ASK = "ask"  # likely, but a person decides; never bound and never created anew without asking
    DIFFERENT = "different"


def verdict(a: str, b: str) -> Verdict:
    """Whether two names are spellings of one. Names only: two companies may bear one name, and then both are *same*.

    *Same* looks past: width and half-width kana, case, dash, quote, middle-dot and tilde variants, a hyphen typed for the long vowel
    mark, spaces next to Japanese or signs, invisible characters, how a corporate form is written as long as it is the same form in the
    same place (株式会社, ㈱, (株); Limited, Ltd.), 御中, a 様 or 殿 set off by a space, and shapes of one kanji (髙/高, 﨑/崎).

    *Ask* looks past more: the form missing, another one or in the other place (前株, 後株), attached 様 or 殿, spaces between Latin
    words, hiragana or katakana, small or large kana, ー, ・ and other signs, ヴ/ブ, ヶ/が, 々, accents, & and "and", "The", old or
    confusable kanji (澤/沢, 齋/斉), kanji numerals, 本社 and 本店 behind. A name that is nothing but signs or a form is asked about.

    Not looked past: branches (支店, 営業所), departments, numbers, names in brackets, kana or Latin for kanji, and abbreviations.
    """
    if _certain(a) == _certain(b) and same_company(a, b):
        stem = company_key(a)
        speaks = stem not in _FORMS and stem not in _HONORIFICS and any(c.isalnum() for c in stem)
        return Verdict.SAME if speaks else Verdict.ASK
    key = loose_key(a)
    return Verdict.ASK if key and key == loose_key(b) else Verdict.DIFFERENT


def loose_key(name: str) -> str:
    """What names share whose verdict is *same* or *ask*, for finding candidates; empty for an empty name."""
    key = text = company_key(name)
    if _ACCENTED.search(key):
        text = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", key)))
    # asked first, for speed only: hardly any name has one of these
    if "ヶ" in text or "ケ" in text or "が" in text or "ガ" in text:
        text = _GA.sub("ガ", text)
    text = text.translate(_ALIKE)
    if "々" in text:
        text = _REPEATED.sub(r"\1\1", text)
    if "ヴ" in text:
        for written, plain in _V_SOUNDS:
            text = text.replace(written, plain)
    text = _THE.sub("", text.replace("&", "and"))
    text = _NO_SIGN.sub("", text)
    if "会社" in text:
        text = _INNER_FORM.sub("", text) or text
    if text.endswith(_OFFICES):
        text = _HEAD_OFFICE.sub("", text)
    return text or key


def _certain(name: str) -> tuple[str, tuple[str, ...]]:
    return _take_apart(name, _IDLE_SPACE)


def _take_apart(name: str, spaces: re.Pattern[str]) -> tuple[str, tuple[str, ...]]:
    """The name without what stands around it, and what that was; ``spaces`` are dropped."""
    text = fold(name)
    if not text.isascii():
        text = text.translate(_ONE_SHAPE)
    text = fold(_BRACKETED.sub(lambda m: _SHORT[m[1]], text))
    around: list[str] = []
    whole = True  # nothing was taken off since it was folded
    while True:
        shorter, what = _strip_once(text)
        if shorter == text:
            shorter = spaces.sub("", text)
            if whole and shorter == text:
                return text, tuple(around)
            shorter = fold(shorter)  # what came together may combine (a letter and its accent)
            if shorter == text:
                return text, tuple(around)
            whole = True
        else:
            whole = False
            if what:
                around.append(what)
        text = shorter


def _strip_once(text: str) -> tuple[str, str]:
    """Without the outermost form or honorific; and which it was, with the side of the name it stood on ("" when that says nothing)."""
    front = found[0] if (found := _FORM_IN_FRONT.match(text)) else ""
    back = next((f for f in _FORMS if text.endswith(f) and f != text), "") if text.endswith(_FORMS) else ""
    if front and len(front) >= len(back):
        return text.removeprefix(front).lstrip(), f"{_WRITTEN.get(front, front)} …"
    if back:
        return text.removesuffix(back).rstrip(), f"… {_WRITTEN.get(back, back)}"
    if (" " in text or "," in text) and (found := _WESTERN_BACK.search(text)):
        return text[: found.start()], f"… {_western(found[1])}"
    if found := _WESTERN_FRONT.search(text):
        return text[found.end() :], f"{_western(found[1])} …"
    for word in _HONORIFICS:
        # 神様, 湯殿: one character before it is a word, not a company with an honorific.
        if text.endswith(word) and len(text) >= len(word) + 2:
            bare = text.removesuffix(word)
            return bare.rstrip(), "" if word == "御中" or bare.endswith(" ") else f"…{word}"
    return text, ""


def _western(written: str) -> str:
    letters = re.sub("[ .,]", "", written)
    return _WRITTEN.get(letters, letters)


# Old and new kanji, and those that people take for one another. Each is a name of its own in the register, so nobody binds by them.
_OLD_NEW = (
    "澤沢 邊辺 邉辺 齋斉 斎斉 齊斉 廣広 國国 櫻桜 濱浜 濵浜 嶋島 嶌島 龍竜 瀧滝 眞真 惠恵 榮栄 學学 會会 應応 藝芸 縣県 區区 檢検 醫医 藥薬 "
    "鐵鉄 銕鉄 鑛鉱 鹽塩 驛駅 發発 變変 寶宝 寳宝 圓円 萬万 與与 豫予 兒児 佛仏 來来 傳伝 價価 假仮 壽寿 圖図 團団 聲声 壯壮 處処 實実 "
    "寫写 專専 將将 對対 嶽岳 峽峡 廳庁 彌弥 徑径 戀恋 戰戦 戲戯 拂払 擴拡 攝摂 數数 斷断 晝昼 曉暁 條条 樂楽 樞枢 樣様 權権 歐欧 歸帰 "
    "殘残 氣気 澁渋 濟済 濕湿 燈灯 爐炉 狀状 獨独 獻献 產産 當当 疊畳 盡尽 禮礼 稻稲 穗穂 穩穏 竝並 總総 縱縦 繩縄 繪絵 續続 聽聴 臟臓 "
    "臺台 舊旧 莊荘 藏蔵 號号 蟲虫 蠶蚕 衞衛 裝装 覺覚 覽覧 觀観 觸触 譯訳 證証 讀読 豐豊 賣売 轉転 辯弁 辨弁 釋釈 釀醸 錄録 鍊錬 鎭鎮 "
    "關関 隨随 險険 雜雑 靈霊 靜静 顯顕 飮飲 餘余 騷騒 驗験 體体 髮髪 鬪闘 鷄鶏 麥麦 麵麺 黨党 點点 齒歯 齡齢 龜亀 冨富 峯峰 舘館 桧檜 "
    "渕淵 渊淵 埜野 椙杉 曾曽 嵜崎 碕崎 籔藪 薮藪 遙遥 瑤瑶 槇槙 堯尭 凜凛 舩船 舖舗 槗橋 栁柳 桒桑 曻昇 楳梅 姬姫 奧奥 萠萌 祕秘 穐秋"
)
_NUMERALS = "一1 二2 三3 四4 五5 六6 七7 八8 九9 壱1 弐2 参3"
_KANA = "ァア ィイ ゥウ ェエ ォオ ッツ ャヤ ュユ ョヨ ヮワ ヵカ ヶケ ヰイ ヱエ ヲオ ヂジ ヅズ"
_ALIKE = {ord(pair[0]): pair[1] for pair in f"{_OLD_NEW} {_NUMERALS} {_KANA}".split()}
_ALIKE |= {code - 0x60: _ALIKE.get(code, chr(code)) for code in range(ord("ァ"), ord("ヶ") + 1)}  # hiragana
_V_SOUNDS = [(p[:2], p[2:]) for p in "ヴアバ ヴイビ ヴエベ ヴオボ ヴヤビヤ ヴユビユ ヴヨビヨ".split()] + [("ヴ", "ブ")]
_ACCENT = re.compile("[\u0300-\u036f]")
_ACCENTED = re.compile("[\u00a0-\u1fff\u2190-\u22ff\u2add]")  # with any of these an accent may be part of a letter
_GA = re.compile("(?<=[㐀-鿿])[ヶケがガ](?=[㐀-鿿])")  # 霞ヶ関, 霞が関
_REPEATED = re.compile("([㐀-鿿])々")
_THE = re.compile("^the(?=[a-z]{3})")  # takes it off Theater as well, on both sides alike
_NO_SIGN = re.compile(r"ー|(?<![0-9])[^\w]|[^\w](?![0-9])")  # a sign between digits tells 1-11 from 11-1
_INNER_FORM = re.compile("株式会社|有限会社|合同会社")
_OFFICES = ("本社", "本店")
_HEAD_OFFICE = re.compile(f"(?<=..)(?:{'|'.join(_OFFICES)})$")
