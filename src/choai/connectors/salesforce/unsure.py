"""What depends on the organisation at Salesforce, and what its documents leave open."""

from __future__ import annotations

from collections.abc import Sequence

from choai.connectors.contract import Reply
from choai.connectors.unsure import NO, YES, Ask, Judge, Settled, Unsure, at, header

_ACCOUNT = Ask("/services/data/v{api_version}/sobjects/Account/describe")
_YES, _NO = Settled("はい", "Yes"), Settled("いいえ", "No")


def _field(name: str) -> Judge:
    def judge(replies: Sequence[Reply]) -> str | None:
        fields = at(replies[-1].data, "fields")
        return None if not isinstance(fields, list) else YES if any(f.get("name") == name for f in fields) else NO

    return judge


UNSURE = (
    Unsure(
        "person_accounts", "個人取引先を使っていますか", "Are person accounts in use?",
        "使っていないとみなします", "No",
        {
            YES: Settled(
                "はい。個人の取引先は、名前ではなく姓と名に書き込みます。同期の条件で分けてください",
                "Yes. Names of persons are written as first and last name: keep them apart by the selection of the sync",
            ),
            NO: _NO,
        },
        (_ACCOUNT,), _field("IsPersonAccount"),
    ),
    Unsure(
        "currencies", "複数の通貨を使っていますか", "Are several currencies in use?",
        "金額は組織の通貨とみなします", "Amounts are in the organisation's currency",
        {YES: Settled("はい。金額は各レコードの通貨です", "Yes. Amounts are in the currency of each record"), NO: _NO},
        (_ACCOUNT,), _field("CurrencyIsoCode"),
    ),
    Unsure(
        "limit_header", "1日の残り回数が答えのヘッダーに出ますか", "Do answers tell how much of the day is used?",
        "自分で数えます", "We count ourselves",
        {YES: _YES, NO: _NO}, (_ACCOUNT,), header("sforce-limit-info"),
    ),
    Unsure(
        "trimmed", "末尾の空白は保存のときに除かれますか", "Are trailing spaces removed on saving?",
        "保存された値を正とするため、どちらでも繰り返し書き込みません", "What was saved counts, so that nothing is written twice",
        how_ja="Sandboxの取引先に末尾が空白の名前を書き込み、読み直して確かめます。",
        how_en="In a sandbox, save an account's name with a trailing space and read it again.",
    ),
)  # fmt: skip
