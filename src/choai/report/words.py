"""The words of a reconciliation on paper and in tables, in Japanese and English."""

from __future__ import annotations

COUNT_ORDER = (
    "bound", "agreeing", "differs", "missing", "moving", "only_left", "only_right", "not_selected_left", "not_selected_right",
)  # fmt: skip

_WORDS: dict[str, tuple[str, str]] = {
    "title": ("照合報告書", "Reconciliation Report"),
    "workspace": ("ワークスペース", "Workspace"),
    "pairing": ("対象", "Subject"),
    "period": ("照合日時", "Compared at"),
    "by": ("実行者", "Started by"),
    "agree": ("一致", "The two sides agree"),
    "differ": ("不一致", "The two sides do not agree"),
    "agree_means": (
        "対象のレコードはすべて両側で対応し、対応付けた項目の値はすべて等しいことを確認しました。",
        "Every selected record has its counterpart, and every mapped field holds the same on both sides.",
    ),
    "differ_means": (
        "両側に一致しないレコードがあります。内訳は下の表のとおりです。",
        "There are records on which the two sides do not agree; they are listed below.",
    ),
    "left": ("CRM側", "CRM"),
    "right": ("会計側", "Accounting"),
    "records": ("件", "records"),
    "fingerprint": ("読み取った内容の指紋 (SHA-256)", "Fingerprint of what was read (SHA-256)"),
    "counts": ("件数", "Counts"),
    "count": ("区分", "Count"),
    "bound": ("対応付け済み", "Paired"),
    "agreeing": ("一致", "Agree"),
    "differs": ("値が違う", "Differ"),
    "missing": ("片側にない", "Missing"),
    "moving": ("照合中に変更", "Moving"),
    "only_left": ("CRM側のみ", "CRM only"),
    "only_right": ("会計側のみ", "Accounting only"),
    "not_selected_left": ("CRM側の対象外", "CRM, not selected"),
    "not_selected_right": ("会計側の対象外", "Accounting, not selected"),
    "bound_means": ("両側が対応付けられている組の数", "pairs that the two sides are bound in"),
    "agreeing_means": ("対応付けたすべての項目が等しい組", "pairs in which every mapped field is equal"),
    "differs_means": ("少なくとも1つの項目が違う組", "pairs in which at least one field differs"),
    "missing_means": ("対応付けた相手が見つからない組", "pairs of which a side no longer exists"),
    "moving_means": ("照合の間に書き換えられ、確定できなかった組", "pairs that were edited while they were compared"),
    "only_left_means": ("CRM側にあり、会計側に対応する相手がない", "records of the CRM without a counterpart"),
    "only_right_means": ("会計側にあり、CRM側に対応する相手がない", "records of the accounts without a counterpart"),
    "not_selected_left_means": ("同期の条件に当てはまらないため、比べていない", "outside the sync's conditions, not compared"),
    "not_selected_right_means": ("同期の条件に当てはまらないため、比べていない", "outside the sync's conditions, not compared"),
    "field": ("項目", "Field"),
    "total": ("通貨", "Currency"),
    "partner": ("取引先", "Partner"),
    "month": ("月", "Month"),
    "gap": ("差額", "Difference"),
    "by_total": ("合計", "Totals"),
    "by_partner": ("取引先別の合計", "Totals by partner"),
    "by_month": ("月別の合計", "Totals by month"),
    "compared": ("比べた項目", "Compared fields"),
    "left_field": ("CRM側の項目", "CRM field"),
    "right_field": ("会計側の項目", "Accounting field"),
    "differing": ("違う件数", "Differing"),
    "differences": ("一致しないもの", "What does not agree"),
    "kind": ("種類", "Kind"),
    "name": ("名前", "Name"),
    "left_id": ("CRM側ID", "CRM id"),
    "right_id": ("会計側ID", "Accounting id"),
    "left_value": ("CRM側の値", "CRM value"),
    "right_value": ("会計側の値", "Accounting value"),
    "left_base": ("前回一致時のCRM側の値", "CRM value when last in agreement"),
    "right_base": ("前回一致時の会計側の値", "Accounting value when last in agreement"),
    "left_link": ("CRM側リンク", "CRM link"),
    "right_link": ("会計側リンク", "Accounting link"),
    "note": ("備考", "Note"),
    "unread": ("読み取れない項目", "not read"),
    "gone_left": ("CRM側にありません", "not in the CRM"),
    "gone_right": ("会計側にありません", "not in the accounts"),
    "gone_both": ("どちら側にもありません", "on neither side"),
    "rest": ("ほかに {count} 件あります。全件は画面またはCSVで確認できます。", "{count} more: see the screen or the CSV."),
    "signed": ("署名", "Signature"),
    "signed_means": (
        "内容はChoaiが署名しています。書き換えがないことは画面か choai reconcile --verify で確かめられます。",
        "Signed by Choai. That nothing was changed can be verified on the screen or by choai reconcile --verify.",
    ),
    "mapping_print": ("対応付けの指紋", "Mapping fingerprint"),
    "key": ("署名鍵の識別子", "Key"),
    "signature": ("署名 (HMAC-SHA256)", "Signature (HMAC-SHA256)"),
}  # fmt: skip


def word(name: str, language: str) -> str:
    """The word for people; language "ja" or "en"."""
    ja, en = _WORDS[name]
    return ja if language == "ja" else en
