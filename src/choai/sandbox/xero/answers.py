"""Xero's answers: envelope, dates, and the error bodies of its doors."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.responses import JSONResponse, Response

from choai.sandbox.core import World

Json = dict[str, Any]
NOBODY = "00000000-0000-0000-0000-000000000000"
_MS = re.compile(r"/Date\((-?\d+)([+-]\d{4})?\)/")


class Refusal(Exception):
    """One element is not valid."""

    def __init__(self, *messages: str) -> None:
        super().__init__(*messages)
        self.messages = list(messages)


class Unreadable(Exception):
    """The body as a whole cannot be read: a word where a number belongs, a value that no list knows."""


def stamp(world: World) -> str:
    """Now, as records keep it."""
    return world.now().astimezone(UTC).isoformat(timespec="milliseconds")


def ms(moment: datetime, *, offset: bool = True) -> str:
    milliseconds = round(moment.timestamp() * 1000)
    return f"/Date({milliseconds}{'+0000' if offset else ''})/"


def day_ms(text: str, *, offset: bool = True) -> str:
    return ms(datetime.fromisoformat(text[:10]).replace(tzinfo=UTC), offset=offset)


def as_day(value: Any) -> str | None:
    """A day that was sent: ISO, with or without a time, or /Date(ms)/."""
    if value in (None, ""):
        return None
    if (found := _MS.fullmatch(str(value))) is not None:
        return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found[1]))).date().isoformat()
    try:
        return date.fromisoformat(str(value)[:10]).isoformat()
    except ValueError:
        raise Unreadable(f"'{value}' is not a valid date") from None


def envelope(world: World, name: str, rows: list[Json], status: int = 200, **more: Any) -> JSONResponse:
    """A list under its plural name. Rows are answers already."""
    body = {
        "Id": str(uuid.uuid4()),
        "Status": "OK",
        "ProviderName": "Choai",
        "DateTimeUTC": ms(world.now(), offset=False),
        **more,
        name: rows,
    }
    return JSONResponse(body, status)


def validation(elements: list[Json]) -> JSONResponse:
    return JSONResponse(
        {
            "ErrorNumber": 10,
            "Type": "ValidationException",
            "Message": "A validation exception occurred",
            "Elements": elements,
        },
        400,
    )


def unreadable(message: str) -> JSONResponse:
    return JSONResponse({"ErrorNumber": 17, "Type": "PostDataInvalidException", "Message": message}, 400)


def bad_query(message: str) -> JSONResponse:
    return JSONResponse({"ErrorNumber": 16, "Type": "QueryParseException", "Message": message}, 400)


def problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> JSONResponse:
    """The shape of the door: token, organisation, scope."""
    body = {"Type": None, "Title": title, "Status": status, "Detail": detail, "Instance": str(uuid.uuid4())}
    return JSONResponse(body, status, headers)


def missing() -> Response:
    return Response("The resource you're looking for cannot be found", 404, media_type="text/html")


def xml() -> Response:
    """What a client gets that does not ask for JSON."""
    return Response("<Response><Status>OK</Status></Response>", 200, media_type="text/xml")
