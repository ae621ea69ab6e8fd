"""What the documents of freee invoice leave open."""

from __future__ import annotations

from choai.connectors.unsure import NO, YES, Ask, Settled, Unsure, header

UNSURE = (
    Unsure(
        "limit_headers", "残りの回数が答えのヘッダーに出ますか", "Do answers tell how many calls are left?",
        "自分でも数えます", "We count ourselves as well",
        {YES: Settled("はい", "Yes"), NO: Settled("いいえ", "No")},
        (Ask("/iv/invoices", {"company_id": "{account}", "limit": "1"}),),
        header("x-ratelimit-remaining", "x-ratelimit-remaining-day"),
    ),
    Unsure(
        "one_counter", "freee会計と1日の回数を共有しますか", "Is the day's count shared with freee accounting?",
        "共有するとみなして数えます", "Yes, and it is counted so",
        how_ja="両方を使った日に、2つの接続の残り回数のヘッダーを比べます。",
        how_en="On a day when both were used, compare the headers of the two connections.",
    ),
    Unsure(
        "put_replaces", "帳票の更新で、送らなかった項目は消えますか", "Does an update clear what was not sent?",
        "消えるとみなし、いつもすべての項目を送ります", "Yes, so that all fields are always sent",
        how_ja="試験用の事業所で、下書きの請求書の件名だけを更新して確かめます。",
        how_en="In a test company, change only the title of a draft.",
    ),
)  # fmt: skip
