"""Request parameters: query strings with ``name[0]=…`` arrays, JSON bodies, and their types."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from choai.sandbox.kintone.answers import (
    AT_LEAST_ONE,
    NOT_AN_INTEGER,
    REQUIRED_PARAMETER,
    ApiError,
    invalid,
)

_INDEXED = re.compile(r"^(\w+)\[(\d+)\]$")
URL_LIMIT = 8192


async def read(request: Request) -> tuple[str, dict[str, Any]]:
    """The effective method and the parameters. Raises ApiError for what kintone rejects before looking at them."""
    method = request.method
    override = request.headers.get("x-http-method-override")
    if override and method == "POST":
        method = override.upper()
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    body = await request.body()
    if len(str(request.url)) > URL_LIMIT:
        raise ApiError("CB_IL02", status=414)
    params = from_query(request.url.query)
    if kind == "application/json":
        if not body:
            raise ApiError("CB_IL02")
        try:
            loaded = json.loads(body, parse_float=Decimal)
        except ValueError:
            raise ApiError("CB_IL02") from None
        if not isinstance(loaded, dict):
            raise ApiError("CB_IL02")
        params.update(loaded)
    elif body and kind == "application/x-www-form-urlencoded":
        params.update(from_query(body.decode("utf-8", "replace")))
    elif body and kind != "multipart/form-data":
        raise ApiError("CB_IL02")
    return method, params


def from_query(text: str) -> dict[str, Any]:
    out: dict[str, Any] = {}
    arrays: dict[str, dict[int, str]] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if match := _INDEXED.match(name):
            arrays.setdefault(match[1], {})[int(match[2])] = value
        else:
            out[name] = value
    for name, parts in arrays.items():
        if max(parts) > 99:
            raise ApiError("CB_IL02")
        out[name] = [parts[i] for i in sorted(parts)]
    return out


def number(params: dict[str, Any], name: str, *, required: bool = True) -> int | None:
    """A whole number of at least 1, given as a number or as text."""
    value = params.get(name)
    if value is None or value == "":
        if required:
            raise invalid(name, REQUIRED_PARAMETER)
        return None
    whole = integer(value, name)
    if whole < 1:
        raise invalid(name, AT_LEAST_ONE)
    return whole


def integer(value: object, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise invalid(key, NOT_AN_INTEGER)
    try:
        return int(value)
    except ValueError:
        raise invalid(key, NOT_AN_INTEGER) from None


def array(params: dict[str, Any], name: str, *, required: bool = True) -> list[Any]:
    value = params.get(name)
    if value is None:
        if required:
            raise invalid(name, REQUIRED_PARAMETER)
        return []
    if not isinstance(value, list):
        raise ApiError("CB_IL02")
    return value


def flag(params: dict[str, Any], name: str) -> bool:
    return params.get(name) in (True, "true")


def text(params: dict[str, Any], name: str, default: str = "") -> str:
    value = params.get(name)
    return default if value is None else str(value)


def language(header: str) -> str:
    """ja or en of an Accept-Language header, by q-value; ja when it names neither."""
    best, weight = "ja", 0.0
    for part in header.split(","):
        tag, _, options = part.strip().partition(";")
        try:
            quality = float(options.strip().removeprefix("q=") or 1)
        except ValueError:
            quality = 0.0
        primary = tag.strip().split("-")[0].lower()
        if primary in ("ja", "en") and quality > weight:
            best, weight = primary, quality
    return best
