"""How Money Forward answers: lists in an envelope, single objects bare, errors in one of several shapes (none is documented).

The setting ``error_shape`` chooses among those that were seen: "list", "flat", "fields", "v2", "empty".
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any

from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response

from choai.sandbox.core import World
from choai.sandbox.lists import count, paged

Json = dict[str, Any]
LARGEST = 100


class Refusal(Exception):
    """What is answered instead: a status and the reasons by field."""

    def __init__(self, status: int, *reasons: tuple[str, str]) -> None:
        super().__init__(status, reasons)
        self.status = status
        self.reasons = reasons


def refusal(world: World, refused: Refusal) -> Response:
    """The answer to a refusal in the shape of the setting."""
    status, texts = refused.status, [text for _, text in refused.reasons] or ["エラーが発生しました"]
    code = str(status)
    shapes: dict[str, Any] = {
        "list": {"errors": [{"code": code, "message": text} for text in texts]},
        "flat": {"code": code, "message": f"Validation failed: {', '.join(texts)}"},
        "fields": {"code": code, "message": texts[0], "errors": {name: [text] for name, text in refused.reasons}},
        "v2": {
            "errors": {
                "status": code,
                "title": "Unprocessable entity",
                "detail": f"保存に失敗しました。 {' '.join(texts)}",
            }
        },
    }
    shape = world.state["settings"].get("error_shape", "list")
    return Response(b"", status) if shape == "empty" else JSONResponse(shapes[shape], status)


def unauthorized(word: str) -> Response:
    return JSONResponse({"error": word, "error_description": "The access token is missing, invalid or expired"}, 401)


def forbidden() -> Response:
    told = {"error": "insufficient_scope", "error_description": "The token has no mfc/invoice/data.write scope"}
    return JSONResponse(told, 403)


def missing() -> Refusal:
    return Refusal(404, ("id", "対象のデータが見つかりません"))


def page_of(world: World, rows: Sequence[Any], query: QueryParams) -> Response:
    """The envelope with the page that is asked for."""
    size, page = _number(query, "per_page", LARGEST), _number(query, "page", 1)
    if size > LARGEST:
        if world.state["settings"].get("per_page_over", "400") != "clamp":
            raise Refusal(400, ("per_page", f"per_pageは{LARGEST}以下の値にしてください"))
        size = LARGEST
    told = {
        "total_count": len(rows),
        "total_pages": ceil(len(rows) / size),
        "per_page": size,
        "current_page": page,
    }
    return JSONResponse({"data": paged(rows, page, size), "pagination": told})


def _number(query: QueryParams, name: str, usual: int) -> int:
    return count(query, name, usual, lambda: Refusal(400, (name, f"{name}は1以上の整数にしてください")))
