"""What Xero's documents leave open."""

from __future__ import annotations

from choai.connectors.unsure import Ask, Settled, Unsure, by_status, either, header, more_than

_API = "/api.xro/2.0"
_TENANT = {"xero-tenant-id": "{account}"}
_END = Ask(f"{_API}/Contacts", {"page": "100000", "pageSize": "1"}, _TENANT, ok=(200, 400, 404))
_YES, _NO = Settled("はい", "Yes"), Settled("いいえ", "No")

UNSURE = (
    Unsure(
        "past_the_end", "最後のページより後を読むと、空の一覧が返りますか", "Is a page past the end an empty list?",
        "空の一覧か、終わりの知らせのどちらかとみなします", "Either an empty list or told as the end",
        {
            "no": Settled("空の一覧が返ります", "It is an empty list"),
            "yes": Settled("行が返ります。全件の読み取りが終わらないおそれがあります", "It has rows: a full read might not end"),
            "refused": Settled("断られます", "It is refused"),
        },
        (_END,), either(by_status(refused=(400, 404)), more_than(0, "Contacts")),
    ),
    Unsure(
        "limit_headers", "残りの回数が答えのヘッダーに出ますか", "Do answers tell how many calls are left?",
        "自分でも数え、ヘッダーがあれば合わせます", "We count ourselves, and correct it by the headers",
        {"yes": _YES, "no": _NO}, (_END,), header("x-daylimit-remaining", "x-minlimit-remaining"),
    ),
    Unsure(
        "archived_shown", "アーカイブした取引先は、求めたときだけ一覧に出ますか", "Are archived contacts listed only on request?",
        "求めない限り出ないとみなし、変更は求めて読みます", "Yes, so that changes are read with them",
        {
            "yes": Settled("求めないときにも出ます", "They are listed without being asked for"),
            "no": Settled("求めたときだけ出ます", "Only on request"),
        },
        (Ask(f"{_API}/Contacts", {"where": 'ContactStatus=="ARCHIVED"', "pageSize": "1", "page": "1"}, _TENANT),),
        more_than(0, "Contacts"),
    ),
    Unsure(
        "account_number_unique", "取引先の口座番号（AccountNumber）は重複を断られますか",
        "Are account numbers of contacts unique?",
        "重複を断られるとみなします", "Yes",
        how_ja="デモ会社（Demo Company）で、同じ番号の取引先を2件登録して確かめます。",
        how_en="In the demo company, create two contacts with one account number.",
    ),
    Unsure(
        "voided_number", "無効にした請求書の番号は再び使えますか", "May the number of a voided invoice be used again?",
        "使えないとみなします", "No",
        how_ja="デモ会社で請求書を無効にし、同じ番号で登録して確かめます。",
        how_en="In the demo company, void an invoice and create one with its number.",
    ),
)  # fmt: skip
