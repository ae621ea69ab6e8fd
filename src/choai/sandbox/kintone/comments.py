"""Comments of a record. They change neither its revision nor its update time."""

from __future__ import annotations

from choai.sandbox.kintone import params
from choai.sandbox.kintone.answers import REQUIRED_PARAMETER, ApiError, Text, invalid
from choai.sandbox.kintone.records import Ask, find
from choai.sandbox.kintone.site import Json

PAGE, LONGEST, MENTIONS = 10, 65_535, 10
TOO_LONG: Text = ("65535文字以内で入力してください。", "Enter at most 65,535 characters.")
TOO_MANY: Text = ("最大でも10以下です。", "must be less than or equal to 10")


def get(ask: Ask) -> Json:
    app = ask.app("view")
    record = find(app, params.number(ask.params, "record"))
    limit = params.integer(ask.params.get("limit", PAGE), "limit")
    offset = params.integer(ask.params.get("offset", 0), "offset")
    if not 0 <= limit <= PAGE:
        raise invalid("limit", TOO_MANY)
    newest_first = params.text(ask.params, "order", "desc") != "asc"
    comments = record.get("comments", [])
    ordered = list(reversed(comments)) if newest_first else comments
    page = ordered[offset : offset + limit]
    after, before = offset + limit < len(ordered), offset > 0
    return {
        "comments": page,
        "older": after if newest_first else before,
        "newer": before if newest_first else after,
    }


def post(ask: Ask) -> Json:
    app = ask.app("view")
    record = find(app, params.number(ask.params, "record"))
    comment = ask.params.get("comment")
    if not isinstance(comment, dict) or not comment.get("text"):
        raise invalid("comment.text", REQUIRED_PARAMETER)
    mentions = comment.get("mentions", [])
    if len(comment["text"]) > LONGEST:
        raise invalid("comment.text", TOO_LONG)
    if len(mentions) > MENTIONS:
        raise invalid("comment.mentions", TOO_MANY)
    number = record["last_comment"] = record.get("last_comment", 0) + 1
    record.setdefault("comments", []).append(
        {
            "id": str(number),
            "text": comment["text"],
            "createdAt": ask.site.minute(),
            "creator": ask.site.user(ask.caller.user),
            "mentions": [{"code": m["code"], "type": m.get("type", "USER")} for m in mentions],
        }
    )
    return {"id": str(number)}


def delete(ask: Ask) -> Json:
    app = ask.app("view")
    record = find(app, params.number(ask.params, "record"))
    wanted = str(params.number(ask.params, "comment"))
    comments = record.get("comments", [])
    if not any(c["id"] == wanted for c in comments):
        raise ApiError("GAIA_RE02")
    record["comments"] = [c for c in comments if c["id"] != wanted]
    return {}
