"""Zoho's envelope: ``code``, ``message`` and what was asked for."""

from __future__ import annotations

from typing import Any

from starlette.responses import JSONResponse, Response

Json = dict[str, Any]


class Refusal(Exception):
    """What is wrong with a request; raised anywhere, answered by the door."""

    def __init__(self, message: str, code: int = 2, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.status = code, status


def done(message: str = "success", status: int = 200, **parts: Any) -> Response:
    return JSONResponse({"code": 0, "message": message, **parts}, status)


def problem(message: str, code: int, status: int) -> Response:
    return JSONResponse({"code": code, "message": message}, status)
