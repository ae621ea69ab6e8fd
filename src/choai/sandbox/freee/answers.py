"""freee's answers: envelopes, error bodies in their three shapes, and the exception that carries one out of a rule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from starlette.responses import Response

# Vendor texts of the 401 codes, as its "checkpoint" page for 40x answers lists them.
_UNAUTHORIZED = {
    "expired_access_token": "アクセスする権限がありません",
    "user_do_not_have_permission": "このAPIにアクセスしたい場合、事業所の管理者にご確認ください。",
    "company_not_found": "存在しないかすでに削除された事業所です。",
    "freee_plan_limit": "有料プランをご利用中の事業所のみご利用いただけます。",
    "source_ip_address_limit": "接続元のIPアドレスからは、サービスをご利用いただけません。",
    "re_authorization_required": "アプリの権限が変更されたため、再度認可が必要です。",
}
_ONE_CODE = {"expired_access_token", "re_authorization_required"}  # the shape {"message", "code"}


class Refusal(Exception):
    """The request ends with this answer."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status_code)
        self.response = response


def answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(data), status, headers, media_type="application/json")


def no_content() -> Response:
    return Response(status_code=204)


def bad_request(*messages: str) -> Response:
    """400 with the developer's details; freee names no field and no code."""
    errors = [
        {"type": "status", "messages": ["不正なリクエストです。"]},
        {"type": "validation", "messages": list(messages)},
    ]
    return answer({"status_code": 400, "errors": errors}, 400)


def not_found() -> Response:
    errors = [{"type": "status", "messages": ["リソースが見つかりません。"]}]
    return answer({"status_code": 404, "errors": errors}, 404)


def unavailable() -> Response:
    errors = [{"type": "status", "messages": ["このAPIは現在ご利用いただけません。"]}]
    return answer({"status_code": 503, "errors": errors}, 503)


def unauthorized(code: str, shape: str | None = None) -> Response:
    """401. ``shape`` forces one of the bodies seen in the wild: "code", "errors", or "plain" (no code at all)."""
    message = _UNAUTHORIZED[code]
    shape = shape or ("code" if code in _ONE_CODE else "errors")
    if shape == "code":
        return answer({"message": message, "code": code}, 401)
    if shape == "plain":
        return answer({"message": message, "messages": message}, 401)
    error = {"type": "status", "messages": ["アクセス権限がありません。", message], "codes": [code]}
    return answer({"status_code": 401, "errors": [error]}, 401)


def not_signed_in() -> Response:
    """401 of a request without any token."""
    return answer({"message": "ログインをして下さい", "messages": "ログインをして下さい"}, 401)


def app_forbidden() -> Response:
    """403 because the app (not the user) lacks the permission."""
    message = "アプリにこの操作をする権限がありません。アプリの権限設定をご確認ください。"
    return answer({"message": message, "messages": message}, 403)


def burst_forbidden() -> Response:
    """403 because of too many calls in a short time; freee lifts it after about ten minutes."""
    message = "短時間に多数のリクエストが行われたため、アクセスを一時的に制限しています。"
    return answer({"message": message, "messages": message}, 403)


def too_many(limit: int, period: int, reset: datetime) -> Response:
    stamp = reset.isoformat(timespec="seconds")
    headers = {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": "0", "x-ratelimit-reset": stamp}
    meta = {"limit": limit, "period": period, "remaining": 0, "reset": stamp}
    return answer({"status_code": 429, "meta": meta}, 429, headers)


def oauth_error(error: str, description: str, status: int) -> Response:
    body = {"error": error, "error_description": description}
    return answer(body, status, {"cache-control": "no-store"})
