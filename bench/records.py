"""Records for measuring: 30 fields with Japanese text, exact numbers and dates, each computed from its number."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from choai.model.values import Kind, Value

START = datetime(2026, 11, 1, tzinfo=UTC)
RANKS = ("A", "B", "C")
TEXTS = (
    "name", "kana", "phone", "fax", "email", "zip", "prefecture", "city", "building", "contact", "title", "department",
    "memo", "bank", "branch", "account", "url", "industry", "area",
)  # fmt: skip
KINDS = {
    **dict.fromkeys(TEXTS, Kind.TEXT), "limit": Kind.DECIMAL, "rate": Kind.DECIMAL, "balance": Kind.MONEY,
    "closing_day": Kind.INTEGER, "staff": Kind.INTEGER, "active": Kind.BOOLEAN, "since": Kind.DATE, "until": Kind.DATE,
    "visited_at": Kind.DATETIME, "rank": Kind.CHOICE,
}  # fmt: skip
_HEADS = tuple("青葉 朝凪 磯辺 海風 霞 北辰 潮見 白樺 千歳 七海 藤棚 穂高 若竹 湊 深山 八雲".split())
_TRADES = tuple("商事 物産 工業 製作所 電設 建設 不動産 運輸 倉庫 印刷 食品 水産 システム 設計".split())


def company(number: int) -> str:
    """A believable name, unlike any other number's."""
    head, trade = _HEADS[number % 16], _TRADES[number // 16 % 14]
    return f"株式会社{head}{trade}{number}" if number % 3 else f"{head}{trade}{number}株式会社"


def values_of(number: int, edition: int) -> dict[str, Value]:
    """The 30 fields of a record; the edition is how often it was changed."""
    return {
        "id": f"c{number}",
        "name": company(number),
        "kana": f"アオバショウジ{number}",
        "phone": f"03-0{number % 1000:03}-{number % 10000:04}",
        "fax": "",
        "email": f"info{number}@example.jp",
        "zip": f"{number % 900 + 100}-0001",
        "prefecture": "東京都",
        "city": f"千代田区丸の内{number % 9 + 1}丁目{number % 30 + 1}番{number % 12 + 1}号",
        "building": f"帳合ビルディング{number % 40 + 1}階",
        "contact": "湯浅 佳乃",
        "title": "御中",
        "department": "経理部",
        "memo": f"毎月二十日締め、翌月末払い。担当は{number % 70}班、請求書は郵送({edition}回改訂)",
        "bank": "みなと銀行",
        "branch": "本店営業部",
        "account": f"{number:07}",
        "url": f"https://example.jp/partners/{number}",
        "industry": "卸売業",
        "area": "関東",
        "limit": Decimal(number % 5000 * 1000),
        "rate": Decimal("0.85"),
        "balance": Decimal(number * 37 % 1_000_000) + Decimal("0.50"),
        "closing_day": 20,
        "staff": number % 300 + edition,
        "active": True,
        "since": date(2020, 4, 1),
        "until": None,
        "visited_at": START - timedelta(days=number % 700),
        "rank": RANKS[number % 3],
    }
