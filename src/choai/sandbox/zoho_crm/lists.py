"""Lists of records: fields, paging by number and by token, changes since, custom views, deletes."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from choai.sandbox.core import World
from choai.sandbox.zoho_crm.records import JST, Wrong, rows, shown
from choai.sandbox.zoho_crm.schema import Json

NUMBERED = 2000  # records that can be reached by page numbers
TOKENED = 100_000  # and by tokens
LIFE = timedelta(hours=24)
SORTS = ("id", "Created_Time", "Modified_Time")


def listed(world: World, module: str, request: Request) -> Response:
    asked = request.query_params
    names = [n for n in asked.get("fields", "").split(",") if n]
    if not names:
        raise Wrong("REQUIRED_PARAM_MISSING", "One of the expected parameter is missing", param_name="fields")
    if len(names) > 50 or len(asked["fields"]) > 1024 or len(asked.get("ids", "")) > 1024:
        raise Wrong("LIMIT_EXCEEDED", "the limit is exceeded", limit=50, param_name="fields")
    size = int(asked.get("per_page", 200))
    if not 1 <= size <= 200:
        raise Wrong("INVALID_DATA", "the per_page given seems to be invalid", param_name="per_page", maximum_length=200)
    offset = _offset(world, module, asked, size, request.headers.get("if-modified-since"))
    met = _met(world, module, asked, since_of(request))
    if not met:
        return Response(status_code=304 if request.headers.get("if-modified-since") else 204)
    part = met[offset : offset + size]
    if not part:
        return Response(status_code=204)
    more = offset + size < len(met)
    token = None
    if more:
        token = _token(world, module, asked, offset + size, request.headers.get("if-modified-since"))
    info = {
        "call": False, "per_page": size, "count": len(part), "page": offset // size + 1, "sort_by": asked.get("sort_by", "id"),
        "sort_order": asked.get("sort_order", "desc"), "more_records": more, "email": False, "next_page_token": token,
        "previous_page_token": None, "page_token_expiry": _ends(world) if token else None,
    }  # fmt: skip
    return JSONResponse({"data": [shown(world, module, row, names) for row in part], "info": info})


def since_of(request: Request) -> datetime | None:
    told = request.headers.get("if-modified-since")
    if told is None:
        return None
    try:
        found = datetime.fromisoformat(told)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise Wrong("INVALID_DATA", "invalid data", header="If-Modified-Since")
    return found


def _met(world: World, module: str, asked: Mapping[str, str], since: datetime | None) -> list[Json]:
    found = list(rows(world, module).values())
    if "ids" in asked:
        wanted = asked["ids"].split(",")
        if len(wanted) > 100:
            raise Wrong("LIMIT_EXCEEDED", "the limit is exceeded", limit=100, param_name="ids")
        found = [row for row in found if row["id"] in wanted]
    if "cvid" in asked:
        view = next((v for v in world.state["views"] if v["id"] == asked["cvid"] and v["module"] == module), None)
        if view is None or "sort_by" in asked:
            raise Wrong("INVALID_DATA", "the cvid given seems to be invalid", param_name="cvid")
        found = [row for row in found if row.get(view["field"]) == view["value"]]
    if since is not None:
        found = [row for row in found if datetime.fromisoformat(row["Modified_Time"]) > since]
    by = asked.get("sort_by", "id")
    if by not in SORTS:
        raise Wrong("INVALID_DATA", "the sort_by given seems to be invalid", param_name="sort_by")
    return sorted(
        found, key=lambda row: (str(row[by]), str(row["id"])), reverse=asked.get("sort_order", "desc") == "desc"
    )


def _bound(module: str, asked: Mapping[str, str], since: str | None) -> str:
    return json.dumps([module, since, sorted((k, v) for k, v in asked.items() if k not in ("page", "page_token"))])


def _ends(world: World) -> str:
    return (world.now() + LIFE).astimezone(JST).isoformat(timespec="seconds")


def _token(world: World, module: str, asked: Mapping[str, str], offset: int, since: str | None) -> str:
    held = world.state["pages"]
    held[str(len(held) + 1)] = {"bound": _bound(module, asked, since), "offset": offset, "ends": _ends(world)}
    return base64.urlsafe_b64encode(str(len(held)).encode()).decode()


def _offset(world: World, module: str, asked: Mapping[str, str], size: int, since: str | None) -> int:
    if "page_token" not in asked:
        page = int(asked.get("page", 1))
        if page * size > max(NUMBERED, size):
            told = "You can get only the first 2000 records without using page_token param."
            raise Wrong("DISCRETE_PAGINATION_LIMIT_EXCEEDED", told, page=page, per_page=size)
        return (page - 1) * size
    if "page" in asked:
        raise Wrong(
            "AMBIGUITY_DURING_PROCESSING",
            "page and page_token cannot be given together",
            param_names=["page", "page_token"],
        )
    try:
        held: Any = world.state["pages"][base64.urlsafe_b64decode(asked["page_token"]).decode()]
    except (KeyError, ValueError):
        raise Wrong("INVALID_DATA", "the page_token given seems to be invalid", param_name="page_token") from None
    if datetime.fromisoformat(held["ends"]) < world.now():
        raise Wrong("EXPIRED_VALUE", "the page_token is expired", param_name="page_token")
    if held["bound"] != _bound(module, asked, since):
        raise Wrong(
            "TOKEN_BOUND_DATA_MISMATCH", "the parameters do not match those of the token", param_name="page_token"
        )
    offset = int(held["offset"])
    if offset >= int(world.state["settings"].get("limit_tokened", TOKENED)):
        raise Wrong(
            "PAGINATION_LIMIT_EXCEEDED", "only the first 100000 records can be fetched", param_name="page_token"
        )
    return offset


def gone(world: World, module: str, request: Request) -> Response:
    asked, since = request.query_params, since_of(request)
    kind, page, size = asked.get("type", "all"), int(asked.get("page", 1)), min(200, int(asked.get("per_page", 200)))
    found = [d for d in world.state["deleted"].get(module, []) if kind in ("all", d["type"])]
    found = [d for d in found if since is None or datetime.fromisoformat(d["deleted_time"]) > since]
    part = found[(page - 1) * size : page * size]
    if not part:
        return Response(status_code=304 if since and not found else 204)
    info = {"per_page": size, "count": len(part), "page": page, "more_records": page * size < len(found)}
    return JSONResponse({"data": part, "info": info})
