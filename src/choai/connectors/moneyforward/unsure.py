"""What Money Forward's documents leave open (/api/v3)."""

from __future__ import annotations

from collections.abc import Sequence

from choai.connectors.contract import Reply
from choai.connectors.unsure import Ask, Settled, Unsure, at, by_status

_API = "/api/v3"


def _over(replies: Sequence[Reply]) -> str | None:
    """What became of a wish for more rows than a page has."""
    if replies[-1].status != 200:
        return "refused"
    return {100: "cut", 101: "taken"}.get(at(replies[-1].data, "pagination", "per_page"))


def _empty(replies: Sequence[Reply]) -> str | None:
    """How texts that hold nothing are told."""
    rows = at(replies[-1].data, "data")
    held = [row.get(name) for row in rows or [] for name in ("name_kana", "memo", "name_suffix") if name in row]
    found = {"null" if value is None else "blank" for value in held if value in (None, "")}
    return None if not found else "both" if len(found) == 2 else found.pop()


UNSURE = (
    Unsure(
        "page_size", "101件以上を求めると、どうなりますか", "What happens when more than 100 rows are asked for?",
        "求めません（1回に100件まで）", "It is not done: 100 rows a call",
        {
            "refused": Settled("断られます", "It is refused"),
            "cut": Settled("100件に切り詰められます", "It is cut to 100"),
            "taken": Settled("101件以上も受け付けます", "More than 100 are taken"),
        },
        (Ask(f"{_API}/partners", {"page": "1", "per_page": "101"}, ok=(200, 400, 422)),), _over,
    ),
    Unsure(
        "empty_text", "空の文字列は、nullと空文字のどちらで返りますか", "Are empty texts told as null or as an empty text?",
        "どちらも空として扱います", "Both count as empty",
        {
            "null": Settled("null", "null"), "blank": Settled("空文字", "an empty text"),
            "both": Settled("両方あります", "Both occur"),
        },
        (Ask(f"{_API}/partners", {"page": "1", "per_page": "100"}),), _empty,
    ),
    Unsure(
        "unknown_id", "存在しないIDの読み取りには、何が返りますか", "What does reading an id that is not there answer?",
        "404（見つからない）とみなします", "404, and taken as not found",
        {
            "missing": Settled("404（見つからない）", "404, not found"),
            "refused": Settled("400番台の別の答え", "Another status between 400 and 499"),
        },
        (Ask(f"{_API}/partners/choai-does-not-exist", ok=(200, 400, 403, 404, 422)),),
        by_status(missing=(404,), refused=(400, 403, 422)),
    ),
    Unsure(
        "unique_numbers", "コードや請求書番号の重複は断られますか", "Are codes and invoice numbers unique?",
        "重複しうるとみなし、登録のたびに探します", "They may repeat, so that creates are looked up",
        how_ja="試験用の事業者で、同じコードの取引先を2件登録して確かめます。",
        how_en="In a test office, create two partners with one code and see.",
    ),
    Unsure(
        "document_limit", "1か月の作成上限（無料プランは100件）に達したときの答え",
        "The answer at the monthly limit of free plans",
        "断られた理由をそのまま表示し、書き込まれなかったものとして扱います", "The reason is shown as it came, as not written",
        how_ja="無料プランの事業者で100件を超えて作成したときの、実行の記録を確かめます。",
        how_en="See the run's record when an office on a free plan creates more than 100.",
    ),
)  # fmt: skip
