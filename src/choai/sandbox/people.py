"""Invented companies, memo tags and segments that the imitation services share.

Every service draws from the same lists, so that the same company shows up on both sides, spelled differently: the
believable start of a sync. The same seed always gives the same world, and a longer list starts with the shorter one.

No name, number or address belongs to anybody: registration numbers use office codes that are not issued, telephone
exchanges begin with 0, mail lives under ``example.jp``.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from random import Random

from choai.sandbox.words import (
    ALWAYS_FIRST,
    BUILDINGS,
    CORES,
    FAMILY_NAMES,
    FIRST_NAMES,
    FORMS,
    HEADS,
    PREFECTURES,
    SEGMENTS,
    TAGS,
    TOWNS,
    TRADES,
)

_HALF_KANA = {unicodedata.normalize("NFKC", chr(c)): chr(c) for c in range(0xFF66, 0xFF9E)}
_HALF_KANA.update(
    {unicodedata.normalize("NFKC", chr(c) + mark): chr(c) + mark for c in range(0xFF66, 0xFF9E) for mark in "ﾞﾟ"}
)


@dataclass(slots=True, frozen=True)
class CompanyIdentity:
    """One invented company. ``name`` is its registered name; ``spelling`` gives what other people type."""

    number: int
    stem: str  # name without the corporate form: 青葉商事
    form: str  # 株式会社 …, "" for a sole trader
    form_first: bool
    kana: str  # reading of the stem, full-width katakana
    romaji: str
    zip: str  # 000-0000
    prefecture: str  # 東京都
    prefecture_index: int  # 0 (北海道) … 46 (沖縄県)
    city: str  # municipality, town and number
    building: str  # may be ""
    phone: str
    email: str
    contact: str  # a person, family and given name with a space
    title: str  # 御中 or 様
    registration: str  # T and 13 digits with a right check digit, or ""
    rank: str  # A, B or C

    @property
    def name(self) -> str:
        return self.form + self.stem if self.form_first else self.stem + self.form

    @property
    def short(self) -> str:
        """The stem alone."""
        return self.stem

    def spelling(self, style: int) -> str:
        """Another way to write the name; ``style`` picks one of eight. The first seven are certainly one name; the last has the
        form at the other end (前株, 後株), which may be another company."""
        if not self.form:
            return [self.stem, _half_kana(self.stem), self.stem.replace(" ", "\u3000")][style % 3]
        short = {"株式会社": ("㈱", "(株)", "（株）"), "有限会社": ("㈲", "(有)", "（有）")}.get(self.form)
        sign, half, full = short or (self.form, self.form, self.form)
        around = {
            0: f"{sign}{self.stem}" if self.form_first else f"{self.stem}{sign}",
            1: f"{half}{self.stem}" if self.form_first else f"{self.stem}{half}",
            2: f"{full}{self.stem}" if self.form_first else f"{self.stem}{full}",
            3: f"{self.form} {self.stem}" if self.form_first else f"{self.stem} {self.form}",
            4: f"{self.form}\u3000{self.stem}" if self.form_first else f"{self.stem}\u3000{self.form}",
            5: _half_kana(self.name),
            6: _full_width(self.name),
            7: f"{self.stem}{self.form}" if self.form_first else f"{self.form}{self.stem}",
        }
        return around[style % 8]


def companies(seed: int, n: int) -> list[CompanyIdentity]:
    """The first ``n`` companies of this seed's world (at most about 170,000), no two with the same stem."""
    return [_company(seed, number, stem) for number, stem in enumerate(_stems(seed, n))] if n else []


def tag_names() -> list[str]:
    """Memo tags (メモタグ), at least 88, each up to 30 characters. freee seeds the first 64."""
    return list(TAGS)


def segment_names(axis: int) -> list[str]:
    """Segment tags of axis 1 (region), 2 (business) or 3 (project), at least 40 each. freee seeds the first 30."""
    return list(SEGMENTS[axis])


def prefectures() -> list[str]:
    """The 47 prefectures from 北海道 to 沖縄県, in the order of the official codes."""
    return [p[0] for p in PREFECTURES]


def _stems(seed: int, n: int) -> Iterator[tuple[str, str, str]]:
    """(stem, kana, romaji): two-part names first; three-part ones are only made when those do not suffice."""
    seen: set[str] = set()
    for label, lists in (("short", (HEADS, TRADES)), ("long", (HEADS, CORES, TRADES))):
        words = list(product(*lists))
        Random(f"{seed}:{label}").shuffle(words)
        for parts in words:
            stem = "".join(p[0] for p in parts)
            if stem not in seen:
                seen.add(stem)
                yield stem, "".join(p[1] for p in parts), "-".join(p[2] for p in parts)
                if len(seen) == n:
                    return


def _company(seed: int, number: int, names: tuple[str, str, str]) -> CompanyIdentity:
    dice = Random(f"{seed}:company:{number}")
    stem, kana, romaji = names
    form = dice.choices([f[0] for f in FORMS], weights=[f[1] for f in FORMS])[0]
    index = dice.choices(range(len(PREFECTURES)), weights=[p[5] for p in PREFECTURES])[0]
    prefecture, zip3, area, cities, _, _ = PREFECTURES[index]
    family, family_romaji = dice.choice(FAMILY_NAMES)
    block = f"{dice.choice(cities)}{dice.choice(TOWNS)}{dice.randint(1, 6)}-{dice.randint(1, 28)}-{dice.randint(1, 20)}"
    mailbox = dice.choice(["info", "keiri", "contact", "soumu", family_romaji])
    return CompanyIdentity(
        number=number,
        stem=stem,
        form=form,
        form_first=dice.random() < 0.62 or form in ALWAYS_FIRST,
        kana=kana,
        romaji=romaji,
        zip=f"{zip3}-{dice.randint(1, 9899):04d}",
        prefecture=prefecture,
        prefecture_index=index,
        city=block,
        building=dice.choice(BUILDINGS).format(floor=dice.randint(2, 12)) if dice.random() < 0.45 else "",
        phone=_phone(area, dice),
        email=f"{mailbox}@{romaji}.example.jp",
        contact=f"{family} {dice.choice(FIRST_NAMES)}",
        title="御中" if form else "様",
        registration=_registration(seed, number) if dice.random() < 0.8 else "",
        rank=dice.choices(["A", "B", "C"], weights=[2, 5, 3])[0],
    )


def _phone(area: str, dice: Random) -> str:
    exchange = 9 - len(area)  # area + exchange are six digits after the leading zero; the last block has four
    digits = max(exchange - 3, 1)
    return f"{area}-0{dice.randint(0, 10 ** (digits - 1) - 1):0{max(digits - 1, 1)}d}-{dice.randint(0, 9999):04d}"


def _registration(seed: int, number: int) -> str:
    """T and a corporate number: the check digit is 9 - (Σ digit × weight mod 9), weights 1 and 2 from the right."""
    body = f"99{seed % 100:02d}{number:08d}"
    total = sum(int(d) * (1 if place % 2 == 0 else 2) for place, d in enumerate(reversed(body)))
    return f"T{9 - total % 9}{body}"


def _half_kana(text: str) -> str:
    return "".join(_HALF_KANA.get(c, c) for c in text)


def _full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
