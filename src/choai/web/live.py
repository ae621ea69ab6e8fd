"""What is asked of a service while a person waits: its objects, its fields, whether it answers.

Views run in worker threads; the calls run on the server's event loop, where the shared HTTP session lives.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import async_to_sync

from choai.connectors.contract import ObjectInfo
from choai.engine.context import dump_schema, load_schema
from choai.errors import ChoaiError
from choai.model.schema import Schema
from choai.runtime import link
from choai.runtime.threads import in_thread
from choai.store import connections, ledger
from choai.store.models import SchemaSnapshot

P = ParamSpec("P")
T = TypeVar("T")

PERSON = "person"


def wait_for(function: Callable[P, Coroutine[Any, Any, T]], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run an async function to its end from a view's thread."""
    return async_to_sync(function)(*args, **kwargs)


async def _objects(workspace_id: int, connection_id: int, user_id: int) -> list[ObjectInfo]:
    opened = await link.open_link(workspace_id, connection_id, user_id, purpose=PERSON)
    found = await opened.connector.catalogue(opened.session)
    names = {info.name: {"ja": info.ja, "en": info.en} for info in found}
    await in_thread(connections.save_catalogue, workspace_id, connection_id, names)
    return found


def objects(workspace_id: int, connection_id: int, user_id: int) -> list[ObjectInfo]:
    """The objects a connection offers now. Raises what the service answers."""
    return wait_for(_objects, workspace_id, connection_id, user_id)


async def _describe(workspace_id: int, connection_id: int, user_id: int, object: str) -> Schema:
    opened = await link.open_link(workspace_id, connection_id, user_id, purpose=PERSON)
    schema = await opened.connector.describe(opened.session, object)
    data = dump_schema(schema)
    await in_thread(ledger.save_schema, workspace_id, connection_id, object, schema.revision, data)
    return schema


def describe(workspace_id: int, connection_id: int, user_id: int, object: str) -> Schema:
    """The fields of an object as the service tells them now; remembered as the last known ones."""
    connections.one(workspace_id, connection_id)
    return wait_for(_describe, workspace_id, connection_id, user_id, object)


def known_schema(workspace_id: int, connection_id: int, user_id: int, object: str) -> tuple[Schema, SchemaSnapshot]:
    """The last known fields of an object; asked of the service when nobody has yet."""
    found = connections.snapshot(workspace_id, connection_id, object)
    if found is None:
        describe(workspace_id, connection_id, user_id, object)
        found = connections.snapshot(workspace_id, connection_id, object)
    if found is None:
        raise ChoaiError("object_not_found", object=object)
    return load_schema(found.data), found
