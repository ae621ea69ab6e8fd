"""What freee's documents leave open."""

from __future__ import annotations

from collections.abc import Sequence

from choai.connectors.contract import Reply
from choai.connectors.unsure import NO, YES, Ask, Settled, Unsure, at


def _deduction(replies: Sequence[Reply]) -> str | None:
    """How the first row on the debit side of an income deal is told; None where there is none."""
    deals = at(replies[-1].data, "deals")
    rows = [row for deal in deals if isinstance(deal, dict) for row in deal.get("details") or ()] if deals else []
    found = next((row["amount"] for row in rows if row.get("entry_side") == "debit" and row.get("amount")), None)
    return None if found is None else "negative" if found < 0 else "positive"


_YES, _NO = Settled("はい", "Yes"), Settled("いいえ", "No")

UNSURE = (
    *(
        Unsure(
            f"segment_{n}", f"このプランでセグメント{n}を使えますか（資料により異なります）",
            f"Does the plan include segment {n}? (The documents differ)",
            "接続の確認で確かめます", "The connection test tries it",
            {YES: _YES, NO: _NO}, capability=f"segment_{n}",
        )
        for n in (2, 3)
    ),
    Unsure(
        "shortcuts_cleared", "品目や部門の更新で、送らなかったショートカットは消えますか",
        "Does an update of an item or section without shortcuts clear them?",
        "消えるとみなし、いつもすべての項目を送ります", "Yes, so that all fields are always sent",
        how_ja="試験用の事業所で、ショートカットを付けた品目の名前だけを更新して確かめます。",
        how_en="In a test company, change only the name of an item that has shortcuts.",
    ),
    Unsure(
        "duplicate_item", "同じ名前の品目は断られますか", "Is a second item of one name refused?",
        "断られるとみなします", "Yes",
        how_ja="試験用の事業所で、同じ名前の品目を2件登録して確かめます。",
        how_en="In a test company, create two items with one name.",
    ),
    Unsure(
        "deduction", "取引の控除（マイナス）の行の金額は、負の数で返りますか",
        "Is the amount of a deal's deduction told as negative?",
        "どちらでも、控除の行は負の金額として扱います", "Either way it is a negative amount here",
        {
            "negative": Settled("負の数で返ります", "It is negative"),
            "positive": Settled("正の数で、貸借が逆になります", "It is positive, on the other side of the entry"),
        },
        (Ask("/api/1/deals", {"company_id": "{account}", "type": "income", "limit": "100"}),), _deduction,
    ),
    Unsure(
        "deal_left_out", "取引の更新で送らなかった支払期日や取引先は残りますか",
        "Does an update of a deal keep a due date or partner that is not sent?",
        "分からないため、今の値をいつも送ります。空にする更新は行いません",
        "Unknown: what is there is always sent, and never emptied",
        how_ja="試験用の事業所で、支払期日のある取引を、支払期日を送らずに更新して確かめます。",
        how_en="In a test company, update a deal that has a due date without sending it.",
    ),
    Unsure(
        "feedback_updated", "差戻しの経費精算を更新すると、下書きになりますか",
        "Does an update make a draft of an expense application that was sent back?",
        "なるとみなします。申請は［申請する］で行います", "Yes; it is submitted again by the action",
        how_ja="試験用の事業所で、差戻した経費精算をここから更新して確かめます。",
        how_en="In a test company, update an application that was sent back.",
    ),
)  # fmt: skip
