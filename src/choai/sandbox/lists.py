"""What imitations answer alike, apart from their errors: numbered pages, the page that a link to a record opens, a document."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from starlette.responses import HTMLResponse, Response

from choai.sandbox.markup import record

T = TypeVar("T")
_PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def count(asked: Mapping[str, str], name: str, usual: int, wrong: Callable[[], Exception]) -> int:
    """A parameter that is a whole number from 1 on. Raises ``wrong``."""
    text = asked.get(name, str(usual))
    if not text.isdecimal() or int(text) < 1:
        raise wrong()
    return int(text)


def paged(rows: Sequence[T], page: int, size: int) -> list[T]:
    """The rows of a page; the first one has the number 1."""
    return list(rows[(page - 1) * size : page * size])


def record_page(title: str, row: Any, missing: int = 404) -> Response:
    """What a link opens: the record; with the status ``missing`` where there is none."""
    return HTMLResponse(record(title, row), 200 if row else missing)


def pdf() -> Response:
    return Response(_PDF, media_type="application/pdf")
