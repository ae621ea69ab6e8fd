"""What Zoho's documents leave open about Zoho Books."""

from __future__ import annotations

from collections.abc import Sequence

from choai.connectors.contract import Reply
from choai.connectors.unsure import NO, YES, Ask, Settled, Unsure, at, more_than

_OWN = {"organization_id": "{account}"}
_API = "/books/v3"


def _over(replies: Sequence[Reply]) -> str | None:
    return {200: "cut", 201: "taken"}.get(at(replies[-1].data, "page_context", "per_page"))


def _heard(replies: Sequence[Reply]) -> str | None:
    """Whether a filter leaves out what it should: all there is, then what changed after the year 2100."""
    some, later = (more_than(0, "items")(replies[:n]) for n in (1, 2))
    return None if some != YES or later is None else NO if later == YES else YES


def _flat(replies: Sequence[Reply]) -> str | None:
    rows = at(replies[-1].data, "contacts")
    held = [row for row in rows or [] if row.get("custom_fields") or any(name.startswith("cf_") for name in row)]
    return None if not held else YES if any(name.startswith("cf_") for row in held for name in row) else NO


UNSURE = (
    Unsure(
        "page_size", "201件以上を求めると、どうなりますか", "What happens when more than 200 rows are asked for?",
        "求めません（1回に200件まで）", "It is not done: 200 rows a call",
        {
            "cut": Settled("200件に切り詰められます", "It is cut to 200"),
            "taken": Settled("201件以上も受け付けます", "More than 200 are taken"),
        },
        (Ask(f"{_API}/contacts", {**_OWN, "per_page": "201"}),), _over,
    ),
    Unsure(
        "items_since", "品目の一覧で、変更日時の条件が効きますか", "Does the list of items honour a filter by date of change?",
        "効かないとみなし、毎回すべて読み取ります", "No, so that all of them are read each time",
        {YES: Settled("効きます（今のところ使いません）", "Yes (not used so far)"), NO: Settled("効きません", "No")},
        (
            Ask(f"{_API}/items", {**_OWN, "per_page": "1"}),
            Ask(f"{_API}/items", {**_OWN, "per_page": "1", "last_modified_time": "2100-01-01T00:00:00+0000"}),
        ),
        _heard,
    ),
    Unsure(
        "custom_in_lists", "カスタム項目の値は一覧にも出ますか", "Do lists tell the values of custom fields?",
        "出ないときは1件ずつ読み直します", "Where they do not, records are read one by one",
        {YES: Settled("出ます", "They do"), NO: Settled("出ません", "They do not")},
        (Ask(f"{_API}/contacts", {**_OWN, "per_page": "200"}),), _flat,
    ),
    Unsure(
        "day_reset", "1日の回数は何時に数え直されますか", "When does the day's count begin anew?",
        "日本時間の0時とみなし、断られたら待ちます", "At midnight in Japan; when refused, it is waited",
        how_ja="上限に達した日に、書き込みが再開した時刻を実行の記録で確かめます。",
        how_en="On a day when the limit was reached, see in the runs when writing went on.",
    ),
)  # fmt: skip
