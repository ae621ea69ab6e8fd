"""The public address of webhooks: ``POST /hooks/{connection}/{secret}``. No session, no cookie, nothing told but a status."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.http.request import UnreadablePostError
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from choai.connectors.contract import Forged
from choai.runtime import nudges

LARGEST = 1024 * 1024  # bytes; a call only says where to look


@csrf_exempt
@require_POST
def call(request: HttpRequest, connection_id: int, secret: str) -> HttpResponse:
    """Answers what the service wants to hear, at once; whatever follows from the call is done afterwards."""
    try:
        body = request.body
    except (RequestDataTooBig, UnreadablePostError):
        return HttpResponse(status=413)
    if len(body) > LARGEST:
        return HttpResponse(status=413)
    told = nudges.receive(connection_id, secret, {k.lower(): v for k, v in request.headers.items()}, body)
    if isinstance(told, Forged):
        return HttpResponse(status=told.status)
    return HttpResponse(told.answer, status=told.status, content_type="text/plain; charset=utf-8")
