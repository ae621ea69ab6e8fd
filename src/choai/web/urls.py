"""Addresses: the API, the health check, webhooks, and the screens for everything else."""

from __future__ import annotations

from django.urls import path, re_path

from choai.web import hooks, spa
from choai.web.api import api

urlpatterns = [
    path("healthz", spa.healthz),
    path("hooks/<int:connection_id>/<str:secret>", hooks.call),
    path("api/", api.urls),
    re_path(r"^api(/.*)?$", spa.no_such_api),
    re_path(r"^(?P<path>.*)$", spa.screen),
]
handler404 = "choai.web.spa.no_such_api"
