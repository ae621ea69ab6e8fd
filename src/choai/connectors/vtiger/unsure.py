"""What the documents of Vtiger leave open, and what depends on the installation."""

from __future__ import annotations

from collections.abc import Sequence

from choai.connectors.contract import Reply
from choai.connectors.unsure import NO, YES, Ask, Settled, Unsure, at


def _decimals(replies: Sequence[Reply]) -> str | None:
    told = str(at(replies[-1].data, "result", "no_of_currency_decimals") or "")
    return told if told in tuple("012345") else None


def _told_code(replies: Sequence[Reply]) -> str:
    return YES if at(replies[-1].data, "error", "code") else NO


UNSURE = (
    Unsure(
        "decimals", "連携ユーザーの「通貨の小数の桁数」は設定と同じですか",
        "Has the user who acts as many decimals as the settings say?",
        "設定の桁数とみなします", "As the settings say",
        {n: Settled(f"{n}桁です", f"{n} decimals", {"decimals": n}) for n in "012345"},
        (Ask("webservice.php", {"operation": "retrieve", "id": "{user_id}"}),), _decimals,
    ),
    Unsure(
        "error_bodies", "Cloudのエラーに内容（コード）が付きますか", "Do errors of the cloud tell a code?",
        "付かないものとして扱えます（理由が「受け付けませんでした」だけになります）",
        "Without it the reason is just “not accepted”",
        {YES: Settled("付きます", "Yes"), NO: Settled("付きません", "No")},
        (Ask("restapi/v1/vtiger/default/retrieve", {"id": "11x0", "for": "{cloud_user}"}, ok=(400, 404)),), _told_code,
    ),
    Unsure(
        "server_zone", "サーバーの標準時はUTCですか", "Is the server's time UTC?",
        "設定の「サーバーの標準時」とみなします（初期値はUTC）", "As the setting says; UTC unless it is changed",
        how_ja="サーバーの config.inc.php の $default_timezone を確かめます。",
        how_en="Look at $default_timezone in config.inc.php on the server.",
    ),
    Unsure(
        "four_byte", "データベースは絵文字や𠮷を保存できますか", "Does the database keep emoji and rare kanji?",
        "保存できないものとして、そのようなレコードは送りません", "No: such a record is not sent",
        how_ja="試験用の取引先の名前に𠮷を入力して保存し、「?」に変わらなければ、設定をsendにします。",
        how_en="Save 𠮷 in the name of a test record; if it does not become a question mark, change the setting to send.",
    ),
    Unsure(
        "cloud_prices", "Cloudでは、商品の更新で税と価格が失われませんか",
        "Do prices and taxes of items survive a change in the cloud?",
        "失われる版と同じように、毎回いっしょに送ります", "They are sent with every change, as older versions need it",
        how_ja="確かめる必要はありません。いっしょに送っても害はありません。", how_en="No need to: sending them does no harm.",
    ),
    Unsure(
        "after_8_3_0", "8.3.0より後の版で、書類の明細を書き込めますか", "Can lines of documents be written after 8.3.0?",
        "8.3.0だけを断り、ほかの版では書き込みます", "Only 8.3.0 is refused",
        how_ja="版を上げたら、試験用の請求書を1件同期し、合計を確かめます。",
        how_en="After an upgrade sync one test invoice and look at its total.",
    ),
)  # fmt: skip
