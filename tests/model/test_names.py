"""Two spellings of one company have one key; two companies have two."""

from __future__ import annotations

import random

import pytest

from choai.model.names import company_key, fold, same_company
from choai.model.prefectures import PREFECTURES, prefecture_index


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("ＡＢＣ", "abc"),
        ("ﾔﾏﾀﾞ商店", "ヤマダ商店"),
        ("山田　 商店 ", "山田 商店"),
        ("A−1", "A‐1"),
        ("コーヒー", "コ-ヒ-"),
        ("ｺｰﾋｰ", "コーヒー"),
        ("2ー1", "2-1"),
        ("葛\U000e0100城", "葛城"),
        ("Straße", "STRASSE"),
    ],
)
def test_fold_makes_these_one(a: str, b: str) -> None:
    assert fold(a) == fold(b)


@pytest.mark.parametrize(("a", "b"), [("やまだ", "ヤマダ"), ("山田", "山 田"), ("A1", "A-1")])
def test_fold_keeps_these_apart(a: str, b: str) -> None:
    assert fold(a) != fold(b)


@pytest.mark.parametrize(
    "name",
    [
        "株式会社山田商店",
        "山田商店株式会社",
        "㈱山田商店",
        "山田商店㈱",
        "(株)山田商店",
        "山田商店（株）",
        "【株】 山田商店",
        "㊑山田商店",
        "株式会社　山田 商店 御中",
        "有限会社山田商店",
        "山田商店 様",
        "㍿山田商店",
    ],
)
def test_forms_and_honorifics_are_no_part_of_a_name(name: str) -> None:
    assert company_key(name) == "山田商店"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("株式会社", "株式会社"),
        ("(株)", "株式会社"),
        ("御中", "御中"),
        ("日本株式会社サービス", "日本株式会社サービス"),
        ("山田(株)大阪支店", "山田株式会社大阪支店"),
        ("湯殿", "湯殿"),
        ("Acme Co., Ltd.", "acme"),
        ("ACME, Inc.", "acme"),
        ("Acme Trading K.K.", "acmetrading"),
        ("K.K. Acme", "acme"),
        ("Inc", "inc"),
        ("Cisco", "cisco"),
        ("医療法人社団 青葉会", "青葉会"),
        ("(一社)青葉協会", "青葉協会"),
        ("", ""),
    ],
)
def test_company_key(name: str, key: str) -> None:
    assert company_key(name) == key


def test_same_company_needs_a_name() -> None:
    assert same_company("㈱アサヒ", "アサヒ株式会社")
    assert not same_company("アサヒ", "アサヒ食品")
    assert not same_company("", " ")


def test_prefectures() -> None:
    assert len(PREFECTURES) == 47
    assert [prefecture_index(name) for name in PREFECTURES] == list(range(47))
    assert prefecture_index("東京") == prefecture_index(" 東京都 ") == 12
    assert prefecture_index("京都") == 25
    assert prefecture_index("北海道") == 0
    assert prefecture_index("北海") is None
    assert prefecture_index("California") is None


def test_what_needs_no_folding_is_what_folding_makes_of_it() -> None:
    """The short cut for plain kanji, kana, digits and small letters; a space in front makes a text take the long way."""
    spans = ((0x30, 0x39), (0x61, 0x7A), (0x3041, 0x3096), (0x30A1, 0x30FA), (0x4E00, 0x9FFF))
    plain = [chr(code) for first, last in spans for code in range(first, last + 1)]
    chance = random.Random(7)
    texts = ["".join(plain[n : n + 6]) for n in range(0, len(plain), 6)]
    texts += ["".join(chance.choices(plain, k=5)) for _ in range(5000)]
    assert all(fold(text) == text == fold(f" {text}") for text in texts)
