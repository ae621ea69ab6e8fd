"""The screens: built files of the single-page application, and the two answers that are neither screen nor API."""

from __future__ import annotations

import gzip
import mimetypes
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from choai import __version__
from choai.errors import ChoaiError
from choai.web.faults import problem, reader_of

NOT_BUILT = (
    "<!doctype html><meta charset=utf-8><title>Choai</title>"
    "<p>画面がまだ組み立てられていません。<code>python3 dev.py demo</code> を実行してください。"
    "<p>The screens are not built yet: run <code>python3 dev.py demo</code>."
)


def _file(path: str) -> Path | None:
    """A built file below the folder of the screens, never one outside it."""
    root: Path = settings.STATIC_UI
    if not path or "\0" in path:
        return None
    file = (root / path).resolve()
    return file if file.is_relative_to(root.resolve()) and file.is_file() else None


@lru_cache(maxsize=256)
def _content(file: Path, stamp: int) -> tuple[bytes, bytes]:
    """The file as it is and packed; packed once, not once per request."""
    body = file.read_bytes()
    return body, gzip.compress(body, 6, mtime=0)


def _serve(request: HttpRequest, file: Path, kind: str, age: str) -> HttpResponse:
    body, packed = _content(file, file.stat().st_mtime_ns)
    headers = {"Cache-Control": age, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(packed) < len(body):
        return HttpResponse(packed, headers={**headers, "Content-Encoding": "gzip"}, content_type=kind)
    return HttpResponse(body, headers=headers, content_type=kind)


@require_safe
def screen(request: HttpRequest, path: str) -> HttpResponse:
    """A built file, or index.html for every address the application routes itself."""
    file = _file(path)
    if file is None and path.startswith("assets/"):
        return HttpResponse(status=404)
    if file is None or file.name == "index.html":
        index: Path = settings.STATIC_UI / "index.html"
        if not index.is_file():
            return HttpResponse(NOT_BUILT, headers={"Cache-Control": "no-cache"})
        return _serve(request, index, "text/html; charset=utf-8", "no-cache")
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind.endswith(("javascript", "json")):
        kind += "; charset=utf-8"
    age = "public, max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
    return _serve(request, file, kind, age)


def no_such_api(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404 as JSON, so that a mistyped API address never looks like a screen."""
    body = {**problem("not_found", {"what": request.path}, reader_of(request)), "id": uuid4().hex[:12], "fields": []}
    return JsonResponse(body, status=404)


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while the process answers and its database does, for load balancers."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except (DatabaseError, OSError):
        error = ChoaiError("database_unavailable")
        return JsonResponse({"ok": False, "code": error.code}, status=503)
    return JsonResponse({"ok": True, "version": __version__})
