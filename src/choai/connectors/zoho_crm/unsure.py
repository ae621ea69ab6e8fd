"""What Zoho's documents leave open about Zoho CRM."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from choai.connectors.contract import Reply
from choai.connectors.unsure import NO, YES, Ask, Settled, Unsure, at, by_status, header

_API = "/crm/v8"
# what one unit is worth, very roughly: enough to see which way round a rate is
_WORTH = {"JPY": "1", "USD": "150", "EUR": "160", "GBP": "190", "CNY": "21", "TWD": "5", "INR": "1.8", "KRW": "0.11"}


def _direction(replies: Sequence[Reply]) -> str | None:
    """Of the first other currency whose worth differs enough: foreign units for one of ours, or ours for one foreign."""
    rows = at(replies[-1].data, "currencies")
    known = [row for row in rows or [] if row.get("iso_code") in _WORTH]
    base = next((Decimal(_WORTH[row["iso_code"]]) for row in known if row.get("is_base")), None)
    for row in known if base is not None else []:
        rate, foreign = Decimal(str(row.get("exchange_rate") or 0)), Decimal(_WORTH[row["iso_code"]])
        if base is not None and rate > 0 and not Decimal("0.5") < base / foreign < 2:
            return "foreign" if (rate < 1) == (base < foreign) else "own"
    return None


def _place(replies: Sequence[Reply]) -> str | None:
    data = replies[-1].data
    return None if not isinstance(data, dict) else "list" if "data" in data else "top" if "code" in data else None


UNSURE = (
    Unsure(
        "rate_direction", "為替レートは「自国通貨1に対する外貨」ですか",
        "Are rates foreign units for one of the home currency?",
        "そうみなし、会計側のレートとの対応付けは提案しません",
        "Yes; nothing is proposed for them",
        {
            "foreign": Settled("自国通貨1に対する外貨です", "Foreign units for one of the home currency"),
            "own": Settled("外貨1に対する自国通貨です（対応付けられます）", "Home units for one foreign: they may be mapped"),
        },
        (Ask(f"{_API}/org/currencies", ok=(200, 204)),), _direction,
    ),
    Unsure(
        "line_fields", "明細の項目の一覧を読めますか", "Can the fields of line items be read?",
        "読めるものとし、読めないときは対象を使えません", "Yes; where not, the object cannot be used",
        {YES: Settled("読めます", "They can"), NO: Settled("読めません", "They cannot")},
        (Ask(f"{_API}/settings/fields", {"module": "Invoiced_Items"}, ok=(200, 204, 400, 403)),),
        by_status(yes=(200,), no=(204, 400, 403)),
    ),
    Unsure(
        "error_place", "エラーはどの形で返りますか", "Where do errors stand in an answer?",
        "どちらの形も読み取ります", "Both places are read",
        {
            "top": Settled("そのまま返ります", "At the top"),
            "list": Settled("dataの中に返ります", "Inside data"),
        },
        (Ask(f"{_API}/Accounts", ok=(400,)),), _place,
    ),
    Unsure(
        "credits_told", "残りのクレジットが返りますか", "Are the remaining credits told?",
        "半分を使うまでは返らないものとします", "Not before half of them are used",
        {YES: Settled("返ります", "They are"), NO: Settled("まだ返りません", "Not yet")},
        (Ask(f"{_API}/org"),), header("x-api-credits-remaining"),
    ),
    Unsure(
        "channel_life", "通知の登録は最長で何日続きますか", "How long may a registration for notices last?",
        "1日で登録し、6時間ごとに更新します", "A day is asked for, and renewed every six hours",
        how_ja="接続の画面で通知を受け取り、表示された期限が登録から24時間後であることを確かめます。",
        how_en="Turn notices on and see on the connection's page that they end 24 hours later.",
    ),
    Unsure(
        "deletes_kept", "削除の一覧は何日さかのぼれますか", "How far back are deletes listed?",
        "60日とみなし、それより前は全件を読んで確かめます", "60 days; a longer gap is answered by a full read",
        how_ja="60日より前に削除したレコードが、［設定 > データ管理 > ごみ箱］に残っているかを確かめます。",
        how_en="See in Setup > Data Administration > Recycle Bin whether records older than 60 days are still there.",
    ),
    Unsure(
        "line_delete", "明細の行は _delete で消えますか", "Does _delete remove a line item?",
        "消えるものとして送り、結果を読み直します", "Yes; the result is read back",
        how_ja="試験用の見積書の明細を1行減らして同期し、Zoho CRMで行が消えたことを確かめます。",
        how_en="Sync a test quote with one line less and see in Zoho CRM that the line is gone.",
    ),
)  # fmt: skip
