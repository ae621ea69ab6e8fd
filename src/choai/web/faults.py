"""How failures are answered: one JSON shape, in the reader's language, with an id that finds the log entry."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import get_language_from_request
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from choai.errors import ChoaiError, catalogue, explain

log = logging.getLogger("choai.web")


class Reader(NamedTuple):
    """Whom texts are written for."""

    language: str
    zone: str


def reader_of(request: HttpRequest) -> Reader:
    """Language: the header when it names exactly one of ours (the screens do), the person's own, the browser's wish.
    Zone: the workspace's."""
    caller = getattr(request, "auth", None)
    zone = getattr(caller, "time_zone", None) or "Asia/Tokyo"
    header = request.headers.get("Accept-Language", "")
    if header in ("ja", "en"):
        return Reader(header, zone)
    own = getattr(caller, "language", None) or getattr(getattr(request, "user", None), "language", None)
    wished = "en" if header and get_language_from_request(request) == "en" else "ja"
    return Reader(own or wished, zone)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value if isinstance(value, (str, int, bool, type(None), list, dict)) else str(value)


def _shown(facts: Mapping[str, Any], reader: Reader) -> dict[str, object]:
    """Facts as texts show them: instants in the reader's zone, fields by their label."""
    shown: dict[str, object] = {}
    for name, value in facts.items():
        labelled = facts.get(f"{name}_{reader.language}")
        if name in ("until", "date", "since") and isinstance(value, str):
            with suppress(ValueError):
                value = datetime.fromisoformat(value)
        if isinstance(value, datetime) and value.tzinfo is not None:
            value = value.astimezone(ZoneInfo(reader.zone)).strftime("%Y-%m-%d %H:%M")
        shown[name] = labelled or value
    return shown


def problem(code: str, facts: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """A stored code and its facts as the Problem shape."""
    entry = catalogue().get(code) or catalogue()["unexpected"]
    texts = explain(code, _shown(facts, reader), reader.language)
    texts["cause"] += _both_ends(facts.get("rows"), reader.language)
    return {
        "code": code,
        **texts,
        "who": entry.who,
        "recovery": entry.recovery.value,
        "facts": {k: _plain(v) for k, v in facts.items()},
    }


def _both_ends(rows: object, language: str) -> str:
    """Of a mapping that no longer fits: the fields on both sides that are concerned (engine/drift.py)."""
    told = []
    for row in rows if isinstance(rows, list) else []:
        ends = [str(row[f"{side}_{language}"]) for side in ("left", "right") if row.get(f"{side}_{language}")]
        if ends and (both := " ↔ ".join(ends)) not in told:
            told.append(both)
    if not told:
        return ""
    return f"関係する項目: {'、'.join(told)}。" if language == "ja" else f" Fields concerned: {', '.join(told)}."


def problem_or_none(code: str, facts: Mapping[str, Any] | None, reader: Reader) -> dict[str, Any] | None:
    return problem(code, facts or {}, reader) if code else None


def answer(
    api: NinjaAPI, request: HttpRequest, error: ChoaiError, fields: list[dict[str, str]] | None = None
) -> HttpResponse:
    """The answer to a failed request."""
    mark = uuid4().hex[:12]
    log.info("refused", extra={"mark": mark, "code": error.code, "path": request.path, "method": request.method})
    if fields is None:
        fields = (
            [{"field": str(error.facts["field"]), "message": ""}]
            if error.code == "bad_request" and "field" in error.facts
            else []
        )
    body = {**problem(error.code, error.facts, reader_of(request)), "id": mark, "fields": fields}
    return api.create_response(request, body, status=error.entry.http)


def unexpected(api: NinjaAPI, request: HttpRequest, error: Exception) -> HttpResponse:
    mark = uuid4().hex[:12]
    log.error("unexpected", exc_info=error, extra={"mark": mark, "path": request.path, "method": request.method})
    body = {**problem("unexpected", {"id": mark}, reader_of(request)), "id": mark, "fields": []}
    return api.create_response(request, body, status=500)


def _fields(error: ValidationError) -> list[dict[str, str]]:
    """Inputs of a validation error, without the "body"/"payload" the framework puts in front of their paths."""
    out = []
    for one in error.errors:
        where = [str(part) for part in one.get("loc", ())]
        out.append({"field": ".".join(where[2:] if where[:1] == ["body"] else where[1:]), "message": str(one["msg"])})
    return out


def register(api: NinjaAPI) -> None:
    """Make every failure of the API end in one of the answers above."""

    @api.exception_handler(ChoaiError)
    def choai_error(request: HttpRequest, error: ChoaiError) -> HttpResponse:
        return answer(api, request, error)

    @api.exception_handler(ValidationError)
    def not_understood(request: HttpRequest, error: ValidationError) -> HttpResponse:
        fields = _fields(error)
        detail = ", ".join(f["field"] for f in fields)
        return answer(api, request, ChoaiError("bad_request", detail=detail), fields)

    @api.exception_handler(AuthenticationError)
    def nobody(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return answer(api, request, ChoaiError("not_signed_in"))

    @api.exception_handler(HttpError)
    def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
        code = "not_found" if error.status_code == 404 else "bad_request"
        return answer(api, request, ChoaiError(code, detail=error.message))

    @api.exception_handler(Exception)
    def anything(request: HttpRequest, error: Exception) -> HttpResponse:
        return unexpected(api, request, error)


def fault_schema(model: type[Schema]) -> dict[str, Any]:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schema.pop("$defs", None)
    return schema


def referenced_schemas(model: type[Schema]) -> dict[str, Any]:
    return dict(model.model_json_schema(ref_template="#/components/schemas/{model}").get("$defs", {}))
