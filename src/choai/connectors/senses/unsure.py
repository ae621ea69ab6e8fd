"""What the documents of Mazrica Sales leave open."""

from __future__ import annotations

from collections.abc import Sequence

from choai.connectors.contract import Reply
from choai.connectors.unsure import NO, YES, Ask, Settled, Unsure, at

_PAGE, _MORE = 100, 1000
_YES, _NO = Settled("はい", "Yes"), Settled("いいえ", "No")


def _more(replies: Sequence[Reply]) -> str | None:
    """Whether a page may be longer than the usual one; with fewer records than that nobody can tell."""
    rows, total = at(replies[-1].data, "customers"), at(replies[-1].data, "totalCount")
    if not isinstance(rows, list) or not isinstance(total, int) or total <= _PAGE:
        return None
    return YES if len(rows) == min(total, _MORE) else NO


UNSURE = (
    Unsure(
        "page_rows", "1回に1,000件まで読み取れますか", "May a call read up to 1,000 rows?",
        "100件ずつ読み取ります", "100 rows a call are read",
        {
            YES: Settled("1,000件まで読み取れます", "Up to 1,000", {"page_rows": "1000"}),
            NO: Settled("100件までです", "100 at most", {"page_rows": "100"}),
        },
        (Ask("customers", {"page": "1", "limit": str(_MORE)}),), _more,
    ),
    Unsure(
        "single_read", "IDで1件を読み取れますか", "Can one record be read by its id?",
        "接続の確認で確かめ、できないときは一覧から探します", "The connection test tries it; else lists are searched",
        {YES: _YES, NO: _NO}, capability="single_read",
    ),
    Unsure(
        "contact_search", "コンタクトを検索できますか", "Can contacts be searched?",
        "接続の確認で確かめ、できないときは全件から探します", "The connection test tries it; else all are read",
        {YES: _YES, NO: _NO}, capability="contact_search",
    ),
    Unsure(
        "offset_heard", "変更日時の条件で、時差の指定が正しく扱われますか", "Does the filter by date of change honour an offset?",
        "接続の確認で確かめ、できないときは前日分から読み取ります", "The connection test tries it; else a day more is read",
        {YES: _YES, NO: _NO}, capability="offset_heard",
    ),
    Unsure(
        "custom_writes", "詳細項目に書き込めますか", "Can custom items be written?",
        "書き込みません", "They are not written",
        how_ja="試験用の取引先で、接続の設定「詳細項目への書き込み」をyesにして確かめます。",
        how_en="With a test customer, set “Write custom items” of the connection to yes and see.",
    ),
    Unsure(
        "deal_form", "案件の登録は入れ子の形ですか", "Are deals created in the nested form?",
        "登録は入れ子、更新は平らな形で送ります", "Creates are sent nested, updates flat",
        how_ja="案件の登録が断られるときは、接続の設定「案件を登録・更新するときの形式」を変えて確かめます。",
        how_en="When a new deal is refused, try another “Form of writes of deals” of the connection.",
    ),
)  # fmt: skip
