"""The HTTP API: one module per resource, one operation id per function name."""

from __future__ import annotations

from typing import Any

from ninja import NinjaAPI
from ninja.operation import Operation

from choai import __version__
from choai.web import faults
from choai.web.api import (
    bindings,
    connections,
    consequence,
    hooks,
    inbox,
    masters,
    members,
    pair_setup,
    reconcile,
    runs,
    schedules,
    session,
    setup,
    streams,
    syncs,
    system,
    undo,
)
from choai.web.shapes.common import Fault


class Api(NinjaAPI):
    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> Any:
        """The document, with the one answer every failure has."""
        document = super().get_openapi_schema(**options)
        document["components"]["schemas"].setdefault("Fault", faults.fault_schema(Fault))
        document["components"]["schemas"].update(faults.referenced_schemas(Fault))
        for name, path in document["paths"].items():
            for operation in path.values():
                if name.endswith("/events"):
                    operation["responses"][200]["content"] = {
                        "text/event-stream": operation["responses"][200]["content"]["application/json"]
                    }
                operation["responses"]["default"] = {
                    "description": "Refused or failed",
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Fault"}}},
                }
        return document


api = Api(title="Choai", version=__version__, docs_url=None, openapi_url="/openapi.json", urls_namespace="api")
faults.register(api)
for router in (
    session.router,
    setup.router,
    pair_setup.router,
    connections.router,
    hooks.router,
    masters.router,
    schedules.router,
    syncs.router,
    consequence.router,
    runs.router,
    reconcile.router,
    streams.router,
    bindings.router,
    system.router,
    members.router,
    inbox.router,
    undo.router,
):
    api.add_router("", router)
