"""The test service's declaration: a shelf for each kind of idempotency. ``changed`` gives shelves other properties."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from choai.connectors.contract import CursorKind, Idempotency, Limit, ObjectSpec, Role, SettingSpec, Spec

BATCH = 4
_COMMON: dict[str, Any] = {
    "can_create": True, "can_update": True, "cursor": CursorKind.INSTANT, "overlap_seconds": 60, "page_size": 8,
    "batch_size": BATCH, "reads_by_id": True,
}  # fmt: skip
SHELVES = (
    ObjectSpec("header", "見出し", "header", "partner", **_COMMON, idempotency=Idempotency.HEADER, keys=("name",),
               key_seconds=360),
    ObjectSpec("external", "外部ID", "external", "partner", **_COMMON, idempotency=Idempotency.EXTERNAL_ID,
               keys=("id", "ext"), has_revision=True),
    ObjectSpec("stamp", "刻印", "stamp", "partner", **_COMMON, idempotency=Idempotency.STAMP, stamp_field="origin"),
    ObjectSpec("natural", "名前", "natural", "partner", **_COMMON, idempotency=Idempotency.NATURAL_KEY, keys=("name",)),
    ObjectSpec("none", "無し", "none", "partner", **_COMMON),
)  # fmt: skip

SPEC = Spec(
    service="shelf", role=Role.CRM, ja="棚", en="Shelf", base_url="https://shelf.invalid/{account}", auth=("key",),
    settings=(SettingSpec("account", "口座", "Account"),), objects=SHELVES, limits=(Limit("burst", 10_000, 1),),
    concurrency=8,
)  # fmt: skip


@contextmanager
def changed(**shelves: dict[str, Any]) -> Iterator[None]:
    """While it lasts the shelves named have these properties instead: ``changed(stamp={"page_size": 3})``."""
    from choai.connectors import registry
    from services.shelf import spec as module

    before = module.SPEC
    module.SPEC = replace(before, objects=tuple(replace(o, **shelves.get(o.name, {})) for o in before.objects))
    registry.spec.cache_clear()
    try:
        yield
    finally:
        module.SPEC = before
        registry.spec.cache_clear()
